"""Which map is right: several segmentations beside each alone, RISE and KernelSHAP, on photos of your own.

    make bench PART=segmentations PHOTOS=folder COUNT=200 MODEL=efficientnet_lite0 KEEP=found.jsonl

Every second photo is taken, for on the others the members were chosen; COUNT of them, evenly.  Each photo's most likely
class is explained with 250, 500 and 1000 samples in all, and every map is judged by its symmetric relevance gain over
two fills.  The samples of several segmentations are the first of those that each has alone, so they cost nothing more.
PRECISION is the model's.  KEEP names a file that what was found is added to, photo by photo: run again, it goes on
where it stopped.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lime_core as lc
from tests.benchmarks.others import kernel_shap, rise
from tests.benchmarks.photos import MODEL, NOTHING, chosen, read

TOTALS = (250, 500, 1000)
MIDDLE = 500
"""Samples in all, of the maps whose agreement is found."""

MEMBERS = lc.Segmentations(("quickshift", "slic", "felzenszwalb", "grid", "compact_watershed"))
NAMES = ("quickshift", "SLIC", "felzenszwalb", "grid", "watershed")
SEVERAL = {"two at once": (0, 3), "four at once": (0, 1, 2, 3), "five at once": (0, 1, 2, 3, 4)}
"""Which of the members; four are those of `Segmentations()`, two are for few samples."""

WHAT = {
    "within": "share of the area on which each member lies within the band of the others, 1000 samples in all",
    "across": "correlation of the maps of each two members, 500 samples each",
    "again": "correlation of the maps of each member from its first 512 samples and from 488 others",
}

Maps = dict[str, NDArray[np.float64]]


def run() -> list[dict[str, object]]:
    """A row for each way and number of samples: mean gain, and how it compares with quickshift."""
    model = lc.load_model(os.environ.get("MODEL", MODEL), precision=os.environ.get("PRECISION", "auto"))
    kept = os.environ.get("KEEP", "")
    found = {line["photo"]: line for line in _lines(kept)}
    for picture, name in read([path for path in chosen(200, 2) if path.name not in found]):
        try:
            found[name] = {"photo": name, **measured(picture, model)}
        except lc.LimeError as error:
            print(f"{name}: {error}")
            continue
        if kept:
            with Path(kept).open("a") as file:
                file.write(json.dumps(found[name]) + "\n")
    for what in ("within", "across", "again"):
        if shares := [line[what] for line in found.values() if what in line]:
            print(f"{len(shares)} photos, {WHAT[what]}: {np.mean(shares, axis=0).round(3).tolist()}")
    print_agreement([line for line in found.values() if "agreement" in line])
    return table([line["gains"] for line in found.values()]) if found else NOTHING


def measured(picture: lc.Picture, model: lc.Classifier) -> dict[str, Any]:
    """What `WHAT` says of one photo, and the gain of each way."""
    probe = lc.probe_image(picture, model, max(TOTALS) * len(MEMBERS.members), segmenter=MEMBERS)
    if len(probe.members) < len(MEMBERS.members):
        raise lc.TooFewSuperpixels("One of the members leaves a single superpixel.")
    index = probe.most_likely()[0]
    maps = maps_of(probe, picture, model, index)
    gains = lc.relevance_gains(list(maps.values()), model, picture, index)
    members = [fitted(member.first(max(TOTALS) // 5), index) for member in probe.members]
    return {
        "gains": {way: gain.srg for way, gain in zip(maps, gains, strict=True)},
        "within": within(members),
        "agreement": agreement([fitted(member.first(MIDDLE // 4), index) for member in probe.members[:4]]),
        "across": correlations([fitted(member.first(500), index) for member in probe.members]),
        "again": [
            correlations([fitted(half, index) for half in halves(member.first(1000))])[0] for member in probe.members
        ],
    }


def agreement(members: list[lc.Explanation]) -> float:
    """How far as many others would agree with the mean of these, which is all that is asked of it."""
    return lc.segmentation_agreement(replace(members[0], members=tuple(members)))


def print_agreement(lines: list[dict[str, Any]]) -> None:
    """How good the maps of four at once are where the verdict calls them good, fair and weak."""
    if len(lines) < 2:
        return
    expected = np.array([line["agreement"] for line in lines])
    gains = np.array([line["gains"][f"four at once, {MIDDLE}"] for line in lines])
    print(f"{len(lines)} photos, agreement and gain correlate by {np.corrcoef(expected, gains)[0, 1]:.2f}")
    for low, high in ((0.7, 1.1), (0.5, 0.7), (0.0, 0.5)):
        here = (low <= expected) & (expected < high)
        if here.any():
            print(f"agreement from {low}: {here.mean():.0%} of the photos, mean gain {gains[here].mean():.3f}")


def halves(probe: lc.Probe) -> tuple[lc.Probe, lc.Probe]:
    """The first samples, and the full picture with the others: as of another seed.

    Fold-over draws blocks of a power of two, so the cut is at one, where none is on both sides.
    """
    half = 1 << (len(probe) // 2).bit_length()
    rest = [0, *range(half, len(probe))]
    return probe.first(half), replace(probe, masks=probe.masks[rest], outputs=probe.outputs[rest])


def correlations(explanations: list[lc.Explanation]) -> list[float]:
    """Of each two maps by pixel."""
    each = np.corrcoef([e.pixel_weights().ravel() for e in explanations])
    return [float(value) for value in each[np.triu_indices(len(each), 1)]]


def maps_of(probe: lc.Probe, picture: lc.Picture, model: lc.Classifier, index: int) -> Maps:
    """name of the way, and the samples in all -> map (h, w)."""
    maps: Maps = {}
    hidden_mean, shapley = rise(picture, model, index, TOTALS), kernel_shap(probe.scene.parts[0], model, index, TOTALS)
    for total in TOTALS:
        for name, member in zip(NAMES, probe.members, strict=True):
            maps[f"{name}, {total}"] = fitted(member.first(total), index).pixel_weights()
        for name, places in SEVERAL.items():
            each = [fitted(probe.members[place].first(total // len(places)), index) for place in places]
            maps[f"{name}, {total}"] = np.mean([e.pixel_weights() for e in each], axis=0)
        maps[f"RISE, {total}"], maps[f"KernelSHAP, {total}"] = hidden_mean[total], shapley[total]
    return maps


def fitted(probe: lc.Probe, index: int) -> lc.Explanation:
    """All superpixels, by ridge."""
    return lc.fit(probe, lc.FitSettings(index, feature_selection=lc.AllFeatures()))


def within(members: list[lc.Explanation]) -> list[float]:
    """Of each member the share of the area on which its map lies within the 95 % band of the others."""
    shares = []
    for held in members:
        others = [member.pixel_weights() for member in members if member is not held]
        mean, spread = np.mean(others, axis=0), np.std(others, axis=0, ddof=1)
        low, high = lc.PixelMap(mean, spread, spread, len(others)).band()
        own = held.pixel_weights()
        shares.append(float(np.mean((low <= own) & (own <= high))))
    return shares


def table(found: list[dict[str, float]]) -> list[dict[str, object]]:
    """A row for each way and number of samples, of the photos that were judged by it."""
    rows: list[dict[str, object]] = []
    for way in max(found, key=len):
        judged = [each for each in found if way in each]
        gains = np.array([each[way] for each in judged])
        apart = gains - np.array([each[f"{NAMES[0]}, {way.split(', ')[1]}"] for each in judged])
        error = float(apart.std(ddof=1) / np.sqrt(len(apart))) if len(apart) > 1 else float("nan")
        row: dict[str, object] = {"way, samples in all": way, "photos": len(judged), "SRG": float(gains.mean())}
        row |= {"above quickshift": float(apart.mean()), "standard error": error}
        row["better on"] = "" if way.startswith(NAMES[0]) else f"{np.mean(apart > 0):.0%}"
        rows.append(row)
    return rows


def _lines(kept: str) -> list[dict[str, Any]]:
    """What an earlier run has found."""
    if not kept or not Path(kept).exists():
        return []
    return [json.loads(line) for line in Path(kept).read_text().splitlines()]
