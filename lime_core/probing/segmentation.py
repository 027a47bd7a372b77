"""Superpixels: the parts of a picture that are shown or hidden together.

A segmenter is a frozen dataclass that turns pixels into labels of any kind; `segment` numbers them 0..d-1 and refuses
fewer than two.  Numbering matters: `lime` compares with 0..d-1 too, but takes whatever ids a segmenter returns, and
loses the last superpixel of one that starts at 1.

References
----------
quickshift: Vedaldi, Soatto (2008).  SLIC: Achanta et al. (2012).  felzenszwalb: Felzenszwalb, Huttenlocher (2004).
All three are scikit-image's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from skimage import segmentation as skimage_segmentation

from lime_core.arrays import Labels, Pixels, check_shape, read_only
from lime_core.errors import TooFewSuperpixels, TooManySuperpixels
from lime_core.knobs import Bounded, knob
from lime_core.pictures.label_map import LabelMap


@dataclass(frozen=True, eq=False)
class Segmentation:
    """A picture cut into `d` superpixels.

    image : (h, w, 3) uint8, the crop that was cut, read-only
    labels : (h, w) int32, 0..d-1, every one present, read-only
    """

    image: Pixels
    labels: Labels
    made_by: Segmenter

    @property
    def d(self) -> int:
        return int(self.labels.max()) + 1

    @property
    def sizes(self) -> NDArray[np.int64]:
        """(d,) pixels in each superpixel."""
        return np.bincount(self.labels.ravel(), minlength=self.d)


MAX_SUPERPIXELS = 2000
"""More need tens of thousands of samples to say anything, and a d × d matrix for the fit."""


class Segmenter(Protocol):
    """Cuts a picture (h, w, 3) uint8 into labels (h, w), integers of any numbering.

    `to_get_more` says which setting to turn when fewer than two superpixels come out.
    """

    to_get_more: ClassVar[str]

    def __call__(self, image: Pixels) -> NDArray[Any]: ...


def segment(image: Pixels, segmenter: Segmenter) -> Segmentation:
    """Cut `image` (h, w, 3) uint8 with `segmenter` and number the superpixels 0..d-1 in the order of their labels.

    Raises
    ------
    TooFewSuperpixels
        when fewer than two come out; the message names the setting to turn.
    TooManySuperpixels
        when more than `MAX_SUPERPIXELS` come out.
    """
    check_shape("image", image, None, None, 3)
    raw = np.asarray(segmenter(image))
    check_shape("labels", raw, *image.shape[:2])
    found, labels = np.unique(raw, return_inverse=True)
    if len(found) < 2:
        raise TooFewSuperpixels(
            f"The whole picture became one superpixel, so there is nothing to compare. {segmenter.to_get_more}"
        )
    if len(found) > MAX_SUPERPIXELS:
        raise TooManySuperpixels(
            f"The picture was cut into {len(found)} superpixels, and no more than {MAX_SUPERPIXELS} can be explained. "
            "Make them larger."
        )
    return Segmentation(read_only(image), read_only(labels.reshape(raw.shape).astype(np.int32)), segmenter)


@dataclass(frozen=True)
class Quickshift(Bounded):
    """Follows the density of colour and place uphill; with these defaults the superpixels are those of `lime`.

    scikit-image breaks ties with a fixed seed of its own, so the same picture always gives the same superpixels.
    """

    to_get_more: ClassVar[str] = "Lower max_dist or kernel_size, or take another segmentation."

    kernel_size: float = knob(4.0, 1.0, 20.0, step=0.5, help="Larger smooths more: fewer, larger superpixels.")
    max_dist: float = knob(200.0, 1.0, 500.0, step=1.0, help="Larger joins more distant parts: fewer superpixels.")
    ratio: float = knob(0.2, 0.0, 1.0, step=0.05, help="Towards 1 colour counts more, towards 0 place counts more.")
    sigma: float = knob(0.0, 0.0, 5.0, step=0.5, help="Blurs the picture before it is cut.")

    def __call__(self, image: Pixels) -> NDArray[Any]:
        return skimage_segmentation.quickshift(
            image, kernel_size=self.kernel_size, max_dist=self.max_dist, ratio=self.ratio, sigma=self.sigma
        )


@dataclass(frozen=True)
class Slic(Bounded):
    """Clusters of colour and place of about equal size; the number of superpixels is set directly, and nearly met."""

    to_get_more: ClassVar[str] = "Raise n_segments, or take the grid."

    n_segments: int = knob(50, 2, 400, step=1, help="About how many superpixels come out.")
    compactness: float = knob(10.0, 0.1, 100.0, step=0.1, help="Larger makes them squarer, smaller follows colours.")
    sigma: float = knob(0.0, 0.0, 5.0, step=0.5, help="Blurs the picture before it is cut.")

    def __call__(self, image: Pixels) -> NDArray[Any]:
        return skimage_segmentation.slic(
            image, n_segments=self.n_segments, compactness=self.compactness, sigma=self.sigma, start_label=0
        )


@dataclass(frozen=True)
class Felzenszwalb(Bounded):
    """Joins neighbours while their border is weaker than what is inside them; sizes differ a lot."""

    to_get_more: ClassVar[str] = "Lower scale or min_size, or take the grid."

    scale: float = knob(100.0, 1.0, 2000.0, step=1.0, help="Larger gives larger superpixels.")
    sigma: float = knob(0.8, 0.0, 5.0, step=0.1, help="Blurs the picture before it is cut.")
    min_size: int = knob(50, 1, 5000, step=1, help="Smaller superpixels are joined to a neighbour, in pixels.")

    def __call__(self, image: Pixels) -> NDArray[Any]:
        return skimage_segmentation.felzenszwalb(image, scale=self.scale, sigma=self.sigma, min_size=self.min_size)


@dataclass(frozen=True)
class Grid(Bounded):
    """Equal cells, whatever the picture shows; as in MATLAB's `imageLIME` with Segmentation="grid"."""

    to_get_more: ClassVar[str] = "Raise rows or columns."

    rows: int = knob(7, 1, 40, step=1, help="Cells from top to bottom.")
    columns: int = knob(7, 1, 40, step=1, help="Cells from left to right.")

    def __call__(self, image: Pixels) -> NDArray[Any]:
        height, width = image.shape[:2]
        row = np.arange(height) * self.rows // height
        column = np.arange(width) * self.columns // width
        return row[:, None] * self.columns + column[None, :]


SEGMENTERS: dict[str, type[Segmenter]] = {
    "quickshift": Quickshift,
    "slic": Slic,
    "felzenszwalb": Felzenszwalb,
    "grid": Grid,
    "label_map": LabelMap,
}
