"""Where studies are kept, and by whom a trial is tried: a database that several processes share.

Optuna's own tools open it.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import optuna
from optuna.trial import FrozenTrial
from sqlalchemy.exc import SQLAlchemyError

from lime_core.errors import LimeError

SILENT = 600.0
"""Seconds after which a trial of a process that says nothing is given up, so that it is done anew."""

OWNER, BEAT = "owner", "beat"
"""What is written beside a trial: whose it is, and when that last spoke."""

Place = Path | str | optuna.storages.BaseStorage
"""A file, or a storage of Optuna."""


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
    try:
        return optuna.storages.RDBStorage(f"sqlite:///{file}", engine_kwargs={"connect_args": {"timeout": 60}})
    except (SQLAlchemyError, RuntimeError) as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        raise LimeError("The file of studies cannot be opened.", f"{file}: {reason}.") from error


def this_process() -> str:
    """Name this process, among those of all machines.

    Returns
    -------
    str
        Host and number.
    """
    return f"{socket.gethostname()} {os.getpid()}"


def ended(trial: FrozenTrial) -> bool:
    """Find whether the process of a trial is gone, or has not spoken for long.

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
    host, _, pid = str(trial.user_attrs.get(OWNER, "")).rpartition(" ")
    if host == socket.gethostname():
        with suppress(PermissionError):
            try:
                os.kill(int(pid), 0)
            except ProcessLookupError:
                return True
    return time.time() - float(trial.user_attrs.get(BEAT, begun)) > SILENT
