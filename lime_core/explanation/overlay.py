"""Weights drawn on the photo they explain: arrays in, new arrays out.

`overlay` enlarges the photo, lays colour or grey on superpixels and draws their outlines last.  A superpixel that
speaks for the class has a solid line, one that speaks against it a dashed line, both with a light casing that keeps
them visible on any photo.

Signs are those of the weights everywhere: positive means that showing the superpixel raises the score of the class.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from lime_core.arrays import Floats, Indices, Labels, Pixels, Weights, check_shape
from lime_core.explanation.outlines import dashes, distance_to, loops, members, stroke
from lime_core.explanation.palette import AGAINST_COLOR, FOR_COLOR, check_limit, diverging
from lime_core.knobs import Bounded, choice, color, knob

Color = tuple[int, int, int]

_GREY: Color = (128, 128, 128)
_WHITE: Color = (255, 255, 255)
_BLACK: Color = (0, 0, 0)
_LINE = 2.5 / 672  # width of an outline as a share of the picture's longer side


@dataclass(frozen=True)
class View(Bounded):
    """How an explanation is shown; nothing here asks the model or fits again."""

    style: str = choice(
        "tint",
        ("outline", "tint", "hide", "block", "heatmap"),
        help="Draw lines around superpixels, color them, hide or fade all the others, or color the map by weight.",
    )
    show: str = choice(
        "both", ("both", "for", "against"), help="Which superpixels to draw: for the class, against it, or both."
    )
    num_features: int = knob(8, 1, 400, step=1, help="How many superpixels are drawn, strongest first.")
    min_weight: float = knob(0.0, 0.0, 1.0, step=0.001, help="Superpixels with a smaller weight are left out.")
    opacity: float = knob(0.6, 0.0, 1.0, step=0.05, help="How strongly the colors cover the photo.")
    for_color: Color = color(FOR_COLOR, help="The color of superpixels that speak for the class (solid outlines).")
    against_color: Color = color(
        AGAINST_COLOR, help="The color of superpixels that speak against the class (dashed outlines)."
    )
    upsampling: str = choice(
        "nearest", ("nearest", "bicubic"), help="Keep the edges of superpixels in the heat map, or smooth them away."
    )


def image_and_mask(
    image: Pixels,
    segments: Labels,
    weights: Weights,
    features: NDArray[np.integer],
    *,
    positive_only: bool = True,
    negative_only: bool = False,
    hide_rest: bool = False,
    num_features: int = 5,
    min_weight: float = 0.0,
) -> tuple[NDArray[np.uint8] | NDArray[np.float64], Labels]:
    """What `lime` 0.2.0.1's `get_image_and_mask` returns, bit for bit.

    `features` (f,) are the superpixels that the surrogate was given, in the order of their selection.  The picture
    (h, w, 3) is uint8, or float64 with zeros around the superpixels when `hide_rest`; with both signs, superpixels
    for the class are full green and those against it full red.  The mask (h, w) int32 is 1 for, -1 against (with one
    sign only: 1 where shown) and 0 elsewhere.

    Raises
    ------
    ValueError
        for arrays that do not fit together, and when both flags are true.
    """
    _check(image, segments, weights)
    if positive_only and negative_only:
        raise ValueError(
            "positive_only and negative_only cannot both be True; set both to False to get both signs, "
            "or positive_only=False to get what speaks against the class"
        )
    ids = np.asarray(features, dtype=np.intp)
    order = ids[np.argsort(-np.abs(weights[ids]), kind="stable")]
    one_sign = positive_only or negative_only
    if one_sign:
        signed = weights[order] if positive_only else -weights[order]
        chosen = order[(signed > 0) & (signed > min_weight)][:num_features]
    else:
        chosen = order[:num_features]
        chosen = chosen[np.abs(weights[chosen]) >= min_weight]

    sign_of = np.zeros(len(weights), dtype=np.int32)
    sign_of[chosen] = 1 if one_sign else np.where(weights[chosen] < 0, -1, 1)
    mask = sign_of[segments]
    drawn = np.where((mask != 0)[..., None], image, 0.0) if hide_rest else image.copy()
    if not one_sign:
        drawn[mask > 0, 1] = image.max()
        drawn[mask < 0, 0] = image.max()
    return drawn, mask


def ranked(weights: Weights, show: str, num_features: int, min_weight: float) -> Indices:
    """The superpixels (m,) worth drawing, m <= `num_features`, strongest first; a weight of zero is never among them.

    `show` keeps the sign "for" (above zero), "against" (below zero) or "both"; of equal ones the lower id comes first.
    """
    if show not in ("both", "for", "against"):
        raise ValueError(f"show must be one of both, for, against, got {show!r}")
    strength = {"both": np.abs(weights), "for": weights, "against": -weights}[show]
    order = np.argsort(-strength, kind="stable")
    return order[(strength[order] > 0) & (strength[order] >= min_weight)][:num_features]


def symmetric_limit(weights: Weights) -> float:
    """The end of the scale that fits `weights` (any shape): the largest without its sign, and 1 if all are zero."""
    return float(np.abs(weights).max(initial=0.0)) or 1.0


def overlay(
    image: Pixels, segments: Labels, weights: Weights, view: View, *, scale: int = 1, limit: float | None = None
) -> Pixels:
    """The photo with its explanation, (h·scale, w·scale, 3) uint8.

    "outline" draws lines only; "tint" also colours superpixels, the more the larger |weight| / `limit`; "hide" leaves
    grey, and "block" a faded black-and-white photo, around the superpixels that are drawn; "heatmap" lays their weights
    in `diverging` over a black-and-white photo, without lines and whatever the two colours of the view.
    `limit` ends the symmetric scale (default: `symmetric_limit(weights)`); give the same one to pictures that are
    compared.

    Raises
    ------
    ValueError
        for arrays that do not fit together, a scale below 1, or a limit that is not above 0.
    """
    _check(image, segments, weights)
    limit = symmetric_limit(weights) if limit is None else limit
    check_limit(limit)
    chosen = ranked(weights, view.show, view.num_features, view.min_weight)
    shown = np.zeros(len(weights))
    shown[chosen] = weights[chosen]
    canvas = _enlarged(image, scale)

    if view.style == "heatmap":
        canvas = canvas.convert("L").convert("RGB")
        heat = heatmap(segments, shown, view.upsampling) / limit
        # Where nothing is ranked the photo shows through; "nothing" has to fade in as smoothly as the heat does.
        cover = heatmap(segments, (shown != 0).astype(np.float64), view.upsampling).clip(0, 1)
        canvas.paste(_enlarged(diverging(heat), scale), mask=_stencil(cover * view.opacity, scale))
        return np.array(canvas)

    if view.style == "tint":
        # A quarter of the opacity is there from the start: the weakest that is ranked must still be seen.
        strength = np.where(shown != 0, 0.25 + 0.75 * np.minimum(np.abs(shown) / limit, 1.0), 0.0) * view.opacity
        grey = canvas.convert("L")
        for tint, sign in ((view.for_color, shown > 0), (view.against_color, shown < 0)):
            canvas.paste(_duotone(grey, tint), mask=_stencil((strength * sign)[segments], scale))
    elif view.style == "hide":
        canvas.paste(_GREY, mask=_stencil((shown == 0)[segments], scale))
    elif view.style == "block":
        faded = Image.blend(canvas.convert("L"), Image.new("L", canvas.size, 255), 0.6).convert("RGB")
        canvas.paste(faded, mask=_stencil((shown == 0)[segments], scale))

    pixels = np.array(canvas)
    _draw_outlines(pixels, segments, shown, view, scale)
    return pixels


def heatmap(segments: Labels, weights: Weights, upsampling: str = "nearest") -> NDArray[np.float32]:
    """The signed weight of every pixel, (h, w) float32, within [-max |weight|, max |weight|].

    "nearest" gives each pixel the weight of its superpixel.  "none" averages that by area on a coarse grid, four cells
    to a superpixel of average size, and returns the grid: (rows, columns) with rows · columns ≈ 4 d.  "bicubic"
    enlarges this grid back to (h, w) with bicubic interpolation and clips what it overshoots; inside a region that is
    wider than four cells the weight stays as it is.
    """
    if upsampling not in ("nearest", "bicubic", "none"):
        raise ValueError(f"upsampling must be one of nearest, bicubic, none, got {upsampling!r}")
    _check_ids(segments, weights)
    flat = weights.astype(np.float32)[segments]
    if upsampling == "nearest":
        return flat
    h, w = segments.shape
    cell = math.sqrt(h * w / (4 * len(weights)))
    rows, columns = (min(length, max(1, round(length / cell))) for length in (h, w))
    grid = Image.fromarray(flat).resize((columns, rows), Image.Resampling.BOX)
    if upsampling == "bicubic":
        grid = grid.resize((w, h), Image.Resampling.BICUBIC)
    most = np.abs(weights).max().astype(np.float32)
    return np.asarray(grid).clip(-most, most)


def superpixel_preview(image: Pixels, segments: Labels, *, scale: int = 1) -> Pixels:
    """The photo with a thin line around every superpixel, (h·scale, w·scale, 3) uint8.

    The line is white with a dark casing: one of the two stands out wherever the photo is light or dark.
    """
    check_shape("segments", segments, *image.shape[:2])
    pixels = np.array(_enlarged(image, scale))
    width = max(1.0, 0.5 * _LINE * max(pixels.shape))
    traced = [loop for _, mask, corner in members(segments) for loop in loops(mask, corner, scale)]
    lines = distance_to(pixels.shape[:2], np.concatenate(traced), width + 1)
    stroke(pixels, lines, width + 1, _BLACK, 0.45)
    stroke(pixels, lines, width, _WHITE, 0.9)
    return pixels


def only_top(image: Pixels, segments: Labels, superpixels: NDArray[np.integer], *, background: Color) -> Pixels:
    """The photo (h, w, 3) uint8 where it belongs to `superpixels` (m,), and `background` (RGB) everywhere else."""
    check_shape("segments", segments, *image.shape[:2])
    kept = np.isin(segments, superpixels)
    return np.where(kept[..., None], image, np.array(background, dtype=np.uint8))


def centroids(segments: Labels, d: int) -> Floats:
    """For each superpixel its own pixel nearest to its centre of mass, as (row, column): (d, 2) float64.

    The centre itself may lie outside a curved superpixel; a number that is written here stands on it.
    Raises ValueError when an id in 0..d-1 has no pixel.
    """
    labels = segments.ravel()
    counts = np.bincount(labels, minlength=d)
    if len(counts) != d or not counts.all():
        raise ValueError(f"segments must hold every id from 0 to {d - 1} and no other")
    places = np.indices(segments.shape).reshape(2, -1).astype(np.float64)
    centers = np.stack([np.bincount(labels, weights=axis) for axis in places]) / counts
    away = ((places - centers[:, labels]) ** 2).sum(axis=0)
    order = np.lexsort((away, labels))
    nearest = order[np.concatenate([[0], np.cumsum(counts)[:-1]])]
    return places[:, nearest].T.copy()


def png_bytes(pixels: Pixels) -> bytes:
    """`pixels` (h, w, 3) uint8 as the bytes of a PNG file, lossless."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


def _check(image: Pixels, segments: Labels, weights: Weights) -> None:
    check_shape("image", image, None, None, 3)
    check_shape("segments", segments, *image.shape[:2])
    if image.dtype != np.uint8:
        raise ValueError(f"image must be uint8, got {image.dtype}")
    _check_ids(segments, weights)


def _check_ids(segments: Labels, weights: Weights) -> None:
    check_shape("weights", weights, None)
    if segments.min() < 0 or segments.max() >= len(weights):
        raise ValueError(
            f"segments must hold ids from 0 to {len(weights) - 1}, one for each weight, "
            f"got {segments.min()} to {segments.max()}"
        )


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


def _duotone(grey: Image.Image, tint: Color) -> Image.Image:
    """A grey picture from dark through `tint` to light: fur and leaves stay visible under a strong colour."""
    dark, light = (tuple(round(c + share * (end - c)) for c in tint) for share, end in ((0.6, 0), (0.7, 255)))
    return ImageOps.colorize(grey, black=dark, mid=tint, white=light)


def _draw_outlines(pixels: Pixels, segments: Labels, shown: Weights, view: View, scale: int) -> None:
    """Draw on `pixels` the outline of every superpixel whose `shown` (d,) is not zero: dashed where it is negative."""
    width = max(1.0, _LINE * max(pixels.shape))
    casing = 0.4 * width
    solid: list[Floats] = []
    dashed: list[Floats] = []
    for i, mask, corner in members(np.where((shown != 0)[segments], segments, -1)):
        for loop in loops(mask, corner, scale, inset=(width + casing) / 2, shortest=12 * width):
            if shown[i] > 0:
                solid.append(loop)
            else:
                dashed.append(loop[dashes(len(loop), 5 * width)])
    lines = [
        (distance_to(pixels.shape[:2], np.concatenate(points), width / 2 + casing + 1), line_color)
        for points, line_color in ((dashed, view.against_color), (solid, view.for_color))
        if points
    ]
    for distance, _ in lines:
        stroke(pixels, distance, width + 2 * casing, _WHITE, 0.8)
    for distance, line_color in lines:
        stroke(pixels, distance, width, line_color, 1.0)
