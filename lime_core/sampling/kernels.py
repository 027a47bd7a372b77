"""Kernels: how much a sample counts, by how close it is to the full picture.

Widths of different packages do not compare: `lime` takes the square root of the exponential, GLIME does not, Captum
and Xplique measure on pixels.  Here the distance is always between masks, and the weight exp(-D² / (2 width²)).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from lime_core.arrays import Floats, Masks, SampleWeights, check_shape
from lime_core.knobs import Bounded, knob
from lime_core.roles import PlainFunction, Role


class Kernel(Protocol):
    """Weights (n,) in [0, 1] for masks (n, d); 1 for the full picture."""

    def __call__(self, masks: Masks) -> SampleWeights:
        """Weigh each mask by how close it is to the full picture.

        Parameters
        ----------
        masks : (n, d) float32
            1 where a superpixel is shown, 0 where it is hidden.

        Returns
        -------
        (n,) float64
            Weights in [0, 1], without a unit; 1 for the full picture.
        """
        ...


@dataclass(frozen=True)
class CosineKernel(Bounded):
    """Exponential kernel on the cosine distance between a mask and the full picture, as in `lime`.

    The distance of a mask that shows k of d superpixels is D = 1 - sqrt(k / d), and 1 for an empty mask; its weight
    is sqrt(exp(-D² / width²)).  At the default width the weights are nearly equal once d > 50: "local" then means
    "around half of the picture", not "near the full one".

    Parameters
    ----------
    width : float in [0.01, 10], default 0.25
        Width of the kernel, in units of the cosine distance: smaller trusts samples near the picture more.

    Raises
    ------
    ValueError
        For a width outside of its range.

    References
    ----------
    Ribeiro, Singh, Guestrin (2016), "Why should I trust you?"; the square root is `lime_image`'s own.
    """

    width: float = knob(0.25, 0.01, 10.0, step=0.01, help="Smaller trusts samples near the picture more.", log=True)

    def __call__(self, masks: Masks) -> SampleWeights:
        return np.exp(-((self.distance(masks) / self.width) ** 2) / 2.0)

    def distance(self, masks: Masks) -> Floats:
        """Measure how far each mask is from the full picture, whatever the width.

        Parameters
        ----------
        masks : (n, d) float32
            As of `Kernel`.

        Returns
        -------
        (n,) float64
            Cosine distances, in [0, 1].
        """
        return np.asarray(1.0 - np.sqrt(masks.mean(axis=1, dtype=np.float64)))


@dataclass(frozen=True)
class L2Kernel(Bounded):
    """Exponential kernel on the Euclidean distance, `lime`'s distance_metric="l2": D² is the number hidden.

    Below a width of about 1 nearly all samples weigh nothing, since a sample hides half of the superpixels: watch the
    effective number of samples.

    Parameters
    ----------
    width : float in [0.1, 50], default 5
        Width of the kernel, in units of the Euclidean distance: smaller trusts samples near the picture more.

    Raises
    ------
    ValueError
        For a width outside of its range.

    References
    ----------
    Tan, Tian, Li (2023), "GLIME: General, Stable and Local LIME Explanation", NeurIPS, on how its weights vanish.
    """

    width: float = knob(5.0, 0.1, 50.0, step=0.1, help="Smaller trusts samples near the picture more.", log=True)

    def __call__(self, masks: Masks) -> SampleWeights:
        return np.exp(-self._hidden(masks) / (2.0 * self.width**2))

    def distance(self, masks: Masks) -> Floats:
        """Measure how far each mask is from the full picture, whatever the width.

        Parameters
        ----------
        masks : (n, d) float32
            As of `Kernel`.

        Returns
        -------
        (n,) float64
            Euclidean distances: of zeros and ones the root of how many are hidden.
        """
        return np.sqrt(self._hidden(masks))

    @staticmethod
    def _hidden(masks: Masks) -> Floats:
        return np.asarray(((1.0 - masks.astype(np.float64)) ** 2).sum(axis=1))


@dataclass(frozen=True)
class CosineSimilarity:
    """The cosine similarity between a mask and the full picture itself, sqrt(k / d) where k of d superpixels are shown.

    An empty mask weighs nothing, where R's `lime` divides by zero.

    References
    ----------
    R package `lime` (Pedersen, Benesty), `explain.imagefile`, which has no width for photos.
    """

    def __call__(self, masks: Masks) -> SampleWeights:
        return np.sqrt(masks.mean(axis=1, dtype=np.float64))


@dataclass(frozen=True)
class NoKernel:
    """Every sample counts the same."""

    def __call__(self, masks: Masks) -> SampleWeights:
        return np.ones(len(masks))


@dataclass(frozen=True)
class FunctionKernel(PlainFunction):
    """A plain function as a kernel."""

    takes: ClassVar[tuple[str, ...]] = ("masks",)

    def __call__(self, masks: Masks) -> SampleWeights:
        weights: SampleWeights = np.asarray(self.function(masks))
        check_shape(f"the weights that the kernel {self.name!r} returns", weights, len(masks))
        if weights.dtype.kind not in "fiub" or not np.isfinite(weights).all() or weights.min() < 0 or not weights.any():
            raise ValueError(f"the kernel {self.name!r} must return finite weights of at least 0, and some above it")
        return weights.astype(np.float64)


KERNELS: dict[str, type[Kernel]] = {
    "cosine": CosineKernel,
    "cosine_similarity": CosineSimilarity,
    "l2": L2Kernel,
    "none": NoKernel,
}

_ROLE = Role("kernel", KERNELS, function=FunctionKernel)

KernelLike = Kernel | str | type
"""What `kernel_of` reads."""


def kernel_of(value: Any) -> Kernel:
    """Read what weighs the samples.

    Parameters
    ----------
    value : Kernel, str or None
        An option, its name in `KERNELS`, its class or a function masks -> weights; None for `CosineKernel()`, as in
        lime.

    Returns
    -------
    Kernel
        The option.

    Raises
    ------
    ValueError, TypeError
        For anything else; the message says what there is.
    """
    return CosineKernel() if value is None else _ROLE.of(value)
