"""What runs in the process of a model: it answers one question after another, until nobody is there to ask.

It is a program: `python -m lime_core.isolation.worker SERVER MEMORY_BYTES`, with a socket as its standard input.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lime_core.catalog.loading import load_model
from lime_core.catalog.model_reading import read_model_file
from lime_core.catalog.weights_guess import FileGuess, guess_model_file
from lime_core.engines.batch_size import speaks_of_memory, within_memory
from lime_core.engines.engine import Engine, ForSeveral, Together
from lime_core.engines.fixed_batches import USUAL
from lime_core.errors import DeviceLost, LimeError
from lime_core.files.records import plain
from lime_core.isolation.confinement import OUT_OF_MEMORY, confine, live_no_longer_than
from lime_core.isolation.limits import ModelLimits
from lime_core.isolation.messages import Closed, receive, send
from lime_core.models.classifier import Classifier
from lime_core.zoo.formats import form_of

_FACTS = ("name", "class_names", "kind", "unit", "fingerprint", "notice")

Answer = tuple[dict[str, Any], list[NDArray[Any]]]


class Worker:
    """Answers questions about files and about the one model that it has loaded."""

    def __init__(self) -> None:
        self._model: Classifier | None = None
        self._scenes: dict[int, Together] = {}

    def answer(self, asked: dict[str, Any], arrays: list[NDArray[Any]]) -> Answer:
        """The answer to a question.

        Parameters
        ----------
        asked : dict
            "question" and what belongs to it.
        arrays : list of ndarray
            Pictures, or masks and the scene that they are of where it is not at hand: picture, hidden version and
            superpixels, of several segmentations those of each.

        Returns
        -------
        header : dict
            For JSON; "error" where there is no answer.
        arrays : list of ndarray
            The model's answers, where it was asked for them.
        """
        try:
            rows = len(arrays[0]) if asked["question"] == "masks" else 1  # who asks about these halves them
            answer = within_memory(partial(self._answer, asked, arrays), rows)
        except LimeError as error:
            if _of_memory(error):  # which readers of files take for a damaged one
                return {"error": "memory"}, []
            return {"error": type(error).__name__, "sentence": error.public}, []
        except Exception as error:  # whatever a model makes a runtime raise
            return {"error": "", "sentence": f"{type(error).__name__}: {error}"}, []
        return answer or ({"error": "memory"}, [])

    def _answer(self, asked: dict[str, Any], arrays: list[NDArray[Any]]) -> Answer:
        questions: dict[str, Callable[..., Answer]] = {
            "guess": self._guess,
            "load": self._load,
            "batch_size": self._batch_size,
            "pictures": self._pictures,
            "masks": self._masks,
        }
        return questions[asked.pop("question")](*arrays, **asked)

    def _guess(self, path: str, limits: dict[str, Any]) -> Answer:
        return {"guess": asdict(_guessed(Path(path), ModelLimits(**limits)))}, []

    def _load(self, path: str, precision: str, limits: dict[str, Any]) -> Answer:
        weights = read_model_file(path).file
        ModelLimits(**limits).check_size(weights)
        if form_of(weights) == "onnx":  # any layers at all; others fit an architecture that is known, or are refused
            _guessed(weights, ModelLimits(**limits))
        model = self._model = load_model(Path(path), precision=precision, download=False)
        seen, engine = model.preprocessing, model.engine
        size = (seen.height, seen.width) if seen else (32, 32)
        return {
            **{name: getattr(model, name) for name in _FACTS},
            "preprocessing": seen and plain(asdict(seen)),
            "engine": engine.description,
            "usual": getattr(engine, "usual", USUAL),
            "padded": getattr(engine, "padded", False),
            "takes_several": isinstance(engine, ForSeveral) and engine.takes_several,
            "outputs": engine.score(np.zeros((1, *size, 3), dtype=np.uint8)).shape[1],
        }, []

    def _batch_size(self) -> Answer:
        assert self._model
        return {"batch_size": self._model.engine.batch_size}, []

    def _pictures(self, pictures: NDArray[Any]) -> Answer:
        assert self._model
        return {}, [self._model.engine.score(pictures)]

    def _masks(
        self, masks: NDArray[Any], whose: NDArray[Any], *given: NDArray[Any], scene: int, others: list[int], way: str
    ) -> Answer:
        assert self._model
        kept = others if given else [*others, scene]
        self._scenes = {each: self._scenes[each] for each in kept if each in self._scenes}
        if given:
            self._scenes[scene] = _scoring(self._model.engine, list(given), way)
        return {}, [self._scenes[scene](whose.astype(np.int64))(masks)]


def _scoring(engine: Engine, given: list[NDArray[Any]], way: str) -> Together:
    if way == "together":
        assert isinstance(engine, ForSeveral)
        return engine.together([(given[at], given[at + 1], given[at + 2]) for at in range(0, len(given), 3)])
    scorer = getattr(engine, way)(*given)
    return lambda whose: scorer


def _of_memory(error: BaseException) -> bool:
    """Whether want of memory is among the causes of an error."""
    cause = error.__cause__
    while cause is not None:
        said = "cannot allocate memory" in str(cause).lower()  # of the system, whatever type a library makes of it
        if said or speaks_of_memory(cause):
            return True
        cause = cause.__cause__
    return False


def _guessed(path: Path, limits: ModelLimits) -> FileGuess:
    limits.check_size(path)
    guess = guess_model_file(path)
    limits.check_guess(path, guess)
    return guess


def main() -> None:
    """Answer until the other side has gone."""
    server, memory_bytes = map(int, sys.argv[1:])
    live_no_longer_than(server)
    channel = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # whatever reads it finds its end, and not the questions
    confine(memory_bytes, server)
    worker = Worker()
    try:
        while True:
            asked, arrays = receive(channel)
            answered = worker.answer(asked, arrays)
            send(channel, *answered)
            if answered[0].get("error") == DeviceLost.__name__:
                os._exit(1)  # its model lies on a GPU that answers to nothing any more
    except Closed:
        os._exit(0)  # at once: nothing is left to be put in order
    except MemoryError:  # not even for an answer that says so
        os._exit(OUT_OF_MEMORY)


if __name__ == "__main__":
    main()
