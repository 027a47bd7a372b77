"""Patterns of paths, such as `photos/*.jpg`, for where no shell has expanded them."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path


def is_pattern(path: str) -> bool:
    """Whether a path stands for others: it has `*`, `?` or `[`, and nothing has this very name.

    Parameters
    ----------
    path : str
        Of anything, or of nothing.

    Returns
    -------
    bool
        False for a file whose own name has brackets.
    """
    return glob.has_magic(path) and not os.path.lexists(path)


def before_wildcards(path: str) -> str:
    """The folder that all of what a pattern stands for is below.

    Parameters
    ----------
    path : str
        Of anything.

    Returns
    -------
    str
        What stands before the first wildcard, "." where nothing does; what is no pattern comes back as it is.
    """
    parts = Path(path).parts
    return os.path.normpath(Path(*parts[: _first_wildcard(parts)])) if is_pattern(path) else path


def below(title: str, top: str, path: str) -> str:
    """What a path is called by what its folder is called.

    Parameters
    ----------
    title : str
        What `top` is called; empty where its name says nothing.
    top, path : str
        A folder, and a path below it.

    Returns
    -------
    str
        With "/" between folders.
    """
    return Path(title, os.path.relpath(path, top)).as_posix()


def _first_wildcard(parts: Sequence[str]) -> int:
    return next(place for place, part in enumerate(parts) if glob.has_magic(part))


def matching(pattern: str) -> list[str]:
    """List what a pattern stands for.

    Parameters
    ----------
    pattern : str
        As a shell takes it: `**` stands for folders of any depth, and hidden files are named by a dot only.

    Returns
    -------
    list of str
        Paths in the order of their names, each file once: a folder is left out where what is in it matches as well.
        Below `**` links to folders are passed over, which may lead anywhere, and in circles.
    """
    try:
        found = list(_found(pattern))
    except ValueError:  # a path with NUL
        return []
    above = {parent for path in found for parent in Path(path).parents}
    return sorted({os.path.normpath(path) for path in found if Path(path) not in above})


def _found(pattern: str) -> Iterator[str]:
    parts = pattern.replace(os.altsep or os.sep, os.sep).split(os.sep)
    if "**" not in parts:
        yield from glob.glob(pattern)
        return
    place = parts.index("**")
    before, after = (os.sep.join(some) for some in (parts[:place], parts[place + 1 :]))
    tops = glob.glob(before or os.sep) if place else [os.curdir]
    for top in filter(os.path.isdir, tops):
        for here, folders, files in os.walk(top):
            folders[:] = [name for name in folders if not name.startswith(".")]
            if after:
                matches = _found(os.path.join(glob.escape(here), after))
                yield from (path for path in matches if not _by_link(Path(path), Path(here)))
            else:
                yield from (here, *(os.path.join(here, name) for name in files if not name.startswith(".")))


def _by_link(path: Path, top: Path) -> bool:
    """Whether a link to a folder leads to it, or is it, below `top`."""
    below = [part for part in (path, *path.parents) if top in part.parents]
    return any(part.is_symlink() and part.is_dir() for part in below)


def would_match(pattern: str, path: Path) -> bool:
    """Whether a pattern stands for a path that is there or is still to be made.

    Parameters
    ----------
    pattern : str
        Of files.
    path : Path
        Absolute and resolved.

    Returns
    -------
    bool
        With `**` it is so for all below what stands before the first wildcard, unless their names end otherwise.
    """
    parts = Path(pattern).parts
    first = _first_wildcard(parts)
    top, rest = Path(*parts[:first]).resolve(), parts[first:]
    if "**" in rest:
        ending = Path(rest[-1]).suffix
        return path.is_relative_to(top) and (not ending or glob.has_magic(ending) or path.suffix == ending)
    return path.match(os.path.join(glob.escape(str(top)), *rest))
