"""Samplers: which superpixels each sample shows.

Every sampler is prefix-stable, `sampler(n, d, seed)[:m]` equals `sampler(m, d, seed)`, so that more samples only add
rows: what the model has answered stays valid.  Row 0 is the full picture.

A sample and its complement, drawn as a pair, cancel every interaction of two superpixels (of any even number), which is
most of what makes an explanation move from seed to seed.  Such rows are not independent; `clusters` says which belong
together, and the error bars count each cluster as one draw.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Clusters, Masks
from lime_core.errors import TooManySuperpixels
from lime_core.knobs import Bounded, knob, switch
from lime_core.probing.hadamard import foldover_halves

MAX_ENUMERATED = 12
"""The most superpixels of which all masks are asked: 4096 masks."""

_SHARE_SHOWN = "Share of the superpixels that a sample shows on average."


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


class _Independent(Bounded):
    """Rows that know nothing of each other and never end."""

    weighted: ClassVar[bool] = True

    def limit(self, d: int) -> int | None:
        return None

    def clusters(self, n: int, d: int, seed: int) -> Clusters:
        return np.arange(n)


class _Paired(_Independent):
    """Rows 1 and 2, 3 and 4, and so on are pairs."""

    def clusters(self, n: int, d: int, seed: int) -> Clusters:
        return (np.arange(n) + 1) // 2


@dataclass(frozen=True)
class Bernoulli(_Independent):
    """Shows each superpixel with probability `p`, independently of the others."""

    p: float = knob(0.5, 0.05, 0.95, step=0.05, help=_SHARE_SHOWN)

    def __call__(self, n: int, d: int, seed: int) -> Masks:
        return _with_full_picture(_uniform(n, d, seed) < self.p)


@dataclass(frozen=True)
class Antithetic(_Paired):
    """Bernoulli masks in pairs made from the same random numbers u: one shows where u < p, the other where 1 - u < p.

    At p = 0.5 they are complements, which cancels all interactions of an even number of superpixels.  What is left of
    n samples is n / 2 draws: it takes more than twice as many samples as superpixels to gain from it.

    References
    ----------
    Covert, Lee (2021), "Improving KernelSHAP", pairs samples in this way.
    """

    p: float = knob(0.5, 0.05, 0.95, step=0.05, help=_SHARE_SHOWN)

    def __call__(self, n: int, d: int, seed: int) -> Masks:
        draws = _uniform(n // 2, d, seed)
        return _with_full_picture(_alternating(draws < self.p, 1.0 - draws < self.p, n))


@dataclass(frozen=True)
class FoldOver(_Paired):
    """Rows of Hadamard matrices, each followed by its complement; every superpixel is shown by half of the samples.

    Besides what pairs cancel, columns are balanced and uncorrelated from the first m pairs on, m the power of two that
    is at least d and 8, and interactions of three and four superpixels fade over m² pairs, see `designs`.  Each mask by
    itself is a Bernoulli(½) mask, so the explanation tends to the same weights.  Error bars take the pairs for
    independent, which hides what the rest of the balance gains: they are too wide, little for d > 30, severalfold for
    few superpixels and many samples.
    """

    def __call__(self, n: int, d: int, seed: int) -> Masks:
        halves = foldover_halves(n // 2, d, seed)
        return _with_full_picture(_alternating(halves, ~halves, n))


@dataclass(frozen=True)
class GlimeBinomial(_Independent):
    """LIME with the kernel exp(k / σ²) on the number k of superpixels shown, moved from the weights into the sampling.

    Masks with these weights are exactly Bernoulli(p) with p = 1 / (1 + exp(-1 / σ²)), so all samples count the same and
    none is wasted: in the limit of many samples the weights are those of LIME with `L2Kernel(width)` and σ² = 2 width²,
    where that kernel leaves next to no effective samples.  At p = 0.5 they are Banzhaf values.

    References
    ----------
    Tan, Tian, Li (2023), "GLIME: General, Stable and Local LIME Explanation", NeurIPS.
    """

    weighted: ClassVar[bool] = False
    p: float = knob(
        0.75,
        0.5,
        0.95,
        step=0.05,
        help="Share of the superpixels that a sample shows on average: larger explains closer to the full picture.",
    )

    @property
    def sigma(self) -> float:
        """The width σ of the paper; infinite at p = 0.5."""
        odds = math.log(self.p / (1.0 - self.p))
        return 1.0 / math.sqrt(odds) if odds > 0 else math.inf

    def __call__(self, n: int, d: int, seed: int) -> Masks:
        return _with_full_picture(_uniform(n, d, seed) < self.p)


@dataclass(frozen=True)
class UniformK(_Independent):
    """Shows any number of superpixels, from none to all, equally often: each sample draws its own share first.

    Nearly empty and nearly full pictures then count as much as half full ones, which is another target than LIME's;
    the kernel applies to it as usual.

    References
    ----------
    The sampling of Rashid et al. (2024), "Using Stratified Sampling to Improve LIME Image Explanations", AAAI; their
    correction of the weights is left out.
    """

    def __call__(self, n: int, d: int, seed: int) -> Masks:
        draws = _uniform(n, d + 1, seed)
        return _with_full_picture(draws[:, 1:] < draws[:, :1])


@dataclass(frozen=True)
class Enumerate(_Independent):
    """Every mask once: with all 2^d of them nothing is left to chance, and the seed changes nothing.

    After the full and the empty picture come pairs of complements in random order, so that fewer samples are antithetic
    ones without repeats.

    Raises
    ------
    TooManySuperpixels
        for more than `MAX_ENUMERATED` superpixels.
    """

    def limit(self, d: int) -> int | None:
        if d > MAX_ENUMERATED:
            raise TooManySuperpixels(
                f"All masks of {d} superpixels are too many to ask the model about; up to {MAX_ENUMERATED} superpixels "
                "are possible. Make them larger, for instance with a grid of 3 × 4, or take another sampler."
            )
        return 1 << d

    def __call__(self, n: int, d: int, seed: int) -> Masks:
        n = min(n, self.limit(d) or n)
        # One mask of each pair shows superpixel 0, and the bits of its number say which others it hides.
        numbers = 1 + np.argsort(_uniform((1 << d - 1) - 1, 1, seed)[:, 0])
        numbers = np.concatenate([[0], numbers])[: (n + 1) // 2]
        hiding = (numbers[:, None] << 1 >> np.arange(d) & 1).astype(bool)
        return _with_full_picture(np.stack([~hiding, hiding], axis=1).reshape(-1, d)[:n])

    def clusters(self, n: int, d: int, seed: int) -> Clusters:
        numbers = (np.arange(n) + 2) // 2
        numbers[:1] = 0  # the full and the empty picture are no draws
        return numbers


@dataclass(frozen=True)
class LimeMasks(_Independent):
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


def _uniform(n: int, d: int, seed: int) -> NDArray[np.float64]:
    """(n, d) in [0, 1), from a counter-based generator filled row by row: prefix-stable."""
    return np.random.Generator(np.random.Philox(seed)).random((n, d))


def _alternating(first: NDArray[np.bool_], second: NDArray[np.bool_], n: int) -> NDArray[np.bool_]:
    """(n, d) a row for the full picture, then the rows of both in turn."""
    pairs = np.stack([first, second], axis=1).reshape(-1, first.shape[1])
    return np.concatenate([np.ones((1, first.shape[1]), dtype=bool), pairs])[:n]


def _with_full_picture(draws: np.ndarray) -> Masks:
    masks = draws.astype(np.float32)
    masks[:1] = 1.0
    return masks


SAMPLERS: dict[str, type[Sampler]] = {
    "bernoulli": Bernoulli,
    "foldover": FoldOver,
    "antithetic": Antithetic,
    "glime_binomial": GlimeBinomial,
    "uniform_k": UniformK,
    "enumerate": Enumerate,
    "lime": LimeMasks,
}
