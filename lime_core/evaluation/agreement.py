"""How far repeats of an explanation agree: weights (r, d) of r repeats over the same d superpixels in, figures out.

Every function that ranks superpixels is told how: "absolute" ranks by |weight|, "signed" by weight, so that what speaks
most strongly for the class comes first.  A ranking holds only superpixels with something to rank, as on the maps: a
weight of zero is never in it, nor, if signed, one below zero.  Of equal ones the lower id comes first.

Pairwise figures are symmetric matrices (r, r) with ones on the diagonal; `mean_of_pairs` makes one figure of them.
Shares lie in 0..1, also where the source has percentages.  A figure that is not defined is NaN, never a warning.

Raises
------
ValueError
    by all of them, for weights that are not (r, d) with both above zero or not finite, an unknown ranking, k below 1,
    or p outside (0, 1).  A k above d counts as d.
"""

from __future__ import annotations

import math
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from lime_core.arrays import Floats, check_shape

RANKINGS = ("absolute", "signed")


def top_sets(weights: Floats, k: int, ranking: str) -> NDArray[np.bool_]:
    """(r, d) True for the k superpixels that come first in each repeat; fewer where fewer are ranked."""
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    places = _places(weights, ranking)
    return places <= min(k, places.shape[1])


def top_frequency(weights: Floats, k: int, ranking: str) -> Floats:
    """(d,) share of the repeats that have each superpixel in their top k, 0..1; chance level k/d."""
    return top_sets(weights, k, ranking).mean(axis=0)


def jaccard(weights: Floats, k: int, ranking: str) -> Floats:
    """(r, r) shared superpixels of two top-k sets over all that are in either, 0..1, higher is steadier.

    Two empty sets give 1.  The chance level is far from 0 when k is a good part of d: `chance_jaccard`.

    References
    ----------
    Tan, Tian, Li (2023), GLIME; they fill signed sets that have too few positive weights with negative ones, and
    average over k = 1..d, which inflates the figure, as k = d always gives 1.
    """
    shared, sizes = _shared(top_sets(weights, k, ranking))
    either = sizes[:, None] + sizes[None, :] - shared
    return np.where(either > 0, shared / np.maximum(either, 1), 1.0)


@cache
def chance_jaccard(d: int, k: int, other: int | None = None) -> float:
    """The mean Jaccard of two random sets of k and `other` (None: also k) out of d superpixels."""
    k, other = min(k, d), min(k if other is None else other, d)
    if k == other == 0:
        return 1.0
    ways = [math.comb(k, h) * math.comb(d - k, other - h) for h in range(min(k, other) + 1)]
    return sum(count / math.comb(d, other) * h / (k + other - h) for h, count in enumerate(ways))


def vsi(weights: Floats, k: int, ranking: str) -> float:
    """Variables stability index: the mean over pairs of the share of a top-k set that the other one has too, 0..1.

    Higher is steadier, the chance level is k/d, and NaN where there is one repeat.  Meant for explanations that select
    few features: over all superpixels it would be 1 whatever the weights, hence the top k.  For one pair of full sets
    it is 2j / (1 + j) of the Jaccard index j: it tells nothing that `jaccard` does not, only looks higher.

    References
    ----------
    Visani et al. (2020), Statistical stability indices for LIME; they give a percentage.
    """
    shared, sizes = _shared(top_sets(weights, k, ranking))
    larger = np.maximum(sizes[:, None], sizes[None, :])
    return mean_of_pairs(np.where(larger > 0, shared / np.maximum(larger, 1), 1.0))


def spearman(weights: Floats, ranking: str) -> Floats:
    """(r, r) rank correlation of two repeats over all superpixels, -1..1, higher is steadier; chance level 0.

    Equal weights share their mean rank, and zeros and negative weights count like any other.  A repeat whose weights
    are all equal has no ranks to correlate: NaN in its row and column.
    """
    ranks = _centred_ranks(weights, ranking)
    length = np.sqrt((ranks**2).sum(axis=1, keepdims=True))
    unit = ranks / np.where(length > 0, length, math.nan)
    return (unit @ unit.T).clip(-1.0, 1.0)


def kendalls_w(weights: Floats, ranking: str) -> float:
    """Concordance of all repeats' ranks, corrected for ties, 0..1, higher is steadier; chance level 1/r.

    The spread of the rank sums over what it would be if all repeats ranked alike; ranks as in `spearman`.  NaN for one
    repeat, and where no repeat has two different weights.

    References
    ----------
    Kendall, Babington Smith (1939), The problem of m rankings; used for LIME by Zhao et al. (2021), BayLIME.
    """
    ranks = _centred_ranks(weights, ranking)
    most = len(ranks) * (ranks**2).sum()
    return float((ranks.sum(axis=0) ** 2).sum() / most) if len(ranks) > 1 and most > 0 else math.nan


def rank_biased_overlap(weights: Floats, ranking: str, p: float = 0.9) -> Floats:
    """(r, r) agreement of two rankings with the first places counting most, 0..1, higher is steadier.

    The overlap of the first m places, averaged over all m with weights p^(m-1) and extrapolated beyond the end of the
    lists (RBO_ext).  At p = 0.9 the first ten places carry 86 % of the weight; SLICE (CVPR 2024) takes p = 0.2, where
    the first two carry nearly all.  Two empty rankings give 1, one gives 0.  Chance: `chance_rank_biased_overlap`.

    References
    ----------
    Webber, Moffat, Zobel (2010), A similarity measure for indefinite rankings, equation 32.
    """
    _check_p(p)
    places = _places(weights, ranking)
    r, d = places.shape
    lengths = (places <= d).sum(axis=1)
    found = np.eye(r)
    for a, b in combinations(range(r), 2):
        shared = np.bincount(np.maximum(places[a], places[b]), minlength=d + 2)[1 : d + 1].cumsum()
        found[a, b] = found[b, a] = _extrapolated(shared.astype(np.float64), int(lengths[a]), int(lengths[b]), p)
    return found


@cache
def chance_rank_biased_overlap(d: int, p: float = 0.9, length: int | None = None, other: int | None = None) -> float:
    """The mean RBO of two random rankings of `length` and `other` (None: all d, both) out of d superpixels."""
    _check_p(p)
    length = d if length is None else length
    other = length if other is None else other
    depth = np.arange(1, d + 1)
    return _extrapolated(np.minimum(depth, length) * np.minimum(depth, other) / d, length, other, p)


def mean_of_pairs(matrix: Floats) -> float:
    """The mean over the pairs of different repeats of a matrix (r, r); NaN without a pair, or where one is NaN."""
    check_shape("matrix", matrix, len(matrix), len(matrix))
    pairs = matrix[np.triu_indices(len(matrix), 1)]
    return float(pairs.mean()) if len(pairs) else math.nan


def check_ranking(ranking: str) -> None:
    """Raise ValueError unless `ranking` is one of `RANKINGS`."""
    if ranking not in RANKINGS:
        raise ValueError(f"ranking must be one of {', '.join(RANKINGS)}, got {ranking!r}")


def _check_p(p: float) -> None:
    if not 0 < p < 1:
        raise ValueError(f"p must lie in (0, 1), got {p}")


def checked(weights: Floats) -> Floats:
    check_shape("weights", weights, None, None)
    if not np.isfinite(weights).all():
        raise ValueError("weights must be finite, got NaN or infinity")
    return weights


def _strength(weights: Floats, ranking: str) -> Floats:
    check_ranking(ranking)
    weights = checked(weights)
    return np.abs(weights) if ranking == "absolute" else weights


def _places(weights: Floats, ranking: str) -> NDArray[np.intp]:
    """(r, d) place of each superpixel in its repeat's ranking, from 1; d + 1 for one that is not ranked."""
    strength = _strength(weights, ranking)
    d = strength.shape[1]
    places = np.empty(strength.shape, dtype=np.intp)
    np.put_along_axis(places, np.argsort(-strength, axis=1, kind="stable"), np.arange(1, d + 1)[None, :], axis=1)
    places[strength <= 0] = d + 1
    return places


def _centred_ranks(weights: Floats, ranking: str) -> Floats:
    ranks = rankdata(_strength(weights, ranking), axis=1)
    return ranks - (ranks.shape[1] + 1) / 2


def _shared(sets: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """How many superpixels two sets share (r, r), and how many each has (r,)."""
    members = sets.astype(np.float64)
    return members @ members.T, members.sum(axis=1)


def _extrapolated(shared: Floats, length: int, other: int, p: float) -> float:
    """RBO_ext from the overlap `shared` (d,) at each depth of two lists of `length` and `other` items."""
    short, long = sorted((length, other))
    if short == 0:
        return float(long == 0)
    depth = np.arange(1, long + 1)
    agreement = shared[:long] / depth
    # What the short list does not show is taken to agree as its visible part does; beyond both nothing changes.
    unseen = depth[short:]
    agreement[short:] += shared[short - 1] / short * (unseen - short) / unseen
    return float((1 - p) * (agreement @ p ** (depth - 1.0)) + agreement[-1] * p**long)
