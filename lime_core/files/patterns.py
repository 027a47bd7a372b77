"""Patterns of paths, such as `photos/*.jpg`, for where no shell has expanded them."""

from __future__ import annotations

import glob
import os
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
    """
    try:
        found = glob.glob(pattern, recursive=True)
    except ValueError:  # a path with NUL
        return []
    above = {parent for path in found for parent in Path(path).parents}
    return sorted({os.path.normpath(path) for path in found if Path(path) not in above})
