"""Objects that predict: what scikit-learn, Keras and Hugging Face call a model, as a plain function."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from lime_core.arguments import shown
from lime_core.arrays import Pixels
from lime_core.engines.preprocessing import Preprocessing
from lime_core.errors import BadScores
from lime_core.models.answers import array_of
from lime_core.roles import accepts, is_option

Predict = Callable[[Pixels], NDArray[Any]]
"""Pictures (n, h, w, 3) uint8 to answers (n, k), or (n,) for a single output."""

_INSTEAD = "another function that returns probabilities (n, k)"


def predict_of(value: object, argument: str = "model") -> Predict:
    """Find what answers: `predict_proba`, else `predict`, else the object itself where it can be called.

    An object of scikit-learn that was fitted to as many features as the pictures have numbers is given them flat, one
    with a feature for each pixel their luma; every other object is given (n, h, w, 3), a pipeline that flattens itself
    among them.  Keras is asked to be silent.  A pipeline of Hugging Face is one that can be called, with a
    `model.config.id2label` and an `image_processor`.

    Parameters
    ----------
    value : object
        A function, or a model of another library.
    argument : str, default "model"
        What messages call it.

    Returns
    -------
    callable
        Takes pictures and returns answers, under the name of the object; a `Predictor` where it is one.

    Raises
    ------
    TypeError
        For a class, a classifier that has labels alone, or an object that neither predicts nor can be called.
    ValueError
        For a torch module, or a pipeline whose labels are no names of 0..k-1.
    """
    if isinstance(value, nn.Module):
        raise ValueError(
            f"{argument} is a torch module, which needs its preprocessing and class names: use torch_classifier"
        )
    if not isinstance(value, type) and not is_option(value):
        if _Pipeline.is_one(value):
            return _Pipeline(value, argument)
        if inspect.ismethod(value) and value.__name__ == "predict":
            return _Predict(value.__self__, value, argument)
        if callable(predict := getattr(value, "predict_proba", None)):
            return Predictor(value, predict)
        if callable(predict := getattr(value, "predict", None)):
            return _Predict(value, predict, argument)
        if callable(value) and accepts(value, ("pictures",)):
            return value
    also = "a Classifier, the name of one, " if argument in ("model", "pool") else ""
    raise TypeError(
        f"{argument} must be {also}a function from pictures to probabilities, or an object with predict_proba or "
        f"predict, got {shown(value)}"
    )


class Predictor:
    """A method that predicts, under the name of its object.

    Parameters
    ----------
    owner : object
        What predicts.
    method : callable
        Its method.
    """

    pipeline = False
    """Whether it is one of Hugging Face, which takes pictures as they are and gives probabilities."""

    preprocessing: Preprocessing | None = None
    """What it sees of a photo, where it says that itself."""

    def __init__(self, owner: object, method: Callable[..., Any]) -> None:
        self.__name__ = type(owner).__name__
        self._owner, self._method = owner, method

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of its classes, such as `classes_` of scikit-learn; empty where it has none."""
        classes = getattr(self._owner, "classes_", None)
        return tuple(map(str, classes)) if isinstance(classes, np.ndarray) and classes.ndim == 1 else ()

    def __call__(self, pictures: Pixels) -> NDArray[Any]:
        """Answers to pictures.

        Parameters
        ----------
        pictures : ndarray (n, h, w, 3)
            In the shape that `predict_of` describes they are handed on.

        Returns
        -------
        ndarray
            Whatever the method returns.
        """
        n, height, width, _ = pictures.shape
        features = getattr(self._owner, "n_features_in_", None)
        if features == height * width * 3:
            pictures = pictures.reshape(n, -1)
        elif features == height * width:
            luma = pictures @ np.array([0.299, 0.587, 0.114])
            pictures = (luma.round() if pictures.dtype == np.uint8 else luma).astype(pictures.dtype).reshape(n, -1)
        return self._method(pictures)


class _Predict(Predictor):
    """A method `predict`, which may return labels; those are no answers."""

    def __init__(self, owner: object, method: Callable[..., Any], argument: str) -> None:
        silent = "verbose" in _parameters(method)  # Keras draws a bar for every batch
        super().__init__(owner, (lambda pictures: method(pictures, verbose=0)) if silent else method)
        if self._classifies():
            raise TypeError(
                f"{argument} must return probabilities, and the predict of {shown(owner)}, which has classes_, returns "
                f"labels: give a predict_proba, such as that of CalibratedClassifierCV, or {_INSTEAD}"
            )

    def __call__(self, pictures: Pixels) -> NDArray[Any]:
        returned = super().__call__(pictures)
        try:
            answers = array_of(returned)
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


class _Pipeline(Predictor):
    """A pipeline of Hugging Face for the classification of images.

    It names every class by its label, and labels may come twice; so it is asked through a copy of which each label is
    the number of its class.  The copy has the weights of the original.
    """

    pipeline = True

    def __init__(self, owner: Any, argument: str) -> None:
        config = copy.copy(owner.model.config)
        try:
            labels = {int(index): str(label) for index, label in config.id2label.items()}
        except (TypeError, ValueError):
            labels = {}
        if sorted(labels) != list(range(len(labels))) or not labels:
            raise ValueError(f"{argument} must have labels of the numbers from 0 in model.config.id2label")
        self._names = tuple(labels[index] for index in range(len(labels)))
        numbered = copy.copy(owner)
        numbered.model = copy.copy(owner.model)
        numbered.model.config = config
        config.id2label = {index: str(index) for index in labels}
        super().__init__(owner, numbered)
        self.preprocessing, self._margin = _seen_by(_processor_of(owner))

    @staticmethod
    def is_one(value: Any) -> bool:
        """Whether it looks like such a pipeline."""
        labels = getattr(getattr(getattr(value, "model", None), "config", None), "id2label", None)
        return callable(value) and isinstance(labels, Mapping) and _processor_of(value) is not None

    @property
    def class_names(self) -> tuple[str, ...]:
        """The labels, in the order of the outputs."""
        return self._names

    def __call__(self, pictures: Pixels) -> NDArray[Any]:
        """Probabilities (n, k) of pictures (n, h, w, 3) uint8."""
        (top, left), size = self._margin, len(self._names)
        pictures = np.pad(pictures, ((0, 0), (top, top), (left, left), (0, 0)), mode="edge")
        images = [Image.fromarray(picture) for picture in pictures]
        found = np.full((len(images), size), np.nan)
        for row, listed in zip(found, self._method(images, top_k=size, batch_size=len(images)), strict=True):
            for one in listed:
                row[int(one["label"])] = one["score"]
        return found


def _processor_of(pipeline: Any) -> Any:
    return getattr(pipeline, "image_processor", None) or getattr(pipeline, "feature_extractor", None)


def _seen_by(processor: Any) -> tuple[Preprocessing | None, tuple[int, int]]:
    """What an image processor shows of a photo, and how much of a border it cuts from what it is given."""
    size, cut = _sides(getattr(processor, "size", None)), _sides(getattr(processor, "crop_size", None))
    if size is None:
        return None, (0, 0)
    height, width, shorter = size
    if cut is not None and getattr(processor, "do_center_crop", False):
        if cut[0] <= height and cut[1] <= width:
            margin = (height - cut[0]) // 2, (width - cut[1]) // 2
            return Preprocessing(cut[0], cut[1], min(height, width)), margin
        return None, (0, 0)
    return Preprocessing(height, width, height if shorter else None, fit="crop" if shorter else "squash"), (0, 0)


def _sides(size: Any) -> tuple[int, int, bool] | None:
    """Height and width of what a processor calls a size, and whether it is that of the shorter side alone."""
    if isinstance(size, int):
        return size, size, False
    known = {key: value for key in ("height", "width", "shortest_edge") if (value := _entry(size, key))}
    if "height" in known and "width" in known:
        return known["height"], known["width"], False
    return (known["shortest_edge"], known["shortest_edge"], True) if "shortest_edge" in known else None


def _entry(size: Any, key: str) -> int:
    value = size.get(key) if isinstance(size, Mapping) else getattr(size, key, None)
    return value if isinstance(value, int) else 0


def _parameters(method: Callable[..., Any]) -> Mapping[str, Any]:
    try:
        return inspect.signature(method).parameters
    except (TypeError, ValueError):  # of what is no Python
        return {}
