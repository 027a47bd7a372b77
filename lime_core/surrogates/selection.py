"""Feature selection: which superpixels the surrogate is given.

The methods and their order are those of `lime_base`; the order of the result matters for nothing but ties.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from sklearn.linear_model import lars_path

from lime_core.arrays import Design, Indices, Scores
from lime_core.knobs import Bounded, knob
from lime_core.roles import Role
from lime_core.surrogates.linear import ridge_weights
from lime_core.surrogates.surrogate import Samples

_HELP = "At most this many superpixels get a weight."
_ALL = 100_000
"""More than there can be superpixels; what `lime` takes for all."""
_MOST = 1_000_000_000
"""Whatever stands for all in a notebook."""


class Selection(Protocol):
    """Chooses columns (f,) of the samples' masks (n, d), in the order of selection."""

    def __call__(self, samples: Samples) -> Indices:
        """Choose the superpixels that get a weight.

        Parameters
        ----------
        samples : Samples
            Masks (n, d) of all superpixels, scores (n,) and sample weights (n,).

        Returns
        -------
        (f,) integers
            Columns of the masks, in the order of selection.
        """
        ...


@dataclass(frozen=True)
class AllFeatures:
    """Every superpixel."""

    def __call__(self, samples: Samples) -> Indices:
        return np.arange(samples.masks.shape[1])


@dataclass(frozen=True)
class HighestWeights(Bounded):
    """The superpixels with the largest |weight| in a ridge of alpha 0.01 on all of them.

    Parameters
    ----------
    num_features : int in [1, 10⁹], default 10
        At most this many superpixels get a weight; more than there are is all of them.

    Raises
    ------
    ValueError
        For a setting outside of its range.

    References
    ----------
    Package `lime` 0.2.0.1, `lime_base.LimeBase`.
    """

    num_features: int = knob(10, 1, _MOST, step=1, help=_HELP)

    def __call__(self, samples: Samples) -> Indices:
        weights = ridge_weights(samples, alpha=0.01)
        # lime multiplies with the first mask, which is the full picture's: in a part of the samples it is any.
        return np.argsort(-np.abs(weights), kind="stable")[: self.num_features]


@dataclass(frozen=True)
class ForwardSelection(Bounded):
    """One superpixel after the other, each time the one that raises the weighted R² of least squares most.

    The gain of a column is (x·r)² / (x·x), with x the part of the column that the chosen ones do not explain and r the
    residual: the same choice as refitting for every candidate, without the refits.

    Parameters
    ----------
    num_features : int in [1, 10⁹], default 5
        At most this many superpixels get a weight; more than there are is all of them.

    Raises
    ------
    ValueError
        For a setting outside of its range.

    References
    ----------
    Package `lime` 0.2.0.1, `lime_base.LimeBase`.  Without the refits: Chen, Billings, Luo (1989).
    """

    num_features: int = knob(5, 1, _MOST, step=1, help=_HELP)

    def __call__(self, samples: Samples) -> Indices:
        columns, residual = _weighted(samples)
        squares = (columns**2).sum(axis=0)
        smallest = squares * 1e-10  # a column that the chosen ones explain fully can gain nothing
        selected: list[int] = []
        for _ in range(min(self.num_features, columns.shape[1])):
            gain = np.where(squares > smallest, (columns.T @ residual) ** 2 / np.maximum(squares, 1e-300), 0.0)
            gain[selected] = -1.0
            best = int(gain.argmax())
            selected.append(best)
            if squares[best] > smallest[best]:
                direction = columns[:, best] / np.sqrt(squares[best])
                residual = residual - direction * (direction @ residual)
                columns = columns - np.outer(direction, direction @ columns)
                squares = (columns**2).sum(axis=0)
        return np.array(selected)


@dataclass(frozen=True)
class LassoPath(Bounded):
    """The superpixels of the last step of the lasso path (LARS) that has no more than num_features of them.

    Parameters
    ----------
    num_features : int in [1, 10⁹], default 10
        At most this many superpixels get a weight; more than there are is all of them.

    Raises
    ------
    ValueError
        For a setting outside of its range.

    References
    ----------
    Package `lime` 0.2.0.1, `lime_base.LimeBase`.
    """

    num_features: int = knob(10, 1, _MOST, step=1, help=_HELP)

    def __call__(self, samples: Samples) -> Indices:
        return lasso_path(samples, self.num_features)


def lasso_path(samples: Samples, num_features: int, as_in_lime: bool = False) -> Indices:
    """The superpixels of the last step of the lasso path that has no more than so many of them.

    Parameters
    ----------
    samples : Samples
        With masks of all superpixels.
    num_features : int
        The most, from 1.
    as_in_lime : bool, default False
        Leave the scores in their unit: scikit-learn's tolerances are fixed, and the path of small ones ends early.

    Returns
    -------
    (f,) integers
        Columns of the masks; all of them where every step of the path has more.
    """
    columns, target = _weighted(samples)
    if not as_in_lime:
        target = target / (float(np.abs(columns.T @ target).max()) / len(target) or 1.0)
    path = lars_path(columns, target, method="lasso")[2].T
    selected = np.arange(columns.shape[1])
    for step in path[:0:-1]:
        selected = np.flatnonzero(step)
        if len(selected) <= num_features:
            break
    return selected


@dataclass(frozen=True)
class AutoSelection(Bounded):
    """`lime`'s "auto": forward selection for six superpixels or fewer, else the highest weights; all by default.

    Parameters
    ----------
    num_features : int in [1, 10⁹], default 100 000
        At most this many superpixels get a weight; more than there are is all of them.

    Raises
    ------
    ValueError
        For a setting outside of its range.

    References
    ----------
    Package `lime` 0.2.0.1, `lime_base.LimeBase`.
    """

    num_features: int = knob(_ALL, 1, _MOST, step=1, help=_HELP)

    def __call__(self, samples: Samples) -> Indices:
        method = ForwardSelection if self.num_features <= 6 else HighestWeights
        return method(self.num_features)(samples)


def _weighted(samples: Samples) -> tuple[Design, Scores]:
    """Masks and scores, centred by their weighted mean and scaled by the root of the sample weights."""
    root = np.sqrt(samples.sample_weights)
    return samples.centred * root[:, None], samples.centred_scores * root


SELECTIONS: dict[str, type[Selection]] = {
    "none": AllFeatures,
    "highest_weights": HighestWeights,
    "forward_selection": ForwardSelection,
    "lasso_path": LassoPath,
    "auto": AutoSelection,
}

_ROLE = Role("feature_selection", SELECTIONS)

SelectionLike = Selection | str | type
"""What `selection_of` reads."""


def selection_of(value: Any) -> Selection:
    """Read what chooses the superpixels that the surrogate is given.

    Parameters
    ----------
    value : Selection, str or None
        An option, its name in `SELECTIONS` or its class; None for `AutoSelection()`: all of them, as in lime.

    Returns
    -------
    Selection
        The option.

    Raises
    ------
    ValueError, TypeError
        For anything else; the message says what there is.
    """
    return AutoSelection() if value is None else _ROLE.of(value)
