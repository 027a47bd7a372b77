"""Pickles of InterpretDL, read without running what they say.

A pickle can run any program, so only plain containers and arrays of numbers are made of what a file holds; whatever
else it names becomes an empty stand-in, which keeps what it was given and does nothing.  NumPy itself is not let at
what a pickle says of an array: type, shape and bytes are kept, and an array of plain numbers is made of them where one
is wanted.  So no scikit-learn of the right age is needed.  What a crafted file can still do is to take much time and
memory.
"""

from __future__ import annotations

import io
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lime_core.errors import BadPrior
from lime_core.files.untrusted import NPY_START, contents_of, npy_header, untrusted

MAX_BYTES = 256_000_000
_NUMBERS = re.compile(r"f[248]|[iu][1248]|b1")


def unpickled(path: Path) -> Any:
    """Read what a pickle holds, or an `.npy` file with a pickle in it.

    Parameters
    ----------
    path : Path
        A file of at most `MAX_BYTES`.

    Returns
    -------
    object
        Plain containers and values, a `PickledArray` for each array, and stand-ins for the rest.

    Raises
    ------
    BadPrior
        When the file cannot be read, is too large, is damaged, or is no pickle.
    """
    contents = contents_of(path, "pickle", MAX_BYTES, BadPrior)
    with untrusted(BadPrior, f"{path.name} is no pickle of InterpretDL's, or it is damaged."):
        stream = io.BytesIO(contents)
        if contents.startswith(NPY_START):
            npy_header(stream)
        return _Unpickler(stream, encoding="latin1").load()


class _StandIn:
    """Anything that a pickle names and that is not needed."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.state: Any = {}

    def __new__(cls, *_: Any, **__: Any) -> _StandIn:
        stand_in = super().__new__(cls)
        stand_in.state = {}
        return stand_in

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def append(self, value: Any) -> None:
        pass


class PickledModel(_StandIn):
    """A k-means model."""


class _Type(_StandIn):
    """What a pickle says of the type of an array."""

    code: Any = None

    def __init__(self, code: Any = None, *_: Any) -> None:
        super().__init__()
        self.code = code

    def number(self) -> np.dtype[Any]:
        """The type where it is one of plain numbers.  Raises ValueError for any other."""
        order, *inside = self.state[1:5] if isinstance(self.state, tuple) else ("=", None, None, None)
        plain = isinstance(self.code, str) and _NUMBERS.fullmatch(self.code)
        if not plain or order not in ("<", ">", "=", "|") or inside != [None, None, None]:
            raise ValueError("its numbers are of a type that is not read here")
        return np.dtype(f"{order}{self.code}")


class PickledArray(_StandIn):
    """What a pickle says of an array: a version, its shape, its type, whether columns lie together, and its bytes."""

    def value(self) -> Any:
        """Make the array of numbers, or take out the one object that is wrapped.

        Returns
        -------
        array or object
            The array in its shape, or the object as it is.

        Raises
        ------
        ValueError
            For contents, a type or a shape that are not read here.
        TypeError
            For a shape that is none.
        """
        if not isinstance(self.state, tuple) or len(self.state) != 5:
            raise ValueError("an array has no contents")
        _, shape, kind, columns_first, contents = self.state
        if not isinstance(kind, _Type):
            raise ValueError("an array has no type")
        if kind.code in ("O", "O8"):
            if shape != () or not isinstance(contents, list) or len(contents) != 1:
                raise ValueError("an array of objects is not read here")
            return contents[0]
        flat = np.frombuffer(_bytes(contents), kind.number())
        return flat.reshape(shape, order="F" if columns_first else "C")


class _Function:
    """A function that a pickle may call, and cannot change."""

    def __init__(self, make: Callable[..., Any]) -> None:
        self._make = make

    def __call__(self, *arguments: Any) -> Any:
        return self._make(*arguments)

    def __setstate__(self, state: Any) -> None:
        raise pickle.UnpicklingError("a function has no state")


def _bytes(contents: Any) -> bytes:
    if isinstance(contents, str):  # of Python 2, or of an old protocol
        return contents.encode("latin1")
    if not isinstance(contents, bytes | bytearray):
        raise ValueError("an array has no bytes")
    return bytes(contents)


def _reconstructed(cls: type, *_: Any) -> Any:
    return cls() if issubclass(cls, _StandIn) else _StandIn()


def _from_buffer(contents: Any, kind: Any, shape: Any, order: Any) -> PickledArray:
    array = PickledArray()
    array.state = 1, shape, kind, order == "F", contents
    return array


def _scalar(kind: Any, contents: Any = b"") -> Any:
    try:
        (number,) = np.frombuffer(_bytes(contents), kind.number())
        return number.item()
    except (AttributeError, TypeError, ValueError):
        return _StandIn()


_REPLACEMENTS: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): PickledArray,
    ("numpy", "dtype"): _Type,
    **{(f"numpy.{core}.multiarray", "_reconstruct"): _Function(_reconstructed) for core in ("core", "_core")},
    **{(f"numpy.{core}.multiarray", "scalar"): _Function(_scalar) for core in ("core", "_core")},
    **{(f"numpy.{core}.numeric", "_frombuffer"): _Function(_from_buffer) for core in ("core", "_core")},
    **{(module, "_reconstructor"): _Function(_reconstructed) for module in ("copyreg", "copy_reg")},
    ("_codecs", "encode"): _Function(lambda text, *_: _bytes(text)),
    ("collections", "OrderedDict"): dict,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        return _REPLACEMENTS.get((module, name), PickledModel if name.endswith("KMeans") else _StandIn)

    def persistent_load(self, pid: Any) -> Any:
        raise pickle.UnpicklingError("it refers to something outside")
