"""Quickshift's tree on a GPU: the one that scikit-image grows on a core of the processor, tens of times faster.

A pixel's density is the sum of a Gaussian of the distance, in color and place, to every pixel of a window; its parent
is the nearest pixel of the window that is denser.  Here one row of the window is compared at a time, for all pixels of
the picture at once.  The arithmetic is scikit-image's, in float64 and with its noise against ties; the sums are taken
in another order, which changes a density by some 1e-15 where the noise has 1e-5.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from skimage.color import rgb2lab
from skimage.filters import gaussian
from torch import Tensor

from lime_core.arrays import Pixels
from lime_core.devices.device import cuda_works, watched
from lime_core.ending import native_code

SEED, NOISE = 42, 1e-5
"""Of scikit-image's noise, which decides between pixels of one density."""

_AT_A_TIME = 8_000_000
"""Distances that are worked out at once: 64 MB."""


def fitting_device() -> str | None:
    """The device that a tree grows faster on than on the processor.

    Returns
    -------
    str or None
        "cuda", or None where nothing in this process works with such a GPU: to begin with it would take its memory.
    """
    return "cuda" if cuda_works() and torch.cuda.is_initialized() else None


@native_code()
def density_tree(
    image: Pixels, kernel_size: float, ratio: float, sigma: float, device: str
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The tree that quickshift cuts.

    Parameters
    ----------
    image : ndarray (h, w, 3) of uint8
        The picture.
    kernel_size, ratio, sigma : float
        As of `Quickshift`.
    device : str
        As torch names it; it has to have float64.

    Returns
    -------
    parents : ndarray (h·w,) of int64
        Of each pixel the nearest denser one in its window, as its place; itself where there is none.
    distances : ndarray (h·w,) of float64
        How far away that is, in color times `ratio` and pixels; infinite where there is none.

    Raises
    ------
    RuntimeError
        As torch raises it, such as for want of memory.
    DeviceLost
        When the GPU has failed.

    References
    ----------
    Vedaldi, Soatto (2008), "Quick shift and kernel methods for mode seeking", ECCV, as scikit-image's `quickshift` has
    it.
    """
    smooth = gaussian(rgb2lab(image), sigma=[sigma, sigma, 0], mode="reflect", channel_axis=-1) * ratio
    noise = np.random.default_rng(SEED).normal(scale=NOISE, size=image.shape[:2])
    with watched(torch.device(device)):
        windows = _Windows(torch.from_numpy(smooth.transpose(2, 0, 1).copy()).to(device), math.ceil(3 * kernel_size))
        density = windows.densities(-0.5 / kernel_size**2) + torch.from_numpy(noise).to(device)
        parents, distances = windows.uphill(density)
        return parents.cpu().numpy().ravel(), distances.cpu().numpy().ravel()


class _Windows:
    """Every pixel (h, w) with the window of `width` pixels around it, row by row of the window."""

    def __init__(self, colors: Tensor, width: int) -> None:
        self._colors, self._width = colors, width
        self._height, self._columns = colors.shape[1:]
        self._around = torch.nn.functional.pad(colors, (width,) * 4, value=math.inf)
        across = torch.arange(-width, width + 1, device=colors.device, dtype=torch.float64)
        self._squares = across.square()
        self._bands = max(1, _AT_A_TIME // (self._columns * len(across)))

    def _rows(self) -> list[slice]:
        """Bands of the picture that are small enough to be compared at once."""
        return [slice(top, min(top + self._bands, self._height)) for top in range(0, self._height, self._bands)]

    def _distances(self, band: slice, down: int) -> Tensor:
        """(rows, w, 2 · width + 1) squared distances from the pixels of a band to a row of their windows."""
        total = torch.zeros((), dtype=torch.float64, device=self._colors.device)
        for color, around in zip(self._colors, self._around, strict=True):
            row = around[band.start + down : band.stop + down].unfold(1, len(self._squares), 1)
            total = total + (color[band, :, None] - row).square_()
        return total.add_(float((down - self._width) ** 2)).add_(self._squares)

    def densities(self, scale: float) -> Tensor:
        """(h, w) sums of exp(scale · distance²) over the windows."""
        density = torch.zeros_like(self._colors[0])
        for band in self._rows():
            for down in range(len(self._squares)):
                density[band] += self._distances(band, down).mul_(scale).exp_().sum(-1)
        return density

    def uphill(self, density: Tensor) -> tuple[Tensor, Tensor]:
        """(h, w) places of the nearest denser pixel of each window, the first of several, and how far away it is."""
        places = torch.arange(density.numel(), device=density.device).view_as(density)
        parents, nearest = places.clone(), torch.full_like(density, math.inf)
        around = torch.nn.functional.pad(density, (self._width,) * 4, value=-math.inf)
        for band in self._rows():
            for down in range(len(self._squares)):
                denser = around[band.start + down : band.stop + down].unfold(1, len(self._squares), 1)
                distances = self._distances(band, down).masked_fill_(denser <= density[band, :, None], math.inf)
                least, across = distances.min(-1)
                nearer = least < nearest[band]
                step = (down - self._width) * self._columns + across - self._width
                parents[band] = torch.where(nearer, places[band] + step, parents[band])
                nearest[band] = torch.where(nearer, least, nearest[band])
        return parents, nearest.sqrt_()
