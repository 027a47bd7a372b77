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
from lime_core.errors import about
from lime_core.models.answers import MOST_OUTPUTS
from pages.ui.prior.pictures import Row
from pages.ui.prior.plan import Plan, Words
from pages.ui.prior.state import GONE, State, crop_digests, show_pictures, state_of
from pages.ui.runs import caches, growing, priors
from pages.ui.runs.summaries import SummaryKey


def finished_summaries(plan: Plan, state: State) -> dict[str, lc.PictureSummary]:
    """digest of a crop -> its summary, of all that are there.

    Whoever builds from them holds them, for the cache may have to let some go.
    """
    crops = crop_digests()
    digests = [d for row in state.rows for d in crops.get(row.digest, [row.digest])[: plan.crops]]
    summaries = {d: caches.summaries().get(plan.summary_key(d)) for d in digests}
    return {d: summary for d, summary in summaries.items() if summary is not None}


def building_steps(
    plan: Plan, rows: Sequence[Row], words: Words, model: lc.Classifier, place: DeltaGenerator
) -> Iterator[growing.Step]:
    """Ask about the pictures that are not finished, then build; yields how far it has come.

    place : where the pictures are shown
    """
    if (outputs := caches.outputs(model)) > MOST_OUTPUTS:
        raise lc.LimeError(f"A prior has {MOST_OUTPUTS} classes at most, and this model has {outputs}.")
    now = state_of(plan, rows)
    summaries = finished_summaries(plan, now)
    todo = {row.digest for row, done in zip(now.rows, now.finished, strict=True) if not done}
    total, shown = len(now.rows) * plan.crops * plan.num_samples, time.perf_counter()
    for found in plan.source.read() if todo else ():
        picture = found.picture
        if picture is None or picture.digest not in todo:
            continue
        todo.discard(picture.digest)
        cut = _crops_of(picture, plan)
        if len(cut) >= len(crop_digests().get(picture.digest, ())):
            crop_digests()[picture.digest] = [crop.digest for crop in cut]
        for crop in cut:
            key = plan.summary_key(crop.digest)
            if crop.digest in summaries or crop.digest in now.refused:
                continue
            left = state_of(plan, rows).missing
            label = f"Picture {min(now.done + 1, len(now.rows))} of {len(now.rows)} · "
            yield growing.Step(total - left, total, left / caches.rate(model), False, label)
            samples = len(caches.store().get(key.spec) or ())
            later = left - max(0, plan.num_samples - samples)
            with about(found.name):
                try:
                    caches.store().segmentation(crop, model, key.spec.segmenter)  # its time is none of the model's
                    for step in growing.grow(key.spec, caches.Chosen(crop, model, 0), plan.num_samples):
                        seconds = step.seconds_left + later / caches.rate(model)
                        yield growing.Step(total - later - (step.total - step.done), total, seconds, False, label)
                except (lc.BadPicture, lc.TooFewSuperpixels, lc.TooManySuperpixels) as error:  # others are the model's
                    now.refused[crop.digest] = error.public
                    continue
            try:
                # Its samples may be of somebody who brought the crop as a photo.
                summaries[crop.digest] = replace(summarize(key), crop_of=crop.crop_of)
                caches.summaries().keep(key, summaries[crop.digest])
            except lc.LimeError as error:
                now.refused[crop.digest] = error.public
        now = state_of(plan, rows)
        if time.perf_counter() - shown >= growing.TELL:
            shown = time.perf_counter()
            show_pictures(place, now)
    _leave_out(todo, summaries, now)
    yield growing.Step(total, total, 0.0, False, "Sorting superpixels into words · ")
    build_prior(plan, summaries, words, model, now)


def _leave_out(gone: Set[str], summaries: Mapping[str, lc.PictureSummary], state: State) -> None:
    """These pictures are no longer there: what is missing of them will not come."""
    for digest in gone:
        missing = [crop for crop in crop_digests().get(digest, ()) if crop not in summaries]
        state.refused.update(dict.fromkeys([digest, *missing], GONE))


def summarize(key: SummaryKey) -> lc.PictureSummary:
    """What the samples that are there say about the most likely classes.

    Raises LimeError where there are too few by now, and where no superpixel can be explained.
    """
    probe = caches.store().get(key.spec)
    if probe is None or len(probe) < key.spec.reachable(key.num_samples, probe.scene.counts):
        raise lc.LimeError("Its samples had to make room for those of others. Build again to ask once more.")
    probe = probe.first(key.num_samples)
    likely = probe.most_likely(key.classes)
    return lc.PictureSummary.of([lc.fit(probe, replace(key.settings, class_index=index)) for index in likely])


def build_prior(
    plan: Plan, summaries: Mapping[str, lc.PictureSummary], words: Words, model: lc.Classifier, state: State
) -> None:
    """A prior from these summaries, kept for this session; of some of the pictures its usual name says so.

    Raises LimeError where there are none.
    """
    if not summaries:
        raise lc.LimeError("None of the pictures could be used. The list of pictures says why.")
    crops = crop_digests()
    used = sum(any(d in summaries for d in crops.get(row.digest, [row.digest])) for row in state.rows)
    name = words.name if words.named or used == len(state.rows) else f"{used} of {words.name}"
    prior = lc.build_prior(
        summaries.values(),
        caches.outputs(model),
        words.clusters,
        words.method,
        words.position,
        {"source": name, "crops": plan.crops},
        words.examples,
    )
    st.session_state["prior-new"] = priors.keep(name, prior, rename=words.named)


def _crops_of(picture: lc.Picture, plan: Plan) -> list[lc.Picture]:
    """The whole picture, and random parts of it."""
    return [picture, *lc.crops(picture, plan.crops - 1)] if plan.crops > 1 else [picture]
