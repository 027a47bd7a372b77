"""How far the weights of repeats vary: their signs, and their sizes beside the error bars."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from lime_core.arrays import Floats, check_shape
from lime_core.evaluation.agreement import checked


@cache
def chance_sign_agreement(r: int) -> float:
    """The mean `sign_agreement` of r random signs."""
    return sum(math.comb(r, m) * max(m, r - m) for m in range(r + 1)) / (r * 2**r)


@cache
def chance_sign_entropy(r: int) -> float:
    """The mean `sign_entropy` of r random signs."""
    entropies = sign_entropy(np.where(np.arange(r)[:, None] < np.arange(r + 1), 1.0, -1.0))
    return float(sum(math.comb(r, m) * entropies[m] for m in range(r + 1)) / 2**r)


def csi(weights: Floats, standard_errors: Floats) -> float:
    """Coefficients stability index: the mean share of pairs of repeats whose 95 % intervals of a weight touch, 0..1.

    Averaged over the superpixels that have a weight and an error in at least two repeats; NaN without any.  Higher is
    called steadier, but **wider intervals overlap more**: weights that are pure noise reach about 0.99 with honest
    intervals, and a worse method reaches more than a better one.  Never show it without the spread; it tells whether
    intervals are too narrow, not whether an explanation is stable.  There is no chance level.

    References
    ----------
    Visani et al. (2020), as for `vsi`; theirs leaves out intervals that touch in one point.
    """
    weights = checked(weights)
    check_shape("standard_errors", standard_errors, *weights.shape)
    known = (weights != 0) & np.isfinite(standard_errors)
    half = 1.96 * np.where(known, standard_errors, 0.0)
    low, high = weights - half, weights + half
    a, b = np.triu_indices(len(weights), 1)
    both = known[a] & known[b]
    touching = (both & (low[a] <= high[b]) & (low[b] <= high[a])).sum(axis=0)
    pairs = both.sum(axis=0)
    return float((touching[pairs > 0] / pairs[pairs > 0]).mean()) if pairs.any() else math.nan


def sign_agreement(weights: Floats) -> Floats:
    """(d,) share of the repeats that have the sign which most have, 0..1, higher is steadier.

    A weight of zero has no sign, so superpixels that are seldom selected agree little, and one without any weight gets
    0.  Chance level: `chance_sign_agreement`, at least 0.5.
    """
    weights = checked(weights)
    return np.maximum((weights > 0).mean(axis=0), (weights < 0).mean(axis=0))


def sign_entropy(weights: Floats) -> Floats:
    """(d,) entropy in bits of each superpixel's sign over the repeats, 0..1, lower is steadier; coin flips give 1.

    Weights of zero are left out; where all are zero no sign contradicts another: 0.

    References
    ----------
    Bora et al. (2024), SLICE; its ASFE is the mean over superpixels, plus a penalty where few survive.
    """
    weights = checked(weights)
    positive, used = (weights > 0).sum(axis=0), (weights != 0).sum(axis=0)
    share = positive / np.maximum(used, 1)
    mixed = (share > 0) & (share < 1)
    inside = np.where(mixed, share, 0.5)
    return np.where(mixed, -inside * np.log2(inside) - (1 - inside) * np.log2(1 - inside), 0.0)


def spread(weights: Floats) -> Floats:
    """(d,) standard deviation of each weight over the repeats, in its unit; lower is steadier.  NaN for one repeat."""
    weights = checked(weights)
    return weights.std(axis=0, ddof=1) if len(weights) > 1 else np.full(weights.shape[1], math.nan)


def relative_spread(weights: Floats) -> float:
    """How far one repeat lies from the mean of all, as a share of the mean's length: 0 is frozen, lower is steadier.

    The root of the summed variances (`spread` squared) over the Euclidean norm of the mean weights.  Weights that are
    noise around zero give about √r, the chance level, as their mean shrinks with more repeats.  NaN for one repeat, and
    where all weights are zero.
    """
    distance = float(np.linalg.norm(spread(weights)))
    length = float(np.linalg.norm(weights.mean(axis=0)))
    if length > 0:
        return distance / length
    return math.inf if distance > 0 else math.nan
