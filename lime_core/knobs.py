"""Settings as frozen dataclasses: a field carries its range, its step and a sentence of help.

`knob` gives a field what a page needs to draw a control for it; `Bounded` checks the same range when the object is
made, for callers who come from a URL, a manifest or Python.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import Field, field, fields
from numbers import Integral, Real
from typing import Any

import numpy as np

from lime_core.arguments import shown


def knob(
    default: Any,
    low: float,
    high: float,
    *,
    step: float,
    help: str,
    log: bool = False,
    usual: float | None = None,
    instead_of: str = "",
) -> Any:
    """A field for a number in a range.

    Parameters
    ----------
    default : int, float or None
        Its default; a whole number allows whole numbers only, and None allows None.
    low, high : float
        The range, ends included.
    step : float
        The step of a slider.
    help : str
        One sentence for whoever turns it.
    log : bool, default False
        Whether a slider should be logarithmic.
    usual : float, optional
        Where a slider starts whose field is None by default.
    instead_of : str, default ""
        A field that is None by default, and in whose place this one counts: where that one is given, this one is None,
        and it is an error to give both.

    Returns
    -------
    dataclasses.Field
        With these as its metadata.
    """
    rules = {"low": low, "high": high, "step": step, "help": help, "log": log}
    rules["usual"] = default if usual is None else usual
    return field(default=default, metadata={**rules, **({"instead_of": instead_of} if instead_of else {})})


def choice(default: Any, options: tuple[Any, ...], *, help: str) -> Any:
    """A field for one of several values.

    Parameters
    ----------
    default : object
        One of the options.
    options : tuple
        The values that are allowed.
    help : str
        One sentence for whoever chooses.

    Returns
    -------
    dataclasses.Field
        With options and help as its metadata.
    """
    return field(default=default, metadata={"options": options, "help": help})


def color(default: tuple[int, int, int], *, help: str) -> Any:
    """A field for an RGB color.

    Parameters
    ----------
    default : tuple of three int
        Red, green and blue, each 0..255.
    help : str
        One sentence for whoever chooses.

    Returns
    -------
    dataclasses.Field
        With the mark of a color and the help as its metadata.
    """
    return field(default=default, metadata={"color": True, "help": help})


def switch(default: bool, *, help: str) -> Any:
    """A field for yes or no.

    Parameters
    ----------
    default : bool
        Its default.
    help : str
        One sentence for whoever switches.

    Returns
    -------
    dataclasses.Field
        With the mark of a switch and the help as its metadata.
    """
    return field(default=default, metadata={"switch": True, "help": help})


def several(usual: tuple[str, ...], table: Mapping[str, Any], *, help: str) -> Any:
    """A field for several options of a table, in an order.

    Parameters
    ----------
    usual : tuple of str
        The names of its default.
    table : mapping of str to option
        What can be chosen by name.
    help : str
        One sentence for whoever chooses.

    Returns
    -------
    dataclasses.Field
        With table, usual names and help as its metadata.
    """
    default = tuple(table[name] for name in usual)
    return field(default=default, metadata={"several": table, "usual": usual, "help": help})


class Bounded:
    """Checks every field made by `knob`, `choice`, `color` or `switch` when the object is made.

    A value that means the same in another type becomes the plain one, so that it is equal, and written, like any other:
    NumPy's numbers, 7.0 for a whole number, and a color as a list, an array, one number for grey, or "#rrggbb".

    Raises
    ------
    ValueError
        Naming the class, the field, its range and the value.
    """

    def __post_init__(self) -> None:
        for f in fields(self):  # type: ignore[arg-type]
            other = f.metadata.get("instead_of")
            if other and getattr(self, other) is not None:
                self._give_way(f, other)
                continue
            given = getattr(self, f.name)
            value = _plain_value(f, given)
            problem = _problem(f, value)
            if problem:
                raise ValueError(f"{type(self).__name__}: {f.name} {problem}, got {shown(given)}")
            if value is not given:
                object.__setattr__(self, f.name, value)

    def _give_way(self, f: Field[Any], other: str) -> None:
        """Make a field None that counts only without the other one, which is given."""
        if getattr(self, f.name) not in (None, f.default):
            raise ValueError(f"{type(self).__name__}: give {other} or {f.name}, not both")
        object.__setattr__(self, f.name, None)


def _plain_value(f: Field[Any], value: Any) -> Any:
    """The same value in the plain type of the field, where it has one."""
    if not f.metadata:
        return value
    if "color" in f.metadata:
        return _as_color(value)
    if isinstance(value, np.generic):
        value = value.item()
    is_whole = "low" in f.metadata and isinstance(f.default, int) and isinstance(value, float) and value.is_integer()
    return int(value) if is_whole else value


def _problem(f: Field[Any], value: Any) -> str:
    """What is wrong with `value` for this field, or an empty text."""
    rules = f.metadata
    if value is None and f.default is None:
        return ""
    if "low" in rules:
        whole = isinstance(f.default, int)
        number = isinstance(value, Integral if whole else Real) and not isinstance(value, bool)
        if not number or not rules["low"] <= value <= rules["high"]:  # NaN is in no range
            return f"must be a {'whole ' if whole else ''}number in [{rules['low']}, {rules['high']}]"
    elif "options" in rules and not any(type(value) is type(o) and value == o for o in rules["options"]):
        return f"must be one of {', '.join(map(str, rules['options']))}"
    elif "color" in rules:
        channels = isinstance(value, tuple) and len(value) == 3 and all(type(c) is int for c in value)
        if not channels or not all(0 <= c <= 255 for c in value):
            return "must be three whole numbers from 0 to 255"
    elif "switch" in rules and not isinstance(value, bool):
        return "must be True or False"
    return ""


def _as_color(value: Any) -> Any:
    """A list, tuple or array of three numbers, one number for a grey, or "#rrggbb" as a tuple; others as they are."""
    if isinstance(value, str) and re.fullmatch("#[0-9a-fA-F]{6}", value):
        return tuple(bytes.fromhex(value[1:]))
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    channels = list(value) if isinstance(value, list | tuple) else [value] * 3
    plain_channels = [channel.item() if isinstance(channel, np.generic) else channel for channel in channels]
    if not all(isinstance(c, int | float) and not isinstance(c, bool) for c in plain_channels):
        return value
    return tuple(int(c) if isinstance(c, float) and c.is_integer() else c for c in plain_channels)
