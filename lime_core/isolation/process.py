"""The process of one model, as the server sees it: started, asked with a deadline, and ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from lime_core import errors
from lime_core.errors import LimeError, ModelBusy, ModelUnavailable
from lime_core.files.names import printable
from lime_core.isolation.confinement import OUT_OF_MEMORY, Process, started
from lime_core.isolation.limits import ModelLimits
from lime_core.isolation.messages import Arrays, BadMessage, Closed, Deadline, Shape, TooLate, receive, send

MOST_PROCESSES = 4
"""How many such processes this one has at a time, but for a spare one."""

WORKER = (sys.executable, "-P", "-m", "lime_core.isolation.worker")
"""What is started; the number of this process and the bytes of memory come behind it."""

_SENTENCE = 1000
_ENDING = 5.0
_AGAIN = "Upload or load it again, or a smaller one."

_running: set[int] = set()
_counting = threading.Lock()
if hasattr(os, "register_at_fork"):  # a child has none of the processes
    os.register_at_fork(after_in_child=_running.clear)


class ModelProcess:
    """A process that answers questions about one model, one at a time.

    It is ended by `close`, when nobody holds this object any more, and with the server, however that ends.

    Parameters
    ----------
    limits : ModelLimits
        Its memory, and the times it has.
    command : sequence of str, default ()
        What is started; none is `WORKER`.
    spare : bool, default False
        Whether it may be beyond `MOST_PROCESSES` and is not counted; whoever starts it sees to it that it is one.

    Raises
    ------
    ModelUnavailable
        When none can be started; ModelBusy when there are `MOST_PROCESSES` already.
    """

    def __init__(self, limits: ModelLimits, command: Sequence[str] = (), spare: bool = False) -> None:
        self.limits = limits
        self._one_at_a_time = threading.Lock()
        self._ended = ""
        key = id(self)
        if not spare:
            self.count()
        try:
            self._channel, self._process = _opened([*(command or WORKER), str(os.getpid()), str(limits.memory_bytes)])
        except (OSError, RuntimeError) as error:
            _running.discard(key)
            raise ModelUnavailable("No process could be started for the model.", f"{error}") from error
        self._finalizer = weakref.finalize(self, _end, self._process, self._channel, key, os.getpid())
        self._finalizer.atexit = False  # it ends with this process, and a thread that waits for it has no error to tell

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return not self._ended and self._process.poll() is None

    def count(self) -> None:
        """Count this process among the `MOST_PROCESSES`; one that is spare becomes that of a model by it.

        Raises
        ------
        ModelBusy
            When there are as many already.
        """
        with _counting:
            if len(_running) >= MOST_PROCESSES:
                raise ModelBusy(
                    f"{MOST_PROCESSES} models have processes of their own already, and no more are started. Remove "
                    "one, or wait: those of windows that were closed end some minutes later."
                )
            _running.add(id(self))

    def ask(
        self,
        question: Mapping[str, Any],
        arrays: Arrays = (),
        shapes: Sequence[Shape] = (),
        most: int = 0,
        seconds: float | None = None,
    ) -> tuple[dict[str, Any], Arrays]:
        """Ask one question, and wait for the answer.

        Parameters
        ----------
        question : mapping
            What JSON can hold.
        arrays : sequence of ndarray
            What belongs to it.
        shapes : sequence of tuple
            Of the arrays that have to come back; a side may be None.
        most : int
            Bytes of all of them.
        seconds : float, optional
            How long it may take; None takes `limits.batch_seconds`.

        Returns
        -------
        header : dict
            As JSON has it; the values may be anything.
        arrays : sequence of ndarray
            Of these shapes.

        Raises
        ------
        LimeError
            Of the type and with the sentence that the process gives; ModelUnavailable once it has ended, whatever the
            reason.
        MemoryError
            When its memory does not suffice for this question; it goes on.
        """
        seconds = self.limits.batch_seconds if seconds is None else seconds
        with self._one_at_a_time:
            if self._ended:
                raise ModelUnavailable(f"This model is gone: {self._ended} {_AGAIN}")
            deadline = Deadline.after(seconds)  # from when it is asked: questions of others may have come first
            try:
                send(self._channel, question, arrays, deadline)
                header, answers = receive(self._channel, shapes, most, deadline)
                if "error" not in header and len(answers) != len(shapes):
                    raise BadMessage
            except TooLate:
                self._fail(f"it did not answer within {seconds:g} seconds, and its process was ended.")
            except BadMessage:
                self._fail("its process answered with something else than it was asked for, and was ended.")
            except Closed:
                self._fail(self._ended or self._how())
            except BaseException:  # Ctrl-C: what comes later would be the answer to another question
                self._ended = "a question was interrupted, and its process was ended."
                self._finalizer()
                raise
        if "error" in header:
            raise _error(header)
        return header, answers

    def close(self) -> None:
        """End the process at once, whatever it does."""
        self._ended = self._ended or "its process was ended."
        with suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)  # whoever waits for an answer stops waiting
        with self._one_at_a_time:
            self._finalizer()

    def _fail(self, reason: str) -> None:
        self._ended = self._ended or reason
        self._finalizer()
        raise ModelUnavailable(f"The model has ended: {self._ended} {_AGAIN}")

    def _how(self) -> str:
        """How a process ended that has closed its side."""
        try:
            code = self._process.wait(_ENDING)
        except subprocess.TimeoutExpired:
            return "its process stopped answering, and was ended."
        if code == OUT_OF_MEMORY:
            return f"it needed more than {self.limits.memory_bytes / 1e6:.4g} MB of memory."
        may = ", as it happens where memory does not suffice"
        if code >= 0:  # 1 is what OpenMP leaves with where there is no memory for a thread
            return f"its process ended with the exit code {code}{may * (code == 1)}."
        name = f"{-code}"
        with suppress(ValueError):
            name = signal.Signals(-code).name
        return f"its process was ended by the signal {name}{may * (name in ('SIGKILL', 'SIGABRT'))}."


def _opened(command: Sequence[str]) -> tuple[socket.socket, Process]:
    """A process, and the channel on which it is asked."""
    channel, theirs = socket.socketpair()
    try:
        with theirs:
            return channel, started(command, theirs)
    except BaseException:
        channel.close()
        raise


def _end(process: Process, channel: socket.socket, key: int, owner: int) -> None:
    """End a process and all that it has started; in the process that started it alone."""
    channel.close()
    if os.getpid() != owner:
        return
    if process.poll() is None:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_ENDING)
    _running.discard(key)


def _error(header: Mapping[str, Any]) -> Exception:
    """The error that a process reports: a sentence and a type of ours, whatever it says."""
    name, sentence = header["error"], header.get("sentence", "")
    if name == "memory":
        return MemoryError("The memory of the model's process does not suffice.")
    text = printable(sentence[:_SENTENCE]) if isinstance(sentence, str) else ""
    kind = getattr(errors, name, None) if isinstance(name, str) else None
    if isinstance(kind, type) and issubclass(kind, LimeError) and text:
        return kind(text)
    return ModelUnavailable("The model failed with an error of its own.", text)
