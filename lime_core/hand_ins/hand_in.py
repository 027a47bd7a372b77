"""What a learner hands in: guesses, scores and answers as one JSON file, which reopens with the same numbers."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO, Any

from lime_core.arguments import is_a, number, one_of, shown, whole
from lime_core.errors import BadLesson
from lime_core.files.names import printable
from lime_core.files.untrusted import contents_of, untrusted
from lime_core.lessons.guess import MARKS, GuessScore
from lime_core.lessons.question import KINDS

FORMAT = "lime-lessons 1"
"""What the file begins with; its number is raised when it could be misread by the last version."""

MAX_HAND_IN, MOST_LESSONS, MOST_ANSWERS, LONGEST = 1_000_000, 100, 30, 2_000
"""Bytes and lessons of a file, answers of a lesson, and characters of a text."""

ROUNDED = 1e-3
"""How far shares and probabilities may lie outside of their range; a model's may by 1e-4, see `check_outputs`."""

_FALLS = ("fall", "fall_of_top", "fall_by_chance")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True)
class Answered:
    """A question with its answer.

    Parameters
    ----------
    kind : str
        That of the question.
    question, given, truth : str
        What was asked and answered, and the right answer; empty where there is none.
    right : bool or None
        None for what nobody can check.
    """

    kind: str
    question: str
    given: str
    truth: str = ""
    right: bool | None = None

    def __post_init__(self) -> None:
        one_of("kind", self.kind, KINDS)
        _check_texts(self, "question", "given", "truth")
        if self.right is not None:
            is_a("right", self.right, bool, "true, false or null")


@dataclass(frozen=True)
class Marked:
    """A guess and its scores.

    Parameters
    ----------
    score : GuessScore
        Beside the map; `chance` in 0..`MARKS`, `caught` and `best` in 0..1.
    fall, fall_of_top, fall_by_chance : float
        How far the probability, or value, falls without the guess, without the strongest of the map, and without as
        many random parts on average; of a probability in -1..1.
    unit : str, default "probability"
        What these are in; of values their unit, or "value".
    """

    score: GuessScore
    fall: float
    fall_of_top: float
    fall_by_chance: float
    unit: str = "probability"

    def __post_init__(self) -> None:
        score = self.score
        parts = whole("parts", score.parts, 2, 1_000_000)
        for name, listed in (("guess", score.guess), ("top", score.top)):
            if len({whole(name, part, 0, parts - 1) for part in listed}) != len(listed) or len(listed) > MARKS:
                raise ValueError(f"{name} must be at most {MARKS} different parts")
        if whole("shared", score.shared, 0, MARKS) != len(set(score.guess) & set(score.top)):
            raise ValueError("shared must be the number of parts in both guess and top")
        for name, most in (("chance", MARKS), ("caught", 1), ("best", 1)):
            _within(name, getattr(score, name), 0, most)
        reach = 1 if self.unit == "probability" else math.inf
        for name in _FALLS:
            _within(name, getattr(self, name), -reach, reach)
        _check_texts(self, "unit")


@dataclass(frozen=True)
class LessonDone:
    """What a learner did in one lesson.

    Parameters
    ----------
    lesson, language, title : str
        Which lesson.
    digest, picture, fingerprint : str
        SHA-256 of its file, and the digests of photo and model.
    model, class_name : str
        The model, and the class of the first map.
    begun, finished : str
        When it was opened and when the last answer was given, such as 2026-03-01T09:30:00Z.
    answers : tuple of Answered
        In the order of the questions.
    marked : Marked, optional
        Where parts were marked.
    """

    lesson: str
    language: str
    title: str
    digest: str
    picture: str
    model: str
    fingerprint: str
    class_name: str
    begun: str
    finished: str
    answers: tuple[Answered, ...] = ()
    marked: Marked | None = None

    def __post_init__(self) -> None:
        _check_texts(self, *(f.name for f in fields(self) if f.type == "str"))
        for name in ("begun", "finished"):
            if not _TIME.fullmatch(time := getattr(self, name)):
                raise ValueError(f"{name} must be a time such as 2026-03-01T09:30:00Z, got {shown(time)}")


@dataclass(frozen=True)
class HandIn:
    """What a learner hands in.

    Parameters
    ----------
    lessons : tuple of LessonDone
        In the order in which they were done.
    learner : str, default ""
        A name, if one was given.

    Raises
    ------
    ValueError, TypeError
        For too many lessons, or too long a name.
    """

    lessons: tuple[LessonDone, ...]
    learner: str = ""

    def __post_init__(self) -> None:
        _check_texts(self, "learner")
        if len(self.lessons) > MOST_LESSONS:
            raise ValueError(f"lessons must be at most {MOST_LESSONS}, got {len(self.lessons)}")

    def to_json(self) -> str:
        """Write it as JSON.

        Returns
        -------
        str
            What `read_hand_in` reads.
        """
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read_hand_in(source: str | Path | bytes | IO[bytes]) -> HandIn:
    """Read what was handed in.

    Parameters
    ----------
    source : str, Path, bytes or binary file object
        The JSON file, from anybody.

    Returns
    -------
    HandIn
        With every number as it was written.

    Raises
    ------
    BadLesson
        When it cannot be read, or is no hand-in.
    """
    contents = contents_of(source, "hand-in", MAX_HAND_IN, BadLesson)
    with untrusted(BadLesson, "The file is no hand-in: it must be JSON as Lessons has written it."):
        try:
            return _read(json.loads(contents, parse_constant=_no_number, object_pairs_hook=_once))
        except (ValueError, TypeError, KeyError) as error:
            raise BadLesson(f"The file is no hand-in: {printable(str(error))[:200]}.") from error


def _read(data: Any) -> HandIn:
    if not isinstance(data, dict) or data.pop("format", None) != FORMAT:
        raise ValueError(f"it must be of the format {FORMAT!r}")
    return HandIn(**_fields(HandIn, data) | {"lessons": _all(data["lessons"], _done, MOST_LESSONS)})


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key stands in it twice")
    return dict(pairs)


def _done(data: Mapping[str, Any]) -> LessonDone:
    given = _fields(LessonDone, data)
    given["answers"] = _all(given["answers"], lambda each: Answered(**_fields(Answered, each)), MOST_ANSWERS)
    if given["marked"] is not None:
        marked = _fields(Marked, {"unit": Marked.unit} | given["marked"])
        if "unit" not in given["marked"] and max(abs(marked[name]) for name in _FALLS) > 1 + ROUNDED:
            marked["unit"] = "value"  # files of before have no unit, of values neither
        score = _fields(GuessScore, marked["score"])
        score |= {name: _all(score[name], lambda part: whole("part", part, 0), MARKS) for name in ("guess", "top")}
        given["marked"] = Marked(**marked | {"score": GuessScore(**score)})
    return LessonDone(**given)


def _fields(cls: type, data: Any) -> dict[str, Any]:
    """The entries of an object, which are the fields of a class and nothing else."""
    if not isinstance(data, dict) or set(data) != {f.name for f in fields(cls)}:
        raise ValueError(f"{cls.__name__} must have {', '.join(f.name for f in fields(cls))}, and nothing else")
    return dict(data)


def _all(listed: Any, read: Any, most: int) -> tuple[Any, ...]:
    if not isinstance(listed, list) or len(listed) > most:
        raise ValueError(f"a list has at most {most} entries")
    return tuple(read(each) for each in listed)


def _check_texts(of: object, *names: str) -> None:
    for name in names:
        text = getattr(of, name)
        if not isinstance(text, str) or len(text) > LONGEST:
            raise ValueError(f"{name} must be a text of at most {LONGEST} characters")


def _within(name: str, value: object, low: float, high: float) -> None:
    if not low - ROUNDED <= number(name, value) <= high + ROUNDED:
        raise ValueError(f"{name} must lie in {low:g}..{high:g}, got {shown(value)}")
