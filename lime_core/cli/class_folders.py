"""Where a run of `explain` writes: how much of it is there, and what earlier runs have left there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lime_core.reports.beside import saved_files

_CLASS_FOLDER = re.compile(r"[1-9]\d*-(0|[1-9]\d*)")


@contextmanager
def interruptible(out: Path, total: int, noun: str) -> Iterator[list[Path]]:
    """Give a KeyboardInterrupt in here a text that says what is written; folders are added to the list as they are."""
    written: list[Path] = []
    try:
        yield written
    except KeyboardInterrupt:
        if not written:
            raise
        what = "the files" if total == 1 else f"files of {len(written)} of {total} {noun}"
        raise KeyboardInterrupt(f"stopped; {what} are in {out}") from None


def clear_earlier(out: Path, kept: Path) -> list[Path]:
    """Remove what earlier runs have saved into `out` and its folders PLACE-CLASS, but for one folder.

    Files that no manifest there names as written with it stay, and so does a folder that has others.  Gives the folders
    that something was removed from.
    """
    found = {path: _CLASS_FOLDER.fullmatch(path.name) for path in sorted(out.iterdir()) if not path.is_symlink()}
    folders: dict[Path, int | None] = {out: None} | {path: int(match[1]) for path, match in found.items() if match}
    cleared = []
    for folder, class_index in folders.items():
        if folder == kept or not (names := saved_files(folder, class_index)):  # 2026-11 may be a folder of November's
            continue
        for name in names:
            (folder / name).unlink(missing_ok=True)
        cleared.append(folder)
        if folder != out:
            with suppress(OSError):  # there is something else in it
                folder.rmdir()
    return cleared
