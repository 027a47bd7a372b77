"""Features of superpixels: what each looks like to the first layers of the model, or in color and texture.

A prior knows superpixels of other pictures by their looks, so each is described by a vector: what the first layers
answer at its centre, beside the mean of their answers over it, scaled to length 1.  Where a model has no such layers,
color and texture stand in for them.

References
----------
Li et al. (2023), "G-LIME", Artificial Intelligence 314.  Its authors' InterpretDL describes superpixels in the same
way, with three layers of a residual network for whatever model is explained.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from skimage.color import rgb2lab

from lime_core.arrays import Labels, Pixels, check_shape, read_only
from lime_core.features.early_layers import EarlyLayers

Features = NDArray[np.float32]
"""(d, f) float32, a row of length 1 for each superpixel."""

COLOR_AND_TEXTURE = "color and texture"
"""The kind of features of a model without layers that can be followed."""

_COLORS_AND_TEXTURES = 14
_EDGES = np.array([0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32])  # of the steepness of lightness, 1 from black to white


@dataclass(frozen=True, eq=False)
class Description:
    """What the superpixels of a picture look like, and where they are.

    Parameters
    ----------
    features : ndarray (d, f) of float32
        Rows of length 1, or of zeros where all features are zero.
    places : ndarray (d, 2) of float32
        Centre of mass of each as (row, column), 0..1 from the upper left.
    kind : str
        What the features are; only features of the same kind can be compared.
    """

    features: Features
    places: NDArray[np.float32]
    kind: str

    def columns(self, position: float = 0.0) -> Features:
        """The features, and beside them the places as far as they count.

        Parameters
        ----------
        position : float, default 0
            The factor of the places: the larger, the more it counts where something is.  At 1, two superpixels that
            look alike on opposite sides are about as far apart as two that look nothing alike.

        Returns
        -------
        ndarray (d, f) or (d, f + 2) of float32
            The latter with the places times `position`, where that is not 0.
        """
        return self.features if position == 0 else np.hstack([self.features, np.float32(position) * self.places])

    @property
    def nbytes(self) -> int:
        """Memory of the arrays in bytes."""
        return self.features.nbytes + self.places.nbytes


class WithEarlyLayers(Protocol):
    """What has first layers, or knows that it has none: a `Classifier`."""

    @property
    def early(self) -> EarlyLayers | None:
        """The first layers."""
        ...


def describe(model: WithEarlyLayers, image: Pixels, labels: Labels) -> Description:
    """Describe the superpixels of a crop by the first layers of a model, or by color and texture where it has none.

    Parameters
    ----------
    model : Classifier
        Whose `early` layers are used.
    image, labels : ndarray
        As for `describe_with`: (h, w, 3) uint8, what the model sees, and (h, w), 0..d-1.

    Returns
    -------
    Description
        Features and places of d superpixels, and the kind of the features.

    Raises
    ------
    ValueError
        When image and labels do not have the same size.

    References
    ----------
    Li et al. (2023), "G-LIME", Artificial Intelligence 314; InterpretDL.
    """
    return describe_with(model.early, image, labels)


def describe_with(early: EarlyLayers | None, image: Pixels, labels: Labels) -> Description:
    """Describe the superpixels of a crop by these layers, or by color and texture where there are none.

    Parameters
    ----------
    early : EarlyLayers or None
        The layers; None for color and texture.
    image : ndarray (h, w, 3) of uint8
        What the model sees.
    labels : ndarray (h, w) of int32
        The superpixel of every pixel, 0..d-1, every one present.

    Returns
    -------
    Description
        Features and places of d superpixels, and the kind of the features.

    Raises
    ------
    ValueError
        When the two do not have the same size.
    """
    check_shape("image", image, None, None, 3)
    check_shape("labels", labels, *image.shape[:2])
    sizes = np.bincount(labels.ravel())
    centers = [np.bincount(labels.ravel(), weights=axis.ravel()) / sizes for axis in np.indices(labels.shape)]
    places = (np.stack(centers, axis=1) + 0.5) / labels.shape
    looks = _color_and_texture(image, labels, sizes) if early is None else _pooled(early(image), labels, places)
    length = np.linalg.norm(looks, axis=1, keepdims=True)
    features = (looks / np.where(length > 0, length, 1.0)).astype(np.float32)
    kind = COLOR_AND_TEXTURE if early is None else early.kind
    return Description(read_only(features), read_only(places.astype(np.float32)), kind)


def described_by(early: EarlyLayers | None) -> tuple[str, int]:
    """The kind and the number of the features that `describe_with` gives.

    Parameters
    ----------
    early : EarlyLayers or None
        As for `describe_with`.

    Returns
    -------
    kind : str
        The kind of a `Description`.
    features : int
        How many there are for each superpixel, f.
    """
    return (COLOR_AND_TEXTURE, _COLORS_AND_TEXTURES) if early is None else (early.kind, early.features)


def _pooled(cells: NDArray[np.float32], labels: Labels, places: NDArray[np.floating]) -> NDArray[np.floating]:
    """(d, 2·channels) the map (rows, columns, channels) at the places, and its mean over each superpixel.

    A cell counts with the share of the superpixel that it covers.
    """
    (h, w), (rows, columns) = labels.shape, cells.shape[:2]
    cell = (np.arange(h) * rows // h)[:, None] * columns + np.arange(w) * columns // w
    flat = cells.reshape(rows * columns, -1)
    ones = np.ones(labels.size, dtype=np.float32)
    area = sparse.csr_array((ones, (labels.ravel(), cell.ravel())), shape=(len(places), len(flat)))
    mean = (area @ flat) / area.sum(axis=1)[:, None]
    row, column = (places * (rows, columns)).astype(np.intp).T
    return np.hstack([flat[row * columns + column], mean])


def _color_and_texture(image: Pixels, labels: Labels, sizes: NDArray[np.int64]) -> NDArray[np.floating]:
    """(d, 14): mean and standard deviation of each Lab channel, lightness 0..1, and shares of eight steepnesses."""
    lab = rgb2lab(image.astype(np.float32) / 255.0).reshape(-1, 3) / 100.0
    flat = labels.ravel()
    means = np.stack([np.bincount(flat, weights=channel) for channel in lab.T], axis=1) / sizes[:, None]
    spread = np.stack([np.bincount(flat, weights=channel**2) for channel in (lab - means[flat]).T], axis=1)
    lightness = np.pad(lab[:, 0].reshape(labels.shape), 1, mode="edge")  # a gradient needs two rows and columns
    steepness = np.hypot(*np.gradient(lightness))[1:-1, 1:-1]
    steps = len(_EDGES) + 1
    counts = np.bincount(flat * steps + np.digitize(steepness.ravel(), _EDGES), minlength=len(sizes) * steps)
    shares = counts.reshape(-1, steps) / sizes[:, None]
    return np.hstack([means, np.sqrt(spread / sizes[:, None]), shares])
