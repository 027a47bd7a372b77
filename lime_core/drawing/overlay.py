"""Weights drawn on the photo they explain: arrays in, new arrays out.

`overlay` enlarges the photo, lays color or grey on superpixels and draws their outlines last.  A superpixel that
speaks for the class has a solid line, one that speaks against it a dashed line, both with a light and a dark casing:
one stands out on any photo.  Tint and heat map lie on the photo in grey, for orange cannot be seen on an orange cup.

Signs are those of the weights everywhere: positive means that showing the superpixel raises the score of the class.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from lime_core.arguments import is_a, number, whole
from lime_core.arrays import Floats, Labels, Pixels, Weights, check_shape
from lime_core.drawing.heatmap import check_explained, heatmap, ranked, symmetric_limit
from lime_core.drawing.outlines import dashes, distance_to, loops, members, stroke
from lime_core.drawing.palette import GUESS_COLOR, check_limit, diverging
from lime_core.drawing.view import RGB, View

_GREY: RGB = (128, 128, 128)
_WHITE: RGB = (255, 255, 255)
_BLACK: RGB = (0, 0, 0)
LINE = 3 / 672
"""Width of an outline as a share of the picture's longer side."""
WEAKEST = 0.5
"""Share of the opacity that is there from the start: the weakest that is ranked must still be seen."""
FLAT = 50
"""How far black is lifted, and white lowered, in a photo that colors lie on: the strongest is to stand out."""
TEXTURE = 0.35
"""How far a color darkens and lightens with the photo: more would rank superpixels by their brightness."""

_MOST_SCALE = 100


def overlay(
    image: Pixels, segments: Labels, weights: Weights, view: View, *, scale: int = 1, limit: float | None = None
) -> Pixels:
    """Draw an explanation on its photo.

    "outline" draws lines only; "tint" also colors superpixels, the more the larger |weight| / `limit`; "hide" leaves
    grey, and "block" a faded black-and-white photo, around the superpixels that are drawn; "heatmap" lays all weights
    in `diverging` over the photo, without lines and whatever the two colors of the view.

    Parameters
    ----------
    image : (h, w, 3) uint8
        The crop that was explained.
    segments : (h, w) int32
        Its superpixels, 0..d-1.
    weights : (d,) float64
        Their weights, positive for the class, in the unit of the score.
    view : View
        How they are drawn.
    scale : int, at least 1, default 1
        How many times the picture is larger than the photo.
    limit : float, above 0, optional
        Ends the symmetric scale (default: `symmetric_limit(weights)`); give the same one to pictures that are compared.

    Returns
    -------
    (h·scale, w·scale, 3) uint8
        A new picture.

    Raises
    ------
    ValueError
        For arrays that do not fit together, a scale below 1, or a limit that is not above 0.
    """
    check_explained(image, segments, weights)
    is_a("view", view, View, "a View")
    scale = whole("scale", scale, 1, most=_MOST_SCALE)
    limit = symmetric_limit(weights) if limit is None else number("limit", limit, 0)
    check_limit(limit)
    ranking = ranked(weights, view.show, view.most(len(weights)), view.min_weight)
    shown = np.zeros(len(weights))
    shown[ranking] = weights[ranking]
    canvas = _enlarged(image, scale)
    grey = canvas.convert("L")
    flat = grey.point([round(FLAT + (1 - 2 * FLAT / 255) * value) for value in range(256)])
    if view.ground == "grey" and (view.style == "heatmap" or (view.style == "tint" and len(ranking))):
        canvas = flat.convert("RGB")

    if view.style == "heatmap":
        heat = heatmap(segments, shown, view.upsampling) / limit
        # Where nothing is ranked the photo shows through, which has to fade in as smoothly as the heat does.
        cover = heatmap(segments, (shown != 0).astype(np.float64), view.upsampling).clip(0, 1)
        canvas.paste(_enlarged(diverging(heat), scale), mask=_stencil(cover * view.opacity, scale))
        return np.array(canvas)

    if view.style == "tint":
        share = np.minimum(np.abs(shown) / limit, 1.0)
        strength = np.where(shown != 0, WEAKEST + (1.0 - WEAKEST) * share, 0.0) * view.opacity
        for tint, sign in ((view.for_color, shown > 0), (view.against_color, shown < 0)):
            canvas.paste(_duotone(grey, tint), mask=_stencil((strength * sign)[segments], scale))
    elif view.style == "hide":
        canvas.paste(_GREY, mask=_stencil((shown == 0)[segments], scale))
    elif view.style == "block":
        faded = Image.blend(grey, Image.new("L", canvas.size, 255), 0.6).convert("RGB")
        canvas.paste(faded, mask=_stencil((shown == 0)[segments], scale))

    pixels = np.array(canvas)
    _draw_outlines(pixels, segments, shown, view, scale)
    return pixels


def superpixel_preview(image: Pixels, segments: Labels, *, scale: int = 1) -> Pixels:
    """Draw a thin line around every superpixel of a photo.

    The line is white with a dark casing: one of the two stands out wherever the photo is light or dark.

    Parameters
    ----------
    image, segments, scale : (h, w, 3) uint8, (h, w) int32 and int, default 1
        As of `overlay`.

    Returns
    -------
    (h·scale, w·scale, 3) uint8
        A new picture.

    Raises
    ------
    ValueError
        For superpixels of another shape than the photo's, or a scale below 1.
    """
    check_shape("segments", segments, *image.shape[:2])
    pixels = np.array(_enlarged(image, scale))
    width = max(1.0, 0.5 * LINE * max(pixels.shape))
    outlines = [loop for _, mask, corner in members(segments) for loop in loops(mask, corner, scale)]
    lines = distance_to(pixels.shape[:2], np.concatenate(outlines), width + 1)
    stroke(pixels, lines, width + 1, _BLACK, 0.45)
    stroke(pixels, lines, width, _WHITE, 0.9)
    return pixels


def guess_beside_map(
    image: Pixels, segments: Labels, top: Sequence[int], guess: Sequence[int], *, scale: int = 1
) -> Pixels:
    """Draw solid outlines around some superpixels of a grey photo, dashed ones around others; one can have both.

    The dashed ones are violet: no map has that color.

    Parameters
    ----------
    image, segments, scale : (h, w, 3) uint8, (h, w) int32 and int, default 1
        As of `overlay`.
    top, guess : sequence of int
        Superpixels with solid, and with dashed outlines.

    Returns
    -------
    (h·scale, w·scale, 3) uint8
        A new picture.

    Raises
    ------
    ValueError
        For superpixels of another shape than the photo's, or a scale below 1.
    """
    check_shape("segments", segments, *image.shape[:2])
    pixels = np.array(_enlarged(image, scale).convert("L").convert("RGB"))
    for which, sign in ((top, 1.0), (guess, -1.0)):
        shown = np.zeros(int(segments.max()) + 1)
        shown[list(which)] = sign
        _draw_outlines(pixels, segments, shown, View(against_color=GUESS_COLOR), scale)
    return pixels


def png_bytes(pixels: Pixels) -> bytes:
    """Write a picture as a PNG file, lossless.

    Parameters
    ----------
    pixels : (h, w, 3) uint8
        The picture.

    Returns
    -------
    bytes
        What the file holds.
    """
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


def _enlarged(image: Pixels, scale: int) -> Image.Image:
    if scale < 1:
        raise ValueError(f"scale must be a whole number from 1, got {scale}")
    h, w = image.shape[:2]
    return Image.fromarray(image).resize((w * scale, h * scale), Image.Resampling.BICUBIC)


def _stencil(opacity: NDArray[np.generic], scale: int) -> Image.Image:
    """Opacity (h, w) in [0, 1] as a mask for `paste`; linear enlargement leaves no steps where superpixels meet."""
    h, w = opacity.shape
    mask = Image.fromarray(np.rint(np.multiply(opacity, 255.0)).astype(np.uint8))
    return mask.resize((w * scale, h * scale), Image.Resampling.BILINEAR)


def _duotone(grey: Image.Image, tint: RGB) -> Image.Image:
    """A grey picture from dark through `tint` to light: fur and leaves stay visible, but do not outweigh the color."""
    dark, light = (tuple(round(c + TEXTURE * (end - c)) for c in tint) for end in (0, 255))
    return ImageOps.colorize(grey, black=dark, mid=tint, white=light)


def _draw_outlines(pixels: Pixels, segments: Labels, shown: Weights, view: View, scale: int) -> None:
    """Draw on `pixels` the outline of every superpixel whose `shown` (d,) is not zero: dashed where it is negative."""
    width = max(1.0, LINE * max(pixels.shape))
    casing = max(1.0, 0.4 * width)
    solid: list[Floats] = []
    dashed: list[Floats] = []
    for i, mask, corner in members(np.where((shown != 0)[segments], segments, -1)):
        for loop in loops(mask, corner, scale, inset=width / 2 + casing, shortest=12 * width):
            if shown[i] > 0:
                solid.append(loop)
            else:
                dashed.append(loop[dashes(len(loop), 4 * (width + 2 * casing))])
    lines = [
        (distance_to(pixels.shape[:2], np.concatenate(points), width / 2 + 2 * casing + 1), line_color)
        for points, line_color in ((dashed, view.against_color), (solid, view.for_color))
        if points
    ]
    for around, shade, opacity in ((4 * casing, _BLACK, 0.75), (2 * casing, _WHITE, 0.9)):
        for distance, _ in lines:
            stroke(pixels, distance, width + around, shade, opacity)
    for distance, line_color in lines:
        stroke(pixels, distance, width, line_color, 1.0)
