"""What a fit and a drawing cost: 60 superpixels, 2000 samples, 1000 classes, every surrogate, selection and style.

Of several segmentations the five have 60 superpixels each, and share the samples.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import fields

import numpy as np

import lime_core as lc
from lime_core.arrays import Outputs, Pixels, read_only

SUPERPIXELS, SAMPLES, CLASSES = 60, 2000, 1000
WAYS = [
    "cosine.width=0.1..1/6",
    "surrogate=ridge,lasso,elastic_net,least_squares",
    "ridge.alpha=0.01..100/20",
    "lasso.share=0.01..0.2/10",
    "elastic_net.share=0.01..0.2/10",
    "space=probability,log-odds",
]
"""About 500 ways of fitting."""


def run() -> list[dict[str, object]]:
    """Median milliseconds of each step."""
    probe = _probe()
    e = lc.explain(probe)
    steps: dict[str, Callable[[], object]] = {"fit, lime's defaults": lambda: lc.explain(probe)}
    for name, surrogate in lc.SURROGATES.items():
        steps[f"fit, {name}"] = lambda surrogate=surrogate: lc.explain(probe, surrogate=surrogate())
    for name, selection in lc.SELECTIONS.items():
        steps[f"fit, selection {name}"] = lambda selection=selection: lc.explain(probe, feature_selection=selection())
    for space in lc.SPACES["logits"]:
        steps[f"fit, {space}"] = lambda space=space: lc.explain(probe, space=space)
    several = _probe_of_several()
    steps["fit, five segmentations"] = lambda: lc.explain(several)
    ways = lc.Space.of(WAYS, lc.Setting()).fittings
    steps[f"score {len(ways)} ways of fitting, 1000 samples"] = lambda: lc.fit_scores(probe.first(1000), ways)
    for style in next(f for f in fields(lc.View) if f.name == "style").metadata["options"]:
        steps[f"draw, {style}"] = lambda style=style: e.overlay(lc.View(style=style), scale=3)
    return [{"step": name, "ms": _median_ms(step)} for name, step in steps.items()]


def _probe() -> lc.Probe:
    """A probe as the model leaves it, with logits that depend on the masks: what a fit costs needs no model."""
    picture = lc.gallery_picture("chelsea")
    model = lc.load_model("efficientnet_lite0")
    segmenter = lc.Grid(rows=6, columns=10)
    empty = lc.open_probe(lc.ProbeSpec.of(picture, model, segmenter), picture, model)
    rng = np.random.default_rng(0)
    masks = lc.Bernoulli()(SAMPLES, SUPERPIXELS, 0)
    logits = (masks @ rng.normal(0, 0.3, (SUPERPIXELS, CLASSES)) + rng.normal(0, 0.2, (SAMPLES, CLASSES))).astype(
        np.float32
    )
    return lc.Probe(empty.spec, empty.scene, read_only(masks), read_only(logits), "logits", model.class_names)


def _probe_of_several() -> lc.Probe:
    """Five segmentations; the model is a handful of sums, for it is not what is measured."""
    picture, side = lc.gallery_picture("chelsea"), 120
    effects = np.random.default_rng(0).normal(0, 1, (25, CLASSES))

    def answer(pictures: Pixels) -> Outputs:
        cells = pictures.reshape(len(pictures), 5, side // 5, 5, side // 5, 3).mean(axis=(2, 4, 5)) / 255.0
        return (cells.reshape(len(pictures), 25) @ effects).astype(np.float32)

    model = lc.wrap_model(answer, [f"class {index}" for index in range(CLASSES)], "logits", input_size=(side, side))
    grids = lc.Segmentations(tuple(lc.Grid(*cells) for cells in ((6, 10), (10, 6), (5, 12), (12, 5), (4, 15))))
    return lc.probe_image(picture, model, SAMPLES, segmenter=grids)


def _median_ms(step: Callable[[], object], repeats: int = 9) -> float:
    step()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)
