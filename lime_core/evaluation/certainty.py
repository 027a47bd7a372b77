"""How certain the weights of one run are, and how many samples would make them so; no repeat is needed.

Everything follows from the weights and their covariance (`Explanation.covariance`), with errors taken to be normal.  It
is certainty about what the same settings would say of endless samples, not about the model: a surrogate that fits badly
can be certain.  What is not known is NaN.

References
----------
Sign certainty: Slack et al. (2021), "Reliable post hoc explanations", NeurIPS, and BELIEF (2025) decide by it.  Samples
needed for a given interval: Slack et al., there with a Bayesian variance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from lime_core.arrays import Weights
from lime_core.explanation.explanation import Explanation

_DRAWS = 2000
_NEAREST = 300


def half_widths(e: Explanation, level: float = 0.95) -> Weights:
    """Half the width of each weight's interval.

    Parameters
    ----------
    e : Explanation
        Whose weights have standard errors.
    level : float, default 0.95
        Probability that the interval is to have, above 0 and below 1.

    Returns
    -------
    (d,) float64 array
        z · standard error, in the unit of the score: the interval is weight ± this; 0 where exact, NaN where not known.

    Raises
    ------
    ValueError
        For a level outside (0, 1).
    """
    left_out = (e.weights == 0) & ~e.inert if e.exact else False
    return _deviations(level) * np.where(left_out, 0.0, e.standard_error)


def sign_certainty(e: Explanation) -> NDArray[np.float64]:
    """Probability that each weight has the right sign: Φ(|weight| / standard error).

    Parameters
    ----------
    e : Explanation
        Whose weights have standard errors.

    Returns
    -------
    (d,) float64 array
        0.5..1; 1 where exact, and NaN also for importances, which have no sign.
    """
    if not e.signed:
        return np.full(len(e.weights), np.nan)
    return _normal(np.abs(e.weights), e.standard_error)


def rank_certainty(weights: Weights, covariance: NDArray[np.float64], i: int, j: int) -> float:
    """Probability that superpixel i truly has a larger weight than j, signs counted.

    Parameters
    ----------
    weights, covariance : (d,) and (d, d) float64 array
        As those of an `Explanation`.
    i, j : int
        Two superpixels, 0..d-1.

    Returns
    -------
    float
        Φ of the difference over its standard error, 0..1; 0.5 where they are alike, NaN where errors are not known.
    """
    variance = covariance[i, i] + covariance[j, j] - 2.0 * covariance[i, j]
    return float(_normal(weights[i] - weights[j], np.sqrt(np.maximum(variance, 0.0))))


def top_certainty(e: Explanation, k: int, signed: bool = False) -> float:
    """Probability that the k strongest superpixels, as a set, are the right ones; the same at every call.

    It is the share of draws from the normal law of the weights that have this very set, so that it counts all rivals at
    once and how they move together.  Superpixels of weight zero are never in the set.

    Parameters
    ----------
    e : Explanation
        Whose weights have a covariance; that of a `StabilityReport` has none left.
    k : int
        Size of the set, at least 1.
    signed : bool, default False
        Rank by the weight and leave out those below zero, otherwise by |weight|.

    Returns
    -------
    float
        0..1; NaN where errors are not known.

    Raises
    ------
    ValueError
        For a k below 1.
    """
    race = _race(e, k, signed)
    return race.certainty(1.0) if race else float("nan")


def samples_needed(e: Explanation, half_width: float, level: float = 0.95) -> NDArray[np.float64]:
    """How many samples would give each weight an interval of ± `half_width`.

    Parameters
    ----------
    e : Explanation
        Whose weights have standard errors.
    half_width : float
        In the unit of the score, above 0.
    level : float, default 0.95
        Probability that the interval is to have, above 0 and below 1.

    Returns
    -------
    (d,) float64 array
        n (z · standard error / half_width)², as the error falls with the root of the number; 0 and NaN as of
        `half_widths`.  Where all masks can be asked, it never takes more than all.

    Raises
    ------
    ValueError
        For a half_width that is not above zero, or a level outside (0, 1).
    """
    if not half_width > 0:
        raise ValueError(f"half_width must be above 0, got {half_width}")
    needed = e.n_samples * (half_widths(e, level) / half_width) ** 2
    return np.minimum(needed, _most(e))


def samples_to_settle(
    e: Explanation, k: int, signed: bool = False, certainty: float = 0.95, most_times: float = 100.0
) -> float:
    """About how many samples it takes until `top_certainty` reaches `certainty`, if the weights are what they seem.

    Parameters
    ----------
    e, k, signed : Explanation, int and bool
        As in `top_certainty`.
    certainty, most_times : float, default 0.95 and 100.0
        The probability to reach, 0..1, and how many times as many samples are thought of at most.

    Returns
    -------
    float
        n_samples where it has; infinite where `most_times` as many would not do; NaN where errors are not known.
        Where all masks can be asked, it never takes more than all.

    Raises
    ------
    ValueError
        For a k below 1.
    """
    race = _race(e, k, signed)
    if race is None:
        return float("nan")
    if race.certainty(1.0) >= certainty:
        return float(e.n_samples)
    if race.certainty(most_times) < certainty:
        return _most(e)
    low, high = 0.0, float(np.log(most_times))
    while high - low > 0.01:
        middle = (low + high) / 2
        low, high = (low, middle) if race.certainty(np.exp(middle)) >= certainty else (middle, high)
    return min(float(np.ceil(e.n_samples * np.exp(high))), _most(e))


@dataclass(frozen=True, eq=False)
class _Race:
    """The candidates' weights (f,), their errors in fixed draws (m, f), and who is in the set (f,)."""

    weights: Weights
    errors: NDArray[np.float64]
    inside: NDArray[np.bool_]
    full: bool
    signed: bool

    def certainty(self, times: float) -> float:
        """Share of draws with the same set, had there been `times` as many samples."""
        if not self.errors.any():  # exact: equals are ranked by their number, at every seed the same
            return 1.0
        drawn = self.weights + self.errors / np.sqrt(times)
        strength = drawn if self.signed else np.abs(drawn)
        weakest = strength[:, self.inside].min(axis=1, initial=np.inf)
        rival = strength[:, ~self.inside].max(axis=1, initial=-np.inf)
        if self.signed:  # what speaks against is not in the set, and a set with room takes all that speaks for
            return float(np.mean((weakest > np.maximum(rival, 0.0)) & (self.full | (rival <= 0.0))))
        return float(np.mean(weakest > rival))


def _race(e: Explanation, k: int, signed: bool) -> _Race | None:
    """None where the errors of the weights are not known, or those of all rivals."""
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    weighted = np.flatnonzero(e.weights)
    error = e.standard_error[weighted]
    if len(weighted) == 0 or np.isnan(error).any():
        return None
    if len(weighted) <= k and len(weighted) < len(e.weights) - int(e.inert.sum()) and not e.exact:
        return None  # who was not selected has no error, and may have been the right one
    weights = e.weights[weighted]
    strength = weights if signed else np.abs(weights)
    order = np.argsort(-strength, kind="stable")
    leaders = order[:k][strength[order[:k]] > 0] if signed else order[:k]
    # Only those who may change places matter: rivals that five errors bring to the weakest leader, the nearest first.
    low, high = strength - 5.0 * error, strength + 5.0 * error
    full = len(leaders) == k
    bar = max(low[leaders].min(initial=np.inf), 0.0) if full else 0.0
    rivals = np.setdiff1d(order, leaders)
    rivals = rivals[np.argsort(-high[rivals], kind="stable")[:_NEAREST]]
    rivals = rivals[high[rivals] >= bar]
    leaders = leaders[np.argsort(low[leaders], kind="stable")[:_NEAREST]]
    candidates = np.concatenate([leaders, rivals])
    values, axes = np.linalg.eigh(e.covariance[np.ix_(weighted[candidates], weighted[candidates])])
    draws = np.random.Generator(np.random.Philox(0)).standard_normal((_DRAWS, len(candidates)))
    errors = draws @ (axes * np.sqrt(values.clip(min=0.0))).T
    return _Race(weights[candidates], errors, np.arange(len(candidates)) < len(leaders), full, signed)


def _normal(distance: ArrayLike, error: ArrayLike) -> NDArray[np.float64]:
    """Φ(distance / error), with 1, 0.5 or 0 where the error is zero."""
    exact = np.equal(error, 0.0)
    return np.where(exact, (np.sign(distance) + 1.0) / 2.0, ndtr(np.divide(distance, np.where(exact, 1.0, error))))


def _deviations(level: float) -> float:
    """How many standard errors the two-sided interval of this level reaches."""
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level}")
    return float(ndtri(0.5 + level / 2.0))


def _most(e: Explanation) -> float:
    return np.inf if e.limit is None else float(e.limit)
