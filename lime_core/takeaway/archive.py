"""Archives: many files as one ZIP, made in memory and the same to the last byte; and read without trusting them."""

from __future__ import annotations

import csv
import io
import json
import posixpath
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lime_core.errors import LimeError
from lime_core.files.untrusted import Frugal, untrusted

MOST_DIRECTORY = 64 * 1024
"""Bytes that the list of contents of an archive may have."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_MOST_NAME = 60


def pack(files: Mapping[str, bytes]) -> bytes:
    """Pack files into one ZIP.

    Parameters
    ----------
    files : mapping of str to bytes
        Name to contents; a name may have folders in it, such as "maps/1.png".

    Returns
    -------
    bytes
        The archive; it has no date, so that it is the same whenever it is made.

    Raises
    ------
    ValueError
        For a name that would leave the folder that it is unpacked into.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            parts = name.split("/")
            if any(part in ("", ".", "..") or part != safe_name(part, len(part)) for part in parts):
                raise ValueError(f"files must have plain names, got {name!r}")
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o644 << 16  # else some programs unpack what nobody may read
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def safe_name(text: str, most: int = _MOST_NAME) -> str:
    """Make a name of a file of a text of anybody.

    Parameters
    ----------
    text : str
        Such as the title of a map.
    most : int, default 60
        Characters that it may have.

    Returns
    -------
    str
        Of letters, digits, dots, dashes and underscores; never empty, and beginning and ending with none of the signs.
    """
    return _UNSAFE.sub("-", text).strip("-.")[:most].rstrip("-.") or "file"


def unpack(contents: bytes, wanted: Mapping[str, int], error: type[LimeError]) -> dict[str, bytes]:
    """Read some files out of a ZIP of anybody; nothing is written to disk, and nothing else is unpacked.

    Parameters
    ----------
    contents : bytes
        The archive.
    wanted : mapping of str to int
        Names, in whatever one folder they lie, and how many bytes each may have.
    error : subclass of LimeError
        What is raised.

    Returns
    -------
    dict of str to bytes
        Those of them that are there.

    Raises
    ------
    LimeError
        Of the class given: no ZIP, a file that is there twice, too large, damaged, or packed in another way.
    """
    found = {}
    with untrusted(error, "It is no readable ZIP archive."):
        frugal = Frugal(io.BytesIO(contents), MOST_DIRECTORY)
        with zipfile.ZipFile(frugal) as archive:
            for name, most in wanted.items():
                members = [each for each in archive.infolist() if posixpath.basename(each.filename) == name]
                if not members:
                    continue
                if len(members) > 1:
                    raise error(f"The archive holds {len(members)} files {name}: it is not one explanation's.")
                if members[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise error(f"{name} is packed in another way than it should be.")
                if members[0].file_size > most:
                    raise error(f"{name} has more than {most / 1e6:g} MB.")
                frugal.most = len(contents)
                with archive.open(members[0]) as file:
                    found[name] = file.read(members[0].file_size + 1)  # beyond the end, where the checksum is compared
    return found


def csv_bytes(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Write a table as CSV.

    Parameters
    ----------
    heads, rows : sequence of str, and iterable of sequences
        Names of the columns, and what stands in them; texts of anybody through `harmless` before.

    Returns
    -------
    bytes
        UTF-8, with numbers to the last digit.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(heads)
    table.writerows(rows)
    return text.getvalue().encode()


def npz_bytes(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Write arrays of plain numbers as `.npz`, which `np.load` reads with allow_pickle=False.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        By name.

    Returns
    -------
    bytes
        The file.
    """
    buffer = io.BytesIO()
    named: dict[str, Any] = dict(arrays)
    np.savez_compressed(buffer, allow_pickle=False, **named)
    return buffer.getvalue()


def json_bytes(record: Mapping[str, Any]) -> bytes:
    """Write a record as JSON that people can read.

    Parameters
    ----------
    record : mapping
        Of plain types.

    Returns
    -------
    bytes
        UTF-8.

    Raises
    ------
    ValueError
        For NaN and infinity, which JSON does not have.
    """
    return (json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
