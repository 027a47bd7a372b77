"""Models of visitors: guessed at and loaded in a process of their own."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from lime_core.arguments import is_a, one_of, path_of
from lime_core.catalog.model_reading import read_model_file
from lime_core.catalog.weights_guess import FileGuess
from lime_core.errors import ModelBusy, ModelUnavailable
from lime_core.files.names import printable
from lime_core.files.untrusted import check_file, untrusted
from lime_core.isolation.claims import guess_claims, model_claims
from lime_core.isolation.isolated_engine import isolated_classifier
from lime_core.isolation.limits import ModelLimits
from lime_core.isolation.process import ModelProcess
from lime_core.models.classifier import Classifier
from lime_core.models.torch_classifier import PRECISIONS

USUAL_LIMITS = ModelLimits()
"""What a model may cost where nobody says it."""

PATIENCE = 10.0
"""Seconds that somebody waits while the file of somebody else is looked at."""

_looking = threading.Lock()
"""One file is looked at a time, beside the models that run."""

SPARE_SECONDS = 300.0
"""How long a process waits for a model."""

_LOOKS = 0.5
"""Seconds after which it is looked whether it is still to wait."""


class _Spare:
    """At most one process without a model, which has read no file, or one; no other file comes to that."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """In a forked child: the process is its parent's."""
        self._lock = threading.Lock()
        self._process: ModelProcess | None = None
        self._file: Path | None = None

    def prepare(self, limits: ModelLimits) -> None:
        with self._lock:
            if self._process is None or not self._process.alive:
                self._put(ModelProcess(limits, spare=True), None)

    def take(self, limits: ModelLimits, file: Path) -> ModelProcess | None:
        """The process that waits, if it may read this file; it is the caller's from now on."""
        with self._lock:
            process = self._process
            if process and process.alive and process.limits == limits and self._file in (None, file):
                self._process = None
                return process
        return None

    def give(self, process: ModelProcess, file: Path) -> None:
        """Keep a process that has read this file; one that waited before ends."""
        self.clear()
        with self._lock:
            self._put(process, file)

    def clear(self, which: ModelProcess | None = None) -> None:
        """End what waits; if it is another process than this one, leave it."""
        with self._lock:
            process = self._process
            if process and which in (None, process):
                self._process = None
                process.close()

    def _put(self, process: ModelProcess, file: Path | None) -> None:
        self._process, self._file = process, file
        try:
            threading.Thread(target=self._watch, args=(process, file), daemon=True).start()
        except RuntimeError:  # there is no thread left that would end it
            self._process = None
            process.close()

    def _watch(self, process: ModelProcess, file: Path | None) -> None:
        """End it when nobody has come, or when its file has gone with a session."""
        late = time.monotonic() + SPARE_SECONDS
        while time.monotonic() < late and (file is None or file.exists()):
            time.sleep(_LOOKS)
            if self._process is not process:
                return
        self.clear(process)


_spare = _Spare()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_spare.forget)


def prepare_isolated(limits: ModelLimits = USUAL_LIMITS) -> None:
    """Start a process for a model that is expected, and return at once.

    It takes seconds to start.  While one waits, also for the model of a file that it has read, no other is started; it
    waits for `SPARE_SECONDS` at most.

    Parameters
    ----------
    limits : ModelLimits
        What the model may cost, `ModelLimits()` if left out.

    Raises
    ------
    ModelUnavailable
        When none can be started.
    TypeError
        For what is no ModelLimits.
    """
    is_a("limits", limits, ModelLimits, "a ModelLimits")
    _spare.prepare(limits)


def guess_isolated(path: str | Path, limits: ModelLimits = USUAL_LIMITS) -> FileGuess:
    """What a file of safetensors or ONNX says of its model, read in a process of its own.

    The process waits for `load_isolated` of this file, while it is there, for `SPARE_SECONDS` at most.

    Parameters
    ----------
    path : str or Path
        The file; it may come from anybody.
    limits : ModelLimits
        What it may cost, `ModelLimits()` if left out.

    Returns
    -------
    FileGuess
        What the file says, and what it leaves open.

    Raises
    ------
    ModelUnavailable
        When it is missing, damaged, of another format or beyond the limits, or the process ends while it reads;
        ModelBusy while the file of somebody else is being looked at.
    ValueError, TypeError
        For what is no path, or no ModelLimits.
    """
    is_a("limits", limits, ModelLimits, "a ModelLimits")
    path = _found("path", path)
    limits.check_size(path)
    if not _looking.acquire(timeout=PATIENCE):
        raise ModelBusy("The file of somebody else is being looked at. Try it again in a minute.")
    try:
        process = _spare.take(limits, path)
        if process is None:
            _spare.clear()
            process = ModelProcess(limits, spare=True)
        try:
            guess = guess_claims(_asked(process, {"question": "guess", "path": str(path), "limits": asdict(limits)}))
        except BaseException:
            process.close()
            raise
        _spare.give(process, path)
        return guess
    finally:
        _looking.release()


def load_isolated(path: str | Path, limits: ModelLimits = USUAL_LIMITS, precision: str = "auto") -> Classifier:
    """Load a described model into a process of its own, which may hang or die without harm to this one.

    The answers are those that `load_model` gives.  The process ends when nobody holds the classifier any more.

    Parameters
    ----------
    path : str or Path
        Its description, see `read_model_file`; the files that it names may come from anybody.
    limits : ModelLimits
        What it may cost, `ModelLimits()` if left out.
    precision : {"auto", "f32", "bf16"}
        As for `load_model`.

    Returns
    -------
    Classifier
        Its `early` is None; its engine is an `IsolatedEngine`, which raises ModelUnavailable once the process has
        ended.

    Raises
    ------
    ModelUnavailable
        As `load_model` does; for a model beyond the limits; when the process does not answer in time or ends; ModelBusy
        when there are as many such processes as may be.
    ValueError, TypeError
        For what is no path, no ModelLimits, or an unknown precision.
    """
    is_a("limits", limits, ModelLimits, "a ModelLimits")
    one_of("precision", precision, PRECISIONS)
    path = _found("path", path)
    described = read_model_file(path)
    waiting = _spare.take(limits, described.file)
    if waiting:
        try:
            waiting.count()
        except ModelBusy:
            _spare.give(waiting, described.file)
            raise
    process = waiting or ModelProcess(limits)
    try:
        question = {"question": "load", "path": str(path), "precision": precision, "limits": asdict(limits)}
        claims = model_claims(_asked(process, question))
        return isolated_classifier(process, replace(claims, name=described.name))  # none that belongs to another model
    except BaseException:
        process.close()
        raise


def _found(name: str, path: str | Path) -> Path:
    path = path_of(name, path).absolute()
    with untrusted(ModelUnavailable, "The file could not be read: it has no readable name."):
        check_file(path, "file of the model", ModelUnavailable)
        if not path.exists():
            raise ModelUnavailable(f"There is no file {printable(path.name)}.", f"It would be {path}.")
    return path


def _asked(process: ModelProcess, question: dict[str, Any]) -> dict[str, Any]:
    try:
        return process.ask(question, seconds=process.limits.load_seconds)[0]
    except MemoryError as error:
        raise ModelUnavailable(
            f"The model needs more than the {process.limits.memory_bytes / 1e6:.4g} MB of memory that it may have. "
            "Give a smaller model."
        ) from error
