"""Weights laid over the pixels of their superpixels."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lime_core.arrays import Floats, Indices, Labels, Pixels, Weights, check_shape


def heatmap(segments: Labels, weights: Weights, upsampling: str = "nearest") -> NDArray[np.float32]:
    """The signed weight of every pixel, (h, w) float32, within [-max |weight|, max |weight|].

    "nearest" gives each pixel the weight of its superpixel.  "none" averages that by area on a coarse grid, four cells
    to a superpixel of average size, and returns the grid: (rows, columns) with rows · columns ≈ 4 d.  "bicubic"
    enlarges this grid back to (h, w) with bicubic interpolation and clips what it overshoots; inside a region that is
    wider than four cells the weight stays as it is.
    """
    if upsampling not in ("nearest", "bicubic", "none"):
        raise ValueError(f"upsampling must be one of nearest, bicubic, none, got {upsampling!r}")
    check_ids(segments, weights)
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


def check_explained(image: Pixels, segments: Labels, weights: Weights) -> None:
    """Raise ValueError unless picture, superpixels and weights belong together."""
    check_shape("image", image, None, None, 3)
    check_shape("segments", segments, *image.shape[:2])
    if image.dtype != np.uint8:
        raise ValueError(f"image must be uint8, got {image.dtype}")
    check_ids(segments, weights)


def check_ids(segments: Labels, weights: Weights) -> None:
    check_shape("weights", weights, None)
    if segments.min() < 0 or segments.max() >= len(weights):
        raise ValueError(
            f"segments must hold ids from 0 to {len(weights) - 1}, one for each weight, "
            f"got {segments.min()} to {segments.max()}"
        )
