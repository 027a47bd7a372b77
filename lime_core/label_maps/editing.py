"""Superpixels edited by hand: joined, split and drawn; labels in, labels out.

A superpixel is a set of pixels that are shown and hidden together, in one piece or in several: what an outline leaves
of a superpixel that it cuts in two stays one.  Numbers stay 0..d-1: those that are gone close up, and a new one is the
last.  The border of a padded photo is no part of it, and no edit touches it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lime_core.arguments import shown, whole
from lime_core.arrays import Labels, check_shape, numbered, whole_numbers
from lime_core.errors import LimeError, TooFewSuperpixels
from lime_core.label_maps.strokes import Point, points_of


def join_superpixels(labels: Labels, which: Iterable[int], border: int | None = None) -> Labels:
    """Make one superpixel of several, which need not touch.

    Parameters
    ----------
    labels : (h, w) int32
        Superpixels, 0..d-1, every one present.
    which : iterable of int in [0, d - 1]
        At least two of them; together they have the lowest of their numbers.
    border : int, optional
        As `Segmentation.border`; it is not counted, and cannot be joined.

    Returns
    -------
    (h, w) int32
        The others in their order.

    Raises
    ------
    ValueError, TypeError
        For fewer than two, or what is no superpixel.
    LimeError
        For the border.
    TooFewSuperpixels
        Where all would be one.
    """
    labels, d = _read(labels)
    if not isinstance(which, Iterable):
        raise TypeError(f"which must be several superpixels, got {shown(which)}")
    chosen = sorted({_one(superpixel, d, border) for superpixel in which})
    if len(chosen) < 2:
        raise ValueError(f"which must be at least two superpixels, got {chosen}")
    if len(chosen) == d - (border is not None):
        raise TooFewSuperpixels("These are all superpixels, and nothing would be left to compare. Join fewer.")
    return numbered(np.where(np.isin(labels, chosen), chosen[0], labels))[1]


def split_superpixel(
    labels: Labels, which: int, line: Sequence[Point] | None = None, border: int | None = None
) -> Labels:
    """Cut a superpixel in two, along a line or through its center of mass, across its longer axis.

    Parameters
    ----------
    labels : (h, w) int32
        Superpixels, 0..d-1, every one present.
    which : int in [0, d - 1]
        The one to be cut.
    line : two points of (row, column), optional
        It goes on beyond both of them.  None takes the line through the center of mass that is perpendicular to the
        first principal axis of the pixels.
    border : int, optional
        As `Segmentation.border`; it cannot be cut.

    Returns
    -------
    (h, w) int32
        One part keeps the number, the other one is the last.

    Raises
    ------
    ValueError, TypeError
        For what is no superpixel or no line.
    LimeError
        Where all of its pixels lie on one side of the line, or it has a single one; for the border.
    """
    labels, d = _read(labels)
    which = _one(which, d, border)
    rows, columns = np.nonzero(labels == which)
    pixels = np.stack([rows, columns], axis=1) + 0.5
    if len(pixels) < 2:
        raise LimeError(f"Superpixel {which} is a single pixel, which cannot be cut. Take another one.")
    if line is None:
        through = pixels.mean(axis=0)
        across = np.linalg.eigh(np.cov(pixels.T))[1][:, -1]
        across = across * np.sign(across[np.abs(across).argmax()])
    else:
        through, end = points_of("line", line, 2)
        across = np.array([end[1] - through[1], through[0] - end[0]])
        if not across.any():
            raise LimeError("The line has no length. Draw it across the superpixel.")
    beyond = (pixels - through) @ across > 0
    if beyond.all() or not beyond.any():
        raise LimeError(f"The line does not cut superpixel {which}. Draw it across the superpixel.")
    cut = labels.copy()
    cut[rows[beyond], columns[beyond]] = d
    return cut


def draw_superpixel(labels: Labels, region: NDArray[Any], border: int | None = None) -> Labels:
    """Make a superpixel of its own of a region; what it leaves of others stays theirs.

    Parameters
    ----------
    labels : (h, w) int32
        Superpixels, 0..d-1, every one present.
    region : (h, w) bool
        True in the new superpixel, such as `region_inside` gives.
    border : int, optional
        As `Segmentation.border`; it stays as it is, whatever lies over it.

    Returns
    -------
    (h, w) int32
        Those that are covered are gone; the new one is the last.

    Raises
    ------
    ValueError, TypeError
        For a region of another shape or dtype.
    LimeError
        For a region without a pixel.
    TooFewSuperpixels
        For one that is all of the picture.
    """
    labels, d = _read(labels)
    check_shape("region", region, *labels.shape)
    if region.dtype != bool:
        raise ValueError(f"region must be True inside and False outside, got {region.dtype}")
    photo = labels != border if border is not None else np.ones(labels.shape, dtype=bool)
    region = region & photo
    if not region.any():
        raise LimeError("There is no pixel of the picture inside of the outline. Draw a larger one.")
    if np.array_equal(region, photo):
        raise TooFewSuperpixels("All of the picture is inside of the outline. Draw a smaller one.")
    return numbered(np.where(region, d, labels))[1]


def _read(labels: Labels) -> tuple[Labels, int]:
    """Labels as int32, and how many there are; raises ValueError where they are not 0..d-1."""
    check_shape("labels", labels, None, None)
    numbers = whole_numbers("labels", labels).astype(np.int32)
    present = np.unique(numbers)
    if present[0] != 0 or present[-1] != len(present) - 1:
        raise ValueError(f"labels must be 0..d-1, every one present, got {shown(present)}")
    return numbers, len(present)


def _one(superpixel: Any, d: int, border: int | None) -> int:
    chosen = whole("which", superpixel, 0, d - 1)
    if chosen == border:
        raise LimeError("The border around the photo is no part of it. Take a superpixel of the photo.")
    return chosen
