"""Linear surrogates.

They minimise Σ w (y - b - z·β)² plus their penalty, with the intercept b left free: what scikit-learn's estimator of
the same name does with `sample_weight`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from sklearn import linear_model

from lime_core.arrays import Weights
from lime_core.knobs import Bounded, knob
from lime_core.surrogates.covariance import Pulls, cluster_pulls, groups_of, summed
from lime_core.surrogates.surrogate import Samples, SurrogateFit


@dataclass(frozen=True)
class Ridge(Bounded):
    """Least squares with the penalty alpha·‖β‖²; at alpha = 1 the surrogate of `lime`."""

    signed: ClassVar[bool] = True
    alpha: float = knob(1.0, 0.0, 1000.0, step=0.1, help="Larger pulls all weights towards zero.", log=True)

    def __call__(self, samples: Samples) -> SurrogateFit:
        return linear_fit(samples, ridge_weights(samples, self.alpha), self.alpha)


@dataclass(frozen=True)
class LeastSquares:
    """Least squares without a penalty; needs clearly more samples than superpixels."""

    signed: ClassVar[bool] = True

    def __call__(self, samples: Samples) -> SurrogateFit:
        return Ridge(alpha=0.0)(samples)


@dataclass(frozen=True)
class Lasso(Bounded):
    """Penalty on Σ|β|: weak superpixels get exactly zero.  scikit-learn's scale: (1/2n)·squares + alpha·Σ|β|."""

    signed: ClassVar[bool] = True
    alpha: float = knob(0.001, 0.00001, 1.0, step=0.0001, help="Larger leaves fewer superpixels.", log=True)

    def __call__(self, samples: Samples) -> SurrogateFit:
        model = linear_model.Lasso(alpha=self.alpha)
        model.fit(samples.masks, samples.scores, sample_weight=samples.sample_weights)
        return linear_fit(samples, model.coef_, 0.0, float(model.intercept_))


@dataclass(frozen=True)
class ElasticNet(Bounded):
    """Both penalties: l1_ratio of alpha on Σ|β|, the rest on ‖β‖²/2, in scikit-learn's scale."""

    signed: ClassVar[bool] = True
    alpha: float = knob(0.001, 0.00001, 1.0, step=0.0001, help="Larger pulls all weights towards zero.", log=True)
    l1_ratio: float = knob(0.5, 0.05, 1.0, step=0.05, help="1 is the lasso, towards 0 it becomes ridge.")

    def __call__(self, samples: Samples) -> SurrogateFit:
        model = linear_model.ElasticNet(alpha=self.alpha, l1_ratio=self.l1_ratio)
        model.fit(samples.masks, samples.scores, sample_weight=samples.sample_weights)
        penalty = self.alpha * (1.0 - self.l1_ratio) * float(samples.sample_weights.sum())
        return linear_fit(samples, model.coef_, penalty, float(model.intercept_))


@dataclass(frozen=True)
class BayesianRidge:
    """Ridge whose penalty is estimated from the samples (evidence maximisation, MacKay 1992).

    Sample weights are scaled to sum to n: this estimator, unlike the others, depends on their scale.
    """

    signed: ClassVar[bool] = True

    def __call__(self, samples: Samples) -> SurrogateFit:
        scaled = samples.scaled()
        model = linear_model.BayesianRidge()
        model.fit(scaled.masks, scaled.scores, sample_weight=scaled.sample_weights)
        penalty = float(model.lambda_ / model.alpha_)
        return linear_fit(scaled, model.coef_, penalty, float(model.intercept_))


def ridge_weights(samples: Samples, alpha: float) -> Weights:
    """(f,) weights of the weighted ridge with a free intercept; at alpha = 0 the solution of least norm."""
    centred, target = samples.centred, samples.centred_scores
    weighted = centred * samples.sample_weights[:, None]
    if alpha > 0:
        weights = np.linalg.solve(weighted.T @ centred + alpha * np.eye(centred.shape[1]), weighted.T @ target)
    else:  # columns may depend on each other
        root = np.sqrt(samples.sample_weights)
        weights = np.linalg.lstsq(centred * root[:, None], target * root, rcond=None)[0]
    return weights.astype(np.float64)


def linear_fit(
    samples: Samples,
    weights: Weights,
    penalty: float,
    intercept: float | None = None,
    further: Pulls | None = None,
) -> SurrogateFit:
    """The fit with these weights, and their covariance; a weight that a penalty set to zero has an unknown one.

    further : (clusters, f) pulls of the samples on the weights by another way than this fit
    """
    mean = np.average(samples.masks, axis=0, weights=samples.sample_weights)
    if intercept is None:
        intercept = float(np.average(samples.scores, weights=samples.sample_weights) - mean @ weights)
    predicted = intercept + samples.masks @ weights
    used = np.flatnonzero(weights)
    covariance = np.full((len(weights), len(weights)), np.nan)
    counted = summed(samples.sample_weights, groups_of(samples.clusters))
    if 0 < len(used) < counted.sum() ** 2 / (counted**2).sum():
        pull = cluster_pulls((samples.masks - mean)[:, used], samples.scores - predicted, samples, penalty)
        if further is not None:
            pull = pull + further[:, used]
        covariance[np.ix_(used, used)] = pull.T @ pull
    return SurrogateFit(weights, intercept, covariance, predicted)
