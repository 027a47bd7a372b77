"""What tuning is worth on photos that were not tuned on: found settings beside the usual ones, and one by chance.

    make bench PART=tuned PHOTOS=folder COUNT=60 MODEL=efficientnet_lite0 KEEP=found.csv

Every second photo is taken, for on the others the usual settings were chosen; COUNT of them, evenly.  On every third
of these settings are tuned, and on the others they are judged.  Each photo's most likely class is explained in all
ways of `VARY`, and every map is judged twice: by its symmetric relevance gain over two fills, which is what is tuned,
and by its fidelity, which is not.  PRECISION is the model's.  KEEP names a table (CSV) that a row is added to for each
photo, with its place in the folder: run again, it goes on where it stopped.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

import lime_core as lc
from lime_core.tuning.trial import FLOOR
from lime_core.tuning.trying import FLIPPING
from tests.benchmarks.kept import Found, found_of
from tests.benchmarks.photos import NOTHING, chosen

VARY = (
    "segmenter=several,grid,quickshift,slic",
    "hiding=superpixel_mean,blur",
    "ridge.alpha=1,10",
    "cosine.width=0.25,1",
    "space=probability,log-odds",
)
SPACE = lc.Space.of(VARY)
WAYS = tuple(
    replace(probing, fitting=fitting)
    for probing in SPACE.probings
    for fitting in SPACE.fittings
    if "hiding" not in probing.apart(SPACE.base) or probing.values["segmenter"] in ("several", "grid")
)
"""Every way of asking with every way of fitting, the usual one first; blur with the better segmentations alone."""

MORE = 4
"""How many times the usual samples a photo's own search may take."""

HIDDEN = lc.HiddenSubsets(segmenter=lc.CompactWatershed())
"""What fidelity hides: superpixels that are in none of the ways."""

FIGURES = ("gain", "fidelity", "r2", "stability")


def run() -> list[dict[str, object]]:
    """A row for each choice: what it gains on the photos that were not tuned on, and what it loses there."""
    photos = chosen(60, 2)
    to_tune = {path.name for path in photos[::3]}
    found = found_of(photos, measured, lambda name: {"tuned on": float(name in to_tune)})
    return table(found) if found else NOTHING


def measured(picture: lc.Picture, model: lc.Classifier) -> Found:
    """What every way is worth on one photo, and the usual one with more samples, to four places."""
    index = model.top(picture, 1)[0][0]
    fittings = [replace(fitting, class_index=index) for fitting in SPACE.fittings]
    maps, scores = [], []
    for probing in dict.fromkeys(replace(way, fitting=SPACE.base.fitting) for way in WAYS):
        probe = asked(probing.probing.spec(picture, model), picture, model, probing.num_samples)
        by_samples = lc.fit_scores(probe, fittings)
        maps += [lc.fit(probe, fitting).pixel_weights() for fitting in fittings]
        scores += list(zip(by_samples.held_out_r2, by_samples.stability, strict=True))
    spec = SPACE.base.probing.spec(picture, model)
    longer = asked(spec, picture, model, MORE * SPACE.base.num_samples)
    maps.append(lc.fit(longer, fittings[0]).pixel_weights())
    gains = [gain.srg for gain in lc.relevance_gains(maps, model, picture, index, flipping=FLIPPING)]
    subsets = asked(HIDDEN.spec(maps[0], picture, model), picture, model, HIDDEN.rows)
    alike = [lc.fidelity_of(each, subsets, index).spearman for each in maps]
    found: Found = {"gain, more": gains[-1], "fidelity, more": alike[-1]}
    for place, (gain, spearman, (r2, stability)) in enumerate(zip(gains[:-1], alike[:-1], scores, strict=True)):
        figures = zip(FIGURES, (gain, spearman, r2, stability), strict=True)
        found |= {f"{figure}, {place}": value for figure, value in figures}
    return {column: round(float(value), 4) for column, value in found.items()}


def asked(spec: lc.ProbeSpec, picture: lc.Picture, model: lc.Classifier, samples: int) -> lc.Probe:
    *_, probe = lc.grow(lc.open_probe(spec, picture, model), samples, model)
    return probe


def figures_of(found: list[Found], figure: str) -> NDArray[np.float64]:
    """(ways, photos) one of `FIGURES`."""
    return np.array([[line[f"{figure}, {place}"] for line in found] for place in range(len(WAYS))])


def best_on(found: list[Found]) -> int:
    """The way that loses least on these photos, of those that are steady enough on average."""
    gains = figures_of(found, "gain")
    lost = ((gains.max(axis=0) - gains) / gains.max(axis=0)).mean(axis=1)
    steady = figures_of(found, "stability").mean(axis=1) >= FLOOR
    return int(np.argmin(np.where(steady, lost, np.inf)))


def table(found: list[Found]) -> list[dict[str, object]]:
    """A row for each choice, over the photos that were not tuned on; chance is the mean over all ways."""
    tuned = [line for line in found if line["tuned on"]]
    judged = [line for line in found if not line["tuned on"]]
    if not tuned or not judged:
        return NOTHING
    place = best_on(tuned)
    print(f"tuned on {len(tuned)} photos: {WAYS[place].apart_in_words(SPACE.base) or 'the usual settings'}")
    gains, fidelities = figures_of(judged, "gain"), figures_of(judged, "fidelity")
    best = gains.argmax(axis=0)
    each = np.arange(len(judged))
    more = [np.array([line[f"{figure}, more"] for line in judged]) for figure in ("gain", "fidelity")]
    choices = {
        "the usual settings": (gains[0], fidelities[0]),
        f"tuned on {len(tuned)} other photos": (gains[place], fidelities[place]),
        "settings by chance": (gains.mean(axis=0), fidelities.mean(axis=0)),
        "the best settings of each photo": (gains[best, each], fidelities[best, each]),
        f"the usual settings, {MORE * SPACE.base.num_samples} samples": (more[0], more[1]),
    }
    rows: list[dict[str, object]] = []
    for choice, (gain, fidelity) in choices.items():
        apart, top = gain - gains[0], gains.max(axis=0)
        error = apart.std(ddof=1) / np.sqrt(len(apart)) if len(apart) > 1 else np.nan
        row: dict[str, object] = {"settings": choice, "photos": len(judged), "SRG": f"{gain.mean():.3f}"}
        row["above the usual"] = f"{apart.mean():+.3f} ± {error:.3f}" if apart.any() else ""
        row["better on"] = f"{np.mean(apart > 0):.0%}" if apart.any() else ""
        row["lost of the best"] = f"{np.mean((top - gain) / top):.1%}"
        row["fidelity"] = f"{fidelity.mean():.3f}"
        rows.append(row)
    return rows
