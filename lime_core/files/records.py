"""Options and figures as JSON has them.

An option is written by its name in its table, so that it can be read back without importing anything that a file names.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar

import numpy as np

from lime_core.roles import PlainFunction

T = TypeVar("T")

_FUNCTION = "function"
"""Stands as the name of an option that was a plain function."""


def to_json(option: Any, table: Mapping[str, type]) -> dict[str, Any]:
    """An option as a dict that JSON can hold.

    Parameters
    ----------
    option : dataclass
        An instance of one of the classes in the table.
    table : mapping of str to type
        The classes by name, such as `KERNELS`.

    Returns
    -------
    dict
        "name", its name in the table, and one entry for each field that is compared and not None, a list of such dicts
        for one of `several` options; "revision" of a class that has one, since it gives other numbers than it did; of a
        `PlainFunction` its name and that it cannot be read back.

    Raises
    ------
    ValueError
        When its class is not in the table.
    """
    if isinstance(option, PlainFunction):
        return {"name": _FUNCTION, "function": option.name, "replayable": False}
    name = name_of(option, table)
    settings = {f.name: getattr(option, f.name) for f in fields(option) if f.compare}
    for f in fields(option):
        if "several" in f.metadata:
            settings[f.name] = [to_json(each, table) for each in settings[f.name]]
    settings["revision"] = getattr(option, "revision", None)
    return {"name": name, **{key: value for key, value in settings.items() if value is not None}}


def name_of(option: Any, table: Mapping[str, type]) -> str:
    """Look up the name of an option.

    Parameters
    ----------
    option : dataclass
        An instance of one of the classes in the table.
    table : mapping of str to type
        The classes by name.

    Returns
    -------
    str
        That of its class.

    Raises
    ------
    ValueError
        When its class is not in the table.
    """
    name = next((name for name, cls in table.items() if cls is type(option)), None)
    if name is None:
        raise ValueError(f"{type(option).__name__} is in no table, so it cannot be written; add it to one")
    return name


def from_json(data: Mapping[str, Any], table: Mapping[str, type[T]]) -> T:
    """The option that `to_json` wrote.

    Parameters
    ----------
    data : mapping of str to object
        What `to_json` gave; lists stand for tuples, and fields that have defaults may be missing.
    table : mapping of str to type
        The classes by name.

    Returns
    -------
    dataclass
        An instance of the class of that name.

    Raises
    ------
    ValueError
        For an unknown name or field, a missing field without a default, a value out of range, another revision, or what
        was a function.
    """
    settings = dict(data)
    name = settings.pop("name", None)
    if name == _FUNCTION:
        raise ValueError(f"it was made with the function {settings.get('function')!r}, whose code no file holds")
    revision = settings.pop("revision", None)
    if isinstance(name, str) and name in table and revision != getattr(table[name], "revision", None):
        raise ValueError(f"{name} gave other numbers in the version that wrote this, so it cannot be made again")
    return made(name, settings, table)


def made(name: object, given: Mapping[str, Any], table: Mapping[str, type[T]]) -> T:
    """Make an option of its name and settings.

    Parameters
    ----------
    name : str
        Of its class in the table.
    given : mapping of str to object
        Its settings; lists stand for tuples, and fields that have defaults may be missing.
    table : mapping of str to type
        The classes by name.

    Returns
    -------
    dataclass
        An instance of the class of that name.

    Raises
    ------
    ValueError
        For an unknown name or field, a missing field without a default, or a value out of range.
    """
    if not isinstance(name, str) or name not in table:
        raise ValueError(f"unknown name {name!r}; known are {', '.join(table)}")
    settings = dict(given)
    knobs = {f.name: f for f in fields(table[name])}  # type: ignore[arg-type]
    for key in settings:
        if key not in knobs:
            raise ValueError(f"{name} has no setting {key!r}; it has {', '.join(knobs) or 'none'}")
        if isinstance(settings[key], list):
            options = "several" in knobs[key].metadata
            read = (from_json(each, table) if options and isinstance(each, Mapping) else each for each in settings[key])
            settings[key] = tuple(read)
    required = [key for key, f in knobs.items() if f.default is MISSING and key not in settings]
    if required:
        raise ValueError(f"{name} needs {', '.join(required)}")
    return table[name](**settings)


def plain(value: Any) -> Any:
    """The same value in types that JSON has, with None for NaN and infinity.

    Parameters
    ----------
    value : object
        Mappings, lists and tuples, of any depth, of NumPy scalars, numbers and texts; anything else stays as it is.

    Returns
    -------
    object
        Dicts with texts as keys, lists, and plain numbers and texts.
    """
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def harmless(text: str) -> str:
    """A text of anybody for a cell of a CSV file.

    Parameters
    ----------
    text : str
        The name of a file or a class, or a unit.

    Returns
    -------
    str
        One that no spreadsheet takes for a formula.
    """
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
