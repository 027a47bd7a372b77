"""Growing probes while a page looks on: how far a run has come, and when a map is worth drawing again."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import lime_core as lc
from pages.ui.runs.caches import Chosen, note_rate, rate, store

REDRAW = 1.0
"""Seconds between two drawings of a map that is still growing; drawing takes time from the model."""

SHARPER = 1.6
"""By how much a map must have grown to be worth another drawing: its noise falls with the root of the samples."""

FIRST_LOOK = 0.5
"""Seconds that the page is held back for, so that it comes with its first map; others may be in front."""

TELL = 0.2
"""Seconds between two steps of progress: to show every batch would keep the processor from the model."""


@dataclass(frozen=True)
class Step:
    """How far a run has come, and when it should be done.

    draw : whether it is time to show it
    label : what progress says before the numbers
    """

    done: int
    total: int
    seconds_left: float
    draw: bool
    label: str = ""


@dataclass(frozen=True, eq=False)
class Wanted:
    """A probe that a run is to have: what progress says of it, what it is of, and how many samples."""

    label: str
    spec: lc.ProbeSpec
    samples: int
    chosen: Chosen

    @property
    def missing(self) -> int:
        """Samples that the model has to be asked for."""
        return max(0, self.samples - len(store().get(self.spec) or ()))


def least(spec: lc.ProbeSpec) -> int:
    """Samples that a first map takes: the full picture of each segmentation, and one beside it."""
    return 1 + len(spec.members)


def settled(spec: lc.ProbeSpec, num_samples: int, settings: lc.FitSettings, k: int) -> bool:
    """Whether the samples that are there, `num_samples` at most, settle the k strongest; never for k = 0."""
    probe = store().get(spec)
    return bool(k and probe and len(probe) >= least(spec) and lc.settled(probe.first(num_samples), settings, k))


def grow(
    spec: lc.ProbeSpec, chosen: Chosen, num_samples: int, settings: lc.FitSettings | None = None, settle: int = 0
) -> Iterator[Step]:
    """Grow the shared probe of `spec`, yielding every `TELL` seconds and whenever there is more to draw.

    Ends before where so many of the strongest superpixels are to be settled, and are with these settings.
    """
    if settings and settled(spec, num_samples, settings, settle):
        return
    before, first = len(store().get(spec) or ()), least(spec)
    expected = rate(chosen.model)
    start = last_step = time.perf_counter()
    with closing(store().grow(spec, chosen.picture, chosen.model, num_samples)) as growing:
        probes = lc.until_settled(growing, settings, settle) if settings and settle else growing
        for probe in probes:
            now = time.perf_counter()
            done, spent = len(probe), now - start
            if done > before and spent >= REDRAW / 2:
                expected = (done - before) / spent
                note_rate(chosen.model, expected)
            left = (num_samples - done) / expected
            # Who waits for a turn has nothing new to see, and who is nearly there gets the last map soon.
            draw = first <= done < num_samples and (
                before < first or (done >= SHARPER * before and spent >= REDRAW and left >= REDRAW)
            )
            if draw or now - last_step >= TELL:
                last_step = now
                yield Step(done, num_samples, left, draw)


def grow_each(probes: Sequence[Wanted], done: set[lc.ProbeSpec]) -> Iterator[Step]:
    """Grow one shared probe after the other; what is finished is worth a drawing, one that is half done is not.

    done : those that this run has grown.  They are not asked for again, even if the store had to let them go since.
    """
    missing = [0 if wanted.spec in done else wanted.missing for wanted in probes]
    total, start = sum(wanted.samples for wanted in probes), time.perf_counter()
    for number, wanted in enumerate(probes):
        if not missing[number]:
            continue
        later, rest = sum(missing[number + 1 :]), 0.0
        for other, samples in zip(probes[number + 1 :], missing[number + 1 :], strict=True):
            rest += samples / rate(other.chosen.model) if samples else 0.0
        for step in grow(wanted.spec, wanted.chosen, wanted.samples):
            done_now = total - later - (wanted.samples - step.done)
            yield Step(done_now, total, step.seconds_left + rest, False, f"{wanted.label} · ")
        done.add(wanted.spec)
        if later and time.perf_counter() - start >= REDRAW:
            yield Step(total - later, total, rest, True)


def first_look(spec: lc.ProbeSpec, chosen: Chosen, num_samples: int) -> None:
    """Ask for a first map at once: it takes less time than drawing a page without one would."""
    end = time.perf_counter() + FIRST_LOOK
    with closing(store().grow(spec, chosen.picture, chosen.model, num_samples)) as probes:
        for probe in probes:
            if len(probe) >= least(spec) or time.perf_counter() >= end:
                return
