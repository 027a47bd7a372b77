"""The best settings for this photo, below the trust panel: one press searches, and sets the controls as was found.

What was found is said until something is changed, and the settings before come back at a press.
"""

from __future__ import annotations

import time
from collections.abc import Hashable
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import lime_core as lc
from lime_core.findings.best_setting import BUDGET
from pages.ui.figures.sentences import seconds, sentence
from pages.ui.runs import caches, growing, running
from pages.ui.sidebar.presets import give_back, take_setting
from pages.ui.sidebar.probe import Plan

RUN = "best"
FOUND, TAKE, BEFORE = "best-found", "best-take", "best-before"

WORTH = (
    "On 39 photos the gain was higher with what was found on 92%, "
    "and fidelity, which the search does not look at, on 49%."
)
"""What a search is worth, as the benchmarks have it."""


def take_found() -> None:
    """Set the controls as was found; before they are drawn."""
    if setting := st.session_state.pop(TAKE, None):
        st.session_state[BEFORE] = take_setting(setting)


def offer_best_setting(
    place: DeltaGenerator, chosen: caches.Chosen, plan: Plan, settings: lc.FitSettings, other_run: bool
) -> None:
    """The button and what was found; then the run, if one is under way, so this comes last on a page.

    other_run : whether the map still grows
    """
    with place:
        if settings.space not in (None, "log-odds", lc.SPACES[chosen.model.kind][0]) or other_run:
            running.end(RUN)  # what is fitted to other scores cannot be compared
            return
        base = _setting(chosen, plan, settings)
        key = chosen.picture.digest, chosen.model.name, chosen.model.fingerprint, chosen.class_index
        most = BUDGET * base.num_samples
        under_way = running.begin(RUN, (key, base))
        cost = f"at most {most} samples · ≈ {seconds(most / caches.rate(chosen.model))}"
        running.header(RUN, "Find", under_way, "Settings for this photo", cost, level=4)
        progress = st.empty()
        running.show_failure(RUN, progress)
        _show_found(key, base)
    if under_way:
        _run(key, base, chosen, progress)


def _setting(chosen: caches.Chosen, plan: Plan, settings: lc.FitSettings) -> lc.Setting:
    """What the controls say; of several segmentations those that were chosen, of which this photo may leave fewer."""
    spec, space = plan.spec, settings.space
    probing = lc.ProbeSettings(plan.segmenter or spec.segmenter, spec.hiding, spec.sampler, spec.seed)
    space = None if space == lc.SPACES[chosen.model.kind][0] else space
    return lc.Setting(probing, plan.num_samples, replace(settings, class_index=None, space=space))


def _show_found(key: Hashable, base: lc.Setting) -> None:
    """What was found for this photo, while the controls are as it says, or as before where nothing is better."""
    own, before, found, told = st.session_state.get(FOUND, (None, None, None, ""))
    if own != key or base != found:
        st.caption(
            "Tries other fits, several segmentations and more samples, and takes what the model agrees with most (the "
            f"relevance gain). {WORTH}"
        )
        return
    st.markdown(sentence(told))
    if found != before:
        st.button("Back to the settings before", type="tertiary", key="best-back", on_click=_back)


def _back() -> None:
    give_back(st.session_state[BEFORE])


def _run(key: Hashable, base: lc.Setting, chosen: caches.Chosen, progress: DeltaGenerator) -> None:
    """Search, and have the controls set at the next drawing."""
    told, rate = 0.0, caches.rate(chosen.model)

    def tell(done: int, total: int) -> None:
        nonlocal told
        if (now := time.perf_counter()) - told >= growing.TELL:
            told = now
            label = f"At most {total} samples · ≈ {seconds((total - done) / rate)} left"
            progress.progress(done / total, text=label)

    with running.ends_at_an_error(RUN):
        progress.progress(0.0, text="Beginning with the settings at the left …")
        found = lc.find_setting(
            chosen.picture, chosen.model, chosen.class_index, base, store=caches.store(), on_progress=tell
        )
        st.session_state[FOUND] = key, base, found.setting, found.in_words()
        if found.setting != base:
            st.session_state[TAKE] = found.setting
    running.end(RUN)
    st.rerun()
