"""Whether figures of faithfulness rank maps alike whatever stands in the place of pixels, on photos of your own.

    make bench PART=fills PHOTOS=folder COUNT=50 KEEP=fills.csv

Ranked are six close settings, with some samples and with twice as many, and six methods, which are further apart.  The
maps explain the most likely class of each photo, and pixels go in their order with fills that favor none of them: means
of superpixels are those of compact watershed, which no map has.  One more fill is beside them to show what it does: the
means of quickshift's superpixels, which many of the maps have.
Kendall's tau is between the rankings of six under two fills, for the symmetric relevance gain and for each of the two
ways that it is made of.  All maps that are drawn by chance are made with two seeds.  What these differ by is noise; so
tau is also taken of those pairs alone that differ by more than twice that under both fills, and between two seeds under
one fill, which no agreement of two fills can be expected to exceed.
KEEP names a table (CSV) that a row is added to for each photo: run again, it goes on where it stopped.
"""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
from scipy.stats import kendalltau

import lime_core as lc
from lime_core.superpixels.segmentation import segment_view
from tests.benchmarks.kept import Found, found_of
from tests.benchmarks.others import kernel_shap, rise
from tests.benchmarks.photos import NOTHING, Floats, chosen

BLACK = lc.Color(0)
SETTINGS: dict[str, tuple[lc.Segmenter, lc.Hiding, int]] = {
    "quickshift": (lc.Quickshift(), lc.SuperpixelMean(), 500),
    "slic": (lc.Slic(), lc.SuperpixelMean(), 500),
    "felzenszwalb": (lc.Felzenszwalb(), lc.SuperpixelMean(), 500),
    "grid": (lc.Grid(), lc.SuperpixelMean(), 500),
    "quickshift, black": (lc.Quickshift(), BLACK, 500),
    "quickshift, a fifth of the samples": (lc.Quickshift(), lc.SuperpixelMean(), 100),
}
METHODS = ("four at once", "quickshift", "KernelSHAP", "RISE", "Grad-CAM", "integrated gradients")
SAMPLES = 500
"""Of each method that is drawn by chance."""

LONGER = "settings, twice the samples"
GROUPS = {"settings": tuple(SETTINGS), LONGER: tuple(SETTINGS), "methods": METHODS}
"""What is ranked: six at a time."""

FILLS: dict[str, tuple[lc.Hiding, lc.Segmenter]] = {
    "mean color": (lc.ImageMean(), lc.Quickshift()),
    "blur": (lc.Blur(), lc.Quickshift()),
    "noise": (lc.Noise(), lc.Quickshift()),
    "means of watershed": (lc.SuperpixelMean(), lc.CompactWatershed()),
    "means of quickshift": (lc.SuperpixelMean(), lc.Quickshift()),
}
"""name -> the fill, and whose superpixels it looks at where it does."""

ALIKE = (
    ("mean color", "blur", "means of watershed"),
    ("mean color", "blur", "noise"),
    ("mean color", "means of quickshift"),
)
"""Fills that should rank alike: the first three favor no map, nor do the next, which show no edges either."""

SEEDS = 2
MEASURES = ("relevance gain", "least relevant first", "most relevant first")
"""Each such that higher is better: the area under most first has its sign turned."""

Map = tuple[str, str, int]
"""Group, name and seed."""


def run() -> list[dict[str, object]]:
    """For each group and measure how far two fills agree."""
    found = found_of(chosen(50), measured)
    return table(found) if found else NOTHING


def measured(picture: lc.Picture, model: lc.Classifier) -> Found:
    """The areas under the curves of one photo, to four places."""
    maps: dict[Map, Floats] = {}
    followed = [lc.attribute(picture, model, each).values for each in (lc.GradCam(), lc.IntegratedGradients())]
    for seed in range(SEEDS):
        settings = of_settings(picture, model, seed)
        maps |= {(group, name, seed): each for (group, name), each in settings.items()}
        masked = masking(picture, model, seed)
        six = [several(picture, model, seed), settings["settings", "quickshift"], *masked, *followed]
        maps |= {("methods", name, seed): each for name, each in zip(METHODS, six, strict=True)}
    index = lc.probe_image(picture, model, 1).most_likely()[0]
    found: Found = {"bits": 16 if model.engine.description.endswith("bf16") else 32}
    for fill, (hiding, segmenter) in FILLS.items():
        flipping = lc.PixelFlipping(fills=(hiding,), segments=segment_view(picture, model, segmenter))
        different = {id(each): each for each in maps.values()}  # some are in two groups, or the same for all seeds
        gains = lc.relevance_gains(list(different.values()), model, picture, index, flipping)
        gain_of = dict(zip(different, gains, strict=True))
        for (group, name, seed), each in maps.items():
            gain = gain_of[id(each)]
            for way, curve in (("least first", gain.least_first[0]), ("most first", gain.most_first[0])):
                found[column(group, name, seed, fill, way)] = round(curve.auc, 4)
    return found


def column(group: str, name: str, seed: int, fill: str, way: str) -> str:
    """The column of the table that an area is in."""
    return f"{way} of {name}, seed {seed}, fill {fill} ({group})"


def of_settings(picture: lc.Picture, model: lc.Classifier, seed: int) -> dict[tuple[str, str], Floats]:
    """(group, name of the setting) -> map (h, w); some samples are the first of twice as many."""
    maps = {}
    for name, (segmenter, hiding, samples) in SETTINGS.items():
        probe = lc.probe_image(picture, model, 2 * samples, segmenter, hiding, seed=seed)
        for times, group in enumerate(("settings", LONGER), start=1):
            maps[group, name] = lc.explain(probe.first(times * samples)).pixel_weights()
    return maps


def several(picture: lc.Picture, model: lc.Classifier, seed: int) -> Floats:
    """The map (h, w) of four segmentations at once."""
    return lc.explain_image(picture, model, None, SAMPLES, lc.Segmentations(), seed=seed).pixel_weights()


def masking(picture: lc.Picture, model: lc.Classifier, seed: int) -> list[Floats]:
    """The maps (h, w) of KernelSHAP and RISE."""
    probe = lc.probe_image(picture, model, 1)
    index, totals = probe.most_likely()[0], (SAMPLES,)
    shapley = kernel_shap(probe.scene, model, index, totals, seed)[SAMPLES]
    return [shapley, rise(picture, model, index, totals, seed)[SAMPLES]]


def areas_of(found: list[Found], group: str) -> Floats:
    """(photos, measures, seeds, six, fills), of what was found of each photo."""
    least, most = (
        np.array([[line[column(group, *place, way)] for place in places(group)] for line in found])
        for way in ("least first", "most first")
    )
    shape = len(found), SEEDS, len(GROUPS[group]), len(FILLS)
    return np.stack([each.reshape(shape) for each in (least - most, least, -most)], axis=1)


def places(group: str) -> list[tuple[str, int, str]]:
    """Name, seed and fill of all maps of a group, the last varying first."""
    return [(name, seed, fill) for seed, name, fill in product(range(SEEDS), GROUPS[group], FILLS)]


def table(found: list[Found]) -> list[dict[str, object]]:
    """For each group, measure and fills that should rank alike a row: the means over each two of these fills."""
    rows: list[dict[str, object]] = []
    for group, (number, measure), fills in product(GROUPS, enumerate(MEASURES), ALIKE):
        of, numbers = areas_of(found, group)[:, number], [list(FILLS).index(fill) for fill in fills]
        each = [two_fills(of, a, b) for a, b in combinations(numbers, 2)]
        row: dict[str, object] = {"ranked": group, "measure": measure, "fills": ", ".join(fills), "photos": len(of)}
        row |= {key: mean_of([of_two[key] for of_two in each]) for key in each[0]}
        seeds = [tau(one[0, :, fill], one[1, :, fill]) for one in of for fill in numbers]
        rows.append(row | {"two seeds": mean_of(seeds)})
    return rows


def page_rows(found: list[Found]) -> list[str]:
    """The rows of the tables in the documents: how far fills rank alike, and the mean gain of each map by fill."""
    rows = [
        f"| {row['ranked']} | {row['measure']} | {row['fills']} | {row['by photo']:.2f} | {row['two seeds']:.2f} | "
        f"{row['beyond noise']:.2f} ({row['share of pairs']:.0%}) | {row['means']:.2f} |"
        for row in table(found)
    ]
    for group, names in GROUPS.items():
        means = areas_of(found, group)[:, 0].mean(axis=(0, 1))
        for name, gains in zip(names, means, strict=True):
            rows.append(f"| {name} | {' | '.join(f'{gain:.3f}' for gain in gains)} |")
    return rows


def mean_of(values: list[float]) -> float:
    """Of those that are known; NaN where none is."""
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def two_fills(of: Floats, a: int, b: int) -> dict[str, float]:
    """How far fills a and b rank alike, from areas (photos, seeds, six, fills)."""
    means = of.mean(axis=(0, 1))
    # The noise of a map is what its two seeds differ by over all photos.
    variance = ((of[:, 0] - of[:, 1]) ** 2 / 2).mean(axis=0)
    agree, tried = [], 0
    for i, j in combinations(range(of.shape[2]), 2):
        apart = of[:, 0, i] - of[:, 0, j]  # (photos, fills)
        clear = np.abs(apart) > 2 * np.sqrt(variance[i] + variance[j])
        both = clear[:, a] & clear[:, b]
        agree += np.sign(apart[both, a] * apart[both, b]).tolist()
        tried += len(both)
    return {
        "by photo": mean_of([tau(one[0, :, a], one[0, :, b]) for one in of]),
        "beyond noise": float(np.mean(agree)) if agree else float("nan"),
        "share of pairs": len(agree) / tried,
        "means": tau(means[:, a], means[:, b]),
    }


def tau(one: Floats, other: Floats) -> float:
    """Kendall's tau of two rankings (six,); NaN where one is constant."""
    return float(kendalltau(one, other).statistic)
