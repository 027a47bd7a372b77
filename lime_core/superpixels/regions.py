"""Superpixels that follow the borders of the picture alone, and cells that follow nothing in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from skimage import segmentation as skimage_segmentation

from lime_core.arrays import Pixels
from lime_core.knobs import Bounded, knob


@dataclass(frozen=True)
class Felzenszwalb(Bounded):
    """Joins neighbours while their border is weaker than what is inside them; sizes differ a lot.

    Parameters
    ----------
    scale : float in [1, 2000], default 100
        Larger gives larger superpixels.
    sigma : float in [0, 5], default 0.8
        As of `Quickshift`.
    min_size : int in [1, 5000], default 50
        Superpixels of fewer pixels are joined to a neighbour.

    Raises
    ------
    ValueError
        For a setting outside of its range.

    References
    ----------
    Felzenszwalb, Huttenlocher (2004), "Efficient graph-based image segmentation", IJCV; scikit-image's.
    """

    to_get_more: ClassVar[str] = "Lower scale or min_size, or take the grid."

    scale: float = knob(100.0, 1.0, 2000.0, step=1.0, help="Larger gives larger superpixels.")
    sigma: float = knob(0.8, 0.0, 5.0, step=0.1, help="Blurs the picture before it is cut.")
    min_size: int = knob(50, 1, 5000, step=1, help="Smaller superpixels are joined to a neighbour, in pixels.")

    def __call__(self, image: Pixels) -> NDArray[Any]:
        return skimage_segmentation.felzenszwalb(image, scale=self.scale, sigma=self.sigma, min_size=self.min_size)


@dataclass(frozen=True)
class Grid(Bounded):
    """Equal cells, whatever the picture shows; as in MATLAB's `imageLIME` with Segmentation="grid".

    Parameters
    ----------
    rows, columns : int in [1, 40], default 7
        Cells from top to bottom, and from left to right.

    Raises
    ------
    ValueError
        For a setting outside of its range.
    """

    to_get_more: ClassVar[str] = "Raise rows or columns."

    rows: int = knob(7, 1, 40, step=1, help="Cells from top to bottom.")
    columns: int = knob(7, 1, 40, step=1, help="Cells from left to right.")

    def __call__(self, image: Pixels) -> NDArray[Any]:
        height, width = image.shape[:2]
        row = np.arange(height) * self.rows // height
        column = np.arange(width) * self.columns // width
        return row[:, None] * self.columns + column[None, :]
