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

    weighted : False where the kernel is in the law of the masks already, so that all samples count the same
    limit(d) : how many different rows there are, which is the most that a call returns; None where rows never end
    clusters(n, d, seed) : (n,) which rows were drawn together; prefix-stable, and row 0 is alone
    """

    weighted: ClassVar[bool]

    def __call__(self, n: int, d: int, seed: int) -> Masks: ...

    def limit(self, d: int) -> int | None: ...

    def clusters(self, n: int, d: int, seed: int) -> Clusters: ...


class Independent(Bounded):
    """Rows that know nothing of each other and never end."""

    weighted: ClassVar[bool] = True

    def limit(self, d: int) -> int | None:
        return None

    def clusters(self, n: int, d: int, seed: int) -> Clusters:
        return np.arange(n)


class Paired(Independent):
    """Rows 1 and 2, 3 and 4, and so on are pairs."""

    def clusters(self, n: int, d: int, seed: int) -> Clusters:
        return (np.arange(n) + 1) // 2


def uniform(n: int, d: int, seed: int) -> NDArray[np.float64]:
    """(n, d) in [0, 1), from a counter-based generator filled row by row: prefix-stable."""
    return np.random.Generator(np.random.Philox(seed)).random((n, d))


def alternating(first: NDArray[np.bool_], second: NDArray[np.bool_], n: int) -> NDArray[np.bool_]:
    """(n, d) a row for the full picture, then the rows of both in turn."""
    pairs = np.stack([first, second], axis=1).reshape(-1, first.shape[1])
    return np.concatenate([np.ones((1, first.shape[1]), dtype=bool), pairs])[:n]


def with_full_picture(draws: np.ndarray) -> Masks:
    masks = draws.astype(np.float32)
    masks[:1] = 1.0
    return masks
