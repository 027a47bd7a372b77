"""Error bars of linear surrogates: how far the weights move from seed to seed, from one run.

The covariance of the weights is the sandwich M⁻¹ (Σ ssᵀ) M⁻¹ with M = Z̃ᵀWZ̃ + penalty and s = w e z̃, z̃ centred and e
the residual over one minus its leverage (HC3), without which few samples would look certain.  Samples that were drawn
together, such as a mask and its complement, are one draw: their s are summed first, and e is the residual of a fit
without all of them (CR3; Bell, McCaffrey 2002).  The usual model-based errors are too narrow, because the kernel's
weights are not inverse variances and the "noise" is what a linear model misses.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Clusters, Design, Scores, Weights
from lime_core.surrogates.surrogate import Samples

Pulls = NDArray[np.float64]
"""(clusters, f) how far each cluster of samples moves the weights; their covariance is pullsᵀ · pulls."""

Matrix = NDArray[np.float64]

Groups = list[NDArray[np.intp]]

_SLIGHT = 1e-8  # a penalty of this share of all squares loses half of the digits where columns depend on each other
_SMALLEST_REST = 1e-3  # one minus leverage: a sample that the fit has to pass through tells nothing about its error


def spanned(gram: Matrix) -> tuple[Weights, Matrix]:
    """Decompose Z̃ᵀWZ̃, with exactly 0 in directions that only rounding gives a size: there samples tell nothing.

    Parameters
    ----------
    gram : (f, f) float64
        The matrix.

    Returns
    -------
    values : (f,) float64, not negative
        Eigenvalues.
    axes : (f, f) float64
        A column for each, of length 1.
    """
    values, axes = np.linalg.eigh(gram)
    return np.where(values > len(gram) * np.finfo(np.float64).eps * values[-1], values, 0.0), axes


def dependent_inverses(gram: Matrix, penalty: float) -> tuple[Matrix, Matrix] | None:
    """Invert M = Z̃ᵀWZ̃ + penalty·I where columns depend on each other and the penalty is next to nothing.

    Parameters
    ----------
    gram : (f, f) float64
        Z̃ᵀWZ̃.
    penalty : float, above 0
        That on ‖β‖².

    Returns
    -------
    tuple of two (f, f) float64, or None
        M⁻¹, and M⁻¹ for what samples tell, Z̃ᵀWỹ, of which the part outside of their span is rounding: with no penalty
        left it gives the solution of least norm.  None where M is as easily inverted as any.
    """
    if penalty > _SLIGHT * np.trace(gram):
        return None
    values, axes = spanned(gram)
    if values.all():
        return None
    within = axes * np.where(values > 0, 1.0 / (values + penalty), 0.0)
    return (axes / (values + penalty)) @ axes.T, within @ axes.T


def _inverse_within(gram: Matrix, penalty: float) -> Matrix:
    """M⁻¹ for what samples tell, as of `dependent_inverses`; also without a penalty, and of any columns."""
    if penalty > _SLIGHT * np.trace(gram):
        return np.linalg.pinv(gram + penalty * np.eye(len(gram)), hermitian=True).astype(np.float64)
    values, axes = spanned(gram)
    return (axes * np.divide(1.0, values + penalty, out=np.zeros_like(values), where=values > 0)) @ axes.T


def covariance_of(
    samples: Samples, weights: Weights, residual: Scores, penalty: float, further: Pulls | None = None
) -> NDArray[np.float64]:
    """Estimate the covariance of fitted weights.

    Parameters
    ----------
    samples : Samples
        What was fitted.
    weights : (f,) float64
        The weights, in the unit of the score.
    residual : (n,) float64
        What they leave of the scores.
    penalty : float, not negative
        That of the fit on ‖β‖².
    further : (clusters, f) float64, optional
        Pulls of the samples on the weights by another way than this fit.

    Returns
    -------
    (f, f) float64
        In the squared unit of the score; NaN of weights of zero, and all of it where error bars are not asked for, or
        there are no more effective samples than weights, a cluster counted as one.
    """
    active = np.flatnonzero(weights)
    covariance = np.full((len(weights), len(weights)), np.nan)
    if not samples.errors:
        return covariance
    cluster_weights = summed(samples.sample_weights, groups_of(samples.clusters))
    if 0 < len(active) < cluster_weights.sum() ** 2 / (cluster_weights**2).sum():
        pulls = cluster_pulls(samples.centred[:, active], residual, samples, penalty)
        if further is not None:
            pulls = pulls + further[:, active]
        covariance[np.ix_(active, active)] = pulls.T @ pulls
    return covariance


def cluster_pulls(centred: Design, residual: Scores, samples: Samples, penalty: float) -> Pulls:
    """How far each cluster of samples pulls the weights that it is fitted with, by its residuals without it.

    Parameters
    ----------
    centred : (n, f) float64
        The columns of that fit, without their weighted mean.
    residual : (n,) float64
        What the fit leaves of the scores, in their unit.
    samples : Samples
        Those of the fit; their sample weights and clusters count.
    penalty : float, not negative
        That of the fit on ‖β‖².

    Returns
    -------
    (clusters, f) float64
        Pulls, in the unit of the score.
    """
    groups = groups_of(samples.clusters)
    root = np.sqrt(samples.sample_weights)
    half = centred * root[:, None]
    spread = half @ _inverse_within(half.T @ half, penalty)
    predicted_by_others = left_out(root * residual, half, spread, root / np.linalg.norm(root), groups)
    return summed(spread * predicted_by_others[:, None], groups)


def groups_of(clusters: Clusters | None) -> Groups | None:
    """Gather the rows of the clusters.

    Parameters
    ----------
    clusters : (n,) int64, never falling, or None
        Which rows were drawn together.

    Returns
    -------
    list of (clusters, size) integers, or None
        An array of rows for each size there is; None where each cluster is one row.
    """
    if clusters is None:
        return None
    order = np.argsort(clusters, kind="stable")
    starts = np.flatnonzero(np.diff(clusters[order], prepend=clusters[order[0]] - 1))
    if len(starts) == len(clusters):
        return None
    sizes = np.diff(starts, append=len(clusters))
    return [order[starts[sizes == size][:, None] + np.arange(size)] for size in np.unique(sizes)]


def summed(rows: NDArray[np.float64], groups: Groups | None) -> NDArray[np.float64]:
    """Sum the rows of each cluster.

    Parameters
    ----------
    rows : (n, ...) float64
        What is summed.
    groups : list of (clusters, size) integers, or None
        What `groups_of` returned.

    Returns
    -------
    (clusters, ...) float64
        The sums, smaller clusters first; the rows themselves where each cluster is one row.
    """
    return rows if groups is None else np.concatenate([rows[members].sum(axis=1) for members in groups])


def left_out(
    residual: Scores, half: Design, spread: Design, mean: Scores, groups: Groups | None
) -> NDArray[np.float64]:
    """Find the residuals as they were if the own cluster had been left out of the fit.

    All are scaled by the root of the sample weights.  The hat matrix is half · spreadᵀ, and the intercept adds the
    product of `mean` with itself; a cluster needs its own block of it only.

    Parameters
    ----------
    residual : (n,) float64
        What the fit leaves of the scores.
    half, spread : (n, f) float64
        The two factors of the hat matrix.
    mean : (n,) float64
        The part of the intercept; 0 where the columns hold it.
    groups : list of (clusters, size) integers, or None
        What `groups_of` returned.

    Returns
    -------
    (n,) float64
        The residuals, in the unit of the score.
    """
    if groups is None:
        return residual / np.maximum(1.0 - (half * spread).sum(axis=1) - mean**2, _SMALLEST_REST)
    others = np.empty_like(residual)
    for rows in groups:
        hat = half[rows] @ spread[rows].swapaxes(1, 2) + mean[rows][:, :, None] * mean[rows][:, None, :]
        rest, axes = np.linalg.eigh(np.eye(rows.shape[1]) - hat)
        scaled = axes.swapaxes(1, 2) @ residual[rows][:, :, None] / np.maximum(rest, _SMALLEST_REST)[:, :, None]
        others[rows] = (axes @ scaled)[:, :, 0]
    return others
