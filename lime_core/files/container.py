"""Containers: one `.npz` file each, a header in JSON beside plain arrays.

A file may come from anywhere, so nothing in it is executed, and every size is read and checked before memory is taken
for it: which arrays there are, their types, their shapes, and how many bytes they unpack to.  Files are written whole
or not at all.
"""

from __future__ import annotations

import io
import json
import math
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from lime_core.errors import BadPrior
from lime_core.files.untrusted import check_file, npy_header, untrusted

SCHEMA = 1
"""Raised by one whenever a file of this version could be misread by the last."""

MAX_BYTES = 256 * 2**20
"""The most that the arrays of a file may unpack to, and that a file may have."""

_MAX_HEADER = 1_000_000
_NPY = 128  # bytes before the numbers of an array
_MAX_LISTED = 16
_PIECE = 2**20  # bytes that are unpacked at a time
_MAX_DIRECTORY = 16 * 1024  # bytes of the list of contents
_END = 22  # bytes of the record at the end of a ZIP file, which says how much comes before it
Arrays = dict[str, NDArray[Any]]

Layout = Mapping[str, tuple[Any, ...]]
"""name -> dtype and number of dimensions, and third the dtype of earlier files where that was another."""


def packed(kind: str, header: Mapping[str, Any], arrays: Arrays) -> bytes:
    """The bytes of a container.

    Parameters
    ----------
    kind : str
        What the file is, such as "prior"; `unpacked` asks for it again.
    header : mapping of str to values that JSON has
        Facts beside the arrays; "kind" and "schema" are added.
    arrays : dict of str to ndarray
        The arrays by name; none may be called "header".

    Returns
    -------
    bytes
        A compressed `.npz` file.

    Raises
    ------
    TypeError
        When the header holds what JSON does not have, or an array is called "header".
    ValueError
        When the header holds NaN or infinity, and for what `unpacked` would find too large.
    """
    text = json.dumps({"kind": kind, "schema": SCHEMA, **header}, sort_keys=True, allow_nan=False).encode()
    if len(text) > _MAX_HEADER:
        raise ValueError(f"the facts of a {kind} may have {_MAX_HEADER} bytes beside its arrays, got {len(text)}")
    contiguous: dict[str, Any] = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    size = len(text) + sum(array.nbytes for array in contiguous.values()) + _NPY * (1 + len(contiguous))
    if size > MAX_BYTES:
        raise ValueError(f"a {kind} may have {MAX_BYTES // 2**20} MB, got {size / 2**20:.0f} MB")
    buffer = io.BytesIO()
    np.savez_compressed(buffer, header=np.frombuffer(text, dtype=np.uint8), **contiguous)
    return buffer.getvalue()


def unpacked(
    source: str | Path | bytes, kind: str, layout: Layout, optional: Sequence[Layout], most: int = MAX_BYTES
) -> tuple[dict[str, Any], Arrays]:
    """The header and the arrays of a container.

    Parameters
    ----------
    source : str, Path or bytes
        A path, or the contents of a file.
    kind : str
        What the file must be, as `packed` was called with; messages use it as a noun.
    layout : mapping of str to (dtype, int) or (dtype, int, dtype)
        The arrays that the file must hold: as in `Layout`.
    optional : sequence of such mappings
        Arrays that a file may leave out; of each mapping it holds all or none.
    most : int, default 256 MB
        Bytes that the file may have, and that its arrays may unpack to; never more than `MAX_BYTES`.

    Returns
    -------
    header : dict
        What `packed` was called with, and "kind" and "schema".
    arrays : dict of str to ndarray
        Copies of the arrays in the dtypes of the layout.

    Raises
    ------
    BadPrior
        When the file cannot be read, is damaged, too large, of another kind or schema, or holds other arrays.
    """
    most = min(most, MAX_BYTES)
    with untrusted(BadPrior, f"This is no {kind}, or its file is damaged."):
        with _opened(source, kind) as file:
            _check_size(file, kind, most)
            with zipfile.ZipFile(file) as archive:
                arrays = _arrays(archive, kind, {"header": (np.uint8, 1), **layout}, optional, most)
        header = json.loads(arrays.pop("header").tobytes())
    if not isinstance(header, dict) or header.get("kind") != kind:
        raise BadPrior(f"This is no {kind}.")
    if header.get("schema") != SCHEMA:
        raise BadPrior(
            f"The {kind} is of schema {header.get('schema')!r}, and {SCHEMA} is the one that is known here. "
            "Build it anew, or use the version that made it."
        )
    return header, arrays


def _opened(source: str | Path | bytes, kind: str) -> IO[bytes]:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    try:
        check_file(Path(source), kind, BadPrior)
        return Path(source).open("rb")
    except OSError as error:
        raise BadPrior(f"The {kind} could not be read: {error.strerror or error}.") from error


def _check_size(file: IO[bytes], kind: str, most: int) -> None:
    """Raise BadPrior for a file that is too large, or whose list of contents is: it is read before anything else."""
    size = file.seek(0, os.SEEK_END)
    if size > most:
        raise BadPrior(f"The {kind} has more than {most // 2**20} MB.")
    file.seek(max(0, size - _END - 20))
    end = file.read()
    record = end[-_END:]
    large = b"PK\x06\x07" in end  # a second record, with numbers that do not fit the first
    listed, directory = (int.from_bytes(record[at:to], "little") for at, to in ((10, 12), (12, 16)))
    # zipfile reads as much as the list is long, however few entries the record tells of.
    if record[:4] != b"PK\x05\x06" or large or listed > _MAX_LISTED or directory > _MAX_DIRECTORY:
        raise BadPrior(f"This is no {kind}, or its file is damaged.")


def _arrays(archive: zipfile.ZipFile, kind: str, layout: Layout, optional: Sequence[Layout], most: int) -> Arrays:
    members = {member.filename: member for member in archive.infolist()}
    for group in optional:
        if any(f"{name}.npy" in members for name in group):
            layout = {**layout, **group}
    if sorted(member.filename for member in archive.infolist()) != sorted(f"{name}.npy" for name in layout):
        raise BadPrior(f"This is no {kind}: it holds other arrays.")
    if sum(member.file_size for member in members.values()) > most:
        raise BadPrior(f"The {kind} unpacks to more than {most // 2**20} MB.")
    return {name: _array(archive, members[f"{name}.npy"], kind, name, form) for name, form in layout.items()}


def _array(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, kind: str, name: str, form: tuple[Any, ...]
) -> NDArray[Any]:
    dtype, ndim, *earlier = form
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadPrior(f"This is no {kind}: it is packed in another way.")
    with archive.open(member) as file:
        shape, columns_first, stored = npy_header(file)
        expected = [np.dtype(each).newbyteorder("<") for each in (dtype, *earlier)]
        if stored not in expected or len(shape) != ndim or min(shape) < 1 or (columns_first and ndim > 1):
            raise BadPrior(f"This is no {kind}: its {name} is an array of {stored} and shape {shape}.")
        size = math.prod(shape) * stored.itemsize
        if size > (_MAX_HEADER if name == "header" else MAX_BYTES):
            raise BadPrior(f"The {name} of the {kind} is too large.")
        wrong_length = BadPrior(f"The {name} of the {kind} is not as long as it says: the file is damaged.")
        if size > member.file_size:
            raise wrong_length
        array = np.empty(shape, dtype=stored)
        place = array.reshape(-1).view(np.uint8)
        for start in range(0, size, _PIECE):  # so that it is in memory once
            piece = file.read(min(_PIECE, size - start))
            if len(piece) != len(place[start : start + _PIECE]):
                raise wrong_length
            place[start : start + _PIECE] = np.frombuffer(piece, dtype=np.uint8)
        if file.read(1):  # beyond the last byte, where the checksum is compared
            raise wrong_length
    return array.astype(dtype, copy=False)
