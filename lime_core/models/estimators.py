"""Objects that predict: what scikit-learn and Keras call a model, as a plain function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lime_core.arguments import shown
from lime_core.arrays import Pixels
from lime_core.errors import BadScores
from lime_core.roles import accepts, is_option

Predict = Callable[[Pixels], NDArray[Any]]
"""Pictures (n, h, w, 3) uint8 to answers (n, k), or (n,) for a single output."""


def predict_of(value: object, argument: str = "model") -> Predict:
    """Find what answers: `predict_proba`, else `predict`, else the object itself where it can be called.

    Parameters
    ----------
    value : object
        A function, or a model of another library.
    argument : str, default "model"
        What messages call it.

    Returns
    -------
    callable
        Takes pictures and returns answers, under the name of the object.

    Raises
    ------
    TypeError
        For a class, or an object that neither predicts nor can be called.
    """
    if not isinstance(value, type) and not is_option(value):
        for method in ("predict_proba", "predict"):
            predict = getattr(value, method, None)
            if callable(predict):
                return _Bound(type(value).__name__, predict)
        if callable(value) and accepts(value, ("pictures",)):
            return value
    also = "a Classifier, the name of one, " if argument == "model" else ""
    raise TypeError(
        f"{argument} must be {also}a function from pictures to probabilities, or an object with predict_proba or "
        f"predict, got {shown(value)}"
    )


class _Bound:
    """A method that predicts, under the name of its object; labels are no answers."""

    def __init__(self, name: str, predict: Predict) -> None:
        self.__name__ = name
        self._predict = predict

    def __call__(self, pictures: Pixels) -> NDArray[Any]:
        answers = np.asarray(self._predict(pictures))
        if answers.ndim == 1 and answers.dtype.kind not in "f":
            raise BadScores(
                f"{self.__name__}.predict returns a label for each picture ({answers.dtype}), and labels cannot be "
                "explained: give a function that returns probabilities (n, k), such as predict_proba."
            )
        return answers
