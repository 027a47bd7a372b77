"""What a surrogate is: a simple model of the score, fitted to the samples.

Each takes `Samples` and returns a `SurrogateFit`; it never sees a model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Clusters, Design, Indices, SampleWeights, Scores, Weights


@dataclass(frozen=True, eq=False)
class Samples:
    """What a surrogate is fitted to, a row for each sample.

    masks : (n, f) float64, the columns that the surrogate is given
    scores : (n,) float64
    sample_weights : (n,) float64, non-negative: how much each counts
    clusters : (n,) int64, which were drawn together; None means each by itself
    """

    masks: Design
    scores: Scores
    sample_weights: SampleWeights
    clusters: Clusters | None = None

    @property
    def centred(self) -> Design:
        """(n, f) the masks without their weighted mean."""
        return self.masks - np.average(self.masks, axis=0, weights=self.sample_weights)

    @property
    def centred_scores(self) -> Scores:
        """(n,) the scores without their weighted mean."""
        return self.scores - np.average(self.scores, weights=self.sample_weights)

    def only(self, columns: Indices) -> Samples:
        """The same samples with these columns of their masks."""
        return replace(self, masks=self.masks[:, columns])

    def scaled(self) -> Samples:
        """The same with sample weights that sum to n, for whatever depends on their scale."""
        return replace(self, sample_weights=self.sample_weights * (len(self.scores) / self.sample_weights.sum()))


@dataclass(frozen=True, eq=False)
class SurrogateFit:
    """weights (f,), intercept, their covariance (f, f), and predicted (n,) scores.

    The covariance is NaN where it is not known: for a tree, for weights that a penalty set to zero, and for all where
    there are no more effective samples than superpixels; a cluster of samples counts as one.

    prior_scale : the factor that the expected weights of a prior were multiplied with; NaN without a prior
    prior_share : (f,) how much of each weight comes from the prior, 0..1; None without a prior
    entered : (≤ f,) columns in the order in which they enter the lasso path (LARS); None where there is no path
    """

    weights: Weights
    intercept: float
    covariance: NDArray[np.float64]
    predicted: Scores
    prior_scale: float = math.nan
    prior_share: Weights | None = None
    entered: NDArray[np.intp] | None = None

    @property
    def standard_error(self) -> Weights:
        """(f,) the root of the covariance's diagonal."""
        return np.sqrt(np.diag(self.covariance))


class Surrogate(Protocol):
    """Fits the scores of samples; `signed` is False where the weights are importances without a direction."""

    signed: ClassVar[bool]

    def __call__(self, samples: Samples) -> SurrogateFit: ...


@dataclass(frozen=True, eq=False)
class Expected:
    """What a prior expects: mean (f,), the weights up to a factor, and the strength of its pull, above zero."""

    mean: Weights
    strength: float


class SurrogateWithPrior(Surrogate, Protocol):
    """A surrogate that can be pulled towards expected weights; without them it is a plain one."""

    def __call__(self, samples: Samples, expected: Expected | None = None) -> SurrogateFit: ...
