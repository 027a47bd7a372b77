"""Weights laid over the pixels of their superpixels."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from lime_core.arguments import one_of
from lime_core.arrays import Floats, Indices, Labels, Pixels, Weights, check_shape


def heatmap(segments: Labels, weights: Weights, upsampling: str = "nearest") -> Floats:
    """Lay the signed weights over the pixels of their superpixels.

    "nearest" gives each pixel the weight of its superpixel.  "none" averages that by area on a coarse grid, four cells
    to a superpixel of average size, and returns the grid: (rows, columns) with rows · columns ≈ 4 d.  "bicubic"
    enlarges this grid back to (h, w) with bicubic interpolation and clips what it overshoots; inside a region that is
    wider than four cells the weight stays as it is.

    Parameters
    ----------
    segments : (h, w) int32
        The superpixel of every pixel, 0..d-1.
    weights : (d,) float64
        Positive where showing the superpixel raises the score, in the unit of the score.
    upsampling : "nearest", "bicubic" or "none", default "nearest"
        How weights are laid over pixels.

    Returns
    -------
    (h, w) float64, or (rows, columns) for "none"
        Signed weights, within [-max |weight|, max |weight|]; on the coarse grid to seven digits of the largest.

    Raises
    ------
    ValueError
        For an unknown upsampling, or an id that has no weight.
    """
    one_of("upsampling", upsampling, ("nearest", "bicubic", "none"))
    check_ids(segments, weights)
    if upsampling == "nearest":
        return weights[segments]
    h, w = segments.shape
    cell = math.sqrt(h * w / (4 * len(weights)))
    rows, columns = (min(length, max(1, round(length / cell))) for length in (h, w))
    limit = symmetric_limit(weights)
    shares = (weights / limit).astype(np.float32)[segments]  # Pillow has no wider numbers, and weights are of any size
    grid = Image.fromarray(shares).resize((columns, rows), Image.Resampling.BOX)
    if upsampling == "bicubic":
        grid = grid.resize((w, h), Image.Resampling.BICUBIC)
    return np.asarray(grid, dtype=np.float64).clip(-1.0, 1.0) * limit


def ranked(weights: Weights, show: str, num_features: int, min_weight: float) -> Indices:
    """Rank the superpixels worth drawing, strongest first; a weight of zero is never among them.

    Parameters
    ----------
    weights : (d,) float64
        In the unit of the score.
    show : "both", "for" or "against"
        Keeps both signs, those above zero, or those below zero.
    num_features : int, not negative
        How many superpixels at most.
    min_weight : float
        Superpixels with a smaller weight, without its sign, are left out.

    Returns
    -------
    (m,) integers, m <= `num_features`
        Ids of superpixels; of equal weights the lower id comes first.

    Raises
    ------
    ValueError
        For an unknown `show`.
    """
    if show not in ("both", "for", "against"):
        raise ValueError(f"show must be one of both, for, against, got {show!r}")
    strength = {"both": np.abs(weights), "for": weights, "against": -weights}[show]
    order = np.argsort(-strength, kind="stable")
    return order[(strength[order] > 0) & (strength[order] >= min_weight)][:num_features]


def symmetric_limit(weights: Weights) -> float:
    """Find the end of the symmetric scale that fits these weights.

    Parameters
    ----------
    weights : float64 of any shape
        In the unit of the score.

    Returns
    -------
    float
        The largest weight without its sign, and 1 if all are zero.
    """
    return float(np.abs(weights).max(initial=0.0)) or 1.0


def check_explained(image: Pixels, segments: Labels, weights: Weights) -> None:
    """Raise ValueError unless picture, superpixels and weights belong together.

    Parameters
    ----------
    image : (h, w, 3) uint8
        The picture.
    segments : (h, w) int32
        Its superpixels, 0..d-1.
    weights : (d,) float64
        Their weights.

    Raises
    ------
    ValueError
        For another shape or dtype, or an id that has no weight.
    """
    check_shape("image", image, None, None, 3)
    check_shape("segments", segments, *image.shape[:2])
    if image.dtype != np.uint8:
        raise ValueError(f"image must be uint8, got {image.dtype}")
    check_ids(segments, weights)


def check_ids(segments: Labels, weights: Weights) -> None:
    """Raise ValueError unless every superpixel has a weight.

    Parameters
    ----------
    segments, weights : (h, w) int32 and (d,) float64
        As of `check_explained`.

    Raises
    ------
    ValueError
        For weights that are not (d,), or an id that has none.
    """
    check_shape("weights", weights, None)
    if segments.min() < 0 or segments.max() >= len(weights):
        raise ValueError(
            f"segments must hold ids from 0 to {len(weights) - 1}, one for each weight, "
            f"got {segments.min()} to {segments.max()}"
        )
