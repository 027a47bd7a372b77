"""Linear surrogates.

They minimise Σ w (y - b - z·β)² plus their penalty, with the intercept b left free: what scikit-learn's estimator of
the same name does with `sample_weight`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from sklearn import linear_model

from lime_core.arrays import Clusters, Design, SampleWeights, Scores, Weights
from lime_core.knobs import Bounded, knob
from lime_core.surrogates.covariance import Pulls, cluster_pulls, groups_of, summed
from lime_core.surrogates.surrogate import SurrogateFit


@dataclass(frozen=True)
class Ridge(Bounded):
    """Least squares with the penalty alpha·‖β‖²; at alpha = 1 the surrogate of `lime`."""

    signed: ClassVar[bool] = True
    alpha: float = knob(1.0, 0.0, 1000.0, step=0.1, help="Larger pulls all weights towards zero.", log=True)

    def __call__(
        self, masks: Design, scores: Scores, sample_weights: SampleWeights, clusters: Clusters | None = None
    ) -> SurrogateFit:
        weights = ridge_weights(masks, scores, sample_weights, self.alpha)
        return linear_fit(masks, scores, sample_weights, clusters, weights, self.alpha)


@dataclass(frozen=True)
class LeastSquares:
    """Least squares without a penalty; needs clearly more samples than superpixels."""

    signed: ClassVar[bool] = True

    def __call__(
        self, masks: Design, scores: Scores, sample_weights: SampleWeights, clusters: Clusters | None = None
    ) -> SurrogateFit:
        return Ridge(alpha=0.0)(masks, scores, sample_weights, clusters)


@dataclass(frozen=True)
class Lasso(Bounded):
    """Penalty on Σ|β|: weak superpixels get exactly zero.  scikit-learn's scale: (1/2n)·squares + alpha·Σ|β|."""

    signed: ClassVar[bool] = True
    alpha: float = knob(0.001, 0.00001, 1.0, step=0.0001, help="Larger leaves fewer superpixels.", log=True)

    def __call__(
        self, masks: Design, scores: Scores, sample_weights: SampleWeights, clusters: Clusters | None = None
    ) -> SurrogateFit:
        model = linear_model.Lasso(alpha=self.alpha).fit(masks, scores, sample_weight=sample_weights)
        return linear_fit(masks, scores, sample_weights, clusters, model.coef_, 0.0, float(model.intercept_))


@dataclass(frozen=True)
class ElasticNet(Bounded):
    """Both penalties: l1_ratio of alpha on Σ|β|, the rest on ‖β‖²/2, in scikit-learn's scale."""

    signed: ClassVar[bool] = True
    alpha: float = knob(0.001, 0.00001, 1.0, step=0.0001, help="Larger pulls all weights towards zero.", log=True)
    l1_ratio: float = knob(0.5, 0.05, 1.0, step=0.05, help="1 is the lasso, towards 0 it becomes ridge.")

    def __call__(
        self, masks: Design, scores: Scores, sample_weights: SampleWeights, clusters: Clusters | None = None
    ) -> SurrogateFit:
        model = linear_model.ElasticNet(alpha=self.alpha, l1_ratio=self.l1_ratio)
        model.fit(masks, scores, sample_weight=sample_weights)
        penalty = self.alpha * (1.0 - self.l1_ratio) * float(sample_weights.sum())
        return linear_fit(masks, scores, sample_weights, clusters, model.coef_, penalty, float(model.intercept_))


@dataclass(frozen=True)
class BayesianRidge:
    """Ridge whose penalty is estimated from the samples (evidence maximisation, MacKay 1992).

    Sample weights are scaled to sum to n: this estimator, unlike the others, depends on their scale.
    """

    signed: ClassVar[bool] = True

    def __call__(
        self, masks: Design, scores: Scores, sample_weights: SampleWeights, clusters: Clusters | None = None
    ) -> SurrogateFit:
        scaled = sample_weights * (len(scores) / sample_weights.sum())
        model = linear_model.BayesianRidge().fit(masks, scores, sample_weight=scaled)
        penalty = float(model.lambda_ / model.alpha_)
        return linear_fit(masks, scores, scaled, clusters, model.coef_, penalty, float(model.intercept_))


def ridge_weights(masks: Design, scores: Scores, sample_weights: SampleWeights, alpha: float) -> Weights:
    """(f,) weights of the weighted ridge with a free intercept; at alpha = 0 the solution of least norm."""
    centred = masks - np.average(masks, axis=0, weights=sample_weights)
    target = scores - np.average(scores, weights=sample_weights)
    weighted = centred * sample_weights[:, None]
    if alpha > 0:
        found = np.linalg.solve(weighted.T @ centred + alpha * np.eye(masks.shape[1]), weighted.T @ target)
    else:  # columns may depend on each other
        root = np.sqrt(sample_weights)
        found = np.linalg.lstsq(centred * root[:, None], target * root, rcond=None)[0]
    return found.astype(np.float64)


def linear_fit(
    masks: Design,
    scores: Scores,
    sample_weights: SampleWeights,
    clusters: Clusters | None,
    weights: Weights,
    penalty: float,
    intercept: float | None = None,
    further: Pulls | None = None,
) -> SurrogateFit:
    """The fit with these weights, and their covariance; a weight that a penalty set to zero has an unknown one.

    further : (clusters, f) pulls of the samples on the weights by another way than this fit
    """
    mean = np.average(masks, axis=0, weights=sample_weights)
    if intercept is None:
        intercept = float(np.average(scores, weights=sample_weights) - mean @ weights)
    predicted = intercept + masks @ weights
    used = np.flatnonzero(weights)
    covariance = np.full((len(weights), len(weights)), np.nan)
    counted = summed(sample_weights, groups_of(clusters))
    if 0 < len(used) < counted.sum() ** 2 / (counted**2).sum():
        pull = cluster_pulls((masks - mean)[:, used], scores - predicted, sample_weights, clusters, penalty)
        if further is not None:
            pull = pull + further[:, used]
        covariance[np.ix_(used, used)] = pull.T @ pull
    return SurrogateFit(weights, intercept, covariance, predicted)
