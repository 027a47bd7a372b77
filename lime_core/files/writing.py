"""Files that are there whole or not at all, whatever happens while they are written; and one way to save a result."""

from __future__ import annotations

import importlib
import math
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import singledispatch
from pathlib import Path
from typing import IO

from lime_core.files.names import in_bytes
from lime_core.roles import registered

_ABANDONED = 3600.0  # seconds after which a part of a file belongs to nobody who is still writing it
_OURS = re.compile(r"\..+\.[0-9a-f]{32}\.part")  # other programs leave files in .part too
_cleared: dict[Path, float] = {}  # folder -> when this process last looked for such parts there


@singledispatch
def save(result: object, place: str | Path, view: object = None) -> Path:
    """Write a result and return where it is; each kind is registered where its files are known.

    Results themselves stand below everything that knows files, reports and drawings.

    Parameters
    ----------
    result : object
        Of a class that has been registered by `save.register`.
    place : str or Path
        Where to, as the registered function reads it: a folder or a file.
    view : object, optional
        How it is drawn, of a result that is drawn.

    Returns
    -------
    Path
        Where the result is.

    Raises
    ------
    TypeError
        For a kind of result that nobody has registered.
    """
    further = registered(
        save, result, "lime_core.takeaway.saving", "lime_core.priors.files", "lime_core.priors.summary"
    )
    if further is None:
        raise TypeError(f"{type(result).__name__} has no way to be saved")
    path: Path = further(result, place, *([] if view is None else [view]))  # a prior is not drawn
    return path


def write_files(folder: Path, contents: Mapping[str, Iterable[bytes]]) -> None:
    """Write files into a folder, made if missing; each is the parts of its name one after the other.

    Files of these names are replaced, in this order, once all parts of all files are on the disk.  Of several the last
    one is away meanwhile: where it is there, it belongs to the others, whenever a process was killed.

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
    clear_abandoned(folder)
    parts = {name: _part(folder, name) for name in contents}
    last = list(contents)[-1]
    earlier, replaced = _part(folder, last), False
    try:
        for name, path in parts.items():
            with path.open("xb") as file:
                _hold(file)
                file.writelines(contents[name])
                file.flush()
                os.fsync(file.fileno())  # else a power cut can leave an empty file under the final name
        if len(parts) > 1 and (folder / last).is_file():
            (folder / last).rename(earlier)
        for name, path in parts.items():
            os.replace(path, folder / name)
            replaced = True
    finally:
        if not replaced and earlier.exists():
            earlier.rename(folder / last)
        for path in (*parts.values(), earlier):
            path.unlink(missing_ok=True)


def try_folder(folder: Path) -> None:
    """Write a part of a file into a folder, and take it and what had to be made for it away again.

    Parameters
    ----------
    folder : Path
        It may be missing.

    Raises
    ------
    OSError
        When files cannot be written there.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    part = _part(folder, "try")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.write_bytes(b"x")
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
            for path in missing:
                path.rmdir()


def clear_abandoned(folder: Path) -> None:
    """Remove the parts of files that killed processes have left in a folder; at most once an hour for each.

    Parts are an hour old then, and on systems that have locks nobody holds theirs.

    Parameters
    ----------
    folder : Path
        It may be missing or read-only.
    """
    now = time.time()
    if now - _cleared.get(folder, -math.inf) < _ABANDONED:
        return
    _cleared[folder] = now
    with suppress(OSError):
        for part in filter(lambda path: _OURS.fullmatch(path.name), folder.iterdir()):
            with suppress(OSError):  # another process may have been faster
                if now - max(path.stat().st_mtime for path in (part, *part.rglob("*"))) < _ABANDONED:
                    continue
                if part.is_dir():
                    shutil.rmtree(part)
                    continue
                with part.open("rb") as file:
                    if _hold(file):
                        part.unlink()


@contextmanager
def part_folder(folder: Path) -> Iterator[Path]:
    """A folder for files on their way into another one; removed at the end with what is still in it.

    Parameters
    ----------
    folder : Path
        Where they will be; made if missing.

    Yields
    ------
    Path
        The folder, on the same disk.

    Raises
    ------
    OSError
        When it cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    clear_abandoned(folder)
    part = _part(folder, "folder")
    part.mkdir()
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _part(folder: Path, name: str) -> Path:
    """Where a file is on its way."""
    return folder / f".{in_bytes(name, 100)}.{uuid.uuid4().hex}.part"


def _hold(file: IO[bytes]) -> bool:
    """Lock a part for as long as it is open; False where another process holds it."""
    try:
        fcntl = importlib.import_module("fcntl")
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):  # Windows, where an open file cannot be removed, or a disk without locks
        pass
    return True


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
