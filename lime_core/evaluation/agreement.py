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

from lime_core.arguments import one_of, shown, whole
from lime_core.arrays import Floats, check_shape

RANKINGS = ("absolute", "signed")


def top_sets(weights: Floats, k: int, ranking: str) -> NDArray[np.bool_]:
    """Superpixels that come first in each repeat.

    Parameters
    ----------
    weights, k, ranking : (r, d) float64 array, int and str
        As in the module.

    Returns
    -------
    (r, d) bool array
        True for k of each repeat; fewer where fewer are ranked.
    """
    places = _places(weights, ranking)
    return places <= min(whole("k", k, 1), places.shape[1])


def top_frequency(weights: Floats, k: int, ranking: str) -> Floats:
    """Share of the repeats that have each superpixel in their top k.

    Parameters
    ----------
    weights, k, ranking : (r, d) float64 array, int and str
        As in the module.

    Returns
    -------
    (d,) float64 array
        0..1; chance level k/d.
    """
    return top_sets(weights, k, ranking).mean(axis=0)


def jaccard(weights: Floats, k: int, ranking: str) -> Floats:
    """Shared superpixels of two top-k sets over all that are in either.

    Parameters
    ----------
    weights, k, ranking : (r, d) float64 array, int and str
        As in the module.

    Returns
    -------
    (r, r) float64 array
        0..1, higher is steadier.  Two empty sets give 1, and all NaN where no repeat has a weight.  The chance level is
        far from 0 when k is a good part of d: `chance_jaccard`.

    References
    ----------
    Tan, Tian, Li (2023), GLIME; they fill signed sets that have too few positive weights with negative ones, and
    average over k = 1..d, which inflates the figure, as k = d always gives 1.
    """
    sets = top_sets(weights, k, ranking).astype(np.float64)
    shared, sizes = sets @ sets.T, sets.sum(axis=1)  # (r, r) in both sets, (r,) in each
    either = sizes[:, None] + sizes[None, :] - shared
    return np.where(either > 0, shared / np.maximum(either, 1), 1.0 if weights.any() else math.nan)


@cache
def chance_jaccard(d: int, k: int, other: int | None = None) -> float:
    """Mean Jaccard of two random sets.

    Parameters
    ----------
    d, k, other : int, and `other` optional
        Superpixels, and the sizes of the sets; None is also k.

    Returns
    -------
    float
        0..1; 1 for two empty sets.
    """
    k, other = min(k, d), min(k if other is None else other, d)
    if k == other == 0:
        return 1.0
    ways = [math.comb(k, h) * math.comb(d - k, other - h) for h in range(min(k, other) + 1)]
    return sum(count / math.comb(d, other) * h / (k + other - h) for h, count in enumerate(ways))


def rank_biased_overlap(weights: Floats, ranking: str, p: float = 0.9) -> Floats:
    """Agreement of two rankings with the first places counting most.

    The overlap of the first m places, averaged over all m with weights p^(m-1) and extrapolated beyond the end of the
    lists (RBO_ext).  At p = 0.9 the first ten places carry 86% of the weight; SLICE (CVPR 2024) takes p = 0.2, where
    the first two carry nearly all.

    Parameters
    ----------
    weights, ranking : (r, d) float64 array and str
        As in the module.
    p : float, default 0.9
        In (0, 1): the smaller, the more the first places count.

    Returns
    -------
    (r, r) float64 array
        0..1, higher is steadier.  Two empty rankings give 1, one gives 0; all are NaN where no repeat has a weight.
        Chance: `chance_rank_biased_overlap`.

    References
    ----------
    Webber, Moffat, Zobel (2010), A similarity measure for indefinite rankings, equation 32.
    """
    _check_p(p)
    places = _places(weights, ranking)
    r, d = places.shape
    lengths = (places <= d).sum(axis=1)
    if not weights.any():
        return np.full((r, r), math.nan)
    overlaps = np.eye(r)
    for a, b in combinations(range(r), 2):
        shared = np.bincount(np.maximum(places[a], places[b]), minlength=d + 2)[1 : d + 1].cumsum()
        overlaps[a, b] = overlaps[b, a] = _extrapolated(shared.astype(np.float64), int(lengths[a]), int(lengths[b]), p)
    return overlaps


@cache
def chance_rank_biased_overlap(d: int, p: float = 0.9, length: int | None = None, other: int | None = None) -> float:
    """Mean RBO of two random rankings.

    Parameters
    ----------
    d : int
        Superpixels.
    p : float, default 0.9
        As in `rank_biased_overlap`.
    length, other : int, optional
        Of the two rankings; None is all d, and for `other` as long as the first.

    Returns
    -------
    float
        0..1.
    """
    _check_p(p)
    length = d if length is None else length
    other = length if other is None else other
    depth = np.arange(1, d + 1)
    return _extrapolated(np.minimum(depth, length) * np.minimum(depth, other) / d, length, other, p)


def mean_of_pairs(matrix: Floats) -> float:
    """Mean over the pairs of different repeats.

    Parameters
    ----------
    matrix : (r, r) float64 array
        Symmetric.

    Returns
    -------
    float
        NaN without a pair, or where one is NaN.
    """
    check_shape("matrix", matrix, len(matrix), len(matrix))
    pairs = matrix[np.triu_indices(len(matrix), 1)]
    return float(pairs.mean()) if len(pairs) else math.nan


def check_ranking(ranking: str) -> None:
    """Raise an error unless a ranking is one of `RANKINGS`.

    Parameters
    ----------
    ranking : str
        The name to check.

    Raises
    ------
    ValueError
        For any other.
    """
    one_of("ranking", ranking, RANKINGS)


def _check_p(p: float) -> None:
    if isinstance(p, bool) or not isinstance(p, int | float | np.number) or not 0 < p < 1:
        raise ValueError(f"p must lie in (0, 1), got {shown(p)}")


def checked(weights: Floats) -> Floats:
    """Weights (r, d) themselves, if they are finite; else, or in another shape, ValueError is raised."""
    check_shape("weights", weights, None, None)
    if not np.isfinite(weights).all():
        raise ValueError("weights must be finite, got NaN or infinity")
    return weights


def strength(weights: Floats, ranking: str) -> Floats:
    """(r, d) what superpixels are ranked by, the largest first; ValueError as for all functions of the module."""
    check_ranking(ranking)
    weights = checked(weights)
    return np.abs(weights) if ranking == "absolute" else weights


def _places(weights: Floats, ranking: str) -> NDArray[np.intp]:
    """(r, d) place of each superpixel in its repeat's ranking, from 1; d + 1 for one that is not ranked."""
    by = strength(weights, ranking)
    d = by.shape[1]
    places = np.empty(by.shape, dtype=np.intp)
    np.put_along_axis(places, np.argsort(-by, axis=1, kind="stable"), np.arange(1, d + 1)[None, :], axis=1)
    places[by <= 0] = d + 1
    return places


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
