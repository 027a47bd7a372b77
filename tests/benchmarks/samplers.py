"""Fewer samples for the same answer: every sampler against the weights that 20 000 samples give.

Four photos, lite0, quickshift as in lime, 12 seeds.  Samplers that draw Bernoulli(½) masks tend to the same weights and
have one reference; the others have their own, from 20 000 of their own samples.  Every prefix of a probe is a probe, so
each seed is asked once for the most samples.  The model runs on a GPU if there is one, else in bf16 on both sides where
the processor has it, since what is compared is the sampling.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from scipy.stats import spearmanr

import lime_core as lc
from tests.benchmarks import speed

PHOTOS = ("chelsea", "coffee", "china", "rocket")
SEEDS = 12
REFERENCE = 20_000
SIZES = (128, 256, 512, 1024, 2048, 4096)
SAME_TARGET = ("bernoulli", "antithetic", "foldover")
OWN_TARGET = ("glime_binomial", "uniform_k")
SPACES = ("probability", "logit")
KERNELS = {"cosine": lc.CosineKernel(), "none": lc.NoKernel()}
GOOD = 0.25
"""The relative error of an answer that counts as settled."""


def run() -> list[dict[str, object]]:
    """One row for each photo, score space, kernel, sampler and number of samples; means over the seeds."""
    model = _fastest()
    rows: list[dict[str, object]] = []
    for photo in PHOTOS:
        found = [row for targets in (SAME_TARGET, *((name,) for name in OWN_TARGET))
                 for row in _measured(photo, model, targets, SIZES if len(targets) > 1 else SIZES[:-1])]  # fmt: skip
        rows += found
        print(*shares(found), sep="\n", flush=True)
    return rows


def quality() -> list[dict[str, object]]:
    """Seconds until the mean relative error is `GOOD`: lime beside this project's best, on chelsea, in one run.

    How many samples that takes is measured first, with lime's settings (probability, cosine kernel, ridge).
    """
    curves: dict[str, dict[int, float]] = {}
    for row in _measured("chelsea", _fastest(), SAME_TARGET, SIZES[:-1]):
        if (row["space"], row["kernel"]) == ("probability", "cosine"):
            curves.setdefault(str(row["sampler"]), {})[row["samples"]] = row["relative error"]  # type: ignore
    needed = {name: math.ceil(samples_for(curve, GOOD)) for name, curve in curves.items()}
    best = min(needed, key=needed.__getitem__)
    subject = speed.subjects()[0]
    picture = lc.gallery_picture("chelsea")
    image = subject.seen.view(picture.pixels)
    models = [subject.classifier(precision) for precision in ("f32", "bf16")]
    for model in models:
        lc.probe_image(picture, model, 50)  # what is prepared once
    rows: list[dict[str, object]] = []
    for _ in range(3):
        theirs = speed.timed(lambda: speed.with_lime(subject, image, needed["bernoulli"]))
        segmenting = speed.timed(lambda: lc.segment(image, lc.Quickshift()))
        for model in models:
            ours = speed.timed(
                lambda model=model: lc.explain(
                    lc.probe_image(picture, model, needed[best], sampler=lc.SAMPLERS[best]())
                )
            )
            rows.append(
                {"with": model.engine.description, "sampler": best, "samples": needed[best], "s": ours,
                 "segmenting s": segmenting,
                 "samples of lime": needed["bernoulli"], "s of lime": theirs, "lime / this": theirs / ours}
            )  # fmt: skip
    return sorted(rows, key=lambda row: str(row["with"]))


def _fastest() -> lc.Classifier:
    if torch.cuda.is_available():
        return lc.load_model("efficientnet_lite0", device="cuda", precision="f32")
    try:
        return lc.load_model("efficientnet_lite0", device="cpu", precision="bf16", engine="openvino")
    except lc.ModelUnavailable:
        return lc.load_model("efficientnet_lite0", device="cpu")


def samples_for(curve: dict[int, float], error: float) -> float:
    """How many samples have this error: on the line through the logarithms, and beyond its ends by the root law."""
    sizes = sorted(curve)
    logs = np.log([curve[n] for n in sizes])[::-1]
    wanted = math.log(error)
    if wanted < logs[0]:
        return sizes[-1] * (curve[sizes[-1]] / error) ** 2
    if wanted > logs[-1]:
        return sizes[0] * (curve[sizes[0]] / error) ** 2
    return float(np.exp(np.interp(wanted, np.maximum.accumulate(logs), np.log(sizes)[::-1])))


def shares(rows: Sequence[dict[str, object]]) -> list[str]:
    """For each photo, space and kernel: what share of plain sampling's samples the others need for its error.

    The median over its errors with 512, 1024 and 2048 samples.
    """
    lines = []
    groups = dict.fromkeys((row["photo"], row["space"], row["kernel"]) for row in rows)
    for group in groups:
        curves: dict[str, dict[int, float]] = {}
        for row in rows:
            if (row["photo"], row["space"], row["kernel"]) == group:
                curve = curves.setdefault(str(row["sampler"]), {})
                curve[int(str(row["samples"]))] = float(str(row["relative error"]))
        plain = curves["bernoulli"]
        needed = {
            name: statistics.median(samples_for(curves[name], plain[n]) / n for n in (512, 1024, 2048))
            for name in ("antithetic", "foldover")
        }
        lines.append(f"{' · '.join(map(str, group))}: " + ", ".join(f"{k} {v:.2f}" for k, v in needed.items()))
    return lines


def _measured(
    photo: str, model: lc.Classifier, samplers: Sequence[str], sizes: Sequence[int]
) -> Iterator[dict[str, object]]:
    """Samplers of one target against a reference that the last of them draws."""
    picture = lc.gallery_picture(photo)
    segmentation = lc.segment(model.view(picture), lc.Quickshift())

    def probe(sampler: str, seed: int, samples: int) -> lc.Probe:
        spec = lc.ProbeSpec.of(picture, model, sampler=lc.SAMPLERS[sampler](), seed=seed)
        *_, grown = lc.grow(lc.open_probe(spec, picture, model, segmentation), samples, model)
        return grown

    reference = probe(samplers[-1], 10_000, REFERENCE)
    index = reference.most_likely()[0]
    for sampler in samplers:
        probes = [probe(sampler, seed, sizes[-1]) for seed in range(SEEDS)]
        for space in SPACES:
            for name, kernel in KERNELS.items():
                settings = lc.FitSettings(index, space, kernel, feature_selection=lc.AllFeatures())
                truth = lc.fit(reference, settings)
                for n in sizes:
                    found = [lc.fit(each.first(n), settings) for each in probes]
                    yield {"photo": photo, "space": space, "kernel": name, "sampler": sampler, "samples": n,
                           **_figures(found, truth)}  # fmt: skip


def _figures(found: Sequence[lc.Explanation], truth: lc.Explanation) -> dict[str, float]:
    weights = np.stack([e.weights for e in found])
    errors = np.linalg.norm(weights - truth.weights, axis=1) / np.linalg.norm(truth.weights)
    strength = np.sort(np.abs(truth.weights))[::-1]
    live = ~truth.inert
    predicted = math.sqrt(np.mean([e.standard_error[live] ** 2 for e in found]))
    observed = math.sqrt(np.mean(weights[:, live].std(axis=0, ddof=1) ** 2))
    return {
        "relative error": float(errors.mean()),
        "Jaccard 5": statistics.mean(_jaccard(e, truth, 5) for e in found),
        "Jaccard 10": statistics.mean(_jaccard(e, truth, 10) for e in found),
        "Spearman": statistics.mean(float(spearmanr(np.abs(w), np.abs(truth.weights))[0]) for w in weights),
        "predicted / observed": predicted / observed,
        "R2": statistics.mean(e.r2 for e in found),
        "rank 6 / rank 5": float(strength[5] / strength[4]),
    }


def _jaccard(e: lc.Explanation, truth: lc.Explanation, k: int) -> float:
    found, true = ({s for s, _ in each.top(k)} for each in (e, truth))
    return len(found & true) / len(found | true)
