"""Maps and previews as pictures.  No page framework here, so that they can be tested and reused alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import lime_core as lc
from lime_core.arrays import Labels, Pixels
from lime_core.drawing.heatmap import centroids, ranked
from lime_core.drawing.overlay import superpixel_preview

MAP_SIDE = 640
"""Pixels of the drawn map's longer side, at least."""


def map_picture(e: lc.Explanation, view: lc.View, limit: float, numbers: bool) -> Pixels:
    """The overlay, enlarged for the screen, on the scale from -limit to +limit.

    `numbers` writes the number of each superpixel that is drawn on it, as the bars and the table name it.
    """
    scale = enlargement(e.image)
    pixels = e.overlay(view, scale=scale, limit=limit)
    if not numbers:
        return pixels
    drawn = ranked(e.weights, view.show, view.num_features, view.min_weight)
    return with_texts(pixels, centroids(e.segments, len(e.weights))[drawn], [str(s) for s in drawn], scale)


def with_texts(pixels: Pixels, places: np.ndarray, texts: Sequence[str], scale: int) -> Pixels:
    """An enlarged picture with a text at each of the places (m, 2), in rows and columns of the picture before that."""
    canvas = Image.fromarray(pixels)
    pen = ImageDraw.Draw(canvas, "RGBA")
    font = ImageFont.load_default(size=max(canvas.size) // 42)
    for text, (row, column) in zip(texts, places, strict=True):
        at = ((column + 0.5) * scale, (row + 0.5) * scale)
        left, top, right, bottom = pen.textbbox(at, text, font=font, anchor="mm")
        pen.rounded_rectangle((left - 5, top - 4, right + 5, bottom + 4), radius=4, fill=(20, 20, 24, 170))
        pen.text(at, text, font=font, anchor="mm", fill=(255, 255, 255))
    return np.asarray(canvas)


def preview_picture(image: Pixels, segments: Labels) -> Pixels:
    """The crop, enlarged for the screen, with a line around every superpixel."""
    return superpixel_preview(image, segments, scale=enlargement(image))


def crop_preview(picture: lc.Picture, box: tuple[float, float, float, float], side: int = 320) -> Pixels:
    """The photo, at most `side` pixels long, with everything outside of the model's crop darkened.

    Where the box reaches beyond the photo, which is padded then, the line runs along the photo's edge.
    """
    photo = Image.fromarray(picture.pixels)
    scale = min(1.0, side / max(photo.size))
    photo = photo.resize((max(1, round(photo.width * scale)), max(1, round(photo.height * scale))))
    ends = (*photo.size, *photo.size)
    inside = [min(max(0, round(edge * scale)), end) for edge, end in zip(box, ends, strict=True)]
    shade = Image.new("L", photo.size, 150)
    ImageDraw.Draw(shade).rectangle((inside[0], inside[1], inside[2] - 1, inside[3] - 1), fill=0)
    photo.paste((16, 16, 20), mask=shade)
    ImageDraw.Draw(photo).rectangle((inside[0], inside[1], inside[2] - 1, inside[3] - 1), outline=(255, 255, 255))
    return np.asarray(photo)


def enlargement(image: Pixels) -> int:
    """The whole number by which a picture is enlarged for the screen."""
    return max(1, -(-MAP_SIDE // max(image.shape[:2])))
