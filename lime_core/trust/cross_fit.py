"""R² on samples that were not fitted: how well a map predicts masks that it has not seen.

The R² of a fit counts samples that the fit has bent itself to; with few samples for each superpixel that is flattery.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lime_core.arguments import is_a, whole
from lime_core.arrays import Scores, Weights
from lime_core.explanation.pooling import movement, pooled_r2
from lime_core.explanation.settings import FitSettings
from lime_core.explanation.stages import filled, fit_samples, projected, samples_of
from lime_core.models.scores import weighted_r2
from lime_core.probing.probe import Probe
from lime_core.reports.numbers import two_decimals
from lime_core.surrogates.surrogate import Samples

FOLDS = 5

_HELP = "More samples help, or fewer superpixels."

FLATTERY = 0.1
"""How far R² of the fit may be above that on other samples until it is said that chance made it."""


def cross_fitted_r2(probe: Probe, settings: FitSettings, folds: int = FOLDS) -> float:
    """Predict each part of the samples by a fit to the others.

    Samples that were drawn together, such as a mask and its complement, are in one part.  Selection and prior are those
    of each fit; each of several segmentations is fitted to its own samples.  No model is asked; it takes as many fits
    as there are parts.

    Parameters
    ----------
    probe : Probe
        Masks and what the model answered to them.
    settings : FitSettings
        As of the map.
    folds : int, default 5
        Parts, at least 2; fewer where fewer were drawn together.

    Returns
    -------
    float
        Weighted R² of the predictions, at most 1; below 0 where the mean of the scores predicts better.  NaN where the
        score does not move, all samples were drawn together, or the kernel leaves fewer than two effective samples.

    Raises
    ------
    ValueError, TypeError
        As `fit`, and for another number of folds.

    References
    ----------
    Stone (1974), "Cross-validatory choice and assessment of statistical predictions".
    """
    is_a("probe", probe, Probe, "a Probe, as probe_image and open_probe give")
    is_a("settings", settings, FitSettings, "FitSettings, as FitSettings.of makes them")
    folds = whole("folds", folds, 2)
    settings = filled(probe, settings)
    found = [_member(member, settings, folds) for member in probe.members if len(member) >= 2]
    return pooled_r2([r2 for r2, _ in found], [moved for _, moved in found])


def _member(probe: Probe, settings: FitSettings, folds: int) -> tuple[float, float]:
    """R² of one segmentation on samples that were not fitted, and how much its scores move."""
    samples, live, rounding = samples_of(probe, settings)
    samples = replace(samples, errors=False)
    parts, weights = _parts(samples, folds), samples.sample_weights
    if not len(live) or parts.max() < 1 or weights.sum() ** 2 < 2 * (weights @ weights):
        return math.nan, 0.0
    projection = projected(probe, settings, settings.class_index or 0)
    expected = None if projection is None else projection.mean[live]
    predicted = np.empty(len(samples.scores))
    for part in range(parts.max() + 1):
        held = parts == part
        predicted[held] = _predicted(samples, held, settings, expected)
    r2 = weighted_r2(samples.scores, predicted, samples.sample_weights, rounding)
    return r2, movement(samples.scores, samples.sample_weights)


def unseen_in_words(fitted: float, unseen: float) -> str:
    """Say what R² on samples that were not fitted means beside that of the fit.

    Parameters
    ----------
    fitted : float
        R² of the map.
    unseen : float
        What `cross_fitted_r2` gives of the same samples and settings.

    Returns
    -------
    str
        One or two sentences; empty where one of them is not known.
    """
    if math.isnan(fitted) or math.isnan(unseen):
        return ""
    told = f"On samples that were not fitted R² is {two_decimals(unseen) if unseen > -1 else 'below −1'}"
    if unseen <= 0:
        return f"{told}: the map predicts them no better than their mean does. {_HELP}"
    if fitted - unseen > FLATTERY or unseen < fitted / 2:
        return f"{told}: part of what the map explains is chance. {_HELP}"
    return f"{told}, so what the map explains is not chance."


def _parts(samples: Samples, folds: int) -> NDArray[np.int64]:
    """(n,) the part that each sample is in: what was drawn together goes around the parts in turn."""
    assert samples.clusters is not None
    drawn = np.unique(samples.clusters, return_inverse=True)[1]
    return drawn % folds


def _predicted(samples: Samples, held: NDArray[np.bool_], settings: FitSettings, expected: Weights | None) -> Scores:
    """Scores of the held samples, by a fit to the others."""
    rest = samples.rows(~held)
    counted = rest.sample_weights > 0
    if np.ptp(rest.scores[counted]) > 0 if counted.any() else False:
        selected, fitted = fit_samples(rest, settings, expected)
        if fitted is not None:
            return fitted.predict(samples.masks[held][:, selected])
    mean = np.average(rest.scores, weights=rest.sample_weights) if counted.any() else rest.scores.mean()
    return np.full(int(held.sum()), float(mean))
