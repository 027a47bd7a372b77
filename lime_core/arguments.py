"""Reading arguments: what has one meaning is taken, and the rest is refused with what it would have to be.

A number may be NumPy's, and a whole one a float such as 1000.0; what stands for an option is in `roles`.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterable
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

_LONGEST = 60
"""Characters of a value that a message repeats."""


def shown(value: object) -> str:
    """Name a value in a message: texts and numbers as they are written, of others what they are.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    str
        Short, whatever the value holds.
    """
    if isinstance(value, np.ndarray):
        return f"an array of the shape {value.shape} and the dtype {value.dtype}"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if value is None or isinstance(value, str | bytes | bool | Real | complex | np.generic):
        text = repr(value.item() if isinstance(value, np.generic) else value)
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    name = type(value).__name__
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"


def whole(name: str, value: Any, low: int, high: int | None = None, *, most: int | None = None) -> int:
    """Read a whole number.

    Parameters
    ----------
    name : str
        Of the argument.
    value : object
        An int, one of NumPy's, or a float without a fraction; not a bool.
    low : int
        The least.
    high : int, optional
        The largest; None is without end.
    most : int, optional
        The largest too, where only memory and time set an end: no message speaks of it before it is reached.

    Returns
    -------
    int
        The number.

    Raises
    ------
    TypeError
        When it is no number.
    ValueError
        When it has a fraction, or lies outside.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"{name} must be a whole number, got {shown(value)}")
    if isinstance(value, float | np.floating) and not float(value).is_integer():
        raise ValueError(f"{name} must be a whole number, got {shown(value)}")
    number = int(value)
    if number < low or (high is not None and number > high):
        limits = f"be at least {low}" if high is None else f"lie in [{low}, {high}]"
        raise ValueError(f"{name} must {limits}, got {shown(number)}")
    if most is not None and number > most:
        raise ValueError(f"{name} must be at most {most}, got {shown(number)}")
    return number


def number(name: str, value: Any, low: float | None = None, high: float | None = None) -> float:
    """Read a finite number.

    Parameters
    ----------
    name : str
        Of the argument.
    value : object
        An int or a float, also one of NumPy's; not a bool.
    low, high : float, optional
        The least and, where there is one, the largest; None is without end.

    Returns
    -------
    float
        The number.

    Raises
    ------
    TypeError
        When it is no number.
    ValueError
        When it is not finite, or lies outside.
    """
    wanted = "a finite number" if low is None else f"a number of at least {low:g}"
    wanted += "" if high is None else f" and at most {high:g}"
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"{name} must be {wanted}, got {shown(value)}")
    # A whole number stays one: it is written as it was given.
    plain: float = value.item() if isinstance(value, np.generic) else value
    least, largest = -sys.float_info.max if low is None else low, sys.float_info.max if high is None else high
    if not least <= plain <= largest:
        raise ValueError(f"{name} must be {wanted}, got {shown(value)}")
    return plain


def one_of(name: str, value: object, names: Iterable[str]) -> str:
    """Read one of several words.

    Parameters
    ----------
    name : str
        Of the argument.
    value : object
        One of them.
    names : iterable of str
        All there are.

    Returns
    -------
    str
        The word.

    Raises
    ------
    ValueError
        For another one; the message has all of them.
    """
    known = list(names)
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}, got {shown(value)}")
    return value


def is_a(name: str, value: object, kind: type | tuple[type, ...], wanted: str) -> None:
    """Raise TypeError unless a value is of this kind.

    Parameters
    ----------
    name : str
        Of the argument.
    value : object
        Anything.
    kind : type or tuple of types
        As for `isinstance`.
    wanted : str
        What the argument must be, with how to get one.

    Raises
    ------
    TypeError
        When it is another.
    """
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be {wanted}, got {shown(value)}")


def path_of(name: str, value: Any) -> Path:
    """Read a path; nobody looks here whether something is there.

    Parameters
    ----------
    name : str
        Of the argument.
    value : object
        A str, or what has a path such as Path.

    Returns
    -------
    Path
        The path.

    Raises
    ------
    TypeError
        When it is another.
    ValueError
        When it holds a NUL, which no path does.
    """
    is_a(name, value, (str, os.PathLike), "a path, as a str or a Path")
    if "\0" in (text := os.fsdecode(value)):
        raise ValueError(f"{name} must be a path, got {shown(text)}")
    return Path(text)


def switch(name: str, value: object) -> bool:
    """Read yes or no.

    Parameters
    ----------
    name : str
        Of the argument.
    value : object
        True or False, also NumPy's.

    Returns
    -------
    bool
        The value.

    Raises
    ------
    TypeError
        For anything else.
    """
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {shown(value)}")
    return bool(value)


def near(word: str, words: Iterable[str]) -> str:
    """Say which words are near one that is not among them.

    Parameters
    ----------
    word : str
        As it was written.
    words : iterable of str
        Those there are.

    Returns
    -------
    str
        The nearest, at most five with commas between them; empty where none is near.
    """
    by_folded = {each.casefold(): each for each in words}
    inside = [folded for folded in by_folded if word and word.casefold() in folded]
    close = difflib.get_close_matches(word.casefold(), by_folded, n=5)
    return ", ".join(by_folded[folded] for folded in list(dict.fromkeys([*close, *inside]))[:5])
