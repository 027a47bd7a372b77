"""Kept: the score of the class when only the first superpixels of a map are kept, and all others are hidden.

Each number of superpixels is one picture, a point of the insertion curve, and no other picture is asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from types import NoneType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lime_core.arguments import is_a, one_of, shown, whole
from lime_core.arrays import Floats, Scores, read_only
from lime_core.catalog.loading import ModelLike, load_model
from lime_core.evaluation.agreement import RANKINGS
from lime_core.explanation.explanation import Explanation
from lime_core.judging.relevance import Subject, class_scores
from lime_core.judging.removal import order_of
from lime_core.knobs import Bounded, choice
from lime_core.models.scores import SPACES
from lime_core.probing.growing import grown
from lime_core.probing.hiding import Hiding, hiding_of
from lime_core.probing.probe import Probe
from lime_core.probing.spec import ProbeSpec
from lime_core.roles import is_function
from lime_core.sampling.orders import Counts, FirstAlone


@dataclass(frozen=True)
class Kept(Bounded):
    """How many superpixels are kept, which ones, and what stands in the place of the others.

    Parameters
    ----------
    counts : int or iterable of int, default 1..10
        How many superpixels are kept, each number one picture; 0 keeps none, and a number above d keeps all.
    ranking : {"signed", "absolute"}, default "signed"
        "signed" keeps what speaks most for the class, "absolute" what is strongest either way, as in `Removal`.
    hiding : Hiding, optional
        What stands in the place of the others, also as `explain_image` takes it: 0 is black.  None takes the
        explanation's.

    Raises
    ------
    ValueError, TypeError
        For no count, one below 0, or a ranking or hiding that is none.
    """

    counts: tuple[int, ...] = tuple(range(1, 11))
    ranking: str = choice("signed", RANKINGS, help="Keep what speaks most for the class, or what is strongest.")
    hiding: Hiding | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "counts", _counts(self.counts))
        if self.hiding is not None:
            object.__setattr__(self, "hiding", hiding_of(self.hiding))

    def spec(self, e: Explanation) -> ProbeSpec:
        """Make the spec of what to ask for.

        Parameters
        ----------
        e : Explanation
            Whose superpixels are kept; the border of a padded photo always is, and counts for none.

        Returns
        -------
        ProbeSpec
            For `grow` or a `ProbeStore`, with a row for each count in their order, and none of the full picture.
        """
        order = tuple(place for place in order_of(e, self.ranking) if place != e.scene.segmentation.border)
        sampler = FirstAlone(order, tuple(min(count, len(order)) for count in self.counts))
        return replace(e.alone, sampler=sampler, hiding=e.spec.hiding if self.hiding is None else self.hiding, seed=0)


@dataclass(frozen=True, eq=False)
class KeptScores:
    """The score of the explained class with few superpixels kept; arrays are read-only.

    Parameters
    ----------
    counts : (m,) int64 array
        How many were kept.
    shares : (m,) float64 array
        Their share of the photo's area, 0..1.
    scores : (m,) float64 array
        The score with them alone.
    space : str
        Of the scores, see `SPACES`.
    """

    counts: Counts
    shares: Floats
    scores: Scores
    space: str


def kept_scores(
    e: Explanation,
    model: ModelLike,
    kept: Kept | None = None,
    space: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> KeptScores:
    """Score the class with only the first superpixels kept; asks the model about one picture for each count.

    Parameters
    ----------
    e : Explanation
        Whose superpixels are kept.
    model : Classifier, or its name
        The model that it explains.
    kept : Kept, optional
        How many, and which ones.  None takes `Kept()`.
    space : str, optional
        The score, see `SPACES`.  None takes the probability, or the value, whatever space was explained.
    on_progress : callable, optional
        Called with (done, total) after each batch; what it raises ends the run.

    Returns
    -------
    KeptScores
        A score for each count.

    Raises
    ------
    ValueError, TypeError
        For another model than the explanation's, an unknown space, or an argument of another type.
    BadScores
        As `grow`.
    """
    is_a("e", e, Explanation, "an Explanation, as explain and explain_image give")
    is_a("kept", kept, (Kept, NoneType), "a Kept or None")
    if on_progress is not None:
        is_function("on_progress", on_progress, "done", "total")
    model, spec = load_model(model), (Kept() if kept is None else kept).spec(e)
    if space is not None:
        one_of("space", space, SPACES[model.kind])
    assert isinstance(spec.sampler, FirstAlone)
    empty = Probe.empty(spec, Subject.of(e, None, None, None).scene(spec), model)
    index, total = e.settings.class_index, len(spec.sampler.counts)
    probe = grown(empty, total, model, lambda first: class_scores(first, index, space), on_progress)
    return kept_scores_of(e, probe, space)


def kept_scores_of(e: Explanation, probe: Probe, space: str | None = None) -> KeptScores:
    """Read the scores from the rows that are there; no model is asked.

    Parameters
    ----------
    e : Explanation
        Whose superpixels are kept.
    probe : Probe
        Of a spec that `Kept.spec` gives for this explanation; while it is growing, the first counts are there.
    space : str, optional
        As in `kept_scores`.

    Returns
    -------
    KeptScores
        A score for each row.

    Raises
    ------
    ValueError
        For a probe of another spec, or an unknown space.
    """
    spec, cut = probe.spec, e.scene.segmentation
    fits = isinstance(spec.sampler, FirstAlone) and any(
        spec == Kept(spec.sampler.counts, ranking, spec.hiding).spec(e) for ranking in RANKINGS
    )
    if not fits or not np.array_equal(probe.scene.segmentation.labels, cut.labels):
        raise ValueError("the probe must have a spec that Kept.spec gives for this explanation")
    assert isinstance(spec.sampler, FirstAlone)
    sizes: NDArray[np.float64] = cut.sizes[list(spec.sampler.order)] / cut.sizes[list(spec.sampler.order)].sum()
    counts = np.array(spec.sampler.counts[: len(probe)], dtype=np.int64)
    shares = np.append(0.0, np.cumsum(sizes))[counts]
    scores = class_scores(probe, e.settings.class_index, space)
    shown_space = SPACES[probe.kind][0] if space is None else space
    return KeptScores(read_only(counts), read_only(shares), read_only(scores), shown_space)


def _counts(value: Any) -> tuple[int, ...]:
    value = value.tolist() if isinstance(value, np.ndarray) else value
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        return (whole("counts", value, 0),)
    counts = tuple(whole("counts", count, 0) for count in value)
    if not counts:
        raise ValueError(f"counts must hold at least one number, got {shown(value)}")
    return counts
