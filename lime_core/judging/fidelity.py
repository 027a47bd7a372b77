"""Fidelity: whether the score falls by what a map says of the superpixels that are hidden.

Random subsets of superpixels are hidden, all of one size, and the fall of the score is correlated with the sum of what
the map gives to the hidden ones.  Deletion asks for the order alone; here the sizes of the weights count too.  It is
the faithfulness correlation of Bhatt et al., which Xplique calls MuFidelity and takes by ranks.

References
----------
Bhatt, Weller, Moura (2020), "Evaluating and Aggregating Feature-based Model Explanations", IJCAI.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import NoneType

import numpy as np
from scipy.stats import rankdata

from lime_core.arguments import is_a, one_of
from lime_core.arrays import Floats, Scores, check_shape, read_only
from lime_core.catalog.loading import ModelLike, load_model
from lime_core.explanation.explanation import Explanation
from lime_core.judging.relevance import RelevanceLike, Subject, class_scores, relevance_map
from lime_core.knobs import Bounded, knob
from lime_core.label_maps.label_map import LabelMap
from lime_core.models.scores import SPACES, constant
from lime_core.pictures.picture import PictureLike
from lime_core.probing.growing import grown
from lime_core.probing.hiding import Hiding, hiding_of
from lime_core.probing.probe import Probe
from lime_core.probing.spec import ProbeSpec, seed_of
from lime_core.roles import is_function
from lime_core.sampling.subsets import HiddenShare
from lime_core.superpixels.regions import Grid
from lime_core.superpixels.segmentations import Segmentations
from lime_core.superpixels.segmenter import Segmenter
from lime_core.superpixels.segmenters import segmenter_of

_ROUNDING = 8 * float(np.finfo(np.float64).eps)
"""Sums of a map that differ by less than this share of all of it are the same sum in another order."""


@dataclass(frozen=True)
class HiddenSubsets(Bounded):
    """How many random subsets are hidden, how large they are, and what of.

    Parameters
    ----------
    share : float in [0.01, 0.99], default 0.2
        Share of the superpixels that is hidden, rounded to whole ones.
    subsets : int in [2, 10 000], default 200
        How many.
    segmenter : Segmenter, optional
        Cuts the view into what is hidden, also as `explain_image` takes it, but labels are of the view.  None takes the
        explanation's superpixels, and for an array the cells of `Grid(9, 9)`; give one where maps of different
        segmentations are to compare.
    hiding : Hiding, optional
        What stands in the place of hidden superpixels, also as `explain_image` takes it.  None takes the explanation's,
        and for an array `SuperpixelMean()`.
    seed : int in [0, 2³¹ - 1], default 0
        Another one draws other subsets.

    Raises
    ------
    ValueError, TypeError
        For a setting that is none of these.
    """

    share: float = knob(0.2, 0.01, 0.99, step=0.01, help="Share of the superpixels that each picture hides.")
    subsets: int = knob(200, 2, 10_000, step=1, help="How many random subsets are hidden, each one picture.")
    segmenter: Segmenter | None = None
    hiding: Hiding | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "seed", seed_of(self.seed))
        if self.segmenter is not None:
            object.__setattr__(self, "segmenter", segmenter_of(self.segmenter))
            if isinstance(self.segmenter, Segmentations):
                raise ValueError("segmenter must be one segmentation, such as Grid(9, 9), got several")
        if self.hiding is not None:
            object.__setattr__(self, "hiding", hiding_of(self.hiding))

    @property
    def rows(self) -> int:
        """Rows of the spec: the full picture, and one for each subset."""
        return 1 + self.subsets

    def spec(
        self, relevance: RelevanceLike, picture: PictureLike | None = None, model: ModelLike | None = None
    ) -> ProbeSpec:
        """Make the spec of what to ask for.

        Parameters
        ----------
        relevance : Explanation, or (h, w) array of numbers
            As in `relevance_gain`.
        picture, model : Picture and Classifier, or what stands for one, optional
            Those of an array; an explanation has its own.

        Returns
        -------
        ProbeSpec
            For `grow` or a `ProbeStore`; how many subsets is not in it, so that more ask for further rows only.

        Raises
        ------
        ValueError, TypeError
            For an array without its picture and model or of another shape than the view, or such labels.
        """
        subject = Subject.of(relevance, picture, model, None)
        if isinstance(self.segmenter, LabelMap) and self.segmenter.labels.shape != subject.image.shape[:2]:
            view = subject.image.shape[:2]
            raise ValueError(f"labels of segmenter must be of the view, {view}, got {self.segmenter.labels.shape}")
        own = subject.spec.segmenter if subject.segmentation is not None else Grid(9, 9)
        return replace(
            subject.spec,
            segmenter=own if self.segmenter is None else self.segmenter,
            hiding=subject.spec.hiding if self.hiding is None else self.hiding,
            sampler=HiddenShare(self.share, bordered=subject.part is not None),
            seed=self.seed,
        )


@dataclass(frozen=True, eq=False)
class Fidelity:
    """How the fall of the score goes with what a map says of the hidden superpixels; arrays are read-only.

    Both correlations are NaN where the score never falls or the map says the same of every subset.

    Parameters
    ----------
    pearson, spearman : float
        The correlation of `falls` and `sums`, and of their ranks, -1..1; higher is better.
    falls : (n,) float64 array
        For each subset the score of the full picture minus that without the subset, in the unit of the score.
    sums : (n,) float64 array
        What the map gives to the hidden superpixels, in its unit.
    space : str
        Of the scores, see `SPACES`.
    """

    pearson: float
    spearman: float
    falls: Scores
    sums: Floats
    space: str


def fidelity(
    relevance: RelevanceLike,
    model: ModelLike,
    picture: PictureLike | None = None,
    class_index: int | str | None = None,
    hidden: HiddenSubsets | None = None,
    space: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Fidelity:
    """Measure the fidelity of a map; asks the model about one picture more than there are subsets.

    Parameters
    ----------
    relevance, model, picture, class_index : optional but for the first two
        As in `relevance_gain`.
    hidden : HiddenSubsets, optional
        What is hidden.  None takes `HiddenSubsets()`.
    space, on_progress : str and callable, optional
        As in `relevance_gain`.

    Returns
    -------
    Fidelity
        NaN where the score or the map is constant.

    Raises
    ------
    ValueError, TypeError, BadScores
        As `relevance_gain`.
    LimeError
        What the segmenter of `hidden` can raise, see `segment`.
    """
    is_a("hidden", hidden, (HiddenSubsets, NoneType), "a HiddenSubsets or None")
    if on_progress is not None:
        is_function("on_progress", on_progress, "done", "total")
    model, hidden = load_model(model), HiddenSubsets() if hidden is None else hidden
    if space is not None:
        one_of("space", space, SPACES[model.kind])
    subject, spec = Subject.of(relevance, picture, model, class_index), hidden.spec(relevance, picture, model)
    index = subject.class_index
    empty = Probe.empty(spec, subject.scene(spec), model)
    probe = grown(empty, hidden.rows, model, lambda first: class_scores(first, index, space), on_progress)
    return fidelity_of(relevance, probe, index, space)


def fidelity_of(
    relevance: RelevanceLike, probe: Probe, class_index: int | None = None, space: str | None = None
) -> Fidelity:
    """Read fidelity from the rows that are there; no model is asked.

    Parameters
    ----------
    relevance : Explanation, or (h, w) array of numbers
        The map.
    probe : Probe
        Of a spec that `HiddenSubsets.spec` gives for it, with at least two subsets.
    class_index : int, optional
        The class.  None takes the explained one, for an array the most likely one.
    space : str, optional
        As in `fidelity`.

    Returns
    -------
    Fidelity
        Over the subsets that are there.

    Raises
    ------
    ValueError, TypeError
        For a probe of another spec or with less than three rows, a map of another shape, or an unknown class or space.
    """
    spec, values = probe.spec, relevance_map(relevance)
    own = relevance.alone if isinstance(relevance, Explanation) else spec
    own = replace(own, segmenter=spec.segmenter, hiding=spec.hiding, sampler=spec.sampler, seed=spec.seed)
    if not isinstance(spec.sampler, HiddenShare) or own != spec:
        raise ValueError("the probe must have a spec that HiddenSubsets.spec gives for this relevance")
    if len(probe) < 3:
        raise ValueError(f"the probe must have the full picture and two subsets, got {len(probe)} rows")
    labels = probe.scene.segmentation.labels
    check_shape("relevance", values, *labels.shape)
    if class_index is None and isinstance(relevance, Explanation):
        class_index = relevance.settings.class_index
    each = np.bincount(labels.ravel(), weights=values.ravel())
    shown_space = SPACES[probe.kind][0] if space is None else space
    scores = class_scores(probe, class_index, space)
    falls, sums = scores[0] - scores[1:], (1 - probe.masks[1:].astype(np.float64)) @ each
    if constant(falls, probe.rounding(scores, shown_space)) or constant(sums, _ROUNDING * np.abs(values).sum()):
        return Fidelity(math.nan, math.nan, read_only(falls), read_only(sums), shown_space)
    by_rank = _correlation(rankdata(falls), rankdata(sums))
    return Fidelity(_correlation(falls, sums), by_rank, read_only(falls), read_only(sums), shown_space)


def _correlation(one: Floats, other: Floats) -> float:
    return float(np.corrcoef(one, other)[0, 1])
