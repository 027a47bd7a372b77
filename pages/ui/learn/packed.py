"""What a browser needs to draw the hidden picture of any sample by itself.  No page framework here."""

from __future__ import annotations

import zlib
from base64 import b64encode
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lime_core as lc
from lime_core.arrays import Indices
from lime_core.reports.numbers import score_text, two_decimals
from pages.ui.figures.charts import CHANCE, COLORS
from pages.ui.learn.charts import axis
from pages.ui.learn.words import fit_alt, shown_in_words


def packed(probe: lc.Probe, samples: lc.FittedSamples, e: lc.Explanation, telling: Indices) -> dict[str, Any]:
    """The crop, its hidden version, the superpixels and the masks, with what the chart of the fit says of each sample.

    Arrays are bytes of one kind, packed by zlib: pixels red, green, blue of each; superpixels two bytes each, the lower
    first; masks a byte for each superpixel of each sample, 255 where it is shown.
    """
    scene, unit = probe.scene, e.score_unit
    scale = 100.0 if unit == "probability" else 1.0
    height, width = scene.segmentation.labels.shape
    rows = range(len(samples))
    scores, predicted = scale * samples.scores, scale * samples.predicted
    return {
        "width": width,
        "height": height,
        "d": probe.masks.shape[1],
        "image": _bytes(scene.image),
        "hidden": _bytes(scene.hidden),
        "labels": _bytes(scene.segmentation.labels.astype("<u2")),
        "masks": _bytes(np.round(255 * probe.masks).astype(np.uint8)),
        "scores": scores.tolist(),
        "predicted": predicted.tolist(),
        "weights": samples.sample_weights.tolist(),
        "telling": telling.tolist(),
        "model": [score_text(float(score), unit) for score in samples.scores],
        "map": [score_text(float(score), unit) for score in samples.predicted],
        "shown": [shown_in_words(samples, row) for row in rows],
        "counts": [two_decimals(float(weight)) for weight in samples.sample_weights],
        "axis": axis(unit),
        "alt": fit_alt(e, samples),
        "colors": {"sample": COLORS[0], "telling": COLORS[1], "line": CHANCE},
    }


def _bytes(array: NDArray[Any]) -> str:
    return b64encode(zlib.compress(np.ascontiguousarray(array).tobytes(), 1)).decode("ascii")
