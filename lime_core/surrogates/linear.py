"""Linear surrogates.

They minimise Σ w (y - b - z·β)² plus their penalty, with the intercept b left free: what scikit-learn's estimator of
the same name does with `sample_weight`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from sklearn import linear_model

from lime_core.arrays import Weights
from lime_core.knobs import Bounded, knob
from lime_core.surrogates.covariance import Pulls, covariance_of, dependent_inverses
from lime_core.surrogates.surrogate import Samples, SurrogateFit


def alpha_knob(help: str) -> Any:
    """The field for a penalty in scikit-learn's scale."""
    return knob(None, 0.00001, 1.0, step=0.0001, help=f"{help} In the unit of the score.", log=True, usual=0.001)


def share_knob() -> Any:
    """The field for the same penalty as a share of the smallest one that leaves no weight."""
    help = "The penalty as a share of the smallest that leaves no weight: larger leaves fewer superpixels."
    return knob(0.05, 0.0001, 0.99, step=0.01, help=help, log=True, instead_of="alpha")


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

    The penalty is given in one of two ways.  A `share` is that of the smallest alpha that leaves no weight at all, so
    that it means the same for scores of any size, and never empties a map.  An `alpha` is scikit-learn's own, in the
    unit of the score: where it is given, `share` is None.

    Parameters
    ----------
    alpha : float in [0.00001, 1], optional
        The penalty on Σ|β|: larger leaves fewer superpixels.
    share : float in [0.0001, 0.99], default 0.05
        The penalty as a share of the largest useful one, without `alpha`.

    Raises
    ------
    ValueError
        For a setting outside of its range, or both.

    References
    ----------
    Package Captum, whose LIME takes `sklearn.linear_model.Lasso` with alpha 0.01.  The share: Friedman, Hastie,
    Tibshirani (2010), "Regularization paths for generalized linear models via coordinate descent", whose paths begin
    at the alpha that leaves no weight.
    """

    signed: ClassVar[bool] = True
    alpha: float | None = alpha_knob("Larger leaves fewer superpixels.")
    share: float | None = share_knob()

    def __call__(self, samples: Samples) -> SurrogateFit:
        return ElasticNet(self.alpha, 1.0, self.share)(samples)


@dataclass(frozen=True)
class ElasticNet(Bounded):
    """Both penalties: l1_ratio of alpha on Σ|β|, the rest on ‖β‖²/2, in scikit-learn's scale.

    Parameters
    ----------
    alpha : float in [0.00001, 1], optional
        Both penalties together: larger pulls all weights towards zero.
    l1_ratio : float in [0.05, 1], default 0.5
        Share of the penalty on Σ|β|: 1 is the lasso, towards 0 it becomes ridge.
    share : float in [0.0001, 0.99], default 0.05
        Both penalties together, as a share of those that leave no weight; counts without `alpha`, as of `Lasso`.  They
        are those of scores with a standard deviation of 1, as in the package glmnet.

    Raises
    ------
    ValueError
        For a setting outside of its range, or both alpha and share.
    """

    signed: ClassVar[bool] = True
    alpha: float | None = alpha_knob("Larger pulls all weights towards zero.")
    l1_ratio: float = knob(0.5, 0.05, 1.0, step=0.05, help="1 is the lasso, towards 0 it becomes ridge.")
    share: float | None = share_knob()

    def __call__(self, samples: Samples) -> SurrogateFit:
        alpha, unit = self.penalty(samples)
        if alpha == 0:  # of a share, where no superpixel alone tells anything
            return linear_fit(samples, np.zeros(samples.masks.shape[1]), 0.0)
        # scikit-learn's own tolerance would still leave the weights at zero near the largest share.
        tol = 1e-4 if self.share is None else 1e-9
        model = linear_model.ElasticNet(alpha=alpha, l1_ratio=self.l1_ratio, tol=tol, max_iter=100_000)
        model.fit(samples.masks, samples.scores / unit, sample_weight=samples.sample_weights)
        penalty = alpha * (1.0 - self.l1_ratio) * float(samples.sample_weights.sum())
        return linear_fit(samples, unit * model.coef_, penalty, unit * float(model.intercept_))

    def penalty(self, samples: Samples) -> tuple[float, float]:
        """Give alpha in scikit-learn's scale, and the unit of the scores in which it is meant.

        An alpha is meant for the scores as they are.  A share is that of scores whose standard deviation is 1, so that
        the part on ‖β‖², too, is the same for scores of any size.

        Parameters
        ----------
        samples : Samples
            What is fitted.

        Returns
        -------
        (float, float)
            Alpha, 0 only for a share where no superpixel tells anything; and the unit of the scores.
        """
        if self.alpha is not None:
            return self.alpha, 1.0
        assert self.share is not None
        unit = samples.spread
        return self.share * samples.largest_alpha / unit / self.l1_ratio, unit


@dataclass(frozen=True)
class BayesianRidge:
    """Ridge whose penalty is estimated from the samples (evidence maximisation, MacKay 1992).

    Sample weights are scaled to sum to n, and scores to a standard deviation of 1: this estimator, unlike the others,
    depends on the scale of both.

    References
    ----------
    MacKay (1992).  Zhao et al. (2021), "BayLIME", UAI, takes `sklearn.linear_model.BayesianRidge` without a prior too.
    """

    signed: ClassVar[bool] = True
    revision: ClassVar[int] = 2  # the first had a hyperprior in the unit of the scores

    def __call__(self, samples: Samples) -> SurrogateFit:
        scaled = samples.scaled()
        model = linear_model.BayesianRidge()
        model.fit(scaled.masks, scaled.centred_scores / scaled.spread, sample_weight=scaled.sample_weights)
        penalty = float(model.lambda_ / model.alpha_)
        return linear_fit(scaled, model.coef_ * scaled.spread, penalty)


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
        gram, moment = weighted.T @ centred, weighted.T @ target
        inverses = dependent_inverses(gram, alpha)
        if inverses is None:
            weights = np.linalg.solve(gram + alpha * np.eye(len(gram)), moment)
        else:
            weights = inverses[1] @ moment
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
    covariance = covariance_of(samples, weights, samples.scores - predicted, penalty, further)
    return SurrogateFit(weights, intercept, covariance, predicted)
