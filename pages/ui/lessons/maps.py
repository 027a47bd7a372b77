"""The maps of a lesson: what is asked for them, and what there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import lime_core as lc
from lime_core.hand_ins.hand_in import Marked
from lime_core.lessons.guess import MARKS, Seen, falls, hidden_parts
from lime_core.lessons.planted import PLANTED
from pages.ui.runs import caches, growing
from pages.ui.runs.caches import Chosen
from pages.ui.runs.priors import ACTIVATION


@dataclass(frozen=True, eq=False)
class Prepared:
    """A map before it is asked for; it holds a model, so nobody keeps it between two drawings."""

    title: str
    link: lc.Link
    chosen: Chosen
    segmentation: lc.Segmentation
    spec: lc.ProbeSpec

    @property
    def wanted(self) -> growing.Wanted:
        """Its samples."""
        samples = self.spec.reachable(self.link.setting.num_samples, self.segmentation.counts)
        return growing.Wanted(self.title, self.spec, samples, self.chosen)

    @property
    def explanation(self) -> lc.Explanation | None:
        """The map; None while samples are missing."""
        probe = caches.store().get(self.spec)
        if probe is None or len(probe) < self.wanted.samples:
            return None
        fitting = replace(self.link.setting.fitting, class_index=self.link.class_index)
        if (prior := self._prior()) is not None:
            surrogate, strength = lc.with_prior(fitting.surrogate), self.link.prior_strength
            strength = lc.usual_strength(prior, surrogate) if strength is None else strength
            fitting = replace(fitting, prior=prior, prior_strength=strength, surrogate=surrogate)
        try:
            return lc.fit(probe.first(self.wanted.samples), fitting)
        except ValueError as error:  # of a model without names only its answers say how many classes it has
            raise lc.BadLesson(f"The map “{self.title}” cannot be made: {error}.") from error

    def check(self) -> None:
        """Raise a LimeError where no map would come of what the model is asked."""
        model, space = self.chosen.model, self.link.setting.fitting.space
        spaces, classes = lc.SPACES[model.kind], len(model.class_names)
        if space and space not in spaces:
            raise lc.BadLesson(f"y must be one of {', '.join(spaces)} for the {model.kind} of this model, not {space}.")
        if classes and (self.link.class_index or 0) >= classes:
            raise lc.BadLesson(f"c must be below {classes}, as many as this model has, not {self.link.class_index}.")
        if (prior := self._prior()) is not None:
            prior.check_model(model)
        self.spec.reachable(self.link.setting.num_samples, self.segmentation.counts)  # says where it is never reached

    def _prior(self) -> lc.Prior | None:
        if self.link.prior == ACTIVATION:
            return caches.activation(self.chosen.model)
        ready = caches.ready_priors()
        if self.link.prior and self.link.prior not in ready:
            raise lc.BadLesson(f"There is no prior {self.link.prior!r} here.")
        return ready.get(self.link.prior)

    def hidden(self, e: lc.Explanation, *sets: tuple[int, ...]) -> growing.Wanted:
        """What the model says without some of its parts, by default the strongest and random ones."""
        spec = hidden_parts(e, *sets)
        return growing.Wanted(self.title, spec, spec.sampler.limit(len(e.weights)) or 1, self.chosen)

    def falls(self, e: lc.Explanation, *sets: tuple[int, ...]) -> tuple[float, ...] | None:
        """How far the score falls without them; None where the model was not asked yet."""
        wanted = self.hidden(e, *sets)
        probe = caches.store().get(wanted.spec)
        if probe is None or len(probe) < wanted.samples:
            return None
        assert e.settings.class_index is not None
        return falls(probe, e.settings.class_index)


def prepare(lesson: lc.Lesson) -> tuple[Prepared, ...]:
    """The maps of a lesson, cut into parts.

    Raises a LimeError where a model or prior is not here, a photo cannot be cut so, or the maps could not be made:
    nobody is to predict what is never shown.
    """
    found = []
    for place, each in enumerate(lesson.maps):
        probing, picture = each.link.setting.probing, lesson.picture(place)
        model = _model(lesson, each.link)
        segmentation = caches.store().segmentation(picture, model, probing.segmenter)
        spec = replace(probing, segmenter=segmentation.made_by).spec(picture, model)
        found.append(Prepared(each.title, each.link, Chosen(picture, model, 0), segmentation, spec))
        try:
            found[-1].check()
        except lc.LimeError as error:
            raise lc.BadLesson(f"{lesson.file}, maps {place + 1}: {error.public}") from error
    if lesson.marks and (parts := found[0].segmentation.in_photo) <= MARKS:
        raise lc.BadLesson(
            f"{lesson.file}, maps 1: the photo is cut into {parts} parts, and {MARKS} are to be marked. Let s cut it "
            "finer."
        )
    return tuple(found)


def _model(lesson: lc.Lesson, link: lc.Link) -> lc.Classifier:
    if not lesson.planted:
        return caches.model(link.model or lc.model_names(ready=True)[0], link.precision)
    kept = caches.shared("planted models")
    if lesson.planted not in kept:
        kept[lesson.planted] = PLANTED[lesson.planted].model()
    planted: lc.Classifier = kept[lesson.planted]
    return planted


def missing(lesson: lc.Lesson, maps: Sequence[Prepared], guess: tuple[int, ...]) -> list[growing.Wanted]:
    """What the model is to be asked next: first the samples, and then about parts that are hidden."""
    asked = [each.wanted for each in maps]
    if any(each.missing for each in asked):
        return asked
    for place, each in enumerate(maps):
        e = each.explanation
        assert e is not None
        if place in lesson.falls_wanted:
            asked.append(each.hidden(e))
        if place == 0 and guess:
            asked.append(each.hidden(e, guess))
    return [each for each in asked if each.missing]


def grow(lesson: lc.Lesson, maps: Sequence[Prepared], guess: tuple[int, ...]) -> Iterator[growing.Step]:
    """Ask the model for all that is missing."""
    for _ in range(2):
        for step in growing.grow_each(missing(lesson, maps, guess), set()):
            yield replace(step, draw=False)


def seen(lesson: lc.Lesson, maps: Sequence[Prepared]) -> tuple[Seen, ...]:
    """The maps, of which nothing is missing, with what is said of them."""
    found = []
    for place, each in enumerate(maps):
        e = each.explanation
        assert e is not None
        fallen = each.falls(e) if place in lesson.falls_wanted else None
        found.append(Seen.of(e, fallen or ()))
    return tuple(found)


def marked(first: Prepared, seen: Seen, guess: tuple[int, ...]) -> Marked:
    """The guess on the first map with its scores."""
    fallen = first.falls(seen.e, guess)
    assert fallen is not None
    return Marked(lc.score_guess(seen.e, guess), fallen[0], seen.fall, seen.by_chance, seen.fall_unit)
