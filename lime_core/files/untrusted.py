"""Files that may come from anybody: read up to a bound, and whatever goes wrong is one error with one sentence.

Libraries raise almost anything on a damaged or crafted file: errors of their own, of zlib, of the tokenizer, of memory.
A list of what they may raise is never complete, so none is kept: every reader of such files does its work inside of
`untrusted`, and takes sizes from a header before it takes memory for what is behind it.
"""

from __future__ import annotations

import io
import math
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from lime_core.errors import LimeError

NPY_START = b"\x93NUMPY"
"""The first bytes of an `.npy` file."""

_MAX_DIRECTORY = 64 * 1024  # bytes of the list of contents of an .npz file
_MAX_HEADER = 64 * 1024  # bytes of the header of an .npy file


@contextmanager
def untrusted(error: type[LimeError], sentence: str) -> Iterator[None]:
    """Turn whatever goes wrong while a file is read into one error.

    Parameters
    ----------
    error : subclass of LimeError
        What is raised.
    sentence : str
        Its text: what is wrong with the file, and what to do.

    Raises
    ------
    LimeError
        Of the class given, with the first error as its cause; a LimeError passes as it is.
    """
    try:
        yield
    except LimeError:
        raise
    except Exception as cause:
        raise error(sentence) from cause


class TooLong(Exception):
    """More was to be read at once than a `Frugal` file gives."""


class Frugal:
    """A file of which no more than some bytes are read at a time: zipfile reads as many as an archive claims.

    Parameters
    ----------
    file : binary file object
        One that can be sought.
    most : int
        Bytes at a time; more raise TooLong.
    """

    def __init__(self, file: IO[bytes], most: int) -> None:
        self._file, self.most = file, most
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        """Read from where the file stands; all that is left where no size is given."""
        contents = self._file.read(self.most + 1 if size < 0 else min(size, self.most + 1))
        if len(contents) > self.most:
            raise TooLong
        return contents


def contents_of(source: str | Path | bytes | IO[bytes], what: str, most: int, error: type[LimeError]) -> bytes:
    """Read a file whole, and no more of it than is allowed.

    Parameters
    ----------
    source : str, Path, bytes or binary file object
        A path, the contents of a file, or an open file, which is read from where it stands.
    what : str
        What the file is to be, for messages, such as "label map".
    most : int
        Bytes that it may have.
    error : subclass of LimeError
        What is raised.

    Returns
    -------
    bytes
        The contents.

    Raises
    ------
    LimeError
        Of the class given: it is missing, no plain file, larger than allowed, or cannot be read.
    """
    if not isinstance(source, bytes):
        with untrusted(error, f"The {what} could not be read: it has no readable name."):
            try:
                source = _read(source, what, most, error)
            except OSError as cause:
                raise error(f"The {what} could not be read: {cause.strerror or cause}.") from cause
    if len(source) > most:
        raise error(f"The {what} has more than {most / 1e6:g} MB.")
    return source


def _read(source: str | Path | IO[bytes], what: str, most: int, error: type[LimeError]) -> bytes:
    if not isinstance(source, str | os.PathLike):
        return source.read(most + 1)
    check_file(Path(source), what, error)
    with Path(source).open("rb") as file:
        return file.read(most + 1)


def check_file(path: Path, what: str, error: type[LimeError]) -> None:
    """Raise an error for a folder, a pipe or a device, which would be waited for.

    Parameters
    ----------
    path : Path
        It may be missing.
    what : str
        What the file is to be, for messages.
    error : subclass of LimeError
        What is raised.

    Raises
    ------
    LimeError
        Of the class given.
    """
    if path.exists() and not path.is_file():
        raise error(f"The {what} could not be read: {path.name} is no file.")


def npy_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Read the beginning of an `.npy` file, up to where its numbers begin.

    Parameters
    ----------
    file : binary file object
        At its beginning.

    Returns
    -------
    shape : tuple of int
        As the file says it; nothing has been read or taken for it.
    columns_first : bool
        Whether the last axis is the slowest.
    dtype : dtype
        Of its elements.

    Raises
    ------
    Exception
        Almost any; to be used inside of `untrusted`.
    """
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    return read[np.lib.format.read_magic(file)](file)


def npy_array(contents: bytes, what: str, most: int, error: type[LimeError]) -> NDArray[Any]:
    """Read the array of an `.npy` file of plain numbers.

    Parameters
    ----------
    contents : bytes
        The file.
    what : str
        What the file is to be, for messages.
    most : int
        Elements that the array may have.
    error : subclass of LimeError
        What is raised.

    Returns
    -------
    ndarray
        Of booleans, integers or floats; read-only.

    Raises
    ------
    LimeError
        Of the class given: damaged, of anything but numbers, or of more elements than allowed.
    """
    with untrusted(error, f"The {what} is no readable .npy file of plain numbers."):
        file = io.BytesIO(contents)
        shape, columns_first, dtype = npy_header(file)
        if dtype.kind not in "biuf" or dtype.hasobject:
            raise error(f"The {what} holds {dtype}, and no plain numbers.")
        count = math.prod(shape)
        if min(shape, default=0) < 0:
            raise error(f"The {what} is said to have the shape {shape}: its file is damaged.")
        if count > most:
            raise error(f"The {what} has {count} elements, and no more than {most} are read.")
        numbers = np.frombuffer(contents, dtype, count, file.tell())
        return numbers.reshape(shape, order="F" if columns_first else "C")


def npz_array(contents: bytes, name: str, most: int, error: type[LimeError]) -> NDArray[Any]:
    """Read one array of plain numbers out of an `.npz` file; nothing else of it is unpacked.

    Parameters
    ----------
    contents : bytes
        The file.
    name : str
        The array's.
    most : int
        Elements that it may have.
    error : subclass of LimeError
        What is raised.

    Returns
    -------
    ndarray
        Of booleans, integers or floats; read-only.

    Raises
    ------
    LimeError
        Of the class given: damaged, without this array, of anything but numbers, or of more elements than allowed.
    """
    with untrusted(error, "It is no readable .npz file."):
        frugal = Frugal(io.BytesIO(contents), _MAX_DIRECTORY)
        with zipfile.ZipFile(frugal) as archive:
            found = [member for member in archive.infolist() if member.filename == f"{name}.npy"]
            if len(found) != 1:
                raise error(f"There are {len(found)} arrays of this name.")
            if found[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise error("It is packed in another way.")
            size = found[0].file_size
            if size > _MAX_HEADER + most * np.dtype(np.longdouble).itemsize:
                raise error(f"It unpacks to {size / 1e6:.0f} MB, which {most} numbers do not need.")
            frugal.most = len(contents)
            with archive.open(found[0]) as file:
                unpacked = file.read(size + 1)  # beyond the last byte, where the checksum is compared
    return npy_array(unpacked, f"array {name!r}", most, error)
