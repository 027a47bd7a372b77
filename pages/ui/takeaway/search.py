"""A search as one archive."""

from __future__ import annotations

import lime_core as lc
from lime_core.takeaway.archive import json_bytes, npz_bytes, pack
from lime_core.takeaway.settings_in_words import labels_of, written
from lime_core.takeaway.snippet import model_line, picture_line
from pages.ui.takeaway.offering import offer

HOLDS = (
    "One ZIP: settings.csv with each setting in each case, settings.json with the same as Python reads it back, "
    "best.json with the best setting, arrays.npz with gains, stability and R², and the labels of your own superpixels "
    "where that has some, manifest.json with what was searched, "
    "and explain.py, which explains the first photo with the best setting in Python."
)

_SCRIPT = '''"""Explains a photo with the best setting of a search, and prints its weights."""

from pathlib import Path

{numpy}import lime_core as lc

HERE = Path(__file__).parent

{arrays}{picture}
{model}
setting = {setting}
explanation = setting.explain(picture, model, class_index={class_index})
for superpixel, weight in enumerate(explanation.weights):
    print(superpixel, weight)
'''


def offer_search(losses: lc.Losses, study: lc.Study) -> None:
    """The button.  Cases hold models and photos: the archive is made here, and the page keeps its bytes alone."""
    offer(_packed(losses, study), "search.zip", HOLDS, "take-away")


def _packed(losses: lc.Losses, study: lc.Study) -> bytes:
    best, case = losses.settings[losses.best()], losses.cases[0]
    labels = labels_of(best)
    script = _SCRIPT.format(
        numpy="import numpy as np\n\n" if labels else "",
        arrays='arrays = np.load(HERE / "arrays.npz", allow_pickle=False)\n' if labels else "",
        picture=picture_line(case.picture.digest, "picture"),
        model=model_line(case.model.name, case.model.fingerprint, case.model.engine.description, "model"),
        setting=written(best),
        class_index=case.class_index,
    )
    searched = {
        "schema": 1,
        "about": "A search for settings.",
        "digest": study.digest,
        "floor": study.floor,
        "seed": study.seed,
        "varied": {name: list(values) for name, values in study.space.varied.items()},
        "begun_with": losses.settings[0].to_record(),
        "cases": losses.to_record()["cases"],
        "models": {each.model.name: each.model.fingerprint for each in losses.cases},
        "engines": {each.model.name: each.model.engine.description for each in losses.cases},
    }
    arrays = {"gains": losses.gains, "stability": losses.stability, "held_out_r2": losses.held_out_r2} | labels
    return pack(
        {
            "settings.csv": losses.to_csv().encode(),
            "settings.json": json_bytes(losses.to_record()),
            "best.json": json_bytes(best.to_record()),
            "arrays.npz": npz_bytes(arrays),
            "explain.py": script.encode(),
            "manifest.json": json_bytes(searched),
        }
    )
