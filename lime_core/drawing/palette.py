"""The one color scale of weights: blue speaks against the class, orange for it, light grey is nothing.

Blue and orange stay apart under every common color blindness, and both ends are equally dark, so that neither sign
looks stronger than the other.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Pixels

DIVERGING = (
    "#1f6fbf", "#628bce", "#8fa9dc", "#b8c6e8", "#e1e6ef",
    "#f3e8dc", "#f7c8a2", "#f0a468", "#e37f35", "#d35a00",
)  # fmt: skip
"""Ten colors at equal steps from -1 (against) to +1 (for)."""

_ANCHORS = np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in DIVERGING], dtype=np.float64)

AGAINST_COLOR: tuple[int, int, int] = (0x1F, 0x6F, 0xBF)
"""The blue end of the scale."""
FOR_COLOR: tuple[int, int, int] = (0xD3, 0x5A, 0x00)
"""The orange end of the scale."""
GUESS_COLOR: tuple[int, int, int] = (0x8E, 0x3C, 0xB0)
"""Violet, which is not on the scale: what somebody has marked."""


def diverging(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Color values by the scale.

    Parameters
    ----------
    values : (...) floats in [-1, 1]
        -1 is against the class, 1 for it; what lies outside takes the color of that end.

    Returns
    -------
    (..., 3) uint8
        RGB.
    """
    positions = np.linspace(-1.0, 1.0, len(_ANCHORS))
    channels = [np.interp(values, positions, _ANCHORS[:, c]) for c in range(3)]
    return np.rint(np.stack(channels, axis=-1)).astype(np.uint8)


def color_bar(
    limit: float,
    *,
    width: int,
    height: int,
    ends: tuple[tuple[int, int, int], tuple[int, int, int]] = (AGAINST_COLOR, FOR_COLOR),
) -> Pixels:
    """Draw the scale from -`limit` (left) to +`limit` (right) as a bar, for labels to stand under.

    The scale is symmetric, so every limit has the same bar.

    Parameters
    ----------
    limit : float, above 0
        The end of the scale, in the unit of the score.
    width, height : int
        Size of the bar in pixels.
    ends : two of three int in 0..255, default `AGAINST_COLOR` and `FOR_COLOR`
        RGB of both ends, where a map has other colors.

    Returns
    -------
    (height, width, 3) uint8
        The bar.

    Raises
    ------
    ValueError
        For a limit for which there is no scale.
    """
    check_limit(limit)
    values = np.linspace(-1.0, 1.0, width)
    colors, nothing = diverging(values), diverging(np.zeros(1)).astype(np.float64)
    for side, end, usual in zip((values < 0, values > 0), ends, (AGAINST_COLOR, FOR_COLOR), strict=True):
        if end != usual:
            colors[side] = np.rint(nothing + np.abs(values[side, None]) * (np.array(end) - nothing))
    return np.broadcast_to(colors, (height, width, 3)).copy()


def check_limit(limit: float) -> None:
    """Raise ValueError unless `limit` can end a symmetric scale.

    Parameters
    ----------
    limit : float
        A finite number above 0 can.

    Raises
    ------
    ValueError
        For any other.
    """
    if not (math.isfinite(limit) and limit > 0):
        raise ValueError(f"limit must be a number above 0, got {limit}")
