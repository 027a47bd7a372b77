"""The search for pairs of superpixels that act together: forward, with a stated rate of false alarms.

All pairs are tried against what an additive fit leaves: the pair's product of masks, times the residuals, summed over
each cluster of samples that were drawn together, beside the root of the sum of its squares.  This is a score test,
which no law of the residuals is assumed for.  The strongest pair is taken into the fit, and all others are tried again
on what is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.stats import norm

from lime_core.arrays import Design, Scores
from lime_core.surrogates.surrogate import Samples
from lime_core.trust.pair_products import NOTHING, Products, without

MOST_TRIED = 200
"""Superpixels whose pairs are tried; of more those with the largest weights."""

SPARE = 10
"""Samples above those that an additive fit needs, below which nothing is tried."""

_ALIKE, _DOUBT = 0.5, 1.64
"""Correlation from which one pair may stand for another, and how far behind it, in its errors, it still may."""

_LEVELS = (0.5, 0.95)  # of |t|, where its spread over all pairs is read
_NORMAL = norm.isf((1.0 - np.array(_LEVELS)) / 2.0)
_SHARED = 2.0  # spread of the number that is shown, from which products of all pairs move together
_TIE = 0.1  # of t, between pairs that no mask tells apart: beside the additive fit their products differ
_ROUNDINGS = 4.0  # of one score, in what a fit to all leaves of it

Pair = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Search:
    """What was found among f columns; m pairs in the order in which they were found.

    Parameters
    ----------
    pairs : list of m (int, int)
        Columns, the lower first.
    alternatives : list of m lists of (int, int)
        Pairs that the masks do not tell from each.
    q_values : list of m float
        The share of false alarms at which each is listed.
    tried : int
        How many pairs.
    """

    pairs: list[Pair]
    alternatives: list[list[Pair]]
    q_values: list[float]
    tried: int


def search(samples: Samples, basis: Design, rate: float, most: int, rounding: float = 0.0) -> Search:
    """Find the pairs that are beyond chance, the most certain first.

    Parameters
    ----------
    samples : Samples
        Masks (n, f), scores and clusters.
    basis : (n, f + 1) float64
        As `additive_basis` gives of the masks.
    rate : float in (0, 1)
        The share of false alarms among what is found, on average.
    most : int
        Find at most so many.
    rounding : float, default 0
        How far apart scores can be by rounding.

    Returns
    -------
    Search
        Without pairs where samples are too few, or an additive fit leaves no more than rounding.
    """
    weights = np.abs((samples.masks - samples.masks.mean(axis=0)).T @ samples.scores)
    columns = np.sort(np.argsort(-weights, kind="stable")[:MOST_TRIED])
    found = Search([], [], [], len(columns) * (len(columns) - 1) // 2)
    if len(samples.scores) < basis.shape[1] + SPARE or not found.tried:
        return found
    shown = samples.masks.sum(axis=1)
    if shown.var() > _SHARED * samples.masks.var(axis=0).sum():
        # Where the number shown is random itself, its square is in every product: without it one pair passes for all.
        basis = np.linalg.qr(np.column_stack([basis, shown**2]))[0]
    products, residual, likely = Products(samples, columns), without(basis, samples.scores), 0.0
    size = float(np.abs(residual).max())
    if size <= _ROUNDINGS * rounding:
        return found
    residual /= size  # the squares of what is tiny beside 1 would be lost
    upper = np.triu_indices(len(columns), 1)
    while len(found.pairs) < min(most, found.tried):
        tests = products.tests(residual)
        # Many small interactions, and those that a design mixes into others, spread t more than chance does.
        spread = max(1.0, *(np.quantile(np.abs(tests[upper]), _LEVELS) / _NORMAL))
        i, j = (int(place) for place in np.unravel_index(np.argmax(np.abs(tests)), tests.shape))
        chance = 2.0 * float(norm.sf(abs(tests[i, j]) / spread)) * found.tried / (len(found.pairs) + 1)
        likely = max(likely, min(1.0, chance))
        product = without(basis, products.of(i, j))
        if likely > rate or product @ product <= NOTHING * products.sizes[i, j] ** 2:
            break
        four = _four_like(product, found.pairs, samples, basis)
        if four is not None:  # of superpixels that are found to act together, so likelier than a pair of others
            basis, residual = np.column_stack([basis, four]), residual - four * (four @ residual)
            continue
        alike = products.alike(product, i, j)
        behind = (abs(tests[i, j]) - np.sign(tests[i, j] * alike) * tests) / spread
        near = (np.abs(alike) >= _ALIKE) & (
            behind <= _DOUBT * np.sqrt(2.0 * np.maximum(0.0, 1.0 - np.abs(alike))) + _TIE
        )
        members = sorted({(i, j), *zip(*(axis.tolist() for axis in np.nonzero(np.triu(near, 1))), strict=True)})
        # Where the masks cannot tell, two superpixels that matter are likelier to be the pair.
        members.sort(key=lambda pair: -weights[columns[pair[0]]] * weights[columns[pair[1]]])
        product = without(basis, products.of(*members[0]))
        product /= np.linalg.norm(product)
        basis, residual = np.column_stack([basis, product]), residual - product * (product @ residual)
        first, *others = [(int(columns[a]), int(columns[b])) for a, b in members]
        found.pairs.append(first)
        found.alternatives.append(others)
        found.q_values.append(likely)
    return found


def _four_like(product: Scores, pairs: list[Pair], samples: Samples, basis: Design) -> Scores | None:
    """The product of the four superpixels of two pairs, where fold-over masks hardly tell it from another pair's.

    (n,) of norm 1, or None where there is none such; it and `product` are without what the basis makes of them.
    """
    centred = samples.masks - samples.masks.mean(axis=0)
    fours = {tuple(sorted({*one, *other})) for one, other in combinations(pairs, 2) if not {*one} & {*other}}
    for four in sorted(fours):
        left = without(basis, centred[:, four].prod(axis=1))
        size = float(np.linalg.norm(left))
        if size**2 > NOTHING * len(left) and abs(left @ product) >= _ALIKE * size * float(np.linalg.norm(product)):
            return left / size
    return None


def every_pair(samples: Samples, basis: Design, least: float, most: int) -> Search:
    """List the pairs with an effect, where all masks were asked and nothing is left to chance.

    Parameters
    ----------
    samples, basis, most : Samples, (n, f + 1) float64 and int
        As of `search`.
    least : float, not negative
        The |effect| above which it is none of rounding.

    Returns
    -------
    Search
        The strongest pairs, by the effect that each has alone.
    """
    residual = without(basis, samples.scores)
    effects = {}
    for j in range(1, samples.masks.shape[1]):
        products = without(basis, samples.masks[:, :j] * samples.masks[:, j : j + 1])
        sizes = (products**2).sum(axis=0)
        for i in np.flatnonzero(sizes > NOTHING * len(residual)):
            effects[int(i), j] = float(products[:, i] @ residual / sizes[i])
    pairs = [pair for pair in sorted(effects, key=lambda pair: -abs(effects[pair])) if abs(effects[pair]) > least]
    tried = samples.masks.shape[1] * (samples.masks.shape[1] - 1) // 2
    return Search(pairs[:most], [[] for _ in pairs[:most]], [0.0] * len(pairs[:most]), tried)
