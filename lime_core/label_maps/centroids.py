"""Where superpixels lie: for each of a label map one place that stands for it."""

from __future__ import annotations

import numpy as np

from lime_core.arrays import Floats, Labels


def centroids(segments: Labels, d: int) -> Floats:
    """Find for each superpixel its own pixel nearest to its centre of mass.

    The centre itself may lie outside a curved superpixel; a number that is written here stands on it.

    Parameters
    ----------
    segments : (h, w) int32
        The superpixel of every pixel, 0..d-1.
    d : int
        Number of superpixels.

    Returns
    -------
    (d, 2) float64
        (row, column) of that pixel, whole numbers from the upper left.

    Raises
    ------
    ValueError
        When an id in 0..d-1 has no pixel, or there is another id.
    """
    labels = segments.ravel()
    counts = np.bincount(labels, minlength=d)
    if len(counts) != d or not counts.all():
        raise ValueError(f"segments must hold every id from 0 to {d - 1} and no other")
    pixels = np.indices(segments.shape).reshape(2, -1).astype(np.float64)
    centers = np.stack([np.bincount(labels, weights=axis) for axis in pixels]) / counts
    distance = ((pixels - centers[:, labels]) ** 2).sum(axis=0)
    order = np.lexsort((distance, labels))
    nearest = order[np.concatenate([[0], np.cumsum(counts)[:-1]])]
    return pixels[:, nearest].T.copy()
