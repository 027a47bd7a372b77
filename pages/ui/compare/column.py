"""One of the maps that are compared, with all that it needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import lime_core as lc
from lime_core.arrays import Floats
from lime_core.attributions.side_by_side import map_of
from pages.ui.compare.answers import Answer, Asking
from pages.ui.runs import caches, growing
from pages.ui.runs.caches import Chosen
from pages.ui.sidebar.probe import Plan


@dataclass(frozen=True, eq=False)
class Column:
    """One of the maps; what is there of it is looked up once for each drawing, for others may need its place.

    chosen : photo, model and class
    plan : what the model is asked
    settings : of the fit, without a class
    method : another one than LIME, which takes the plan's superpixels and hide color
    note : what is not as chosen
    """

    title: str
    chosen: Chosen
    plan: Plan
    settings: lc.FitSettings
    method: lc.AttributionMethod | None = None
    note: str = ""

    @property
    def of_values(self) -> bool:
        """Whether what is explained is a value, which has a higher and a lower, and no class."""
        return self.chosen.model.kind == "values"

    @cached_property
    def wanted(self) -> growing.Wanted:
        """The probe that LIME needs."""
        samples = self.plan.spec.reachable(self.plan.num_samples, self.plan.segmentation.counts)
        return growing.Wanted(self.title, self.plan.spec, samples, self.chosen)

    @cached_property
    def explanation(self) -> lc.Explanation | None:
        """The map of LIME, where its samples are all there; None for other methods."""
        wanted = self.wanted
        probe = None if self.method else caches.store().get(wanted.spec)
        if probe is None or len(probe) < wanted.samples:
            return None
        return lc.fit(probe.first(wanted.samples), replace(self.settings, class_index=self.chosen.class_index))

    @cached_property
    def answer(self) -> Answer | None:
        """What another method said, or why it cannot; None where it was not asked, and for LIME."""
        return self.asking.answer if self.asking else None

    @property
    def asking(self) -> Asking | None:
        """What another method is asked; None for LIME."""
        return Asking(self.method, self.chosen, self.plan.spec, self.settings.space) if self.method else None

    @cached_property
    def values(self) -> Floats | None:
        """(h, w) the map by pixel; None while it is not there."""
        if self.method is None:
            e = self.explanation
            return None if e is None else map_of(e)
        return None if self.answer is None else self.answer.values

    @property
    def relevance(self) -> lc.Explanation | Floats:
        """A map that is there, as the core takes it: importances are told by their explanation."""
        relevance = self.values if self.explanation is None else self.explanation
        assert relevance is not None
        return relevance
