"""Where studies are kept, and by whom a trial is tried: a database that several processes share.

Optuna's own tools open it.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import optuna
from optuna.exceptions import StorageInternalError
from optuna.trial import FrozenTrial
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from lime_core.errors import LimeError

SILENT = 600.0
"""Seconds after which a trial of a process that says nothing is given up, so that it is done anew."""

OWNER, BEAT = "owner", "beat"
"""What is written beside a trial: whose it is, and when that last spoke."""

_AT_WORK: set[str] = set()
"""Marks of the runs of this process that are at work."""

Place = Path | str | optuna.storages.BaseStorage
"""A file, or a storage of Optuna."""

UNKEPT = StorageInternalError, SQLAlchemyError
"""What a database raises that cannot be read or written; Optuna lets some of SQLAlchemy's own errors through."""


def study_storage(file: Path | str) -> optuna.storages.RDBStorage:
    """Open an SQLite database for studies, whose writers wait for each other.

    Parameters
    ----------
    file : Path or str
        Where it is, or is to be.

    Returns
    -------
    optuna.storages.RDBStorage
        For `Study`; opened once for many.

    Raises
    ------
    LimeError
        Where the file cannot be opened, or is no such database.
    """
    address = URL.create("sqlite", database=str(file)).render_as_string()  # "?", "%" and "#" may stand in a name
    try:
        return optuna.storages.RDBStorage(address, engine_kwargs={"connect_args": {"timeout": 60}})
    except (SQLAlchemyError, RuntimeError) as error:
        raise LimeError("The file of studies cannot be opened.", f"{file}: {_reason(error)}.") from error


@contextmanager
def unkept_as_sentence(storage: optuna.storages.BaseStorage) -> Iterator[None]:
    """Around all that reads or writes a study: what a full disk, say, has the database raise becomes a sentence.

    Parameters
    ----------
    storage : optuna.storages.BaseStorage
        Where the study is kept.

    Yields
    ------
    None
        While the study is read or written.

    Raises
    ------
    LimeError
        Where the database cannot be read or written.
    """
    try:
        yield
    except UNKEPT as error:
        engine = getattr(storage, "engine", None)
        where = f"{engine.url.database}: " if engine else ""
        told = f"{where}{_reason(error.__cause__ or error)}."
        raise LimeError("The file of studies cannot be read or written.", told) from error


def _reason(error: BaseException) -> str:
    """What the database itself says; Optuna tells of the commit alone."""
    return str(getattr(error, "orig", None) or error).partition("\n")[0].rstrip(".")


@contextmanager
def at_work() -> Iterator[Callable[[optuna.Trial], None]]:
    """Around a run, which tries one trial at a time: what it leaves unfinished is nobody's.

    The process may live on after a run whose last words could not be written, or have the number of one that is gone.

    Yields
    ------
    callable
        Writes beside a trial whose it is, among the runs of all machines.
    """
    mark = secrets.token_hex(8)
    _AT_WORK.add(mark)
    try:
        yield lambda asked: asked.set_user_attr(OWNER, f"{socket.gethostname()} {os.getpid()} {mark}")
    finally:
        _AT_WORK.discard(mark)


def speak(asked: optuna.Trial, spoke: float = 0.0) -> float:
    """Write beside a trial that its run is at it, unless it has just said so.

    Parameters
    ----------
    asked : optuna.Trial
        That of this run.
    spoke : float, default 0
        When it said so last, in seconds since 1970.

    Returns
    -------
    float
        When it did now.
    """
    if (now := time.time()) <= spoke + SILENT / 10:
        return spoke
    asked.set_user_attr(BEAT, now)
    return now


def taken(asked: optuna.Trial, trials: Callable[[], list[FrozenTrial]]) -> bool:
    """Find whether another process has chosen the same at the same moment, and has it.

    Who has the higher number gives way, unless it has begun: it may have looked before the other one was there.

    Parameters
    ----------
    asked : optuna.Trial
        That of this process, with what it tries.
    trials : callable
        Looks up which are whole, and which are being tried.

    Returns
    -------
    bool
        True where this process has to try something else.
    """
    while True:
        same = [each for each in trials() if each.params == asked.params and each.number != asked.number]
        if any(each.number < asked.number or BEAT in each.user_attrs for each in same):
            return True
        if all(map(ended, same)):
            return False
        time.sleep(0.05)


def ended(trial: FrozenTrial) -> bool:
    """Find whether the run of a trial is over, its process is gone, or it has not spoken for long.

    Parameters
    ----------
    trial : optuna.trial.FrozenTrial
        One that is being tried.

    Returns
    -------
    bool
        True where it is to be done anew.
    """
    begun = (trial.datetime_start or datetime.now()).timestamp()
    process, _, mark = str(trial.user_attrs.get(OWNER, "")).rpartition(" ")
    host, _, pid = process.rpartition(" ")
    if host == socket.gethostname():
        if int(pid) == os.getpid():
            return mark not in _AT_WORK
        with suppress(PermissionError):
            try:
                os.kill(int(pid), 0)
            except ProcessLookupError:
                return True
    return time.time() - float(trial.user_attrs.get(BEAT, begun)) > SILENT
