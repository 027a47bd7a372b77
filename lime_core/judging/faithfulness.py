"""Faithfulness: whether the model itself finds important what an explanation calls important.

Deletion hides superpixels one after the other, the strongest first, until none is left; insertion shows them in the
same order on the hidden picture.  Where the order is right, the score of the explained class falls early in deletion
and rises early in insertion.  The area under a curve is the mean score along the way: low is good for deletion, high
for insertion.  Half hidden pictures are strange to a model, so look with a second hiding too (`Removal.hiding`).

As everywhere, asking and reading are apart: `Removal.spec` says which masks to ask for, `grow` or a `ProbeStore` asks
the model, and `faithfulness_of` reads the curves, also from a probe that is still growing: coarse steps come before
fine ones.

Others do it in other ways.  Petsiuk et al. go by pixels.  InterpretDL's `DeletionInsertion` goes by |weight|, so that
what speaks strongly against the class goes among the first; it follows the most likely class, and takes the plain mean
over superpixels.  Here the order is signed unless asked otherwise, the class is the explained one, and the axis is the
area of the picture, so that other segmentations compare.  Along it, additive models want the weight for each pixel.

References
----------
Petsiuk, Das, Saenko (2018), "RISE: Randomized Input Sampling for Explanation of Black-box Models", BMVC.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import NoneType

import numpy as np

from lime_core.arguments import is_a, one_of, whole
from lime_core.arrays import Scores, read_only
from lime_core.catalog.loading import ModelLike, load_model
from lime_core.evaluation.agreement import RANKINGS
from lime_core.explanation.explanation import Explanation
from lime_core.judging.removal import Curve, Faithfulness, Removal, curves_of, order_of
from lime_core.models.scores import SPACES
from lime_core.probing.growing import grown
from lime_core.probing.probe import Probe
from lime_core.probing.scene import Scene
from lime_core.roles import is_function
from lime_core.sampling.orders import CURVES, InOrder

_MOST_ORDERS = 10_000


def faithfulness(
    e: Explanation,
    model: ModelLike,
    removal: Removal | None = None,
    random_orders: int = 0,
    space: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Faithfulness:
    """Measure deletion and insertion in one run; asks the model about `Removal.rows` pictures, the two ends once.

    Parameters
    ----------
    e : Explanation
        Whose order of superpixels is tried.
    model : Classifier, or its name
        The model that it explains.
    removal : Removal, optional
        Ranking, steps and hiding.  None takes `Removal()`.
    random_orders : int, default 0
        Of which `Faithfulness.chance` is the mean; each costs nearly as much as the explanation's own.
    space : str, optional
        The score, see `SPACES`.  None takes the probability, or the value, whatever space was explained.
    on_progress : callable, optional
        Called with (done, total) after each batch; what it raises ends the run.

    Returns
    -------
    Faithfulness
        Both curves of the class that is explained.

    Raises
    ------
    ValueError, TypeError
        For another model than the explanation's, an unknown space, a negative number of random orders, or an argument
        of another type.
    BadScores
        As `grow`.

    References
    ----------
    Petsiuk, Das, Saenko (2018), RISE, see the module.
    """
    return faithfulness_of(e, _removal_probe(e, model, removal, CURVES, random_orders, space, on_progress), space)


def deletion(e: Explanation, model: ModelLike, removal: Removal | None = None, space: str | None = None) -> Curve:
    """Measure deletion alone, for one picture more than there are steps.

    Parameters
    ----------
    e, model, removal, space : Explanation, Classifier, Removal or None, and str or None
        As in `faithfulness`.

    Returns
    -------
    Curve
        The score while superpixels go; a small area is better.

    Raises
    ------
    ValueError, TypeError, BadScores
        As `faithfulness`.
    """
    probe = _removal_probe(e, model, removal, ("deletion",), 0, space)
    return curves_of(probe, _scores(e, probe, space))[0][0]


def insertion(e: Explanation, model: ModelLike, removal: Removal | None = None, space: str | None = None) -> Curve:
    """Measure insertion alone, for one picture more than there are steps.

    Parameters
    ----------
    e, model, removal, space : Explanation, Classifier, Removal or None, and str or None
        As in `faithfulness`.

    Returns
    -------
    Curve
        The score while superpixels come; a large area is better.

    Raises
    ------
    ValueError, TypeError, BadScores
        As `faithfulness`.
    """
    probe = _removal_probe(e, model, removal, ("insertion",), 0, space)
    return curves_of(probe, _scores(e, probe, space))[0][0]


def faithfulness_of(e: Explanation, probe: Probe, space: str | None = None) -> Faithfulness:
    """Read deletion and insertion from the rows that are there; no model is asked.

    While the probe is growing its curves have fewer steps, and random orders count once all their steps are there.

    Parameters
    ----------
    e : Explanation
        Whose order of superpixels is tried.
    probe : Probe
        Of the spec that `Removal.spec` gives for this explanation, with at least two rows.
    space : str, optional
        As in `faithfulness`.

    Returns
    -------
    Faithfulness
        Both curves, with the steps that are there.

    Raises
    ------
    ValueError
        For a probe of another spec than `Removal.spec` gives, or without its first two rows, or an unknown space.
    """
    spec = probe.spec
    orders = [order_of(e, ranking) for ranking in RANKINGS]
    if (
        not isinstance(spec.sampler, InOrder)
        or spec.sampler.curves != CURVES
        or spec.sampler.order not in orders
        or replace(spec, sampler=e.alone.sampler, hiding=e.alone.hiding, seed=e.alone.seed) != e.alone
        or not np.array_equal(probe.scene.segmentation.labels, e.segments)
    ):
        raise ValueError("the probe must have the spec that Removal.spec gives for this explanation")
    if len(probe) < 2:
        raise ValueError(f"curves need the full and the empty picture, got {len(probe)} rows")
    (deleted, inserted), *others = curves_of(probe, _scores(e, probe, space))
    random = np.array([curve.auc for curves in others for curve in curves])
    shown_space = SPACES[probe.kind][0] if space is None else space
    return Faithfulness(deleted, inserted, shown_space, spec, read_only(random))


def _scores(e: Explanation, probe: Probe, space: str | None) -> Scores:
    assert e.settings.class_index is not None
    return probe.scores(e.settings.class_index, SPACES[probe.kind][0] if space is None else space)


def _removal_probe(
    e: Explanation,
    model: ModelLike,
    removal: Removal | None,
    curves: tuple[str, ...],
    random_orders: int,
    space: str | None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Probe:
    is_a("e", e, Explanation, "an Explanation, as explain and explain_image give")
    is_a("removal", removal, (Removal, NoneType), "a Removal or None")
    if on_progress is not None:
        is_function("on_progress", on_progress, "done", "total")
    model, random_orders = load_model(model), whole("random_orders", random_orders, 0, most=_MOST_ORDERS)
    if space is not None:
        one_of("space", space, SPACES[model.kind])
    spec = (Removal() if removal is None else removal).spec(e, curves)
    assert isinstance(spec.sampler, InOrder)
    total = spec.sampler.rows(random_orders)
    own = spec.hiding == e.spec.hiding and not e.members
    scene = e.scene if own else Scene.of(e.scene.segmentation, spec.hiding)
    return grown(Probe.empty(spec, scene, model), total, model, lambda first: _scores(e, first, space), on_progress)
