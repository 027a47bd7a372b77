"""Preference: which of two settings a person likes better, found blind and no sooner than chance allows.

Two maps of one photo are shown without names, and the person says which tells more.  When the preference is told, see
`looks`.
"""

from __future__ import annotations

import csv
import io
import math
import random
from dataclasses import dataclass, replace

from lime_core.arguments import one_of, whole
from lime_core.files.records import harmless
from lime_core.findings.looks import FIRST_LOOK, LAST_LOOK, boundary

CHOICES = ("first", "second", "neither")


@dataclass(frozen=True)
class Answer:
    """What a person said to two maps.

    Parameters
    ----------
    photo : str
        The name of the photo.
    choice : "first", "second" or "neither"
        The setting whose map tells more: the first of the two that are compared, or the second.
    gains : (float, float), default (NaN, NaN)
        What the metric says of both maps, higher is better.

    Raises
    ------
    ValueError
        For another choice.
    """

    photo: str
    choice: str
    gains: tuple[float, float] = (math.nan, math.nan)

    def __post_init__(self) -> None:
        one_of("choice", self.choice, CHOICES)


@dataclass(frozen=True)
class Preference:
    """The answers of a person to maps of two settings.

    Parameters
    ----------
    first, second : str
        What the settings are called.
    answers : tuple of Answer, default ()
        In the order in which they were given.
    """

    first: str
    second: str
    answers: tuple[Answer, ...] = ()

    def with_answer(self, answer: Answer) -> Preference:
        """Add an answer.

        Parameters
        ----------
        answer : Answer
            The next.

        Returns
        -------
        Preference
            With one answer more.
        """
        return replace(self, answers=(*self.answers, answer))

    @property
    def counts(self) -> tuple[int, int]:
        """How often each was chosen; answers for neither count for none."""
        choices = [answer.choice for answer in self.answers]
        return choices.count("first"), choices.count("second")

    @property
    def decided(self) -> str | None:
        """The setting that is preferred, "first" or "second"; None where that is not known.

        What was told once stays, whatever is answered later.
        """
        wins = self._told
        return None if wins is None else ("first" if wins[0] > wins[1] else "second")

    @property
    def _told(self) -> tuple[int, int] | None:
        """How often each had been chosen when a preference was told."""
        wins = [0, 0]
        for answer in self.answers:
            if answer.choice == "neither":
                continue
            wins[answer.choice == "second"] += 1
            told = sum(wins)
            if FIRST_LOOK <= told <= LAST_LOOK and max(wins) >= boundary(told):
                return wins[0], wins[1]
        return None

    @property
    def sureness(self) -> float:
        """How probable it is that the setting chosen more often is chosen by more than half of all answers, 0.5..1.

        From even odds of every share before (a uniform prior); it does not know how often it was looked at.
        """
        high, low = sorted(self.counts, reverse=True)
        # P(share > 1/2) with the posterior Beta(high + 1, low + 1) is that of at least low + 1 … of a binomial.
        n = high + low + 1
        return sum(math.comb(n, k) for k in range(low + 1, n + 1)) / 2**n if high > low else 0.5

    @property
    def agreement(self) -> tuple[int, int]:
        """How often the metric has chosen as the person did, and out of how many answers in which both chose."""
        both = [
            (answer.choice == "first") == (answer.gains[0] > answer.gains[1])
            for answer in self.answers
            if answer.choice != "neither"
            and answer.gains[0] != answer.gains[1]
            and not any(map(math.isnan, answer.gains))
        ]
        return sum(both), len(both)

    def in_words(self) -> str:
        """Say which setting is preferred, how sure that is, and whether the metric agrees.

        Returns
        -------
        str
            Two sentences or three; before the tenth answer how many are still needed.
        """
        first, second = self.counts
        told = first + second
        if told < FIRST_LOOK:
            left = FIRST_LOOK - told
            return f"{left} more choice{'s' if left > 1 else ''} until something can be said."
        liked = self.first if first >= second else self.second
        if wins := self._told:
            liked = self.first if wins[0] > wins[1] else self.second
            counted = sum(wins) if sum(wins) == told else f"the first {sum(wins)}"
            said = f"You prefer {liked}: chosen {max(wins)} of {counted} times."
            if (first > second) == (wins[0] > wins[1]):
                said += f" That you would choose it more often than not is {min(self.sureness, 0.999):.1%} sure."
        elif told >= LAST_LOOK:
            said = f"You prefer neither: {self.first} {first} times, {self.second} {second} times of {told}."
        else:
            said = f"Not decided yet: {self.first} {first} times, {self.second} {second} times of {told}."
        agreed, judged = self.agreement
        if not judged:
            return said
        return (
            f"{said} The relevance gain chose as you did {agreed} of {judged} times, where chance has {judged / 2:g}."
        )

    def to_csv(self) -> str:
        """Write the answers as a table.

        Returns
        -------
        str
            CSV with a row for each answer: photo, what was chosen, and both gains.
        """
        out = io.StringIO()
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(["photo", "chosen", f"gain of {self.first}", f"gain of {self.second}"])
        names = {"first": self.first, "second": self.second, "neither": "neither"}
        for answer in self.answers:
            gains = ["" if math.isnan(gain) else f"{gain:.6g}" for gain in answer.gains]
            rows.writerow([harmless(answer.photo), harmless(names[answer.choice]), *gains])
        return out.getvalue()


def sides(photo: str, number: int, seed: int = 0) -> tuple[str, str]:
    """Say which setting stands left and which right, the same whenever it is asked.

    Parameters
    ----------
    photo : str
        The name of the photo.
    number : int, at least 0
        Which question it is.
    seed : int, default 0
        Another one stands for another person.

    Returns
    -------
    tuple of "first" and "second"
        Left and right.
    """
    draw = random.Random(f"{seed} {whole('number', number, 0)} {photo}")
    return ("first", "second") if draw.random() < 0.5 else ("second", "first")
