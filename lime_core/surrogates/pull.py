"""The normal equations of a fit that is pulled towards expected weights, see `with_prior`."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Lasso as CoordinateDescent
from sklearn.linear_model import lars_path_gram

from lime_core.arrays import Weights
from lime_core.surrogates.covariance import Matrix, cluster_pulls, dependent_inverses, groups_of, spanned, summed
from lime_core.surrogates.linear import linear_fit
from lime_core.surrogates.surrogate import Expected, Samples, SurrogateFit

_TINY = np.finfo(np.float64).tiny
_APART = 1e-7


class PulledFit:
    """The normal equations of one fit with a prior.

    Parameters
    ----------
    samples : Samples
        What is fitted.
    expected : Expected
        The prior's mean and the strength of its pull.
    l2 : float, not negative
        The penalty on ‖β‖² beside the pull.
    """

    def __init__(self, samples: Samples, expected: Expected, l2: float) -> None:
        self.samples, self.expected, self.l2 = samples, expected, l2
        self.centred, self.target = samples.centred, samples.centred_scores
        weighted = self.centred * samples.sample_weights[:, None]
        self.gram: Matrix = weighted.T @ self.centred
        self.moment: Weights = weighted.T @ self.target
        self.spread = float(expected.mean @ self.gram @ expected.mean)
        # Only upwards: a prior that the samples contradict is not turned over, it expects nothing.
        self.scale = max(float(expected.mean @ self.moment) / self.spread, 0.0) if self.spread > 0 else 0.0

    @property
    def pulled(self) -> Weights:
        """The pull strength · β₀ (f,), with β₀ in the unit of the score."""
        return self.expected.strength * self.scale * self.expected.mean

    @property
    def penalised(self) -> Matrix:
        """The matrix M = Z̃ᵀWZ̃ + (l2 + strength)·I (f, f)."""
        return self.gram + (self.l2 + self.expected.strength) * np.eye(len(self.gram))

    def fit(self, l1: float = 0.0, moves: Weights | None = None) -> SurrogateFit:
        """Fit the weights, under a further penalty l1·Σ|β| of Σ w (…)² / 2.

        Parameters
        ----------
        l1 : float, not negative, default 0
            That penalty.
        moves : (clusters,) float64, optional
            How far each cluster of samples moves the strength, as a share of it; None where it is given.

        Returns
        -------
        SurrogateFit
            With the scale and the share of the prior.
        """
        signs = np.zeros(len(self.gram)) if l1 == 0 else np.sign(self._sparse(l1))
        active = np.arange(len(signs)) if l1 == 0 else np.flatnonzero(signs)
        inverse, within = self._inverses(active)
        weights, share, unit, drift = np.zeros((4, len(signs)))
        # From which weights are zero and the signs of the rest, the rest follows to the last digit.
        prior, samples = inverse @ self.pulled[active], within @ (self.moment - l1 * signs)[active]
        weights[active] = prior + samples
        total = np.abs(prior) + np.abs(samples)
        share[active] = np.abs(prior) / np.where(total > 0, total, 1.0)
        further = None
        if self.scale > 0 and self.samples.errors:
            unit[active] = self.expected.strength * (inverse @ self.expected.mean[active])
            direction = self.centred @ self.expected.mean
            residual = self.target - self.scale * direction
            further = cluster_pulls(direction[:, None], residual, self.samples, 0.0) * unit
        if moves is not None:
            drift[active] = self.expected.strength * (inverse @ (self.scale * self.expected.mean - weights)[active])
            further = moves[:, None] * drift + (0.0 if further is None else further)
        penalty = self.l2 + self.expected.strength
        fit = linear_fit(self.samples, weights, penalty, further=further)
        return replace(fit, prior_scale=self.scale, prior_share=share)

    def _inverses(self, active: NDArray[np.intp]) -> tuple[Matrix, Matrix]:
        """M⁻¹ of these columns, for pulls and for what samples tell."""
        chosen, penalty = np.ix_(active, active), self.l2 + self.expected.strength
        found = dependent_inverses(self.gram[chosen], max(penalty, _TINY)) if len(active) else None
        if found is None:
            inverse = np.linalg.inv(self.penalised[chosen]).astype(np.float64)
            return inverse, inverse
        return found

    def _sparse(self, l1: float) -> Weights:
        """The lasso on rows augmented by √(l2 + strength)·I, whose targets are the pull.

        Found on its path, and confirmed by coordinate descent: the path can miss where weights tie.
        """
        root = np.sqrt(self.samples.sample_weights)
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
        path = lars_path_gram(right / height, left, n_samples=1, method="lasso", max_iter=8 * len(right))
        return path[0] * height, path[2] * (height / size)

    def order_of_entry(self) -> NDArray[np.intp]:
        """Order the columns as they first get a weight on the lasso path.

        Returns
        -------
        (≤ f,) integers
            Columns; those that never get a weight are left out.
        """
        steps = self.path[1]
        first = np.where((steps != 0).any(axis=1), (steps != 0).argmax(axis=1), steps.shape[1])
        order = np.argsort(first, kind="stable")
        return order[first[order] < steps.shape[1]]

    def noise_precision(self) -> float:
        """Estimate the precision of the noise that the evidence favours, with the precision of the prior as it is.

        MacKay's updates, with the weak prior of scikit-learn's `BayesianRidge`, in the unit of the scores.

        Returns
        -------
        float
            1 / variance of the noise, in 1 / the squared unit of the score.
        """
        values, axes = spanned(self.gram)
        right, pulled = np.where(values > 0, axes.T @ self.moment, 0.0), axes.T @ self.pulled
        variance = float(self.target @ (self.samples.sample_weights * self.target)) / len(self.target)
        precision, weak = 1.0 / max(variance, _TINY), 2e-6 * max(variance, _TINY)
        for _ in range(300):
            weights = axes @ ((precision * right + pulled) / (precision * values + self.expected.strength))
            residual = self.target - self.centred @ weights
            squares = float(self.samples.sample_weights @ residual**2)
            fitted = float((precision * values / (precision * values + self.expected.strength)).sum())
            before, precision = precision, (len(residual) - fitted + 2e-6) / (squares + weak)
            if abs(precision - before) <= 1e-10 * before:
                break
        return precision

    def moves(self) -> Weights:
        """How far each cluster of samples moves the ratio of what the fit leaves to the variance of the scores.

        Returns
        -------
        (clusters,) float64
            As a share of it, to first order, with the weights as they are.
        """
        inverse, within = self._inverses(np.arange(len(self.gram)))
        weights = inverse @ self.pulled + within @ self.moment
        left, moved = (
            self.samples.sample_weights * each**2 for each in (self.target - self.centred @ weights, self.target)
        )
        groups = groups_of(self.samples.clusters)
        return summed(left / max(left.sum(), _TINY) - moved / max(moved.sum(), _TINY), groups)
