"""Priors that InterpretDL has made: global weights and visual words, both pickled.

A pickle can run any program, so these files are read only where someone asks for it by name, never by the app.  Even
then only arrays and plain containers are made of what they hold; whatever else they name becomes an empty stand-in,
which keeps what it was given and does nothing.  So no scikit-learn of the right age is needed either.

The words rest on three convolutions of InterpretDL's own (a stem of 64 channels, its value at the centroid beside its
mean, 128 values in all), which no model here has.  A prior of them names these features, so `GlobalPrior.check` refuses
it for any other; it can be looked at, and laid over features that were made in InterpretDL's way.
"""

from __future__ import annotations

import importlib
import io
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lime_core.errors import BadPrior
from lime_core.priors import GlobalPrior

FEATURES = "InterpretDL's stem, 128 values"
"""The kind of the features that its words are made of."""

MAX_BYTES = 256_000_000

_MAKES_ARRAYS = {
    *(("numpy", name) for name in ("ndarray", "dtype")),
    *((f"numpy.{core}.multiarray", name) for core in ("core", "_core") for name in ("_reconstruct", "scalar")),
    *((f"numpy.{core}.numeric", "_frombuffer") for core in ("core", "_core")),
    ("_codecs", "encode"),
    ("collections", "OrderedDict"),
}


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


def _reconstructed(cls: type, *_: Any) -> Any:
    return cls() if issubclass(cls, _StandIn) else _StandIn()


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _MAKES_ARRAYS:
            return getattr(importlib.import_module(module.replace("numpy.core", "numpy._core")), name)
        if module in ("copyreg", "copy_reg") and name == "_reconstructor":
            return _reconstructed
        return _Model if name.endswith("KMeans") else _StandIn

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
    if isinstance(value, np.ndarray) and value.shape == ():
        value = value.item()
    if not isinstance(value, Mapping):
        raise BadPrior(f"The {what} are no dictionary, but {type(value).__name__}.")
    return value


def _centroids(model: Any) -> NDArray[np.float32]:
    state = model.state if isinstance(model, _Model) else None
    found = state.get("cluster_centers_") if isinstance(state, dict) else None
    if not isinstance(found, np.ndarray) or found.ndim != 2 or not np.issubdtype(found.dtype, np.floating):
        raise BadPrior("The k-means model holds no cluster centres.")
    return found.astype(np.float32)
