"""How the process ends while a model is at work.

Python does not wait for daemon threads, and each thread of Streamlit is one.  Before version 3.14 it ends such a thread
on the spot when the thread comes back from native code to an interpreter that is about to go; inside torch or OpenVINO
that aborts the whole process ("terminate called without an active exception").  So the interpreter goes only when
nobody is in there any more: who enters from then on is stopped, and who is inside leaves at the next step.
"""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

STOPPED = "stopped; nothing was written"
"""What the command line says of Ctrl-C where it has nothing else to say."""

PATIENCE = 2.0
"""Seconds that the end of the process waits for at most; a single step that takes longer ends as by SIGTERM."""


class _Doors:
    """Counts the threads inside, and lets nobody in once they are shut."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Nobody is inside."""
        self._changed = threading.Condition()
        self._inside: Counter[threading.Thread] = Counter()
        self._last: threading.Thread | None = None

    def enter(self) -> None:
        thread = threading.current_thread()
        with self._changed:
            if not self._shut_for(thread):
                self._inside[thread] += 1
                return
            inside = thread in self._inside
        if inside:
            raise SystemExit  # not held here: what stands around a step may be C++
        _hold()

    def leave(self) -> None:
        thread = threading.current_thread()
        if self._left(thread) and self._shut_for(thread):
            _hold()  # with all that it still refers to: to free a model is work in native code, too

    def collect(self, phase: str, info: dict[str, Any]) -> None:
        """A thread that looks through all objects for garbage is inside meanwhile: there may be models in it."""
        thread = threading.current_thread()
        if info["generation"] < 2 or thread is self._last:
            return
        if phase == "start":
            with self._changed:
                self._inside[thread] += 1
        else:
            self._left(thread)

    def shut(self, seconds: float) -> bool:
        """Let only this thread in from now on; whether all others have left within so many seconds."""
        with self._changed:
            self._last = threading.current_thread()
            return self._changed.wait_for(self._empty, seconds)

    def _left(self, thread: threading.Thread) -> bool:
        """Whether that was the outermost block of a thread."""
        with self._changed:
            self._inside[thread] -= 1
            if self._inside[thread]:
                return False
            del self._inside[thread]
            self._changed.notify_all()
            return True

    def _shut_for(self, thread: threading.Thread) -> bool:
        return self._last not in (None, thread)

    def _empty(self) -> bool:
        return not any(thread.is_alive() and thread is not self._last for thread in self._inside)


_doors = _Doors()
gc.callbacks.append(_doors.collect)
if hasattr(os, "register_at_fork"):  # a child has this thread only, and whoever held the lock is not in it
    os.register_at_fork(after_in_child=_doors.reset)


def _hold() -> None:
    """Stay here: in a call that is no C++, so that nothing is hurt when the process ends around it."""
    threading.Event().wait()


@contextmanager
def native_code() -> Iterator[None]:
    """Around everything that works with torch or OpenVINO, and within it around every step; also a decorator.

    Once the process ends, a thread that enters or leaves the outermost block stays where it is.

    Yields
    ------
    None
        While the thread counts as being inside.

    Raises
    ------
    SystemExit
        When a step inside the outermost block is about to begin once the process ends.
    """
    _doors.enter()
    try:
        yield
    finally:
        _doors.leave()


@atexit.register
def _end() -> None:
    if not _doors.shut(PATIENCE) and sys.version_info < (3, 14):  # from then on Python leaves such threads alone
        # Python's own way to end would abort; handlers that were registered before this one have no turn.
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(PATIENCE)
        os._exit(128 + signal.SIGTERM)  # the first process of a container gets no signal of its own making


def stop_at_once() -> None:
    """Of the command line, whose imports take seconds: Ctrl-C ends them with its exit code."""
    module = sys.argv[:1] == ["-m"] and "lime_core" in sys.orig_argv  # as long as Python looks for the module
    program = Path(sys.argv[0]).stem == "lime-core" if sys.argv else False
    if (module or program) and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop)


def stop_as_usual() -> None:
    """From now on Ctrl-C is a KeyboardInterrupt."""
    if signal.getsignal(signal.SIGINT) is _stop:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def interrupts_kept() -> Iterator[None]:
    """Around libraries that make another error of a KeyboardInterrupt, or nothing: it is raised once more.

    OpenVINO calls Python while it converts a model, and takes whatever is raised there for an operator that it lacks.
    """
    handler = signal.getsignal(signal.SIGINT)
    if handler is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield
        return
    stopped = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    except Exception:
        if not stopped:
            raise
    finally:
        signal.signal(signal.SIGINT, handler)
    if stopped:
        raise KeyboardInterrupt


def _stop(number: int, frame: FrameType | None) -> None:
    sys.stderr.write(f"lime-core: error: {STOPPED}\n")
    sys.stderr.flush()
    os._exit(130)  # modules that are imported by half need not be taken down in order
