"""Feature selection: which superpixels the surrogate is given.

The methods and their order are those of `lime_base`; the order of the result matters for nothing but ties.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from sklearn.linear_model import lars_path

from lime_core.arrays import Design, Indices, SampleWeights, Scores
from lime_core.knobs import Bounded, knob
from lime_core.surrogates.linear import ridge_weights

_HELP = "At most this many superpixels get a weight."


class Selection(Protocol):
    """Chooses columns (f,) of masks (n, d) by scores (n,) and sample weights (n,), in the order of selection."""

    def __call__(self, masks: Design, scores: Scores, sample_weights: SampleWeights) -> Indices: ...


@dataclass(frozen=True)
class AllFeatures:
    """Every superpixel."""

    def __call__(self, masks: Design, scores: Scores, sample_weights: SampleWeights) -> Indices:
        return np.arange(masks.shape[1])


@dataclass(frozen=True)
class HighestWeights(Bounded):
    """The superpixels with the largest |weight| in a ridge of alpha 0.01 on all of them."""

    num_features: int = knob(10, 1, 100_000, step=1, help=_HELP)

    def __call__(self, masks: Design, scores: Scores, sample_weights: SampleWeights) -> Indices:
        weights = ridge_weights(masks, scores, sample_weights, alpha=0.01)
        return np.argsort(-np.abs(weights * masks[0]), kind="stable")[: self.num_features]


@dataclass(frozen=True)
class ForwardSelection(Bounded):
    """One superpixel after the other, each time the one that raises the weighted R² of least squares most.

    The gain of a column is (x·r)² / (x·x), with x the part of the column that the chosen ones do not explain and r the
    residual: the same choice as refitting for every candidate, without the refits.
    """

    num_features: int = knob(5, 1, 100_000, step=1, help=_HELP)

    def __call__(self, masks: Design, scores: Scores, sample_weights: SampleWeights) -> Indices:
        columns, residual = _weighted(masks, scores, sample_weights)
        squares = (columns**2).sum(axis=0)
        smallest = squares * 1e-10  # a column that the chosen ones explain fully can gain nothing
        chosen: list[int] = []
        for _ in range(min(self.num_features, masks.shape[1])):
            gain = np.where(squares > smallest, (columns.T @ residual) ** 2 / np.maximum(squares, 1e-300), 0.0)
            gain[chosen] = -1.0
            best = int(gain.argmax())
            chosen.append(best)
            if squares[best] > smallest[best]:
                direction = columns[:, best] / np.sqrt(squares[best])
                residual = residual - direction * (direction @ residual)
                columns = columns - np.outer(direction, direction @ columns)
                squares = (columns**2).sum(axis=0)
        return np.array(chosen)


@dataclass(frozen=True)
class LassoPath(Bounded):
    """The superpixels of the last step of the lasso path (LARS) that has no more than num_features of them."""

    num_features: int = knob(10, 1, 100_000, step=1, help=_HELP)

    def __call__(self, masks: Design, scores: Scores, sample_weights: SampleWeights) -> Indices:
        columns, target = _weighted(masks, scores, sample_weights)
        path = lars_path(columns, target, method="lasso")[2].T
        chosen = np.arange(masks.shape[1])
        for step in path[:0:-1]:
            chosen = np.flatnonzero(step)
            if len(chosen) <= self.num_features:
                break
        return chosen


@dataclass(frozen=True)
class AutoSelection(Bounded):
    """`lime`'s "auto": forward selection for six superpixels or fewer, else the highest weights; all by default."""

    num_features: int = knob(100_000, 1, 100_000, step=1, help=_HELP)

    def __call__(self, masks: Design, scores: Scores, sample_weights: SampleWeights) -> Indices:
        method = ForwardSelection if self.num_features <= 6 else HighestWeights
        return method(self.num_features)(masks, scores, sample_weights)


def _weighted(masks: Design, scores: Scores, sample_weights: SampleWeights) -> tuple[Design, Scores]:
    """Masks and scores, centred by their weighted mean and scaled by the root of the sample weights."""
    root = np.sqrt(sample_weights)
    columns = (masks - np.average(masks, axis=0, weights=sample_weights)) * root[:, None]
    return columns, (scores - np.average(scores, weights=sample_weights)) * root


SELECTIONS: dict[str, type[Selection]] = {
    "none": AllFeatures,
    "highest_weights": HighestWeights,
    "forward_selection": ForwardSelection,
    "lasso_path": LassoPath,
    "auto": AutoSelection,
}
