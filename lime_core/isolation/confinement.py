"""What a process that reads a model of a visitor is started with, and what it takes away from itself before it does.

It is no jail: the process runs as the user of the server, and a model that takes over its runtime can do what that user
can.  What is held here is what a model does without meaning to: memory, files, cores, and a life longer than the
server's.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue

OUT_OF_MEMORY = 86
"""The exit code of a process that has more memory than it may."""

_KEPT = ("PATH", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "OMP_WAIT_POLICY", "MKL_NUM_THREADS")
"""What a process gets of the environment; keys and passwords of the server are not among it."""

Process = subprocess.Popen[bytes]

_starting = threading.Lock()
_starter: list[SimpleQueue[tuple[Future[Process], Callable[[], Process]]]] = []
if hasattr(os, "register_at_fork"):  # a child has no such thread
    os.register_at_fork(after_in_child=_starter.clear)

_LOOKS = 0.1
_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux
_NO_NEW_PRIVILEGES = 38  # PR_SET_NO_NEW_PRIVS


def started(command: Sequence[str], channel: socket.socket) -> Process:
    """Start a process from a thread that lives as long as this process: the system ends it with that thread.

    Parameters
    ----------
    command : sequence of str
        What is started.
    channel : socket
        Its standard input.

    Returns
    -------
    Process
        In a session of its own, with nothing of the environment but `_KEPT` and nowhere to write.

    Raises
    ------
    OSError, RuntimeError
        When it cannot be started.
    """
    with _starting:
        if not _starter:
            wanted: SimpleQueue[tuple[Future[Process], Callable[[], Process]]] = SimpleQueue()
            threading.Thread(target=_start, args=(wanted,), daemon=True).start()
            _starter.append(wanted)
    paths = os.pathsep.join(os.path.abspath(path) for path in sys.path)
    nowhere = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "TMPDIR"), os.devnull)  # nothing can be written below it
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment = {**kept, **nowhere, "LANG": "C.UTF-8", "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}

    def start() -> Process:
        away = subprocess.DEVNULL
        session = True  # Ctrl-C at the terminal is the server's
        return subprocess.Popen(
            command,
            stdin=channel.fileno(),
            stdout=away,
            stderr=away,
            cwd="/",
            env=environment,
            start_new_session=session,
        )

    future: Future[Process] = Future()
    _starter[0].put((future, start))
    return future.result()


def _start(wanted: SimpleQueue[tuple[Future[Process], Callable[[], Process]]]) -> None:
    while True:
        future, start = wanted.get()
        try:
            future.set_result(start())
        except Exception as error:
            future.set_exception(error)
        del future, start  # else it holds the last process until the next one is started


def live_no_longer_than(server: int) -> None:
    """End with another process, even inside of native code that never returns.

    On Linux the system sees to it.  It counts the thread that started this one, so that one has to live as long.

    Parameters
    ----------
    server : int
        The number of that process, which has started this one.
    """
    if sys.platform == "linux":
        system = ctypes.CDLL(None, use_errno=True)
        system.prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        with suppress(OSError):  # where memory runs out, this process goes before the server does
            Path("/proc/self/oom_score_adj").write_text("1000")
    if os.getppid() != server:  # it has ended before
        os._exit(1)


def confine(memory_bytes: int, server: int) -> None:
    """Write no files and no cores, and take no more memory than allowed.

    Parameters
    ----------
    memory_bytes : int
        Above what the process has now.
    server : int
        The process that this one ends with.
    """
    with suppress(ImportError):  # a system that knows no such limits
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        # Of private memory that can be written.  The address space is no measure: a GPU's is mapped into it whole.
        if (now := _kilobytes("VmData")) is not None:
            most = 1024 * now + memory_bytes
            hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    threading.Thread(target=_watch, args=((_resident() or 0) + memory_bytes, server), daemon=True).start()


def _watch(most: int, server: int) -> None:
    """See to what the limits of the system leave out: memory that is shared, and systems without such limits."""
    while True:
        time.sleep(_LOOKS)
        if (_resident() or 0) > most:
            os._exit(OUT_OF_MEMORY)
        if os.getppid() != server:
            os._exit(1)


def _resident() -> int | None:
    """Bytes of memory that this process has now, or had at most where the system tells no other figure."""
    if (now := _kilobytes("VmRSS")) is not None:
        return 1024 * now
    with suppress(ImportError):
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else 1024 * most
    return None


def _kilobytes(figure: str) -> int | None:
    try:
        status = Path("/proc/self/status").read_text("utf-8")
        return int(status.split(f"{figure}:")[1].split()[0])
    except (OSError, IndexError, ValueError):
        return None
