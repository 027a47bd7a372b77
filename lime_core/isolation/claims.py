"""What a process says of its model: used only where it is of the form, the type and the size that it has to be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from lime_core.catalog.weights_guess import FileGuess
from lime_core.engines.preprocessing import Preprocessing
from lime_core.errors import ModelUnavailable
from lime_core.files.records import made
from lime_core.files.untrusted import untrusted
from lime_core.models.answers import MOST_OUTPUTS

MOST_SIDE = 2048
"""Pixels of a side of its pictures; photos of visitors are not kept larger either."""

_TEXT = 1000
_MOST_BATCH = 4096
_NUMBER = 2**62


@dataclass(frozen=True)
class ModelClaims:
    """A model as its process describes it.

    Parameters
    ----------
    name, kind, unit, fingerprint, notice, class_names, preprocessing
        As of a `Classifier`.
    engine : str
        The description of its engine.
    usual : int
        The rows of a batch of fixed size.
    padded : bool
        Whether the engine pads smaller batches.
    takes_several : bool
        Whether the engine is best asked about several segmentations together.
    outputs : int
        How many numbers it answers with for a picture.

    Raises
    ------
    ValueError
        For anything that is of another type, or too long.
    """

    name: str
    class_names: tuple[str, ...]
    kind: str
    unit: str
    preprocessing: Preprocessing | None
    fingerprint: str
    notice: str
    engine: str
    usual: int
    padded: bool
    takes_several: bool
    outputs: int

    def __post_init__(self) -> None:
        names, seen = self.class_names, self.preprocessing
        _check(type(names) is tuple and len(names) <= MOST_OUTPUTS)
        for text in (self.name, self.kind, self.unit, self.fingerprint, self.notice, self.engine, *names):
            _check(type(text) is str and len(text) <= _TEXT)
        _check(bool(re.fullmatch("[0-9a-f]*", self.fingerprint)))
        _check(type(self.padded) is bool and type(self.takes_several) is bool)
        _check(_whole(self.usual, 1, _MOST_BATCH) and _whole(self.outputs, 1, MOST_OUTPUTS))
        sides = (seen.height, seen.width, seen.resize or 1) if seen else ()
        _check(len(names) in (0, self.outputs) and max(sides, default=1) <= MOST_SIDE)


def model_claims(header: Mapping[str, Any]) -> ModelClaims:
    """Read what a process says of the model that it has loaded.

    Parameters
    ----------
    header : mapping
        Its answer.

    Returns
    -------
    ModelClaims
        Checked.

    Raises
    ------
    ModelUnavailable
        For what is not of this form, and for pictures that are too large.
    """
    with untrusted(ModelUnavailable, "The process of the model describes it in a form that no model has."):
        if _whole(outputs := header["outputs"], MOST_OUTPUTS + 1, _NUMBER):
            raise ModelUnavailable(
                f"The model answers with {outputs} numbers for a picture; {MOST_OUTPUTS} are the most."
            )
        seen = header["preprocessing"]
        if seen is not None:
            seen = made("preprocessing", seen, {"preprocessing": Preprocessing})
            if max(seen.height, seen.width, seen.resize or 1) > MOST_SIDE:
                raise ModelUnavailable(
                    f"The model takes pictures of {seen.height} × {seen.width} pixels, resized to "
                    f"{seen.resize or 'just cover them'}; no side may have more than {MOST_SIDE}."
                )
        return made("model", {**header, "preprocessing": seen}, {"model": ModelClaims})


def guess_claims(header: Mapping[str, Any]) -> FileGuess:
    """Read what a process says of a file.

    Parameters
    ----------
    header : mapping
        Its answer.

    Returns
    -------
    FileGuess
        Checked.

    Raises
    ------
    ModelUnavailable
        For what is not of this form.
    """
    with untrusted(ModelUnavailable, "The process that read the file describes it in a form that no file has."):
        guess = made("guess", header["guess"], {"guess": FileGuess})
        sizes = guess.size if guess.size is not None else (1, 1)
        _check(isinstance(sizes, tuple) and len(sizes) == 2)
        for count in (*sizes, guess.layers, guess.parameters):
            _check(_whole(count, 0, _NUMBER))
        _check(all(count is None or _whole(count, 0, _NUMBER) for count in (guess.channels, guess.outputs)))
        texts = [getattr(guess, field.name) for field in fields(FileGuess) if field.type in (str, "str")]
        _check(all(type(text) is str and len(text) <= _TEXT for text in texts))
        return guess


def _check(fits: bool) -> None:
    if not fits:
        raise ValueError("of another form")


def _whole(value: object, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high
