"""Files of label maps: a PNG or an `.npy` file becomes a `LabelMap`.

A file is judged by its length and by the size that its header gives before anything is unpacked, one file is decoded
at a time, and what is larger than photos are kept is scaled down as they are, by the nearest pixel.
"""

from __future__ import annotations

import io
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lime_core.arguments import is_a
from lime_core.errors import BadPicture
from lime_core.files.untrusted import NPY_START, contents_of, npy_array, untrusted
from lime_core.label_maps.label_map import LabelMap, scaled
from lime_core.pictures.decoding import alone, fitted
from lime_core.pictures.wide_files import rawmode_of, sixteen_bits

MAX_LABEL_BYTES = 50_000_000
"""Of a file."""
MAX_LABEL_PIXELS = 4096 * 4096
"""Of a map, before it is scaled down: that of a photo of 16 megapixels."""


def load_label_map(source: str | Path | bytes) -> LabelMap:
    """Read a label map from a PNG (grey, palette, or one color for each superpixel) or a NumPy `.npy` file.

    Parameters
    ----------
    source : str, Path or bytes
        A path, or the contents of a file.  Of a PNG each value or color, with its opacity, is a superpixel; an `.npy`
        file holds an array (h, w) of integers, of booleans, or of floats that are whole numbers.

    Returns
    -------
    LabelMap
        As `LabelMap.of` makes it; scaled down, to the nearest pixel, where its longer side has more than 2048.

    Raises
    ------
    TypeError
        For what is neither a path nor contents; an array becomes a map by `LabelMap.of`.
    BadPicture
        When it is neither, is broken, is larger than 50 MB or 4096 × 4096 pixels, or holds anything but whole numbers;
        floats from where they can no longer tell whole numbers apart, 2⁵³ for those of 64 bits, are refused too.
    TooFewSuperpixels
        When all pixels have the same value.
    """
    is_a("source", source, (str, PathLike, bytes), "a path or the contents of a file; LabelMap.of takes an array")
    contents = contents_of(source, "label map", MAX_LABEL_BYTES, BadPicture)
    with untrusted(BadPicture, "The label map is no readable PNG or .npy file."), alone():
        return LabelMap.of(_read_npy(contents) if contents.startswith(NPY_START) else _read_png(contents))


def _check_size(height: int, width: int) -> None:
    if height * width > MAX_LABEL_PIXELS:
        raise BadPicture(
            f"The label map has {width} × {height} pixels, and no more than {MAX_LABEL_PIXELS / 1e6:.1f} megapixels "
            "are read: scale it down, to the nearest pixel. No more than 2048 a side are of use."
        )


def _kept(labels: NDArray[Any]) -> NDArray[Any]:
    """(h, w) or (h, w, c), scaled down where it is larger than photos are kept."""
    width, height = (max(1, side) for side in fitted((labels.shape[1], labels.shape[0])))
    return labels if (height, width) == labels.shape[:2] else scaled(labels, (height, width))


def _read_npy(contents: bytes) -> NDArray[Any]:
    labels = npy_array(contents, "label map", MAX_LABEL_PIXELS, BadPicture)
    if labels.ndim != 2 or labels.size == 0:
        return labels  # LabelMap.of says what is wrong
    return _kept(labels)


def _read_png(contents: bytes) -> NDArray[Any]:
    with Image.open(io.BytesIO(contents), formats=("PNG",)) as png:
        _check_size(png.height, png.width)
        rawmode = rawmode_of(png)
        if rawmode:
            png.load()
            return _as_numbers(_kept(sixteen_bits(png, rawmode, contents)))
        if png.mode in ("1", "L", "P", "I", "I;16"):
            return _kept(np.asarray(png)).astype(np.int64)
        return _as_numbers(_kept(np.asarray(png.convert("RGBA" if png.mode in ("LA", "RGBA") else "RGB"))))


def _as_numbers(colors: NDArray[Any]) -> NDArray[np.uint64]:
    """A number (h, w) for each color (h, w, c), in the order of red, green, blue, opacity."""
    numbers = np.zeros(colors.shape[:2], np.uint64)
    for channel in np.moveaxis(colors, 2, 0):
        numbers = numbers << np.uint64(8 * colors.itemsize) | channel
    return numbers
