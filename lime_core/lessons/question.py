"""Questions and statements of a lesson, and whether what is answered or stated is right."""

from __future__ import annotations

import math
import operator
import re
from dataclasses import dataclass

from lime_core.arguments import one_of, shown
from lime_core.lessons.figure import WORDS, Figure
from lime_core.lessons.guess import Seen
from lime_core.reports.numbers import number

KINDS = ("mark", "choice", "number", "text")
"""Three parts are marked, one of several answers is chosen, a number is given, or a text is written."""

WHEN = ("before", "after")
"""Whether it is asked before the maps are shown, or after that."""

MOST = 1_000_000
"""The largest number that can be answered."""

_COMPARED = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "=": operator.eq}
_MARKS = re.compile(r"(\*\*|__|[*_`])(?=\S)(.+?)(?<=\S)\1(?!\w)")
_STATEMENT = re.compile(r"(.+?)\s*(>=|<=|>|<|=)\s*(.+)")


@dataclass(frozen=True)
class Question:
    """A question.

    Parameters
    ----------
    kind : {"mark", "choice", "number", "text"}
        How it is answered.
    text : str
        What is asked.
    when : {"before", "after"}, default "before"
        Whether the maps are hidden while it is asked.
    options : tuple of str, default ()
        Two to six answers, of which "choice" takes one.
    answer : str, Figure or float, default ""
        The option that is right, or the number; nothing for "mark" and "text".
    tolerance : float, default 0
        How far a number may be off.
    explanation : str, default ""
        What is said once it is answered, with figures in curly brackets.

    Raises
    ------
    ValueError
        For parts that do not belong together; says which.
    """

    kind: str
    text: str
    when: str = "before"
    options: tuple[str, ...] = ()
    answer: str | Figure | float = ""
    tolerance: float = 0.0
    explanation: str = ""

    def __post_init__(self) -> None:
        one_of("kind", self.kind, KINDS)
        one_of("when", self.when, WHEN)
        if not self.text:
            raise ValueError("text must say what is asked")
        if self.kind == "mark" and self.when != "before":
            raise ValueError("when must be before for what is marked: the map shows it")
        if self.kind == "choice" and not (2 <= len(self.options) <= 6 and len(set(self.options)) == len(self.options)):
            raise ValueError("options must be two to six different answers")
        if self.kind != "choice" and self.options:
            raise ValueError("options are for the kind choice alone")
        if self.kind == "choice" and self.answer not in self.options:
            raise ValueError("answer must be one of the options, word for word")
        if self.kind == "number" and isinstance(self.answer, str):
            raise ValueError("answer must be a number, or a figure such as 'r2 1'")
        if isinstance(self.answer, Figure) and self.answer.name in WORDS:
            raise ValueError(f"answer must be a number, or a figure that is one, and {self.answer.name} is words")
        if isinstance(self.answer, float) and not abs(self.answer) <= MOST:
            raise ValueError(f"answer must lie in [{-MOST}, {MOST}], got {shown(self.answer)}")
        if self.kind in ("mark", "text") and self.answer != "":
            raise ValueError(f"answer must be left out: nobody can check the kind {self.kind}")
        if not 0 <= self.tolerance < math.inf or (self.tolerance and self.kind != "number"):
            raise ValueError("tolerance must be a number from 0, for the kind number alone")

    @property
    def plain(self) -> str:
        """What is asked, without the marks of Markdown."""
        return _MARKS.sub(r"\2", self.text)

    @property
    def asks(self) -> tuple[object, ...]:
        """What an answer depends on, whatever the words: of options their number, and the place of the right one."""
        answer = self.options.index(str(self.answer)) if self.options else self.answer
        return self.kind, self.when, len(self.options), answer, self.tolerance

    def right(self, given: str | float, seen: tuple[Seen, ...]) -> bool | None:
        """Say whether an answer is right.

        Parameters
        ----------
        given : str or float
            The option, or the number.
        seen : tuple of Seen
            All maps of the lesson.

        Returns
        -------
        bool or None
            None for what nobody can check.
        """
        if self.kind == "choice":
            return given == self.answer
        if self.kind == "number":
            return abs(float(given) - self._number(seen)) <= self.tolerance + 1e-9
        return None

    def truth(self, seen: tuple[Seen, ...]) -> str:
        """Write the right answer.

        Parameters
        ----------
        seen : tuple of Seen
            All maps of the lesson.

        Returns
        -------
        str
            Empty where there is none.
        """
        if isinstance(self.answer, Figure):
            return self.answer.text(seen)
        return number(self.answer) if isinstance(self.answer, float) else self.answer

    def _number(self, seen: tuple[Seen, ...]) -> float:
        assert not isinstance(self.answer, str)
        # What the page shows as the answer is right, not the digits behind it.
        return self.answer.rounded(seen) if isinstance(self.answer, Figure) else self.answer


@dataclass(frozen=True)
class Statement:
    """What a lesson says of its figures, such as "r2 1 > 0.8" or "fall 1 > fall 2".

    Parameters
    ----------
    left : Figure
        What is compared.
    sign : str
        One of >=, <=, >, < and =.
    right : Figure or float
        What it is compared with.
    """

    left: Figure
    sign: str
    right: Figure | float

    def __str__(self) -> str:
        right = f"{self.right:g}" if isinstance(self.right, float) else str(self.right)
        return f"{self.left} {self.sign} {right}"

    @staticmethod
    def read(text: str, maps: int) -> Statement:
        """Read a statement.

        Parameters
        ----------
        text : str
            From anybody.
        maps : int
            How many maps there are.

        Returns
        -------
        Statement
            The statement.

        Raises
        ------
        ValueError
            For what compares no figure with another one, or with a number.
        """
        found = _STATEMENT.fullmatch(text.strip())
        if not found:
            raise ValueError(f"a statement is such as 'r2 1 > 0.8', got {shown(text)}")
        left, sign, right = found.groups()
        compared = Figure.read(left, maps), value_or_figure(right, maps)
        if {each.name for each in compared if isinstance(each, Figure)} & set(WORDS):
            raise ValueError(f"words are not compared, got {shown(text)}")
        return Statement(compared[0], sign, compared[1])

    def holds(self, seen: tuple[Seen, ...]) -> bool:
        """Look whether it is so.

        Parameters
        ----------
        seen : tuple of Seen
            All maps of the lesson.

        Returns
        -------
        bool
            False also where a figure is not known.
        """
        right = self.right.value(seen) if isinstance(self.right, Figure) else self.right
        return bool(_COMPARED[self.sign](self.left.value(seen), right))


def value_or_figure(text: str, maps: int) -> Figure | float:
    """Read a number, or a figure.

    Parameters
    ----------
    text : str
        From anybody.
    maps : int
        How many maps there are.

    Returns
    -------
    Figure or float
        Whichever it is.

    Raises
    ------
    ValueError
        For neither.
    """
    if re.fullmatch(r"-?[0-9]{1,6}(\.[0-9]{1,6})?", text.strip()):
        return float(text)
    return Figure.read(text, maps)
