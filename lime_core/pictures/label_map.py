"""Label maps: superpixels of one's own, read from a PNG or an `.npy` file, as a segmenter."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lime_core.arrays import Labels, Pixels, digest, read_only
from lime_core.errors import BadPicture, TooFewSuperpixels

MAX_LABEL_PIXELS = 50_000_000


@dataclass(frozen=True)
class LabelMap:
    """Superpixels that the user gives: the labels of every pixel of the picture that the model sees.

    Make one with `LabelMap.of` or `load_label_map`; it is compared and hashed by the digest of its labels.  As a
    segmenter it is called with a picture: a map of another size but of the same shape is scaled (nearest pixel), and
    one whose ratio of width to height differs by more than 2 % raises BadPicture.

    Parameters
    ----------
    digest : str
        SHA-256 of the labels, their shape and dtype.
    labels : ndarray (h, w) of int32
        The superpixel of every pixel, 0..d-1, every one present; read-only.
    """

    to_get_more: ClassVar[str] = "Give a label map with at least two different values."

    digest: str
    labels: Labels = field(repr=False, compare=False)

    @staticmethod
    def of(labels: NDArray[Any]) -> LabelMap:
        """A label map from an array.

        Parameters
        ----------
        labels : ndarray (h, w) of integers
            Any numbers; pixels with the same one make a superpixel.

        Returns
        -------
        LabelMap
            With superpixels numbered 0..d-1 in the order of these numbers.

        Raises
        ------
        BadPicture
            When the array is empty, has another number of dimensions, or holds anything but integers.
        TooFewSuperpixels
            When all numbers are the same.
        """
        labels = np.asarray(labels)
        if labels.ndim != 2 or not np.issubdtype(labels.dtype, np.integer) or labels.size == 0:
            raise BadPicture(
                "A label map has one whole number for each pixel, two dimensions in all; "
                f"this one has the shape {labels.shape} and holds {labels.dtype}."
            )
        values, numbered = np.unique(labels, return_inverse=True)
        if len(values) < 2:
            raise TooFewSuperpixels(f"The label map has a single value. {LabelMap.to_get_more}")
        superpixels = read_only(numbered.reshape(labels.shape).astype(np.int32))
        return LabelMap(digest(superpixels), superpixels)

    def cropped(self, left: float, top: float, right: float, bottom: float) -> LabelMap:
        """The part inside a box, for a map of the whole photo where the model sees a crop.

        Parameters
        ----------
        left, top, right, bottom : float
            The box in pixels of this map, rounded; what lies outside of the map is cut off.

        Returns
        -------
        LabelMap
            With its superpixels numbered anew.

        Raises
        ------
        BadPicture
            When nothing of the map lies inside.
        TooFewSuperpixels
            When a single superpixel does.
        """
        left, top, right, bottom = (max(0, round(edge)) for edge in (left, top, right, bottom))
        return LabelMap.of(self.labels[top:bottom, left:right])

    def __call__(self, image: Pixels) -> NDArray[Any]:
        height, width = image.shape[:2]
        if self.labels.shape == (height, width):
            return self.labels
        if abs(self.labels.shape[1] / self.labels.shape[0] - width / height) > 0.02 * width / height:
            raise BadPicture(
                f"The label map has {self.labels.shape[1]} × {self.labels.shape[0]} pixels, but the model sees "
                f"{width} × {height}: give a map of the crop, or of the whole photo."
            )
        row = np.arange(height) * self.labels.shape[0] // height
        column = np.arange(width) * self.labels.shape[1] // width
        return self.labels[row[:, None], column[None, :]]


def load_label_map(source: str | Path | bytes) -> LabelMap:
    """Read a label map from a PNG (grey, palette, or one color for each superpixel) or a NumPy `.npy` file.

    Parameters
    ----------
    source : str, Path or bytes
        A path, or the contents of a file.  Of a PNG each value or color is a superpixel; an `.npy` file holds an array
        (h, w) of integers, or of floats that are whole numbers.

    Returns
    -------
    LabelMap
        As `LabelMap.of` makes it.

    Raises
    ------
    BadPicture
        When it is neither, is broken, is larger than 50 megapixels, or holds anything but whole numbers.
    TooFewSuperpixels
        When all pixels have the same value.
    """
    try:
        contents = source if isinstance(source, bytes) else Path(source).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a path with NUL
        reason = getattr(error, "strerror", None) or error
        raise BadPicture(f"The label map could not be read: {reason}.") from error
    read: Callable[[bytes], NDArray[Any]] = _read_npy if contents.startswith(b"\x93NUMPY") else _read_png
    return LabelMap.of(read(contents))


def _read_npy(contents: bytes) -> NDArray[Any]:
    try:
        labels = np.load(io.BytesIO(contents), allow_pickle=False)
    except (ValueError, OSError, EOFError, MemoryError) as error:
        raise BadPicture("The label map is no readable .npy file of plain numbers.") from error
    if labels.size > MAX_LABEL_PIXELS:
        raise BadPicture("The label map has more than 50 megapixels.")
    if np.issubdtype(labels.dtype, np.floating) and np.isfinite(labels).all() and (labels == np.round(labels)).all():
        return labels.astype(np.int64)
    return labels


def _read_png(contents: bytes) -> NDArray[Any]:
    try:
        with Image.open(io.BytesIO(contents), formats=("PNG",)) as png:
            if png.width * png.height > MAX_LABEL_PIXELS:
                raise BadPicture("The label map has more than 50 megapixels.")
            if png.mode in ("1", "L", "P", "I", "I;16"):
                return np.asarray(png).astype(np.int64)
            colors = np.asarray(png.convert("RGB")).astype(np.int64)
    except BadPicture:
        raise
    except Exception as error:  # a broken file makes Pillow raise almost anything
        raise BadPicture("The label map is no readable PNG or .npy file.") from error
    return colors @ np.array([65536, 256, 1])
