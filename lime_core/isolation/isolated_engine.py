"""The engine of a model that runs in a process of its own, and the classifier that has it."""

from __future__ import annotations

import math
import secrets
import threading
from collections.abc import Sequence
from functools import partial
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Labels, Masks, Outputs, Pixels
from lime_core.engines.engine import ALONE, Given, Scorer, Together, Whose
from lime_core.errors import ModelUnavailable
from lime_core.files.untrusted import untrusted
from lime_core.isolation.claims import ModelClaims
from lime_core.isolation.process import ModelProcess
from lime_core.models.classifier import Classifier

ROWS_IN_TIME = 64
"""Pictures or masks that are answered within the seconds of a batch."""

KEPT = 2**22
"""Pixels of pictures with their superpixels that the process has at hand, of 28 bytes each: several segmentations are
asked about in turn."""

_MOST_BATCH = 4096
_LONGEST = 8
"""Bytes of a number that a model answers with."""


class IsolatedEngine:
    """Asks the process of a model; it answers what the engine in there does.

    Parameters
    ----------
    process : ModelProcess
        Has loaded the model.
    claims : ModelClaims
        What it says of the model.

    Attributes
    ----------
    description : str
        Of the engine in the process, with a random number for this process in brackets.
    usual : int
        Its rows in a batch of fixed size.
    padded : bool
        Whether it pads smaller batches.
    takes_several, takes_pictures : bool
        As of `ForSeveral`; never of several pictures, which would be sent for one batch and take the place of others.
    process : ModelProcess
        The process.
    """

    def __init__(self, process: ModelProcess, claims: ModelClaims) -> None:
        # Results are shared by what this says: those of one process are nobody else's, whatever it says of itself.
        self.description = f"{claims.engine} (process {secrets.token_hex(4)})"
        self.usual, self.padded, self.takes_several = claims.usual, claims.padded, claims.takes_several
        self.takes_pictures = False
        self.process = process
        self._outputs = claims.outputs
        self._batch_size = 0
        self._numbers = count()
        self._there: dict[int, int] = {}  # the pixels of what the process has at hand, the longest ago first
        self._one_at_a_time = threading.Lock()

    @property
    def batch_size(self) -> int:
        """The number of masks it is fastest with, measured when it is first asked for."""
        if not self._batch_size:
            size = self.process.ask({"question": "batch_size"})[0].get("batch_size")
            if type(size) is not int or not 1 <= size <= _MOST_BATCH:
                raise ModelUnavailable("The process of the model names a size of batches that none has.")
            self._batch_size = size
        return self._batch_size

    def scorer(self, image: Pixels, hidden: Pixels, labels: Labels) -> Scorer:
        """How masks of one picture are scored.

        Parameters
        ----------
        image, hidden, labels : ndarray
            As for `Engine.scorer`.  They are sent once, and again after masks of many others or a question
            that failed.

        Returns
        -------
        Scorer
            As for `Engine.scorer`; it raises ModelUnavailable when the process has ended.
        """
        return self._asking([(image, hidden, labels)], "scorer")(ALONE)

    def together(self, scenes: Sequence[Given]) -> Together:
        """How masks of several scenes are scored.

        Parameters
        ----------
        scenes : sequence of tuple (image, hidden, labels)
            As for `ForSeveral.together`.

        Returns
        -------
        Together
            As for `ForSeveral.together`; its scorers raise as `scorer`'s.
        """
        return self._asking(scenes, "together")

    def unpadded(self, image: Pixels, hidden: Pixels, labels: Labels) -> Scorer:
        """A scorer that gives the model batches as they come, where the engine pads them.

        Parameters
        ----------
        image, hidden, labels : ndarray
            As for `Engine.scorer`.

        Returns
        -------
        Scorer
            As for `scorer`.
        """
        return self._asking([(image, hidden, labels)], "unpadded")(ALONE)

    def score(self, pictures: Pixels) -> Outputs:
        """Answers to whole pictures.

        Parameters
        ----------
        pictures : ndarray (n, h, w, 3) of uint8
            Of the size that the model takes, at least one.

        Returns
        -------
        ndarray (n, k) of float32 or float64
            The model's answers.

        Raises
        ------
        ModelUnavailable
            When the process has ended.
        """
        return self._asked({"question": "pictures"}, len(pictures), [pictures])

    def _asking(self, scenes: Sequence[Given], way: str) -> Together:
        # Copies: what the caller changes later is not what he asked about.
        scene: list[NDArray[Any]] = [
            each
            for image, hidden, labels in scenes
            for each in (np.array(image), np.array(hidden), np.array(labels, dtype=np.int32))
        ]
        number, pixels = next(self._numbers), sum(labels.size for _, _, labels in scenes)

        def score(whose: Whose, masks: Masks) -> Outputs:
            sent: list[NDArray[Any]] = [np.asarray(masks, dtype=np.float32), whose.astype(np.int32)]
            with self._one_at_a_time:  # what the process has at hand changes with each question
                there, self._there = self._there, {}  # memory may be wanting: after a failure it is let go of
                if there.pop(number, None) is None:
                    sent += scene
                while there and sum(there.values()) + pixels > KEPT:
                    del there[next(iter(there))]
                question = {"question": "masks", "scene": number, "others": list(there), "way": way}
                answers = self._asked(question, len(masks), sent)
                self._there = there | {number: pixels}
            return answers

        return lambda whose: partial(score, whose)

    def _asked(self, question: dict[str, Any], rows: int, arrays: list[NDArray[Any]]) -> Outputs:
        shape = rows, self._outputs
        seconds = self.process.limits.batch_seconds * max(1, math.ceil(rows / ROWS_IN_TIME))
        _, answers = self.process.ask(question, arrays, [shape], _LONGEST * math.prod(shape), seconds)
        if answers[0].dtype.kind != "f":
            raise ModelUnavailable("The process of the model answers with numbers that are no scores.")
        return answers[0]


def isolated_classifier(process: ModelProcess, claims: ModelClaims) -> Classifier:
    """The classifier of a process that has loaded its model.

    Parameters
    ----------
    process : ModelProcess
        It is asked from now on.
    claims : ModelClaims
        What it says of the model.

    Returns
    -------
    Classifier
        As the model is in its process.

    Raises
    ------
    ModelUnavailable
        When no classifier is like that.
    """
    with untrusted(ModelUnavailable, "The process of the model describes it in a form that no model has."):
        return Classifier(
            claims.name,
            claims.class_names,
            claims.kind,
            claims.preprocessing,
            IsolatedEngine(process, claims),
            claims.fingerprint,
            notice=claims.notice,
            unit=claims.unit,
        )
