"""Short texts and lines on a picture, which can be read on any ground."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lime_core.arrays import Floats, Pixels

_DARK, _WHITE = (20, 20, 24), (255, 255, 255)
_SMALLEST = 9
"""Pixels; smaller letters cannot be read."""


def with_lines(pixels: Pixels, ends: Floats, scale: int) -> Pixels:
    """Draw straight lines between places, white in a dark casing, with a dark dot at each end.

    Parameters
    ----------
    pixels : (h·scale, w·scale, 3) uint8
        The enlarged picture; it stays as it is.
    ends : (m, 2, 2) float64
        Of each line two places, in rows and columns of the picture before it was enlarged.
    scale : int, at least 1
        How many times the picture was enlarged.

    Returns
    -------
    (h·scale, w·scale, 3) uint8
        A new picture.
    """
    canvas = Image.fromarray(pixels)
    pen, width = ImageDraw.Draw(canvas), max(1, max(canvas.size) // 220)
    places = (ends + 0.5) * scale
    for color, thick in ((_DARK, 3 * width), (_WHITE, width)):
        for (top, left), (bottom, right) in places.tolist():
            pen.line((left, top, right, bottom), fill=color, width=thick)
    radius = 4.5 * width
    for row, column in places.reshape(-1, 2).tolist():
        pen.ellipse((column - radius, row - radius, column + radius, row + radius), fill=_DARK)
    return np.asarray(canvas)


def with_texts(pixels: Pixels, places: Floats, texts: Sequence[str], scale: int) -> Pixels:
    """Write a text at each of some places.

    Parameters
    ----------
    pixels : (h·scale, w·scale, 3) uint8
        The enlarged picture; it stays as it is.
    places : (m, 2) float64
        Rows and columns, in pixels of the picture before it was enlarged; the middles of the texts.
    texts : (m,) sequence of str
        What is written.
    scale : int, at least 1
        How many times the picture was enlarged.

    Returns
    -------
    (h·scale, w·scale, 3) uint8
        A new picture.
    """
    canvas = Image.fromarray(pixels)
    pen = ImageDraw.Draw(canvas, "RGBA")
    font = ImageFont.load_default(size=max(_SMALLEST, max(canvas.size) // 42))
    for text, (row, column) in zip(texts, places, strict=True):
        at = ((column + 0.5) * scale, (row + 0.5) * scale)
        left, top, right, bottom = pen.textbbox(at, text, font=font, anchor="mm")
        pen.rounded_rectangle((left - 5, top - 4, right + 5, bottom + 4), radius=4, fill=(*_DARK, 215))
        pen.text(at, text, font=font, anchor="mm", fill=_WHITE)
    return np.asarray(canvas)
