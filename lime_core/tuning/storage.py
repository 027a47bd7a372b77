"""Where studies are kept: a database that several processes share, and that Optuna's own tools open."""

from __future__ import annotations

from pathlib import Path

import optuna
from sqlalchemy.exc import SQLAlchemyError

from lime_core.errors import LimeError

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
