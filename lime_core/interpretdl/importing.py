"""Priors that InterpretDL has made: global weights and visual words, both pickled, see `pickles`.

They are read only where someone asks for it by name, never by the app.

The words rest on three convolutions of InterpretDL's own (a stem of 64 channels, its value at the centroid beside its
mean, 128 values in all), which no model here has.  A prior of them names these features, so `GlobalPrior.check` refuses
it for any other; it can be looked at, and laid over features that were made in InterpretDL's way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lime_core.errors import BadPrior
from lime_core.files.names import printable
from lime_core.interpretdl.pickles import PickledArray, PickledModel, unpickled
from lime_core.priors.prior import GlobalPrior

FEATURES = "InterpretDL's stem, 128 values"
"""The kind of the features that its words are made of."""


def import_prior(files: Sequence[str | Path], classes: int = 1000) -> GlobalPrior:
    """Make a prior of InterpretDL's files: only for those that come from someone who is trusted.

    Its counts are 1 where a weight is known and 0 elsewhere, since InterpretDL keeps none.

    Parameters
    ----------
    files : sequence of str or Path
        The global weights (`.npy`, {class: {cluster: weight}}) and the k-means model (`.pkl` or any other name), or
        folders in which there is one of each.
    classes : int, default 1000
        How many the model has, k.

    Returns
    -------
    GlobalPrior
        The prior, of the probability; signed where a weight is below 0.

    Raises
    ------
    BadPrior
        When a file is missing, there are several of a kind, or they hold something else.

    References
    ----------
    InterpretDL: PaddlePaddle/InterpretDL, `compute_global_weights`.
    """
    weights_of, words_of = _weights_and_words(files)
    centroids = _centroids(unpickled(words_of))
    weights = np.zeros((classes, len(centroids)))
    counts = np.zeros(weights.shape, dtype=np.int64)
    for class_index, by_word in _table(unpickled(weights_of), "global weights").items():
        for word, weight in _table(by_word, "weights of a class").items():
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


def _weights_and_words(files: Sequence[str | Path]) -> tuple[Path, Path]:
    """The file of the weights and that of the words."""
    paths: list[Path] = []
    for path in map(Path, files):
        try:
            inside = sorted(path.iterdir()) if path.is_dir() else []
        except OSError as error:
            raise BadPrior(f"The folder {printable(path.name)} cannot be read: {error.strerror}.") from error
        paths += [inner for inner in inside if inner.suffix in (".npy", ".pkl", ".pickle")] or [path]
    weights = [path for path in paths if path.suffix == ".npy"]
    words = [path for path in paths if path.suffix != ".npy"]
    if len(weights) != 1 or len(words) != 1:
        named = ", ".join(printable(path.name) for path in paths)
        raise BadPrior(f"One .npy file of global weights and one file of a k-means model are wanted, got {named}.")
    return weights[0], words[0]


def _table(value: Any, name: str) -> Mapping[Any, Any]:
    value = _value(value, name)
    if not isinstance(value, Mapping):
        raise BadPrior(f"The {name} are no dictionary, but {type(value).__name__}.")
    return value


def _value(value: Any, name: str) -> Any:
    try:
        return value.value() if isinstance(value, PickledArray) else value
    except (TypeError, ValueError) as error:
        raise BadPrior(f"The {name} cannot be read: {error}.") from error


def _centroids(model: Any) -> NDArray[np.float32]:
    state = model.state if isinstance(model, PickledModel) else None
    centers = _value(state.get("cluster_centers_"), "cluster centres") if isinstance(state, dict) else None
    if not isinstance(centers, np.ndarray) or centers.ndim != 2 or not np.issubdtype(centers.dtype, np.floating):
        raise BadPrior("The k-means model holds no cluster centres.")
    return centers.astype(np.float32)
