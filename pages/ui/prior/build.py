"""The run that builds a prior: asks about the pictures that are not finished, and makes words of them all.

A picture that is finished is kept as its summary, so a run that was cancelled goes on where it was, and other words
from the same pictures ask the model nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import lime_core as lc
from pages.ui.prior.pictures import Row
from pages.ui.prior.plan import Plan, Words
from pages.ui.prior.state import GONE, State, crop_digests, show_pictures, state
from pages.ui.runs import caches, growing, priors
from pages.ui.runs.summaries import Asked


def summaries(plan: Plan, state: State) -> dict[str, lc.PictureSummary]:
    """digest of a crop -> its summary, of all that are there.

    Whoever builds from them holds them, for the cache may have to let some go.
    """
    known = crop_digests()
    digests = [d for row in state.rows for d in known.get(row.digest, [row.digest])[: plan.crops]]
    found = {d: caches.summaries().get(plan.asked(d)) for d in digests}
    return {d: summary for d, summary in found.items() if summary is not None}


def run(
    plan: Plan, rows: Sequence[Row], chosen: Words, model: lc.Classifier, place: DeltaGenerator
) -> Iterator[growing.Step]:
    """Ask about the pictures that are not finished, then build; yields how far it has come.

    place : where the pictures are shown
    """
    now = state(plan, rows)
    made = summaries(plan, now)
    todo = {row.digest for row, done in zip(now.rows, now.finished, strict=True) if not done}
    total, shown = len(now.rows) * plan.crops * plan.num_samples, time.perf_counter()
    for found in plan.source.found() if todo else ():
        picture = found.picture
        if picture is None or picture.digest not in todo:
            continue
        todo.discard(picture.digest)
        cut = _crops_of(picture, plan)
        if len(cut) >= len(crop_digests().get(picture.digest, ())):
            crop_digests()[picture.digest] = [crop.digest for crop in cut]
        for crop in cut:
            asked = plan.asked(crop.digest)
            if crop.digest in made or crop.digest in now.refused:
                continue
            left = state(plan, rows).missing
            what = f"Picture {min(now.done + 1, len(now.rows))} of {len(now.rows)} · "
            yield growing.Step(total - left, total, left / caches.rate(model), False, what)
            there = len(caches.store().get(asked.spec) or ())
            later = left - max(0, plan.num_samples - there)
            try:
                caches.store().segmentation(crop, model, asked.spec.segmenter)  # its time is none of the model's
                for step in growing.grow(asked.spec, caches.Chosen(crop, model, 0), plan.num_samples):
                    seconds = step.seconds_left + later / caches.rate(model)
                    yield growing.Step(total - later - (step.total - step.done), total, seconds, False, what)
                made[crop.digest] = _summary(asked)
                caches.summaries().keep(asked, made[crop.digest])
            except lc.LimeError as error:
                now.refused[crop.digest] = str(error)
        now = state(plan, rows)
        if time.perf_counter() - shown >= growing.TELL:
            shown = time.perf_counter()
            show_pictures(place, now)
    _leave_out(todo, made, now)
    yield growing.Step(total, total, 0.0, False, "Sorting superpixels into words · ")
    build(plan, made, chosen, model)


def _leave_out(gone: Set[str], made: Mapping[str, lc.PictureSummary], state: State) -> None:
    """These pictures were not found again: what is missing of them will not come."""
    for digest in gone:
        missing = [crop for crop in crop_digests().get(digest, ()) if crop not in made]
        state.refused.update(dict.fromkeys([digest, *missing], GONE))


def _summary(asked: Asked) -> lc.PictureSummary:
    """What the samples that are there say about the most likely classes.

    Raises LimeError where there are too few by now, and where no superpixel can be explained.
    """
    probe = caches.store().get(asked.spec)
    if probe is None or len(probe) < asked.spec.reachable(asked.num_samples, probe.scene.segmentation.d):
        raise lc.LimeError("Its samples had to make room for those of others. Build again to ask once more.")
    probe = probe.first(asked.num_samples)
    likely = probe.most_likely(asked.classes)
    return lc.PictureSummary.of([lc.fit(probe, replace(asked.settings, class_index=index)) for index in likely])


def build(plan: Plan, found: Mapping[str, lc.PictureSummary], chosen: Words, model: lc.Classifier) -> None:
    """A prior from these summaries, kept for this session.  Raises LimeError where there are none."""
    if not found:
        raise lc.LimeError("None of the pictures could be used. The list of pictures says why.")
    prior = lc.build_prior(
        found.values(),
        len(model.class_names),
        chosen.clusters,
        chosen.method,
        chosen.position,
        {"source": chosen.name, "crops": plan.crops},
        chosen.examples,
    )
    st.session_state["prior-new"] = priors.keep(chosen.name, prior, rename=chosen.named)


def _crops_of(picture: lc.Picture, plan: Plan) -> list[lc.Picture]:
    """The whole picture, and random parts of it."""
    return [picture, *lc.crops(picture, plan.crops - 1)] if plan.crops > 1 else [picture]
