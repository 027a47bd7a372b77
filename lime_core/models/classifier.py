"""Classifiers: a model, what it sees of a photo, and the names of its classes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lime_core.arguments import whole
from lime_core.arrays import Outputs, Pixels, check_shape
from lime_core.engines.engine import Engine
from lime_core.engines.fixed_batches import InFixedBatches
from lime_core.engines.preprocessing import Box, Preprocessing
from lime_core.features.early_layers import EarlyLayers
from lime_core.files.names import storable
from lime_core.models.answers import check_classes, check_kind, check_unit, name_of, names_of
from lime_core.models.scores import check_outputs, probabilities
from lime_core.pictures.picture import Picture, PictureLike, picture_of


@dataclass(frozen=True, eq=False)
class Classifier:
    """A model ready to be explained.

    Parameters
    ----------
    name : str
        By which it is known.
    class_names : tuple of str
        One for each output, in their order; or none.
    kind : {"logits", "probabilities", "sigmoid", "values"}
        What the model's answers are, see `SPACES`.
    preprocessing : Preprocessing or None
        None for a model that takes pictures of any size as they are.
    engine : Engine
        Runs the model.
    fingerprint : str, default ""
        SHA-256 of weights, layers and preprocessing; of a plain function, of its kind and preprocessing.  Of the unit
        too, where there is one, and of the class names of a described model.
    early : EarlyLayers, optional
        Its first layers, to describe superpixels with; None where it has none that can be followed.
    token : str, default ""
        Random, of a function without a name: nothing says that another one is the same.
    notice : str, default ""
        From what the kind was guessed, where it was, and whether the answers depend on more than the picture.
    unit : str, default ""
        What the answers are counted in, such as "years"; only of values.

    Raises
    ------
    ValueError, TypeError
        For an unknown kind, names that are no sequence of str, or a unit of what is no value.
    """

    name: str
    class_names: tuple[str, ...]
    kind: str
    preprocessing: Preprocessing | None
    engine: Engine
    fingerprint: str = ""
    early: EarlyLayers | None = None
    token: str = ""
    notice: str = ""
    unit: str = ""

    def __post_init__(self) -> None:
        check_kind(self.kind)
        check_unit(self.unit, self.kind)
        object.__setattr__(self, "name", storable(self.name))
        object.__setattr__(self, "class_names", names_of(self.class_names))

    def __repr__(self) -> str:
        seen, classes = self.preprocessing, len(self.class_names) or "unnamed"
        size = f"{seen.height} × {seen.width} pixels" if seen else "pictures of any size"
        kind = self.kind + " (see notice)" * bool(self.notice)
        return f"<Classifier {self.name}: {kind} of {classes} classes, {size}, {self.engine.description}>"

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
        pixels = self._read(picture).pixels
        return self.preprocessing.view(pixels) if self.preprocessing else pixels

    def notices(self, picture: PictureLike) -> tuple[str, ...]:
        """What was changed of a photo until the model sees it.

        Parameters
        ----------
        picture : Picture, or what `load_picture` takes
            The whole photo.

        Returns
        -------
        tuple of str
            The sentences of `Picture.notice`, by the model's white where it knows it.
        """
        return self._read(picture).notice

    def _read(self, picture: PictureLike) -> Picture:
        return picture_of(picture).by_white(self.preprocessing.white if self.preprocessing else None)

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
            Its name; where the model has none, "class" and its number, or "output" and its number of values.
        """
        return name_of(class_index, self.class_names, self.kind)

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
            When the answers are not finite, no probabilities where they should be, or of another shape or number.
        """
        size = (self.preprocessing.height, self.preprocessing.width) if self.preprocessing else (None, None)
        check_shape("batch", batch, None, *size, 3)
        if batch.dtype != np.uint8:
            raise ValueError(f"batch must hold uint8 pixels, got {batch.dtype}")
        check_outputs(answers := self.engine.score(batch), self.kind)
        check_classes(answers, len(self.class_names))
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
            0..1; the softmax of logits, or the sigmoid of each output.

        Raises
        ------
        ValueError, BadScores
            As `outputs` does; a ValueError also for a model that gives values.
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
        return self if isinstance(self.engine, InFixedBatches) else replace(self, engine=InFixedBatches(self.engine))
