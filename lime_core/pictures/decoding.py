"""Decoding: a file's bytes become upright 8-bit RGB pixels.

A file is judged by its length, by its format (told from its content, never from its name) and by the size that its
header gives, and only then decoded.  What is decoded is turned upright, scaled down where it is larger than is ever
shown, put on white where it is transparent, and converted to RGB; each change is a sentence in `Picture.notice`.
"""

from __future__ import annotations

import ctypes
import io
import logging
import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

import numpy as np
from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError

from lime_core.arrays import Pixels
from lime_core.errors import BadPicture
from lime_core.pictures.depth import colors_in_8_bits, grey_in_8_bits
from lime_core.pictures.wide_files import opacity_by_key, rawmode_of

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "AVIF")
"""As Pillow names them; with JPEG comes MPO, the JPEG with an attachment that phones write."""
MAX_BYTES = 20 * 1024 * 1024
"""Of a file."""
MAX_PIXELS = 50_000_000
"""Of a picture, before it is scaled down."""
MAX_SIDE = 2048
"""Pixels of the longer side that are kept; larger pictures are scaled down, since no model sees as many."""
MIN_SIDE = 16
"""Pixels of the shorter side."""
MAX_ASPECT = 50
"""How many times as long as wide a picture may be."""

# catch_warnings changes the whole process, so two threads must not be inside at once; and one large picture at a time
# is as much memory as thirty uploads in the same second should take.
_ONE_AT_A_TIME = threading.Lock()

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = {_TURNS[orientation] for orientation in (5, 6, 7, 8)}


@contextmanager
def alone() -> Iterator[None]:
    """Decode while nobody else does, with Pillow's warnings quiet and a size that it warns of as an error."""
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd tags and chunks are no concern of whoever looks at the picture
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


@cache
def _quiet_pillow() -> None:
    """Keep Pillow from writing to stderr, and libtiff a line for each row of a broken file: what matters is raised.

    The handlers are those of the library that Pillow has brought along, so nobody else's messages are lost.  Where it
    cannot be reached, on Windows, it goes on writing.  Whoever has set up logging still gets what Pillow logs.
    """
    logging.getLogger("PIL").addHandler(logging.NullHandler())
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(Image.core.__file__)
        for name in ("TIFFSetErrorHandler", "TIFFSetWarningHandler"):
            set_handler = getattr(library, name)
            set_handler.argtypes, set_handler.restype = [ctypes.c_void_p], ctypes.c_void_p
            set_handler(None)


Source = bytes | Image.Image
"""A file's bytes, or an image that is opened."""


def decode(source: Source, white: int | None = None) -> tuple[Pixels, tuple[str, ...], Source | None]:
    """Pixels (h, w, 3) uint8, the notice, and what to decode with another white; None where that is no matter.

    white : what is white in numbers of more than 8 bits, where somebody knows
    """
    if isinstance(source, bytes) and not source:
        raise BadPicture("The file is empty; choose another one.")
    if isinstance(source, bytes) and len(source) > MAX_BYTES:
        raise BadPicture("The file is larger than 20 MB; scale the picture down or save it as JPEG.")
    with alone():
        _quiet_pillow()
        try:
            if isinstance(source, Image.Image):
                check_size(*source.size)
                return _upright_rgb(source, b"", source.size, [], white)
            with Image.open(io.BytesIO(source), formats=FORMATS) as image:
                check_size(*image.size)
                size, notice = image.size, _frame_notice(image)
                image.draft(None, fitted(size))  # a JPEG is decoded at a half or a quarter where that is enough
                return _upright_rgb(image, source, size, notice, white)
        except BadPicture:
            raise
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise BadPicture("The picture has more than 50 megapixels; scale it down first.") from error
        except UnidentifiedImageError as error:
            raise BadPicture(
                "The file is not a picture in one of the formats JPEG, PNG, WebP, BMP, GIF, TIFF or AVIF, or its "
                "beginning is damaged; save it as JPEG or PNG and try again."
            ) from error
        except MemoryError as error:
            raise BadPicture("There is not enough memory to decode the picture; scale it down first.") from error
        except Exception as error:  # on broken files Pillow's decoders raise almost anything, even TypeError
            raise BadPicture(
                "The picture is broken or cut off and could not be decoded; get the file again or save it anew."
            ) from error


def by_white(source: Source, white: int) -> tuple[Pixels, tuple[str, ...]] | None:
    """Pixels and notice of what `decode` gave for it, with another white; None where its values are no such numbers."""
    pixels, notice, numbers = decode(source, white)
    return None if numbers is None else (pixels, notice)


def check_size(width: int, height: int) -> None:
    """Raise BadPicture for a picture that is too large, too small or too long."""
    size = f"The picture has {width} × {height} pixels"
    if width * height > MAX_PIXELS:
        raise BadPicture(f"{size}, more than 50 megapixels; scale it down first.")
    if min(width, height) < MIN_SIDE:
        raise BadPicture(f"{size}, too few to explain; its shorter side must have at least {MIN_SIDE}.")
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise BadPicture(f"{size}, too long and narrow; crop it to at most {MAX_ASPECT} times as long as wide.")


def fitted(size: tuple[int, int]) -> tuple[int, int]:
    """The (width, height) that a picture is kept with."""
    scale = min(1.0, MAX_SIDE / max(size))
    return round(size[0] * scale), round(size[1] * scale)


def _frame_notice(image: Image.Image) -> list[str]:
    # The second picture of an MPO is a preview or a depth map, which nobody misses.
    if image.format == "MPO" or not getattr(image, "is_animated", False):
        return []
    # GIF and TIFF do not say how many there are: counting walks the file, for minutes if it was made for that.
    count = "several" if image.format in ("GIF", "TIFF") else getattr(image, "n_frames", "several")
    return [f"First of {count} frames."]


def _turn(image: Image.Image) -> Image.Transpose | None:
    """What turns the picture upright; None for nothing, or for EXIF that cannot be read."""
    try:
        return _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except (SyntaxError, struct.error, LookupError, ValueError, TypeError, ArithmeticError, OSError, EOFError):
        return None


def _file_of(image: Image.Image) -> bytes:
    """The contents of the file whose first frame an image will be; empty where it is loaded already, or too large."""
    file = getattr(image, "fp", None)
    if file is None or not getattr(image, "tile", ()) or image.tell() != 0:
        return b""
    place = file.tell()
    file.seek(0)
    contents: bytes = file.read(MAX_BYTES + 1)
    file.seek(place)
    return contents if len(contents) <= MAX_BYTES else b""


def _upright_rgb(
    image: Image.Image, contents: bytes, size: tuple[int, int], notice: list[str], white: int | None
) -> tuple[Pixels, tuple[str, ...], Source | None]:
    """What `decode` gives of an image that has `size` by its header; the notice with what is done here."""
    rawmode = rawmode_of(image)  # first: a PNG is loaded where EXIF is looked for
    if not contents and (rawmode or image.mode.startswith("I") or "transparency" in image.info):
        contents = _file_of(image)
    if _turn(image) is not None:
        notice.append("Turned upright as its EXIF orientation says.")
    image.load()
    turn = _turn(image)  # once more: a TIFF turns itself upright while it is loaded
    profile = image.info.get("icc_profile")
    original = image
    image, numbers = _scalable(image, rawmode, contents, notice, white)
    if max(size) > MAX_SIDE:
        image = image.resize(fitted(size), Image.Resampling.LANCZOS)
    image = _in_srgb(_on_white(image, notice), profile, notice)
    if turn is not None:
        image = image.transpose(turn)
    if max(size) > MAX_SIDE:
        before = size[::-1] if turn in _SIDEWAYS else size
        notice.append(f"Scaled from {before[0]} × {before[1]} to {image.width} × {image.height} pixels.")
    pixels: Pixels = np.array(image.convert("RGB"))
    return pixels, tuple(notice), (contents or original.copy()) if numbers else None


def _scalable(
    image: Image.Image, rawmode: str, contents: bytes, notice: list[str], white: int | None
) -> tuple[Image.Image, bool]:
    """The same picture with 8 bits a channel and no palette, as L, RGB, RGBA, CMYK or another mode of colors."""
    numbers, opacity = False, opacity_by_key(image, rawmode, contents)
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        image, numbers = grey_in_8_bits(image, contents, notice, white)
    elif rawmode:
        image, numbers = colors_in_8_bits(image, rawmode, contents, notice, white)
    elif image.mode == "La":  # which Pillow converts to nothing else
        image = image.convert("LA")
    if image.mode in ("1", "L", "LA"):
        notice.append("Grey picture: the three channels are equal.")
    if opacity is not None:
        return Image.merge("RGBA", (*image.convert("RGB").split()[:3], opacity)), numbers
    if image.has_transparency_data:
        return image.convert("RGBA"), numbers
    return image.convert({"1": "L", "P": "RGB"}.get(image.mode, image.mode)), numbers


def _on_white(image: Image.Image, notice: list[str]) -> Image.Image:
    if image.mode != "RGBA":
        return image
    if image.getchannel("A").getextrema() != (255, 255):
        notice.append("Transparent parts are shown on white.")
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image)
    return white.convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes | None, notice: list[str]) -> Image.Image:
    """RGB in sRGB; a profile that is broken, or of another kind of colors, is ignored."""
    if image.mode not in ("L", "RGB"):
        notice.append(f"{image.mode} colors converted to RGB.")
    if not profile or image.mode not in ("RGB", "CMYK"):
        return image.convert("RGB")
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if own.profile.xcolor_space.strip() != image.mode or "sRGB" in ImageCms.getProfileDescription(own):
            return image.convert("RGB")
        to_srgb = ImageCms.buildTransform(own, ImageCms.createProfile("sRGB"), image.mode, "RGB")
        converted = to_srgb.apply(image)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image.convert("RGB")
    if image.mode == "RGB":
        notice.append("Colors converted to sRGB from the picture's own profile.")
    return converted
