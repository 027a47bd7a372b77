"""Priors that InterpretDL has made: global weights and visual words, both pickled.

A pickle can run any program, so these files are read only where someone asks for it by name, never by the app.  Even
then only plain containers and arrays of numbers are made of what they hold; whatever else they name becomes an empty
stand-in, which keeps what it was given and does nothing.  NumPy itself is not let at what a pickle says of an array:
type, shape and bytes are kept, and an array of plain numbers is made of them where one is wanted.  So no scikit-learn
of the right age is needed.  What a crafted file can still do is to take much time and memory.

The words rest on three convolutions of InterpretDL's own (a stem of 64 channels, its value at the centroid beside its
mean, 128 values in all), which no model here has.  A prior of them names these features, so `GlobalPrior.check` refuses
it for any other; it can be looked at, and laid over features that were made in InterpretDL's way.
"""

from __future__ import annotations

import io
import pickle
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lime_core.errors import BadPrior
from lime_core.priors.prior import GlobalPrior

FEATURES = "InterpretDL's stem, 128 values"
"""The kind of the features that its words are made of."""

MAX_BYTES = 256_000_000

_NUMBERS = re.compile(r"f[248]|[iu][1248]|b1")


class _StandIn:
    """Anything that a pickle names and that is not needed."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.state: Any = {}

    def __new__(cls, *_: Any, **__: Any) -> _StandIn:
        made = super().__new__(cls)
        made.state = {}
        return made

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def append(self, value: Any) -> None:
        pass


class _Model(_StandIn):
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


class _Array(_StandIn):
    """What a pickle says of an array: a version, its shape, its type, whether columns lie together, and its bytes."""

    def value(self) -> Any:
        """The array of numbers, or the one object that is wrapped.  Raises ValueError for anything else."""
        if not isinstance(self.state, tuple) or len(self.state) != 5:
            raise ValueError("an array has no contents")
        _, shape, kind, columns_first, contents = self.state
        if not isinstance(kind, _Type):
            raise ValueError("an array has no type")
        if kind.code in ("O", "O8"):
            if shape != () or not isinstance(contents, list) or len(contents) != 1:
                raise ValueError("an array of objects is not read here")
            return contents[0]
        found = np.frombuffer(_bytes(contents), kind.number())
        return found.reshape(shape, order="F" if columns_first else "C")


class _Made:
    """A function that a pickle may call, and cannot change."""

    def __init__(self, make: Callable[..., Any]) -> None:
        self._make = make

    def __call__(self, *given: Any) -> Any:
        return self._make(*given)

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


def _from_buffer(contents: Any, kind: Any, shape: Any, order: Any) -> _Array:
    made = _Array()
    made.state = 1, shape, kind, order == "F", contents
    return made


def _scalar(kind: Any, contents: Any = b"") -> Any:
    try:
        (found,) = np.frombuffer(_bytes(contents), kind.number())
        return found.item()
    except (AttributeError, TypeError, ValueError):
        return _StandIn()


_KNOWN: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Type,
    **{(f"numpy.{core}.multiarray", "_reconstruct"): _Made(_reconstructed) for core in ("core", "_core")},
    **{(f"numpy.{core}.multiarray", "scalar"): _Made(_scalar) for core in ("core", "_core")},
    **{(f"numpy.{core}.numeric", "_frombuffer"): _Made(_from_buffer) for core in ("core", "_core")},
    **{(module, "_reconstructor"): _Made(_reconstructed) for module in ("copyreg", "copy_reg")},
    ("_codecs", "encode"): _Made(lambda text, *_: _bytes(text)),
    ("collections", "OrderedDict"): dict,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        return _KNOWN.get((module, name), _Model if name.endswith("KMeans") else _StandIn)

    def persistent_load(self, pid: Any) -> Any:
        raise pickle.UnpicklingError("it refers to something outside")


def import_prior(files: Sequence[str | Path], classes: int = 1000) -> GlobalPrior:
    """A prior from InterpretDL's files: only for those that come from someone who is trusted.

    Its counts are 1 where a weight is known and 0 elsewhere, since InterpretDL keeps none.

    Parameters
    ----------
    files : the global weights (`.npy`, {class: {cluster: weight}}) and the k-means model (`.pkl` or any other name), or
        folders in which there is one of each
    classes : how many the model has

    Raises
    ------
    BadPrior
        when a file is missing, there are several of a kind, or they hold something else.
    """
    weights_of, words_of = _chosen(files)
    centroids = _centroids(_unpickled(words_of))
    weights = np.zeros((classes, len(centroids)))
    counts = np.zeros(weights.shape, dtype=np.int64)
    for class_index, known in _table(_unpickled(weights_of), "global weights").items():
        for word, weight in _table(known, "weights of a class").items():
            try:
                at = int(class_index), int(word)
                value = float(weight)
            except (TypeError, ValueError, OverflowError) as error:
                raise BadPrior(f"The global weights are no {{class: {{cluster: weight}}}}: {error}.") from error
            if not (0 <= at[0] < classes and 0 <= at[1] < len(centroids)):
                raise BadPrior(
                    f"The global weights speak of class {at[0]} and word {at[1]}, and there are {classes} classes and "
                    f"{len(centroids)} words."
                )
            weights[at], counts[at] = value, 1
    made_by = {"features": FEATURES, "source": "InterpretDL", "files": [weights_of.name, words_of.name]}
    try:
        return GlobalPrior(centroids, weights, counts, bool((weights < 0).any()), "probability", 0.0, made_by)
    except ValueError as error:
        raise BadPrior(f"The files hold what no prior can hold: {error}.") from error


def _chosen(files: Sequence[str | Path]) -> tuple[Path, Path]:
    """The file of the weights and that of the words."""
    found: list[Path] = []
    for path in map(Path, files):
        inside = sorted(p for p in path.iterdir() if p.suffix in (".npy", ".pkl", ".pickle")) if path.is_dir() else []
        found += inside or [path]
    weights = [path for path in found if path.suffix == ".npy"]
    words = [path for path in found if path.suffix != ".npy"]
    if len(weights) != 1 or len(words) != 1:
        named = ", ".join(path.name for path in found)
        raise BadPrior(f"One .npy file of global weights and one file of a k-means model are wanted, got {named}.")
    return weights[0], words[0]


def _unpickled(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            contents = file.read(MAX_BYTES + 1)
        if len(contents) > MAX_BYTES:
            raise BadPrior(f"{path.name} has more than {MAX_BYTES // 1_000_000} MB.")
        stream = io.BytesIO(contents)
        if contents[:6] == b"\x93NUMPY":
            version = np.lib.format.read_magic(stream)
            read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
            read[version](stream)
        return _Unpickler(stream, encoding="latin1").load()
    except BadPrior:
        raise
    except OSError as error:
        raise BadPrior(f"{path} could not be read: {error.strerror or error}.") from error
    except Exception as error:  # a broken pickle makes its reader raise almost anything
        raise BadPrior(f"{path.name} is no pickle of InterpretDL's, or it is damaged.") from error


def _table(value: Any, what: str) -> Mapping[Any, Any]:
    value = _value(value, what)
    if not isinstance(value, Mapping):
        raise BadPrior(f"The {what} are no dictionary, but {type(value).__name__}.")
    return value


def _value(value: Any, what: str) -> Any:
    try:
        return value.value() if isinstance(value, _Array) else value
    except (TypeError, ValueError) as error:
        raise BadPrior(f"The {what} cannot be read: {error}.") from error


def _centroids(model: Any) -> NDArray[np.float32]:
    state = model.state if isinstance(model, _Model) else None
    found = _value(state.get("cluster_centers_"), "cluster centres") if isinstance(state, dict) else None
    if not isinstance(found, np.ndarray) or found.ndim != 2 or not np.issubdtype(found.dtype, np.floating):
        raise BadPrior("The k-means model holds no cluster centres.")
    return found.astype(np.float32)
