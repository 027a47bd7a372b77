"""What a value is, as a text that is the same in every process: no address, no order of a set, no place of a file.

Of what somebody wrote it tells the code with all that this names; of what is installed, the name.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from functools import cached_property, partial
from numbers import Number
from types import FunctionType, MappingProxyType, MethodType, ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lime_core.fingerprints.plain import DEEPEST, is_plain, plain_text, tensor_bytes
from lime_core.fingerprints.sources import closure_of, is_installed, is_of_package, names_in, text_of

_OPEN = (SimpleNamespace, argparse.Namespace)
"""Installed, and nothing but what somebody put into them."""

_NAMED = (torch.dtype, torch.device, torch.Size, torch.memory_format, np.dtype, slice, range)
"""Whose `repr` is all that they are."""

_OF_EVERY_CLASS = frozenset({*vars(type("Any", (), {"__slots__": ()})), "__dict__", "__weakref__", "__annotations__"})

_MAKING = frozenset({"__init__", "__new__", "__post_init__", "__setstate__"})
"""Methods that set what an object is; all others that are called set what it has met."""


class Telling:
    """Tells values, each once: met again it is a number, so that what refers to itself comes to an end.

    Parameters
    ----------
    of_module : callable
        What a torch module is that is met for the first time, as a text.
    """

    def __init__(self, of_module: Callable[[nn.Module], str]) -> None:
        self._of_module = of_module
        self._owners: tuple[type, ...] = ()
        self._met: dict[tuple[int, object], tuple[int, object]] = {}  # values stay alive: their addresses are taken
        self._names: set[str] = set()
        self._depth = 0

    @contextmanager
    def within(self, owners: Sequence[type]) -> Iterator[None]:
        """While a layer is told.

        Parameters
        ----------
        owners : sequence of type
            Its classes, in which names of functions are looked up too, as those of `self`; of a package the code beside
            them is told.

        Yields
        ------
        None
            Meanwhile.
        """
        before = self._owners, self._names
        self._owners, self._names = tuple(owners), set()
        try:
            yield
        finally:
            self._owners, self._names = before

    def meets(self, value: object) -> bool:
        """Note a value that is told otherwise.

        Parameters
        ----------
        value : object
            Any but a function.

        Returns
        -------
        bool
            Whether it was not met before.
        """
        key = id(value), None
        new = key not in self._met
        if new:
            self._met[key] = len(self._met), value
        return new

    def of(self, value: Any) -> str:
        """What a value is.

        Parameters
        ----------
        value : object
            Anything; of what is neither data nor code, or cannot be read, the name of its type is told.

        Returns
        -------
        str
            Different for what answers differently.
        """
        try:
            return self._told(value)
        except Exception:  # whatever somebody's own object does when it is looked at
            return _name(type(value))

    def _told(self, value: Any) -> str:
        if is_plain(value):
            return plain_text(value)
        if isinstance(value, _NAMED):
            return repr(value)
        if isinstance(value, Enum):
            return f"{_name(type(value))}.{value.name} = {self.of(value.value)}"
        key = id(value), self._owners[:1] if isinstance(value, FunctionType) else None
        if key in self._met:
            return f"met {self._met[key][0]}"
        self._met[key] = len(self._met), value
        if self._depth > DEEPEST:
            return _name(type(value))
        self._depth += 1
        try:
            return self._new(value)
        finally:
            self._depth -= 1

    def _new(self, value: Any) -> str:
        match value:
            case Tensor():
                return f"tensor {value.dtype} {tuple(value.shape)} {hashlib.sha256(tensor_bytes(value)).hexdigest()}"
            case np.ndarray() if not value.dtype.hasobject:
                return f"array {value.dtype} {value.shape} {hashlib.sha256(value.tobytes()).hexdigest()}"
            case np.ndarray():
                return f"array {self.of(value.tolist())}"
            case dict() | MappingProxyType():
                pairs = [f"{self.of(key)}: {self.of(item)}" for key, item in value.items()]
                return f"{_name(type(value))}({', '.join(pairs)})"
            case bytearray() | Number():
                return f"{_name(type(value))} {value!r}"
            case list() | tuple() | deque():
                return f"{type(value).__name__}({', '.join(map(self.of, value))})"
            case set() | frozenset():
                return f"{type(value).__name__}({', '.join(sorted(map(self._apart, value)))})"
            case partial():
                return f"partial({self.of(value.func)}, {self.of(value.args)}, {self.of(value.keywords)})"
            case staticmethod() | classmethod():
                return self.of(value.__func__)
            case property():
                return self.of(value.fget)
            case cached_property():
                return self.of(value.func)
            case MethodType():
                return f"{self.of(value.__func__)} of {self.of(value.__self__)}"
            case nn.Module():
                return self._of_module(value)
            case FunctionType():
                return self._function(value)
            case type():
                return self._class(value)
        return self._thing(value)

    def _apart(self, value: Any) -> str:
        """What an element of a set is, whichever was told before it."""
        met, self._met = self._met, dict(self._met)
        try:
            return self.of(value)
        finally:
            self._met = met

    def _thing(self, value: Any) -> str:
        kind = type(value)
        if isinstance(value, _OPEN) or dataclasses.is_dataclass(value) or not is_installed(kind):
            called = [each for key, each in _methods(kind) if key in {"__call__", *self._names} - _MAKING]
            changed = {name for each in called for name in names_in(each.__code__).changed}
            held = {key: item for key, item in sorted(_held(value)) if key not in changed}
            return f"{_name(kind)}({self.of(kind)}, {self.of(held)})"
        inside = getattr(value, "__wrapped__", None)
        if inside is not None:  # as of functools.cache, which says to be of its module
            return f"{_name(kind)}({self.of(inside)})"
        return _name(value) if hasattr(value, "__qualname__") else _name(kind)

    def _class(self, kind: type) -> str:
        if is_installed(kind):
            return _name(kind)
        own = {key: item for key, item in vars(kind).items() if key not in _OF_EVERY_CLASS}
        return f"class {_name(kind)}({self.of([*kind.__bases__])}, {self.of(own)})"

    def _function(self, function: FunctionType) -> str:
        code = function.__code__
        if is_of_package(code.co_filename):
            if inside := getattr(function, "__wrapped__", None):  # as of torch.no_grad, which says to be of its module
                return f"{code.co_name}({self.of(inside)})"
            if function.__module__ not in {owner.__module__ for owner in self._owners}:
                return _name(function)
        names = names_in(code)
        self._names |= names.attributes
        lines = [text_of(code), self.of(function.__defaults__), self.of(function.__kwdefaults__)]
        lines += [f"{key}: {self.of(thing)}" for key, thing in self._called(function)]
        return "\n".join(lines)

    def _called(self, function: FunctionType) -> Iterator[tuple[str, object]]:
        """All that goes by a name in a function."""
        names, closure = names_in(function.__code__), closure_of(function)
        for key in sorted(names.attributes | names.variables):
            yield from ((key, vars(owner)[key]) for owner in self._owners if key in vars(owner))
        near = {key: function.__globals__[key] for key in names.variables if key in function.__globals__} | closure
        for key, thing in sorted(near.items()):
            if not isinstance(thing, ModuleType):
                yield key, thing
            elif (file := getattr(thing, "__file__", None)) and not is_of_package(file):
                inside = vars(thing)
                yield from ((name, inside[name]) for name in sorted(names.attributes) if name in inside)


def _methods(kind: type) -> Iterator[tuple[str, FunctionType]]:
    """Those of somebody's own class and its bases."""
    for base in kind.__mro__:
        if not is_installed(base):
            yield from ((key, each) for key, each in vars(base).items() if isinstance(each, FunctionType))


def _name(thing: Any) -> str:
    """The name of a class or function; the file of one's own is called `__main__` where it was started."""
    if isinstance(thing, FunctionType):
        own = not is_of_package(thing.__code__.co_filename)
    else:
        own = isinstance(thing, type) and not is_installed(thing)
    return thing.__qualname__ if own else f"{getattr(thing, '__module__', None) or ''}.{thing.__qualname__}"


def _held(value: Any) -> Iterator[tuple[str, object]]:
    """What is in an object, whether it has a dict or slots."""
    yield from getattr(value, "__dict__", {}).items()
    for kind in type(value).__mro__:
        slots = vars(kind).get("__slots__", ())
        for key in (slots,) if isinstance(slots, str) else slots:
            if hasattr(value, key) and key not in ("__dict__", "__weakref__"):
                yield key, getattr(value, key)
