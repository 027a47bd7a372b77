"""Classifiers of plain functions, whose answers are counted against the names of the classes."""

from __future__ import annotations

import hashlib
import itertools
import secrets
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lime_core.arguments import is_a, number, one_of, shown, whole
from lime_core.arrays import Outputs, Pixels
from lime_core.engines.engine import CallableEngine
from lime_core.engines.preprocessing import FITS, MAX_SIDE, Preprocessing
from lime_core.errors import BadScores
from lime_core.files.names import storable
from lime_core.models.answers import array_of, check_kind, check_unit, named, names_of, second_of_two
from lime_core.models.classifier import Classifier
from lime_core.models.estimators import Predictor, predict_of

_unnamed = itertools.count(1)


def wrap_model(
    predict: Callable[[Pixels], Outputs],
    class_names: Sequence[str] = (),
    kind: str = "probabilities",
    input_size: tuple[int, int] | None = None,
    name: str | None = None,
    fit: str = "crop",
    unit: str = "",
    pixel_range: tuple[float, float] | None = None,
) -> Classifier:
    """A classifier from a plain function, for notebooks and tests.

    Parameters
    ----------
    predict : callable, or object that predicts
        Takes pictures (n, h, w, 3) uint8, returns (n, k), or (n,) for a single output; of one picture also (k,) or ().
        Of an object with `predict_proba` or `predict` that method is taken, see `predict_of`.  A pipeline of Hugging
        Face for the classification of images says its class names and input size itself.
    class_names : sequence of str, default ()
        One for each output, in their order, counted at the first answer.  A single output takes the name of the class
        that it speaks for ("not" and that name is the other), or the names without and with it.  Without names those
        that an object has are taken, such as its `classes_`.
    kind : {"probabilities", "logits", "sigmoid", "values"}
        What it returns.  A single output is the second of two classes, as in `second_of_two`; one of values is a value.
    input_size : tuple of two int, optional
        (h, w) that photos are made to fit; None gives them as they are.
    name : str, optional
        Give one if explanations are to be saved and replayed, or results of many pictures resumed.  It vouches for the
        function, whose code nobody looks at: another one needs another name.  Else the function's, with a number.
    fit : {"crop", "squash", "pad"}
        How photos are made to fit `input_size`, see `Preprocessing`.
    unit : str, default ""
        What values are counted in, such as "years"; only with kind="values".
    pixel_range : tuple of two float, optional
        What black and white are for the function, such as (0, 1) or (-1, 1): it is given float32.  None gives uint8.

    Returns
    -------
    Classifier
        Without early layers: superpixels are described by color and texture.

    Raises
    ------
    ValueError, TypeError
        For an unknown kind or fit, names that are no sequence of str, a unit of what is no value, no two numbers as
        the range of pixels, a torch module, a classifier that has labels alone, a pipeline of another kind or range, or
        what neither predicts nor can be called.
    """
    predict = predict_of(predict, "predict")
    if name is not None:
        is_a("name", name, str, "a str, or None")
    one_of("fit", fit, FITS)
    check_kind(kind)
    check_unit(unit, kind)
    size = None if input_size is None else _two_sides(input_size)
    names, preprocessing, pixels = names_of(class_names), None, None if pixel_range is None else _ends(pixel_range)
    if isinstance(predict, Predictor):
        if predict.pipeline and (kind != "probabilities" or pixels):
            raise ValueError(
                "a pipeline takes pictures as they are and gives probabilities: leave kind and pixel_range out, or "
                "give its model to torch_classifier"
            )
        names, preprocessing = names or (() if kind == "values" else predict.class_names), predict.preprocessing
    answers = FunctionAnswers(predict, names, kind, pixels)
    label = storable(name or f"{getattr(predict, '__name__', type(predict).__name__)}#{next(_unnamed)}")
    resize = size[0] if size and size[0] == size[1] else None  # the fingerprints of squares
    preprocessing = Preprocessing(*size, resize, fit=fit) if size else preprocessing
    digest = hashlib.sha256(repr((kind, preprocessing, *filter(None, [unit, pixels]))).encode()).hexdigest()
    token, engine = "" if name else secrets.token_hex(16), CallableEngine(answers, label)
    return Classifier(label, answers.names, kind, preprocessing, engine, digest, token=token, unit=unit)


def _two_sides(input_size: Any) -> tuple[int, int]:
    listed = isinstance(input_size, tuple | list | np.ndarray) and np.iterable(input_size)
    if not listed or len(input_size) != 2:
        raise TypeError(f"input_size must be two whole numbers, height and width, or None, got {shown(input_size)}")
    height, width = (whole("input_size", side, 1, most=MAX_SIDE) for side in input_size)
    return height, width


def _ends(pixel_range: Any) -> tuple[float, float]:
    listed = isinstance(pixel_range, tuple | list | np.ndarray) and np.iterable(pixel_range)
    if not listed or len(pixel_range) != 2:
        raise TypeError(f"pixel_range must be two numbers, such as (0, 1), or None, got {shown(pixel_range)}")
    low, high = (float(number("pixel_range", end)) for end in pixel_range)
    if not low < high:
        raise ValueError(f"pixel_range must go from black to white, the smaller number first, got ({low:g}, {high:g})")
    return low, high


class FunctionAnswers:
    """A function whose answers are counted, and of which a single one is the second of two classes.

    Parameters
    ----------
    predict : callable
        Pictures (n, h, w, 3) uint8 to answers (n, k), or (n,) for a single output; of one picture also (k,) or ().
    names : tuple of str
        As the user gave them.
    kind : {"logits", "probabilities", "sigmoid", "values"}
        What it returns.
    pixels : tuple of two float, optional
        What black and white are for it, as float32; None gives it uint8.

    Raises
    ------
    ValueError
        For an unknown kind.
    """

    def __init__(
        self,
        predict: Callable[[Any], Outputs],
        names: tuple[str, ...],
        kind: str,
        pixels: tuple[float, float] | None = None,
    ) -> None:
        check_kind(kind)
        self._predict, self._given, self._kind, self._pixels = predict, names, kind, pixels
        self._outputs = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the classes; a single one is taken for that of a single output, and is refused for more."""
        return named(self._given, 1, self._kind) if len(self._given) == 1 else self._given

    def __call__(self, pictures: Pixels) -> Outputs:
        """Answers to pictures.

        Parameters
        ----------
        pictures : ndarray (n, h, w, 3) of uint8
            As the function takes them.

        Returns
        -------
        ndarray (n, k)
            What has another shape is left to whoever asks.

        Raises
        ------
        BadScores
            For another number of outputs than there are names or were before, or what is no array of numbers.
        Exception
            Whatever the function raises.
        """
        returned = self._predict(pictures if self._pixels is None else scaled(pictures, *self._pixels))
        try:
            answers = array_of(returned)
            if answers.dtype == object and answers.ndim:
                answers = answers.astype(np.float64)
            if answers.dtype.kind not in "biuf":
                raise TypeError(f"it holds {answers.dtype}")
        except (TypeError, ValueError, RuntimeError) as error:  # RuntimeError: of a tensor that torch keeps to itself
            found = type(returned).__name__
            raise BadScores(
                f"The model returned a {found}; expected an array (pictures, classes) of numbers: {error}"
            ) from error
        if answers.ndim < 2 and len(pictures) == 1:  # a squeeze takes the axis of a single picture too
            answers = answers.reshape(1, -1)
        if answers.ndim not in (1, 2) or len(answers) != len(pictures) or 0 in answers.shape:
            return answers
        outputs = 1 if answers.ndim == 1 else answers.shape[1]
        try:
            named(self._given, outputs, self._kind)
        except ValueError as error:
            message = str(error)
            raise BadScores(f"{message[0].upper()}{message[1:]}.") from error
        if self._outputs not in (0, outputs):
            raise BadScores(f"The model returned {outputs} numbers for a picture, and {self._outputs} before.")
        self._outputs = outputs
        if outputs > 1:
            return answers
        return second_of_two(1.0 * answers.reshape(-1, 1), self._kind, lambda pair: np.concatenate(pair, axis=1))


def scaled(pictures: Pixels, low: float, high: float) -> NDArray[np.float32]:
    """Pictures as floats.

    Parameters
    ----------
    pictures : ndarray (n, h, w, 3) of uint8
        Any.
    low, high : float
        What black and white become.

    Returns
    -------
    ndarray (n, h, w, 3) of float32
        Each of 256 levels is the float32 that is nearest to its place between both.
    """
    return np.linspace(low, high, 256).astype(np.float32)[pictures]
