"""Files with something wrong in them: seeded, so that a case is found again by its number."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np

Random = np.random.Generator
ODD_NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**62, 2**63, 2**64 - 1)
ODD_TEXTS = (
    *rb"""-1 0 1e999 NaN 99999999999999999999 null true {} [] "" ' " ( ) \ud800 |O >f8 <U9 <c16 F64 ../../x""".split(),
    *(b"{" * 300, b"[" * 3000, b"\0", b"\xff\xfe", b"\xed\xa0\x80"),
)
PLAIN = re.compile(rb"[0-9]+|[A-Za-z_|<>=!][A-Za-z0-9_.]*")
"""Numbers and words, as headers are written with."""


def mutations(contents: bytes, count: int, seed: int = 0) -> Iterator[bytes]:
    """Yields `count` copies of a file, each with one to three changes."""
    for number in range(count):
        yield mutation(contents, seed, number)


def mutation(contents: bytes, seed: int, number: int) -> bytes:
    """The copy of this number alone."""
    random = np.random.default_rng((seed, number))
    for _ in range(random.integers(1, 4)):
        contents = KINDS[random.integers(len(KINDS))](contents, random)
    return contents


def flipped(contents: bytes, random: Random) -> bytes:
    """One bit, or one byte."""
    changed = bytearray(contents)
    if changed:
        changed[place(contents, random)] ^= random.choice([1 << int(random.integers(8)), 0xFF])
    return bytes(changed)


def cut(contents: bytes, random: Random) -> bytes:
    """The beginning alone."""
    return contents[: random.integers(len(contents) + 1)]


def without(contents: bytes, random: Random) -> bytes:
    """A range left out."""
    start, end = span(contents, random)
    return contents[:start] + contents[end:]


def inserted(contents: bytes, random: Random) -> bytes:
    """A range of noise, of zeros, or of the file itself, once more at another place."""
    start, end = span(contents, random)
    more = (random.bytes(end - start), bytes(end - start), contents[start:end])[random.integers(3)]
    at = random.integers(len(contents) + 1)
    return contents[:at] + more + contents[at:]


def swapped(contents: bytes, random: Random) -> bytes:
    """Two ranges that follow each other, the other way round."""
    start, middle = span(contents, random)
    end = min(len(contents), middle + int(random.integers(1, 65)))
    return contents[:start] + contents[middle:end] + contents[start:middle] + contents[end:]


def overwritten(contents: bytes, random: Random) -> bytes:
    """A range of zeros, of ones, or of noise."""
    start, end = span(contents, random)
    other = (bytes(end - start), b"\xff" * (end - start), random.bytes(end - start))[random.integers(3)]
    return contents[:start] + other + contents[end:]


def with_another_length(contents: bytes, random: Random) -> bytes:
    """A number of two, four or eight bytes that is odd, or nearly what it was."""
    size = int(random.choice([2, 4, 8]))
    order = "little" if random.integers(4) else "big"
    at = place(contents, random)
    before = int.from_bytes(contents[at : at + size], order)
    number = int(random.choice([before + 1, before - 1, 2 * before, ODD_NUMBERS[random.integers(len(ODD_NUMBERS))]]))
    return contents[:at] + (number % 2 ** (8 * size)).to_bytes(size, order) + contents[at + size :]


def with_another_text(contents: bytes, random: Random) -> bytes:
    """A number or word in one of the places where headers stand, replaced by an odd one."""
    words = [*PLAIN.finditer(contents, 0, 2000), *PLAIN.finditer(contents, max(0, len(contents) - 2000))]
    if not words:
        return contents
    word = words[random.integers(len(words))]
    return contents[: word.start()] + ODD_TEXTS[random.integers(len(ODD_TEXTS))] + contents[word.end() :]


KINDS: tuple[Callable[[bytes, Random], bytes], ...] = (
    flipped, cut, without, inserted, swapped, overwritten, with_another_length, with_another_text,
)  # fmt: skip


def place(contents: bytes, random: Random) -> int:
    """A place in the file: anywhere, or near its beginning or its end, where headers are."""
    near = min(len(contents), int(random.choice([16, 128, 1024])))
    where = random.integers(3)
    start, end = ((0, len(contents)), (0, near), (len(contents) - near, len(contents)))[where]
    return int(random.integers(start, end)) if end > start else 0


def span(contents: bytes, random: Random) -> tuple[int, int]:
    """Begin and end of a range: mostly short, now and then up to the whole file."""
    start = place(contents, random)
    longest = max(1, len(contents) - start) if random.integers(8) == 0 else 64
    return start, min(len(contents), start + int(random.integers(1, longest + 1)))
