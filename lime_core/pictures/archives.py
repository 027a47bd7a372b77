"""Zip archives that may come from anybody: their files as bytes, one after another, and nothing is written to disk.

The list of contents is bounded before it is read, and an archive whose members overlap is refused as a whole.  Of each
member the name, the kind of packing and the size that it claims are checked before anything is unpacked, and no more
than that size ever is.  So the time and memory that an archive takes are bounded by its own length.
"""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO

from lime_core.errors import BadPicture
from lime_core.files.untrusted import Frugal, TooLong
from lime_core.pictures.decoding import MAX_BYTES

MAX_MEMBERS = 10_000
"""Of one archive."""
MAX_RATIO = 200
"""How many times its packed size a member may have: photos are packed twice at best, plain drawings fifty times."""
ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
"""What the first four bytes of a file are one of when it is an archive with files, or an empty one."""

_RATIO_MATTERS_FROM = 1_000_000  # bytes unpacked
_MAX_DIRECTORY = 3_000_000  # bytes of the list of contents, which zipfile holds in memory ten times over
_LOCAL_HEADER = 30
_ENCRYPTED = 0x1 | 0x40 | 0x2000


@dataclass(frozen=True)
class Member:
    """A file of an archive, or why it was not read.

    Parameters
    ----------
    name : str
        As it stands in the archive; never a path to write to.
    contents : bytes
        Empty where there is an error.
    error : str, default ""
        A sentence, or empty.
    """

    name: str
    contents: bytes
    error: str = ""


def members_of(archive: bytes | str | os.PathLike[str] | IO[bytes]) -> Iterator[Member]:
    """The files of an archive in its order, each with its contents or an error.

    Folders, hidden files and what operating systems add (`__MACOSX/`, `.DS_Store`, `Thumbs.db`) are left out.

    Parameters
    ----------
    archive : bytes, str, path-like or binary file object
        The contents of the archive, its path, or a file that can be sought, which is left open.

    Yields
    ------
    Member
        A file with its contents, or with an error.

    Raises
    ------
    BadPicture
        When it cannot be read, is no archive, lists more than 10 000 files or very long names, or its files overlap.
    """
    with ExitStack() as stack:
        opened = _opened(archive, stack)
        for member, outside in _files(opened):
            error = outside or _refusal(member)
            yield Member(member.orig_filename, b"", error) if error else _unpacked(opened, member)


def count_members(archive: bytes | str | os.PathLike[str] | IO[bytes]) -> int:
    """How many files `members_of` gives, with nothing unpacked.

    Parameters
    ----------
    archive : bytes, str, path-like or binary file object
        As for `members_of`.

    Returns
    -------
    int
        Those with an error among them.

    Raises
    ------
    BadPicture
        As `members_of` does.
    """
    with ExitStack() as stack:
        return sum(1 for _ in _files(_opened(archive, stack)))


def passed_over(parts: Sequence[str]) -> bool:
    """Whether the parts of a path are those of a hidden file, or of one that an operating system added.

    Parameters
    ----------
    parts : sequence of str
        Names of folders, the name of the file last; at least one.

    Returns
    -------
    bool
        True for a file that is left out.
    """
    added = parts[-1].lower() in ("thumbs.db", "desktop.ini")
    return added or any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _files(archive: zipfile.ZipFile) -> Iterator[tuple[zipfile.ZipInfo, str]]:
    """The members that are not left out, each with a sentence where its name leads outside."""
    for member in archive.infolist():
        # zipfile cuts `filename` at NUL; the original is the one to judge.
        name = member.orig_filename
        outside = _leads_outside(name)
        if not name.endswith("/") and (outside or not passed_over(name.split("/"))):
            yield member, outside


def _opened(source: bytes | str | os.PathLike[str] | IO[bytes], stack: ExitStack) -> zipfile.ZipFile:
    """The archive, open for as long as the stack."""
    many = f"The archive lists more than {MAX_MEMBERS} files, or fewer with very long names; pack fewer into one."
    try:
        frugal = Frugal(stack.enter_context(_file(source)), _MAX_DIRECTORY)
        archive = stack.enter_context(zipfile.ZipFile(frugal))
    except BadPicture:
        raise
    except TooLong as error:
        raise BadPicture(many) from error
    except OSError as error:
        raise BadPicture(f"The archive could not be read ({error.strerror or error}).") from error
    except Exception as error:  # a broken list of contents makes zipfile and struct raise almost anything
        raise BadPicture("This is no zip archive, or it is damaged; pack it anew.") from error
    if len(archive.infolist()) > MAX_MEMBERS:
        raise BadPicture(many)
    if _overlap(archive.infolist()):
        raise BadPicture("Files overlap in the archive, as no packing program makes them; pack it anew.")
    frugal.most = MAX_BYTES + _LOCAL_HEADER
    return archive


def _file(source: bytes | str | os.PathLike[str] | IO[bytes]) -> AbstractContextManager[IO[bytes]]:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    if not isinstance(source, str | os.PathLike):
        return nullcontext(source)
    if not Path(source).is_file():  # a pipe or a device would be waited for
        raise BadPicture("There is no file of this name; check its name and folder.")
    return Path(source).open("rb")


def _overlap(members: list[zipfile.ZipInfo]) -> bool:
    """Whether the same bytes would be unpacked for more than one member."""
    ordered = sorted(members, key=lambda member: member.header_offset)
    return any(
        first.header_offset + _LOCAL_HEADER + len(first.orig_filename) + first.compress_size > second.header_offset
        for first, second in pairwise(ordered)
    )


def _leads_outside(path: str) -> str:
    """A sentence for a path that is none inside a folder; empty for a good one."""
    if "\0" in path or "\\" in path or ".." in path.split("/") or re.match(r"/|[A-Za-z]:", path):
        return (
            "The name of the file leads outside of the archive, or has a backslash in it, so it was not read; rename "
            "it and pack it anew."
        )
    return ""


def _refusal(member: zipfile.ZipInfo) -> str:
    """A sentence for a member that is not worth unpacking, or not safe; empty for a good one."""
    if member.flag_bits & _ENCRYPTED:
        return "The file is encrypted; pack it without a password."
    # zipfile unpacks the other kinds without a bound.
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "The file is packed in a way that is not read here; pack it anew as a plain zip archive."
    if member.file_size > MAX_BYTES:
        return "The file is larger than 20 MB; scale the picture down or save it as JPEG."
    if member.file_size > max(_RATIO_MATTERS_FROM, MAX_RATIO * member.compress_size):
        return f"The file unpacks to more than {MAX_RATIO} times its size, as no photo does; save it as JPEG or PNG."
    return ""


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Member:
    try:
        with archive.open(member) as file:
            contents = file.read(member.file_size + 1)  # beyond the last byte, where the checksum is compared
        if len(contents) != member.file_size:
            raise zipfile.BadZipFile("not as long as it says")
    except Exception:  # zipfile and zlib raise almost anything on what is broken
        return Member(member.orig_filename, b"", "The file is damaged inside the archive; pack it anew.")
    if contents.startswith(ZIP_STARTS):
        return Member(member.orig_filename, b"", "An archive inside an archive is not opened; unpack it first.")
    return Member(member.orig_filename, contents)


def begins_as_zip(path: str) -> bool:
    """Whether it is a file that is read as an archive.

    Parameters
    ----------
    path : str
        Of anything, or of nothing.

    Returns
    -------
    bool
        False also for what cannot be read.
    """
    try:
        if not os.path.isfile(path):  # a pipe or a device would be waited for
            return False
        with open(path, "rb") as file:
            return file.read(4) in ZIP_STARTS
    except (OSError, ValueError):  # ValueError: a path with NUL; loading it will say what is wrong
        return False
