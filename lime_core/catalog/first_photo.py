"""What one photo shows of a model: its first answers, and whether they can be explained at all."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from lime_core.arguments import is_a, one_of
from lime_core.arrays import Outputs, Pixels
from lime_core.catalog.model_file import OUTPUTS
from lime_core.catalog.model_input import is_empty
from lime_core.errors import BadScores, ModelUnavailable
from lime_core.models.classifier import Classifier
from lime_core.models.scores import probabilities
from lime_core.pictures.gallery import gallery_picture
from lime_core.pictures.picture import PictureLike, picture_of

USUAL_PHOTO = "chelsea"
"""The sample photo that a model is asked about when it is loaded."""

_ROUNDINGS = 16
"""So many roundings of the largest answer apart, two answers are the same."""

_APART = 0.01
"""How far the sum of probabilities may be from one, in few digits."""

_TOP = 5


@dataclass(frozen=True)
class FirstAnswers:
    """What a model answered to one photo.

    Parameters
    ----------
    picture : str
        The name of the photo.
    top : tuple of (int, str, float)
        Index, name and probability (or value) of the highest classes, at most five.
    outputs : int
        How many numbers the model answers with; a single one that is the second of two classes counts as two.
    kind : {"logits", "probabilities", "sigmoid", "values"}
        What they are.
    guessed : bool
        Whether the kind was guessed from them.
    size : tuple of two int, or None
        Height and width that the model takes; None takes pictures of any size.
    channels : {3, 1}
        Of its pictures.
    saturated : bool
        Whether all probabilities are exactly 0 or 1, for the photo and for a flat picture, so that nothing moves them;
        log-odds may still move.
    engine : str
        What runs it.
    seconds : float
        Until it had answered.
    """

    picture: str
    top: tuple[tuple[int, str, float], ...]
    outputs: int
    kind: str
    guessed: bool
    size: tuple[int, int] | None
    channels: int
    saturated: bool
    engine: str
    seconds: float


def first_answers(model: Classifier, picture: PictureLike | None = None, output: str = "") -> FirstAnswers:
    """Ask a model about one photo, and the same photo with everything hidden.

    Parameters
    ----------
    model : Classifier
        Any.
    picture : Picture, or what `load_picture` takes, optional
        The photo; None takes a sample photo.
    output : str, default ""
        What its description says of the output, see `ModelFile`; "probabilities" have to sum to one.

    Returns
    -------
    FirstAnswers
        What it answered.

    Raises
    ------
    ModelUnavailable
        When its answers are of a wrong shape or number, not finite, no probabilities where they should be, without a
        sum of one, zeros and ones alone, or the same for both pictures.
    ValueError, TypeError
        For an unknown output, what is no model, or no picture.
    """
    is_a("model", model, Classifier, "a Classifier, as load_model gives")
    if not is_empty(output):
        one_of("output", output, OUTPUTS)
    photo = picture_of(gallery_picture(USUAL_PHOTO) if picture is None else picture)
    view = model.view(photo)
    start = time.perf_counter()
    try:
        answers = model.outputs(np.stack([view, _hidden(view)]))
    except BadScores as error:
        said = str(error).replace('kind="', 'output = "') if output else str(error)
        raise ModelUnavailable(f"{model.name} cannot be explained, seen with one photo: {said}") from error
    seconds = time.perf_counter() - start
    if wrong := _wrong(answers, model, output):
        raise ModelUnavailable(f"{model.name} cannot be explained, seen with one photo: {wrong}")
    shown = answers if model.kind == "values" else probabilities(answers, model.kind)
    best = np.argsort(-shown[0], kind="stable")[:_TOP]
    seen = model.preprocessing
    return FirstAnswers(
        photo.name,
        tuple((int(index), model.class_name(int(index)), float(shown[0, index])) for index in best),
        answers.shape[1],
        model.kind,
        bool(model.notice),
        (seen.height, seen.width) if seen else None,
        seen.channels if seen else 3,
        model.kind != "values" and bool(np.isin(shown, (0.0, 1.0)).all()),
        model.engine.description,
        seconds,
    )


def _hidden(view: Pixels) -> Pixels:
    """A flat picture of its mean color."""
    return np.broadcast_to(view.mean(axis=(0, 1)).round().astype(np.uint8), view.shape)


def _wrong(answers: Outputs, model: Classifier, output: str) -> str:
    """The first thing that is wrong with answers to a photo and to a flat picture, or an empty text."""
    if model.kind == "probabilities" and np.isin(answers, (0.0, 1.0)).all():
        return (
            "its probabilities are zeros and ones alone, so nothing between them can be explained. Give a model that "
            "returns no labels, and check the scaling of its input."
        )
    apart = np.abs(answers[0] - answers[1]).max()
    if apart <= _ROUNDINGS * np.finfo(answers.dtype).eps * np.abs(answers).max():
        return (
            "it answers the same to the photo and to the photo with everything hidden. Check its weights, and the "
            "scaling of its input."
        )
    sums = answers.sum(axis=1)
    wrong = sums[np.abs(sums - 1.0) > _APART]
    if output == "probabilities" and len(wrong):
        return (
            f"its probabilities sum to {wrong[0]:.3g} and not to one. Say output = "
            '"independent probabilities" where its classes do not compete, or what else it returns.'
        )
    return ""
