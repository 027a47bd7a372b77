"""Priors as pictures: what they were built from, their words, and what they expect of a photo.  No streamlit here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

import lime_core as lc
from lime_core.arrays import Pixels
from lime_core.drawing.heatmap import ranked
from lime_core.drawing.marks import with_texts
from lime_core.drawing.overlay import overlay
from lime_core.drawing.palette import AGAINST_COLOR, FOR_COLOR
from pages.ui.figures.maps import enlargement

SMALL = 56
"""Pixels of a small picture's side."""

_GAP = 4
_ACROSS = 14
_LOOK = 3  # times the size of an example
_BAR = 12
_TRACK = (128, 134, 142, 60)


def thumbnail(pixels: Pixels) -> Pixels:
    """The middle square of a picture, (56, 56, 3) uint8."""
    side = min(pixels.shape[:2])
    top, left = (pixels.shape[0] - side) // 2, (pixels.shape[1] - side) // 2
    square = Image.fromarray(pixels[top : top + side, left : left + side])
    return np.asarray(square.resize((SMALL, SMALL), Image.Resampling.LANCZOS))


def contact_sheet(pictures: Sequence[Pixels], finished: Sequence[bool]) -> Pixels:
    """Small pictures beside and below each other, (h, w, 4); those that are not finished are pale."""
    across = min(len(pictures), _ACROSS)
    down = -(-len(pictures) // across)
    sheet = np.zeros((down * (SMALL + _GAP) - _GAP, across * (SMALL + _GAP) - _GAP, 4), dtype=np.uint8)
    for number, (small, bright) in enumerate(zip(pictures, finished, strict=True)):
        top, left = (index * (SMALL + _GAP) for index in divmod(number, across))
        sheet[top : top + SMALL, left : left + SMALL, :3] = small
        sheet[top : top + SMALL, left : left + SMALL, 3] = 255 if bright else 90
    return sheet


def word_card(examples: Pixels | None, places: int, share: float, signed: bool) -> Pixels:
    """The looks of a word beside each other over the bar of its weight, (h, w, 4).

    examples : (m, 32, 32, 3), at most `places`
    share : the weight as a part of the end of the scale, -1..1
    """
    looks = np.empty((0, 32, 32, 3), dtype=np.uint8) if examples is None else examples
    side = _LOOK * 32
    width = max(places, 1) * (side + _GAP) - _GAP
    top = side + _GAP if places else 0
    card = np.zeros((top + _BAR, width, 4), dtype=np.uint8)
    for number, look in enumerate(looks):
        left = number * (side + _GAP)
        enlarged = Image.fromarray(look).resize((side, side), Image.Resampling.BICUBIC)
        card[:side, left : left + side, :3] = np.asarray(enlarged)
        card[:side, left : left + side, 3] = 255
    card[top:] = _TRACK
    zero = width // 2 if signed else 0
    end = zero + round(share * (width - zero))
    bar = card[top:, min(zero, end) : max(zero, end)]
    bar[:] = (*(FOR_COLOR if share > 0 else AGAINST_COLOR), 255)
    if share < 0:  # hatched, so that color is not the only thing that tells the sign
        row, column = np.indices(bar.shape[:2])
        bar[(row + column) % 8 < 2] = (255, 255, 255, 255)
    if signed:
        card[top:, zero - 1 : zero + 1] = (128, 134, 142, 255)
    return card


def expected_map(cut: lc.Segmentation, expected: lc.Projection, limit: float, shown: int) -> Pixels:
    """What a prior expects of the `shown` strongest superpixels, on the scale from -limit to +limit.

    Each has the number of its word written on it.
    """
    scale, view = enlargement(cut.image), lc.View(num_features=max(shown, 1))
    pixels = overlay(cut.image, cut.labels, expected.mean, view, scale=scale, limit=limit)
    drawn = ranked(expected.mean, "both", shown, 0.0)
    return with_texts(pixels, cut.centers[drawn], [str(expected.words[s]) for s in drawn], scale)
