"""What a surrogate is: a simple model of the score, fitted to the samples.

Each takes `Samples` and returns a `SurrogateFit`; it never sees a model.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Clusters, Design, Indices, SampleWeights, Scores, Weights


@dataclass(frozen=True, eq=False)
class Samples:
    """What a surrogate is fitted to, a row for each sample.

    Parameters
    ----------
    masks : (n, f) float64
        The columns that the surrogate is given.
    scores : (n,) float64
        What is explained, in its unit.
    sample_weights : (n,) float64, not negative
        How much each counts.
    clusters : (n,) int64, optional
        Which were drawn together; None means each by itself.
    errors : bool, default True
        Whether error bars are asked for, which take as long as the fit: without, the covariance is NaN.
    """

    masks: Design
    scores: Scores
    sample_weights: SampleWeights
    clusters: Clusters | None = None
    errors: bool = True

    @property
    def centred(self) -> Design:
        """(n, f) the masks without their weighted mean."""
        return self.masks - np.average(self.masks, axis=0, weights=self.sample_weights)

    @property
    def centred_scores(self) -> Scores:
        """(n,) the scores without their weighted mean."""
        return self.scores - np.average(self.scores, weights=self.sample_weights)

    @property
    def spread(self) -> float:
        """The standard deviation of the scores, weighted; 1 where they are all the same.

        For whatever has thresholds of its own, which scores in another unit must not cross.
        """
        weights = self.sample_weights / self.sample_weights.max()
        moved = self.centred_scores
        size = float(np.abs(moved).max()) or 1.0  # the squares of what is tiny beside 1 would be lost
        return size * math.sqrt(float(np.average((moved / size) ** 2, weights=weights))) or 1.0

    @property
    def largest_alpha(self) -> float:
        """The smallest alpha of a lasso that leaves no weight, max |Z̃ᵀWỹ| / Σw, in the unit of the score."""
        moment = self.centred.T @ (self.sample_weights * self.centred_scores)
        return float(np.abs(moment).max(initial=0.0) / self.sample_weights.sum())

    def only(self, columns: Indices) -> Samples:
        """Take these columns of the masks.

        Parameters
        ----------
        columns : (any,) integers
            Places among the f columns.

        Returns
        -------
        Samples
            The same samples with these columns only.
        """
        return replace(self, masks=self.masks[:, columns])

    def rows(self, kept: NDArray[np.bool_] | Indices | slice) -> Samples:
        """Take these rows.

        Parameters
        ----------
        kept : (n,) bool, (any,) integers or slice
            True for those that are taken, or their places in the order in which they are.

        Returns
        -------
        Samples
            These samples with all their columns.
        """
        clusters = None if self.clusters is None else self.clusters[kept]
        return Samples(self.masks[kept], self.scores[kept], self.sample_weights[kept], clusters, self.errors)

    def scaled(self) -> Samples:
        """Scale the sample weights to sum to n, for whatever depends on their scale.

        Returns
        -------
        Samples
            The same otherwise.
        """
        return replace(self, sample_weights=self.sample_weights * (len(self.scores) / self.sample_weights.sum()))


@dataclass(frozen=True, eq=False)
class SurrogateFit:
    """What a surrogate fitted: weights (f,), their covariance (f, f), an intercept, and predicted scores (n,).

    The covariance is NaN where it is not known: for a tree, for weights that a penalty set to zero, and for all where
    there are no more effective samples than superpixels; a cluster of samples counts as one.

    Parameters
    ----------
    weights : (f,) float64
        What showing each superpixel adds to the score, in its unit; of a tree importances without a sign.
    intercept : float
        The score where none of them is shown, by the surrogate; NaN for a tree.
    covariance : (f, f) float64
        That of the weights, in the squared unit of the score.
    predicted : (n,) float64
        The score of each sample, by the surrogate.
    prior_scale : float, not negative, default NaN
        The factor that the expected weights of a prior were multiplied with; NaN without a prior.
    prior_share : (f,) float64 in [0, 1], optional
        How much of each weight comes from the prior; None without a prior.
    entered : (≤ f,) integers, optional
        Columns in the order in which they enter the lasso path (LARS); None where there is no path.
    predicting : callable, optional
        From other masks (m, f) to their scores (m,); None where intercept and weights say it.
    """

    weights: Weights
    intercept: float
    covariance: NDArray[np.float64]
    predicted: Scores
    prior_scale: float = math.nan
    prior_share: Weights | None = None
    entered: NDArray[np.intp] | None = None
    predicting: Callable[[Design], Scores] | None = None

    def predict(self, masks: Design) -> Scores:
        """Say the scores of other masks.

        Parameters
        ----------
        masks : (m, f) float64
            Their columns as those that were fitted.

        Returns
        -------
        (m,) float64
            In the unit of the score.
        """
        return self.predicting(masks) if self.predicting else self.intercept + masks @ self.weights

    @property
    def standard_error(self) -> Weights:
        """(f,) the root of the covariance's diagonal, in the unit of the score."""
        return np.sqrt(np.diag(self.covariance))


class Surrogate(Protocol):
    """Fits the scores of samples.

    Attributes
    ----------
    signed : bool
        False where the weights are importances without a direction.
    """

    signed: ClassVar[bool]

    def __call__(self, samples: Samples) -> SurrogateFit:
        """Fit a simple model to the samples.

        Parameters
        ----------
        samples : Samples
            Masks (n, f), scores (n,) and sample weights (n,).

        Returns
        -------
        SurrogateFit
            Weights (f,), intercept, covariance (f, f) and predicted scores (n,).
        """
        ...


@dataclass(frozen=True, eq=False)
class Expected:
    """What a prior expects of the weights, up to a factor, and how much it pulls.

    Parameters
    ----------
    mean : (f,) float64
        The weights up to a factor, which the fit chooses.
    strength : float, not negative
        That of the pull, in the unit of a ridge's alpha, or as `BayesianRidgeWithPrior` says; 0 is no prior.
    """

    mean: Weights
    strength: float


class SurrogateWithPrior(Surrogate, Protocol):
    """A surrogate that can be pulled towards expected weights; without them it is a plain one."""

    def __call__(self, samples: Samples, expected: Expected | None = None) -> SurrogateFit:
        """Fit a simple model to the samples, close to what is expected.

        Parameters
        ----------
        samples : Samples
            As of `Surrogate`.
        expected : Expected, optional
            What the prior expects of the f columns; None, or a strength of 0, is no prior.

        Returns
        -------
        SurrogateFit
            With a prior also its scale, and its share of each weight.
        """
        ...
