"""Which map is right: several segmentations beside each alone, RISE and KernelSHAP, on photos of your own.

    make bench PART=segmentations PHOTOS=folder COUNT=200 MODEL=efficientnet_lite0 KEEP=found.csv

Every second photo is taken, for on the others the members were chosen; COUNT of them, evenly.  Each photo's most likely
class is explained with 250, 500 and 1000 samples in all, and every map is judged by its symmetric relevance gain over
two fills.  The samples of several segmentations are the first of those that each has alone, so they cost nothing more.
PRECISION is the model's, whose bits are kept too.  KEEP names a table (CSV) that a row is added to for each photo, with
its place in the folder: run again, it goes on where it stopped.  The tables in `docs/figures` are such ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

import lime_core as lc
from tests.benchmarks.kept import Found, found_of
from tests.benchmarks.others import kernel_shap, rise
from tests.benchmarks.photos import NOTHING, chosen

TOTALS = (250, 500, 1000)
MIDDLE = 500
"""Samples in all, of the maps whose agreement is found."""

MEMBERS = lc.Segmentations(("quickshift", "slic", "felzenszwalb", "grid", "compact_watershed"))
NAMES = ("quickshift", "SLIC", "felzenszwalb", "grid", "watershed")
SEVERAL = {"two at once": (0, 3), "four at once": (0, 1, 2, 3), "five at once": (0, 1, 2, 3, 4)}
"""Which of the members; four are those of `Segmentations()`, two are for few samples."""

WHAT = {
    "agreement": "how far the mean of four would agree with that of as many others, 500 samples in all",
    "within": "share of the area on which each member lies within the band of the others, 1000 samples in all",
    "across": "correlation of the maps of each two members, 500 samples each",
    "again": "correlation of the maps of each member from its first 512 samples and from 488 others",
}

Maps = dict[str, NDArray[np.float64]]


def run() -> list[dict[str, object]]:
    """A row for each way and number of samples: mean gain, and how it compares with quickshift."""
    found = found_of(chosen(200, 2), measured)
    for what, meaning in WHAT.items():
        if columns := [column for column in (found[0] if found else ()) if column.startswith(what)]:
            means = {column: round(float(np.mean([line[column] for line in found])), 3) for column in columns}
            print(f"{len(found)} photos, {meaning}: {means}")
    print_agreement(found)
    return table(found) if found else NOTHING


def measured(picture: lc.Picture, model: lc.Classifier) -> Found:
    """What is found of one photo, to four places."""
    probe = lc.probe_image(picture, model, max(TOTALS) * len(MEMBERS.members), segmenter=MEMBERS)
    if len(probe.members) < len(MEMBERS.members):
        raise lc.TooFewSuperpixels("One of the members leaves a single superpixel.")
    index = probe.most_likely()[0]
    maps = maps_of(probe, picture, model, index)
    gains = lc.relevance_gains(list(maps.values()), model, picture, index)
    alone = [fitted(member.first(500), index) for member in probe.members]
    found: Found = {"bits": 16 if model.engine.description.endswith("bf16") else 32}
    found |= {way: gain.srg for way, gain in zip(maps, gains, strict=True)}
    found["agreement"] = agreement([fitted(member.first(MIDDLE // 4), index) for member in probe.members[:4]])
    shares = within([fitted(member.first(max(TOTALS) // 5), index) for member in probe.members])
    found |= {f"within, {name}": share for name, share in zip(NAMES, shares, strict=True)}
    pairs = zip(combinations(NAMES, 2), correlations(alone), strict=True)
    found |= {f"across, {one}, {other}": value for (one, other), value in pairs}
    for name, member in zip(NAMES, probe.members, strict=True):
        (found[f"again, {name}"],) = correlations([fitted(half, index) for half in halves(member.first(1000))])
    return {column: round(float(value), 4) for column, value in found.items()}


def agreement(members: list[lc.Explanation]) -> float:
    """How far as many others would agree with the mean of these, which is all that is asked of it."""
    return lc.segmentation_agreement(replace(members[0], members=tuple(members)))


def print_agreement(found: list[Found]) -> None:
    """How good the maps of four at once are where the verdict calls them good, fair and weak."""
    if len(found) < 2:
        return
    expected = np.array([line["agreement"] for line in found])
    gains = np.array([line[f"four at once, {MIDDLE}"] for line in found])
    if np.ptp(expected) and np.ptp(gains):
        print(f"{len(found)} photos, agreement and gain correlate by {np.corrcoef(expected, gains)[0, 1]:.2f}")
    for low, share, gain in by_agreement(found):
        print(f"agreement from {low}: {share:.0%} of the photos, mean gain {gain:.3f}")


def by_agreement(found: list[Found]) -> Iterator[tuple[float, float, float]]:
    """Where the verdict calls an agreement good, fair and weak: from what it is, share of the photos, mean gain."""
    expected = np.array([line["agreement"] for line in found])
    gains = np.array([line[f"four at once, {MIDDLE}"] for line in found])
    for low, high in ((0.7, 1.1), (0.5, 0.7), (0.0, 0.5)):
        here = (low <= expected) & (expected < high)
        if here.any():
            yield low, float(here.mean()), float(gains[here].mean())


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


def page_rows(found: list[Found]) -> list[str]:
    """The rows of the tables in the guide's page `the-segmentation-decides`."""
    known = {row["way, samples in all"]: row for row in table(found)}
    rows = []
    for way in dict.fromkeys(str(name).rsplit(", ", 1)[0] for name in known):
        cells = [_cells(known[f"{way}, {total}"]) for total in TOTALS]
        rows.append(f"| {way} | {' | '.join(cells)} |")
    for what in ("again", "across", "within"):
        figures = [value for line in found for column, value in line.items() if column.startswith(what)]
        rows.append(f"| {WHAT[what]} | {np.mean(figures):.2f} |")
    for low, share, gain in by_agreement(found):
        rows.append(f"| from {low:g} | {share:.0%} | {gain:.3f} |")
    return rows


def _cells(row: dict[str, object]) -> str:
    """A mean gain with the error of its distance from quickshift's, and on how many photos it is above that."""
    beside = f" ± {row['standard error']:.3f} | {row['better on']}" if row["better on"] else " |"
    return f"{row['SRG']:.3f}{beside}"


def table(found: list[Found]) -> list[dict[str, object]]:
    """A row for each way and number of samples."""
    rows: list[dict[str, object]] = []
    for way in [column for column in found[0] if column.split(", ")[-1].isdecimal()]:
        gains = np.array([line[way] for line in found])
        apart = gains - np.array([line[f"{NAMES[0]}, {way.split(', ')[1]}"] for line in found])
        error = float(apart.std(ddof=1) / np.sqrt(len(apart))) if len(apart) > 1 else float("nan")
        row: dict[str, object] = {"way, samples in all": way, "photos": len(apart), "SRG": float(gains.mean())}
        row |= {"above quickshift": float(apart.mean()), "standard error": error}
        row["better on"] = "" if way.startswith(NAMES[0]) else f"{np.mean(apart > 0):.0%}"
        rows.append(row)
    return rows
