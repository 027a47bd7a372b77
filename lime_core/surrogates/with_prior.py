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
from functools import cached_property
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Lasso as CoordinateDescent
from sklearn.linear_model import lars_path_gram

from lime_core.arrays import Clusters, Design, SampleWeights, Scores, Weights
from lime_core.knobs import Bounded, knob, switch
from lime_core.surrogates.covariance import (
    SURROGATES,
    BayesianRidge,
    ElasticNet,
    Lasso,
    LeastSquares,
    Ridge,
    Surrogate,
    SurrogateFit,
    cluster_pulls,
    linear_fit,
)

Matrix = NDArray[np.float64]

_TINY = np.finfo(np.float64).tiny
_APART = 1e-7


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


@dataclass(frozen=True)
class RidgeWithPrior(Bounded):
    """Ridge with a pull towards a prior; without a prior it is `Ridge`."""

    signed: ClassVar[bool] = True
    alpha: float = knob(1.0, 0.0, 1000.0, step=0.1, help="Larger pulls all weights towards zero.", log=True)

    def __call__(
        self,
        masks: Design,
        scores: Scores,
        sample_weights: SampleWeights,
        clusters: Clusters | None = None,
        expected: Expected | None = None,
    ) -> SurrogateFit:
        if expected is None or expected.strength == 0:
            return Ridge(self.alpha)(masks, scores, sample_weights, clusters)
        return _Problem(masks, scores, sample_weights, expected, self.alpha).fit(clusters)


@dataclass(frozen=True)
class ElasticNetWithPrior(Bounded):
    """Elastic net with a pull towards a prior, the estimator of G-LIME; without a prior it is `ElasticNet`.

    The order in which superpixels enter its path, as the penalty on Σ|β| falls from infinity, is its ranking.
    """

    signed: ClassVar[bool] = True
    alpha: float = knob(0.001, 0.00001, 1.0, step=0.0001, help="Larger pulls all weights towards zero.", log=True)
    l1_ratio: float = knob(0.5, 0.05, 1.0, step=0.05, help="1 is the lasso, towards 0 it becomes ridge.")

    def __call__(
        self,
        masks: Design,
        scores: Scores,
        sample_weights: SampleWeights,
        clusters: Clusters | None = None,
        expected: Expected | None = None,
    ) -> SurrogateFit:
        total = self.alpha * float(sample_weights.sum())  # scikit-learn's scale
        plain = expected is None or expected.strength == 0
        asked = Expected(np.zeros(masks.shape[1]), 0.0) if expected is None else expected
        problem = _Problem(masks, scores, sample_weights, asked, total * (1.0 - self.l1_ratio))
        if plain:
            found = ElasticNet(self.alpha, self.l1_ratio)(masks, scores, sample_weights, clusters)
        else:
            found = problem.fit(clusters, l1=total * self.l1_ratio)
        return replace(found, entered=problem.order_of_entry())


@dataclass(frozen=True)
class BayesianRidgeWithPrior(Bounded):
    """The posterior mean for normal weights around a prior (BayLIME); without a prior it is `BayesianRidge`.

    The strength is the precision λ of the prior; with the precision α of the noise, given or fitted by the evidence,
    it is ridge with a prior at the strength λ/α.  Sample weights are scaled to sum to n.
    """

    signed: ClassVar[bool] = True
    fit_noise: bool = switch(True, help="Estimate the precision of the noise from the samples.")
    noise_precision: float = knob(
        100.0, 0.01, 1_000_000.0, step=0.01, help="1 / variance of the noise, where it is not estimated.", log=True
    )

    def __call__(
        self,
        masks: Design,
        scores: Scores,
        sample_weights: SampleWeights,
        clusters: Clusters | None = None,
        expected: Expected | None = None,
    ) -> SurrogateFit:
        if expected is None or expected.strength == 0:
            return BayesianRidge()(masks, scores, sample_weights, clusters)
        scaled = sample_weights * (len(scores) / sample_weights.sum())
        problem = _Problem(masks, scores, scaled, expected, 0.0)
        precision = problem.noise_precision() if self.fit_noise else self.noise_precision
        told = Expected(expected.mean, expected.strength / precision)
        return RidgeWithPrior(alpha=0.0)(masks, scores, scaled, clusters, told)


def with_prior(surrogate: Surrogate) -> SurrogateWithPrior:
    """The surrogate in the form that takes a prior, with the same penalty.

    Raises ValueError for a surrogate that has no such form, such as a tree.
    """
    match surrogate:
        case RidgeWithPrior() | ElasticNetWithPrior() | BayesianRidgeWithPrior():
            return surrogate
        case Ridge(alpha=alpha):
            return RidgeWithPrior(alpha)
        case LeastSquares():
            return RidgeWithPrior(alpha=0.0)
        case Lasso(alpha=alpha):
            return ElasticNetWithPrior(alpha, l1_ratio=1.0)
        case ElasticNet(alpha=alpha, l1_ratio=l1_ratio):
            return ElasticNetWithPrior(alpha, l1_ratio)
        case BayesianRidge():
            return BayesianRidgeWithPrior()
    raise ValueError(f"surrogate must be one that takes a prior, like RidgeWithPrior, got {type(surrogate).__name__}")


def without_prior(surrogate: Surrogate) -> Surrogate:
    """The surrogate in the form that takes no prior: what it is without one, to the last digit."""
    match surrogate:
        case RidgeWithPrior(alpha=alpha):
            return Ridge(alpha)
        case ElasticNetWithPrior(alpha=alpha, l1_ratio=l1_ratio):
            return ElasticNet(alpha, l1_ratio)
        case BayesianRidgeWithPrior():
            return BayesianRidge()
    return surrogate


class _Problem:
    """The normal equations of one fit with a prior; l2 is the penalty on ‖β‖² beside the pull."""

    def __init__(
        self, masks: Design, scores: Scores, sample_weights: SampleWeights, expected: Expected, l2: float
    ) -> None:
        self.masks, self.scores, self.sample_weights = masks, scores, sample_weights
        self.expected, self.l2 = expected, l2
        self.centred = masks - np.average(masks, axis=0, weights=sample_weights)
        self.target = scores - np.average(scores, weights=sample_weights)
        weighted = self.centred * sample_weights[:, None]
        self.gram: Matrix = weighted.T @ self.centred
        self.moment: Weights = weighted.T @ self.target
        self.spread = float(expected.mean @ self.gram @ expected.mean)
        # Only upwards: a prior that the samples contradict is not turned over, it expects nothing.
        self.scale = max(float(expected.mean @ self.moment) / self.spread, 0.0) if self.spread > 0 else 0.0

    @property
    def pulled(self) -> Weights:
        """strength · β₀"""
        return self.expected.strength * self.scale * self.expected.mean

    @property
    def penalised(self) -> Matrix:
        """M = Z̃ᵀWZ̃ + (l2 + strength)·I"""
        return self.gram + (self.l2 + self.expected.strength) * np.eye(len(self.gram))

    def fit(self, clusters: Clusters | None, l1: float = 0.0) -> SurrogateFit:
        """The weights under a further penalty l1·Σ|β| of Σ w (…)² / 2."""
        signs = np.zeros(len(self.gram)) if l1 == 0 else np.sign(self._sparse(l1))
        kept = np.arange(len(signs)) if l1 == 0 else np.flatnonzero(signs)
        inverse = np.linalg.inv(self.penalised[np.ix_(kept, kept)])
        weights, share, unit = np.zeros(len(signs)), np.zeros(len(signs)), np.zeros(len(signs))
        # From which weights are zero and the signs of the rest, the rest follows to the last digit.
        prior, samples = inverse @ self.pulled[kept], inverse @ (self.moment - l1 * signs)[kept]
        weights[kept] = prior + samples
        total = np.abs(prior) + np.abs(samples)
        share[kept] = np.abs(prior) / np.where(total > 0, total, 1.0)
        further = None
        if self.scale > 0:
            unit[kept] = self.expected.strength * (inverse @ self.expected.mean[kept])
            direction = self.centred @ self.expected.mean
            residual = self.target - self.scale * direction
            further = cluster_pulls(direction[:, None], residual, self.sample_weights, clusters, 0.0) * unit
        penalty = self.l2 + self.expected.strength
        found = linear_fit(self.masks, self.scores, self.sample_weights, clusters, weights, penalty, further=further)
        return replace(found, prior_scale=self.scale, prior_share=share)

    def _sparse(self, l1: float) -> Weights:
        """The lasso on rows augmented by √(l2 + strength)·I, whose targets are the pull.

        Found on its path, and confirmed by coordinate descent: the path can miss where weights tie.
        """
        root = np.sqrt(self.sample_weights)
        ridge = np.sqrt(self.l2 + self.expected.strength)
        rows = np.vstack([self.centred * root[:, None], ridge * np.eye(len(self.gram))])
        targets = np.concatenate([self.target * root, self.pulled / ridge])
        lasso = CoordinateDescent(
            alpha=l1 / len(rows), fit_intercept=False, tol=1e-9, max_iter=100_000, warm_start=True
        )
        penalties, steps = self.path
        lasso.coef_ = np.array([np.interp(-l1, -penalties, weights) for weights in steps])
        return np.asarray(lasso.fit(rows, targets).coef_, dtype=np.float64)

    @cached_property
    def path(self) -> tuple[Weights, Matrix]:
        """The penalties on Σ|β| (steps,), falling, and the weights (f, steps) at each; linear between them."""
        # In units of their own, since scikit-learn's tolerances are fixed; columns that depend on each other are held
        # apart by a little more penalty.
        right, left = self.moment + self.pulled, self.penalised
        height, size = max(float(np.abs(right).max()), _TINY), max(float(np.trace(left)) / len(left), _TINY)
        left = left / size + _APART * np.eye(len(left))
        found = lars_path_gram(right / height, left, n_samples=1, method="lasso", max_iter=8 * len(right))
        return found[0] * height, found[2] * (height / size)

    def order_of_entry(self) -> NDArray[np.intp]:
        """Columns in the order in which they first get a weight on the lasso path; those that never do are left out."""
        steps = self.path[1]
        first = np.where((steps != 0).any(axis=1), (steps != 0).argmax(axis=1), steps.shape[1])
        order = np.argsort(first, kind="stable")
        return order[first[order] < steps.shape[1]]

    def noise_precision(self) -> float:
        """The precision of the noise that the evidence favours, with the precision of the prior as it is.

        MacKay's updates, with the weak prior of scikit-learn's `BayesianRidge`.
        """
        values, axes = np.linalg.eigh(self.gram)
        values = values.clip(min=0.0)
        right, pulled = axes.T @ self.moment, axes.T @ self.pulled
        precision = 1.0 / max(float(self.target @ (self.sample_weights * self.target)) / len(self.target), 1e-12)
        for _ in range(300):
            weights = axes @ ((precision * right + pulled) / (precision * values + self.expected.strength))
            residual = self.target - self.centred @ weights
            squares = float(self.sample_weights @ residual**2)
            fitted = float((precision * values / (precision * values + self.expected.strength)).sum())
            before, precision = precision, (len(residual) - fitted + 2e-6) / (squares + 2e-6)
            if abs(precision - before) <= 1e-10 * before:
                break
        return precision


SURROGATES_WITH_PRIOR: dict[str, type[SurrogateWithPrior]] = {
    "ridge_with_prior": RidgeWithPrior,
    "elastic_net_with_prior": ElasticNetWithPrior,
    "bayesian_ridge_with_prior": BayesianRidgeWithPrior,
}
"""Those of `SURROGATES` that are of use only with a prior."""

SURROGATES.update(SURROGATES_WITH_PRIOR)
