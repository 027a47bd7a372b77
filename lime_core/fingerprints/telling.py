"""What a value is, as a text that is the same in every process: no address, no order of a set.

Of what somebody wrote it tells the code with all that this names; of what is installed, the name.
"""

from __future__ import annotations

import argparse
import dataclasses
import dis
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from functools import partial
from types import FunctionType, MethodType, ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lime_core.fingerprints.sources import (
    closure_of,
    is_installed,
    is_of_package,
    names_of,
    plain_text,
    text_of,
)

_OPEN = (SimpleNamespace, argparse.Namespace)
"""Installed, and nothing but what somebody put into them."""

_NAMED = (torch.dtype, torch.device, torch.Size, torch.memory_format, np.dtype, slice, range)
"""Whose `repr` is all that they are."""

_OF_EVERY_CLASS = frozenset({*vars(type("Any", (), {"__slots__": ()})), "__dict__", "__weakref__", "__annotations__"})


class Telling:
    """Tells values, each once: met again it is a number, so that what refers to itself comes to an end.

    Parameters
    ----------
    of_module : callable
        What a torch module is, as a text.
    owners : sequence of type, default ()
        Classes in which names are looked up too, as in those of `self`; of a package the code beside them is told.
    met : sequence, default ()
        What was told already.

    Attributes
    ----------
    answering : set of str
        Attributes that the functions set which were told.
    """

    def __init__(
        self, of_module: Callable[[nn.Module], str], owners: Sequence[type] = (), met: Sequence[object] = ()
    ) -> None:
        self.answering: set[str] = set()
        self._of_module, self._owners = of_module, owners
        self._modules = {owner.__module__ for owner in owners}
        self._met = {id(each): each for each in met}  # which stay alive: their addresses are taken

    def of(self, value: Any) -> str:
        """What a value is.

        Parameters
        ----------
        value : object
            Anything; of what is neither data nor code the name of its type is told.

        Returns
        -------
        str
            Different for what answers differently.
        """
        if is_plain(value):
            return plain_text(value)
        if isinstance(value, _NAMED):
            return repr(value)
        if isinstance(value, Enum):
            return f"{_name(type(value))}.{value.name} = {self.of(value.value)}"
        if id(value) in self._met:
            return f"met {list(self._met).index(id(value))}"
        self._met[id(value)] = value
        return self._new(value)

    def _new(self, value: Any) -> str:
        match value:
            case Tensor():
                return f"tensor {value.dtype} {tuple(value.shape)} {hashlib.sha256(tensor_bytes(value)).hexdigest()}"
            case np.ndarray() if not value.dtype.hasobject:
                return f"array {value.dtype} {value.shape} {hashlib.sha256(value.tobytes()).hexdigest()}"
            case np.ndarray():
                return f"array {self.of(value.tolist())}"
            case Mapping():
                pairs = sorted(((self.of(key), value[key]) for key in value), key=lambda pair: pair[0])
                return f"{_name(type(value))}({', '.join(f'{key}: {self.of(item)}' for key, item in pairs)})"
            case list() | tuple():
                return f"{type(value).__name__}({', '.join(map(self.of, value))})"
            case set() | frozenset():
                return f"{type(value).__name__}({', '.join(sorted(map(self.of, value)))})"
            case partial():
                return f"partial({self.of(value.func)}, {self.of(value.args)}, {self.of(value.keywords)})"
            case staticmethod() | classmethod():
                return self.of(value.__func__)
            case property():
                return self.of(value.fget)
            case MethodType():
                return f"{self.of(value.__func__)} of {self.of(value.__self__)}"
            case nn.Module():
                return self._of_module(value)
            case FunctionType():
                return self._function(value)
            case type():
                return self._class(value)
        return self._thing(value)

    def _thing(self, value: Any) -> str:
        kind = type(value)
        if isinstance(value, _OPEN) or dataclasses.is_dataclass(value) or not is_installed(kind):
            called = Telling(self._of_module, (kind,))
            called.of(next((vars(base)["__call__"] for base in kind.__mro__ if "__call__" in vars(base)), None))
            held = {key: item for key, item in _held(value) if key not in called.answering}
            return f"{_name(kind)}({self.of(kind)}, {self.of(held)})"
        return _name(value) if hasattr(value, "__qualname__") else _name(kind)

    def _class(self, kind: type) -> str:
        if is_installed(kind):
            return _name(kind)
        answering = set(self.answering)  # what a class sets while it makes an object is its settings
        own = {key: item for key, item in vars(kind).items() if key not in _OF_EVERY_CLASS}
        text = f"class {_name(kind)}({self.of([*kind.__bases__])}, {self.of(own)})"
        self.answering = answering
        return text

    def _function(self, function: FunctionType) -> str:
        code = function.__code__
        if is_of_package(code.co_filename):
            if inside := getattr(function, "__wrapped__", None):  # as of torch.no_grad, which says to be of its module
                return f"{code.co_name}({self.of(inside)})"
            if function.__module__ not in self._modules:
                return _name(function)
        self.answering |= {str(step.argval) for step in dis.get_instructions(code) if step.opname == "STORE_ATTR"}
        lines = [text_of(code), self.of(function.__defaults__), self.of(function.__kwdefaults__)]
        closure = closure_of(function)
        names = names_of(code)
        for key in sorted({*names, *closure}):
            for thing in self._called(key, names, closure, function.__globals__):
                lines.append(f"{key}: {self.of(thing)}")
        return "\n".join(lines)

    def _called(
        self, key: str, names: set[str], closure: Mapping[str, object], outside: Mapping[str, object]
    ) -> Iterator[object]:
        """All that goes by a name in a function."""
        yield from (vars(owner)[key] for owner in self._owners if key in vars(owner))
        if key not in closure and key not in outside:
            return
        near = closure.get(key, outside.get(key))
        if not isinstance(near, ModuleType):
            yield near
        elif (file := getattr(near, "__file__", None)) and not is_of_package(file):
            yield from (vars(near)[name] for name in sorted(names) if name in vars(near))


def is_plain(value: object) -> bool:
    """Whether a value is all that its `repr` says: numbers and texts, and lists and tuples of them.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    bool
        False for all else.
    """
    if type(value) in (tuple, list):
        return all(map(is_plain, value))  # type: ignore[call-overload]
    plain = isinstance(value, bool | int | float | complex | str | bytes | np.generic)
    return value is None or (plain and not isinstance(value, Enum))


def tensor_bytes(tensor: Tensor) -> bytes:
    """The numbers of a tensor.

    Parameters
    ----------
    tensor : Tensor
        Of any type, on any device.

    Returns
    -------
    bytes
        Of bfloat16 those of float32, for NumPy does not have it.
    """
    exact = tensor.float() if tensor.dtype == torch.bfloat16 else tensor
    return np.ascontiguousarray(exact.detach().cpu().numpy()).tobytes()


def _name(thing: Any) -> str:
    return f"{getattr(thing, '__module__', None) or ''}.{thing.__qualname__}"


def _held(value: Any) -> Iterator[tuple[str, object]]:
    """What is in an object, whether it has a dict or slots."""
    yield from getattr(value, "__dict__", {}).items()
    for kind in type(value).__mro__:
        slots = vars(kind).get("__slots__", ())
        for key in (slots,) if isinstance(slots, str) else slots:
            if hasattr(value, key) and key not in ("__dict__", "__weakref__"):
                yield key, getattr(value, key)
