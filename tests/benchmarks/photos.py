"""Photos of your own, which benchmarks measure with: PHOTOS names their folder, and COUNT how many are taken.

    make bench PART=defaults PHOTOS=folder COUNT=100

They are taken evenly from the folder in the order of their names, so the same folder gives the same photos.  Each
photo's most likely class is explained with quickshift, each superpixel hidden in its mean color, with the probability,
the cosine kernel of width 0.25 and ridge, as `lime` does.  The truth is a long fold-over run of another seed: it has an
error of its own, the same for all that is compared with it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import lime_core as lc
from lime_core.evaluation.agreement import jaccard
from lime_core.sampling.sampler import Sampler

MODEL = "efficientnet_lite0"
TOP = 5
TRUTH_SEED, TRUTH_SAMPLES = 100, 2000
NOTHING: list[dict[str, object]] = [{"nothing was measured": "PHOTOS=folder names photos of your own"}]

Floats = NDArray[np.float64]


def paths() -> list[Path]:
    """The photos of the folder that PHOTOS names, in the order of their names; empty without one."""
    folder = os.environ.get("PHOTOS", "")
    suffixes = {".jpg", ".jpeg", ".png", ".webp"}
    return sorted(path for path in Path(folder).iterdir() if path.suffix.lower() in suffixes) if folder else []


def chosen(most: int, every: int = 1) -> list[Path]:
    """COUNT of the photos, at most `most` where COUNT is not set, taken evenly; of every second one with 2."""
    found, count = paths()[every - 1 :: every], int(os.environ.get("COUNT", most))
    return found[:: max(len(found) // count, 1)][:count] if found else []


def read(photos: Sequence[Path]) -> Iterator[tuple[lc.Picture, str]]:
    """The pictures and names of photos that can be read, with a line for every tenth."""
    for number, path in enumerate(photos, start=1):
        try:
            yield lc.load_picture(path), path.name
        except lc.LimeError as error:
            print(f"{path.name}: {error}", file=sys.stderr)
        if number % 10 == 0:
            print(f"{time.strftime('%H:%M:%S')}  {number} of {len(photos)} photos", flush=True)


class Asked:
    """Probes of one photo, with superpixels that are cut once.

    Parameters
    ----------
    picture : Picture
        The photo.
    model : Classifier
        Who is asked.

    Raises
    ------
    TooFewSuperpixels
        As `segment` does.
    """

    def __init__(self, picture: lc.Picture, model: lc.Classifier) -> None:
        self._picture, self._model = picture, model
        self._segmentation = lc.segment(model.view(picture), lc.Quickshift())
        self.seconds = 0.0

    def probe(self, sampler: Sampler, seed: int, samples: int) -> lc.Probe:
        """That many samples; the seconds that they took are in `seconds`."""
        spec = lc.ProbeSpec.of(self._picture, self._model, lc.Quickshift(), lc.SuperpixelMean(), sampler, seed)
        begin = time.perf_counter()
        *_, found = lc.grow(lc.open_probe(spec, self._picture, self._model, self._segmentation), samples, self._model)
        self.seconds = time.perf_counter() - begin
        return found

    def truth(self) -> lc.Probe:
        """The long run."""
        return self.probe(lc.FoldOver(), TRUTH_SEED, TRUTH_SAMPLES)


def fitted(probe: lc.Probe, index: int, prior: lc.Prior | None = None, strength: float = 0.0) -> lc.Explanation:
    """All superpixels, by ridge, towards the prior where there is one."""
    plain = lc.FitSettings(index, feature_selection=lc.AllFeatures())
    pulled = replace(plain, surrogate=lc.RidgeWithPrior(), prior=prior, prior_strength=strength)
    return lc.fit(probe, plain if prior is None else pulled)


def error(weights: Floats, truth: Floats) -> float:
    """How far weights (d,) are from the true ones, as a share of the length of these."""
    return float(np.linalg.norm(weights - truth) / np.linalg.norm(truth))


def overlap(weights: Floats, truth: Floats) -> float:
    """How many of the true five strongest superpixels are among the five strongest of these weights (d,), 0..1."""
    found, true = (set(np.argsort(-np.abs(each), kind="stable")[:TOP].tolist()) for each in (weights, truth))
    return len(found & true) / TOP


def agreement(weights: Floats) -> float:
    """The mean Jaccard index of the five strongest superpixels of two of the repeats (r, d)."""
    pairs = jaccard(weights, TOP, "absolute")
    return float(pairs[np.triu_indices(len(weights), 1)].mean())
