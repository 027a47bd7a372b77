"""Figures that a lesson speaks of: worked out from the maps that are there, and never written down in a lesson."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from lime_core.arguments import shown
from lime_core.evaluation.certainty import top_certainty
from lime_core.lessons.guess import MARKS, Seen, top_parts
from lime_core.reports.numbers import score_text, two_decimals


@dataclass(frozen=True)
class _Way:
    """How a figure is written: its factor, how many decimals (None for those of a score), and how it reads."""

    factor: float
    decimals: int | None
    text: Callable[[float], str]

    def rounded(self, value: float) -> float:
        if not math.isfinite(value):
            return value
        if self.decimals is not None:
            return round(value, self.decimals)
        return float(score_text(value, "value").replace("−", "-"))


def _percent(value: float) -> str:
    return "not known" if math.isnan(value) else f"{value:z.0f}%"


def _count(value: float) -> str:
    return str(round(value))


_R2, _PERCENT, _POINTS, _COUNT = (
    _Way(1, 2, two_decimals),
    _Way(100, 0, _percent),
    _Way(100, 0, _count),
    _Way(1, 0, _count),
)


def _score(seen: Seen) -> _Way:
    return _PERCENT if seen.e.score_unit == "probability" else _own(seen.e.score_unit)


def _fall(seen: Seen) -> _Way:
    return _POINTS if seen.fall_unit == "probability" else _own(seen.fall_unit)


def _own(unit: str) -> _Way:
    return _Way(1, None, lambda value: score_text(value, unit))


@dataclass(frozen=True)
class _Kind:
    value: Callable[[Seen], float]
    way: Callable[[Seen], _Way]


KINDS: dict[str, _Kind] = {
    "r2": _Kind(lambda seen: seen.e.r2, lambda seen: _R2),
    "model": _Kind(lambda seen: seen.e.model_score, _score),
    "map": _Kind(lambda seen: seen.e.local_prediction, _score),
    "samples": _Kind(lambda seen: seen.e.n_samples, lambda seen: _COUNT),
    "parts": _Kind(lambda seen: seen.e.scene.segmentation.in_photo, lambda seen: _COUNT),
    "certainty": _Kind(lambda seen: min(top_certainty(seen.e, MARKS), 0.99), lambda seen: _PERCENT),
    "fall": _Kind(lambda seen: seen.fall, _fall),
    "by_chance": _Kind(lambda seen: seen.by_chance, _fall),
    "prior": _Kind(lambda seen: seen.e.mean_prior_share, lambda seen: _PERCENT),
}
"""What is said of one map; probabilities and shares in percent, falls in points of 100, other scores in their unit."""

WORDS: dict[str, Callable[[Seen], str]] = {
    "class": lambda seen: seen.e.class_name.split(",")[0],
    "top": lambda seen: ", ".join(map(str, top_parts(seen.e))) or "–",
}
"""What is said of one map and is no number; of no language, but for the name of the class."""

SHARED = "shared"
"""How many of the strongest parts two maps have in common."""

_IN_TEXT = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Figure:
    """A figure by its name and the numbers of the maps that it is about, from 1.

    Parameters
    ----------
    name : str
        A key of `KINDS` or `WORDS`, or `SHARED`.
    maps : tuple of int
        One map, two for `SHARED`.
    """

    name: str
    maps: tuple[int, ...]

    def __str__(self) -> str:
        return " ".join([self.name, *map(str, self.maps)])

    @staticmethod
    def read(text: str, maps: int) -> Figure:
        """Read a figure such as "r2 1" or "shared 1 2".

        Parameters
        ----------
        text : str
            From anybody.
        maps : int
            How many maps there are.

        Returns
        -------
        Figure
            The figure.

        Raises
        ------
        ValueError
            For another name, or a map that is not there; says which there are.
        """
        name, *places = text.split() or [""]
        known = [*KINDS, *WORDS, SHARED]
        if name not in known:
            raise ValueError(f"there is no figure {shown(name)}; there are {', '.join(known)}")
        wanted = 2 if name == SHARED else 1
        if len(places) != wanted or any(not re.fullmatch("[1-9][0-9]?", place) for place in places):
            raise ValueError(
                f"{name} needs the {'numbers of two maps' if wanted == 2 else 'number of one map'}, from 1"
            )
        numbers = tuple(int(place) for place in places)
        if max(numbers) > maps:
            raise ValueError(f"{name} speaks of map {max(numbers)}, and there are {maps}")
        return Figure(name, numbers)

    @property
    def of_falls(self) -> bool:
        """Whether the model is to be asked about hidden parts for it."""
        return self.name in ("fall", "by_chance")

    def value(self, seen: tuple[Seen, ...]) -> float:
        """Work the figure out.

        Parameters
        ----------
        seen : tuple of Seen
            All maps of the lesson.

        Returns
        -------
        float
            In percent for what is a probability, fall of it or share; other scores and falls in their unit.
        """
        way, value = self._written(seen)
        return float(way.factor * value)

    def rounded(self, seen: tuple[Seen, ...]) -> float:
        """Work the figure out as it is read.

        Parameters
        ----------
        seen : tuple of Seen
            All maps of the lesson.

        Returns
        -------
        float
            The number in `text`.
        """
        way, value = self._written(seen)
        return way.rounded(way.factor * value)

    def text(self, seen: tuple[Seen, ...]) -> str:
        """Write the figure.

        Parameters
        ----------
        seen : tuple of Seen
            All maps of the lesson.

        Returns
        -------
        str
            Rounded as it is read.
        """
        if self.name in WORDS:
            return WORDS[self.name](seen[self.maps[0] - 1])
        way, value = self._written(seen)
        return way.text(way.factor * value)

    def _written(self, seen: tuple[Seen, ...]) -> tuple[_Way, float]:
        of = [seen[place - 1] for place in self.maps]
        if self.name == SHARED:
            return _COUNT, len(set(top_parts(of[0].e)) & set(top_parts(of[1].e)))
        kind = KINDS[self.name]
        return kind.way(of[0]), kind.value(of[0])


def figures_in(text: str, maps: int) -> list[Figure]:
    """Find the figures that a text has in curly brackets.

    Parameters
    ----------
    text : str
        From anybody.
    maps : int
        How many maps there are.

    Returns
    -------
    list of Figure
        In their order.

    Raises
    ------
    ValueError
        For brackets that hold no figure.
    """
    return [Figure.read(inside, maps) for inside in _IN_TEXT.findall(text)]


def filled_in(text: str, seen: tuple[Seen, ...], write: Callable[[str], str] = str) -> str:
    """Put figures in the place of their names.

    Parameters
    ----------
    text : str
        With names in curly brackets, which `figures_in` has read.
    seen : tuple of Seen
        All maps of the lesson.
    write : callable, optional
        What is done with each figure, such as to keep Markdown from being read in it.

    Returns
    -------
    str
        The text with the figures.
    """
    return _IN_TEXT.sub(lambda found: write(Figure.read(found[1], len(seen)).text(seen)), text)
