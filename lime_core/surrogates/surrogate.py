"""What a surrogate is: a simple model of the score, fitted to the samples.

Each takes masks (n, f), scores (n,) and sample weights (n,) and returns a `SurrogateFit`; it never sees a model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Clusters, Design, SampleWeights, Scores, Weights


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
    """Fits scores; `signed` is False where the weights are importances without a direction.

    `clusters` (n,) says which samples were drawn together; None means each by itself.
    """

    signed: ClassVar[bool]

    def __call__(
        self, masks: Design, scores: Scores, sample_weights: SampleWeights, clusters: Clusters | None = None
    ) -> SurrogateFit: ...


@dataclass(frozen=True, eq=False)
class Expected:
    """What a prior expects: mean (f,), the weights up to a factor, and the strength of its pull, above zero."""

    mean: Weights
    strength: float


class SurrogateWithPrior(Surrogate, Protocol):
    """A surrogate that can be pulled towards expected weights; without them it is a plain one."""

    def __call__(
        self,
        masks: Design,
        scores: Scores,
        sample_weights: SampleWeights,
        clusters: Clusters | None = None,
        expected: Expected | None = None,
    ) -> SurrogateFit: ...
