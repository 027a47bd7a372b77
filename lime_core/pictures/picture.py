"""Reading a photo: a file, bytes, a PIL image or an array becomes 8-bit RGB pixels that never change.

`Picture.notice` says what reading changed, see `decoding`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lime_core.arrays import Pixels, digest, read_only
from lime_core.errors import BadPicture
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
        SHA-256 of all pixels and the shape.
    notice : tuple of str, default ()
        Sentences that say what was changed on reading.
    """

    pixels: Pixels = field(repr=False, compare=False)
    name: str = field(compare=False)
    digest: str
    notice: tuple[str, ...] = field(default=(), compare=False)

    @property
    def height(self) -> int:
        """Rows of pixels, h."""
        return self.pixels.shape[0]

    @property
    def width(self) -> int:
        """Columns of pixels, w."""
        return self.pixels.shape[1]


def load_picture(
    source: str | os.PathLike[str] | bytes | BinaryIO | Image.Image | NDArray[np.uint8], name: str | None = None
) -> Picture:
    """Read a photo from a path, the bytes of a file, a binary file object, a PIL image or an array.

    Parameters
    ----------
    source : str, path-like, bytes, binary file object, PIL image or ndarray of uint8
        JPEG, PNG, WebP, BMP, GIF, TIFF or AVIF.  An array is (h, w, 3), (h, w, 4) with opacity, or (h, w) grey; it is
        copied.  A file object is read from its start, as Pillow does.
    name : str, optional
        Left out, the name of the file, else "picture".

    Returns
    -------
    Picture
        Upright 8-bit RGB, its longer side 2048 pixels at most.  Wider values are scaled by the bits that the file says
        they have, else by the fewest of 8, 10, 12, 14 and 16 that hold the largest; `notice` says which.

    Raises
    ------
    BadPicture
        A file that is missing, empty, broken, over 20 MB or of another format; a picture of more than 50 megapixels,
        under 16 pixels at its shorter side, or more than 50 times as long as wide; one that there is not enough memory
        for, or whose values are not finite.
    ValueError
        A source of another type, a file object in text mode, an array of another shape or dtype.
    """
    readable: bytes | Image.Image
    if isinstance(source, np.ndarray):
        readable = _from_array(source)
    elif isinstance(source, bytes | Image.Image):
        readable = source
    elif isinstance(source, str | os.PathLike) or hasattr(source, "read"):
        readable = _contents(source)
    else:
        raise ValueError(
            f"source must be a path, bytes, a binary file object, a PIL image or an array, got {type(source).__name__}"
        )
    pixels, notice = decode(readable)
    return Picture(read_only(pixels), _tidy(_name_of(source) if name is None else name), digest(pixels), notice)


def _name_of(source: object) -> str:
    if isinstance(source, str | os.PathLike):
        return os.fspath(source)
    name = getattr(source, "name", None) or getattr(source, "filename", None)
    return name if isinstance(name, str) else ""


def _tidy(name: str) -> str:
    """The last part of a name that may come from a browser, without characters that hide or reorder others."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return "".join(character for character in last if character.isprintable())[:100].strip() or "picture"


def _from_array(array: NDArray[np.uint8]) -> Image.Image:
    if array.dtype != np.uint8 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise ValueError(
            "source must be an array of the shape (h, w, 3), (h, w, 4) or (h, w) and the dtype uint8 (0..255), "
            f"got {array.shape} {array.dtype}"
        )
    check_size(array.shape[1], array.shape[0])
    return Image.fromarray(np.ascontiguousarray(array))


def _contents(source: str | os.PathLike[str] | BinaryIO) -> bytes:
    try:
        if isinstance(source, str | os.PathLike):
            if not Path(source).is_file():  # nor is a folder, a pipe or a device a file to read
                name, path = Path(source).name, os.fspath(source)
                where = f"It was looked for at {path!r}." if path != name else ""
                raise BadPicture(f"There is no file {name!r}; check its name and folder.", where)
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
