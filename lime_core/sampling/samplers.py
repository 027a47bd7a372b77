"""Samplers: which superpixels each sample shows; each a law of masks with its own virtues.

What every one of them promises is in `sampler`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Masks
from lime_core.knobs import knob, switch
from lime_core.roles import Role
from lime_core.sampling.enumeration import Enumerate
from lime_core.sampling.hadamard import foldover_halves
from lime_core.sampling.sampler import Independent, Paired, Sampler, alternating, uniform, with_full_picture

_SHARE_SHOWN = "Share of the superpixels that a sample shows on average."


@dataclass(frozen=True)
class Bernoulli(Independent):
    """Shows each superpixel with probability `p`, independently of the others.

    Parameters
    ----------
    p : float in [0.05, 0.95], default 0.5
        Share of the superpixels that a sample shows on average.

    Raises
    ------
    ValueError
        For a `p` outside of its range.

    References
    ----------
    Ribeiro, Singh, Guestrin (2016), "Why should I trust you?", KDD: the sampling of `lime`, with p = 0.5.
    """

    p: float = knob(0.5, 0.05, 0.95, step=0.05, help=_SHARE_SHOWN)

    def __call__(self, n: int, d: int, seed: int) -> Masks:
        return with_full_picture(uniform(n, d, seed) < self.p)


@dataclass(frozen=True)
class Antithetic(Paired):
    """Bernoulli masks in pairs made from the same random numbers u: one shows where u < p, the other where 1 - u < p.

    At p = 0.5 they are complements, which cancels all interactions of an even number of superpixels.  What is left of
    n samples is n / 2 draws: it takes more than twice as many samples as superpixels to gain from it.

    Parameters
    ----------
    p : float in [0.05, 0.95], default 0.5
        Share of the superpixels that a sample shows on average.

    Raises
    ------
    ValueError
        For a `p` outside of its range.

    References
    ----------
    Covert, Lee (2021), "Improving KernelSHAP", pairs samples in this way.
    """

    p: float = knob(0.5, 0.05, 0.95, step=0.05, help=_SHARE_SHOWN)

    def __call__(self, n: int, d: int, seed: int) -> Masks:
        draws = uniform(n // 2, d, seed)
        return with_full_picture(alternating(draws < self.p, 1.0 - draws < self.p, n))


@dataclass(frozen=True)
class FoldOver(Paired):
    """Rows of Hadamard matrices, each followed by its complement; every superpixel is shown by half of the samples.

    Besides what pairs cancel, columns are balanced and uncorrelated from the first m pairs on, m the power of two that
    is at least d and 8, and interactions of three and four superpixels fade over m² pairs, see `hadamard`.  Each mask
    by itself is a Bernoulli(½) mask, so the explanation tends to the same weights.  Error bars take the pairs for
    independent, which hides what the rest of the balance gains: they are too wide, little for d > 30, severalfold for
    few superpixels and many samples.

    Raises
    ------
    TooManySuperpixels
        When called for more than 2048 superpixels.

    References
    ----------
    Bose, Ray-Chaudhuri (1960); Hedayat, Sloane, Stufken (1999), "Orthogonal Arrays", section 5; see `hadamard`.
    """

    def __call__(self, n: int, d: int, seed: int) -> Masks:
        halves = foldover_halves(n // 2, d, seed)
        return with_full_picture(alternating(halves, ~halves, n))


@dataclass(frozen=True)
class GlimeBinomial(Independent):
    """LIME with the kernel exp(k / σ²) on the number k of superpixels shown, moved from the weights into the sampling.

    Masks with these weights are exactly Bernoulli(p) with p = 1 / (1 + exp(-1 / σ²)), so all samples count the same and
    none is wasted: in the limit of many samples the weights are those of LIME with `L2Kernel(width)` and σ² = 2 width²,
    where that kernel leaves next to no effective samples.  At p = 0.5 they are Banzhaf values.

    Parameters
    ----------
    p : float in [0.5, 0.95], default 0.75
        Share of the superpixels that a sample shows on average: larger explains closer to the full picture.

    Raises
    ------
    ValueError
        For a `p` outside of its range.

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
        """The width σ > 0 of the paper, the root of a number of superpixels; infinite at p = 0.5."""
        odds = math.log(self.p / (1.0 - self.p))
        return 1.0 / math.sqrt(odds) if odds > 0 else math.inf

    def __call__(self, n: int, d: int, seed: int) -> Masks:
        return with_full_picture(uniform(n, d, seed) < self.p)


@dataclass(frozen=True)
class UniformK(Independent):
    """Shows any number of superpixels, from none to all, equally often: each sample draws its own share first.

    Nearly empty and nearly full pictures then count as much as half full ones, which is another target than LIME's;
    the kernel applies to it as usual.

    References
    ----------
    The sampling of Rashid et al. (2024), "Using Stratified Sampling to Improve LIME Image Explanations", AAAI; their
    correction of the weights is left out.
    """

    def __call__(self, n: int, d: int, seed: int) -> Masks:
        draws = uniform(n, d + 1, seed)
        return with_full_picture(draws[:, 1:] < draws[:, :1])


@dataclass(frozen=True)
class LimeMasks(Independent):
    """The very masks that `lime` 0.2.0.1 draws with `LimeImageExplainer(random_state=seed)`.

    `lime` takes one number from its generator for the segmentation unless `explain_instance` is given a
    `random_seed`; `random_seed_given` says which of the two is to be matched.

    Parameters
    ----------
    random_seed_given : bool, default False
        True if lime's `explain_instance` was given its own `random_seed`.

    Raises
    ------
    ValueError
        For a `random_seed_given` that is no bool.

    References
    ----------
    Package `lime` 0.2.0.1, `lime_image.LimeImageExplainer.data_labels`.
    """

    random_seed_given: bool = switch(False, help="On, if lime's explain_instance was given its own random_seed.")

    def __call__(self, n: int, d: int, seed: int) -> Masks:
        state = np.random.RandomState(seed)
        if not self.random_seed_given:
            state.randint(0, high=1000)
        return with_full_picture(lime_draws(state, n, d))


def lime_draws(state: np.random.RandomState, n: int, d: int) -> NDArray[np.integer]:
    """Draw masks as `lime` does, with a generator that goes on.

    Parameters
    ----------
    state : numpy.random.RandomState
        `lime`'s random_state.
    n, d : int
        How many samples and superpixels.

    Returns
    -------
    (n, d) integers
        1 where a superpixel is shown, 0 where it is hidden; row 0 is the full picture.
    """
    masks = state.randint(0, 2, n * d).reshape(n, d)
    masks[:1] = 1
    return masks


SAMPLERS: dict[str, type[Sampler]] = {
    "foldover": FoldOver,
    "bernoulli": Bernoulli,
    "antithetic": Antithetic,
    "glime_binomial": GlimeBinomial,
    "uniform_k": UniformK,
    "enumerate": Enumerate,
    "lime": LimeMasks,
}

_ROLE = Role("sampler", SAMPLERS, ("weighted", "limit", "clusters"))

SamplerLike = Sampler | str | type
"""What `sampler_of` reads."""


def sampler_of(value: Any) -> Sampler:
    """Read what draws the masks.

    Parameters
    ----------
    value : Sampler, str or None
        An option, its name in `SAMPLERS` or its class; None for `FoldOver()`.

    Returns
    -------
    Sampler
        The option.

    Raises
    ------
    ValueError, TypeError
        For anything else; the message says what there is.
    """
    return FoldOver() if value is None else _ROLE.of(value)
