"""Classifiers: a model, what it sees of a photo, and the names of its classes."""

from __future__ import annotations

import hashlib
import itertools
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from lime_core.arguments import whole
from lime_core.arrays import Outputs, Pixels, check_shape
from lime_core.engines.engine import CallableEngine, Engine
from lime_core.engines.fixed_batches import InFixedBatches
from lime_core.engines.preprocessing import Box, Preprocessing
from lime_core.models.early_layers import EarlyLayers
from lime_core.models.scores import SPACES, check_outputs, probabilities
from lime_core.pictures.picture import PictureLike, picture_of


@dataclass(frozen=True, eq=False)
class Classifier:
    """A model ready to be explained.

    Parameters
    ----------
    name : str
        By which it is known.
    class_names : tuple of str
        In the order of the outputs; may be empty.
    kind : {"logits", "probabilities", "values"}
        What the model's answers are.
    preprocessing : Preprocessing or None
        None for a model that takes pictures of any size as they are.
    engine : Engine
        Runs the model.
    fingerprint : str, default ""
        SHA-256 of weights, layers and preprocessing; of a plain function, of the kind and the preprocessing alone.
    early : EarlyLayers, optional
        Its first layers, to describe superpixels with; None where it has none that can be followed.
    token : str, default ""
        Random, of a function without a name: nothing says that another one is the same; empty elsewhere.
    """

    name: str
    class_names: tuple[str, ...]
    kind: str
    preprocessing: Preprocessing | None
    engine: Engine
    fingerprint: str = ""
    early: EarlyLayers | None = field(default=None, repr=False)
    token: str = field(default="", repr=False)

    def view(self, picture: PictureLike) -> Pixels:
        """The crop that the model sees.

        Parameters
        ----------
        picture : Picture, or what `load_picture` takes
            The whole photo.

        Returns
        -------
        ndarray (h, w, 3) of uint8
            At the model's input size; the photo's own pixels where there is no preprocessing.  Read-only.
        """
        pixels = picture_of(picture).pixels
        return self.preprocessing.view(pixels) if self.preprocessing else pixels

    def crop_box(self, picture: PictureLike) -> Box:
        """Where that crop lies on the photo.

        Parameters
        ----------
        picture : Picture, or what `load_picture` takes
            The whole photo.

        Returns
        -------
        tuple of four float
            Left, top, right and bottom in pixels of the photo; outside of it where the photo is padded.
        """
        height, width = picture_of(picture).pixels.shape[:2]
        return self.preprocessing.crop_box(height, width) if self.preprocessing else (0.0, 0.0, width, height)

    def class_name(self, class_index: int) -> str:
        """The name of a class.

        Parameters
        ----------
        class_index : int
            From 0.

        Returns
        -------
        str
            Its name, or "class" and its number where the model has no name for it.
        """
        return self.class_names[class_index] if class_index < len(self.class_names) else f"class {class_index}"

    def outputs(self, batch: Pixels) -> Outputs:
        """The model's own answers to pictures.

        Parameters
        ----------
        batch : ndarray (n, h, w, 3) of uint8
            At the model's input size, see `view`; n is at least 1.

        Returns
        -------
        ndarray (n, k) of float32, or float64 where a function answers so
            Of the model's `kind`.

        Raises
        ------
        ValueError
            When the batch has another shape or dtype.
        BadScores
            When the answers are not finite, are no probabilities where they should be, or have another shape.
        """
        size = (self.preprocessing.height, self.preprocessing.width) if self.preprocessing else (None, None)
        check_shape("batch", batch, None, *size, 3)
        if batch.dtype != np.uint8:
            raise ValueError(f"batch must hold uint8 pixels, got {batch.dtype}")
        answers = self.engine.score(batch)
        check_outputs(answers, self.kind)
        return answers

    def probabilities(self, batch: Pixels) -> Outputs:
        """Probabilities of the classes for pictures.

        Parameters
        ----------
        batch : ndarray (n, h, w, 3) of uint8
            As for `outputs`.

        Returns
        -------
        ndarray (n, k) of float32, or float64 where a function answers so
            0..1; the softmax of logits.

        Raises
        ------
        ValueError
            As `outputs` does, and for a model that gives values.
        BadScores
            As `outputs` does.
        """
        return probabilities(self.outputs(batch), self.kind)

    def top(self, picture: PictureLike, count: int = 5) -> list[tuple[int, str, float]]:
        """The classes with the highest probability, or value where the model gives values.

        Parameters
        ----------
        picture : Picture, or what `load_picture` takes
            The whole photo.
        count : int, default 5
            How many classes, from 1; fewer come where the model has fewer.

        Returns
        -------
        list of (int, str, float)
            Index, name and probability (or value) of each, highest first.

        Raises
        ------
        BadScores
            As `outputs` does.
        """
        count = whole("count", count, 1)
        answers = self.outputs(self.view(picture)[None])
        row = answers[0] if self.kind == "values" else probabilities(answers, self.kind)[0]
        best = np.argsort(-row, kind="stable")[:count]
        return [(int(index), self.class_name(int(index)), float(row[index])) for index in best]

    def in_fixed_batches(self) -> Classifier:
        """The same model in batches of one size, see `fixed_batches`.

        Returns
        -------
        Classifier
            Itself where it runs in fixed batches already.
        """
        if isinstance(self.engine, InFixedBatches):
            return self
        return replace(self, engine=InFixedBatches(self.engine))


_unnamed = itertools.count(1)


def wrap_model(
    predict: Callable[[Pixels], Outputs],
    class_names: Sequence[str] = (),
    kind: str = "probabilities",
    input_size: tuple[int, int] | None = None,
    name: str | None = None,
    fit: str = "crop",
) -> Classifier:
    """A classifier from a plain function, for notebooks and tests.

    Parameters
    ----------
    predict : callable
        Takes pictures (n, h, w, 3) uint8, returns (n, k), or (n,) for a single output.
    class_names : sequence of str, default ()
        In the order of the outputs.
    kind : {"probabilities", "logits", "values"}
        What it returns.  A single output of the first two is read as the second of two classes, (1 - p, p) or the
        logits (0, x).
    input_size : tuple of two int, optional
        (h, w) that photos are made to fit; None gives them as they are.
    name : str, optional
        Give one if explanations are to be saved and replayed, or results of many pictures resumed.  It vouches for the
        function, whose code nobody looks at: another one needs another name.  Else the function's, with a number.
    fit : {"crop", "squash", "pad"}
        How photos are made to fit `input_size`, see `Preprocessing`.

    Returns
    -------
    Classifier
        Without early layers: superpixels are described by color and texture.

    Raises
    ------
    ValueError
        For an unknown kind or fit.
    """
    if kind not in SPACES:
        raise ValueError(f"kind must be one of {', '.join(SPACES)}, got {kind!r}")

    def answer(pictures: Pixels) -> Outputs:
        answers = np.asarray(predict(pictures))
        single = answers.ndim == 1 or (answers.ndim == 2 and answers.shape[1] == 1)
        if single and kind == "probabilities":
            return np.stack([1.0 - answers.ravel(), answers.ravel()], axis=1)
        if single and kind == "logits":
            return np.stack([np.zeros_like(answers.ravel()), answers.ravel()], axis=1)
        return answers

    label = name or f"{getattr(predict, '__name__', type(predict).__name__)}#{next(_unnamed)}"
    resize = min(input_size) if input_size and len(set(input_size)) == 1 else None  # the fingerprints of squares
    preprocessing = Preprocessing(*input_size, resize, fit=fit) if input_size else None
    engine = CallableEngine(answer, label)
    fingerprint = hashlib.sha256(repr((kind, preprocessing)).encode()).hexdigest()
    token = "" if name else secrets.token_hex(16)
    return Classifier(label, tuple(class_names), kind, preprocessing, engine, fingerprint, token=token)
