"""The order of a search: which point of a finite space comes next, by Optuna's estimator and without repeats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.trial import FrozenTrial

RANDOM_FIRST = 6
"""Points that are drawn before what was found guides the next."""

Point = tuple[tuple[str, str], ...]
"""A way of asking: names and values."""


def point_of(values: Mapping[str, Any], names: tuple[str, ...]) -> Point:
    """Take these names out of many.

    Parameters
    ----------
    values : mapping of str to str
        With all of the names.
    names : tuple of str
        Which.

    Returns
    -------
    tuple of (str, str)
        In the order of the names.
    """
    return tuple((name, str(values[name])) for name in names)


def distributions(points: tuple[Point, ...]) -> dict[str, CategoricalDistribution]:
    """List for Optuna what each name can be.

    Parameters
    ----------
    points : tuple of Point
        All of the space.

    Returns
    -------
    dict of str to CategoricalDistribution
        The values in the order in which they come.
    """
    names = [name for name, _ in points[0]]
    values = [tuple(dict.fromkeys(point[place][1] for point in points)) for place in range(len(names))]
    return {name: CategoricalDistribution(each) for name, each in zip(names, values, strict=True)}


class WithoutRepeats(optuna.samplers.TPESampler):
    """The tree-structured Parzen estimator on a finite space, for one next point.

    Parameters
    ----------
    points : tuple of Point
        All of the space; the first is the first that is tried.
    tried : set of Point
        What does not come again.
    seed : int
        Of this one draw: with the same trials before, the same point comes.
    """

    def __init__(self, points: tuple[Point, ...], tried: set[Point], seed: int) -> None:
        super().__init__(n_startup_trials=RANDOM_FIRST, seed=seed, multivariate=True)
        self._points, self._tried = points, tried
        self._draw = np.random.default_rng(seed)

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Name all that varies, also before there are trials; for Optuna."""
        return dict(distributions(self._points))

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Choose the point; for Optuna."""
        first = dict(self._points[0])
        if self._points[0] not in self._tried:
            return first
        varied = {name: each for name, each in search_space.items() if not each.single()}
        suggested = super().sample_relative(study, trial, varied)
        point = point_of(first | suggested, tuple(first))
        if not suggested or point in self._tried or point not in self._points:
            left = [each for each in self._points if each not in self._tried]
            point = left[int(self._draw.integers(len(left)))]
        return dict(point)
