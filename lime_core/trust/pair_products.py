"""Products of two columns of masks, all pairs at once.

A test of every pair needs sums Σ v z̃_i z̃_j over the samples and nothing else, for values v that have no pair in them;
one matrix product gives those of all pairs, and no product is ever written out.
"""

from __future__ import annotations

import numpy as np

from lime_core.arrays import Design, Floats, Indices, Scores
from lime_core.surrogates.covariance import groups_of
from lime_core.surrogates.surrogate import Samples

NOTHING = 1e-9
"""Relative: what is left of the squares of a column that others make up."""


class Products:
    """Sums Σ v z̃_i z̃_j over the samples, for all pairs of some columns at once.

    Parameters
    ----------
    samples : Samples
        Masks (n, f) and clusters.
    columns : (c,) integers
        Those whose pairs are meant.
    """

    def __init__(self, samples: Samples, columns: Indices) -> None:
        self.centred = samples.masks[:, columns] - samples.masks[:, columns].mean(axis=0)
        self._squares = self.centred**2
        self._groups = groups_of(samples.clusters)
        self.sizes: Floats = np.sqrt(self._squares.T @ self._squares)
        """(c, c) the root of Σ (z̃_i z̃_j)²."""

    def of(self, i: int, j: int) -> Scores:
        """Multiply two columns.

        Parameters
        ----------
        i, j : int
            Their places among the c.

        Returns
        -------
        (n,) float64
            The product z̃_i z̃_j of each sample.
        """
        product: Scores = self.centred[:, i] * self.centred[:, j]
        return product

    def tests(self, residual: Scores) -> Floats:
        """Test each pair against what a fit leaves.

        Parameters
        ----------
        residual : (n,) float64
            That, in the unit of the score.

        Returns
        -------
        (c, c) float64
            Its t in the upper triangle, else 0.
        """
        squares = self._squares.T @ (residual[:, None] ** 2 * self._squares)
        for rows in self._groups or []:
            # The square of a cluster's sum: its squares, and each two of its samples twice.
            for a, b in zip(*np.triu_indices(rows.shape[1], 1), strict=True):
                one, other = rows[:, a], rows[:, b]
                both = self.centred[one] * self.centred[other]
                squares += 2.0 * both.T @ ((residual[one] * residual[other])[:, None] * both)
        least = NOTHING * self.sizes.max() ** 2 * (residual @ residual) / len(residual)
        return np.triu(self._sums(residual) / np.sqrt(np.maximum(squares, least or 1.0)), 1)

    def alike(self, product: Scores, i: int, j: int) -> Floats:
        """Correlate the products of all pairs with that of one.

        Parameters
        ----------
        product : (n,) float64
            That one, without what an additive fit makes of it; not all zero.
        i, j : int
            Its places among the c.

        Returns
        -------
        (c, c) float64
            Correlations, its own 1.
        """
        relative = np.maximum(self.sizes / self.sizes[i, j], NOTHING)
        correlations: Floats = self._sums(product) / (relative * (product @ product))
        return correlations

    def _sums(self, values: Scores) -> Floats:
        """(c, c) Σ v z̃_i z̃_j."""
        sums: Floats = self.centred.T @ (values[:, None] * self.centred)
        return sums


def additive_basis(masks: Design) -> Design:
    """Make the columns that additive fits are made of.

    Parameters
    ----------
    masks : (n, f) float64
        A row for each sample.

    Returns
    -------
    (n, at most f + 1) float64
        Orthonormal columns, which span those of the masks and the constant.
    """
    return np.linalg.qr(np.column_stack([np.ones(len(masks)), masks]))[0]


def without(basis: Design, values: Floats) -> Floats:
    """Take away what a basis makes of values.

    Parameters
    ----------
    basis : (n, b) float64
        Orthonormal columns.
    values : (n,) or (n, m) float64
        One column or several.

    Returns
    -------
    (n,) or (n, m) float64
        What is left, orthogonal to the basis.
    """
    left: Floats = values - basis @ (basis.T @ values)
    return left - basis @ (basis.T @ left)  # once would leave rounding of the size of what was taken away
