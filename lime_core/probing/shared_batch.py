"""One batch for several probes: a GPU takes as long over a few rows as over a whole batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lime_core.arrays import Masks, Outputs
from lime_core.engines.engine import ForSeveral, Given
from lime_core.errors import BadScores
from lime_core.models.answers import check_classes
from lime_core.models.classifier import Classifier
from lime_core.models.scores import check_outputs
from lime_core.probing.asking import check_count, given, in_own_columns
from lime_core.probing.probe import Probe
from lime_core.sampling.in_turns import InTurns

Wanted = tuple[Probe, int, Classifier]
"""A probe, how many rows it is to have, and its model."""


def grow_in_one_batch(engine: ForSeveral, wanted: Sequence[Wanted]) -> list[Probe]:
    """Ask a network for all rows that several probes want, in one batch.

    Parameters
    ----------
    engine : ForSeveral
        Of the models of all of them.
    wanted : sequence of tuple (Probe, int, Classifier)
        At least one probe that is to grow, of pictures of one size, each with the number of rows that it is to have,
        more than it has and no more than its sampler draws, and its model.

    Returns
    -------
    list of Probe
        In the same order, with those rows.  One whose answers or whose model is refused comes back as it was: who grows
        it alone meets what is wrong.

    Raises
    ------
    BadScores
        When there is not one answer for each row.
    Exception
        Whatever a sampler or the engine raises; also where memory does not suffice for so many rows.
    """
    drawn = [InTurns(each.spec.sampler, each.scene.counts)(size, each.spec.seed) for each, size, _ in wanted]
    scenes: list[Given] = []
    whose, rows = [], []
    for (probe, *_), masks in zip(wanted, drawn, strict=True):
        turn, own = in_own_columns(probe.scene.counts, len(probe), masks[len(probe) :])
        asked, place = np.unique(turn, return_inverse=True)  # of many segmentations few rows are of some
        whose.append(place + len(scenes))
        rows.append(own)
        members = given(probe.scene)
        scenes += [members[each] for each in asked]
    widest = max(own.shape[1] for own in rows)
    batch = np.concatenate([np.pad(own, ((0, 0), (0, widest - own.shape[1]))) for own in rows])
    answers = engine.together(scenes)(np.concatenate(whose))(batch)
    check_count(answers, len(batch))
    parts = np.split(answers, np.cumsum([len(own) for own in rows])[:-1])
    return [_longer(each, *more) for each, *more in zip(wanted, drawn, parts, strict=True)]


def _longer(wanted: Wanted, masks: Masks, answers: Outputs) -> Probe:
    probe, _, model = wanted
    try:
        probe.check_model(model)
        check_outputs(answers, probe.kind, first_row=len(probe))
        check_classes(answers, len(probe.class_names) or probe.outputs.shape[1])
    except (BadScores, ValueError):
        return probe
    return probe._with(masks, np.concatenate([probe.outputs, answers]) if len(probe) else answers)
