"""Pixel flipping: pixels go in the order of a map, in steps of equal area, and a fill stands in their place.

The pixels are ranked, the most relevant first, and cut into buckets of equal area.  A bucket is a superpixel like any
other, so what asks the model is an ordinary probe: its label map is the ranking, and its masks hide, or show, the first
buckets of it.  Equal pixels go in an order that was drawn by lot once: in the order of the raster a map that says
nothing, or little, would gain by where in the photo the class is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lime_core.arguments import shown
from lime_core.arrays import Floats, Labels, Pixels, check_shape
from lime_core.catalog.loading import ModelLike
from lime_core.judging.relevance import RelevanceLike, Subject, relevance_map
from lime_core.knobs import Bounded, knob
from lime_core.label_maps.label_map import LabelMap
from lime_core.pictures.picture import PictureLike
from lime_core.probing.hiding import (
    Blur,
    Color,
    FunctionHiding,
    Hiding,
    ImageMean,
    Noise,
    SuperpixelMean,
    hiding_of,
)
from lime_core.probing.spec import ProbeSpec
from lime_core.sampling.orders import InOrder
from lime_core.superpixels.segmentation import Segmentation

_BLIND = (ImageMean, Color, Blur, Noise)
"""Hidings that never look at superpixels."""


@dataclass(frozen=True)
class PixelFlipping(Bounded):
    """In how many steps pixels go, and what stands in their place.

    Parameters
    ----------
    steps : int, default 20
        Buckets of equal area, 2..400.
    fills : tuple of Hiding, default (ImageMean(), Blur())
        What stands in the place of pixels that are gone, each by itself, also as `explain_image` takes it: 0 is black.
    segments : LabelMap, Segmentation or (h, w) array of integers, optional
        Superpixels of the view that a fill such as `SuperpixelMean` takes.  None takes the explanation's.  Such a fill
        shows their borders, and so favors maps of them.

    Raises
    ------
    ValueError, TypeError
        For another number of steps, no fill, a fill that comes twice, or what is no fill.
    BadPicture, TooFewSuperpixels
        For segments of which `LabelMap.of` makes no map.
    """

    steps: int = knob(20, 2, 400, step=1, help="Buckets of equal area; each asks the model about two pictures a fill.")
    fills: tuple[Hiding, ...] = (ImageMean(), Blur())
    segments: LabelMap | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "fills", _fills(self.fills))
        if self.segments is not None:
            object.__setattr__(self, "segments", _label_map(self.segments))

    @property
    def rows(self) -> int:
        """Rows of each spec: the full and the empty picture, and two for each step between them."""
        return 2 * self.steps

    def specs(
        self, relevance: RelevanceLike, picture: PictureLike | None = None, model: ModelLike | None = None
    ) -> tuple[ProbeSpec, ...]:
        """Make the specs of what to ask for.

        Parameters
        ----------
        relevance : Explanation, or (h, w) array of numbers
            As in `relevance_gain`.
        picture, model : Picture and Classifier, or what stands for one, optional
            Those of an array; an explanation has its own.

        Returns
        -------
        tuple of ProbeSpec
            One for each fill, for `grow` or a `ProbeStore`, with `rows` rows; `relevance_gain_of` reads their probes.

        Raises
        ------
        ValueError, TypeError
            For an array without its picture and model or of another shape than the view, segments of another shape, a
            fill of superpixel means without superpixels, or more steps than the photo has pixels on the view.
        """
        subject, values = Subject.of(relevance, picture, model, None), relevance_map(relevance)
        ranking = LabelMap.of(buckets(values, self.steps, subject.part))
        order = tuple(range(self.steps + (subject.part is not None)))  # the border is the last superpixel
        sampler = InOrder(order, self.steps)
        segments = self.segments
        if segments is None and subject.segmentation is not None:
            segments = LabelMap.of(subject.segmentation.labels)
        fills = [_bound(fill, segments, values.shape) for fill in self.fills]
        return tuple(replace(subject.spec, segmenter=ranking, hiding=fill, sampler=sampler, seed=0) for fill in fills)


def buckets(relevance: Floats, steps: int, part: tuple[slice, slice] | None = None) -> Labels:
    """Cut the pixels of a map into buckets of equal area, the most relevant pixels in the first.

    Parameters
    ----------
    relevance : (h, w) float64
        The map; only its order counts, and equal pixels go in one that was drawn by lot, the same for all maps.
    steps : int
        How many buckets.
    part : tuple of two slice, optional
        Rows and columns of the photo; the border around them is no part of any bucket.

    Returns
    -------
    (h, w) int32
        The bucket of every pixel, 0..steps-1, whose areas differ by one pixel at most; `steps` on the border.

    Raises
    ------
    ValueError
        For more steps than pixels.
    """
    inside = relevance if part is None else relevance[part]
    if steps > inside.size:
        raise ValueError(f"steps must be at most {inside.size}, the photo's pixels on the view, got {steps}")
    drawn = np.random.Generator(np.random.Philox(0)).permutation(inside.size)
    ranked = np.empty(inside.size, dtype=np.int32)
    ranked[drawn[np.argsort(-inside.ravel()[drawn], kind="stable")]] = np.arange(inside.size) * steps // inside.size
    labels = np.full(relevance.shape, steps, dtype=np.int32)
    labels[slice(None) if part is None else part] = ranked.reshape(inside.shape)
    return labels


@dataclass(frozen=True)
class _OnSuperpixels:
    """A hiding of these superpixels, whatever goes; None is the whole view as one."""

    hiding: Hiding
    segments: LabelMap | None

    def __call__(self, image: Pixels, labels: Labels) -> Pixels:
        return self.hiding(image, np.zeros_like(labels) if self.segments is None else self.segments.labels)


@dataclass(frozen=True)
class SuperpixelFill(FunctionHiding):
    """A fill that takes superpixels of its own, not the buckets that go."""

    function: _OnSuperpixels

    @property
    def nbytes(self) -> int:
        """Memory of their labels in bytes."""
        segments = self.function.segments
        return 0 if segments is None else int(segments.nbytes)


def fill_of(hiding: Hiding) -> Hiding:
    """The fill that a spec's hiding stands for.

    Parameters
    ----------
    hiding : Hiding
        As a spec of `PixelFlipping.specs` has it.

    Returns
    -------
    Hiding
        As it was given to `PixelFlipping`.
    """
    return hiding.function.hiding if isinstance(hiding, SuperpixelFill) else hiding


def _bound(fill: Hiding, segments: LabelMap | None, size: tuple[int, ...]) -> Hiding:
    """The fill with its superpixels, where it may look at them."""
    if isinstance(fill, _BLIND):
        return fill
    if segments is None and isinstance(fill, SuperpixelMean):
        raise ValueError("fills with SuperpixelMean() need superpixels: give PixelFlipping its segments")
    if segments is not None:
        check_shape("segments", segments.labels, *size)
    return SuperpixelFill(getattr(fill, "name", type(fill).__name__), _OnSuperpixels(fill, segments))


def _fills(values: Any) -> tuple[Hiding, ...]:
    if not isinstance(values, tuple | list) or not values:
        raise ValueError(f"fills must be a tuple of at least one hiding, such as (ImageMean(),), got {shown(values)}")
    try:
        fills = tuple(hiding_of(value) for value in values)
    except (TypeError, ValueError) as error:
        raise type(error)(f"each of fills must be a hiding: {error}") from None
    if len(set(fills)) < len(fills):
        raise ValueError("fills must differ, got one twice")
    return fills


def _label_map(value: LabelMap | Segmentation | NDArray[Any]) -> LabelMap:
    if isinstance(value, LabelMap):
        return value
    labels = value.labels if isinstance(value, Segmentation) else value
    if not isinstance(labels, np.ndarray):
        raise TypeError(f"segments must be a LabelMap, a Segmentation or labels of the view, got {shown(value)}")
    return LabelMap.of(labels)
