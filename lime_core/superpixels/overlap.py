"""How the superpixels of two segmentations of one picture lie over each other."""

from __future__ import annotations

import numpy as np

from lime_core.arrays import Floats, Labels, check_shape


def shares(labels: Labels, others: Labels) -> Floats:
    """Find how much of each superpixel lies in each of another segmentation.

    Parameters
    ----------
    labels : (h, w) int32
        Superpixels, 0..d-1, every one present.
    others : (h, w) int32
        Those of the other segmentation, 0..m-1, every one present.

    Returns
    -------
    (m, d) float64
        Shares of the pixels of each of the d superpixels, in 0..1; every column sums to 1.

    Raises
    ------
    ValueError
        For segmentations of pictures of two sizes.
    """
    check_shape("others", others, *labels.shape)
    d, m = int(labels.max()) + 1, int(others.max()) + 1
    common = np.bincount(others.ravel().astype(np.int64) * d + labels.ravel(), minlength=m * d).reshape(m, d)
    return np.asarray(common / common.sum(axis=0))
