"""Outlines of superpixels as smooth lines.

An outline is traced around the superpixel's mask, smoothed by about one pixel of the photo so that it does not step
from pixel to pixel, and moved inwards by half its width: two neighbours then have their lines side by side, and neither
hides the other's sign.  Lines are drawn from the distance of each pixel to the nearest point, which leaves soft edges.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from skimage.measure import find_contours, regionprops

from lime_core.arrays import Floats, Labels, Pixels

SAMPLE = 0.75
"""Output pixels between two points of an outline."""
SMOOTHING = 1.3
"""Standard deviation of the smoothing along an outline, in pixels of the photo."""
ROUNDING = 2.0
"""That of the mask before it is traced: spurs and slots that are thinner would be nothing but line."""


def members(labels: Labels) -> Iterator[tuple[int, NDArray[np.bool_], tuple[int, int]]]:
    """Cut out the pixels of each id from 0.

    Parameters
    ----------
    labels : (h, w) int32
        Superpixels; what is below 0 is left out.

    Yields
    ------
    int, (rows, columns) bool, (int, int)
        The id, the smallest mask that holds its pixels, and the (row, column) of that mask's upper left corner.
    """
    for region in regionprops(labels + 1):
        yield region.label - 1, region.image, region.bbox[:2]


def loops(
    mask: NDArray[np.bool_], corner: tuple[int, int], scale: int, *, inset: float = 0.0, shortest: float = 0.0
) -> list[Floats]:
    """Trace the outlines of a mask, of its parts and holes; each is closed and smooth.

    Parameters
    ----------
    mask : (rows, columns) bool
        The pixels of a superpixel.
    corner : (int, int)
        (row, column) of the mask's upper left corner in the photo.
    scale : int, at least 1
        How many times the picture is larger than the photo.
    inset : float, default 0
        How far outlines are moved into the mask, in pixels of the enlarged picture.
    shortest : float, default 0
        Those below this length are left out as clutter, but the longest always stays.

    Returns
    -------
    list of (points, 2) float64
        Points (row, column) in the enlarged picture.
    """
    frame = math.ceil(3 * ROUNDING)
    padded = np.pad(mask, frame).astype(np.float64)
    rounded = gaussian_filter(padded, ROUNDING, mode="constant")
    # Of what is thin as a whole nothing would be left.
    whole = np.count_nonzero(rounded > 0.5) > 0.7 * np.count_nonzero(mask)
    contours = find_contours(rounded if whole else padded, 0.5)
    # Padding moved the pixel centres, and the centre of a pixel lies half a pixel from its corner.
    contours = [(contour + corner - frame + 0.5) * scale for contour in contours]
    arcs = [np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))]) for points in contours]
    longest = max(arc[-1] for arc in arcs)
    outlines = []
    for points, arc in zip(contours, arcs, strict=True):
        if arc[-1] < min(shortest, longest):
            continue
        positions = np.linspace(0.0, arc[-1], max(8, round(arc[-1] / SAMPLE)), endpoint=False)
        loop = _smoothed(np.stack([np.interp(positions, arc, axis) for axis in points.T]), SMOOTHING * scale / SAMPLE)
        along = np.roll(loop, -1, axis=1) - np.roll(loop, 1, axis=1)
        # find_contours walks with the mask on the same side around parts and around holes, so one turn serves both.
        inward = np.stack([along[1], -along[0]]) / np.maximum(np.hypot(*along), 1e-9)
        outlines.append((loop + inset * inward).T)
    return outlines


def _smoothed(loop: Floats, sigma: float) -> Floats:
    """The closed `loop` (2, points) under a Gaussian that runs around it."""
    radius = math.ceil(2.5 * sigma)
    bell = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    around = np.pad(loop, ((0, 0), (radius, radius)), mode="wrap")
    return np.stack([np.convolve(axis, bell / bell.sum(), mode="valid") for axis in around])


def dashes(points: int, period: float) -> NDArray[np.bool_]:
    """Say which points of a loop lie on a dash; the period is stretched so that the last gap meets the first dash.

    Parameters
    ----------
    points : int
        How many points the loop has.
    period : float, above 0
        Length of a dash with its gap, in pixels of the enlarged picture.

    Returns
    -------
    (points,) bool
        True on a dash.
    """
    count = max(2, round(points * SAMPLE / period))
    return np.arange(points) * count / points % 1.0 < 0.45


def distance_to(size: tuple[int, int], points: Floats, reach: float) -> NDArray[np.float32]:
    """How far each pixel of a picture is from the nearest of some points.

    Parameters
    ----------
    size : (int, int)
        Rows and columns of the picture.
    points : (m, 2) float64
        (row, column) of each.
    reach : float, above 0
        Distances up to this are needed, in pixels.

    Returns
    -------
    (rows, columns) float32
        Distances in pixels; infinite well past `reach`.
    """
    radius = math.ceil(reach)
    step = np.arange(-radius, radius + 1)
    pixel = np.floor(points).astype(np.intp)
    # A line that is moved into what is thinner than itself may lie outside; farther off it is near no pixel.
    near = ((pixel >= -radius) & (pixel < np.add(size, radius))).all(axis=1)
    points, pixel = points[near], pixel[near]
    offset = pixel[:, :, None] + step + 0.5 - points[:, :, None]
    frame = 2 * radius  # around the picture, for what these points put outside
    field = np.full((size[0] + 2 * frame, size[1] + 2 * frame), np.inf, dtype=np.float32)
    index = (pixel[:, 0, None, None] + step[:, None] + frame) * field.shape[1] + pixel[:, 1, None, None] + step + frame
    squared = (offset[:, 0, :, None] ** 2 + offset[:, 1, None, :] ** 2).astype(np.float32)
    np.minimum.at(field.reshape(-1), index.ravel(), squared.ravel())
    return np.sqrt(field[frame:-frame, frame:-frame])


def stroke(
    pixels: Pixels, distance: NDArray[np.float32], width: float, line_color: tuple[int, int, int], opacity: float
) -> None:
    """Draw on `pixels` the line that runs where `distance` is zero, with soft edges.

    Parameters
    ----------
    pixels : (h, w, 3) uint8
        The picture, which is changed.
    distance : (h, w) float32
        Of each pixel from the line, in pixels.
    width : float, above 0
        Of the line, in pixels.
    line_color : three int in 0..255
        Red, green and blue.
    opacity : float in [0, 1]
        Of the line.
    """
    touched = np.nonzero(distance < width / 2 + 0.5)
    cover = opacity * np.minimum(width / 2 + 0.5 - distance[touched], 1.0)[:, None]
    pixels[touched] = np.rint(pixels[touched] * (1 - cover) + np.array(line_color) * cover).astype(np.uint8)
