"""Files that are there whole or not at all, whatever happens while they are written; and one way to save a result."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import singledispatch
from pathlib import Path


@singledispatch
def save(result: object, place: str | Path) -> Path:
    """Write a result and return where it is; each kind is registered where its files are known.

    Results themselves stand below everything that knows files, reports and drawings.

    Parameters
    ----------
    result : object
        Of a class that has been registered by `save.register`.
    place : str or Path
        Where to, as the registered function reads it: a folder or a file.

    Returns
    -------
    Path
        Where the result is.

    Raises
    ------
    TypeError
        For a kind of result that nobody has registered.
    """
    raise TypeError(f"{type(result).__name__} has no way to be saved")


def write_files(folder: Path, contents: Mapping[str, Iterable[bytes]]) -> None:
    """Write files into a folder, made if missing; each is the parts of its name one after the other.

    Files of these names are replaced, in this order, once all parts of all files are on the disk.

    Parameters
    ----------
    folder : Path
        Where to.
    contents : mapping of str to iterable of bytes
        The parts of each file by its name.

    Raises
    ------
    OSError
        When the folder cannot be written; no part of a file stays behind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = {name: folder / f".{name}.{uuid.uuid4().hex}.part" for name in contents}
    try:
        for name, path in parts.items():
            with path.open("xb") as file:
                file.writelines(contents[name])
                file.flush()
                os.fsync(file.fileno())  # else a power cut can leave an empty file under the final name
        for name, path in parts.items():
            os.replace(path, folder / name)
    finally:
        for path in parts.values():
            path.unlink(missing_ok=True)


def write_file(path: Path, contents: bytes) -> Path:
    """Write a file whole or not at all.

    Parameters
    ----------
    path : Path
        Where to; its folder is made if missing, and a file of this name is replaced.
    contents : bytes
        What the file is to hold.

    Returns
    -------
    Path
        The same path.

    Raises
    ------
    OSError
        When the file cannot be written; no part of it stays behind.
    """
    write_files(path.parent, {path.name: [contents]})
    return path


def cache_folder() -> Path | None:
    """Where this package keeps what it can make again.

    Returns
    -------
    Path or None
        `lime_core` in `XDG_CACHE_HOME`, else in `~/.cache`; None where there is no home folder.  It may be missing.
    """
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "lime_core"
    except RuntimeError:  # no home folder is known for this user
        return None


def write_atomically(path: Path, *parts: bytes) -> None:
    """Write a whole file or none; a full or read-only disk leaves none and is no error.

    Parameters
    ----------
    path : Path
        Where to; its folder is made if missing, and a file of this name is replaced.
    *parts : bytes
        What the file is to hold, one part after the other.
    """
    with suppress(OSError):
        write_files(path.parent, {path.name: parts})
