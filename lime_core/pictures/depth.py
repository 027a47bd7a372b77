"""Depth: what stands for white in a picture whose values are wider than 8 bits.

A file of 16 bits a value often holds 10, 12 or 14: those of a microscope, an X-ray or a camera's sensor.  What the file
says of it is taken; where it says nothing, the fewest of 8, 10, 12, 14 and 16 bits that hold the largest value.  So a
dark picture is never stretched to its own brightest spot, and the notice says what was assumed.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from lime_core.arrays import Pixels
from lime_core.errors import BadPicture
from lime_core.pictures.wide_files import (
    BAND,
    BITS_PER_SAMPLE,
    PLANES,
    joined,
    other_bytes,
    significant_bits,
    tags_of,
    whole_number,
)

UNTOLD = "Nothing says how many bits they have"
"""In a notice that rests on a guess."""

_DEPTHS = (8, 10, 12, 14, 16)
_MAX_SAMPLE, _LARGEST_SAMPLE, _PHOTOMETRIC = 281, 341, 262  # tags of TIFF


def grey_in_8_bits(
    image: Image.Image, contents: bytes, notice: list[str], white: int | None = None
) -> tuple[Image.Image, bool]:
    """Grey of 16 bits, of 32 bits or of floats as 8 bits.

    Parameters
    ----------
    image : PIL image
        Loaded, of mode "I;16" and its kin, "I" or "F".
    contents : bytes
        The file that it was opened from; empty for none.
    notice : list of str
        What is done is added to it.
    white : int, optional
        What is white in its numbers, where somebody knows.

    Returns
    -------
    tuple of PIL image and bool
        Of mode "L", and whether its values are such numbers: no shares of brightness, and no 8 bits written twice.

    Raises
    ------
    BadPicture
        For NaN or infinity.
    """
    values = np.asarray(image)
    if not np.isfinite(values).all():
        raise BadPicture("The picture holds NaN or infinity; replace these by numbers first.")
    low, high = float(values.min()), float(values.max())
    kind = {"F": "Floating-point values", "I": "32-bit values"}.get(image.mode, "16-bit values")
    whole = image.mode != "F" or bool((values == np.rint(values)).all())
    shares = low >= 0 and image.mode == "F" and (high <= 1 or (not whole and 64 <= high <= 255))
    replicated = bool((values % 257 == 0).all())
    numbers = not shares and not (replicated and high > 255)
    if shares:
        low, high = 0.0, 1.0 if high <= 1 else 255.0
        notice.append(f"{kind} taken as 0 to {high:g} were scaled to 8 bits.")
    elif white and numbers:
        low, high = 0.0, white * _stretched(image, contents, high)
        notice.append(_by_white(white))
    elif low < 0 or high > 65535 or not whole:
        notice.append(f"{kind} from {low:g} to {high:g} scaled to 8 bits.")
    else:
        bits, told = _depth(image, contents, int(high), replicated)
        notice.append(_said("grey values", bits, told, int(high)))
        low, high = 0.0, float(2**bits - 1)
    grey = np.empty(values.shape, np.uint8)
    for top in range(0, len(values), BAND):
        scaled = (values[top : top + BAND] - np.float32(low)) * np.float32(255 / ((high - low) or 1.0))
        grey[top : top + BAND] = np.rint(scaled).clip(0, 255).astype(np.uint8)
    return Image.fromarray(255 - grey if tags_of(image).get(_PHOTOMETRIC) == 0 else grey), numbers


def colors_in_8_bits(
    image: Image.Image, rawmode: str, contents: bytes, notice: list[str], white: int | None = None
) -> tuple[Image.Image, bool]:
    """Colors of 16 bits as 8 bits, of which Pillow has kept the upper byte.

    Parameters
    ----------
    image : PIL image
        Loaded, of mode "RGB", "RGBA" or "CMYK".
    rawmode : str
        How the values lie in the file, see `rawmode_of`.
    contents, notice, white
        As of `grey_in_8_bits`.

    Returns
    -------
    tuple of PIL image and bool
        The same one where its values fill 16 bits; and as of `grey_in_8_bits`, True also where only a white would tell.

    Raises
    ------
    BadPicture
        For a TIFF of which the lower bytes cannot be had.
    """
    upper = [int(np.max(image.getchannel(channel).getextrema())) for channel in image.getbands()]
    what = "grey values" if rawmode.startswith("LA") else "colors"
    readable = bool(contents) and rawmode.startswith(("RGB;", "RGBX;", "RGBA;", "LA;", "R;"))
    planes = tags_of(image).get(PLANES) == 2 and rawmode[1] != ";"  # of which libtiff gives the upper bytes alone
    if not readable or (white and planes) or (not white and max(upper[:3]) >= 64):
        notice.append(_said(what, 16, True, 0))
        return image, readable and not planes
    if planes:
        raise BadPicture("The TIFF's separate planes fill few of their 16 bits, which cannot be read; save it as PNG.")
    lower = other_bytes(contents)
    high, replicated = 0, True
    for top in range(0, image.height, BAND):
        values = joined(image, lower, rawmode, top)[..., :3]
        high, replicated = max(high, int(values.max())), replicated and bool((values % 257 == 0).all())
    numbers = not (replicated and high > 255)
    bits, told = _depth(image, contents, high, replicated)
    notice.append(_by_white(white) if white and numbers else _said(what, bits, told, high))
    full = white * _stretched(image, contents, high) if white and numbers else float(2**bits - 1)
    if full == 65535:
        return image, numbers
    brightest = np.array([full, full, full, full if upper[-1] <= int(full) >> 8 else 65535][: len(upper)], np.float32)
    pixels: Pixels = np.empty((image.height, image.width, len(upper)), np.uint8)
    for top in range(0, image.height, BAND):
        scaled = joined(image, lower, rawmode, top) * (255 / brightest)
        pixels[top : top + BAND] = np.rint(scaled).clip(0, 255).astype(np.uint8)
    return Image.fromarray(pixels), numbers


def _said(what: str, bits: int, told: bool, high: int) -> str:
    if bits == 16:
        return "16-bit values scaled to 8 bits." if what == "grey values" else f"16-bit {what} were scaled to 8 bits."
    done = f"{bits}-bit {what}{' in wider ones' if bits == 8 else ''} were scaled to 8 bits."
    return done if told else f"{done} {UNTOLD}; the largest is {high}."


def _by_white(white: int) -> str:
    return f"Scaled to 8 bits with {white} as white, as the model was trained."


def _depth(image: Image.Image, contents: bytes, high: int, replicated: bool) -> tuple[int, bool]:
    """How many bits the values of a picture have, and whether its file says so.

    high : the largest value, from 0 to 65535
    replicated : whether all values are 8 bits written twice, which is how 8 bits are told in 16
    """
    tags, told = tags_of(image), _told(image, contents)
    for bits in told:
        if 0 < bits < 16 and high < 2**bits:
            return bits, True
    if 16 in told[1:] or any(0 < bits < 16 for bits in told) or (replicated and high > 255):
        return 16, True  # the values are beyond the bits that are told: scaled up to all 16, as PNG wants it
    largest = max(whole_number(tags.get(_MAX_SAMPLE)), whole_number(tags.get(_LARGEST_SAMPLE)))
    return _holding(max(high, min(largest, 65535))), largest >= high > 0


def _told(image: Image.Image, contents: bytes) -> tuple[int, int]:
    """The bits that the tags of a TIFF and the chunk of a PNG say; 0 for what says none."""
    return whole_number(tags_of(image).get(BITS_PER_SAMPLE)), significant_bits(contents)


def _stretched(image: Image.Image, contents: bytes, high: float) -> float:
    """How many times larger values are than the bits that are told: scaled up to 16, as PNG wants it; 1 where not."""
    bits = next((bits for bits in _told(image, contents) if 0 < bits < 16), 16)
    return 65535 / (2**bits - 1) if high >= 2**bits else 1.0


def _holding(value: int) -> int:
    return next(bits for bits in _DEPTHS if value < 2**bits)
