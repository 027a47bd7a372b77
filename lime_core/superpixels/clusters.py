"""Superpixels of about equal size, as many as are wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from skimage import segmentation as skimage_segmentation
from skimage.color import rgb2gray
from skimage.filters import gaussian, sobel

from lime_core.arrays import Floats, Pixels
from lime_core.knobs import Bounded, knob


@dataclass(frozen=True)
class Slic(Bounded):
    """Clusters of color and place of about equal size; the number of superpixels is set directly, and nearly met.

    Parameters
    ----------
    n_segments : int in [2, 400], default 50
        About how many superpixels come out.
    compactness : float in [0.1, 100], default 10
        Larger makes them squarer, smaller follows colors.
    sigma : float in [0, 5], default 0
        As of `Quickshift`.

    Raises
    ------
    ValueError
        For a setting outside of its range.

    References
    ----------
    Achanta et al. (2012), "SLIC superpixels compared to state-of-the-art superpixel methods", IEEE TPAMI;
    scikit-image's.
    """

    to_get_more: ClassVar[str] = "Raise n_segments, or take the grid."

    n_segments: int = knob(50, 2, 400, step=1, help="About how many superpixels come out.")
    compactness: float = knob(10.0, 0.1, 100.0, step=0.1, help="Larger makes them squarer, smaller follows colors.")
    sigma: float = knob(0.0, 0.0, 5.0, step=0.5, help="Blurs the picture before it is cut.")

    def __call__(self, image: Pixels) -> NDArray[Any]:
        return skimage_segmentation.slic(
            image, n_segments=self.n_segments, compactness=self.compactness, sigma=self.sigma, start_label=0
        )


@dataclass(frozen=True)
class CompactWatershed(Bounded):
    """Floods the edges of the picture in grey from seeds in equal cells; each superpixel is in one piece.

    Of all pixels that touch a superpixel, the one is next to join it that has the least gradient + compactness ·
    distance to the seed / S.  The gradient is Sobel's, of grey levels 0..255, and S² is the area of a cell.  A seed
    moves to the least gradient within an eighth of its cell around the middle: on an edge it would keep a few pixels.

    Parameters
    ----------
    n_segments : int in [2, 400], default 50
        About how many superpixels come out: one for each seed, and seeds stand in rows and columns.
    compactness : float in [0, 200], default 20
        How many grey levels of gradient weigh as much as the way S from seed to seed: larger makes them squarer, nearly
        a grid at 200, and at 0 they follow edges only.
    sigma : float in [0, 5], default 0
        As of `Quickshift`.

    Raises
    ------
    ValueError
        For a setting outside of its range.

    References
    ----------
    Neubert, Protzel (2014), "Compact watershed and preemptive SLIC: on improving trade-offs of superpixel segmentation
    algorithms", ICPR; scikit-image's.  That seeds move off edges: Achanta et al. (2012), as of `Slic`.
    """

    to_get_more: ClassVar[str] = "It has a single pixel: give a larger picture."

    n_segments: int = knob(50, 2, 400, step=1, help="About how many superpixels come out.")
    compactness: float = knob(
        20.0, 0.0, 200.0, step=0.1, help="Larger makes them squarer, smaller follows edges.", log=True
    )
    sigma: float = knob(0.0, 0.0, 5.0, step=0.5, help="Blurs the picture before it is cut.")

    def __call__(self, image: Pixels) -> NDArray[Any]:
        grey = 255.0 * rgb2gray(image)
        gradient = sobel(gaussian(grey, self.sigma) if self.sigma else grey)
        seeds = _seeds(gradient, self.n_segments)
        step = np.sqrt(seeds.size / seeds.max())
        return skimage_segmentation.watershed(gradient, seeds, compactness=self.compactness / step)


def _seeds(gradient: Floats, count: int) -> NDArray[np.int32]:
    """(h, w), a seed 1, 2, ... in each of about `count` equal cells, and 0 elsewhere; a pixel has one seed at most."""
    height, width = gradient.shape
    rows = max(1, min(round(np.sqrt(count * height / width)), height, count))
    columns = max(1, min(round(count / rows), width))
    row = (2 * np.arange(rows) + 1) * height // (2 * rows)
    column = (2 * np.arange(columns) + 1) * width // (2 * columns)
    reach = height // rows // 8, width // columns // 8
    down, right = (offset.ravel() for offset in np.mgrid[-reach[0] : reach[0] + 1, -reach[1] : reach[1] + 1])
    nearest = np.argsort(np.hypot(down, right), kind="stable")  # of equal gradients the first counts
    down, right = down[nearest], right[nearest]
    near = gradient[row[:, None, None] + down, column[None, :, None] + right]
    lowest = np.round(near, 6).argmin(axis=2)  # what is flat has a gradient of a few last digits
    seeds = np.zeros(gradient.shape, dtype=np.int32)
    seeds[row[:, None] + down[lowest], column + right[lowest]] = 1 + np.arange(rows * columns).reshape(rows, columns)
    return seeds
