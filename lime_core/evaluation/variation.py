"""How far the weights of repeats vary: their ranks, their signs, and their sizes beside the error bars.

Weights, rankings and the errors that are raised are those of `agreement`.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from scipy.stats import rankdata

from lime_core.arrays import Floats, check_shape
from lime_core.evaluation.agreement import checked, mean_of_pairs, strength, top_sets


@cache
def chance_sign_agreement(r: int) -> float:
    """Mean `sign_agreement` of random signs.

    Parameters
    ----------
    r : int
        How many repeats.

    Returns
    -------
    float
        0.5..1.
    """
    return sum(math.comb(r, m) * max(m, r - m) for m in range(r + 1)) / (r * 2**r)


@cache
def chance_sign_entropy(r: int) -> float:
    """Mean `sign_entropy` of random signs.

    Parameters
    ----------
    r : int
        How many repeats.

    Returns
    -------
    float
        In bits, 0..1.
    """
    entropies = sign_entropy(np.where(np.arange(r)[:, None] < np.arange(r + 1), 1.0, -1.0))
    return float(sum(math.comb(r, m) * entropies[m] for m in range(r + 1)) / 2**r)


def spearman(weights: Floats, ranking: str) -> Floats:
    """Rank correlation of two repeats over all superpixels.

    Equal weights share their mean rank, and zeros and negative weights count like any other.

    Parameters
    ----------
    weights, ranking : (r, d) float64 array and str
        As in `agreement`.

    Returns
    -------
    (r, r) float64 array
        -1..1, higher is steadier; chance level 0.  A repeat whose weights are all equal has no ranks to correlate: NaN
        in its row and column.
    """
    ranks = _centred_ranks(weights, ranking)
    length = np.sqrt((ranks**2).sum(axis=1, keepdims=True))
    unit = ranks / np.where(length > 0, length, math.nan)
    return (unit @ unit.T).clip(-1.0, 1.0)


def kendalls_w(weights: Floats, ranking: str) -> float:
    """Concordance of all repeats' ranks, corrected for ties.

    The spread of the rank sums over what it would be if all repeats ranked alike; ranks as in `spearman`.

    Parameters
    ----------
    weights, ranking : (r, d) float64 array and str
        As in `agreement`.

    Returns
    -------
    float
        0..1, higher is steadier; chance level 1/r.  NaN for one repeat, and where no repeat has two different weights.

    References
    ----------
    Kendall, Babington Smith (1939), The problem of m rankings; used for LIME by Zhao et al. (2021), BayLIME.
    """
    ranks = _centred_ranks(weights, ranking)
    most = len(ranks) * (ranks**2).sum()
    return float((ranks.sum(axis=0) ** 2).sum() / most) if len(ranks) > 1 and most > 0 else math.nan


def vsi(weights: Floats, k: int, ranking: str) -> float:
    """Variables stability index: the mean over pairs of the share of a top-k set that the other one has too, 0..1.

    Meant for explanations that select few features: over all superpixels it would be 1 whatever the weights, hence the
    top k.  For one pair of full sets it is 2j / (1 + j) of the Jaccard index j: it tells nothing that `jaccard` does
    not, only looks higher.

    Parameters
    ----------
    weights, k, ranking : (r, d) float64 array, int and str
        As in `agreement`.

    Returns
    -------
    float
        Higher is steadier; by chance the smaller of both sets over d, so k/d of full ones.  NaN where there is one
        repeat or no repeat has a weight.

    References
    ----------
    Visani et al. (2020), Statistical stability indices for LIME; they give a percentage.
    """
    sets = top_sets(weights, k, ranking).astype(np.float64)
    shared, sizes = sets @ sets.T, sets.sum(axis=1)
    larger = np.maximum(sizes[:, None], sizes[None, :])
    return mean_of_pairs(np.where(larger > 0, shared / np.maximum(larger, 1), 1.0 if weights.any() else math.nan))


def csi(weights: Floats, standard_errors: Floats) -> float:
    """Coefficients stability index: the mean share of pairs of repeats whose 95% intervals of a weight touch, 0..1.

    Averaged over the superpixels that have a weight and an error in at least two repeats; what rounding parts touches.
    Higher is called steadier, but **wider intervals overlap more**: weights that are pure noise reach about 0.99 with
    honest intervals, and a worse method reaches more than a better one.  Never show it without the spread; it tells
    whether intervals are too narrow, not whether an explanation is stable.  There is no chance level.

    Parameters
    ----------
    weights, standard_errors : (r, d) float64 array
        Of r repeats, in the same unit; an error is NaN where it is not known.

    Returns
    -------
    float
        NaN without a superpixel that has a weight and an error in two repeats.

    References
    ----------
    Visani et al. (2020), as for `vsi`; theirs leaves out intervals that touch in one point.
    """
    weights = checked(weights)
    check_shape("standard_errors", standard_errors, *weights.shape)
    with_error = (weights != 0) & np.isfinite(standard_errors)
    half = 1.96 * np.where(with_error, standard_errors, 0.0) + 1e-9 * np.abs(weights).max(initial=0.0)
    low, high = weights - half, weights + half
    a, b = np.triu_indices(len(weights), 1)
    both = with_error[a] & with_error[b]
    touching = (both & (low[a] <= high[b]) & (low[b] <= high[a])).sum(axis=0)
    pairs = both.sum(axis=0)
    return float((touching[pairs > 0] / pairs[pairs > 0]).mean()) if pairs.any() else math.nan


def sign_agreement(weights: Floats) -> Floats:
    """Share of the repeats that have the sign which most have.

    A weight of zero has no sign, so superpixels that are seldom selected agree little, and one without any weight gets
    0.

    Parameters
    ----------
    weights : (r, d) float64 array
        Of r repeats.

    Returns
    -------
    (d,) float64 array
        0..1, higher is steadier.  Chance level: `chance_sign_agreement`, at least 0.5.
    """
    weights = checked(weights)
    return np.maximum((weights > 0).mean(axis=0), (weights < 0).mean(axis=0))


def sign_entropy(weights: Floats) -> Floats:
    """Entropy of each superpixel's sign over the repeats.

    Weights of zero are left out; where all are zero no sign contradicts another: 0.

    Parameters
    ----------
    weights : (r, d) float64 array
        Of r repeats.

    Returns
    -------
    (d,) float64 array
        In bits, 0..1, lower is steadier; coin flips give 1.

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
    """How far each weight moves over the repeats: its standard deviation.

    Parameters
    ----------
    weights : (r, d) float64 array
        Of r repeats.

    Returns
    -------
    (d,) float64 array
        In the unit of the weights; lower is steadier.  NaN for one repeat.
    """
    weights = checked(weights)
    return weights.std(axis=0, ddof=1) if len(weights) > 1 else np.full(weights.shape[1], math.nan)


def relative_spread(weights: Floats) -> float:
    """How far one repeat lies from the mean of all, as a share of the mean's length: 0 is frozen, lower is steadier.

    The root of the summed variances (`spread` squared) over the Euclidean norm of the mean weights.  Weights that are
    noise around zero give about √r, the chance level, as their mean shrinks with more repeats.

    Parameters
    ----------
    weights : (r, d) float64 array
        Of r repeats.

    Returns
    -------
    float
        From 0, infinite where the mean is zero; NaN for one repeat, and where all weights are zero.
    """
    distance = float(np.linalg.norm(spread(weights)))
    length = float(np.linalg.norm(weights.mean(axis=0)))
    if length > 0:
        return distance / length
    return math.inf if distance > 0 else math.nan


def _centred_ranks(weights: Floats, ranking: str) -> Floats:
    ranks = rankdata(strength(weights, ranking), axis=1)
    return ranks - (ranks.shape[1] + 1) / 2
