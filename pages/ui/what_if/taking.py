"""The hidden version as one archive, with the map that it is held against where there is one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import lime_core as lc
from lime_core.drawing.overlay import png_bytes
from lime_core.files.records import harmless
from lime_core.takeaway.archive import csv_bytes, npz_bytes, pack
from lime_core.takeaway.saving import files_of
from pages.ui.takeaway.offering import EXPLANATION, offer
from pages.ui.what_if.answers import Row

HOLDS = (
    "One ZIP: the picture as it is hidden here (hidden.png), what the model and the map say of it (classes.csv), and "
    "the superpixels with what is hidden (hidden.npz)."
)
WITH_MAP = f"{EXPLANATION} Beside them {HOLDS.removeprefix('One ZIP: ')}"


def offer_version(
    rows: list[Row],
    versions: lc.Probe,
    answers: lc.Answers,
    probe: lc.Probe | None,
    fitted: Callable[[lc.Probe], lc.Explanation],
) -> None:
    """The button.

    versions : of the superpixels that are hidden; it holds no layers of the model
    answers : those with all shown, and those now
    probe : the samples that the map is fitted to, None while there are none
    fitted : gives the fit to them; it must hold no model
    """

    def made() -> bytes:
        scene, shown = versions.scene, answers.shown[1:]
        files = {} if probe is None else files_of(fitted(probe), probe=probe)
        hidden = {
            "hidden.png": png_bytes(scene.masked(shown.astype(np.float32))[0]),
            "classes.csv": classes_csv(rows),
            "hidden.npz": npz_bytes({"segments": scene.segmentation.labels, "hidden": ~shown[0]}),
        }
        return pack({**files, **hidden})

    offer(made, "what-if.zip", HOLDS if probe is None else WITH_MAP, "take-away")


def classes_csv(rows: list[Row]) -> bytes:
    """A row for each class; nothing stands where there is no map."""
    scores = [[row.whole, row.now, *([] if row.told is None else [row.told])] for row in rows]
    cells = [[harmless(row.name), *map(repr, each)] for row, each in zip(rows, scores, strict=True)]
    return csv_bytes(["class", "all shown", "model now", "map now"], cells)
