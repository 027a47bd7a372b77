"""Depth: what stands for white in a picture whose values are wider than 8 bits.

A file of 16 bits a value often holds 10, 12 or 14: those of a microscope, an X-ray or a camera's sensor.  What the file
says of it is taken; where it says nothing, the fewest of 8, 10, 12, 14 and 16 bits that hold the largest value.  So a
dark picture is never stretched to its own brightest spot, and the notice says what was assumed.
"""

from __future__ import annotations

import io
import struct
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lime_core.arrays import Pixels
from lime_core.errors import BadPicture

_DEPTHS = (8, 10, 12, 14, 16)
_BITS_PER_SAMPLE, _PHOTOMETRIC, _MAX_SAMPLE, _PLANES, _LARGEST_SAMPLE = 258, 262, 281, 284, 341  # tags of TIFF
_OTHER_BYTE = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
_BAND = 256  # rows that are put together at once


def grey_in_8_bits(image: Image.Image, contents: bytes, notice: list[str]) -> tuple[Image.Image, int | None]:
    """Grey of 16 bits, of 32 bits or of floats as 8 bits.

    Parameters
    ----------
    image : PIL image
        Loaded, of mode "I;16" and its kin, "I" or "F".
    contents : bytes
        The file that it was opened from; empty for none.
    notice : list of str
        What is done is added to it.

    Returns
    -------
    tuple of PIL image and int
        Of mode "L", and the value that became white; None for other values than whole ones of up to 16 bits.

    Raises
    ------
    BadPicture
        For NaN or infinity.
    """
    values = np.asarray(image)
    if not np.isfinite(values).all():
        raise BadPicture("The picture holds NaN or infinity; replace these by numbers first.")
    low, high, white = float(values.min()), float(values.max()), 0
    kind = {"F": "Floating-point values", "I": "32-bit values"}.get(image.mode, "16-bit values")
    whole = image.mode != "F" or bool((values == np.rint(values)).all())
    if low >= 0 and image.mode == "F" and (high <= 1 or (not whole and 64 <= high <= 255)):
        low, high = 0.0, 1.0 if high <= 1 else 255.0
        notice.append(f"{kind} taken as 0 to {high:g} were scaled to 8 bits.")
    elif low < 0 or high > 65535 or not whole:
        notice.append(f"{kind} from {low:g} to {high:g} scaled to 8 bits.")
    else:
        bits, told = _depth(image, contents, int(high), bool((values % 257 == 0).all()))
        notice.append(_said("grey values", bits, told, int(high)))
        low, high, white = 0.0, float(2**bits - 1), 2**bits - 1
    grey = np.empty(values.shape, np.uint8)
    for top in range(0, len(values), _BAND):
        scaled = (values[top : top + _BAND] - np.float32(low)) * np.float32(255 / ((high - low) or 1.0))
        grey[top : top + _BAND] = np.rint(scaled).clip(0, 255).astype(np.uint8)
    inverted = _tags(image).get(_PHOTOMETRIC) == 0
    return Image.fromarray(255 - grey if inverted else grey), None if inverted or not white else white


def colors_in_8_bits(image: Image.Image, rawmode: str, contents: bytes, notice: list[str]) -> tuple[Image.Image, int]:
    """Colors of 16 bits as 8 bits, of which Pillow has kept the upper byte.

    Parameters
    ----------
    image : PIL image
        Loaded, of mode "RGB", "RGBA" or "CMYK".
    rawmode : str
        How the values lie in the file, see `rawmode_of`.
    contents : bytes
        The file.
    notice : list of str
        What is done is added to it.

    Returns
    -------
    tuple of PIL image and int
        The same one where its values fill 16 bits, and the value that became white.

    Raises
    ------
    BadPicture
        For a TIFF of which the lower bytes cannot be had.
    """
    upper = [int(np.max(image.getchannel(channel).getextrema())) for channel in image.getbands()]
    what = "grey values" if rawmode.startswith("LA") else "colors"
    if max(upper[:3]) >= 64 or not contents or not rawmode.startswith(("RGB;", "RGBX;", "RGBA;", "LA;", "R;")):
        notice.append(_said(what, 16, True, 0))
        return image, 65535
    if _tags(image).get(_PLANES) == 2 and rawmode[1] != ";":  # libtiff gives the upper bytes of planes alone
        raise BadPicture("The TIFF's separate planes fill few of their 16 bits, which cannot be read; save it as PNG.")
    lower = _other_bytes(contents)
    high, replicated = 0, True
    for top in range(0, image.height, _BAND):
        values = _joined(image, lower, rawmode, top)[..., :3]
        high, replicated = max(high, int(values.max())), replicated and bool((values % 257 == 0).all())
    bits, told = _depth(image, contents, high, replicated)
    notice.append(_said(what, bits, told, high))
    if bits == 16:
        return image, 65535
    full = 2**bits - 1
    white = np.array([full, full, full, full if upper[-1] <= full >> 8 else 65535][: len(upper)], np.float32)
    pixels: Pixels = np.empty((image.height, image.width, len(upper)), np.uint8)
    for top in range(0, image.height, _BAND):
        scaled = _joined(image, lower, rawmode, top) * (255 / white)
        pixels[top : top + _BAND] = np.rint(scaled).clip(0, 255).astype(np.uint8)
    return Image.fromarray(pixels), full


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
    tags = _tags(image)
    if tags.get(_PLANES) == 2 and _whole(tags.get(_BITS_PER_SAMPLE)) == 16:
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
    lower = _other_bytes(contents)
    values = np.empty((image.height, image.width, len(image.getbands())), np.uint16)
    for top in range(0, image.height, _BAND):
        values[top : top + _BAND] = _joined(image, lower, rawmode, top)
    return values


def _said(what: str, bits: int, told: bool, high: int) -> str:
    if bits == 16:
        return "16-bit values scaled to 8 bits." if what == "grey values" else f"16-bit {what} were scaled to 8 bits."
    done = f"{bits}-bit {what}{' in wider ones' if bits == 8 else ''} were scaled to 8 bits."
    return done if told else f"{done} Nothing says how many bits they have; the largest is {high}."


def _depth(image: Image.Image, contents: bytes, high: int, replicated: bool) -> tuple[int, bool]:
    """How many bits the values of a picture have, and whether its file says so.

    high : the largest value, from 0 to 65535
    replicated : whether all values are 8 bits written twice, which is how 8 bits are told in 16
    """
    tags = _tags(image)
    told = [_whole(tags.get(_BITS_PER_SAMPLE)), _significant_bits(contents)]
    for bits in told:
        if 0 < bits < 16 and high < 2**bits:
            return bits, True
    if 16 in told[1:] or any(0 < bits < 16 for bits in told) or (replicated and high > 255):
        return 16, True  # the values are beyond the bits that are told: scaled up to all 16, as PNG wants it
    largest = max(_whole(tags.get(_MAX_SAMPLE)), _whole(tags.get(_LARGEST_SAMPLE)))
    return _holding(max(high, min(largest, 65535))), largest >= high > 0


def _holding(value: int) -> int:
    return next(bits for bits in _DEPTHS if value < 2**bits)


def _tags(image: Image.Image) -> Any:
    """The tags of a TIFF, empty for others."""
    return getattr(image, "tag_v2", {})


def _whole(value: Any) -> int:
    """The largest number of a tag, 0 for none or for what cannot be one."""
    values = value if isinstance(value, tuple) else (value,)
    return max((int(one) for one in values if isinstance(one, int | float) and 0 <= one < 2**32), default=0)


def _significant_bits(contents: bytes) -> int:
    """Of the colors of a PNG, as its chunk sBIT says; 0 where there is none."""
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


def _other_bytes(contents: bytes) -> Image.Image:
    """The same picture once more, decoded to the bytes that Pillow drops; of LA to all four, side by side."""
    image = Image.open(io.BytesIO(contents))
    rawmode_of(image)
    _unpack_by(image, lambda mode: "RGBA" if mode.startswith("LA") else mode[:-1] + _OTHER_BYTE[mode[-1]])
    image.load()
    return image


def _joined(upper: Image.Image, lower: Image.Image, rawmode: str, top: int) -> NDArray[np.uint16]:
    """(up to `_BAND`, w, c) values of 16 bits."""
    box = (0, top, upper.width, min(top + _BAND, upper.height))
    if rawmode.startswith("LA"):
        both = np.asarray(lower.crop(box)).astype(np.uint16)
        grey, opacity = both[..., 0] << 8 | both[..., 1], both[..., 2] << 8 | both[..., 3]
        return np.stack([grey, grey, grey, opacity], axis=2)
    return np.asarray(upper.crop(box)).astype(np.uint16) << 8 | np.asarray(lower.crop(box))
