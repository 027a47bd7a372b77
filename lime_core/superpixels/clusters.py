"""Superpixels of about equal size, as many as are wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from numpy.typing import NDArray
from skimage import segmentation as skimage_segmentation

from lime_core.arrays import Pixels
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
