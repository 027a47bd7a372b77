"""How good many ways of fitting are on one probe: no model is asked.

The samples are cut in two where the sampler begins a new block.  Each part is fitted and predicts the other, which
gives R² on samples that were not fitted; and the maps of both parts are compared, which says how steady the map of all
samples is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from lime_core.arguments import is_a
from lime_core.arrays import Floats, Indices, Scores, Weights, read_only
from lime_core.errors import LimeError
from lime_core.explanation.pooling import movement, pooled_r2
from lime_core.explanation.settings import FitSettings
from lime_core.explanation.stages import filled, fit_samples, projected, samples_of
from lime_core.models.scores import SPACES, weighted_r2
from lime_core.probing.probe import Probe
from lime_core.superpixels.overlap import shares
from lime_core.surrogates.surrogate import Samples


@dataclass(frozen=True, eq=False)
class FitScores:
    """What m ways of fitting are worth on one probe; arrays are read-only.

    Parameters
    ----------
    held_out_r2 : (m,) float64
        Of the probability, or the value, on samples that were not fitted, all samples counting alike: at most 1, below
        0 where the mean would predict better, NaN where the score does not move.
    stability : (m,) float64
        Estimated correlation by pixel with the map of another seed and as many samples, -1..1: too low where there are
        hardly more samples than superpixels.  NaN where a map is flat.
    """

    held_out_r2: Floats
    stability: Floats


def fit_scores(probe: Probe, fittings: Sequence[FitSettings]) -> FitScores:
    """Score ways of fitting by their samples alone.

    Parameters
    ----------
    probe : Probe
        Masks and what the model answered to them, at least 4 of each segmentation.
    fittings : sequence of FitSettings
        Each with or without the class; a space must be one whose predictions say a probability, or a value.

    Returns
    -------
    FitScores
        In their order.

    Raises
    ------
    LimeError
        For fewer samples.
    ValueError
        For a class or space that the probe does not have, or the space "logit".
    PriorMismatch
        As `fit`.

    References
    ----------
    Stone (1974), "Cross-validatory choice and assessment of statistical predictions"; Spearman (1910) and Brown (1910)
    for the step from parts to the whole, see `whole_agreement`.
    """
    is_a("probe", probe, Probe, "a Probe, as probe_image and open_probe give")
    members = [_Halves(member) for member in probe.members]
    overlaps = _overlaps(probe)
    cut = probe.scene.segmentation
    pixels = int((cut.labels != (-1 if cut.border is None else cut.border)).sum())  # a border has no weight in any map
    r2, stability = [], []
    for settings in fittings:
        found = [member.fitted(filled(probe, settings)) for member in members]
        r2.append(pooled_r2([each.r2 for each in found], [member.movement(settings) for member in members]))
        maps = [np.concatenate([each.weights[half] for each in found]) for half in (0, 1)]
        alike = _correlation(maps, overlaps, pixels)
        first, rest = (sum(len(member.parts[half]) for member in members) for half in (0, 1))
        stability.append(whole_agreement(alike, first, rest))
    return FitScores(read_only(np.array(r2)), read_only(np.array(stability)))


def whole_agreement(alike: float, first: int, rest: int) -> float:
    """Estimate how far two runs of all samples agree, from how far two parts of one do.

    What is chance in a map has a variance that falls with the number of its samples; with ν of it for one sample the
    parts correlate by 1 / √((1 + ν/first)(1 + ν/rest)), and two runs by 1 / (1 + ν/(first + rest)).  For equal parts
    that is 2r / (1 + r), the formula of Spearman and Brown.

    Parameters
    ----------
    alike : float
        The correlation of the parts.
    first, rest : int
        Their samples.

    Returns
    -------
    float
        -1..1; what is not above 0 stays as it is, and so does NaN.
    """
    if not alike > 0:
        return alike
    square = 1.0 / min(alike, 1.0) ** 2 - 1.0
    # ν² / (first · rest) + ν (1/first + 1/rest) - square = 0
    linear = 1.0 / first + 1.0 / rest
    chance = 2.0 * square / (linear + math.sqrt(linear**2 + 4.0 * square / (first * rest)))
    return 1.0 / (1.0 + chance / (first + rest))


@dataclass(frozen=True, eq=False)
class _Fitted:
    """R² on the other part, and the weights (d,) of each part."""

    r2: float
    weights: tuple[Weights, Weights]


class _Halves:
    """The samples of one segmentation in two parts, and what fits of them share."""

    def __init__(self, probe: Probe) -> None:
        if len(probe) < 4:
            raise LimeError(f"There are {len(probe)} samples of a segmentation, and 4 is the least to score fits by.")
        self.probe, d = probe, probe.masks.shape[1]
        clusters = probe.spec.sampler.clusters(len(probe), d, probe.spec.seed)
        cut = _cut(clusters)
        self.parts = np.arange(cut), np.arange(cut, len(probe))
        self._samples: dict[tuple[object, ...], tuple[Samples, Indices]] = {}
        self._expected: dict[tuple[object, ...], Weights | None] = {}
        self._common: dict[int, tuple[Scores, float]] = {}

    def common(self, settings: FitSettings) -> tuple[Scores, float]:
        """The scores that all fits are judged by, and how far they can be apart by rounding."""
        index = settings.class_index or 0
        if index not in self._common:
            space = SPACES[self.probe.kind][0]
            scores = self.probe.scores(index, space)
            rounding = math.inf if self.probe.scene.inert.all() else self.probe.rounding(scores, space)
            self._common[index] = scores, rounding
        return self._common[index]

    def movement(self, settings: FitSettings) -> float:
        """How much these scores move."""
        scores, _ = self.common(filled(self.probe, settings))
        return movement(scores, np.ones(len(scores)))

    def fitted(self, settings: FitSettings) -> _Fitted:
        """Fit each part and let it predict the other."""
        index = settings.class_index or 0
        scores, rounding = self.common(settings)
        key = settings.kernel, settings.space, index
        if key not in self._samples:
            samples, live, _ = samples_of(self.probe, settings)
            self._samples[key] = replace(samples, errors=False), live
        samples, live = self._samples[key]
        expected = self._prior(settings, live)
        predicted, weights = np.empty(len(scores)), []
        for own, others in (self.parts, self.parts[::-1]):
            part = np.zeros(len(scores), dtype=np.bool_)
            part[own] = True
            own_weights, predicted[others] = _fit(samples, part, settings, expected)
            spread = np.zeros(self.probe.masks.shape[1])
            spread[live] = own_weights
            weights.append(spread)
        if settings.space == "logit":
            raise ValueError("space must be probability, log-odds or value: others cannot be compared with them")
        if settings.space == "log-odds":
            predicted = expit(predicted)
        return _Fitted(weighted_r2(scores, predicted, np.ones(len(scores)), rounding), (weights[0], weights[1]))

    def _prior(self, settings: FitSettings, live: Indices) -> Weights | None:
        """What the prior expects of the columns."""
        key = settings.prior, settings.class_index, settings.kernel, settings.space
        if key not in self._expected:
            projection = projected(self.probe, settings, settings.class_index or 0)
            self._expected[key] = None if projection is None else projection.mean[live]
        return self._expected[key]


def _cut(clusters: NDArray[np.int64]) -> int:
    """Where a block begins near the middle: those of fold-over are powers of two, and none may be on both sides."""
    target = 1 + 2 ** round(math.log2(len(clusters) / 2))  # after the full picture
    starts = np.flatnonzero(np.diff(clusters, prepend=clusters[0])) if len(clusters) else clusters
    starts = starts[(starts >= 2) & (starts <= len(clusters) - 2)]
    if not len(starts):
        raise LimeError("Too few samples were drawn apart from each other to score fits by.")
    return int(starts[np.argmin(np.abs(starts - target))])


def _fit(
    samples: Samples, part: NDArray[np.bool_], settings: FitSettings, expected: Weights | None
) -> tuple[Weights, Scores]:
    """Weights (f,) of a fit to one part, and what it predicts of the other rows."""
    own, weights = samples.rows(part), np.zeros(samples.masks.shape[1])
    counted = own.sample_weights > 0
    if not counted.any():
        return weights, np.full(int((~part).sum()), float(own.scores.mean()))
    if np.ptp(own.scores[counted]) > 0:
        selected, fitted = fit_samples(own, settings, expected)
        if fitted is not None:
            weights[selected] = fitted.weights
            return weights, fitted.predict(samples.masks[~part][:, selected])
    mean = float(np.average(own.scores, weights=own.sample_weights))
    return weights, np.full(int((~part).sum()), mean)


def _overlaps(probe: Probe) -> Floats:
    """(D, D) such that weights @ overlaps @ others is the sum over pixels of the product of their maps."""
    cuts = [scene.segmentation for scene in probe.scene.members]
    rows = []
    for one in cuts:
        rows.append(np.hstack([shares(other.labels, one.labels) / one.sizes[:, None] for other in cuts]))
    return np.vstack(rows)


def _correlation(maps: Sequence[Weights], overlaps: Floats, pixels: int) -> float:
    """The correlation by pixel of two maps; NaN where one is flat."""
    both = np.stack(maps)
    products, means = both @ overlaps @ both.T / pixels, both.sum(axis=1) / pixels
    spreads = products - np.outer(means, means)
    if (np.diag(spreads) <= 1e-12 * np.diag(products)).any():
        return math.nan
    return min(max(float(spreads[0, 1] / np.sqrt(spreads[0, 0]) / np.sqrt(spreads[1, 1])), -1.0), 1.0)
