"""The code that runs, as a text: its source where that is what runs, and who wrote it, the user or a package."""

from __future__ import annotations

import dis
import inspect
import sys
import sysconfig
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType, FunctionType

import numpy as np
import torch

from lime_core.fingerprints.plain import plain_text

_HOMES = {Path(file).resolve().parent for file in (np.__file__, torch.__file__)}
_HOMES |= {Path(sysconfig.get_path("stdlib")).resolve(), Path(__file__).resolve().parents[1]}

_PACKAGES = {"site-packages", "dist-packages"}
"""Folders of what was installed, of the system, of an environment or of a user."""

_LOADING = ("LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR")
_FILLING = ("STORE_SUBSCR", "DELETE_SUBSCR")
_PUTTING = frozenset(("add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popitem"))
_PUTTING |= {"popleft", "remove", "setdefault", "update"}


def is_installed(thing: type) -> bool:
    """Whether a class comes with Python or a package, and not from whoever uses them.

    Parameters
    ----------
    thing : type
        The class.

    Returns
    -------
    bool
        False for what was typed, such as in a notebook.
    """
    module = sys.modules.get(thing.__module__)
    return thing.__module__ in sys.builtin_module_names or is_of_package(getattr(module, "__file__", None) or "")


@lru_cache(maxsize=1000)
def is_of_package(file: str) -> bool:
    """Whether a file comes with Python or a package.

    Parameters
    ----------
    file : str
        As `__file__` and `co_filename` have it.

    Returns
    -------
    bool
        False for what is no file, but for what Python has in itself.
    """
    if file.startswith("<frozen"):
        return True
    if not file:
        return False
    path = Path(file).resolve()
    return bool(_PACKAGES & set(path.parts)) or any(home in path.parents for home in _HOMES)


def text_of(code: CodeType) -> str:
    """The source of a function, where it is what runs: not of a file that was changed since it was imported.

    Parameters
    ----------
    code : CodeType
        Of the function.

    Returns
    -------
    str
        Its source, else what it was compiled to, as for a lambda, beside which others may stand in its line.
    """
    compiled = plain_text(code)
    if code.co_name != "<lambda>":
        with suppress(OSError, TypeError, SyntaxError, ValueError, IndexError, MemoryError, RecursionError):
            lines, _ = inspect.findsource(code)
            if compiled in _compiled("".join(lines)).get((code.co_name, code.co_firstlineno), ()):
                return inspect.getsource(code)
    return compiled


@lru_cache(maxsize=16)
def _compiled(text: str) -> Mapping[tuple[str, int], list[str]]:
    """What each function of a file is compiled to, by its name and line."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the file's own
        waiting = [compile(text, "<text>", "exec", dont_inherit=True)]
    found: dict[tuple[str, int], list[str]] = {}
    while waiting:
        code = waiting.pop()
        found.setdefault((code.co_name, code.co_firstlineno), []).append(plain_text(code))
        waiting += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return found


@dataclass(frozen=True)
class Names:
    """What is named in a function, and in those within it.

    Parameters
    ----------
    variables : frozenset of str
        Of its file.
    attributes : frozenset of str
        Of anything.
    changed : frozenset of str
        Attributes that it sets.
    filled : frozenset of str
        Attributes that it may put something into.
    """

    variables: frozenset[str]
    attributes: frozenset[str]
    changed: frozenset[str]
    filled: frozenset[str]


@lru_cache(maxsize=1000)
def names_in(code: CodeType) -> Names:
    """What a function names.

    Parameters
    ----------
    code : CodeType
        Of the function.

    Returns
    -------
    Names
        Also of functions within it.
    """
    found: dict[str, set[str]] = {key: set() for key in ("variables", "attributes", "changed", "filled")}
    steps, before = list(dis.get_instructions(code)), None
    filling = {step.positions.lineno for step in steps if step.opname in _FILLING and step.positions}
    for step in steps:
        name = str(step.argval)
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            found["variables"].add(name)
        elif step.opname in _LOADING:
            found["attributes"].add(name)
            if before is not None and before.opname in _LOADING and name in _PUTTING:
                found["filled"].add(str(before.argval))
            if step.positions and step.positions.lineno in filling:  # what stands in that line may be what is filled
                found["filled"].add(name)
        elif step.opname in ("STORE_ATTR", "DELETE_ATTR"):
            found["attributes"].add(name)
            found["changed"].add(name)
        before = step
    for inner in (names_in(each) for each in code.co_consts if isinstance(each, CodeType)):
        for key, names in found.items():
            names |= getattr(inner, key)
    return Names(**{key: frozenset(names) for key, names in found.items()})


def closure_of(function: FunctionType) -> dict[str, object]:
    """The variables around a function that it uses.

    Parameters
    ----------
    function : function
        Any.

    Returns
    -------
    dict of str to object
        Those in which there is something yet, but for the class that `super` has there.
    """
    found = {}
    for key, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with suppress(ValueError):
            found[key] = cell.cell_contents
    found.pop("__class__", None)
    return found
