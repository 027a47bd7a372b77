"""What other methods said, kept for everyone; one of them is asked at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable
from dataclasses import dataclass, replace

from streamlit.delta_generator import DeltaGenerator

import lime_core as lc
from lime_core.arrays import Floats
from pages.ui.figures.sentences import sentence
from pages.ui.runs import caches, growing
from pages.ui.runs.caches import Chosen

KEPT = 200
"""Answers that are kept; one of 224 × 224 pixels has 400 kB."""

_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, eq=False)
class Answer:
    """What a method said.

    values : (h, w) float64, read-only; None where the method cannot be used
    asked : pictures that the model was asked about
    reason : why it cannot be used
    """

    values: Floats | None
    asked: int = 0
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Asking:
    """What a method is asked, about the same crop and class as a map of LIME.

    spec : of the map's probe, whose superpixels and hide color are taken
    space : the score
    """

    method: lc.AttributionMethod
    chosen: Chosen
    spec: lc.ProbeSpec
    space: str | None

    @property
    def key(self) -> Hashable:
        """All that an answer depends on: of the samples only what is hidden."""
        own = self.spec.segmenter
        segmenter = own.emptied() if isinstance(own, lc.LabelMap) else own
        of = replace(self.spec, segmenter=segmenter, sampler=lc.FoldOver(), seed=0)
        return of, self.chosen.class_index, self.space, self.method

    @property
    def answer(self) -> Answer | None:
        """What is kept; None where the method was not asked yet."""
        found: Answer | None = caches.shared("attributions").get(self.key)
        return found


def ask(asking: Asking, progress: DeltaGenerator) -> None:
    """Ask a method, and keep what it says."""
    while not _ONE_AT_A_TIME.acquire(timeout=growing.TELL):
        progress.progress(0.0, text=sentence(f"{asking.method.title} · another reader's method comes first"))
    try:
        if asking.answer is not None:
            return
        answer, kept = _asked(asking, progress), caches.shared("attributions")
        while len(kept) >= KEPT:
            kept.pop(next(iter(kept)))
        kept[asking.key] = answer
    finally:
        _ONE_AT_A_TIME.release()


def _asked(asking: Asking, progress: DeltaGenerator) -> Answer:
    method, chosen, told = asking.method, asking.chosen, 0.0

    def tell(done: int, total: int) -> None:
        nonlocal told
        if (now := time.perf_counter()) - told >= growing.TELL:
            told = now
            progress.progress(done / total, text=sentence(f"{method.title} · {done} of {total} pictures"))

    probing = lc.ProbeSettings(asking.spec.segmenter, asking.spec.hiding)
    progress.progress(0.0, text=sentence(f"{method.title} · cutting the picture …"))
    try:
        found = lc.attribute(
            chosen.picture, chosen.model, method, chosen.class_index, probing, asking.space, on_progress=tell
        )
    except (lc.UnfitMethod, lc.BadScores) as error:
        return Answer(None, reason=error.public)
    return Answer(found.values, found.asked)
