"""Quickshift, whose tree is kept: where it is cut is a matter of milliseconds."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from skimage import segmentation as skimage_segmentation

from lime_core.arrays import Pixels, numbered, read_only
from lime_core.devices.density_tree import density_tree, fitting_device
from lime_core.errors import DeviceLost
from lime_core.knobs import Bounded, knob


@dataclass(frozen=True)
class Quickshift(Bounded):
    """Follows the density of color and place uphill; with these defaults the superpixels are those of `lime`.

    scikit-image breaks ties with a fixed seed of its own, so the same picture always gives the same superpixels.

    Parameters
    ----------
    kernel_size : float in [1, 20], default 4
        Width of the Gaussian that the density is taken with, in pixels: larger gives fewer, larger superpixels.
    max_dist : float in [1, 500], default 200
        Parts that are no farther apart than this, in color and place, can be joined: larger gives fewer superpixels.
    ratio : float in [0, 1], default 0.2
        Towards 1 color counts more, towards 0 place counts more.
    sigma : float in [0, 5], default 0
        Standard deviation of the blur before the picture is cut, in pixels.

    Raises
    ------
    ValueError
        For a setting outside of its range.

    References
    ----------
    Vedaldi, Soatto (2008), "Quick shift and kernel methods for mode seeking", ECCV; scikit-image's.
    """

    to_get_more: ClassVar[str] = "Lower max_dist or kernel_size, or take another segmentation."

    kernel_size: float = knob(4.0, 1.0, 20.0, step=0.5, help="Larger smooths more: fewer, larger superpixels.")
    max_dist: float = knob(200.0, 1.0, 500.0, step=1.0, help="Larger joins more distant parts: fewer superpixels.")
    ratio: float = knob(0.2, 0.0, 1.0, step=0.05, help="Towards 1 color counts more, towards 0 place counts more.")
    sigma: float = knob(0.0, 0.0, 5.0, step=0.5, help="Blurs the picture before it is cut.")

    def __call__(self, image: Pixels) -> NDArray[Any]:
        # `max_dist` only cuts a finished tree, which takes a hundredth of the time that it takes to grow.
        tree = _tree if image.size <= _KEPT else _tree.__wrapped__
        parents, distances = tree(
            image.tobytes(), image.dtype.str, image.shape, self.kernel_size, self.ratio, self.sigma
        )
        places = np.arange(parents.size)
        roots = np.where(distances > self.max_dist, places, parents)
        while not np.array_equal(further := roots[roots], roots):
            roots = further
        return numbered(roots.reshape(image.shape[:2]))[1].astype(np.int64)  # as scikit-image's


_KEPT = 3 * 512 * 512
"""Values of the largest picture whose tree is kept; of any dtype, for `lime`'s notebooks have floats."""


@lru_cache(maxsize=16)
def _tree(
    pixels: bytes, dtype: str, shape: tuple[int, ...], kernel_size: float, ratio: float, sigma: float
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """(h·w,) parent of every pixel uphill, as its place, and how far away that is."""
    image, device = np.frombuffer(pixels, dtype=dtype).reshape(shape), fitting_device()
    if device and image.dtype == np.uint8 and shape[2:] == (3,):
        with suppress(
            RuntimeError, DeviceLost
        ):  # it has no memory left, or has failed: the processor grows the same tree
            parents, distances = density_tree(image, kernel_size, ratio, sigma, device)
            return read_only(parents), read_only(distances)
    _, parents, distances = skimage_segmentation.quickshift(
        image,
        kernel_size=kernel_size,
        ratio=ratio,
        sigma=sigma,
        return_tree=True,
    )
    return read_only(np.asarray(parents).ravel()), read_only(np.asarray(distances).ravel())
