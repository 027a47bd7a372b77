"""Why a map fits no better: what plain least squares reaches on the same samples, and what keeps the fit from it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lime_core.arrays import Indices, Scores
from lime_core.models.scores import weighted_r2
from lime_core.surrogates.surrogate import Samples

FITS_WELL = 0.8
"""The R² from which nobody asks why it is not higher."""

_WORTH_SAYING = 0.1
_NEARLY_ALL = 1e-6  # one minus leverage: the fit passes through this sample, whatever its score


@dataclass(frozen=True)
class Shortfall:
    """What a fit lacks.

    Parameters
    ----------
    additive_r2 : float, default NaN
        Weighted R² of plain least squares on all superpixels that can be explained, each sample predicted by the
        others: what adding up superpixels can show.  Below 0 where there are too few samples; NaN where the map fits
        well, and where there is nothing to explain.
    cause : {"", "selection", "prior", "surrogate"}, default ""
        What keeps the map at least 0.1 below that; empty where it is not below, so that it is the model.
    bounds : int, default 0
        Samples whose log-odds are only a bound, since the model gave a probability of exactly 0 or 1.
    """

    additive_r2: float = math.nan
    cause: str = ""
    bounds: int = 0


def shortfall_of(
    samples: Samples, selected: Indices, r2: float, without_prior: Callable[[], Scores] | None = None
) -> Shortfall:
    """Find what a fit lacks, and which of its stages loses at least half of that.

    Parameters
    ----------
    samples : Samples
        Of the fit, with the columns of all superpixels that can be explained.
    selected : (f,) integers
        The columns that feature selection left.
    r2 : float
        Of the fit; NaN where there is nothing to explain.
    without_prior : callable, optional
        Scores (n,) as the surrogate predicts them without its prior; None where it has none.

    Returns
    -------
    Shortfall
        Empty where the fit is good.
    """
    if math.isnan(r2) or r2 >= FITS_WELL or samples.masks.shape[1] == 0:
        return Shortfall()
    additive = left_out_r2(samples)
    lacking = additive - r2
    if lacking < _WORTH_SAYING:
        return Shortfall(additive)
    if len(selected) < samples.masks.shape[1] and left_out_r2(samples.only(selected)) - r2 < lacking / 2:
        return Shortfall(additive, "selection")
    if without_prior:
        plain = weighted_r2(samples.scores, without_prior(), samples.sample_weights)
        if plain - r2 >= lacking / 2:
            return Shortfall(additive, "prior")
    return Shortfall(additive, "surrogate")


def left_out_r2(samples: Samples) -> float:
    """Predict each sample by plain least squares on the others.

    Parameters
    ----------
    samples : Samples
        Whose scores move.

    Returns
    -------
    float
        Weighted R² of the predictions, at most 1; those of a sample that decides its own prediction are the mean.

    References
    ----------
    Allen (1974), "The relationship between variable selection and data augmentation", for the residual over one minus
    the leverage.
    """
    root, centred, target = np.sqrt(samples.sample_weights), samples.centred, samples.centred_scores
    half = centred * root[:, None]
    gram = half.T @ half
    # Nearly no penalty, for columns that depend on each other.
    gram += (1e-9 * float(np.trace(gram)) / len(gram) or 1.0) * np.eye(len(gram))
    spread = np.linalg.solve(gram, half.T)
    rest = 1.0 - np.einsum("if,fi->i", half, spread) - samples.sample_weights / samples.sample_weights.sum()
    residual = target - centred @ (spread @ (target * root))
    left_out = np.where(rest > _NEARLY_ALL, residual / np.maximum(rest, _NEARLY_ALL), target)
    return weighted_r2(target, target - left_out, samples.sample_weights)
