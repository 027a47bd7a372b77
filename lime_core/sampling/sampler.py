"""What a sampler promises, and what samplers are made of.

Every sampler is prefix-stable, `sampler(n, d, seed)[:m]` equals `sampler(m, d, seed)`, so that more samples only add
rows: what the model has answered stays valid.  Row 0 is the full picture.

A sample and its complement, drawn as a pair, cancel every interaction of two superpixels (of any even number), which is
most of what makes an explanation move from seed to seed.  Such rows are not independent; `clusters` says which belong
together, and the error bars count each cluster as one draw.
"""

from __future__ import annotations

from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Clusters, Masks
from lime_core.knobs import Bounded


class Sampler(Protocol):
    """Draws masks (n, d) float32 in {0, 1}, row 0 all ones; the same (d, seed) gives the same rows for every n.

    Attributes
    ----------
    weighted : bool
        False where the kernel is in the law of the masks already, so that all samples count the same.
    """

    weighted: ClassVar[bool]

    def __call__(self, n: int, d: int, seed: int) -> Masks:
        """Draw masks, prefix-stable: fewer rows are the first of more.

        Parameters
        ----------
        n : int
            How many rows; where the sampler has a limit, no more than that come.
        d : int
            Number of superpixels.
        seed : int, not negative
            Another seed draws other masks.

        Returns
        -------
        (n, d) float32
            1 where a superpixel is shown, 0 where it is hidden; row 0 is the full picture.

        Raises
        ------
        TooManySuperpixels
            When the sampler cannot take so many.
        """
        ...

    def limit(self, d: int) -> int | None:
        """Say how many different rows there are, which is the most that a call returns.

        Parameters
        ----------
        d : int
            Number of superpixels.

        Returns
        -------
        int or None
            The number of rows; None where they never end.

        Raises
        ------
        TooManySuperpixels
            When there are so many that nobody could ask for them.
        """
        ...

    def clusters(self, n: int, d: int, seed: int) -> Clusters:
        """Say which rows were drawn together, prefix-stable; row 0 is alone.

        Parameters
        ----------
        n, d, seed : int
            Those of the call that drew the rows.

        Returns
        -------
        (n,) int64
            Never falling: the same number for rows that were drawn together.
        """
        ...


class Independent(Bounded):
    """Rows that know nothing of each other and never end."""

    weighted: ClassVar[bool] = True

    def limit(self, d: int) -> int | None:
        """Say that rows never end.

        Parameters
        ----------
        d : int
            Number of superpixels.

        Returns
        -------
        None
            As of `Sampler.limit`.
        """
        return None

    def clusters(self, n: int, d: int, seed: int) -> Clusters:
        """Say that each row is alone.

        Parameters
        ----------
        n, d, seed : int
            As of `Sampler.clusters`.

        Returns
        -------
        (n,) int64
            As of `Sampler.clusters`.
        """
        return np.arange(n)


class Paired(Independent):
    """Rows 1 and 2, 3 and 4, and so on are pairs."""

    def clusters(self, n: int, d: int, seed: int) -> Clusters:
        """Say which rows are pairs; row 0 is alone.

        Parameters
        ----------
        n, d, seed : int
            As of `Sampler.clusters`.

        Returns
        -------
        (n,) int64
            As of `Sampler.clusters`.
        """
        return (np.arange(n) + 1) // 2


def uniform(n: int, d: int, seed: int) -> NDArray[np.float64]:
    """Draw uniform numbers from a counter-based generator, filled row by row: prefix-stable.

    Parameters
    ----------
    n, d : int
        How many rows and columns.
    seed : int, not negative
        The key of the generator.

    Returns
    -------
    (n, d) float64
        Numbers in [0, 1).
    """
    return np.random.Generator(np.random.Philox(seed)).random((n, d))


def alternating(first: NDArray[np.bool_], second: NDArray[np.bool_], n: int) -> NDArray[np.bool_]:
    """Set a row for the full picture before the rows of both in turn.

    Parameters
    ----------
    first, second : (pairs, d) bool
        The two masks of each pair.
    n : int
        The most rows that are returned.

    Returns
    -------
    (n, d) bool
        Fewer rows where 1 + 2 · pairs is less than n.
    """
    pairs = np.stack([first, second], axis=1).reshape(-1, first.shape[1])
    return np.concatenate([np.ones((1, first.shape[1]), dtype=bool), pairs])[:n]


def with_full_picture(draws: np.ndarray) -> Masks:
    """Make masks of draws, and the full picture of row 0.

    Parameters
    ----------
    draws : (n, d) bool or numbers 0 and 1
        What is shown; it is copied.

    Returns
    -------
    (n, d) float32
        The masks; row 0 all ones.
    """
    masks = draws.astype(np.float32)
    masks[:1] = 1.0
    return masks
