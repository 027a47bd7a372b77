"""The symmetric relevance gain (SRG): what a map knows of the order in which pixels matter.

Pixels go once in the order of the map, the most relevant first, and once backwards.  Where the map is right, the score
falls early on the first way and late on the second; the gain is the area under the second curve minus that under the
first.  Both ways fill equal areas, so what filling does by itself is in both.  A random map gains 0 on average.

References
----------
Bluecher, Vielhaben, Strodthoff (2024), "Decoupling Pixel Flipping and Occlusion Strategy for Consistent XAI
Benchmarks", TMLR, arXiv 2401.06654.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from types import NoneType

import numpy as np

from lime_core.arguments import is_a, one_of, shown
from lime_core.arrays import Floats, Outputs, read_only
from lime_core.catalog.loading import ModelLike, load_model
from lime_core.explanation.explanation import Explanation
from lime_core.judging.flipping import PixelFlipping, fill_of
from lime_core.judging.relevance import RelevanceLike, Subject, class_scores, relevance_map
from lime_core.judging.removal import Curve, curves_of
from lime_core.models.classifier import Classifier
from lime_core.models.scores import SPACES
from lime_core.pictures.picture import PictureLike
from lime_core.probing.growing import grown
from lime_core.probing.hiding import Hiding, ImageMean
from lime_core.probing.probe import Probe
from lime_core.probing.spec import ProbeSpec
from lime_core.roles import is_function
from lime_core.sampling.orders import InOrder


@dataclass(frozen=True, eq=False)
class RelevanceGain:
    """The symmetric relevance gain of one map; arrays are read-only.

    Parameters
    ----------
    fills : tuple of Hiding
        What stood in the place of pixels.
    most_first, least_first : tuple of Curve
        For each fill the score while buckets go, the most relevant and the least relevant first; a low area is good in
        the first, a high one in the second.
    space : str
        Of the scores, see `SPACES`.
    rows : int
        Pictures that it rests on, the full one counted once.
    """

    fills: tuple[Hiding, ...]
    most_first: tuple[Curve, ...]
    least_first: tuple[Curve, ...]
    space: str
    rows: int

    @property
    def by_fill(self) -> Floats:
        """(fills,) float64, the gain with each fill, in the unit of the score."""
        pairs = zip(self.least_first, self.most_first, strict=True)
        return read_only(np.array([least.auc - most.auc for least, most in pairs]))

    @property
    def srg(self) -> float:
        """The mean gain over the fills, in the unit of the score: higher is better."""
        return float(self.by_fill.mean())


def relevance_gain(
    relevance: RelevanceLike,
    model: ModelLike,
    picture: PictureLike | None = None,
    class_index: int | str | None = None,
    flipping: PixelFlipping | None = None,
    space: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> RelevanceGain:
    """Measure the symmetric relevance gain of a map.

    The model is asked about 1 + (2 · steps - 1) pictures for each fill; the full picture is asked about once.

    Parameters
    ----------
    relevance : Explanation, or (h, w) array of numbers
        The map: of an explanation its `pixel_weights`, an array as it is; positive speaks for the class.
    model : Classifier, or what stands for one
        Who is asked; of an explanation the model that it explains.
    picture : Picture, or what `load_picture` takes, optional
        The photo that an array is of; an explanation has its own.
    class_index : int or str, optional
        The class, or its name.  None takes the explained one, for an array the most likely one.
    flipping : PixelFlipping, optional
        Steps and fills.  None takes `PixelFlipping()`.
    space : str, optional
        The score, see `SPACES`.  None takes the probability, or the value, whatever space was explained.
    on_progress : callable, optional
        Called with (done, total) after each batch; what it raises ends the run.

    Returns
    -------
    RelevanceGain
        The gain, with each fill and over all, and the curves.

    Raises
    ------
    ValueError, TypeError
        For another model than the explanation's, an unknown class or space, and as `PixelFlipping.specs`.
    BadScores
        As `grow`.
    """
    relevance_map(relevance)  # refused by its own name
    return relevance_gains([relevance], model, picture, class_index, flipping, space, on_progress)[0]


def relevance_gains(
    maps: Sequence[RelevanceLike],
    model: ModelLike,
    picture: PictureLike | None = None,
    class_index: int | str | None = None,
    flipping: PixelFlipping | None = None,
    space: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[RelevanceGain, ...]:
    """Measure the symmetric relevance gain of several maps of one photo, whose full and empty pictures are shared.

    That leaves 2 · steps - 2 pictures for each map and fill, one for each different fill, and one for all.

    Parameters
    ----------
    maps : list of Explanation, or of (h, w) arrays of numbers
        Any of both, of one picture and model.
    model, picture, class_index, flipping, space, on_progress : optional but for the first
        As in `relevance_gain`.

    Returns
    -------
    tuple of RelevanceGain
        That of each map.

    Raises
    ------
    ValueError, TypeError, BadScores
        As `relevance_gain`; and for no map, or maps of several pictures.
    """
    is_a("flipping", flipping, (PixelFlipping, NoneType), "a PixelFlipping or None")
    if on_progress is not None:
        is_function("on_progress", on_progress, "done", "total")
    if not isinstance(maps, list | tuple) or not maps or not all(isinstance(m, Explanation | np.ndarray) for m in maps):
        raise TypeError(f"maps must be a list of Explanations and (h, w) arrays, at least one, got {shown(maps)}")
    model, flipping = load_model(model), PixelFlipping() if flipping is None else flipping
    if space is not None:
        one_of("space", space, SPACES[model.kind])
    subjects = [Subject.of(each, picture, model, class_index) for each in maps]
    if len({subject.spec.picture for subject in subjects}) > 1:
        raise ValueError("maps must all be of one picture")
    specs = [flipping.specs(each, picture, model) for each in maps]
    total = 1 + len({spec.hiding for own in specs for spec in own}) + (flipping.rows - 2) * sum(map(len, specs))
    run = _Run(model, flipping.rows, total, space, on_progress)
    return tuple(
        relevance_gain_of([run.probe(subject, spec) for spec in own], subject.class_index, space)
        for subject, own in zip(subjects, specs, strict=True)
    )


def relevance_gain_of(
    probes: Sequence[Probe], class_index: int | None = None, space: str | None = None
) -> RelevanceGain:
    """Read the symmetric relevance gain from the rows that are there; no model is asked.

    While a probe is growing its curves have fewer steps, the coarse ones first.

    Parameters
    ----------
    probes : sequence of Probe
        Of the specs that `PixelFlipping.specs` gives for one map, or of some of them, with at least two rows.
    class_index : int, optional
        The class.  None takes the most likely one.
    space : str, optional
        As in `relevance_gain`.

    Returns
    -------
    RelevanceGain
        With the fills of these probes.

    Raises
    ------
    ValueError
        For no probes or those of other specs, a probe without its first two rows, or an unknown class or space.
    """
    specs = {replace(probe.spec, hiding=ImageMean()) for probe in probes}
    sampler = specs.pop().sampler if len(specs) == 1 else None
    if not isinstance(sampler, InOrder) or sampler != InOrder(tuple(range(len(sampler.order))), sampler.steps):
        raise ValueError("probes must be of the specs that PixelFlipping.specs gives for one map")
    if min(map(len, probes)) < 2:
        raise ValueError("probes must each have the full and the empty picture, their first two rows")
    most_first, least_first = zip(*(_curves(probe, class_index, space) for probe in probes), strict=True)
    return RelevanceGain(
        fills=tuple(fill_of(probe.spec.hiding) for probe in probes),
        most_first=most_first,
        least_first=least_first,
        space=SPACES[probes[0].kind][0] if space is None else space,
        rows=1 + sum(len(probe) - 1 for probe in probes),
    )


@dataclass
class _Run:
    """Asks the model for one spec after the other, and for the pictures that they share once."""

    model: Classifier
    rows: int
    total: int
    space: str | None
    on_progress: Callable[[int, int], None] | None
    done: int = 0
    ends: dict[Hiding, Outputs] = field(default_factory=dict)  # of each fill the full and the empty picture

    def probe(self, subject: Subject, spec: ProbeSpec) -> Probe:
        """All rows of a spec."""
        probe = Probe.empty(spec, subject.scene(spec), self.model)
        known = self.ends.get(spec.hiding, next((ends[:1] for ends in self.ends.values()), probe.outputs))
        probe = replace(probe, masks=spec.sampler(len(known), probe.masks.shape[1], spec.seed), outputs=known)
        before, index = self.done - len(known), subject.class_index

        def tell(done: int, _: int) -> None:
            self.done = before + done
            if self.on_progress:
                self.on_progress(self.done, self.total)

        probe = grown(probe, self.rows, self.model, lambda first: class_scores(first, index, self.space), tell)
        self.ends.setdefault(spec.hiding, probe.outputs[:2])
        return probe


def _curves(probe: Probe, class_index: int | None, space: str | None) -> tuple[Curve, Curve]:
    """The score while the most and the least relevant pixels go; where buckets come, the least relevant are left."""
    sampler = probe.spec.sampler
    assert isinstance(sampler, InOrder)
    probe, steps = probe.first(sampler.rows()), sampler.steps
    [(most, come)] = curves_of(probe, class_scores(probe, class_index, space))
    gone = steps - np.minimum(come.counts, steps)
    least = Curve(*(read_only(np.flip(values)) for values in (gone, 1 - come.shares, come.scores)))
    return replace(most, counts=read_only(np.minimum(most.counts, steps))), least
