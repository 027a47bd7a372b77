"""Reading a photo: a file, bytes, a PIL image or an array becomes 8-bit RGB pixels that never change.

`Picture.notice` says what reading changed, see `decoding`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lime_core.arguments import shown
from lime_core.arrays import Pixels, digest, read_only
from lime_core.errors import BadPicture
from lime_core.files.names import printable
from lime_core.pictures.array_reading import array_of, from_array
from lime_core.pictures.decoding import MAX_BYTES, by_white, decode

Wide = Callable[[int], tuple[Pixels, tuple[str, ...]] | None]
"""From what is white to pixels (h, w, 3) and notice; None where nothing is."""


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
        SHA-256 of all pixels and the shape; of `wide` numbers too, so that it is that of one file.
    notice : tuple of str, default ()
        Sentences that say what was changed on reading.
    wide : callable, optional
        Of numbers with more than 8 bits: from what is white among them to pixels and notice, see `by_white`; None for
        others.
    crop_of : str, default ""
        The digest of the photo that a random crop was cut from, see `crops`; empty for whole photos.
    """

    pixels: Pixels = field(repr=False, compare=False)
    name: str = field(compare=False)
    digest: str
    notice: tuple[str, ...] = field(default=(), compare=False)
    wide: Wide | None = field(default=None, repr=False, compare=False)
    crop_of: str = field(default="", repr=False, compare=False)
    _by_white: dict[int, Picture] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def height(self) -> int:
        """Rows of pixels, h."""
        return self.pixels.shape[0]

    @property
    def width(self) -> int:
        """Columns of pixels, w."""
        return self.pixels.shape[1]

    @property
    def nbytes(self) -> int:
        """Memory in bytes: of the pixels and, where there is `wide`, of what it reads and the pixels of `by_white`."""
        return self.pixels.nbytes if self.wide is None else 2 * self.pixels.nbytes + _held(self.wide)

    def by_white(self, white: int | None) -> Picture:
        """The picture as it is if `white` is white among the numbers of the file.

        Parameters
        ----------
        white : int, optional
            As of `Preprocessing`.

        Returns
        -------
        Picture
            With other pixels and another notice, and the same digest; itself where it has no numbers of more than 8
            bits, and for no white.  The last one is kept.
        """
        if self.wide is None or white is None:
            return self
        found = self._by_white.get(white)
        if found is None:
            seen = self.wide(white)
            found = self
            if seen is not None:
                found = Picture(read_only(seen[0]), self.name, self.digest, seen[1], crop_of=self.crop_of)
            self._by_white.clear()
            self._by_white[white] = found
        return found


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
        they have, else by the fewest of 8, 10, 12, 14 and 16 that hold the largest; `notice` says which.  A model that
        knows what was white in its training sees it by that.

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
    array = array_of(source, argument)
    if array is not None:
        readable = from_array(array, value_range, argument)
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
    pixels, notice, wide = decode(readable)
    name = _tidy(_name_of(source) if name is None else name)
    if wide is None:
        return Picture(read_only(pixels), name, digest(pixels), notice)
    numbers = np.frombuffer(wide, np.uint8) if isinstance(wide, bytes) else np.asarray(wide)
    return Picture(read_only(pixels), name, digest(pixels, digest(numbers)), notice, partial(by_white, wide))


def _held(value: object) -> int:
    """Bytes of a file or an image, also of one that is held by a function such as `Picture.wide`."""
    if isinstance(value, partial):
        return sum(map(_held, value.args))
    if isinstance(value, Image.Image):
        return 4 * value.width * value.height  # no mode of Pillow's takes more for a pixel
    return len(value) if isinstance(value, bytes) else 0


def _name_of(source: object) -> str:
    if isinstance(source, str | os.PathLike):
        return os.fspath(source)
    name = getattr(source, "name", None) or getattr(source, "filename", None)
    return name if isinstance(name, str) else ""


def _tidy(name: str) -> str:
    """The last part of a name that may come from a browser, without characters that hide or reorder others."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return printable(last)[:100].strip() or "picture"


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
