"""Trying out one way of asking: on every photo and model, with many ways of fitting what was answered.

Every way of fitting is scored by the samples alone (`fit_scores`).  The best of them by R² on samples that were not
fitted, among those that are steady enough, are judged by the model itself: by the symmetric relevance gain over two
fills, which compares maps of all segmentations and fits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from lime_core.arrays import Floats, read_only
from lime_core.errors import BadPicture, LimeError, TooFewSuperpixels, TooManySuperpixels, about
from lime_core.explanation.fitting import fit
from lime_core.explanation.settings import FitSettings
from lime_core.judging.flipping import PixelFlipping
from lime_core.judging.relevance_gain import relevance_gains
from lime_core.probing.growing import grow, open_probe
from lime_core.probing.probe import Probe
from lime_core.probing.spec import ProbeSpec
from lime_core.stores.probe_store import ProbeStore
from lime_core.tuning.fit_scores import fit_scores
from lime_core.tuning.setting import Setting
from lime_core.tuning.trial import Case, Trial, mean_of

FLIPPING = PixelFlipping(steps=10)
"""How maps are judged: fewer steps than a figure that is published would have, for there are many maps."""

JUDGED = 3
"""Ways of fitting of each trial that are judged beside that of the base."""


def cost_of(probing: Setting, cases: int, fittings: int) -> int:
    """Count how often the models are asked in a trial, at most.

    Parameters
    ----------
    probing : Setting
        The way of asking.
    cases, fittings : int
        How many of each.

    Returns
    -------
    int
        Samples, and what judging takes.
    """
    judged = min(JUDGED + 1, fittings)
    return cases * (probing.num_samples + 1 + len(FLIPPING.fills) * (1 + judged * (FLIPPING.rows - 2)))


def try_out(
    probing: Setting,
    fittings: Sequence[FitSettings],
    cases: Sequence[Case],
    floor: float,
    on_progress: Callable[[int, int], None] | None = None,
    store: ProbeStore | None = None,
) -> Trial:
    """Ask, fit in every way, and judge.

    Parameters
    ----------
    probing : Setting
        The way of asking.
    fittings : sequence of FitSettings
        The ways of fitting, the base's first.
    cases : sequence of Case
        Photos and models; one that cannot be explained so, or of which hiding changes nothing, is left out with its
        problem.
    floor : float
        The stability that a way of fitting must have on average to be chosen.
    on_progress : callable, optional
        Called with (asked, in all) after each batch; what it raises ends the trial.
    store : ProbeStore, optional
        Where samples are taken from and kept.

    Returns
    -------
    Trial
        What was found.

    Raises
    ------
    LimeError, ValueError
        As `explain_image`, but for a photo that cannot be cut or fitted so; a LimeError begins with the photo, and the
        model where there are several.
    """
    begin, total, asked = time.perf_counter(), cost_of(probing, len(cases), len(fittings)), 0

    def tell(more: int) -> None:
        if on_progress:
            on_progress(min(asked + more, total), total)

    shape = len(cases), len(fittings)
    r2, stability, problems = np.full(shape, np.nan), np.full(shape, np.nan), [""] * len(cases)
    probes: list[Probe | None] = []
    for place, case in enumerate(cases):
        probe, scores = None, None
        with about(*_names(case, cases)):
            try:
                for longer in _growing(probing, case, store):
                    probe = longer
                    tell(len(probe))
                    probe.scene.check_live()
            except (BadPicture, TooFewSuperpixels, TooManySuperpixels) as error:  # others are the model's: no trial
                problems[place] = error.public
            try:
                if probe is not None and not problems[place]:
                    with threadpool_limits(1):  # what is fitted is too small for several threads
                        scores = fit_scores(probe, [replace(each, class_index=case.class_index) for each in fittings])
            except LimeError as error:
                problems[place] = error.public
        if scores is not None:
            r2[place], stability[place] = scores.held_out_r2, scores.stability
        probes.append(None if problems[place] else probe)
        asked += 0 if probe is None else len(probe)
    judged = _chosen(r2, stability, floor)
    gains = np.full((len(cases), len(judged)), np.nan)
    for place, (case, probe) in enumerate(zip(cases, probes, strict=True)):
        if probe is None:
            continue
        with about(*_names(case, cases)):
            maps = [fit(probe, replace(fittings[each], class_index=case.class_index)) for each in judged]
            found = relevance_gains(maps, case.model, flipping=FLIPPING, on_progress=lambda done, _: tell(done))
        gains[place] = [gain.srg for gain in found]
        asked += 1 + len(FLIPPING.fills) * (1 + len(judged) * (FLIPPING.rows - 2))
    return Trial(
        probing,
        read_only(r2),
        read_only(stability),
        judged,
        read_only(gains),
        asked,
        time.perf_counter() - begin,
        tuple(problems),
    )


def spec_in(store: ProbeStore, setting: Setting, case: Case) -> ProbeSpec:
    """Find what the samples of a setting depend on, as a store keeps them.

    Parameters
    ----------
    store : ProbeStore
        The store.
    setting : Setting
        The way of asking.
    case : Case
        Photo and model.

    Returns
    -------
    ProbeSpec
        With the segmentations alone that cut this photo.

    Raises
    ------
    LimeError
        As `ProbeStore.segmentation`.
    """
    cut = store.segmentation(case.picture, case.model, setting.probing.segmenter)
    return replace(setting.probing, segmenter=cut.made_by).spec(case.picture, case.model)


def _names(case: Case, cases: Sequence[Case]) -> tuple[str, ...]:
    """By which a case is known among others."""
    several = any(other.model is not case.model for other in cases)
    return (case.picture.name, case.model.name) if several else (case.picture.name,)


def _growing(probing: Setting, case: Case, store: ProbeStore | None) -> Iterator[Probe]:
    if store is not None:
        spec = spec_in(store, probing, case)
        return store.grow(spec, case.picture, case.model, probing.num_samples)
    spec = probing.probing.spec(case.picture, case.model)
    return grow(open_probe(spec, case.picture, case.model), probing.num_samples, case.model)


def _chosen(r2: Floats, stability: Floats, floor: float) -> tuple[int, ...]:
    """The base's way of fitting, and the best others that are steady enough; where none is, the steadiest."""
    predicting, steady = mean_of(r2), mean_of(stability)
    known = ~np.isnan(predicting) & ~np.isnan(steady)
    enough = known & (steady >= floor)
    order = np.argsort(-predicting if enough.any() else -steady, kind="stable")
    allowed = enough if enough.any() else known
    others = [int(place) for place in order if place and allowed[place]]
    return (0, *others[:JUDGED])
