"""Names and other texts of anybody: as a line that shows all that is in it, in any file, and as part of its name."""

from __future__ import annotations

import re
import unicodedata


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
