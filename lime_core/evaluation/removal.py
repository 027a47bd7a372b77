"""Which masks deletion and insertion ask for: superpixels that go, or come, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Clusters, Masks, read_only
from lime_core.evaluation.agreement import RANKINGS
from lime_core.explanation.explanation import Explanation
from lime_core.knobs import Bounded, choice, knob
from lime_core.probing.hiding import Hiding
from lime_core.probing.spec import ProbeSpec
from lime_core.sampling.samplers import Bernoulli

Counts = NDArray[np.int64]
CURVES = ("deletion", "insertion")


@dataclass(frozen=True)
class InOrder:
    """The masks of deletion and insertion, as a sampler; they are no samples of anything, so nothing is fitted to them.

    Row 0 is the full and row 1 the empty picture.  For each step between them follow the mask that hides the first
    superpixels of `order`, and its complement, which shows only these.  After this order come random ones, without end.

    order : (d,) every superpixel once
    steps : at most so many, evenly spaced in the number of superpixels
    curves : those of `CURVES` that are asked for
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
        """The order itself and random ones, so many in all, each (d,)."""
        rng = np.random.Generator(np.random.Philox(seed))
        return [np.array(self.order), *(rng.permutation(len(self.order)) for _ in range(number - 1))]

    def rows(self, random_orders: int = 0) -> int:
        """How many masks there are with so many random orders."""
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
        return None

    def clusters(self, n: int, d: int, seed: int) -> Clusters:
        return np.arange(n)


@dataclass(frozen=True)
class InOrders:
    """The masks of deletion and insertion along several orders, each different one once; as a sampler, see `InOrder`.

    orders : each (d,), every superpixel once
    steps : of each order
    """

    weighted: ClassVar[bool] = False

    orders: tuple[tuple[int, ...], ...]
    steps: int

    def __call__(self, n: int, d: int, seed: int) -> Masks:
        return self._distinct[:n]

    def limit(self, d: int) -> int:
        return len(self._distinct)

    def clusters(self, n: int, d: int, seed: int) -> Clusters:
        return np.arange(n)

    def rows(self, masks: Masks) -> NDArray[np.intp]:
        """(n,) the row that each of these masks (n, d) has here.  Raises ValueError for one that has none."""
        found = [self._places.get(mask, -1) for mask in _packed(masks)]
        if -1 in found:
            raise ValueError("masks must be those of one of the orders")
        return np.array(found, dtype=np.intp)

    @cached_property
    def _distinct(self) -> Masks:
        each = [InOrder(order, self.steps) for order in dict.fromkeys(self.orders)]
        masks = np.concatenate([sampler(sampler.rows(), len(sampler.order), 0) for sampler in each])
        first = {mask: row for row, mask in reversed(list(enumerate(_packed(masks))))}
        return read_only(masks[sorted(first.values())])

    @cached_property
    def _places(self) -> dict[bytes, int]:
        return {mask: row for row, mask in enumerate(_packed(self._distinct))}


def _packed(masks: Masks) -> list[bytes]:
    """The same bytes for the same mask."""
    return [row.tobytes() for row in np.packbits(masks > 0, axis=1)]


@dataclass(frozen=True)
class Removal(Bounded):
    """In which order superpixels go, in how many steps, and what stands in their place.

    ranking : "signed" by weight, with weights of zero between those for the class and those against it; "absolute" by
        |weight|.  Of equal ones the lower id goes first.  A tree's importances rank the same either way
    hiding : None takes the explanation's
    """

    ranking: str = choice(
        "signed", RANKINGS, help="Start with what speaks most for the class, or with what is strongest either way."
    )
    steps: int = knob(100, 2, 400, step=1, help="Most steps on the way; each asks the model about two pictures.")
    hiding: Hiding | None = None

    def spec(self, e: Explanation, curves: tuple[str, ...] = CURVES) -> ProbeSpec:
        """What to ask for; its seed is that of the random orders."""
        sampler = InOrder(order_of(e, self.ranking), self.steps, curves)
        return replace(e.spec, sampler=sampler, hiding=self.hiding or e.spec.hiding, seed=0)

    def spec_of_all(self, explanations: Sequence[Explanation]) -> ProbeSpec:
        """What to ask for several explanations of one scene; pictures that they share are asked for once.

        Raises ValueError for none, or for explanations of different scenes.
        """
        if len({replace(e.spec, sampler=Bernoulli(), seed=0) for e in explanations}) != 1:
            raise ValueError("explanations must be at least one, and all of the same picture, model and superpixels")
        orders = tuple(dict.fromkeys(order_of(e, self.ranking) for e in explanations))
        spec, sampler = explanations[0].spec, InOrders(orders, self.steps)
        return replace(spec, sampler=sampler, hiding=self.hiding or spec.hiding, seed=0)

    def rows(self, e: Explanation, random_orders: int = 0) -> int:
        """How many pictures that is: twice the steps, and two less than that again for each random order."""
        return InOrder(order_of(e, self.ranking), self.steps).rows(random_orders)


def order_of(e: Explanation, ranking: str) -> tuple[int, ...]:
    """All superpixels, the first to go first."""
    strength = np.abs(e.weights) if ranking == "absolute" else e.weights
    return tuple(np.argsort(-strength, kind="stable").tolist())
