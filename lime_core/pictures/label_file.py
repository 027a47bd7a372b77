"""Files of label maps: a PNG or an `.npy` file becomes a `LabelMap`."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lime_core.errors import BadPicture
from lime_core.pictures.label_map import LabelMap

MAX_LABEL_PIXELS = 50_000_000


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
