"""Surrogates that are pulled towards the expected weights of a prior.

They minimise Σ w (y - b - z·β)² plus their own penalty plus strength·‖β - β₀‖², with the intercept b left free and
β₀ = scale · mean, the prior's mean times one number: the factor, not below zero, with which the mean alone explains
the scores best.  With Z̃ and ỹ centred by their weighted means, and no other penalty,

    β  =  M⁻¹ (Z̃ᵀWỹ + strength·β₀)  =  β₀ + ridge of the residual y - Zβ₀,      M = Z̃ᵀWZ̃ + strength·I

Without a prior, or at strength 0, each is the plain surrogate of its kind to the last digit; as the strength grows, it
becomes the prior, whatever the samples say.  How much of each weight the prior made is `prior_share`: of the two parts
p = M⁻¹·strength·β₀ and q = β - p that add up to the weight, |p| / (|p| + |q|); 0 for a weight of zero.

The prior's mean is taken as fixed in the covariance, its scale is not: it moves with the samples and all weights with
it.

References
----------
G-LIME: Li et al. (2023), Artificial Intelligence 314: the elastic net around a global explanation, and the order of
entry into its path as the ranking.  BayLIME: Zhao et al. (2021), UAI.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from lime_core.knobs import Bounded, knob, switch
from lime_core.surrogates.linear import BayesianRidge, ElasticNet, Lasso, LeastSquares, Ridge, alpha_knob, share_knob
from lime_core.surrogates.pull import PulledFit
from lime_core.surrogates.surrogate import Expected, Samples, Surrogate, SurrogateFit, SurrogateWithPrior

_TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True)
class RidgeWithPrior(Bounded):
    """Ridge with a pull towards a prior; without a prior it is `Ridge`.

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
    Package InterpretDL fits G-LIME by ridge with a prior too, with other scales of columns and prior.
    """

    signed: ClassVar[bool] = True
    alpha: float = knob(1.0, 0.0, 1000.0, step=0.1, help="Larger pulls all weights towards zero.", log=True)

    def __call__(self, samples: Samples, expected: Expected | None = None) -> SurrogateFit:
        if expected is None or expected.strength == 0:
            return Ridge(self.alpha)(samples)
        return PulledFit(samples, expected, self.alpha).fit()


@dataclass(frozen=True)
class ElasticNetWithPrior(Bounded):
    """Elastic net with a pull towards a prior, the estimator of G-LIME; without a prior it is `ElasticNet`.

    The order in which superpixels enter its path, as the penalty on Σ|β| falls from infinity, is its ranking.

    Parameters
    ----------
    alpha : float in [0.00001, 1], optional
        As of `ElasticNet`.
    l1_ratio : float in [0.05, 1], default 0.5
        Share of the penalty on Σ|β|: 1 is the lasso, towards 0 it becomes ridge.
    share : float in [0.0001, 0.99], default 0.05
        As of `ElasticNet`: of the penalties that leave no weight without a prior.

    Raises
    ------
    ValueError
        For a setting outside of its range, or both alpha and share.

    References
    ----------
    Li et al. (2023), "G-LIME", Artificial Intelligence 314.
    """

    signed: ClassVar[bool] = True
    alpha: float | None = alpha_knob("Larger pulls all weights towards zero.")
    l1_ratio: float = knob(0.5, 0.05, 1.0, step=0.05, help="1 is the lasso, towards 0 it becomes ridge.")
    share: float | None = share_knob()

    def __call__(self, samples: Samples, expected: Expected | None = None) -> SurrogateFit:
        plain = ElasticNet(self.alpha, self.l1_ratio, self.share)
        alpha, unit = plain.penalty(samples)
        total = alpha * float(samples.sample_weights.sum())  # scikit-learn's scale
        if expected is None:
            expected = Expected(np.zeros(samples.masks.shape[1]), 0.0)
        pulled = PulledFit(samples, expected, total * (1.0 - self.l1_ratio))
        fit = plain(samples) if expected.strength == 0 else pulled.fit(l1=unit * total * self.l1_ratio)
        return replace(fit, entered=pulled.order_of_entry())


@dataclass(frozen=True)
class BayesianRidgeWithPrior(Bounded):
    """The posterior mean for normal weights around a prior (BayLIME); without a prior it is `BayesianRidge`.

    With the precision λ of the prior and α of the noise it is ridge with a prior at the strength λ/α.  Where α is given
    the strength is λ, in 1 / the squared unit of the score; where it is fitted, by the evidence, the strength is λ in
    1 / the variance of the scores, so that it says the same of scores in any unit.  Sample weights are scaled to sum
    to n.

    Parameters
    ----------
    fit_noise : bool, default True
        Whether to estimate the precision of the noise from the samples.
    noise_precision : float in [0.01, 1 000 000], default 100
        1 / variance of the noise, where it is not estimated; in 1 / the squared unit of the score.

    Raises
    ------
    ValueError
        For a setting outside of its range.

    References
    ----------
    Zhao et al. (2021), "BayLIME: Bayesian Local Interpretable Model-Agnostic Explanations", UAI.
    """

    signed: ClassVar[bool] = True
    revision: ClassVar[int] = 3  # before, a hyperprior and the strength were in the unit of the scores
    fit_noise: bool = switch(True, help="Estimate the precision of the noise from the samples.")
    noise_precision: float = knob(
        100.0, 0.01, 1_000_000.0, step=0.01, help="1 / variance of the noise, where it is not estimated.", log=True
    )

    def __call__(self, samples: Samples, expected: Expected | None = None) -> SurrogateFit:
        if expected is None or expected.strength == 0:
            return BayesianRidge()(samples)
        scaled = samples.scaled()
        if not self.fit_noise:
            return RidgeWithPrior(alpha=0.0)(
                scaled, replace(expected, strength=expected.strength / self.noise_precision)
            )
        given = replace(expected, strength=expected.strength / max(scaled.spread**2, _TINY))
        precision = PulledFit(scaled, given, 0.0).noise_precision()
        pulled = PulledFit(scaled, replace(given, strength=given.strength / precision), 0.0)
        return pulled.fit(moves=pulled.moves())


def with_prior(surrogate: Surrogate) -> SurrogateWithPrior:
    """Put a surrogate into the form that takes a prior, with the same penalty.

    Parameters
    ----------
    surrogate : Surrogate
        A linear one; one that takes a prior comes back as it is.

    Returns
    -------
    SurrogateWithPrior
        Without a prior it fits the same.

    Raises
    ------
    ValueError
        For a surrogate that has no such form, such as a tree.
    """
    match surrogate:
        case RidgeWithPrior() | ElasticNetWithPrior() | BayesianRidgeWithPrior():
            return surrogate
        case Ridge(alpha=alpha):
            return RidgeWithPrior(alpha)
        case LeastSquares():
            return RidgeWithPrior(alpha=0.0)
        case Lasso(alpha=alpha, share=share):
            return ElasticNetWithPrior(alpha, 1.0, share)
        case ElasticNet(alpha=alpha, l1_ratio=l1_ratio, share=share):
            return ElasticNetWithPrior(alpha, l1_ratio, share)
        case BayesianRidge():
            return BayesianRidgeWithPrior()
    raise ValueError(f"surrogate must be one that takes a prior, like RidgeWithPrior, got {type(surrogate).__name__}")


def without_prior(surrogate: Surrogate) -> Surrogate:
    """Put a surrogate into the form that takes no prior: what it is without one, to the last digit.

    Parameters
    ----------
    surrogate : Surrogate
        Any; one that takes no prior comes back as it is.

    Returns
    -------
    Surrogate
        The plain one of its kind.
    """
    match surrogate:
        case RidgeWithPrior(alpha=alpha):
            return Ridge(alpha)
        case ElasticNetWithPrior(alpha=alpha, l1_ratio=l1_ratio, share=share):
            return ElasticNet(alpha, l1_ratio, share)
        case BayesianRidgeWithPrior():
            return BayesianRidge()
    return surrogate


SURROGATES_WITH_PRIOR: dict[str, type[SurrogateWithPrior]] = {
    "ridge_with_prior": RidgeWithPrior,
    "elastic_net_with_prior": ElasticNetWithPrior,
    "bayesian_ridge_with_prior": BayesianRidgeWithPrior,
}
"""name -> class, of those that are of use only with a prior."""
