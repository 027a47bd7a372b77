"""Masks along an order: superpixels that go, or come, one after the other, or the first of them alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Clusters, Masks, read_only

Counts = NDArray[np.int64]
"""(m,) int64, numbers of superpixels."""
CURVES = ("deletion", "insertion")
"""What masks along an order are asked for."""


@dataclass(frozen=True)
class InOrder:
    """The masks of deletion and insertion, as a sampler; they are no samples of anything, so nothing is fitted to them.

    Row 0 is the full and row 1 the empty picture.  For each step between them follow the mask that hides the first
    superpixels of `order`, and its complement, which shows only these.  After this order come random ones, without end.

    Parameters
    ----------
    order : tuple of int
        (d,) every superpixel once, the first to go first.
    steps : int
        At most so many, evenly spaced in the number of superpixels.
    curves : tuple of str, default CURVES
        Those of `CURVES` that are asked for.
    """

    weighted: ClassVar[bool] = False

    order: tuple[int, ...]
    steps: int
    curves: tuple[str, ...] = CURVES

    @property
    def counts(self) -> Counts:
        """How many superpixels have gone at each step between none and all; coarse steps come first."""
        steps = min(self.steps, len(self.order))
        step = np.arange(1, steps)
        return step[np.argsort(-(step & -step), kind="stable")] * len(self.order) // steps

    def orders(self, number: int, seed: int) -> list[Counts]:
        """The order itself, and random ones after it.

        Parameters
        ----------
        number : int
            How many in all, at least 1.
        seed : int
            Of the random ones; the same seed gives the same ones, however many.

        Returns
        -------
        list of (d,) int64 array
            In each every superpixel once.
        """
        rng = np.random.Generator(np.random.Philox(seed))
        return [np.array(self.order), *(rng.permutation(len(self.order)) for _ in range(number - 1))]

    def rows(self, random_orders: int = 0) -> int:
        """How many masks there are with so many random orders.

        Parameters
        ----------
        random_orders : int, default 0
            Beside the order itself.

        Returns
        -------
        int
            Rows, the full and the empty picture among them.
        """
        return 2 + (1 + random_orders) * len(self.counts) * len(self.curves)

    def __call__(self, n: int, d: int, seed: int) -> Masks:
        if d != len(self.order):
            raise ValueError(f"d must be {len(self.order)}, the length of the order, got {d}")
        rows = [np.repeat([[True], [False]], d, axis=1)]
        for order in self.orders(-(-n // (self.rows() - 2)), seed):
            gone = np.argsort(order) < self.counts[:, None]
            pairs = [~gone if kind == "deletion" else gone for kind in self.curves]
            rows.append(np.stack(pairs, axis=1).reshape(-1, d))
        return np.concatenate(rows)[:n].astype(np.float32)

    def limit(self, d: int) -> int | None:
        """None: random orders never end, see `Sampler`."""
        return None

    def clusters(self, n: int, d: int, seed: int) -> Clusters:
        """(n,) each row by itself, see `Sampler`."""
        return np.arange(n)


@dataclass(frozen=True)
class InOrders:
    """The masks of deletion and insertion along several orders, each different one once; as a sampler, see `InOrder`.

    Parameters
    ----------
    orders : tuple of tuple of int
        Each (d,), every superpixel once, the first to go first.
    steps : int
        Of each order, see `InOrder`.
    """

    weighted: ClassVar[bool] = False

    orders: tuple[tuple[int, ...], ...]
    steps: int

    def __call__(self, n: int, d: int, seed: int) -> Masks:
        return self._distinct[:n]

    def limit(self, d: int) -> int:
        """How many different masks there are, see `Sampler`."""
        return len(self._distinct)

    def clusters(self, n: int, d: int, seed: int) -> Clusters:
        """(n,) each row by itself, see `Sampler`."""
        return np.arange(n)

    def rows(self, masks: Masks) -> NDArray[np.intp]:
        """Rows that masks have here.

        Parameters
        ----------
        masks : (n, d) float32 array
            Masks of any of the orders.

        Returns
        -------
        (n,) int array
            The row of each.

        Raises
        ------
        ValueError
            For a mask that has none.
        """
        rows = [self._places.get(mask, -1) for mask in _packed(masks)]
        if -1 in rows:
            raise ValueError("masks must be those of one of the orders")
        return np.array(rows, dtype=np.intp)

    @cached_property
    def _distinct(self) -> Masks:
        each = [InOrder(order, self.steps) for order in dict.fromkeys(self.orders)]
        masks = np.concatenate([sampler(sampler.rows(), len(sampler.order), 0) for sampler in each])
        first = {mask: row for row, mask in reversed(list(enumerate(_packed(masks))))}
        return read_only(masks[sorted(first.values())])

    @cached_property
    def _places(self) -> dict[bytes, int]:
        return {mask: row for row, mask in enumerate(_packed(self._distinct))}


@dataclass(frozen=True)
class FirstAlone:
    """Masks that show the first superpixels of an order and nothing else; as a sampler, see `InOrder`.

    No row is the full picture, unless it shows all.

    Parameters
    ----------
    order : tuple of int
        Different superpixels, the first to be shown first; one that is not in it is always shown.
    counts : tuple of int
        How many of them each row shows.
    """

    weighted: ClassVar[bool] = False

    order: tuple[int, ...]
    counts: tuple[int, ...]

    def __call__(self, n: int, d: int, seed: int) -> Masks:
        masks = np.ones((min(n, len(self.counts)), d), dtype=np.float32)
        for mask, count in zip(masks, self.counts, strict=False):
            mask[list(self.order[count:])] = 0
        return masks

    def limit(self, d: int) -> int:
        """One row for each count, see `Sampler`."""
        return len(self.counts)

    def clusters(self, n: int, d: int, seed: int) -> Clusters:
        """(n,) each row by itself, see `Sampler`."""
        return np.arange(n)


def _packed(masks: Masks) -> list[bytes]:
    """Bytes that are the same for the same mask."""
    return [row.tobytes() for row in np.packbits(masks > 0, axis=1)]
