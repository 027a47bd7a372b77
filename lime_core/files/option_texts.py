"""Options as texts: how people write and read them, on the command line, in tables and on screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, fields
from typing import Any

from lime_core.files.records import name_of
from lime_core.roles import PlainFunction


def settings_of(option: type) -> list[Field[Any]]:
    """List what can be set of an option.

    Parameters
    ----------
    option : type
        A dataclass.

    Returns
    -------
    list of Field
        Those with a range, a choice or the like, see `knobs`.
    """
    return [f for f in fields(option) if f.metadata]


def value_of(f: Field[Any], text: str) -> Any:
    """Read the value of a setting.

    Parameters
    ----------
    f : Field
        One of `settings_of`.
    text : str
        A number, a word, "yes" or "no", numbers with commas between for a color, names with commas for several options.

    Returns
    -------
    object
        The value; what cannot be read stays a text, which the option itself refuses.
    """
    try:
        if "color" in f.metadata:
            channels = tuple(int(channel) for channel in text.split(","))
            return channels if len(channels) > 1 else channels[0]
        if "several" in f.metadata:
            return tuple(name.strip() for name in text.split(","))
        if "switch" in f.metadata:
            return {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}[text.lower()]
        kind: type = float if f.default is None else type(f.default)
        return kind(text)
    except (ValueError, KeyError):
        return text


def option_text(option: Any, table: Mapping[str, type]) -> str:
    """Name an option with the settings that are not as usual.

    Parameters
    ----------
    option : dataclass
        Of a class in the table, or a function in its place.
    table : mapping of str to type
        The classes by name.

    Returns
    -------
    str
        Such as "slic n_segments=60".
    """
    if isinstance(option, PlainFunction):
        return option.name
    told = [name_of(option, table)]
    for f in fields(option):
        value = getattr(option, f.name)
        if not f.metadata or value == f.default or value is None:
            continue
        if "several" in f.metadata:
            value = "+".join(option_text(each, table) for each in value)
        elif "color" in f.metadata:
            value = "#{:02x}{:02x}{:02x}".format(*value)
        told.append(f"{f.name}={value:g}" if isinstance(value, float) else f"{f.name}={value}")
    return " ".join(told)
