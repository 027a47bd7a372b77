"""Segmenters: what cuts a picture into superpixels; what every one of them promises is in `segmentation`.

References
----------
quickshift: Vedaldi, Soatto (2008).  SLIC: Achanta et al. (2012).  felzenszwalb: Felzenszwalb, Huttenlocher (2004).
All three are scikit-image's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from skimage import segmentation as skimage_segmentation

from lime_core.arrays import Pixels, read_only
from lime_core.knobs import Bounded, knob
from lime_core.label_maps.label_map import LabelMap
from lime_core.probing.segmentation import Segmenter
from lime_core.roles import PlainFunction, Role


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
        return np.unique(roots, return_inverse=True)[1].reshape(image.shape[:2])


_KEPT = 3 * 512 * 512
"""Values of the largest picture whose tree is kept; of any dtype, for `lime`'s notebooks have floats."""


@lru_cache(maxsize=16)
def _tree(
    pixels: bytes, dtype: str, shape: tuple[int, ...], kernel_size: float, ratio: float, sigma: float
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """(h·w,) parent of every pixel uphill, as its place, and how far away that is."""
    _, parents, distances = skimage_segmentation.quickshift(
        np.frombuffer(pixels, dtype=dtype).reshape(shape),
        kernel_size=kernel_size,
        ratio=ratio,
        sigma=sigma,
        return_tree=True,
    )
    return read_only(np.asarray(parents).ravel()), read_only(np.asarray(distances).ravel())


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


@dataclass(frozen=True)
class FunctionSegmenter(PlainFunction):
    """A plain function as a segmenter."""

    takes: ClassVar[tuple[str, ...]] = ("image",)
    to_get_more: ClassVar[str] = "The function that cuts it must return at least two different labels."

    def __call__(self, image: Pixels) -> NDArray[Any]:
        return np.asarray(self.function(image))


SEGMENTERS: dict[str, type[Segmenter]] = {
    "quickshift": Quickshift,
    "slic": Slic,
    "felzenszwalb": Felzenszwalb,
    "grid": Grid,
    "label_map": LabelMap,
}

_ROLE = Role("segmenter", SEGMENTERS, ("to_get_more",), FunctionSegmenter)

SegmenterLike = Segmenter | Callable[[Pixels], NDArray[Any]] | str | type | NDArray[Any]
"""What `segmenter_of` reads."""


def segmenter_of(value: Any, argument: str = "segmenter") -> Segmenter:
    """Read what cuts a picture into superpixels.

    Parameters
    ----------
    value : Segmenter, str, (h, w) array or None
        An option, its name in `SEGMENTERS`, its class or a function image -> labels; labels themselves, as of
        `LabelMap`; None for `Quickshift()`, as in lime.
    argument : str, default "segmenter"
        What messages call it.

    Returns
    -------
    Segmenter
        The option.

    Raises
    ------
    ValueError, TypeError
        For anything else; the message says what there is.
    BadPicture, TooFewSuperpixels
        For labels of which `LabelMap.of` makes no map.
    """
    if value is None:
        return Quickshift()
    return LabelMap.of(value) if isinstance(value, np.ndarray) else _ROLE.of(value, argument)
