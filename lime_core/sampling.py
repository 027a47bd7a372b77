"""Samplers: which superpixels each sample shows.

Every sampler is prefix-stable, `sampler(n, d, seed)[:m]` equals `sampler(m, d, seed)`, so that more samples only add
rows: what the model has answered stays valid.  Row 0 is the full picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lime_core.arrays import Masks
from lime_core.knobs import Bounded, knob, switch


class Sampler(Protocol):
    """Draws masks (n, d) float32 in {0, 1}, row 0 all ones; the same (d, seed) gives the same rows for every n."""

    def __call__(self, n: int, d: int, seed: int) -> Masks: ...


@dataclass(frozen=True)
class Bernoulli(Bounded):
    """Shows each superpixel with probability `p`, independently of the others."""

    p: float = knob(0.5, 0.05, 0.95, step=0.05, help="Share of the superpixels that a sample shows on average.")

    def __call__(self, n: int, d: int, seed: int) -> Masks:
        # A counter-based generator filled row by row: the first rows do not depend on how many follow.
        draws = np.random.Generator(np.random.Philox(seed)).random((n, d))
        return _with_full_picture(draws < self.p)


@dataclass(frozen=True)
class LimeMasks(Bounded):
    """The very masks that `lime` 0.2.0.1 draws with `LimeImageExplainer(random_state=seed)`.

    `lime` takes one number from its generator for the segmentation unless `explain_instance` is given a
    `random_seed`; `random_seed_given` says which of the two is to be matched.
    """

    random_seed_given: bool = switch(False, help="On, if lime's explain_instance was given its own random_seed.")

    def __call__(self, n: int, d: int, seed: int) -> Masks:
        state = np.random.RandomState(seed)
        if not self.random_seed_given:
            state.randint(0, high=1000)
        return _with_full_picture(state.randint(0, 2, n * d).reshape(n, d))


def _with_full_picture(draws: np.ndarray) -> Masks:
    masks = draws.astype(np.float32)
    masks[:1] = 1.0
    return masks


SAMPLERS: dict[str, type[Sampler]] = {"bernoulli": Bernoulli, "lime": LimeMasks}
