"""Bad and odd picture files, made when they are needed: with Pillow where it can write them, else byte by byte."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from lime_core.arrays import Pixels

ORIENTATION = 0x0112


def blocks(rows: int = 3, columns: int = 4, side: int = 16, seed: int = 0) -> Pixels:
    """(rows·side, columns·side, 3) one random color a block: no symmetry, and JPEG keeps each block even."""
    colors = np.random.default_rng(seed).integers(0, 256, (rows, columns, 3), dtype=np.uint8)
    return colors.repeat(side, axis=0).repeat(side, axis=1)


def encoded(image: Image.Image | np.ndarray, kind: str = "PNG", **settings: Any) -> bytes:
    """The bytes of a file of this format."""
    file = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(file, kind, **settings)
    return file.getvalue()


def stored_turned(upright: Pixels, orientation: int) -> Pixels:
    """The rows and columns that a camera stores under this EXIF orientation, by the table of the EXIF standard."""
    flipped = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.swapaxes(0, 1),
        6: upright.swapaxes(0, 1)[::-1],
        7: upright[::-1, ::-1].swapaxes(0, 1),
        8: upright[::-1].swapaxes(0, 1),
    }[orientation]
    return np.ascontiguousarray(flipped)


def turned_file(upright: Pixels, orientation: int, kind: str) -> bytes:
    """A file that is stored turned, with the EXIF orientation that turns it upright again."""
    settings: dict[str, Any] = {
        "JPEG": {"quality": 95, "subsampling": 0},
        "WEBP": {"lossless": True},
        "AVIF": {"quality": 100, "subsampling": "4:4:4"},
    }.get(kind, {})
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return encoded(stored_turned(upright, orientation), kind, exif=exif, **settings)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of_zeros(width: int, height: int) -> bytes:
    """A black 1-bit PNG that is whole: a few kilobytes for any number of pixels."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return _png(width, height, data)


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG with this size in its header and nearly nothing behind it."""
    return _png(width, height, zlib.compress(b"\0"))


def png_with_a_long_text(megabytes: int) -> bytes:
    """A good PNG with a text chunk that grows to many megabytes when it is unpacked."""
    packer = zlib.compressobj(9)
    text = b"".join(packer.compress(bytes(2**20)) for _ in range(megabytes)) + packer.flush()
    good = encoded(blocks())
    header_end = 8 + 25
    return good[:header_end] + png_chunk(b"zTXt", b"Comment\0\0" + text) + good[header_end:]


def _png(width: int, height: int, data: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")


def png_of_16_bits(values: np.ndarray, significant: bytes = b"", transparent: tuple[int, ...] = ()) -> bytes:
    """A PNG with 16 bits a value, which Pillow cannot write in color.

    values (h, w) or (h, w, 2 to 4): grey, grey with opacity, colors, colors with opacity
    significant : what the chunk sBIT holds, which is left out where it is empty
    transparent : the color of the chunk tRNS
    """
    height, width = values.shape[:2]
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[values[0, 0].size]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    chunks = [
        png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0)),
        png_chunk(b"sBIT", significant) if significant else b"",
        png_chunk(b"tRNS", struct.pack(f">{len(transparent)}H", *transparent)) if transparent else b"",
        png_chunk(b"IDAT", zlib.compress(rows)),
        png_chunk(b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def png_of_few_bits(values: np.ndarray, bits: int, transparent: int) -> bytes:
    """A grey PNG with less than 8 bits a value, one of which is transparent."""
    shifts = np.arange(bits - 1, -1, -1)
    rows = b"".join(b"\0" + np.packbits((row[:, None] >> shifts & 1).astype(np.uint8)).tobytes() for row in values)
    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], bits, 0, 0, 0, 0)
    key, pixels = struct.pack(">H", transparent), zlib.compress(rows)
    chunks = (b"IHDR", header), (b"tRNS", key), (b"IDAT", pixels), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


def gif_of_width_zero() -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", 0, 20, 0, 0, 0) + b";"


def gif_whose_second_frame_is_huge() -> bytes:
    """A GIF of 64 × 48 whose second frame says 65535 × 65535."""
    first, second = Image.fromarray(blocks()), Image.fromarray(blocks(seed=1))
    data = encoded(first, "GIF", save_all=True, append_images=[second])
    place = data.rindex(b"\x2c" + struct.pack("<HHHH", 0, 0, 64, 48))
    return data[:place] + b"\x2c" + struct.pack("<HHHH", 0, 0, 65535, 65535) + data[place + 9 :]


def tiff_whose_pages_go_round() -> bytes:
    """A TIFF whose only page names itself as the next one."""
    data = bytearray(encoded(blocks(), "TIFF"))
    (start,) = struct.unpack_from("<I", data, 4)
    (tags,) = struct.unpack_from("<H", data, start)
    struct.pack_into("<I", data, start + 2 + 12 * tags, start)
    return bytes(data)


def jpeg_with_many_exif_tags(count: int = 5000) -> bytes:
    """A JPEG with as many EXIF tags as its segment holds, and its color profile is noise."""
    exif = Image.Exif()
    for tag in range(40000, 40000 + count):
        exif[tag] = 1
    junk = np.random.default_rng(0).bytes(60_000)
    return encoded(blocks(), "JPEG", quality=95, subsampling=0, exif=exif, icc_profile=junk)


def ycck_jpeg(ink: tuple[int, int, int, int]) -> bytes:
    """A JPEG of one color, cyan, magenta, yellow and black 0..255, stored as YCCK under Adobe's marker.

    Pillow writes CMYK only: here the first three channels are given so that they are the Y, Cb and Cr of the inks, and
    the marker is then told so.
    """
    luma, blue, red = Image.new("RGB", (1, 1), ink[:3]).convert("YCbCr").getpixel((0, 0))  # type: ignore[misc]
    data = encoded(Image.new("CMYK", (32, 32), (255 - luma, 255 - blue, 255 - red, ink[3])), "JPEG", quality=100)
    place = data.index(b"Adobe") + 11
    return data[:place] + b"\x02" + data[place + 1 :]


def cut_short(data: bytes) -> Iterator[bytes]:
    """The file cut at every tenth of its length."""
    for tenth in range(1, 10):
        yield data[: len(data) * tenth // 10]


def with_one_bit_flipped(data: bytes, count: int, seed: int = 0) -> Iterator[bytes]:
    """`count` copies of the file, each with another bit wrong."""
    rng = np.random.default_rng(seed)
    for place, bit in zip(rng.integers(0, len(data), count), rng.integers(0, 8, count), strict=True):
        flipped = bytearray(data)
        flipped[place] ^= 1 << int(bit)
        yield bytes(flipped)


FOREIGN = {
    "html": b"<!DOCTYPE html><html><body>not found</body></html>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64"/></svg>',
    "pdf": b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF",
    "zip": b"PK\x03\x04" + bytes(60),
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n%%EndComments\nshowpage\n%%EOF\n",
    "heic": struct.pack(">I", 24) + b"ftypheic" + bytes(4) + b"mif1heic" + bytes(100),
    "text": b"just some words",
    "pickle": b"\x80\x04\x95\x0f\x00\x00\x00\x00\x00\x00\x00\x8c\x0bhello world\x94.",
    "ppm": b"P6 16 16 255\n" + bytes(768),
}
"""Files of kinds that are not read, by kind."""


@dataclass(frozen=True)
class Packed:
    """A member of a zip archive that need not be what it says.

    content : as it lies in the archive, packed by `method`: 0 is stored, 8 deflate
    size, checksum : as the archive states them; left out, those of the content, which is then stored
    at : where the list of contents says that the member begins; left out, where it does
    """

    name: bytes
    content: bytes
    method: int = 0
    size: int | None = None
    checksum: int | None = None
    flags: int = 0
    at: int | None = None


def zip_of(*members: Packed, comment: bytes = b"") -> bytes:
    """A zip archive, byte by byte."""
    data, directory = b"", b""
    for member in members:
        size = len(member.content) if member.size is None else member.size
        checksum = zlib.crc32(member.content) if member.checksum is None else member.checksum
        told = struct.pack("<HHHHIIIHH", member.flags, member.method, 0, 33, checksum, len(member.content), size,
                           len(member.name), 0)  # fmt: skip
        place = struct.pack("<HHHII", 0, 0, 0, 0, len(data) if member.at is None else member.at)
        directory += b"PK\x01\x02" + struct.pack("<HH", 20, 20) + told + place + member.name
        data += b"PK\x03\x04" + struct.pack("<H", 20) + told + member.name + member.content
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(data), len(comment))
    return data + directory + b"PK\x05\x06" + end + comment


def deflated(content: bytes, times: int = 1) -> bytes:
    """`times` times the content, packed by deflate, without ever holding that much: gigabytes in a few milliseconds."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(content) + packer.flush(zlib.Z_FULL_FLUSH)  # after it nothing refers to what came before
    return piece * times + packer.flush()
