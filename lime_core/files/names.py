"""Names and other texts of anybody: as a line that shows all that is in it, in any file, and as part of its name."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import PurePath


def printable(text: str) -> str:
    """Put a text on one line, without characters that are not seen, or hide or reorder others.

    Parameters
    ----------
    text : str
        Such as the name of a file, a class or a prior; it may come from anybody.

    Returns
    -------
    str
        Spaces of any width stay, breaks and tabs become one space, and what a terminal would obey is left out.
    """
    line = re.sub("[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+", " ", text)
    return "".join(c for c in line if c.isprintable() or unicodedata.category(c) == "Zs")


def storable(name: str) -> str:
    """A name that any file takes: half a character, as names of files can have, is written as "?".

    Parameters
    ----------
    name : str
        Of a model or a class.

    Returns
    -------
    str
        The same, but for such halves.
    """
    return name.encode("utf-8", "replace").decode()


def noun_of(kind: str, several: bool = False) -> str:
    """Name what a model answers with.

    Parameters
    ----------
    kind : {"logits", "probabilities", "sigmoid", "values"}
        What its answers are.
    several : bool, default False
        Whether there is more than one.

    Returns
    -------
    str
        "output" or "outputs" of a model that gives values, else "class" or "classes".
    """
    return ("output", "outputs")[several] if kind == "values" else ("class", "classes")[several]


def told_apart(names: Mapping[int, str], noun: str) -> dict[int, str]:
    """Names to choose from: those that read alike have their number behind them.

    Parameters
    ----------
    names : mapping from int to str
        The name of each, by its number.
    noun : str
        What they are, such as "class" or "output".

    Returns
    -------
    dict from int to str
        In the same order; no two are the same.
    """
    read = {number: " ".join(printable(name).split()) for number, name in names.items()}
    often = Counter(read.values())
    return {
        # One that has such an ending of its own gets another, so that it is none of those that are given here.
        number: f"{name} ({noun} {number})" if often[read[number]] > 1 or f"({noun} " in name else name
        for number, name in names.items()
    }


def short_paths(paths: Iterable[str]) -> dict[str, str]:
    """Paths as short as tells them apart: their last names, and as much of the folders as these need.

    Parameters
    ----------
    paths : iterable of str
        Of files and folders; one may be there twice.

    Returns
    -------
    dict from str to str
        What each is called, with "/" between folders; empty for "." and what has no name.
    """
    parts = {path: PurePath(path).parts for path in paths}
    ends = Counter(each[-n:] for each in set(parts.values()) for n in range(1, len(each) + 1))
    short = {
        path: next((each[-n:] for n in range(1, len(each)) if ends[each[-n:]] == 1), each)
        for path, each in parts.items()
    }
    return {path: PurePath(*end).as_posix() if end else "" for path, end in short.items()}


def in_bytes(text: str, most: int) -> str:
    """Cut a text for the name of a file, which may have 255 bytes on most disks, whatever it is written in.

    Parameters
    ----------
    text : str
        Of anybody.
    most : int
        Bytes of UTF-8 that are left at most.

    Returns
    -------
    str
        Its beginning, in whole characters.
    """
    return text.encode(errors="ignore")[:most].decode(errors="ignore")
