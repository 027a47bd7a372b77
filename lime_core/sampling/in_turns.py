"""Rows of several segmentations of one picture, one of each in turn.

The columns are the superpixels of all segmentations, one after the other; a row hides superpixels of one segmentation
and shows all of the others.  So the rows of each segmentation, taken alone, are those that the sampler draws for it,
and the first rows of all are the first of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lime_core.arrays import Masks
from lime_core.sampling.sampler import Sampler

_STEP, _SEEDS = 0x9E3779B1, 2**31


def seed_of_member(seed: int, member: int) -> int:
    """Find the seed of one of several segmentations.

    With one seed for all the same places would be hidden together, for superpixels are numbered from the top, and the
    errors of the segmentations would not be independent.

    Parameters
    ----------
    seed : int in [0, 2³¹ - 1]
        That of the whole, and of the first.
    member : int, not negative
        Which of them.

    Returns
    -------
    int in [0, 2³¹ - 1]
        Different for each of them, and far from those of the seeds around.
    """
    return (seed + member * _STEP) % _SEEDS


@dataclass(frozen=True)
class InTurns:
    """A sampler that draws for several segmentations in turn.

    Parameters
    ----------
    sampler : Sampler
        Draws for each of them.
    counts : tuple of int
        How many superpixels each has.
    """

    sampler: Sampler
    counts: tuple[int, ...]

    def __call__(self, n: int, seed: int) -> Masks:
        """Draw masks, prefix-stable.

        Parameters
        ----------
        n : int
            How many rows, no more than the limit.
        seed : int in [0, 2³¹ - 1]
            That of the whole.

        Returns
        -------
        (n, sum of counts) float32
            1 where a superpixel is shown.  The first row of each segmentation is the full picture.

        Raises
        ------
        TooManySuperpixels
            When the sampler cannot take so many.
        """
        if len(self.counts) == 1:
            return self.sampler(n, self.counts[0], seed)
        masks = np.ones((n, sum(self.counts)), dtype=np.float32)
        for member, columns in enumerate(columns_of(self.counts)):
            rows = len(range(member, n, len(self.counts)))
            if rows:
                drawn = self.sampler(rows, self.counts[member], seed_of_member(seed, member))
                masks[member :: len(self.counts), columns] = drawn
        return masks

    def limit(self) -> int | None:
        """Say how many rows there are.

        Returns
        -------
        int or None
            As many of each as there are of the one that has the fewest; None where they never end.

        Raises
        ------
        TooManySuperpixels
            As `Sampler.limit`.
        """
        limits = [limit for d in self.counts if (limit := self.sampler.limit(d)) is not None]
        return min(limits) * len(self.counts) if limits else None


def columns_of(counts: Sequence[int]) -> list[slice]:
    """Find the columns of each segmentation.

    Parameters
    ----------
    counts : sequence of int
        How many superpixels each has.

    Returns
    -------
    list of slice
        One after the other.
    """
    ends = np.cumsum(counts).tolist()
    return [slice(end - count, end) for end, count in zip(ends, counts, strict=True)]
