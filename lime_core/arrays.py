"""Array kinds and the letters of their axes.

Docstrings of this package give shapes with these letters:

    h, w  pixels            d  superpixels          n  samples (masks, and the model's answers to them)
    k     classes           f  features             r  repeats
    b     samples of one batch                      c  clusters: the visual words of a prior
"""

from __future__ import annotations

import hashlib
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lime_core.arguments import shown

Pixels = NDArray[np.uint8]
"""(h, w, 3) uint8, RGB."""
Labels = NDArray[np.int32]
"""(h, w) int32, the superpixel of every pixel: 0..d-1."""
Masks = NDArray[np.float32]
"""(n, d) float32, 1 = superpixel shown, 0 = hidden; row 0 is the full picture."""
Outputs = NDArray[np.floating[Any]]
"""(n, k) float32 or float64, what the model answered to each mask, in the precision in which it answered."""
Scores = NDArray[np.float64]
"""(n,) float64, the score of one class for each mask."""
SampleWeights = NDArray[np.float64]
"""(n,) float64, non-negative: how much each sample counts in the fit."""
Weights = NDArray[np.float64]
"""(d,) float64, what showing each superpixel adds to the score."""

Design = NDArray[np.float64]
"""(n, f) float64, the columns of the masks that a surrogate is fitted to."""
Clusters = NDArray[np.int64]
"""(n,) int64, never falling: rows with the same number were drawn together, rows with different ones independently."""
Floats = NDArray[np.float64]
"""float64 of any shape, where the docstring says which."""
Shown = NDArray[np.bool_]
"""(m, d) bool, True where a hidden version of the picture shows a superpixel."""
Indices = NDArray[np.intp]
"""(any,) places in another array."""

A = TypeVar("A", bound=NDArray[Any])


def check_shape(name: str, array: NDArray[Any], *shape: int | None) -> None:
    """Raise ValueError unless an array has this shape.

    Parameters
    ----------
    name : str
        What the message calls the array.
    array : ndarray
        Of any shape and dtype.
    *shape : int or None
        The length of each axis; None stands for any length above zero.

    Raises
    ------
    ValueError
        When the number of axes or the length of one of them differs; the message gives both shapes.
    TypeError
        When it is no array.
    """
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{name} must be an array, got {shown(array)}")
    fits = array.ndim == len(shape) and all(
        length > 0 if expected is None else length == expected
        for length, expected in zip(array.shape, shape, strict=False)
    )
    if not fits:
        expected_shape = ", ".join("any" if length is None else str(length) for length in shape)
        raise ValueError(f"{name} must have the shape ({expected_shape}), got {array.shape}")


def whole_numbers(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """Read whole numbers of any type, such as labels.

    Parameters
    ----------
    name : str
        What the message calls them.
    array : ndarray of any shape
        Integers, booleans, or floats that are whole numbers.

    Returns
    -------
    ndarray of integers or booleans
        The array itself, or of floats int64.

    Raises
    ------
    ValueError
        For fractions, NaN and infinity, for floats from where their type no longer tells whole numbers apart, 2⁵³ for
        those of 64 bits, and for what holds no numbers.
    """
    if array.dtype.kind in "biu":
        return array
    found = str(array.dtype)
    if array.dtype.kind == "f":
        exact = 2.0 ** min(np.finfo(array.dtype).nmant + 1, 53)
        if not np.isfinite(array).all() or (array != np.rint(array)).any():
            found += " with fractions, NaN or infinity"
        elif (np.abs(array) >= exact).any():
            found += f" of {exact:g} and more, which cannot tell them apart: give integers"
        else:
            return array.astype(np.int64)
    raise ValueError(f"{name} must be whole numbers, got {found}")


def numbered(labels: NDArray[Any]) -> tuple[int, Labels]:
    """Number labels 0..d-1 in their order.

    Parameters
    ----------
    labels : ndarray of any shape, of integers or booleans
        At least one; any numbers.

    Returns
    -------
    d : int
        How many different ones there are.
    numbers : ndarray of the same shape, int32
        Equal where the labels are.
    """
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= 4 * labels.size:
        values, places = np.unique(labels, return_inverse=True)
        return len(values), places.reshape(labels.shape).astype(np.int32)
    # A place for each number that may be there is seven times as fast as sorting them.
    places = labels.astype(np.intp)
    there = np.zeros(high + 1, dtype=bool)
    there[places] = True
    numbers = np.cumsum(there, dtype=np.int32) - np.int32(1)
    return int(numbers[-1]) + 1, numbers[places]


def shown_of(shown: Any, d: int) -> Shown:
    """Read which superpixels versions show.

    Parameters
    ----------
    shown : (m, d) bool array
        What was given; nested sequences do too.
    d : int
        Number of superpixels.

    Returns
    -------
    (m, d) bool
        As an array.

    Raises
    ------
    ValueError
        For another shape or dtype.
    """
    try:
        array = np.asarray(shown)
    except ValueError as error:
        raise ValueError("shown must be rows of the same length") from error
    check_shape("shown", array, None, d)
    if array.dtype != bool:
        raise ValueError(f"shown must be True where a superpixel is shown and False where not, got {array.dtype}")
    return array


def read_only(array: A) -> A:
    """The same array as a view that cannot be written to.

    Parameters
    ----------
    array : ndarray
        Of any shape and dtype; it stays as writeable as it is.

    Returns
    -------
    ndarray
        Of the same shape and dtype, over the same memory.
    """
    view = array.view()
    view.flags.writeable = False
    return view


def digest(array: NDArray[Any], also: str = "") -> str:
    """SHA-256 of every element, the shape and the dtype.

    Parameters
    ----------
    array : ndarray
        Of any shape and dtype.
    also : str, default ""
        What else tells two arrays apart.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    contents = np.ascontiguousarray(array)
    header = f"{contents.dtype.str}{contents.shape}".encode()
    return hashlib.sha256(header + contents.tobytes() + also.encode()).hexdigest()
