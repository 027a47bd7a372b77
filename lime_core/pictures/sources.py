"""Where many pictures come from: zip archives, folders, the sample photos, and crops of one picture.

Pictures are read one after another, as they are asked for, and nothing is written.  What cannot be read comes as a
`Found` that says why, so one broken file never ends a long run.  What an archive may hold is in `archives`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from lime_core.arguments import is_a, path_of, shown
from lime_core.errors import BadPicture
from lime_core.files.names import printable, short_paths
from lime_core.files.patterns import before_wildcards, below, is_pattern, matching
from lime_core.pictures.archives import begins_as_zip, count_members, members_of, passed_over
from lime_core.pictures.gallery import GALLERY
from lime_core.pictures.picture import Picture, load_picture

GALLERY_PREFIX = "gallery:"
"""Begins a path that names a sample photo; after it "all" stands for all of them."""

_NO_MATCH = "No file matches this pattern; check its folder, and whether * and ? stand where they should."


@dataclass(frozen=True)
class Found:
    """A picture that was found, or why there is none.

    Parameters
    ----------
    name : str
        Where it was found, for people to read: its path inside the archive or the folder.
    picture : Picture or None
        None where it could not be read.
    error : str, default ""
        A sentence when there is no picture.
    """

    name: str
    picture: Picture | None
    error: str = ""


def from_zip(archive: bytes | str | Path | IO[bytes], name: str = "") -> Iterator[Found]:
    """The pictures of a zip archive, in its order.

    Folders, hidden files and what operating systems add (`__MACOSX/`, `.DS_Store`, `Thumbs.db`) are passed over in
    silence.  Every other member comes as a picture, or as a sentence that says why not; members of the same name all
    come.  An archive that cannot be read, is none, lists more than 10 000 files or very long names, or whose files
    overlap, comes as one `Found` with its own name and no picture.

    Parameters
    ----------
    archive : bytes, str, Path or binary file object
        The contents of the archive, its path, or a file that can be sought, which is left open.
    name : str, optional
        Of the archive; left out, that of its file, else "archive".

    Returns
    -------
    iterator of Found
        Reads as it is asked.

    Raises
    ------
    ValueError
        An archive of another type.
    """
    if not isinstance(archive, bytes | str | os.PathLike) and not hasattr(archive, "seekable"):
        raise ValueError(f"archive must be bytes, a path or a binary file object, got {type(archive).__name__}")
    path = archive if isinstance(archive, str | os.PathLike) else getattr(archive, "name", None)
    title = name or (Path(path).name if isinstance(path, str | os.PathLike) else "") or "archive"
    return _from_zip(archive, title, "")


def from_folder(folder: str | Path) -> Iterator[Found]:
    """The pictures of a folder and its subfolders, sorted by name, the files of a folder before its subfolders.

    Hidden files and folders are left out, as is what operating systems add; links to folders are not followed.  Every
    other file comes as a picture, or as a sentence that says why not.  A folder that is missing or may not be read
    comes as one `Found` that says so.

    Parameters
    ----------
    folder : str or Path
        Its path.

    Returns
    -------
    iterator of Found
        Reads as it is asked.

    Raises
    ------
    TypeError, ValueError
        For what is no path.
    """
    return _from_folder(path_of("folder", folder), "")


def from_paths(paths: Sequence[str | Path]) -> Iterator[Found]:
    """The pictures of files, folders, zip archives and samples, one path after another.

    Parameters
    ----------
    paths : sequence of str or Path
        A file that begins as a zip archive does is read as one, whatever its name.  "gallery:chelsea" is the sample
        photo of this name, and "gallery:all" all of them.  A pattern such as `photos/*.jpg` or `photos/**/*.png` stands
        for all that match, unless a file has this very name.

    Returns
    -------
    iterator of Found
        Reads as it is asked.  Names begin with that of the folder, the archive, or what stands before a pattern's first
        wildcard.  Paths that end alike bring as much of their folders as tells them apart.

    Raises
    ------
    ValueError, TypeError
        A single path instead of a sequence, or what is no path in it.
    """
    return _from_paths(_several(paths))


def _several(paths: Iterable[Any]) -> list[str]:
    single = isinstance(paths, str | bytes | os.PathLike)
    if single or not np.iterable(paths):
        raise ValueError(f"paths must be a sequence of paths, got {'the single ' * single}{shown(paths)}")
    several = list(paths)
    for path in several:
        is_a("paths", path, (str, os.PathLike), "a sequence of str or Path")
    return [os.fsdecode(path) for path in several]


def _from_paths(paths: list[str]) -> Iterator[Found]:
    tops = {path: before_wildcards(path) for path in paths if not path.startswith(GALLERY_PREFIX)}
    titles = short_paths(tops.values())
    for path in paths:
        if path not in tops:
            yield from _from_gallery(path.removeprefix(GALLERY_PREFIX))
        elif (top := tops[path]) == path:
            yield from _from_path(path, titles[path] or path)
        elif found := _matching(path):
            for each in found:
                yield from _from_path(each, below(titles[top], top, each))
        else:
            yield Found(_shown(below(titles[top], top, path)), None, _NO_MATCH)


def _from_path(path: str, title: str) -> Iterator[Found]:
    if os.path.isdir(path):
        yield from _from_folder(Path(path), f"{title}/")
    elif begins_as_zip(path):
        yield from _from_zip(path, title, f"{title}/")
    else:
        yield _loaded(title, path)


def _matching(pattern: str) -> list[str]:
    return [path for path in matching(pattern) if not passed_over([Path(path).name])]


def _from_gallery(name: str) -> Iterator[Found]:
    if name != "all" and name not in GALLERY:
        yield Found(_shown(name), None, f"There is no sample photo of this name; there are {', '.join(GALLERY)}.")
        return
    for item in GALLERY.values() if name == "all" else [GALLERY[name]]:
        yield Found(item.name, item.open())


def _loaded(name: str, source: str | Path | bytes) -> Found:
    try:
        return Found(_shown(name), load_picture(source, name=name))
    except BadPicture as error:
        return Found(_shown(name), None, error.public)


def _from_folder(folder: Path, prefix: str) -> Iterator[Found]:
    problems: list[OSError] = []
    for here, folders, files in os.walk(folder, onerror=problems.append):
        yield from _unreadable(problems)
        folders[:] = sorted(name for name in folders if not passed_over([name]))
        for name in sorted(name for name in files if not passed_over([name])):
            path = Path(here, name)
            yield _loaded(prefix + path.relative_to(folder).as_posix(), path)
    yield from _unreadable(problems)


def _unreadable(problems: list[OSError]) -> Iterator[Found]:
    while problems:
        problem = problems.pop(0)
        reason = f"The folder could not be read ({problem.strerror}); check that it is there and may be read."
        yield Found(_shown(Path(problem.filename).name), None, reason)


def _from_zip(archive: bytes | str | os.PathLike[str] | IO[bytes], name: str, prefix: str) -> Iterator[Found]:
    try:
        for member in members_of(archive):
            place = prefix + member.name
            yield Found(_shown(place), None, member.error) if member.error else _loaded(place, member.contents)
    except BadPicture as error:
        yield Found(_shown(name), None, str(error))


def _shown(name: str, most: int = 200) -> str:
    """A name on one line; of a long one the end."""
    return printable(name)[-most:] or "picture"


def count_pictures(paths: Sequence[str]) -> int:
    """How many pictures `from_paths` gives, with nothing decoded.

    Parameters
    ----------
    paths : sequence of str
        As for `from_paths`.

    Returns
    -------
    int
        Those that cannot be read count as well, and an archive that cannot be opened counts as one.
    """
    return sum(_count(path) for path in _several(paths))


def _count(path: str) -> int:
    if path == f"{GALLERY_PREFIX}all":
        return len(GALLERY)
    if is_pattern(path):
        return sum(_count(found) for found in _matching(path)) or 1
    if os.path.isdir(path):
        return _in_folder(path)
    try:
        return count_members(path) if begins_as_zip(path) else 1
    except BadPicture:
        return 1


def _in_folder(path: str) -> int:
    count = 0
    for _, folders, files in os.walk(path):
        folders[:] = [name for name in folders if not passed_over([name])]
        count += sum(not passed_over([name]) for name in files)
    return count
