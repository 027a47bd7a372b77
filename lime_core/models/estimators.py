"""Objects that predict: what scikit-learn and Keras call a model, as a plain function."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from lime_core.arguments import shown
from lime_core.arrays import Pixels
from lime_core.errors import BadScores
from lime_core.roles import accepts, is_option

Predict = Callable[[Pixels], NDArray[Any]]
"""Pictures (n, h, w, 3) uint8 to answers (n, k), or (n,) for a single output."""

_INSTEAD = "another function that returns probabilities (n, k)"


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
        For a class, a classifier that has labels alone, or an object that neither predicts nor can be called.
    ValueError
        For a torch module.
    """
    if isinstance(value, nn.Module):
        raise ValueError(
            f"{argument} is a torch module, which needs its preprocessing and class names: use torch_classifier"
        )
    if not isinstance(value, type) and not is_option(value):
        if inspect.ismethod(value) and value.__name__ == "predict":
            return _Predict(value.__self__, value, argument)
        if callable(predict := getattr(value, "predict_proba", None)):
            return _Bound(value, predict)
        if callable(predict := getattr(value, "predict", None)):
            return _Predict(value, predict, argument)
        if callable(value) and accepts(value, ("pictures",)):
            return value
    also = "a Classifier, the name of one, " if argument in ("model", "pool") else ""
    raise TypeError(
        f"{argument} must be {also}a function from pictures to probabilities, or an object with predict_proba or "
        f"predict, got {shown(value)}"
    )


class _Bound:
    """A method that predicts, under the name of its object."""

    def __init__(self, owner: object, method: Predict) -> None:
        self.__name__ = type(owner).__name__
        self._owner, self._method = owner, method

    def __call__(self, pictures: Pixels) -> NDArray[Any]:
        return self._method(pictures)


class _Predict(_Bound):
    """A method `predict`, which may return labels; those are no answers."""

    def __init__(self, owner: object, method: Predict, argument: str) -> None:
        super().__init__(owner, method)
        if self._classifies():
            raise TypeError(
                f"{argument} must return probabilities, and the predict of {shown(owner)}, which has classes_, returns "
                f"labels: give a predict_proba, such as that of CalibratedClassifierCV, or {_INSTEAD}"
            )

    def __call__(self, pictures: Pixels) -> NDArray[Any]:
        returned = super().__call__(pictures)
        try:
            answers = np.asarray(returned)
        except (TypeError, ValueError, RuntimeError):  # whoever asks says what is wrong
            return returned
        listed = answers.dtype.kind == "O" and answers.ndim == 1
        if self._classifies() or listed or answers.dtype.kind in "biuSU":
            raise BadScores(
                f"{self.__name__}.predict returns a label for each picture ({answers.dtype}), and labels cannot be "
                f"explained: give a predict_proba or {_INSTEAD}."
            )
        return answers

    def _classifies(self) -> bool:
        """Whether it is a classifier of scikit-learn, whose labels may be floats; known once it is fitted."""
        return hasattr(self._owner, "classes_")
