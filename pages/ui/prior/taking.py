"""A prior, and what is seen of it, as one archive."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np

import lime_core as lc
from lime_core.drawing.heatmap import symmetric_limit
from lime_core.drawing.overlay import png_bytes
from lime_core.files.records import harmless, plain
from lime_core.takeaway.archive import csv_bytes, json_bytes, npz_bytes, pack
from pages.ui.figures.priors import expected_map
from pages.ui.prior.expected import expected_of
from pages.ui.runs import caches
from pages.ui.takeaway.offering import offer

HOLDS = (
    "One ZIP: prior.npz, which opens here again; words.csv and arrays.npz with the weight of every word for every "
    "class or output that it knows; with a photo at the left also expected.png, what the prior expects of it; "
    "manifest.json with what it was built from, and explain.py, which explains with it in Python."
)

_SCRIPT = '''"""Explains a photo with the prior beside this file, and prints its weights."""

from pathlib import Path

import lime_core as lc

HERE = Path(__file__).parent

prior = lc.load_prior(HERE / "prior.npz")
picture = lc.load_picture(HERE / "photo.jpg")  # fill in: the photo
model = lc.load_model({model!r})  # the model that the prior was built with

explanation = lc.explain_image(picture, model, prior=prior, prior_strength={strength!r})
for superpixel, weight in enumerate(explanation.weights):
    print(superpixel, weight)
'''

Seen = tuple[lc.Segmentation, lc.Projection, int]
"""The superpixels of a photo, what the prior expects of them, and how many are drawn."""


def offer_prior(
    prior: lc.GlobalPrior,
    class_index: int,
    model: lc.Classifier | None,
    photo: caches.Chosen | None,
    probing: lc.ProbeSettings,
    most: int,
) -> None:
    """The button, for what is seen of a class.

    model : where the classes have their names from, None where the prior is of another
    """
    names, seen = model.class_names if model else (), None
    if photo is not None and class_index in prior.classes:
        with suppress(lc.LimeError):  # of a photo that cannot be cut nothing is seen, and its place says why
            seen = *expected_of(prior, class_index, photo, probing), most
    offer(lambda: _packed(prior, class_index, names, seen), "prior.zip", HOLDS, "take-away")


def _packed(prior: lc.GlobalPrior, class_index: int, names: Sequence[str], seen: Seen | None) -> bytes:
    files = {"prior.npz": lc.prior_bytes(prior)}
    if seen is not None:
        cut, expected, most = seen
        limit = symmetric_limit(prior.weights[class_index])
        files["expected.png"] = png_bytes(expected_map(cut, expected, limit, most))
    rows = [
        (
            index,
            harmless(names[index]) if index < len(names) else "",
            word,
            repr(float(prior.weights[index, word])),
            int(prior.counts[index, word]),
        )
        for index in prior.classes
        for word in np.argsort(-np.abs(prior.weights[index]), kind="stable")
    ]
    arrays: dict[str, Any] = {"weights": prior.weights, "counts": prior.counts, "centroids": prior.centroids}
    if seen is not None:
        arrays |= {"expected": seen[1].mean, "words": seen[1].words, "segments": seen[0].labels}
    facts = {
        "schema": 1,
        "about": "A global prior (G-LIME).",
        "digest": prior.digest,
        "unit": prior.unit,
        "signed": bool(prior.signed),
        "position": float(prior.position),
        "words": len(prior.centroids),
        "classes": [int(index) for index in prior.classes],
        "class_shown": class_index,
        "made_by": plain(prior.made_by),
    }
    script = _SCRIPT.format(model=str(prior.made_by.get("model", "")), strength=float(lc.USUAL_STRENGTH))
    return pack(
        files
        | {
            "words.csv": csv_bytes(["class", "name", "word", "weight", "superpixels"], rows),
            "arrays.npz": npz_bytes(arrays),
            "explain.py": script.encode(),
            "manifest.json": json_bytes(facts),
        }
    )
