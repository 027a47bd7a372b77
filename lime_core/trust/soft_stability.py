"""Soft stability: how often the class stays the most likely when a few more superpixels appear beside the top.

Superpixels that explain a class should carry it, whatever else is there to see.  The top of a map is shown, what speaks
most for the class, and beside it a random subset of at most r of the others, all such subsets being as likely; the rate
is the share of these pictures in which the model finds no class more likely.  N of them give it to within ε with
probability 1 - δ if N is at least ln(2 / δ) / (2 ε²), by Hoeffding's inequality, which holds as well for subsets that
come once each; where these are all there are, nothing is left to chance.

Two things differ from the paper.  The class is the explained one; there it is whichever the model says of the top
alone, which is the same where `SoftStability.stands`.  The border of a padded photo is always shown and never counted.

Of equal classes the one with the lower index is the most likely, as everywhere here; of classes that do not compete
("sigmoid") the one with the highest probability.  A single output is the second of two classes.

References
----------
Jin, Xue, You, Goel, Wong (2025), "Probabilistic Stability Guarantees for Feature Attributions", arXiv 2504.13787.
Hoeffding (1963), "Probability inequalities for sums of bounded random variables", theorems 2 and 4.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType

import numpy as np

from lime_core.arguments import is_a
from lime_core.catalog.loading import ModelLike, load_model
from lime_core.explanation.explanation import Explanation
from lime_core.models.answers import name_of
from lime_core.probing.growing import grown
from lime_core.probing.probe import Probe
from lime_core.probing.scene import Scene
from lime_core.reports.sentences import count
from lime_core.roles import is_function
from lime_core.sampling.subsets import UNDRAWN, BesideTop
from lime_core.trust.addition import Addition


@dataclass(frozen=True)
class SoftStability:
    """How often a class is the most likely while superpixels appear beside its top.

    Parameters
    ----------
    class_index, class_name : int and str
        The explained class.
    rate : float
        Share of the pictures in which it is the most likely, 0..1.
    epsilon, delta : float
        The true rate is within epsilon of this one with probability 1 - delta at least; epsilon is that of the rows
        that are there, and both are 0 where the rate is exact.
    k, r : int
        How many superpixels were at the top, and how many others appeared at most; the border counts for neither.
    rows : int
        Pictures that the rate is of.
    exact : bool
        Whether these are all that there are.
    alone, alone_name : int and str
        The class that is the most likely with the top alone.
    """

    class_index: int
    class_name: str
    rate: float
    epsilon: float
    delta: float
    k: int
    r: int
    rows: int
    exact: bool
    alone: int
    alone_name: str

    @property
    def stands(self) -> bool:
        """Whether the class is the most likely with the top alone."""
        return self.alone == self.class_index

    @property
    def interval(self) -> tuple[float, float]:
        """Both ends of the interval that holds the true rate with probability 1 - delta, within 0..1."""
        return max(0.0, self.rate - self.epsilon), min(1.0, self.rate + self.epsilon)

    def in_words(self) -> str:
        """Say how often the class stays the most likely, and how sure that is.

        Returns
        -------
        str
            One or two sentences.
        """
        top, others = f"the top {self.k}", f"up to {count(self.r, 'other superpixel')}"
        low, high = self.interval
        ends = f"{math.floor(_percent(low))}% to {math.ceil(_percent(high))}%"
        sure = f"{ends}, with {100 - 100 * self.delta:.4g}% confidence; {count(self.rows, 'sample')}"
        if self.exact:
            sure = f"exact: {count(self.rows, 'sample')}, which is all"
        often = f"the most likely in {_share(self.rate)} of cases ({sure})."
        if self.stands:
            return f"With {top} and {others} shown, the class stays {often}"
        alone = f"With {top} alone {self.alone_name} is the most likely, and not {self.class_name}."
        return f"{alone} With {others} beside them the class is {often}"


def soft_stability(
    e: Explanation,
    model: ModelLike,
    addition: Addition | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> SoftStability:
    """Measure how often the class stays the most likely; asks the model about `Addition.rows` pictures.

    Parameters
    ----------
    e : Explanation
        Whose top is shown.
    model : Classifier, or its name
        The model that it explains.
    addition : Addition, optional
        How many superpixels, and how sure.  None takes `Addition()`.
    on_progress : callable, optional
        Called with (done, total) after each batch; what it raises ends the run.

    Returns
    -------
    SoftStability
        The rate, and how sure it is.

    Raises
    ------
    ValueError, TypeError
        For another model than the explanation's, a model of values, an explanation in which no superpixel speaks for
        the class, or an argument of another type.
    BadScores
        As `grow`.

    References
    ----------
    Jin et al. (2025), "Probabilistic Stability Guarantees for Feature Attributions", see the module.
    """
    is_a("e", e, Explanation, "an Explanation, as explain and explain_image give")
    is_a("addition", addition, (Addition, NoneType), "an Addition or None")
    if on_progress is not None:
        is_function("on_progress", on_progress, "done", "total")
    model, addition = load_model(model), Addition() if addition is None else addition
    scene = Scene.of(e.scene.segmentation, e.spec.hiding) if e.members else e.scene
    empty = Probe.empty(addition.spec(e), scene, model)
    return soft_stability_of(e, grown(empty, addition.rows(e), model, len, on_progress), addition)


def soft_stability_of(e: Explanation, probe: Probe, addition: Addition | None = None) -> SoftStability:
    """Read soft stability from the rows that are there; no model is asked.

    Parameters
    ----------
    e : Explanation
        Whose top is shown.
    probe : Probe
        Of the spec that `Addition.spec` gives for this explanation; while it has fewer rows than are needed, the rate
        is less sure, and of more rows than these no more count.
    addition : Addition, optional
        As in `soft_stability`.

    Returns
    -------
    SoftStability
        As `soft_stability`.

    Raises
    ------
    ValueError, TypeError
        For a probe of another spec or with less than three rows, and as `soft_stability`.
    """
    is_a("e", e, Explanation, "an Explanation, as explain and explain_image give")
    is_a("probe", probe, Probe, "a Probe of the spec that Addition.spec gives")
    is_a("addition", addition, (Addition, NoneType), "an Addition or None")
    addition = Addition() if addition is None else addition
    spec, shown = addition.spec(e), e.scene.segmentation
    if probe.spec != spec or not np.array_equal(probe.scene.segmentation.labels, shown.labels):
        raise ValueError("the probe must have the spec that Addition.spec gives for this explanation")
    if len(probe) <= UNDRAWN:
        raise ValueError(f"the probe must have a row besides the full picture and the top alone, got {len(probe)} rows")
    assert isinstance(spec.sampler, BesideTop)
    assert e.settings.class_index is not None
    best = probe.first(addition.rows(e)).outputs.argmax(axis=1)  # of equal ones the first
    rows, alone, index = len(best) - UNDRAWN, int(best[1]), e.settings.class_index
    exact = rows == spec.sampler.subsets(len(e.weights))
    return SoftStability(
        class_index=index,
        class_name=e.class_name,
        rate=float((best[UNDRAWN:] == index).mean()),
        epsilon=0.0 if exact else math.sqrt(math.log(2 / addition.delta) / (2 * rows)),
        delta=0.0 if exact else addition.delta,
        k=len(spec.sampler.top) - (shown.border is not None),
        r=spec.sampler.r,
        rows=rows,
        exact=exact,
        alone=alone,
        alone_name=name_of(alone, probe.class_names, probe.kind),
    )


def _percent(share: float) -> float:
    return round(100 * share, 6)  # 83% is not to be 83.000000001


def _share(rate: float) -> str:
    """In percent; only what is always so is 100%, and what never is 0%."""
    return f"{rate:.0%}" if rate in (0.0, 1.0) else f"{min(99, max(1, round(100 * rate)))}%"
