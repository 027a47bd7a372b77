"""Where the time of one explanation goes: chelsea, lite0, 1000 samples, from the photo to the picture with its map."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import lime_core as lc
from lime_core.drawing.overlay import png_bytes

SAMPLES = 1000


def run() -> list[dict[str, object]]:
    """Seconds and share of each part."""
    picture, model = lc.gallery_picture("chelsea"), lc.load_model("efficientnet_lite0")
    lc.probe_image(picture, model, 50)
    spent: dict[str, float] = {}

    def timed(part: str, step: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        result = step()
        spent[part] = time.perf_counter() - start
        return result

    image = timed("crop", lambda: model.view(picture))
    segmentation = timed("segmentation", lambda: lc.segment(image, lc.Quickshift()))
    spec = lc.ProbeSpec.of(picture, model)
    empty = timed("hiding", lambda: lc.open_probe(spec, picture, model, segmentation))
    masks = timed("drawing masks", lambda: spec.sampler(SAMPLES, segmentation.d, spec.seed))
    scene = empty.scene
    score = timed("preparing", lambda: model.engine.scorer(scene.image, scene.hidden, scene.segmentation.labels))
    size = model.engine.batch_size
    answers = timed("model", lambda: [score(masks[i : i + size]) for i in range(0, SAMPLES, size)])
    del answers
    start = time.perf_counter()
    *_, probe = lc.grow(empty, SAMPLES, model)
    grown = time.perf_counter() - start
    spent["checking and keeping answers"] = max(0.0, grown - spent["model"] - spent["drawing masks"])
    e = timed("fit", lambda: lc.explain(probe))
    drawn = timed("drawing", lambda: e.overlay(scale=3))
    timed("PNG", lambda: png_bytes(drawn))
    whole = sum(spent.values())
    return [{"part": part, "s": seconds, "share": seconds / whole} for part, seconds in spent.items()]
