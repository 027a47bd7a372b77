"""Pairs of superpixels that act only together: what a map of single superpixels cannot show.

The interaction of a pair is the mean, over what is shown of the others, of the score with both, minus that with only
one, minus that with only the other, plus that with neither.  It is the coefficient of the product z_i z_j beside all
z in a least squares fit, so the samples of one run know it and the model is not asked again.  `pair_search` finds the
pairs that are beyond chance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lime_core.arguments import is_a, number, whole
from lime_core.arrays import Design, Floats, Weights, read_only
from lime_core.explanation.settings import FitSettings
from lime_core.explanation.stages import filled, samples_of
from lime_core.probing.probe import Probe
from lime_core.reports.numbers import weight_text
from lime_core.sampling.kernels import NoKernel
from lime_core.surrogates.covariance import groups_of, left_out, summed
from lime_core.surrogates.surrogate import Samples
from lime_core.trust.pair_products import additive_basis, without
from lime_core.trust.pair_search import Search, every_pair, search

Pairs = NDArray[np.int64]
"""(m, 2) int64, two superpixels a row, the lower number first."""


@dataclass(frozen=True, eq=False)
class Interactions:
    """Pairs of superpixels that act together beyond chance, strongest first; arrays are read-only.

    Parameters
    ----------
    pairs : (m, 2) int64 array
        Superpixels, 0..d-1, the lower number first.
    effects : (m,) float64 array
        What a pair adds to the score beyond what each of the two adds alone, in its unit: positive where together they
        add more than the sum of both, negative where one does what the other would have done.
    standard_error : (m,) float64 array
        How far each effect would move with another seed; exactly zero once all masks were asked.
    q_values : (m,) float64 array in [0, rate]
        The rate of false alarms at which each pair is listed; zero once all masks were asked.
    alternatives : tuple of m (any, 2) int64 arrays
        Pairs whose products of masks were nearly the same in these samples: the effect may be theirs.  A fold-over
        design has many, masks that are drawn at random next to none.
    explained : float in [0, 1]
        The share of what an additive fit leaves unexplained that these pairs explain; chance counts as nothing.
    tried : int
        How many pairs were tried.
    unit : str
        That of the effects: the score space, or what values are counted in.
    """

    pairs: Pairs
    effects: Weights
    standard_error: Weights
    q_values: Weights
    alternatives: tuple[Pairs, ...]
    explained: float
    tried: int
    unit: str

    def __len__(self) -> int:
        return len(self.pairs)


def interactions(probe: Probe, settings: FitSettings, rate: float = 0.05, most: int = 10) -> Interactions:
    """Find the pairs of superpixels that act only together, in the samples that are there.

    No model is asked.  Of the settings the class and the score space count: kernel, surrogate and prior do not, and
    what is shown of the other superpixels is averaged as the sampler draws it.  With all masks of `Enumerate` effects
    are exact, and every pair with one is listed, up to `most`.

    Parameters
    ----------
    probe : Probe
        Masks and what the model answered to them; of several segmentations the samples of the first are looked at.
    settings : FitSettings
        As of the map.
    rate : float in (0, 1), default 0.05
        The share of false alarms among what is listed, on average.  Masks of fold-over take what four superpixels do
        together, and no two of them, for pairs of others: it does not count that.
    most : int, default 10
        List at most so many, at least 1.

    Returns
    -------
    Interactions
        Empty where no pair is beyond chance, the score does not move, or samples are too few to tell.

    Raises
    ------
    ValueError, TypeError
        As `fit`, and for another rate or number.

    References
    ----------
    Grabisch, Roubens (1999), "An axiomatic approach to the concept of interaction among players in cooperative games",
    for the Banzhaf interaction index, which this is for masks of Bernoulli(½).  Benjamini, Hochberg (1995),
    "Controlling the false discovery rate", for the rate; Efron (2004), "Large-scale simultaneous hypothesis testing",
    for the spread of all pairs as the measure of chance.
    """
    is_a("probe", probe, Probe, "a Probe, as probe_image and open_probe give")
    is_a("settings", settings, FitSettings, "FitSettings, as FitSettings.of makes them")
    rate, most = number("rate", rate), whole("most", most, 1)
    if not 0 < rate < 1:
        raise ValueError(f"rate must lie between 0 and 1, got {rate}")
    settings = replace(filled(probe, settings), kernel=NoKernel())
    probe = probe.members[0]
    samples, live, rounding = samples_of(probe, settings)
    limit = probe.spec.sampler.limit(probe.masks.shape[1])
    left_over = 1.0 if limit is None else max(0.0, 1.0 - len(probe) / limit)
    if left_over:
        samples = samples.rows(np.arange(len(probe)) > 0)  # the full picture is no draw of the sampler
    basis = additive_basis(samples.masks)
    if len(live) < 2 or not len(samples.scores):
        found = Search([], [], [], 0)
    elif left_over:
        found = search(samples, basis, rate, most, rounding)
    else:
        found = every_pair(samples, basis, 2.0 * rounding, most)
    unit = (probe.unit if settings.space == "value" else "") or settings.space or ""
    return _measured(found, samples, basis, live, left_over, unit)


def interactions_in_words(found: Interactions, most: int = 3) -> list[str]:
    """Say which pairs act together, and how much of what the map leaves unexplained they explain.

    Parameters
    ----------
    found : Interactions
        What `interactions` gives.
    most : int, default 3
        Pairs that are named.

    Returns
    -------
    list of str
        A line for each of these pairs, and a sentence; only a sentence where there is none.

    Raises
    ------
    TypeError, ValueError
        For what are no interactions, or a number below 1.
    """
    is_a("found", found, Interactions, "Interactions, as interactions gives")
    most = whole("most", most, 1)
    if not len(found):
        return ["No two superpixels were found to act only together, beyond chance."]
    lines = []
    for (i, j), effect, others in zip(found.pairs[:most], found.effects, found.alternatives, strict=False):
        lines.append(f"{i} and {j} together: {weight_text(float(effect), found.unit)}{_or(others)}")
    pairs = "This pair explains" if len(found) == 1 else f"The {len(found)} strongest such pairs explain"
    share = "less than 1%" if found.explained < 0.01 else f"{found.explained:.0%}"
    return [*lines, f"{pairs} {share} of what single superpixels leave unexplained. {_MEANING}"]


_MEANING = "A pair's number is what both add beyond the sum of each alone; below zero, one does for both."


def _or(others: Pairs) -> str:
    if len(others) == 0:
        return ""
    named = " or ".join(f"{i} and {j}" for i, j in others)
    named = named if len(others) < 3 else f"one of {len(others)} other pairs"
    return f" (or it is {named}: more samples would tell)"


def _measured(
    found: Search, samples: Samples, basis: Design, live: NDArray[np.intp], left_over: float, unit: str
) -> Interactions:
    """Fit all pairs that were found together, strongest first."""
    columns = np.array(found.pairs, dtype=np.int64).reshape(-1, 2)
    effects, error, explained = np.zeros(0), np.zeros(0), 0.0
    if len(columns):
        products = samples.masks[:, columns[:, 0]] * samples.masks[:, columns[:, 1]]
        products, residual = without(basis, products), without(basis, samples.scores)
        size = float(np.abs(residual).max())
        residual /= size  # the squares of what is tiny beside 1 would be lost
        own, upper = np.linalg.qr(products)
        moved = own.T @ residual
        rest, with_pairs = residual - own @ moved, np.column_stack([basis, own])
        if left_over:
            before, after = _by_others(residual, basis, samples), _by_others(rest, with_pairs, samples)
            pulls = np.linalg.solve(upper, summed(own * after[:, None], groups_of(samples.clusters)).T)
            error = size * np.sqrt(left_over * (pulls**2).sum(axis=1))
        else:
            before, after, error = residual, rest, np.zeros(len(columns))
        # Each square is made up for what its fit has bent itself to, so that chance counts as nothing.
        explained = 1.0 - float(rest @ after) / float(residual @ before)
        effects = size * np.linalg.solve(upper, moved)
    order = np.argsort(-np.abs(effects), kind="stable")
    return Interactions(
        read_only(live[columns[order]]),
        read_only(effects[order]),
        read_only(error[order]),
        read_only(np.array(found.q_values, dtype=np.float64)[order]),
        tuple(read_only(live[np.array(found.alternatives[k], dtype=np.int64).reshape(-1, 2)]) for k in order),
        float(np.clip(explained, 0.0, 1.0)),
        found.tried,
        unit,
    )


def _by_others(residual: Floats, basis: Design, samples: Samples) -> Floats:
    """(n,) residuals as they were without the own cluster, see `covariance`."""
    return left_out(residual, basis, basis, np.zeros(len(residual)), groups_of(samples.clusters))
