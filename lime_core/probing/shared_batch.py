"""One batch for several probes: a device of many cores takes as long over a few rows as over a whole batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lime_core.arrays import Masks, Outputs
from lime_core.engines.engine import ForSeveral, Given
from lime_core.errors import BadScores
from lime_core.models.answers import check_classes
from lime_core.models.scores import check_outputs
from lime_core.probing.asking import given, in_own_columns
from lime_core.probing.probe import Probe
from lime_core.sampling.in_turns import InTurns


def grow_in_one_batch(engine: ForSeveral, wanted: Sequence[tuple[Probe, int]]) -> list[Probe]:
    """Ask one model for all rows that several probes want, in one batch.

    Parameters
    ----------
    engine : ForSeveral
        Runs the model of all of them.
    wanted : sequence of tuple (Probe, int)
        At least one probe that is to grow, of pictures of one size, each with the number of rows that it is to have:
        more than it has, and no more than its sampler draws.

    Returns
    -------
    list of Probe
        In the same order, with those rows.  One whose answers are refused comes back as it was: who grows it alone
        meets what is wrong.

    Raises
    ------
    Exception
        Whatever the engine raises; also where memory does not suffice for so many rows.
    """
    all_masks = [InTurns(each.spec.sampler, each.scene.counts)(size, each.spec.seed) for each, size in wanted]
    scenes: list[Given] = []
    whose, rows = [], []
    for (probe, _), masks in zip(wanted, all_masks, strict=True):
        turn, own = in_own_columns(probe.scene.counts, len(probe), masks[len(probe) :])
        whose.append(turn + len(scenes))
        rows.append(own)
        scenes += given(probe.scene)
    widest = max(own.shape[1] for own in rows)
    filled = [np.pad(own, ((0, 0), (0, widest - own.shape[1]))) for own in rows]
    answers = engine.together(scenes)(np.concatenate(whose))(np.concatenate(filled))
    parts = np.split(answers, np.cumsum([len(own) for own in rows])[:-1])
    return [_longer(probe, *more) for (probe, _), *more in zip(wanted, all_masks, parts, strict=True)]


def _longer(probe: Probe, masks: Masks, answers: Outputs) -> Probe:
    """The probe with more rows, or as it was where they are refused."""
    known = probe.outputs
    try:
        check_outputs(answers, probe.kind, first_row=len(probe))
        check_classes(answers, len(probe.class_names) or known.shape[1])
    except BadScores:
        return probe
    return probe._with(masks, np.concatenate([known, answers]) if len(probe) else answers)
