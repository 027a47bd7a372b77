"""How many pictures `sources.from_paths` will come upon, for a bar that shows how far it is; none is unpacked."""

from __future__ import annotations

import os
from collections.abc import Sequence

from lime_core.errors import BadPicture
from lime_core.pictures.archives import count_members, passed_over
from lime_core.pictures.gallery import GALLERY
from lime_core.pictures.sources import GALLERY_PREFIX, begins_as_zip


def count_pictures(paths: Sequence[str]) -> int:
    """How many there are, those that cannot be read among them; one for each archive that cannot be opened."""
    return sum(_count(path) for path in paths)


def _count(path: str) -> int:
    if path == f"{GALLERY_PREFIX}all":
        return len(GALLERY)
    if os.path.isdir(path):
        return _in_folder(path)
    try:
        return count_members(path) if begins_as_zip(path) else 1
    except BadPicture:
        return 1


def _in_folder(path: str) -> int:
    found = 0
    for _, folders, files in os.walk(path):
        folders[:] = [name for name in folders if not passed_over([name])]
        found += sum(not passed_over([name]) for name in files)
    return found
