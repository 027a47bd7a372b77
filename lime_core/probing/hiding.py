"""Hiding: what stands where a superpixel is hidden (lime's `hide_color`).

A hiding makes one picture of the whole, once for each segmentation; samples take their hidden pixels from it.  No
choice is neutral: grey is a color too, black is an object to some models, and a mean leaves flat superpixels as they
were (see `Scene.inert`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from lime_core.arrays import Labels, Pixels, check_shape
from lime_core.knobs import Bounded, color, knob
from lime_core.roles import PlainFunction, Role


class Hiding(Protocol):
    """Makes the hidden picture (h, w, 3) uint8 from the picture (h, w, 3) uint8 and its labels (h, w)."""

    def __call__(self, image: Pixels, labels: Labels) -> Pixels:
        """Make the picture in which every superpixel is hidden.

        Parameters
        ----------
        image : (h, w, 3) uint8
            The crop that the model sees; it stays as it is.
        labels : (h, w) int32
            The superpixel of every pixel, 0..d-1.

        Returns
        -------
        (h, w, 3) uint8
            Samples take their hidden pixels from it.
        """
        ...


@dataclass(frozen=True)
class SuperpixelMean:
    """Each superpixel in its own mean color, rounded down to whole values as `lime` does (hide_color=None).

    References
    ----------
    Package `lime` 0.2.0.1, `lime_image.LimeImageExplainer.explain_instance`.
    """

    def __call__(self, image: Pixels, labels: Labels) -> Pixels:
        flat = labels.ravel()
        counts = np.bincount(flat)
        # Whole-number sums and floor division: the same truncation as lime's float mean put into uint8.
        sums = [np.bincount(flat, weights=image[..., c].ravel()).astype(np.int64) for c in range(3)]
        means = np.stack(sums, axis=1) // counts[:, None]
        return means.astype(np.uint8)[labels]


@dataclass(frozen=True)
class ImageMean:
    """The mean color of the whole picture, rounded down."""

    def __call__(self, image: Pixels, labels: Labels) -> Pixels:
        return np.broadcast_to(image.mean(axis=(0, 1)).astype(np.uint8), image.shape).copy()


@dataclass(frozen=True)
class Color(Bounded):
    """One color everywhere; black is `lime`'s hide_color=0.

    Parameters
    ----------
    color : three int in 0..255, default (0, 0, 0)
        Red, green and blue of the color that stands where a superpixel is hidden; as a tuple, a list or an array.  One
        number is a grey, and "#rrggbb" a color too.

    Raises
    ------
    ValueError
        For anything but whole numbers from 0 to 255, one or three.

    References
    ----------
    Package `lime` 0.2.0.1, `lime_image.LimeImageExplainer.explain_instance`.
    """

    color: tuple[int, int, int] = color((0, 0, 0), help="The color that stands where a superpixel is hidden.")

    def __call__(self, image: Pixels, labels: Labels) -> Pixels:
        return np.broadcast_to(np.array(self.color, dtype=np.uint8), image.shape).copy()


@dataclass(frozen=True)
class Blur(Bounded):
    """The picture itself, out of focus: colors stay, details go.

    Parameters
    ----------
    sigma : float in [1, 50], default 10
        Standard deviation of the Gaussian, in pixels of the model's view.

    Raises
    ------
    ValueError
        For a sigma outside of its range.

    References
    ----------
    SLICE (CVPR 2024) hides superpixels by a Gaussian blur too, and chooses its width by the fit.
    """

    sigma: float = knob(10.0, 1.0, 50.0, step=0.5, help="Standard deviation of the blur in pixels of the model's view.")

    def __call__(self, image: Pixels, labels: Labels) -> Pixels:
        blurred = gaussian_filter(image.astype(np.float64), sigma=(self.sigma, self.sigma, 0))
        return np.round(blurred).clip(0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Noise(Bounded):
    """Random pixels with the mean and the standard deviation that each channel has in the picture.

    Parameters
    ----------
    seed : int in [0, 2³¹ - 1], default 0
        Another seed draws other noise.

    Raises
    ------
    ValueError
        For a seed outside of its range.
    """

    seed: int = knob(0, 0, 2**31 - 1, step=1, help="Another seed draws other noise.")

    def __call__(self, image: Pixels, labels: Labels) -> Pixels:
        mean, spread = image.mean(axis=(0, 1)), image.std(axis=(0, 1))
        noise = np.random.default_rng(self.seed).normal(mean, spread, image.shape)
        return np.round(noise).clip(0, 255).astype(np.uint8)


@dataclass(frozen=True)
class FunctionHiding(PlainFunction):
    """A plain function as a hiding."""

    takes: ClassVar[tuple[str, ...]] = ("image", "labels")

    def __call__(self, image: Pixels, labels: Labels) -> Pixels:
        hidden: Pixels = np.asarray(self.function(image, labels))
        check_shape(f"the picture that the hiding {self.name!r} returns", hidden, *image.shape)
        if hidden.dtype != np.uint8:
            raise ValueError(f"the hiding {self.name!r} must return uint8 pixels, got {hidden.dtype}")
        return hidden


HIDINGS: dict[str, type[Hiding]] = {
    "superpixel_mean": SuperpixelMean,
    "image_mean": ImageMean,
    "color": Color,
    "blur": Blur,
    "noise": Noise,
}

_ROLE = Role("hiding", HIDINGS, function=FunctionHiding)

HidingLike = Hiding | str | int | Sequence[int] | type | NDArray[Any]
"""What `hiding_of` reads."""


def hiding_of(value: Any) -> Hiding:
    """Read what stands where a superpixel is hidden.

    Parameters
    ----------
    value : Hiding, str, int, three int or None
        An option, its name in `HIDINGS`, its class or a function (image, labels) -> picture; a color as of `Color`, so
        that 0 is black and 255 white; None for the mean of each superpixel, as in lime.

    Returns
    -------
    Hiding
        The option.

    Raises
    ------
    ValueError, TypeError
        For anything else; the message says what there is.
    """
    if value is None:
        return SuperpixelMean()
    if isinstance(value, int | float | list | tuple | np.ndarray | np.generic) or str(value)[:1] == "#":
        try:
            return Color(value)
        except ValueError as error:
            raise ValueError(f"hiding {str(error).removeprefix('Color: color ')}") from None
    return _ROLE.of(value)
