"""Files that are made to cost a server more than they weigh, each quickly made and small."""

from __future__ import annotations

import io
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator

import numpy as np

from tests.support.badfiles import encoded


def _png(width: int, height: int, rows: bytes = b"") -> bytes:
    """A PNG of 8-bit grey that says this size, with these packed rows."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def photo_of_zeros(draw: random.Random) -> bytes:
    """As many pixels as are taken, in a few kB; scaled down when it is read."""
    side = draw.randint(4000, 7000)
    return _png(side, side, zlib.compress(bytes((side + 1) * side)))


def photo_that_claims(draw: random.Random) -> bytes:
    return _png(draw.choice([30_000, 2**31 - 1]), draw.choice([30_000, 16]), zlib.compress(b"\0" * 99))


def photo_of_noise(draw: random.Random) -> bytes:
    noise = np.random.default_rng(draw.randrange(10**9)).integers(0, 256, (900, 1200, 3), dtype=np.uint8)
    return encoded(noise)


def photo_that_is_cut(draw: random.Random) -> bytes:
    return photo_of_noise(draw)[: draw.randint(1000, 500_000)]


def prior_of_zeros(draw: random.Random) -> bytes:
    """What unpacks to 10 to 200 MB from 20 to 200 kB."""
    classes, words = draw.randint(1000, 13_000), 1000
    told = {"kind": "prior", "schema": 1, "signed": True, "unit": "", "position": 0, "made_by": {"n": draw.random()}}
    packed = io.BytesIO()
    np.savez_compressed(
        packed,
        header=np.frombuffer(json.dumps(told).encode(), dtype=np.uint8),
        centroids=np.zeros((words, 8), dtype=np.float32),
        weights=np.zeros((classes, words)),
        counts=np.zeros((classes, words), dtype=np.int64),
    )
    return packed.getvalue()


def prior_that_is_damaged(draw: random.Random) -> bytes:
    whole = bytearray(prior_of_zeros(random.Random(draw.randrange(3))))
    for _ in range(20):
        whole[draw.randrange(len(whole))] ^= draw.randrange(1, 256)
    return bytes(whole)


def zip_of_zeros(draw: random.Random) -> bytes:
    """Members that unpack to 20 MB each, from 20 kB."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20):
            archive.writestr(f"{number}.png", bytes(20 * 2**20 - draw.randint(0, 1000)))
    return packed.getvalue()


def zip_of_photos(draw: random.Random) -> bytes:
    packed, photo = io.BytesIO(), photo_of_zeros(draw)
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(4):
            archive.writestr(f"{number}.png", photo + bytes(number))
    return packed.getvalue()


def labels_in_a_corner(draw: random.Random) -> bytes:
    """As many labels as are kept, nearly all of them zero, in some kB."""
    side = draw.choice([2048, 4096])
    rows = bytearray((side + 1) * side)
    rows[1:100] = draw.randbytes(99)
    return _png(side, side, zlib.compress(bytes(rows)))


def labels_that_claim(draw: random.Random) -> bytes:
    file = io.BytesIO()
    shape = (draw.choice([30_000, 2**31 - 1]), draw.choice([30_000, 4096]))
    np.lib.format.write_array_header_1_0(file, {"descr": "<i8", "fortran_order": False, "shape": shape})
    return file.getvalue() + bytes(99)


PHOTOS: tuple[Callable[[random.Random], bytes], ...] = (
    photo_of_zeros,
    photo_that_claims,
    photo_of_noise,
    photo_that_is_cut,
)
PRIORS: tuple[Callable[[random.Random], bytes], ...] = (prior_of_zeros, prior_that_is_damaged)
ARCHIVES: tuple[Callable[[random.Random], bytes], ...] = (zip_of_zeros, zip_of_photos)


LABELS: tuple[Callable[[random.Random], bytes], ...] = (
    labels_in_a_corner,
    labels_that_claim,
    photo_that_claims,
    photo_of_noise,
)
KINDS = (("photo", PHOTOS), ("prior", PRIORS), ("labels", LABELS), ("photo", PHOTOS), ("archive", ARCHIVES))


def hostile_files(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """So many files, each with the kind of upload that it is for: "photo", "prior", "labels" or "archive"."""
    draw = random.Random(seed)
    for number in range(count):
        kind, makers = KINDS[(seed + number) % len(KINDS)]
        yield kind, draw.choice(makers)(draw)
