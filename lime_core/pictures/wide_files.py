"""Files of other bits than 8: the bytes that Pillow drops, and what tags and chunks say of the bits."""

from __future__ import annotations

import io
import struct
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

BITS_PER_SAMPLE, PLANES = 258, 284
"""Tags of TIFF."""

_OTHER_BYTE = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
BAND = 256
"""Rows that are put together at once."""


def rawmode_of(image: Image.Image) -> str:
    """How Pillow will unpack an image that is not loaded yet, where that drops the lower byte of 16 bits.

    A TIFF with a plane for each color is mended here: of 16 bits Pillow would read it as one of 8.

    Parameters
    ----------
    image : PIL image
        As opened.

    Returns
    -------
    str
        Such as "RGB;16B"; empty for any other.
    """
    tags = tags_of(image)
    if tags.get(PLANES) == 2 and whole_number(tags.get(BITS_PER_SAMPLE)) == 16:
        order = "B" if tags.prefix == b"MM" else "L"
        _unpack_by(image, lambda rawmode: f"{rawmode};16{order}" if len(rawmode) == 1 else rawmode)
    rawmodes = [_rawmode(tile) for tile in getattr(image, "tile", ())[:1]]
    return next((rawmode for rawmode in rawmodes if rawmode[:-1].endswith(";16") and image.mode[0] != "I"), "")


def _rawmode(tile: Any) -> str:
    return str(tile.args[0] if isinstance(tile.args, tuple) else tile.args)


def _unpack_by(image: Any, change: Callable[[str], str]) -> None:
    """Change how Pillow will unpack each part of an image that is not loaded yet."""
    changed = [change(_rawmode(tile)) for tile in image.tile]
    image.tile = [
        tile._replace(args=(rawmode, *tile.args[1:]) if isinstance(tile.args, tuple) else rawmode)
        for tile, rawmode in zip(image.tile, changed, strict=True)
    ]


def sixteen_bits(image: Image.Image, rawmode: str, contents: bytes) -> NDArray[np.uint16]:
    """All 16 bits of the colors of a PNG.

    Parameters
    ----------
    image, rawmode, contents
        As of `colors_in_8_bits`.

    Returns
    -------
    ndarray (h, w, c) of uint16
        Red, green, blue and, where the file has it, opacity.
    """
    lower = other_bytes(contents)
    values = np.empty((image.height, image.width, len(image.getbands())), np.uint16)
    for top in range(0, image.height, BAND):
        values[top : top + BAND] = joined(image, lower, rawmode, top)
    return values


def tags_of(image: Image.Image) -> Any:
    """The tags of a TIFF, empty for others.

    Parameters
    ----------
    image : PIL image
        Any.

    Returns
    -------
    mapping of int to value
        By the numbers of the tags.
    """
    return getattr(image, "tag_v2", {})


def whole_number(value: Any) -> int:
    """The largest number of a tag, 0 for none or for what cannot be one.

    Parameters
    ----------
    value : object
        Of a tag.

    Returns
    -------
    int
        Not negative.
    """
    values = value if isinstance(value, tuple) else (value,)
    return max((int(one) for one in values if isinstance(one, int | float) and 0 <= one < 2**32), default=0)


def significant_bits(contents: bytes) -> int:
    """Of the colors of a PNG, as its chunk sBIT says; 0 where there is none.

    Parameters
    ----------
    contents : bytes
        A file.

    Returns
    -------
    int
        Bits of a value.
    """
    place = 8
    while contents.startswith(b"\x89PNG") and place + 8 < len(contents):
        length, kind = struct.unpack_from(">I4s", contents, place)
        if kind == b"sBIT":
            channels = contents[place + 8 : place + 8 + length]
            return max(channels[:1] if length < 3 else channels[:3], default=0)
        if kind == b"IDAT":
            break
        place += 12 + length
    return 0


def opacity_by_key(image: Image.Image, rawmode: str, contents: bytes) -> Image.Image | None:
    """Opacity by the color that a PNG of other than 8 bits names as transparent: Pillow compares 8 bits of it.

    Parameters
    ----------
    image, rawmode, contents
        As of `colors_in_8_bits`, or as of `grey_in_8_bits`; grey of fewer bits than 8 is scaled up to them.

    Returns
    -------
    PIL image of mode "L", or None
        0 where the picture has that color, 255 elsewhere, and everywhere where its lower bytes cannot be had; None
        where there is no such color, or Pillow knows it.
    """
    key = image.info.get("transparency")
    bits = contents[24] if contents.startswith(b"\x89PNG") and len(contents) > 24 else 0
    if isinstance(key, int) and (image.mode.startswith("I;16") or (image.mode == "L" and bits in (2, 4))):
        scale = 255 // (2**bits - 1) if image.mode == "L" else 1
        return Image.fromarray(np.where(np.asarray(image) == key * scale, 0, 255).astype(np.uint8))
    if image.mode != "RGB" or not isinstance(key, tuple) or not (rawmode or max(key) > 255):
        return None
    opacity = np.full((image.height, image.width), 255, np.uint8)
    if rawmode.startswith("RGB;") and contents:
        lower = other_bytes(contents)
        for top in range(0, image.height, BAND):
            opacity[top : top + BAND][(joined(image, lower, rawmode, top) == key).all(axis=2)] = 0
    return Image.fromarray(opacity)


def other_bytes(contents: bytes) -> Image.Image:
    """The same picture once more, decoded to the bytes that Pillow drops; of LA to all four, side by side.

    Parameters
    ----------
    contents : bytes
        The file, with colors of 16 bits.

    Returns
    -------
    PIL image
        Loaded.
    """
    image = Image.open(io.BytesIO(contents))
    rawmode_of(image)
    _unpack_by(image, lambda mode: "RGBA" if mode.startswith("LA") else mode[:-1] + _OTHER_BYTE[mode[-1]])
    image.load()
    return image


def joined(upper: Image.Image, lower: Image.Image, rawmode: str, top: int) -> NDArray[np.uint16]:
    """Put both bytes of some rows together.

    Parameters
    ----------
    upper, lower : PIL images
        What Pillow has kept, and what `other_bytes` gives.
    rawmode : str
        See `rawmode_of`.
    top : int
        The first row.

    Returns
    -------
    ndarray (up to `BAND`, w, c) of uint16
        All 16 bits.
    """
    box = (0, top, upper.width, min(top + BAND, upper.height))
    if rawmode.startswith("LA"):
        both = np.asarray(lower.crop(box)).astype(np.uint16)
        grey, opacity = both[..., 0] << 8 | both[..., 1], both[..., 2] << 8 | both[..., 3]
        return np.stack([grey, grey, grey, opacity], axis=2)
    return np.asarray(upper.crop(box)).astype(np.uint16) << 8 | np.asarray(lower.crop(box))
