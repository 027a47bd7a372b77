"""Arrays as texts that a page unpacks: little-endian, in base64."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lime_core.arrays import Labels, Masks, Pixels

_LONGEST_RUN = 2**16 - 1
_LARGEST_PNG = 600_000
"""Bytes; a larger photo is written as JPEG, since the file is to stay small enough for an e-mail."""


def packed(array: NDArray[Any], kind: str = "<f8") -> str:
    """Write an array as text, in full precision.

    Parameters
    ----------
    array : ndarray of any shape
        What is written, in C order.
    kind : str, default "<f8"
        The type of its numbers in the text, as NumPy names it.

    Returns
    -------
    str
        Its bytes in base64.
    """
    return base64.b64encode(np.ascontiguousarray(array, dtype=kind).tobytes()).decode()


def packed_masks(masks: Masks) -> dict[str, str]:
    """Write masks, a bit for each where they are zeros and ones.

    Parameters
    ----------
    masks : (n, d) float32
        What each sample shows.

    Returns
    -------
    dict of str to str
        "bits", the first of them highest in its byte, or "floats" of 32 bits; row after row.
    """
    if np.isin(masks, (0, 1)).all():
        return {"bits": packed(np.packbits(masks.astype(bool)), "u1")}
    return {"floats": packed(masks, "<f4")}


def packed_labels(labels: Labels) -> str:
    """Write labels as runs of equal ones.

    Parameters
    ----------
    labels : (h, w) int32
        Superpixels, 0..65535.

    Returns
    -------
    str
        Pairs of a length and a label, each of 16 bits, along one row after the other.
    """
    flat = labels.ravel()
    changes = np.flatnonzero(np.diff(flat)) + 1
    starts = np.union1d(changes, np.arange(0, flat.size, _LONGEST_RUN))
    return packed(np.stack([np.diff(starts, append=flat.size), flat[starts]], axis=1), "<u2")


def picture_uri(pixels: Pixels) -> str:
    """Write a picture as the address of an image that holds all of it.

    Parameters
    ----------
    pixels : (h, w, 3) uint8
        The picture.

    Returns
    -------
    str
        A PNG, lossless, or where that is large a JPEG.
    """
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", optimize=True)
    if buffer.tell() <= _LARGEST_PNG:
        return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="JPEG", quality=92, subsampling=0)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
