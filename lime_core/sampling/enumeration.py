"""Enumeration: the sampler that shows every mask once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lime_core.arrays import Clusters, Masks
from lime_core.errors import TooManySuperpixels
from lime_core.sampling.sampler import Independent, uniform, with_full_picture

MAX_ENUMERATED = 12
"""The most superpixels of which all masks are asked: 4096 masks."""


@dataclass(frozen=True)
class Enumerate(Independent):
    """Every mask once: with all 2^d of them nothing is left to chance, and the seed changes nothing.

    After the full and the empty picture come pairs of complements in random order, so that fewer samples are antithetic
    ones without repeats.

    Raises
    ------
    TooManySuperpixels
        When called for more than `MAX_ENUMERATED` superpixels.
    """

    def limit(self, d: int) -> int:
        """Say how many masks there are.

        Parameters
        ----------
        d : int, at most `MAX_ENUMERATED`
            Number of superpixels.

        Returns
        -------
        int
            2^d.

        Raises
        ------
        TooManySuperpixels
            For more than `MAX_ENUMERATED` superpixels.
        """
        if d > MAX_ENUMERATED:
            raise TooManySuperpixels(
                f"All masks of {d} superpixels are too many to ask the model about; up to {MAX_ENUMERATED} superpixels "
                "are possible. Make them larger, for instance with a grid of 3 × 4, or take another sampler."
            )
        return 1 << d

    def __call__(self, n: int, d: int, seed: int) -> Masks:
        n = min(n, self.limit(d))
        # One mask of each pair shows superpixel 0, and the bits of its number say which others it hides.
        numbers = 1 + np.argsort(uniform((1 << d - 1) - 1, 1, seed)[:, 0])
        numbers = np.concatenate([[0], numbers])[: (n + 1) // 2]
        hiding = (numbers[:, None] << 1 >> np.arange(d) & 1).astype(bool)
        return with_full_picture(np.stack([~hiding, hiding], axis=1).reshape(-1, d)[:n])

    def clusters(self, n: int, d: int, seed: int) -> Clusters:
        """Say which rows are complements; the full and the empty picture are each alone.

        Parameters
        ----------
        n, d, seed : int
            As of `Sampler.clusters`.

        Returns
        -------
        (n,) int64
            As of `Sampler.clusters`.
        """
        numbers = (np.arange(n) + 2) // 2
        numbers[:1] = 0  # the full and the empty picture are no draws
        return numbers
