"""The code that runs, as a text: its source where that is what runs, and who wrote it, the user or a package."""

from __future__ import annotations

import inspect
import sys
import sysconfig
import warnings
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

_HOMES = [str(Path(sysconfig.get_path(name)).resolve()) for name in ("purelib", "platlib", "stdlib")]
_HOMES.append(str(Path(__file__).resolve().parents[1]))


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
    return bool(file) and any(Path(home) in Path(file).resolve().parents for home in _HOMES)


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


def names_of(code: CodeType) -> set[str]:
    """All names in a function, and in those within it.

    Parameters
    ----------
    code : CodeType
        Of the function.

    Returns
    -------
    set of str
        Of variables of its file, and of attributes.
    """
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return set(code.co_names).union(*map(names_of, inner))


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


def plain_text(value: Any) -> str:
    """The text of a plain value, or of code.

    Parameters
    ----------
    value : object
        Numbers, texts, code, and tuples, lists and frozensets of such.

    Returns
    -------
    str
        The same in every process: no address, no order of a set.
    """
    if isinstance(value, CodeType):
        return f"{value.co_code.hex()} {value.co_names} {value.co_varnames} {plain_text(value.co_consts)}"
    if isinstance(value, tuple | list):
        return f"{type(value).__name__}({', '.join(map(plain_text, value))})"
    return str(sorted(map(plain_text, value))) if isinstance(value, frozenset) else repr(value)
