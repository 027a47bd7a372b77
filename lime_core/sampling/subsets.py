"""Masks of random subsets: a few superpixels that are shown beside a top, or a share of all that is hidden."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate, combinations
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Masks
from lime_core.sampling.sampler import Independent, uniform, with_full_picture

MAX_LISTED = 4096
"""The most subsets that are listed, so that each comes once; of more each row draws its own."""

UNDRAWN = 2
"""Rows before those that are drawn: the full picture, and the top alone."""

_OWN = 2**31
"""Added to the seed: the top was found with numbers of seeds below that, and what is drawn must not depend on it."""


@dataclass(frozen=True)
class BesideTop(Independent):
    """The masks of soft stability, as a sampler; they are no samples of a neighborhood, so nothing is fitted to them.

    Row 0 is the full picture and row 1 the top alone.  Every row after them shows the top and a subset of the others
    with `r` at most, all such subsets being as likely: there are more large ones, so most rows have r or nearly.  Up to
    `MAX_LISTED` subsets come once each, in random order, and then the rows end.

    Parameters
    ----------
    top : tuple of int
        Superpixels that are always shown, each once; in rising order, so that one set has one spec.
    r : int, not negative
        The most that are shown beside them, at most as many as there are others.
    """

    weighted: ClassVar[bool] = False

    top: tuple[int, ...]
    r: int

    def subsets(self, d: int) -> int:
        """Count the subsets of the others that a row may show.

        Parameters
        ----------
        d : int
            Number of superpixels, those of the top among them.

        Returns
        -------
        int
            The sum of C(d - k, s) over the sizes s = 0..r, for k superpixels in the top.
        """
        return sum(self._ways(d))

    def limit(self, d: int) -> int | None:
        """Say how many rows there are where the subsets are listed; others never end.

        Parameters
        ----------
        d : int
            Number of superpixels.

        Returns
        -------
        int or None
            As of `Sampler.limit`.
        """
        subsets = self.subsets(d)
        return UNDRAWN + subsets if subsets <= MAX_LISTED else None

    def __call__(self, n: int, d: int, seed: int) -> Masks:
        others = np.setdiff1d(np.arange(d), self.top)
        draw = self._drawn if self.limit(d) is None else self._listed
        beside = draw(max(0, n - UNDRAWN), d, seed)
        masks = np.ones((UNDRAWN + len(beside), d))
        masks[1, others] = 0
        masks[UNDRAWN:, others] = beside
        return with_full_picture(masks[:n])

    def _ways(self, d: int) -> list[int]:
        """How many subsets there are of each size 0..r."""
        return [math.comb(d - len(self.top), size) for size in range(self.r + 1)]

    def _listed(self, n: int, d: int, seed: int) -> NDArray[np.bool_]:
        """(m, d - k) the first n of all subsets in random order, or all of them."""
        others = d - len(self.top)
        every = np.zeros((self.subsets(d), others), dtype=bool)
        subsets = (subset for size in range(self.r + 1) for subset in combinations(range(others), size))
        for row, subset in zip(every, subsets, strict=True):
            row[list(subset)] = True
        return every[np.argsort(uniform(len(every), 1, _OWN + seed)[:, 0])[:n]]

    def _drawn(self, n: int, d: int, seed: int) -> NDArray[np.bool_]:
        """(n, d - k) subsets, each drawn by itself: first its size, then which ones."""
        ways = self._ways(d)
        total = sum(ways)  # of any size, so shares are taken of whole numbers
        shares = np.array([up_to / total for up_to in accumulate(ways)])
        draws = uniform(n, 1 + d - len(self.top), _OWN + seed)
        sizes = np.searchsorted(shares, draws[:, :1], side="right")
        return np.argsort(np.argsort(draws[:, 1:], axis=1), axis=1) < sizes


@dataclass(frozen=True)
class HiddenShare(Independent):
    """The masks of fidelity, as a sampler; they are no samples of a neighborhood, so nothing is fitted to them.

    Row 0 is the full picture.  Every row after it hides the same number of superpixels, all subsets of that size being
    as likely, whatever came before.

    Parameters
    ----------
    share : float in (0, 1)
        Share of the superpixels that a row hides; rounded to whole ones, at least one and not all.
    bordered : bool, default False
        Whether the last superpixel is a border, which is always shown and counts for nothing.
    """

    weighted: ClassVar[bool] = False

    share: float
    bordered: bool = False

    def size(self, d: int) -> int:
        """Say how many superpixels a row hides.

        Parameters
        ----------
        d : int
            Number of superpixels, at least 2 beside the border.

        Returns
        -------
        int
            1..d-1, without the border.
        """
        others = d - self.bordered
        return min(max(1, round(self.share * others)), others - 1)

    def __call__(self, n: int, d: int, seed: int) -> Masks:
        draws = uniform(n, d - self.bordered, _OWN + seed)
        shown = np.ones((n, d), dtype=bool)
        shown[:, : d - self.bordered] = np.argsort(np.argsort(draws, axis=1), axis=1) >= self.size(d)
        return with_full_picture(shown)
