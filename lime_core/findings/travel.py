"""What travels: whether settings that were found on one photo hold for another, another class, another model.

For each pair of cases the setting that is best for the first is judged on the second.  What is lost there stands beside
what the base loses, which nobody had to search for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lime_core.files.names import noun_of
from lime_core.findings.losses import Losses
from lime_core.tuning.space import ASKED
from lime_core.tuning.trial import mean_of

HOLDS = 0.1
"""What may be lost, as a share of the best gain, so that settings are said to hold."""

PLACES = {
    "photo": "another photo of the same {noun}",
    "class": "a photo of another {noun}",
    "model": "another model",
}
"""Where settings can be carried to, and what that is called; the noun is that of `Journey`."""


@dataclass(frozen=True)
class Journey:
    """How settings of one case do in others.

    Parameters
    ----------
    place : str
        A key of `PLACES`.
    pairs : int
        Pairs of cases that it rests on, those of which both losses are known.
    loss, base_loss : float
        What settings that are best for one case lose in the other, and what the base loses there: shares of the best
        gain, means over the pairs.  NaN without pairs.
    noun : {"class", "output"}, default "class"
        What the models answer with.
    """

    place: str
    pairs: int
    loss: float
    base_loss: float
    noun: str = "class"

    def in_words(self) -> str:
        """Say whether settings hold there.

        Returns
        -------
        str
            One or two sentences.
        """
        where = PLACES[self.place].format(noun=self.noun)
        if not self.pairs:
            return f"Nothing is known of {where}: give one."
        told = f"For {where}, settings that were found on one photo lose {self.loss:.0%} of the best gain"
        beside = _base_in_words(self.base_loss, "there")
        if self.base_loss < 0:
            verdict = "They hold." if self.loss <= HOLDS else "Tune anew."
        elif self.loss <= min(HOLDS, self.base_loss):
            verdict = "They hold."
        elif self.loss < self.base_loss:
            verdict = "They hold better than these, and tuning anew is better still."
        else:
            verdict = "Tune anew, or keep these."
        rests = f" It rests on {self.pairs} pair{'s' if self.pairs > 1 else ''} only." if self.pairs < 10 else ""
        return f"{told}; {beside}. {verdict}{rests}"


def journeys(losses: Losses) -> tuple[Journey, ...]:
    """Judge the best setting of each case in all others.

    Parameters
    ----------
    losses : Losses
        Settings in c cases.

    Returns
    -------
    tuple of Journey
        One for each of `PLACES`.  Classes are told apart by their numbers; a case that leaves its class open, see
        `Case`, counts for another model alone.
    """
    cases = losses.cases
    own = [losses.best([place]) for place in range(len(cases))]
    found_in = np.asarray(~np.isnan(losses.losses).all(axis=0))

    def found(place: str, related: Callable[[int, int], bool]) -> Journey:
        pairs = [(a, b) for a in range(len(cases)) for b in range(len(cases)) if a != b and related(a, b)]
        both = [(losses.losses[own[a], b], losses.losses[0, b]) for a, b in pairs if found_in[a]]
        known = [each for each in both if not np.isnan(each).any()]
        loss, base_loss = (_mean([each[number] for each in known]) for number in (0, 1))
        return Journey(place, len(known), loss, base_loss, noun_of(cases[0].model.kind))

    def same_model(a: int, b: int) -> bool:
        one, other = cases[a].model, cases[b].model
        return (one.name, one.fingerprint) == (other.name, other.fingerprint)

    def same_photo(a: int, b: int) -> bool:
        return cases[a].picture.digest == cases[b].picture.digest

    def other_photo(a: int, b: int, same_class: bool) -> bool:
        one, other = cases[a].class_index, cases[b].class_index
        known = one is not None and other is not None
        return known and (one == other) == same_class and same_model(a, b) and not same_photo(a, b)

    return (
        found("photo", lambda a, b: other_photo(a, b, same_class=True)),
        found("class", lambda a, b: other_photo(a, b, same_class=False)),
        found("model", lambda a, b: same_photo(a, b) and not same_model(a, b)),
    )


def left_out_in_words(losses: Losses) -> str:
    """Say what a search like this one is worth on a photo that it did not see.

    Parameters
    ----------
    losses : Losses
        Settings in several cases.

    Returns
    -------
    str
        One sentence; empty for a single photo.
    """
    lost = losses.left_out()
    if np.isnan(lost).all():
        return ""
    counted = ~np.isnan(lost)
    base = _mean(losses.losses[0][counted].tolist())
    return (
        f"With each photo in turn left out of the search, what is best on the others loses {_mean(lost.tolist()):.0%} "
        f"of the best gain on it; {_base_in_words(base, 'on it')}."
    )


def _base_in_words(loss: float, where: str) -> str:
    """What the base loses; it gains more than the best that may be chosen only where it is not steady enough."""
    if loss < 0:
        return f"the settings to begin with gain more {where}, and are not steady enough"
    return f"the settings to begin with lose {loss:.0%} {where}"


def parts_to_tune(losses: Losses) -> dict[str, float]:
    """Find which parts of a setting must be tuned anew: what is lost where one is held and all others are tuned.

    Parameters
    ----------
    losses : Losses
        Settings in several cases.

    Returns
    -------
    dict of str to float
        By the name of each part that varies, the mean over the cases of the least loss among settings with this part as
        in the setting that is best on average; the largest first.
    """
    held = losses.settings[losses.best()].values
    values = [setting.values for setting in losses.settings]
    table = np.where(losses.choosable[:, None], losses.losses, np.inf)
    found = {}
    for part in held:
        if len({each[part] for each in values}) < 2:
            continue
        alike = np.array([each[part] == held[part] for each in values])
        least = np.where(alike[:, None], table, np.inf).min(axis=0)
        loss = float(mean_of(np.where(np.isfinite(least), least, np.nan)))
        if not math.isnan(loss):
            found[part] = loss
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def parts_in_words(losses: Losses) -> str:
    """Say which parts of a setting must be tuned anew for each case.

    Parameters
    ----------
    losses : Losses
        Settings in several cases.

    Returns
    -------
    str
        One sentence or two; empty where nothing varies, and for a single photo, which says nothing of others.
    """
    found = parts_to_tune(losses)
    if not found or len({case.picture.digest for case in losses.cases}) < 2:
        return ""
    anew = [part for part, loss in found.items() if loss > HOLDS / 2]
    kept = [part for part in found if part not in anew]
    held = losses.settings[losses.best()].values
    told = []
    if kept:
        values = [f"{part} ({held[part] or 'as usual'})" for part in kept]
        told.append(f"Can be kept: {', '.join(values)}.")
    if anew:
        costs = [f"{part} ({found[part]:.0%} lost{', asks the model again' if part in ASKED else ''})" for part in anew]
        told.append(f"To be tuned anew: {', '.join(costs)}.")
    return " ".join(told)


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan
