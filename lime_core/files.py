"""Files that are there whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path


def write_files(folder: Path, contents: Mapping[str, Iterable[bytes]]) -> None:
    """Write files into a folder, made if missing; each is the parts of its name one after the other.

    Files of these names are replaced, in this order, once all parts of all files are on the disk.

    Raises
    ------
    OSError
        when the folder cannot be written; no part of a file stays behind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = {name: folder / f".{name}.{uuid.uuid4().hex}.part" for name in contents}
    try:
        for name, path in written.items():
            with path.open("xb") as file:
                file.writelines(contents[name])
                file.flush()
                os.fsync(file.fileno())  # else a power cut can leave an empty file under the final name
        for name, path in written.items():
            os.replace(path, folder / name)
    finally:
        for path in written.values():
            path.unlink(missing_ok=True)
