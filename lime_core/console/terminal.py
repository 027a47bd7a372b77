"""What whoever typed a command sees: lines, progress, and what was wrong."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO, TypeVar

from lime_core.batch.result import Outcome
from lime_core.errors import LimeError, as_sentence
from lime_core.files.names import printable
from lime_core.files.writing import try_folder

_T = TypeVar("_T")
_CLEARED = "\r\x1b[K"


class UsageError(Exception):
    """A wrong argument; its text is for whoever typed it."""


class Progress:
    """A bar that is rewritten in place on a terminal, and a line for every tenth elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._tenths = 0
        self._first: tuple[int, float] | None = None

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        # The first batch warms the model up: the rate is that of the others.
        self._first = self._first or (done, now)
        rows, seconds = done - self._first[0], now - self._first[1]
        pace = f"{rows / seconds:.0f}/s, {(total - done) * seconds / rows:.0f} s left" if rows and seconds else "…"
        if self._stream.isatty():
            end = "\n" if done >= total else ""
            self._stream.write(f"\r[{'#' * (30 * done // total):<30}] {done}/{total}  {pace}\x1b[K{end}")
        elif 10 * done // total > self._tenths:
            self._stream.write(f"{done}/{total}  {pace}\n")
        self._tenths = 10 * done // total
        self._stream.flush()


@contextmanager
def model_at_work() -> Iterator[None]:
    """Around what asks a model: whatever its runtime raises is a LimeError, and no argument that is wrong."""
    try:
        yield
    except (LimeError, UsageError, BrokenPipeError):
        raise
    except Exception as error:
        raise LimeError(as_sentence(error)) from error


def asking(steps: Iterator[_T]) -> Iterator[_T]:
    """The steps of what asks a model, as `model_at_work` has them."""
    with model_at_work():
        yield from steps


def unwritten(folder: Path, error: OSError) -> LimeError:
    """Make the error of files that could not be written to a folder."""
    return LimeError(f"The files could not be written to {folder}: {error.strerror or error}.")


def check_writable(folder: Path, flag: str) -> None:
    """Raise UsageError when no files can be written to a folder, before anything is paid for; it may be missing."""
    try:
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"{flag} {folder} is no folder")
        try_folder(folder)
    except (OSError, ValueError) as error:  # ValueError: a path with NUL
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{flag}: no files can be written to {folder} ({reason}); give another folder") from error


def say(line: str) -> None:
    """Write a line to stdout."""
    sys.stdout.write(f"{printable(line)}\n")


def warn(line: str) -> None:
    """Write a line to stderr, in the place of a bar that may stand there."""
    sys.stderr.write(f"{_CLEARED if sys.stderr.isatty() else ''}{printable(line)}\n")


class PictureProgress:
    """A bar of pictures that is rewritten in place on a terminal, and a line for every tenth elsewhere.

    Pictures that were there already cost nothing, so the pace is that of those that are computed, or were tried.

    Parameters
    ----------
    stream : text stream
        Where the bar is written.
    total : int
        How many pictures are expected, their crops among them.
    crops : int, default 0
        How many of the total come with each picture, and do not where it cannot be read.
    """

    def __init__(self, stream: TextIO, total: int, crops: int = 0) -> None:
        self._stream, self._total, self._crops = stream, total, crops
        self._start = time.monotonic()
        self._tried = self._failed = self._tenths = 0
        self.done = 0

    def __call__(self, outcome: Outcome) -> None:
        self.done += 1
        self._tried += outcome.computed or bool(outcome.error and outcome.picture)
        self._failed += bool(outcome.error)
        if not outcome.picture:
            self._total -= self._crops
        total = max(self._total, self.done)
        each = (time.monotonic() - self._start) / self._tried if self._tried else 0.0
        pace = f"{each:.1f} s each, {_duration((total - self.done) * each)} left" if each else "…"
        failed = f", {self._failed} failed" if self._failed else ""
        line = f"{self.done}/{total} pictures{failed}  {pace}"
        if self._stream.isatty():
            end = "\n" if self.done == total else ""
            self._stream.write(f"\r[{'#' * (30 * self.done // total):<30}] {line}\x1b[K{end}")
        elif 10 * self.done // total > self._tenths:
            self._stream.write(f"{line}\n")
        self._tenths = 10 * self.done // total
        self._stream.flush()


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
