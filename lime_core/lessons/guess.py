"""What somebody believes matters in a picture, beside what the map says and what the model does without it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from lime_core.arguments import is_a, whole
from lime_core.arrays import Clusters, Masks
from lime_core.drawing.heatmap import ranked
from lime_core.explanation.explanation import Explanation
from lime_core.models.scores import SPACES
from lime_core.probing.probe import Probe
from lime_core.probing.spec import ProbeSpec

MARKS = 3
"""Superpixels that are marked."""

RANDOM = 10
"""Random sets beside which a fall of the score is seen."""


@dataclass(frozen=True)
class HiddenParts:
    """The full picture, and then one with each of some sets hidden; as a sampler, though nothing is fitted to it.

    Parameters
    ----------
    sets : tuple of tuple of int
        Superpixels that are hidden together.
    """

    weighted: ClassVar[bool] = False

    sets: tuple[tuple[int, ...], ...]

    def __call__(self, n: int, d: int, seed: int) -> Masks:
        masks = np.ones((1 + len(self.sets), d), dtype=np.float32)
        for row, hidden in zip(masks[1:], self.sets, strict=True):
            row[list(hidden)] = 0
        return masks[:n]

    def limit(self, d: int) -> int | None:
        """One row more than there are sets, see `Sampler`."""
        return 1 + len(self.sets)

    def clusters(self, n: int, d: int, seed: int) -> Clusters:
        """(n,) each row by itself, see `Sampler`."""
        return np.arange(min(n, 1 + len(self.sets)))


@dataclass(frozen=True, eq=False)
class Seen:
    """One map of a lesson, and how far the score falls without parts of it.

    Parameters
    ----------
    e : Explanation
        The map.
    fall : float, default 0
        How far the probability, or value, falls when its three strongest parts are hidden.
    by_chance : float, default 0
        The mean of that over random sets of three parts.
    """

    e: Explanation
    fall: float = 0.0
    by_chance: float = 0.0

    @property
    def fall_unit(self) -> str:
        """What falls are in, whatever the score of the map: "probability", or the unit of values."""
        return self.e.score_unit if self.e.settings.space == "value" else "probability"

    @staticmethod
    def of(e: Explanation, fallen: tuple[float, ...] = ()) -> Seen:
        """Put a map and the falls of its own `hidden_parts` together.

        Parameters
        ----------
        e : Explanation
            The map.
        fallen : tuple of float, default ()
            As `falls` gives them: that of the strongest parts, then those of random ones.

        Returns
        -------
        Seen
            With the mean of the random ones.
        """
        return Seen(e, fallen[0], float(np.mean(fallen[1:]))) if fallen else Seen(e)


@dataclass(frozen=True)
class GuessScore:
    """A guess beside a map.

    Parameters
    ----------
    guess : tuple of int
        The superpixels that were marked, in rising order.
    top : tuple of int
        Those that speak most for the class on the map, the strongest first; fewer than `MARKS` where fewer do.
    parts : int
        How many superpixels the photo has; the border that pads one, the last of all, is none of them.
    shared : int
        How many are in both.
    chance : float
        How many a random guess shares on average.
    caught : float
        Share of the sum of all |weight| that lies in the guess, 0..1; 0 for a map without weights.
    best : float
        The same of `top`.
    """

    guess: tuple[int, ...]
    top: tuple[int, ...]
    parts: int
    shared: int
    chance: float
    caught: float
    best: float


def top_parts(e: Explanation) -> tuple[int, ...]:
    """Find the `MARKS` superpixels that speak most for the class.

    Parameters
    ----------
    e : Explanation
        The map.

    Returns
    -------
    tuple of int
        The strongest first; fewer where fewer have a weight above 0.
    """
    return tuple(int(part) for part in ranked(e.weights, "for", MARKS, 0.0))


def score_guess(e: Explanation, guess: Iterable[int]) -> GuessScore:
    """Score a guess against a map; no model is asked.

    Parameters
    ----------
    e : Explanation
        The map.
    guess : iterable of int
        `MARKS` different superpixels of it.

    Returns
    -------
    GuessScore
        What they share with the strongest, and how much of the map they catch.

    Raises
    ------
    ValueError, TypeError
        For another number of superpixels, one that is named twice or is none of the photo's, or what is no map.
    """
    is_a("e", e, Explanation, "an Explanation, as explain and explain_image give")
    parts = e.scene.segmentation.in_photo
    marked = marked_parts(guess, parts)
    top, sizes = top_parts(e), np.abs(e.weights)
    total = float(sizes.sum()) or 1.0
    caught, best = (float(sizes[list(listed)].sum()) / total for listed in (marked, top))
    shared = len(set(marked) & set(top))
    return GuessScore(marked, top, parts, shared, MARKS * len(top) / parts, caught, best)


def marked_parts(guess: Iterable[int], d: int) -> tuple[int, ...]:
    """Read a guess.

    Parameters
    ----------
    guess : iterable of int
        From anybody.
    d : int
        How many superpixels there are.

    Returns
    -------
    tuple of int
        In rising order.

    Raises
    ------
    ValueError, TypeError
        For another number than `MARKS`, one that is named twice, or is none of 0..d-1.
    """
    if isinstance(guess, str | bytes) or not isinstance(guess, Iterable):
        raise TypeError(f"guess must be the numbers of {MARKS} superpixels")
    marked = sorted({whole("guess", part, 0, d - 1) for part in guess})
    if len(marked) != MARKS:
        raise ValueError(f"guess must be {MARKS} different superpixels, got {len(marked)}")
    return tuple(marked)


def hidden_parts(e: Explanation, *sets: tuple[int, ...]) -> ProbeSpec:
    """Make the spec that asks what the model says without some parts.

    Parameters
    ----------
    e : Explanation
        The map whose superpixels these are; they are hidden as its samples hide.
    *sets : tuple of int
        Each is hidden together; none for the strongest of the map, and `RANDOM` random sets of as many.

    Returns
    -------
    ProbeSpec
        For a `ProbeStore`; it has one row more than there are sets.
    """
    if not sets:
        top, rng = top_parts(e), np.random.default_rng(0)
        drawn = (rng.choice(e.scene.segmentation.in_photo, len(top), replace=False) for _ in range(RANDOM))
        sets = (top, *(tuple(sorted(each.tolist())) for each in drawn))
    return replace(e.alone, sampler=HiddenParts(sets), seed=0)


def falls(probe: Probe, class_index: int) -> tuple[float, ...]:
    """Read how far the score falls without each of the sets of `hidden_parts`.

    Parameters
    ----------
    probe : Probe
        All rows of that spec.
    class_index : int
        The class that is explained.

    Returns
    -------
    tuple of float
        Probability, or value, of the full picture less that without the set; below 0 where it rises.

    Raises
    ------
    ValueError
        For a probe of another spec, or one that is still growing.
    """
    sampler = probe.spec.sampler
    if not isinstance(sampler, HiddenParts) or len(probe) != 1 + len(sampler.sets):
        raise ValueError("the probe must have all rows of a spec that hidden_parts gives")
    scores = probe.scores(class_index, SPACES[probe.kind][0])
    return tuple((scores[0] - scores[1:]).tolist())
