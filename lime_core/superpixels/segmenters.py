"""Segmenters by name, and what may stand for one; what every one of them promises is in `segmenter`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Pixels
from lime_core.label_maps.label_map import LabelMap
from lime_core.roles import PlainFunction, Role
from lime_core.superpixels.clusters import CompactWatershed, Slic
from lime_core.superpixels.quickshift import Quickshift
from lime_core.superpixels.regions import Felzenszwalb, Grid
from lime_core.superpixels.segmentations import MEMBERS, Segmentations
from lime_core.superpixels.segmenter import Segmenter


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
    "compact_watershed": CompactWatershed,
    "felzenszwalb": Felzenszwalb,
    "grid": Grid,
    "several": Segmentations,
    "label_map": LabelMap,
}

_ROLE = Role("segmenter", SEGMENTERS, ("to_get_more",), FunctionSegmenter)

SegmenterLike = Segmenter | Callable[[Pixels], NDArray[Any]] | str | type | NDArray[Any] | Sequence[Any]
"""What `segmenter_of` reads."""


def segmenter_of(value: Any, argument: str = "segmenter") -> Segmenter:
    """Read what cuts a picture into superpixels.

    Parameters
    ----------
    value : Segmenter, str, (h, w) array, sequence or None
        An option, its name in `SEGMENTERS`, its class or a function image -> labels; labels themselves, as of
        `LabelMap`; a tuple or a list of these for `Segmentations`, by name as of `MEMBERS`; None for `Quickshift()`, as
        in lime.
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
    if isinstance(value, list | tuple):
        members = tuple(
            MEMBERS[each] if isinstance(each, str) and each in MEMBERS else segmenter_of(each, f"{argument}[{place}]")
            for place, each in enumerate(value)
        )
        try:
            return Segmentations(members)
        except (ValueError, TypeError) as error:
            raise type(error)(f"{argument}: {error}") from None
    return LabelMap.of(value) if isinstance(value, np.ndarray) else _ROLE.of(value, argument)
