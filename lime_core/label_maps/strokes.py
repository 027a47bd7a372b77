"""What a hand draws on a picture: lines and outlines, as points; and what of the picture they meet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from skimage.draw import polygon2mask

from lime_core.arguments import number, one_of, shown
from lime_core.arrays import Labels, check_shape
from lime_core.errors import LimeError

SHAPES = ("rectangle", "ellipse")
"""Outlines that are given by the box around them."""

_AROUND = 128
"""Corners of the outline of an ellipse."""

Point = tuple[float, float]
"""Row and column, in pixels from the upper left corner of the picture: the middle of its first pixel is at ½, ½."""


def superpixel_under(labels: Labels, line: Sequence[Point]) -> int:
    """Find the superpixel that most of a line lies in.

    Parameters
    ----------
    labels : (h, w) int32
        Superpixels, 0..d-1, every one present.
    line : two points of (row, column)
        Where it begins and ends; what lies outside of the picture does not count.

    Returns
    -------
    int
        The superpixel; of several with as much the lowest.

    Raises
    ------
    ValueError
        For what is no line.
    LimeError
        Where all of it lies outside.
    """
    start, end = points_of("line", line, 2)
    check_shape("labels", labels, None, None)
    steps = max(2, 2 * int(np.ceil(np.abs(end - start).max())))
    places = np.floor(start + np.linspace(0.0, 1.0, steps)[:, None] * (end - start)).astype(np.int64)
    inside = ((places >= 0) & (places < labels.shape)).all(axis=1)
    if not inside.any():
        raise LimeError("The line lies outside of the picture. Draw it across a superpixel.")
    rows, columns = places[inside].T
    return int(np.bincount(labels[rows, columns], minlength=1).argmax())


def region_inside(shape: tuple[int, int], outline: Sequence[Point]) -> NDArray[np.bool_]:
    """Fill an outline.

    Parameters
    ----------
    shape : tuple of two int
        (h, w) of the picture.
    outline : at least three points of (row, column)
        Its corners in order; the last is joined to the first.  It may reach beyond the picture.

    Returns
    -------
    (h, w) bool
        True where the middle of a pixel lies inside.

    Raises
    ------
    ValueError
        For less than three points, or what is no point.
    """
    points = points_of("outline", outline)
    return np.asarray(polygon2mask(shape, points - 0.5), dtype=bool)


def outline_of(kind: str, top: float, left: float, bottom: float, right: float) -> list[Point]:
    """Make the outline that fills a box.

    Parameters
    ----------
    kind : {"rectangle", "ellipse"}
        Which.
    top, left, bottom, right : float
        The edges of the box in pixels from the upper left corner of the picture.

    Returns
    -------
    list of (float, float)
        Its corners by row and column; those of an ellipse lie on it.

    Raises
    ------
    ValueError
        For another kind, or a box without area.
    """
    one_of("kind", kind, SHAPES)
    top, left = number("top", top), number("left", left)
    bottom, right = number("bottom", bottom), number("right", right)
    if bottom <= top or right <= left:
        raise ValueError(f"bottom and right must be beyond top and left, got {top:g}..{bottom:g}, {left:g}..{right:g}")
    if kind == "rectangle":
        return [(top, left), (top, right), (bottom, right), (bottom, left)]
    angles = np.arange(_AROUND) * 2 * np.pi / _AROUND
    down = (top + bottom) / 2 + (bottom - top) / 2 * np.sin(angles)
    across = (left + right) / 2 + (right - left) / 2 * np.cos(angles)
    return list(zip(down.tolist(), across.tolist(), strict=True))


def points_of(name: str, points: Sequence[Point], count: int = 0) -> NDArray[np.float64]:
    """Read points.

    Parameters
    ----------
    name : str
        What the message calls them.
    points : sequence of (row, column)
        Of numbers.
    count : int, default 0
        How many there must be; 0 takes three and more.

    Returns
    -------
    (n, 2) float64
        The points.

    Raises
    ------
    ValueError
        For what are no points, or another number of them.
    """
    try:
        array = np.asarray(points, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.empty(0)
    wanted = f"{count}" if count else "3 or more"
    many = array.ndim == 2 and (len(array) == count if count else len(array) >= 3)
    if not many or array.shape[1] != 2 or not np.isfinite(array).all():
        raise ValueError(f"{name} must be {wanted} points of a row and a column, got {shown(points)}")
    return array
