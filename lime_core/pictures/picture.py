"""Reading a photo: a file, bytes, a PIL image or an array becomes 8-bit RGB pixels that never change.

`Picture.notice` says what reading changed, see `decoding`.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from numbers import Real
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lime_core.arguments import shown
from lime_core.arrays import Pixels, digest, read_only
from lime_core.errors import BadPicture
from lime_core.files.names import printable
from lime_core.pictures.decoding import MAX_BYTES, check_size, decode


@dataclass(frozen=True)
class Picture:
    """A photo that can be explained.  Pictures with the same pixels are equal, whatever their names.

    Parameters
    ----------
    pixels : ndarray (h, w, 3) of uint8
        RGB, upright; read-only.
    name : str
        For people to read; never a path.
    digest : str
        SHA-256 of all pixels and the shape, and of `white` where there is one.
    notice : tuple of str, default ()
        Sentences that say what was changed on reading.
    white : int, optional
        The value that became 255, of a file with more than 8 bits a channel; None for all others.
    """

    pixels: Pixels = field(repr=False, compare=False)
    name: str = field(compare=False)
    digest: str
    notice: tuple[str, ...] = field(default=(), compare=False)
    white: int | None = field(default=None, compare=False)

    @property
    def height(self) -> int:
        """Rows of pixels, h."""
        return self.pixels.shape[0]

    @property
    def width(self) -> int:
        """Columns of pixels, w."""
        return self.pixels.shape[1]


PictureSource = str | os.PathLike[str] | bytes | BinaryIO | Image.Image | NDArray[Any]
"""What `load_picture` reads."""

PictureLike = Picture | PictureSource
"""What `picture_of` reads."""


def picture_of(value: PictureLike) -> Picture:
    """Read the argument `picture`, wherever a photo is wanted.

    Parameters
    ----------
    value : Picture, or what `load_picture` takes
        A photo that has been read stays what it is.

    Returns
    -------
    Picture
        The photo.

    Raises
    ------
    BadPicture, ValueError
        As `load_picture`.
    """
    return value if isinstance(value, Picture) else _loaded(value, None, None, "picture")


def load_picture(
    source: PictureSource, name: str | None = None, value_range: tuple[float, float] | None = None
) -> Picture:
    """Read a photo from a path, the bytes of a file, a binary file object, a PIL image or an array.

    Parameters
    ----------
    source : str, path-like, bytes, binary file object, PIL image or array
        JPEG, PNG, WebP, BMP, GIF, TIFF or AVIF.  An array is (h, w, 3), (h, w, 4) with opacity, or grey as (h, w) or
        (h, w, 1): uint8, bool, or floats from 0 to 1; it is copied.  A file object is read from its start, as Pillow
        does.
    name : str, optional
        Left out, the name of the file, else "picture".
    value_range : two numbers, optional
        What is black and what is white in an array of other numbers, such as (-1, 1) for what a network is given, or
        (0, 4095) for 12 bits.

    Returns
    -------
    Picture
        Upright 8-bit RGB, its longer side 2048 pixels at most.  Wider values are scaled by the bits that the file says
        they have, else by the fewest of 8, 10, 12, 14 and 16 that hold the largest; `notice` says which, and `white`
        keeps it for models that know better.

    Raises
    ------
    BadPicture
        A file that is missing, empty, broken, over 20 MB or of another format; a picture of more than 50 megapixels,
        under 16 pixels at its shorter side, or more than 50 times as long as wide; one that there is not enough memory
        for, or whose values are not finite.
    ValueError
        A source of another type, a file object in text mode, an array of another shape, or with numbers that are not
        said to mean a brightness, or lie outside of what is said.
    """
    return _loaded(source, name, value_range, "source")


def _loaded(source: PictureSource, name: str | None, value_range: tuple[float, float] | None, argument: str) -> Picture:
    """The picture of a source; `argument` is what messages call it."""
    readable: bytes | Image.Image
    if name is not None and not isinstance(name, str):
        raise ValueError(f"name must be a text, got {shown(name)}")
    array = _array_of(source, argument)
    if array is not None:
        readable = _from_array(array, value_range, argument)
    elif value_range is not None:
        raise ValueError(f"value_range says what the numbers of an array mean; {argument} is {shown(source)}")
    elif isinstance(source, bytes | Image.Image):
        readable = source
    elif isinstance(source, str | os.PathLike) or hasattr(source, "read"):
        readable = _contents(source)  # type: ignore[arg-type]
    else:
        raise ValueError(
            f"{argument} must be a path, bytes, a binary file object, a PIL image or an array, got {shown(source)}"
        )
    pixels, white, notice = decode(readable)
    name = _tidy(_name_of(source) if name is None else name)
    return Picture(read_only(pixels), name, digest(pixels, str(white or "")), notice, white)


def _array_of(source: object, argument: str) -> NDArray[Any] | None:
    """The array that a source is, also as a tensor of another library; None where it is none."""
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


def _name_of(source: object) -> str:
    if isinstance(source, str | os.PathLike):
        return os.fspath(source)
    name = getattr(source, "name", None) or getattr(source, "filename", None)
    return name if isinstance(name, str) else ""


def _tidy(name: str) -> str:
    """The last part of a name that may come from a browser, without characters that hide or reorder others."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return printable(last)[:100].strip() or "picture"


def _from_array(array: NDArray[Any], value_range: tuple[float, float] | None, argument: str) -> Image.Image:
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


def _contents(source: str | os.PathLike[str] | BinaryIO) -> bytes:
    try:
        if isinstance(source, str | os.PathLike):
            if not Path(source).is_file():  # nor is a folder, a pipe or a device a file to read
                name, path = Path(source).name, os.fspath(source)
                where = f"It was looked for at {path!r}." if path != name else ""
                raise BadPicture(f"There is no file {shown(name)}; check its name and folder.", where)
            with open(source, "rb") as file:
                contents = file.read(MAX_BYTES + 1)
        else:
            if source.seekable():
                source.seek(0)
            contents = source.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a path with NUL, a file object that is closed
        reason = getattr(error, "strerror", None) or str(error)
        raise BadPicture(f"The file could not be read ({reason}); check that it is there and may be read.") from error
    if not isinstance(contents, bytes):
        raise ValueError("source must be a file object opened in binary mode, got one that reads text")
    return contents
