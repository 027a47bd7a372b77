"""Surrogates: simple models of the score, fitted to the samples.

Each takes masks (n, f), scores (n,) and sample weights (n,) and returns a `SurrogateFit`; it never sees a model.  The
linear ones minimise Σ w (y - b - z·β)² plus their penalty, with the intercept b left free: what scikit-learn's
estimator of the same name does with `sample_weight`.

The covariance of the weights is the sandwich M⁻¹ (Σ ssᵀ) M⁻¹ with M = Z̃ᵀWZ̃ + penalty and s = w e z̃, z̃ centred and e
the residual over one minus its leverage (HC3), without which few samples would look certain.  Samples that were drawn
together, such as a mask and its complement, are one draw: their s are summed first, and e is the residual of a fit
without all of them (CR3; Bell, McCaffrey 2002).  It predicts how far the weights move from seed to seed; the usual
model-based errors are too narrow, because the kernel's weights are not inverse variances and the "noise" is what a
linear model misses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn import linear_model
from sklearn.tree import DecisionTreeRegressor

from lime_core.arrays import Clusters, Design, SampleWeights, Scores, Weights
from lime_core.knobs import Bounded, knob

Pulls = NDArray[np.float64]
"""(clusters, f) how far each cluster of samples moves the weights; their covariance is pullsᵀ · pulls."""

Groups = list[NDArray[np.intp]]

_SMALLEST_KEPT = 1e-3  # one minus leverage: a sample that the fit has to pass through tells nothing about its error


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


@dataclass(frozen=True)
class Tree(Bounded):
    """Regression tree, as MATLAB's `imageLIME` fits by default: importances of the splits, which sum to 1.

    Importances have no sign: a superpixel may speak for the class or against it.  There is no intercept (NaN) and no
    standard error (NaN).
    """

    signed: ClassVar[bool] = False
    max_depth: int = knob(6, 1, 20, step=1, help="Questions from the root to a leaf: deeper fits more, noise too.")
    min_samples_leaf: int = knob(5, 1, 100, step=1, help="Samples that must share a leaf: more makes it smoother.")

    def __call__(
        self, masks: Design, scores: Scores, sample_weights: SampleWeights, clusters: Clusters | None = None
    ) -> SurrogateFit:
        tree = DecisionTreeRegressor(max_depth=self.max_depth, min_samples_leaf=self.min_samples_leaf, random_state=0)
        tree.fit(masks, scores, sample_weight=sample_weights)
        unknown = np.full((masks.shape[1], masks.shape[1]), np.nan)
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
    counted = _summed(sample_weights, _groups(clusters))
    if 0 < len(used) < counted.sum() ** 2 / (counted**2).sum():
        pull = cluster_pulls((masks - mean)[:, used], scores - predicted, sample_weights, clusters, penalty)
        if further is not None:
            pull = pull + further[:, used]
        covariance[np.ix_(used, used)] = pull.T @ pull
    return SurrogateFit(weights, intercept, covariance, predicted)


def cluster_pulls(
    centred: Design, residual: Scores, sample_weights: SampleWeights, clusters: Clusters | None, penalty: float
) -> Pulls:
    """How far each cluster of samples pulls the weights that it is fitted with, by its residuals without it."""
    groups = _groups(clusters)
    root = np.sqrt(sample_weights)
    half = centred * root[:, None]
    spread = half @ np.linalg.pinv(half.T @ half + penalty * np.eye(half.shape[1]), hermitian=True)
    alone = _left_out(root * residual, half, spread, root / np.linalg.norm(root), groups)
    return _summed(spread * alone[:, None], groups)


def _groups(clusters: Clusters | None) -> Groups | None:
    """The rows of the clusters, as one array (clusters, size) for each size there is; None where each is one row."""
    if clusters is None:
        return None
    order = np.argsort(clusters, kind="stable")
    starts = np.flatnonzero(np.diff(clusters[order], prepend=clusters[order[0]] - 1))
    if len(starts) == len(clusters):
        return None
    sizes = np.diff(starts, append=len(clusters))
    return [order[starts[sizes == size][:, None] + np.arange(size)] for size in np.unique(sizes)]


def _summed(rows: NDArray[np.float64], groups: Groups | None) -> NDArray[np.float64]:
    """(clusters, ...) the sums over the rows (n, ...) of each cluster."""
    return rows if groups is None else np.concatenate([rows[members].sum(axis=1) for members in groups])


def _left_out(
    residual: Scores, half: Design, spread: Design, mean: Scores, groups: Groups | None
) -> NDArray[np.float64]:
    """(n,) residuals as they were if the own cluster had been left out of the fit.

    All are scaled by the root of the sample weights.  The hat matrix is half · spreadᵀ, and the intercept adds the
    product of `mean` (n,) with itself; a cluster needs its own block of it only.
    """
    if groups is None:
        return residual / np.maximum(1.0 - (half * spread).sum(axis=1) - mean**2, _SMALLEST_KEPT)
    found = np.empty_like(residual)
    for rows in groups:
        hat = half[rows] @ spread[rows].swapaxes(1, 2) + mean[rows][:, :, None] * mean[rows][:, None, :]
        kept, axes = np.linalg.eigh(np.eye(rows.shape[1]) - hat)
        turned = axes.swapaxes(1, 2) @ residual[rows][:, :, None] / np.maximum(kept, _SMALLEST_KEPT)[:, :, None]
        found[rows] = (axes @ turned)[:, :, 0]
    return found


SURROGATES: dict[str, type[Surrogate]] = {
    "ridge": Ridge,
    "lasso": Lasso,
    "elastic_net": ElasticNet,
    "least_squares": LeastSquares,
    "bayesian_ridge": BayesianRidge,
    "tree": Tree,
}
"""name -> class; `prior_surrogates` adds those that take a prior."""
