"""What a search for one photo is worth: the settings that it finds beside the usual ones and beside more samples.

    make bench PART=found PHOTOS=folder COUNT=60 MODEL=efficientnet_lite0 KEEP=found.csv

The photos are those that `tuned` judges.  Maps are judged by the symmetric relevance gain, which the search looks at,
by their fidelity, which it does not look at, and by the score that a fifth of the picture keeps, which is one point of
the gain's curves.  PRECISION and KEEP are as there.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import lime_core as lc
from lime_core.findings.best_setting import BUDGET
from tests.benchmarks.kept import Found, found_of
from tests.benchmarks.photos import NOTHING, chosen
from tests.benchmarks.tuned import HIDDEN, asked

WAYS = ("usual", "found", "more samples")
FIGURES = {"gain": "SRG", "fidelity": "fidelity", "kept": "score of a fifth"}
KEPT = 0.2


def run() -> list[dict[str, object]]:
    """A row for each way."""
    photos = chosen(60, 2)
    found = found_of([path for path in photos if path not in photos[::3]], measured)
    return table(found) if found else NOTHING


def measured(picture: lc.Picture, model: lc.Classifier) -> Found:
    """What the map of each way is worth, to four places."""
    base, store = lc.Setting.of_preset(), lc.ProbeStore()
    index = model.top(picture, 1)[0][0]
    best = lc.find_setting(picture, model, index, store=store)
    settings = (base, best.setting, replace(base, num_samples=BUDGET * base.num_samples))
    maps = []
    for setting in settings:
        spec = setting.probing.spec(picture, model)
        *_, probe = store.grow(spec, picture, model, setting.num_samples)
        own = replace(setting.fitting, class_index=index)
        maps.append(lc.fit(probe.first(setting.num_samples), own).pixel_weights())
    gains = lc.relevance_gains(maps, model, picture, index)
    subsets = asked(HIDDEN.spec(maps[0], picture, model), picture, model, HIDDEN.rows)
    row: Found = {"rows": best.rows, "the usual one is best": float(best.setting == base)}
    for way, each, gain in zip(WAYS, maps, gains, strict=True):
        curves = [np.interp(1 - KEPT, curve.shares, curve.scores) for curve in gain.least_first]
        row[f"gain, {way}"], row[f"kept, {way}"] = gain.srg, float(np.mean(curves))
        row[f"fidelity, {way}"] = lc.fidelity_of(each, subsets, index).spearman
    return {column: round(float(value), 4) for column, value in row.items()}


def table(found: list[Found]) -> list[dict[str, object]]:
    """A row for each way: means, distance from the usual way with its standard error, and on how many it is better."""
    rows: list[dict[str, object]] = []
    for way in WAYS:
        row: dict[str, object] = {"way": way, "photos": len(found)}
        for figure, name in FIGURES.items():
            values = np.array([line[f"{figure}, {way}"] for line in found])
            row[name] = f"{values.mean():.3f}"
            if way != WAYS[0]:
                apart = values - np.array([line[f"{figure}, {WAYS[0]}"] for line in found])
                error = apart.std(ddof=1) / np.sqrt(len(apart)) if len(apart) > 1 else np.nan
                row[name] = f"{values.mean():.3f} ± {error:.3f}"
                row[f"{name}, better on"] = f"{np.mean(apart > 0):.0%}"
            else:
                row[f"{name}, better on"] = ""
        rows.append(row)
    return rows
