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
    """Least squares with the penalty alpha·‖β‖²; at alpha = 1 the surrogate of `lime`.

    Parameters
    ----------
    alpha : float in [0, 1000], default 1
        The penalty on ‖β‖²: larger pulls all weights towards zero.

    Raises
    ------
    ValueError
        For a setting outside of its range.

    References
    ----------
    Package `lime` 0.2.0.1, which takes `sklearn.linear_model.Ridge`.
    """

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
    """Penalty on Σ|β|: weak superpixels get exactly zero.  scikit-learn's scale: (1/2n)·squares + alpha·Σ|β|.

    Parameters
    ----------
    alpha : float in [0.00001, 1], default 0.001
        The penalty on Σ|β|: larger leaves fewer superpixels.

    Raises
    ------
    ValueError
        For a setting outside of its range.

    References
    ----------
    Package Captum, whose LIME takes `sklearn.linear_model.Lasso` with alpha 0.01.
    """

    signed: ClassVar[bool] = True
    alpha: float = knob(0.001, 0.00001, 1.0, step=0.0001, help="Larger leaves fewer superpixels.", log=True)

    def __call__(self, samples: Samples) -> SurrogateFit:
        model = linear_model.Lasso(alpha=self.alpha)
        model.fit(samples.masks, samples.scores, sample_weight=samples.sample_weights)
        return linear_fit(samples, model.coef_, 0.0, float(model.intercept_))


@dataclass(frozen=True)
class ElasticNet(Bounded):
    """Both penalties: l1_ratio of alpha on Σ|β|, the rest on ‖β‖²/2, in scikit-learn's scale.

    Parameters
    ----------
    alpha : float in [0.00001, 1], default 0.001
        Both penalties together: larger pulls all weights towards zero.
    l1_ratio : float in [0.05, 1], default 0.5
        Share of the penalty on Σ|β|: 1 is the lasso, towards 0 it becomes ridge.

    Raises
    ------
    ValueError
        For a setting outside of its range.
    """

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

    References
    ----------
    MacKay (1992).  Zhao et al. (2021), "BayLIME", UAI, takes `sklearn.linear_model.BayesianRidge` without a prior too.
    """

    signed: ClassVar[bool] = True

    def __call__(self, samples: Samples) -> SurrogateFit:
        scaled = samples.scaled()
        model = linear_model.BayesianRidge()
        model.fit(scaled.masks, scaled.scores, sample_weight=scaled.sample_weights)
        penalty = float(model.lambda_ / model.alpha_)
        return linear_fit(scaled, model.coef_, penalty, float(model.intercept_))


def ridge_weights(samples: Samples, alpha: float) -> Weights:
    """Fit the weights of the weighted ridge with a free intercept; at alpha = 0 the solution of least norm.

    Parameters
    ----------
    samples : Samples
        What is fitted.
    alpha : float, not negative
        The penalty on ‖β‖².

    Returns
    -------
    (f,) float64
        The weights, in the unit of the score.
    """
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
    """Complete a fit with these weights by their covariance; a weight that a penalty set to zero has an unknown one.

    Parameters
    ----------
    samples : Samples
        What was fitted.
    weights : (f,) float64
        The weights, in the unit of the score.
    penalty : float, not negative
        That of the fit on ‖β‖².
    intercept : float, optional
        That of the fit; None takes the one that is best for these weights.
    further : (clusters, f) float64, optional
        Pulls of the samples on the weights by another way than this fit.

    Returns
    -------
    SurrogateFit
        With covariance (f, f) and predicted scores (n,).
    """
    mean = np.average(samples.masks, axis=0, weights=samples.sample_weights)
    if intercept is None:
        intercept = float(np.average(samples.scores, weights=samples.sample_weights) - mean @ weights)
    predicted = intercept + samples.masks @ weights
    active = np.flatnonzero(weights)
    covariance = np.full((len(weights), len(weights)), np.nan)
    cluster_weights = summed(samples.sample_weights, groups_of(samples.clusters))
    if 0 < len(active) < cluster_weights.sum() ** 2 / (cluster_weights**2).sum():
        pulls = cluster_pulls((samples.masks - mean)[:, active], samples.scores - predicted, samples, penalty)
        if further is not None:
            pulls = pulls + further[:, active]
        covariance[np.ix_(active, active)] = pulls.T @ pulls
    return SurrogateFit(weights, intercept, covariance, predicted)
