"""Engines: how a model scores masked pictures.

A sample is `hidden + shown · (picture - hidden)`, with `shown` the mask's value of each pixel's superpixel.  That
happens beside the model, on its device, so that only masks go in and only answers come out; photo and segmentation are
inputs, so nothing is prepared again for a new one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Labels, Masks, Outputs, Pixels
from lime_core.ending import native_code
from lime_core.engines.masking import Masking
from lime_core.errors import BadScores

Scorer = Callable[[Masks], Outputs]
"""Masks (b, d) -> the model's answers (b, k) for one picture, its segmentation and its hiding."""

Pending = Callable[[], Outputs]
"""Waits for answers (b, k) that are under way, and gives them."""

Given = tuple[Pixels, Pixels, Labels]
"""A picture, its hidden version and its superpixels, as `Engine.scorer` takes them."""


@runtime_checkable
class Ahead(Protocol):
    """A scorer that can be asked for more before it has answered, so that a GPU has always something to do."""

    def __call__(self, masks: Masks) -> Outputs:
        """Score masks, and wait for the answers."""
        ...

    def begin(self, masks: Masks) -> Pending:
        """Score masks without waiting.

        Parameters
        ----------
        masks : ndarray (b, d) of float32
            One batch.

        Returns
        -------
        Pending
            Gives the answers (b, k); whatever goes wrong meanwhile is raised here or there.
        """
        ...


Whose = NDArray[np.int64]
"""(b,) int64: which of several scenes each row of a batch is of, from 0."""

ALONE: Whose = np.zeros(0, dtype=np.int64)
"""Whose the rows of a single scene are: nothing is to be told apart."""

Together = Callable[[Whose], Scorer]
"""How a batch with rows of several scenes is scored, by the scene that each row is of."""


@runtime_checkable
class ForSeveral(Protocol):
    """An engine that can score several scenes in one batch: alone each would fill a part of it.

    A scene is a segmentation of a picture; they may be of one picture, or of several of the same size.
    """

    takes_several: bool
    """Whether that is best for segmentations of one picture, which are asked about again and again."""

    takes_pictures: bool
    """Whether that is best for different pictures too."""

    def together(self, scenes: Sequence[Given]) -> Together:
        """How masks of several scenes are scored.

        Parameters
        ----------
        scenes : sequence of tuple (image, hidden, labels)
            As for `Engine.scorer`, one of each scene.

        Returns
        -------
        Together
            Its scorers take masks (b, d) with d of the scene that has the most superpixels.
        """
        ...


class Engine(Protocol):
    """Runs one model."""

    @property
    def description(self) -> str:
        """Names engine, device and precision."""
        ...

    @property
    def batch_size(self) -> int:
        """The number of masks it is fastest with."""
        ...

    def scorer(self, image: Pixels, hidden: Pixels, labels: Labels) -> Scorer:
        """How masks of one picture are scored.

        Parameters
        ----------
        image : ndarray (h, w, 3) of uint8
            What the model sees of the photo.
        hidden : ndarray (h, w, 3) of uint8
            The picture with all superpixels hidden.
        labels : ndarray (h, w) of int32
            The superpixel of every pixel, 0..d-1.

        Returns
        -------
        Scorer
            Masks (b, d) float32 to the model's answers (b, k), float32 or float64; it raises MemoryError or
            RuntimeError where memory does not suffice for the batch.
        """
        ...

    def score(self, pictures: Pixels) -> Outputs:
        """Answers to whole pictures.

        Parameters
        ----------
        pictures : ndarray (n, h, w, 3) of uint8
            Of the size that the model takes.

        Returns
        -------
        ndarray (n, k) of float32 or float64
            The model's answers.
        """
        ...


class CallableEngine:
    """A plain function as an engine; pictures are masked here, in uint8.

    Parameters
    ----------
    predict : callable
        Pictures (b, h, w, 3) uint8 to answers (b, k), or (b,) for a single output; of one picture also (k,) or ().
    name : str
        Of the function, for the description.
    batch_size : int, default 32
        How many masks are scored at once.
    """

    def __init__(self, predict: Callable[[Pixels], Outputs], name: str, batch_size: int = 32) -> None:
        self.description = f"Python function · {name}"
        self.batch_size = batch_size
        self._predict = predict
        self._one_at_a_time = threading.Lock()

    def scorer(self, image: Pixels, hidden: Pixels, labels: Labels) -> Scorer:
        """How masks of one picture are scored; a superpixel counts as shown where its mask is above 0.5.

        Parameters
        ----------
        image, hidden, labels : ndarray
            As for `Engine.scorer`.

        Returns
        -------
        Scorer
            As for `Engine.scorer`; it raises what `score` does.
        """
        masking = Masking(image, hidden, labels)
        return lambda masks: self.score(masking(masks))

    def score(self, pictures: Pixels) -> Outputs:
        """Answers to whole pictures.

        Parameters
        ----------
        pictures : ndarray (n, h, w, 3) of uint8
            As the function takes them.

        Returns
        -------
        ndarray (n, k) of float32 or float64
            What the function returns: float32 where it has at most that precision, anything else as float64.

        Raises
        ------
        BadScores
            When it returns another shape.
        Exception
            Whatever the function raises.
        """
        with native_code(), self._one_at_a_time:
            # A function may work in place, with pictures of its own.
            answers = np.asarray(self._predict(pictures if pictures.flags.writeable else pictures.copy()))
            # Effects that are small beside the score itself would be lost in fewer digits than the function gave.
            short = answers.dtype in (np.float16, np.float32)
            # Copied, for a function may write its next answers into the same array.
            answers = answers.astype(np.float32 if short else np.float64)
        if answers.ndim < 2 and len(pictures) == 1:  # a squeeze takes the axis of a single picture too
            answers = answers.reshape(1, -1)
        elif answers.ndim == 1:
            answers = answers[:, None]
        if answers.ndim != 2 or len(answers) != len(pictures) or answers.shape[1] == 0:
            raise BadScores(
                f"The model was given {len(pictures)} pictures and returned an array of shape {answers.shape}; "
                f"expected ({len(pictures)}, number of classes)."
            )
        return answers


def joined(answers: Sequence[Outputs]) -> Outputs:
    """The answers to several batches as one array.

    Parameters
    ----------
    answers : sequence of ndarray (b, k)
        At least one.

    Returns
    -------
    ndarray (n, k)
        All rows, in order.

    Raises
    ------
    BadScores
        When the number of classes changes from batch to batch; gives both counts.
    """
    shapes = sorted({batch.shape[1:] for batch in answers})
    if len(shapes) > 1:
        few, many = (" × ".join(map(str, shape)) or "1" for shape in (shapes[0], shapes[-1]))
        raise BadScores(f"The model answered for {few} classes in one batch and for {many} in another.")
    return np.concatenate(answers)
