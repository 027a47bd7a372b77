"""Arrays as pictures: what their numbers mean, and which shapes are pictures."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lime_core.arguments import shown
from lime_core.errors import BadPicture
from lime_core.pictures.decoding import check_size


def array_of(source: object, argument: str) -> NDArray[Any] | None:
    """The array that a source is, also as a tensor of another library; None where it is none.

    Parameters
    ----------
    source : object
        Anything.
    argument : str
        What messages call it.

    Returns
    -------
    ndarray or None
        The array.

    Raises
    ------
    ValueError
        For a tensor that is not in memory, or has gradients.
    """
    if isinstance(source, np.ndarray):
        return source
    if isinstance(source, Image.Image | type | np.generic) or not hasattr(source, "__array__"):
        return None
    try:
        return np.asarray(source)
    except Exception as error:  # whatever another library says of a tensor on a GPU, or one with gradients
        raise ValueError(
            f"{argument} must be an array in memory, got {shown(source)}; of a torch tensor give "
            "tensor.detach().cpu().numpy()"
        ) from error


def from_array(array: NDArray[Any], value_range: tuple[float, float] | None, argument: str) -> Image.Image:
    """An image of an array.

    Parameters
    ----------
    array : (h, w, 3), (h, w, 4), (h, w, 1) or (h, w) array
        As `load_picture` takes it.
    value_range : two numbers, optional
        Black and white.
    argument : str
        What messages call it.

    Returns
    -------
    PIL image
        Of mode "L", "RGB" or "RGBA".

    Raises
    ------
    ValueError, BadPicture
        As `load_picture`.
    """
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or channels not in (1, 3, 4):
        remedy = ""
        if array.ndim == 4:
            remedy = "; give one picture of a batch, such as array[0]"
        elif array.ndim == 3 and array.shape[0] in (1, 3, 4):
            remedy = "; channels come last: np.moveaxis(array, 0, -1), of a torch tensor tensor.permute(1, 2, 0)"
        raise ValueError(
            f"{argument} must be an array of the shape (h, w, 3), (h, w, 4) or (h, w), got {array.shape}{remedy}"
        )
    check_size(array.shape[1], array.shape[0])
    pixels = _bytes_of(array, value_range, argument)
    return Image.fromarray(np.ascontiguousarray(pixels[..., 0] if pixels.ndim == 3 and channels == 1 else pixels))


def _bytes_of(array: NDArray[Any], value_range: tuple[float, float] | None, argument: str) -> NDArray[np.uint8]:
    """An array as uint8, by what its numbers mean."""
    kind = array.dtype.kind
    if value_range is None and array.dtype == np.uint8:
        return array
    if kind not in "biuf":
        raise ValueError(f"{argument} must be an array of numbers, got the dtype {array.dtype}")
    if kind == "f" and not np.isfinite(array).all():
        raise BadPicture("The picture holds NaN or infinity; replace these by numbers first.")
    least, greatest = float(array.min()), float(array.max())
    usual = {"b": (0.0, 1.0), "f": (0.0, 1.0)}.get(kind)
    low, high = _range(value_range) or usual or (0.0, -1.0)
    if not low <= least <= greatest <= high:
        expected = f"numbers from {low:g} to {high:g}" if low < high else "uint8, or floats from 0 to 1"
        raise ValueError(
            f"{argument} must be an array of {expected}, got {array.dtype} from {least:g} to {greatest:g}; say what is "
            "black and what is white by load_picture(array, value_range=(black, white))"
        )
    scaled: NDArray[np.uint8] = np.rint((array.astype(np.float64) - low) * (255.0 / (high - low))).astype(np.uint8)
    return scaled


def _range(value_range: Any) -> tuple[float, float] | None:
    if value_range is None:
        return None
    numbers = list(value_range) if isinstance(value_range, list | tuple) or np.ndim(value_range) == 1 else []
    if len(numbers) != 2 or not all(isinstance(each, Real) and math.isfinite(each) for each in numbers):
        raise ValueError(f"value_range must be two numbers, black and white, got {shown(value_range)}")
    low, high = float(numbers[0]), float(numbers[1])
    if not low < high:
        raise ValueError(f"value_range must rise from black to white, got {low:g} and {high:g}")
    return low, high
