"""Maps and previews as pictures.  No page framework here, so that they can be tested and reused alone."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

import lime_core as lc
from lime_core.arrays import Indices, Labels, Pixels
from lime_core.drawing.marks import with_texts
from lime_core.drawing.overlay import guess_beside_map, superpixel_preview

MAP_SIDE = 640
"""Pixels of the drawn map's longer side, at least."""


def map_picture(e: lc.Explanation, view: lc.View, limit: float, pairs: Indices | None = None) -> Pixels:
    """The overlay, enlarged for the screen, on the scale from -limit to +limit; a line joins each of the pairs."""
    return e.overlay(view, scale=enlargement(e.image), limit=limit, pairs=pairs)


def preview_picture(image: Pixels, segments: Labels, width: int | None = None) -> Pixels:
    """The crop, enlarged for the screen, with a line around every superpixel; at most so many pixels wide."""
    pixels = superpixel_preview(image, segments, scale=enlargement(image))
    if width is None or width >= pixels.shape[1]:
        return pixels
    size = width, round(width * pixels.shape[0] / pixels.shape[1])
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))


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


def coded_labels(labels: Labels) -> Pixels:
    """Labels as a picture that a browser can read back: red counts ones, green 256s."""
    return np.stack([labels % 256, labels // 256, np.zeros_like(labels)], axis=2).astype(np.uint8)


def numbered_picture(segmentation: lc.Segmentation) -> Pixels:
    """The crop, enlarged for the screen, with a line around every superpixel, and its number on those of the photo."""
    scale = enlargement(segmentation.image)
    pixels = superpixel_preview(segmentation.image, segmentation.labels, scale=scale)
    inside = segmentation.in_photo  # the border around it comes last
    return with_texts(pixels, segmentation.centers[:inside], [str(part) for part in range(inside)], scale)


def guess_picture(e: lc.Explanation, top: Sequence[int], guess: Sequence[int]) -> Pixels:
    """The crop with solid outlines around the parts of a map, and dashed ones around those of a guess."""
    scale = enlargement(e.image)
    pixels = guess_beside_map(e.image, e.segments, top, guess, scale=scale)
    both = sorted({*top, *guess})
    centers = e.scene.segmentation.centers[both]
    return with_texts(pixels, centers, [str(part) for part in both], scale)


def as_jpeg(pixels: Pixels) -> bytes:
    """A picture as a JPEG file: for what is looked at, and never compared by pixel."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="JPEG", quality=90)
    return file.getvalue()
