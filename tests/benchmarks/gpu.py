"""This project on a CUDA GPU: f32, bf16 and compiled, beside the bare network and torch in f32 on the processor.

The first explanation of a model (which prepares kernels and measures the batch size) stands in a column of its own.
Says so where there is no GPU.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

import lime_core as lc
from tests.benchmarks.speed import SAMPLES, Subject, difference, probed, subjects, timed

CONTESTANTS = (("f32", "torch"), ("bf16", "torch"), ("bf16", "torch.compile"))
_REPEATS = 5


def run() -> list[dict[str, object]]:
    """One row for each model, precision and engine."""
    if not torch.cuda.is_available():
        return [{"gpu": "none on this machine, nothing was measured"}]
    rows: list[dict[str, object]] = []
    for subject in subjects():
        exact = subject.classifier("f32", "torch")
        picture = lc.gallery_picture(subject.photos[0])
        expected = probed(exact, picture, lc.segment(exact.view(picture), lc.Quickshift()))
        for precision, engine in CONTESTANTS:
            name = {"model": f"{subject.name} ({subject.weights})"}
            rows.append(name | _row(subject, picture, expected, precision, engine))
    return rows


def _row(subject: Subject, picture: lc.Picture, expected: lc.Probe, precision: str, engine: str) -> dict[str, object]:
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    model = subject.classifier(precision, engine, "cuda")
    segmentation = expected.scene.segmentation

    def explained() -> lc.Probe:
        probe = probed(model, picture, segmentation)
        lc.explain(probe)
        return probe

    first = timed(explained)
    rates, walls = [], []
    for _ in range(_REPEATS):
        rates.append(SAMPLES / timed(lambda: probed(model, picture, segmentation)))
        walls.append(timed(lambda: lc.explain(lc.probe_image(picture, model, SAMPLES))))
    size = model.engine.batch_size
    bare = _bare_rate(subject, precision, engine, size)
    return {
        "with": model.engine.description,
        "batch": size,
        "first s": first,
        "samples/s": sorted(rates)[_REPEATS // 2],
        "wall s": sorted(walls)[_REPEATS // 2],
        "share of bare model": sorted(rates)[_REPEATS // 2] / bare,
        "GPU MB": torch.cuda.max_memory_allocated() / 1e6,
        **difference(explained(), expected),
    }


def _bare_rate(subject: Subject, precision: str, engine: str, size: int) -> float:
    """Pictures a second of the network alone, that lie on the GPU already and whose answers come back."""
    module = subject.module.cuda()
    network = torch.compile(module, dynamic=False) if engine == "torch.compile" else module
    batch = torch.randn((size, 3, subject.seen.height, subject.seen.width), device="cuda")
    batch = batch.contiguous(memory_format=torch.channels_last)
    reduced = precision == "bf16"

    def forward() -> object:
        exact = torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=reduced)
        with exact, torch.inference_mode(), torch.autocast("cuda", torch.bfloat16, enabled=reduced):
            return network(batch).float().cpu()

    return _rate(forward, size)


def _rate(forward: Callable[[], object], size: int) -> float:
    for _ in range(3):
        forward()
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < 2.0:
        forward()
        count += size
    return count / (time.perf_counter() - start)
