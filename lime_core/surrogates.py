"""Surrogates: simple models of the score, fitted to the samples.

Each takes masks (n, f), scores (n,) and sample weights (n,) and returns a `SurrogateFit`; it never sees a model.  The
linear ones minimise Σ w (y - b - z·β)² plus their penalty, with the intercept b left free: what scikit-learn's
estimator of the same name does with `sample_weight`.

Standard errors are the sandwich M⁻¹ (Σ w² e² z̃z̃ᵀ) M⁻¹ with M = Z̃ᵀWZ̃ + penalty, z̃ centred and e the residual over one
minus its leverage (HC3), without which few samples would look certain.  They predict how far the weights move from seed
to seed; the usual model-based errors are too narrow, because the kernel's weights are not inverse variances and the
"noise" is what a linear model misses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn import linear_model
from sklearn.tree import DecisionTreeRegressor

from lime_core.arrays import SampleWeights, Scores, Weights
from lime_core.knobs import Bounded, knob

Design = NDArray[np.float64]
"""(n, f) float64, the columns of the masks that the surrogate is given."""


@dataclass(frozen=True, eq=False)
class SurrogateFit:
    """weights (f,), intercept, standard_error (f,), and predicted (n,) scores.

    The error is NaN where it is not known: for a tree, for weights that a penalty set to zero, and for all where there
    are no more effective samples than superpixels.
    """

    weights: Weights
    intercept: float
    standard_error: Weights
    predicted: Scores


class Surrogate(Protocol):
    """Fits scores; `signed` is False where the weights are importances without a direction."""

    signed: ClassVar[bool]

    def __call__(self, masks: Design, scores: Scores, sample_weights: SampleWeights) -> SurrogateFit: ...


@dataclass(frozen=True)
class Ridge(Bounded):
    """Least squares with the penalty alpha·‖β‖²; at alpha = 1 the surrogate of `lime`."""

    signed: ClassVar[bool] = True
    alpha: float = knob(1.0, 0.0, 1000.0, step=0.1, help="Larger pulls all weights towards zero.", log=True)

    def __call__(self, masks: Design, scores: Scores, sample_weights: SampleWeights) -> SurrogateFit:
        weights = ridge_weights(masks, scores, sample_weights, self.alpha)
        return _linear_fit(masks, scores, sample_weights, weights, self.alpha)


@dataclass(frozen=True)
class LeastSquares:
    """Least squares without a penalty; needs clearly more samples than superpixels."""

    signed: ClassVar[bool] = True

    def __call__(self, masks: Design, scores: Scores, sample_weights: SampleWeights) -> SurrogateFit:
        return Ridge(alpha=0.0)(masks, scores, sample_weights)


@dataclass(frozen=True)
class Lasso(Bounded):
    """Penalty on Σ|β|: weak superpixels get exactly zero.  scikit-learn's scale: (1/2n)·squares + alpha·Σ|β|."""

    signed: ClassVar[bool] = True
    alpha: float = knob(0.001, 0.00001, 1.0, step=0.0001, help="Larger leaves fewer superpixels.", log=True)

    def __call__(self, masks: Design, scores: Scores, sample_weights: SampleWeights) -> SurrogateFit:
        model = linear_model.Lasso(alpha=self.alpha).fit(masks, scores, sample_weight=sample_weights)
        return _linear_fit(masks, scores, sample_weights, model.coef_, 0.0, float(model.intercept_))


@dataclass(frozen=True)
class ElasticNet(Bounded):
    """Both penalties: l1_ratio of alpha on Σ|β|, the rest on ‖β‖²/2, in scikit-learn's scale."""

    signed: ClassVar[bool] = True
    alpha: float = knob(0.001, 0.00001, 1.0, step=0.0001, help="Larger pulls all weights towards zero.", log=True)
    l1_ratio: float = knob(0.5, 0.05, 1.0, step=0.05, help="1 is the lasso, towards 0 it becomes ridge.")

    def __call__(self, masks: Design, scores: Scores, sample_weights: SampleWeights) -> SurrogateFit:
        model = linear_model.ElasticNet(alpha=self.alpha, l1_ratio=self.l1_ratio)
        model.fit(masks, scores, sample_weight=sample_weights)
        penalty = self.alpha * (1.0 - self.l1_ratio) * float(sample_weights.sum())
        return _linear_fit(masks, scores, sample_weights, model.coef_, penalty, float(model.intercept_))


@dataclass(frozen=True)
class BayesianRidge:
    """Ridge whose penalty is estimated from the samples (evidence maximisation, MacKay 1992).

    Sample weights are scaled to sum to n: this estimator, unlike the others, depends on their scale.
    """

    signed: ClassVar[bool] = True

    def __call__(self, masks: Design, scores: Scores, sample_weights: SampleWeights) -> SurrogateFit:
        scaled = sample_weights * (len(scores) / sample_weights.sum())
        model = linear_model.BayesianRidge().fit(masks, scores, sample_weight=scaled)
        penalty = float(model.lambda_ / model.alpha_)
        return _linear_fit(masks, scores, scaled, model.coef_, penalty, float(model.intercept_))


@dataclass(frozen=True)
class Tree(Bounded):
    """Regression tree, as MATLAB's `imageLIME` fits by default: importances of the splits, which sum to 1.

    Importances have no sign: a superpixel may speak for the class or against it.  There is no intercept (NaN) and no
    standard error (NaN).
    """

    signed: ClassVar[bool] = False
    max_depth: int = knob(6, 1, 20, step=1, help="Questions from the root to a leaf: deeper fits more, noise too.")
    min_samples_leaf: int = knob(5, 1, 100, step=1, help="Samples that must share a leaf: more makes it smoother.")

    def __call__(self, masks: Design, scores: Scores, sample_weights: SampleWeights) -> SurrogateFit:
        tree = DecisionTreeRegressor(max_depth=self.max_depth, min_samples_leaf=self.min_samples_leaf, random_state=0)
        tree.fit(masks, scores, sample_weight=sample_weights)
        unknown = np.full(masks.shape[1], np.nan)
        return SurrogateFit(tree.feature_importances_, float("nan"), unknown, tree.predict(masks))


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


def _linear_fit(
    masks: Design,
    scores: Scores,
    sample_weights: SampleWeights,
    weights: Weights,
    penalty: float,
    intercept: float | None = None,
) -> SurrogateFit:
    """The fit with these weights, and their errors; a weight that a penalty set to zero has an unknown one."""
    mean = np.average(masks, axis=0, weights=sample_weights)
    if intercept is None:
        intercept = float(np.average(scores, weights=sample_weights) - mean @ weights)
    predicted = intercept + masks @ weights
    used = np.flatnonzero(weights)
    error = np.full(len(weights), np.nan)
    if 0 < len(used) < sample_weights.sum() ** 2 / (sample_weights**2).sum():
        centred = (masks - mean)[:, used]
        weighted = centred * sample_weights[:, None]
        bread = np.linalg.pinv(weighted.T @ centred + penalty * np.eye(len(used)), hermitian=True)
        leverage = ((weighted @ bread) * centred).sum(axis=1) + sample_weights / sample_weights.sum()
        parts = weighted * ((scores - predicted) / np.maximum(1.0 - leverage, 1e-3))[:, None]
        variance = ((bread @ (parts.T @ parts)) * bread).sum(axis=1)
        error[used] = np.sqrt(variance.clip(min=0.0))
    return SurrogateFit(weights, intercept, error, predicted)


SURROGATES: dict[str, type[Surrogate]] = {
    "ridge": Ridge,
    "lasso": Lasso,
    "elastic_net": ElasticNet,
    "least_squares": LeastSquares,
    "bayesian_ridge": BayesianRidge,
    "tree": Tree,
}
