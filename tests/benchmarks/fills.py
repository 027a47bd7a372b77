"""Whether figures of faithfulness rank settings alike whatever stands in the place of pixels, on photos of your own.

Six settings explain the most likely class of each photo, and pixels go in the order of their maps with three fills,
which favor none of them: means of superpixels are those of compact watershed, which no setting has.  A fourth fill is
beside them to show what it does: the means of quickshift's superpixels, which three of the settings have.
Kendall's tau is between the rankings of the six under two fills, for the symmetric relevance gain and for each of the
two ways that it is made of.  Every setting is run with two seeds.  What these differ by is noise; so tau is also taken
of those pairs of settings alone that differ by more than twice that under both fills, and between two seeds under one
fill, which no agreement of two fills can be expected to exceed.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from scipy.stats import kendalltau

import lime_core as lc
from lime_core.superpixels.segmentation import segment_view
from tests.benchmarks.photos import MODEL, NOTHING, Floats, chosen, read

BLACK = lc.Color(0)
SETTINGS: dict[str, tuple[lc.Segmenter, lc.Hiding, int]] = {
    "quickshift": (lc.Quickshift(), lc.SuperpixelMean(), 500),
    "slic": (lc.Slic(), lc.SuperpixelMean(), 500),
    "felzenszwalb": (lc.Felzenszwalb(), lc.SuperpixelMean(), 500),
    "grid": (lc.Grid(), lc.SuperpixelMean(), 500),
    "quickshift, black": (lc.Quickshift(), BLACK, 500),
    "quickshift, 100 samples": (lc.Quickshift(), lc.SuperpixelMean(), 100),
}
FILLS: dict[str, tuple[lc.Hiding, lc.Segmenter]] = {
    "mean color": (lc.ImageMean(), lc.Quickshift()),
    "blur": (lc.Blur(), lc.Quickshift()),
    "means of watershed": (lc.SuperpixelMean(), lc.CompactWatershed()),
    "means of quickshift": (lc.SuperpixelMean(), lc.Quickshift()),
}
"""name -> the fill, and whose superpixels it looks at where it does."""

NEUTRAL = 3
"""How many of the fills favor no setting, from the first."""

SEEDS = 2
MEASURES = ("srg", "least first", "most first")
"""Each such that higher is better: the area under most first has its sign turned."""


def run() -> list[dict[str, object]]:
    """For each measure how far two fills agree; the means of all settings are printed."""
    model, found = lc.load_model(MODEL), []
    for picture, name in read(chosen(50)):
        try:
            found.append(measured(picture, model))
        except lc.LimeError as nothing:
            print(f"{name}: {nothing}")
    if not found:
        return NOTHING
    areas = np.array(found)
    print_means(areas)
    return table(areas)


def measured(picture: lc.Picture, model: lc.Classifier) -> Floats:
    """(measures, seeds, settings, fills) of one photo."""
    maps = []
    for seed in range(SEEDS):
        for segmenter, hiding, samples in SETTINGS.values():
            maps.append(lc.explain_image(picture, model, None, samples, segmenter, hiding, seed=seed))
    least, most = np.empty((2, len(maps), len(FILLS)))
    for number, (fill, segmenter) in enumerate(FILLS.values()):
        flipping = lc.PixelFlipping(fills=(fill,), segments=segment_view(picture, model, segmenter))
        for map_, gain in enumerate(lc.relevance_gains(maps, model, flipping=flipping)):
            least[map_, number], most[map_, number] = gain.least_first[0].auc, gain.most_first[0].auc
    return np.stack([least - most, least, -most]).reshape(len(MEASURES), SEEDS, len(SETTINGS), len(FILLS))


def table(areas: Floats) -> list[dict[str, object]]:
    """For each measure a row for each two fills, from areas (photos, measures, seeds, settings, fills).

    One row more has the means over the pairs of fills that favor no setting.
    """
    rows: list[dict[str, object]] = []
    for number, measure in enumerate(MEASURES):
        of = areas[:, number]
        found = {(a, b): two_fills(of, a, b) for a, b in pairs(len(FILLS))}
        seeds = [tau(one[0, :, fill], one[1, :, fill]) for one in of for fill in range(NEUTRAL)]
        neutral = [found[pair] for pair in pairs(NEUTRAL)]
        whole = {key: mean_of([row[key] for row in neutral]) for key in neutral[0]}
        names = [f"{list(FILLS)[a]}, {list(FILLS)[b]}" for a, b in found]
        for name, row in zip([*names, "those that favor none"], [*found.values(), whole], strict=True):
            of_seeds = float(np.nanmean(seeds)) if row is whole else ""
            rows.append({"measure": measure, "fills": name, "photos": len(of), **row, "tau of two seeds": of_seeds})
    return rows


def mean_of(values: list[float]) -> float:
    """Of those that are known; NaN where none is."""
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def two_fills(of: Floats, a: int, b: int) -> dict[str, float]:
    """How far fills a and b rank alike, from areas (photos, seeds, settings, fills)."""
    means = of.mean(axis=(0, 1))
    # The noise of a setting is what its two seeds differ by over all photos.
    variance = ((of[:, 0] - of[:, 1]) ** 2 / 2).mean(axis=0)
    agree, tried = [], 0
    for i, j in pairs(len(SETTINGS)):
        apart = of[:, 0, i] - of[:, 0, j]  # (photos, fills)
        clear = np.abs(apart) > 2 * np.sqrt(variance[i] + variance[j])
        both = clear[:, a] & clear[:, b]
        agree += np.sign(apart[both, a] * apart[both, b]).tolist()
        tried += len(both)
    return {
        "tau": float(np.nanmean([tau(one[0, :, a], one[0, :, b]) for one in of])),
        "beyond noise": float(np.mean(agree)) if agree else float("nan"),
        "share of pairs": len(agree) / tried,
        "tau of the means": tau(means[:, a], means[:, b]),
    }


def pairs(count: int) -> list[tuple[int, int]]:
    """All pairs of so many numbers."""
    return list(combinations(range(count), 2))


def tau(one: Floats, other: Floats) -> float:
    """Kendall's tau of two rankings (settings,); NaN where one is constant."""
    return float(kendalltau(one, other).statistic)


def print_means(areas: Floats) -> None:
    """The mean of each setting under each fill, for each measure."""
    for number, measure in enumerate(MEASURES):
        for setting, values in zip(SETTINGS, areas[:, number].mean(axis=(0, 1)), strict=True):
            print(f"{measure:12} {setting:24}", *(f"{value:8.4f}" for value in values))
