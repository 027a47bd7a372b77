"""Learn: LIME step by step on the photo that is chosen, with its real numbers."""

from functools import partial

import streamlit as st

import lime_core as lc
from pages.ui.explain.view import budget, cut_as_chosen, too_few
from pages.ui.figures import sentences
from pages.ui.learn import words
from pages.ui.learn.steps import show_hidden, show_photo, show_superpixels
from pages.ui.learn.walk import Walk, show_walk
from pages.ui.runs import caches, growing, running
from pages.ui.runs.messages import errors_as_messages
from pages.ui.sidebar.opening import open_sidebar
from pages.ui.sidebar.probe import Plan, plan_explanation

RUN, PRESS = "learn", "Ask"


def page() -> None:
    """The gallery while no photo is chosen, else the steps."""
    sidebar = open_sidebar(RUN, partial(plan_explanation, press=PRESS))
    if sidebar:
        with errors_as_messages():
            learn(sidebar.chosen, sidebar.plan, sidebar.settings)


def learn(chosen: caches.Chosen, plan: Plan, settings: lc.FitSettings) -> None:
    """The steps that there are samples for; then the run, if one is under way."""
    refusal = caches.too_much(plan.num_samples, chosen, sum(plan.segmentation.counts), "samples")
    under_way = running.end(RUN) if refusal else running.begin(RUN, plan.spec)
    have = len(caches.store().get(plan.spec) or ())
    head, progress = st.container(), st.empty()
    running.show_failure(RUN, progress)
    if refusal:
        progress.warning(refusal, icon=":material/memory:")
    if under_way and have < 2:
        with running.ends_at_an_error(RUN):
            growing.first_look(plan.spec, chosen, plan.num_samples)
    settled = growing.settled(plan.spec, plan.num_samples, settings, plan.settle)
    with head:
        name = chosen.model.class_name(chosen.class_index)
        cost = budget(plan, have, caches.rate(chosen.model), settled)
        running.header(RUN, PRESS, under_way, f"Learn · {name}", cost)
        if warning := too_few(plan, have):
            st.warning(warning, icon=":material/warning:")
    st.markdown(words.INTRODUCTION)
    grid = st.grid(2, min_column_width=370, gap="medium")
    with grid.cell():
        show_photo(chosen, cut_as_chosen(plan.segmentation, 0))
    with grid.cell():
        shown = show_superpixels(chosen, plan)
    show_samples(plan, settings, shown, under_way, settled)
    st.expander("What each control costs").markdown(sentences.COSTS)
    if under_way:
        running.run(RUN, growing.grow(plan.spec, chosen, plan.num_samples, settings, plan.settle), progress)


def show_samples(plan: Plan, settings: lc.FitSettings, shown: int, under_way: bool, settled: bool) -> None:
    """The steps that need samples, as far as there are any."""
    probe = caches.store().get(plan.spec)
    probe = None if probe is None else probe.first(plan.num_samples)
    if probe is None or len(member := probe.members[shown]) < 2:
        st.subheader("3 · Hidden versions", anchor="hidden")
        st.markdown(
            f"LIME will hide some superpixels, {plan.num_samples} times, others each time, and ask the model each "
            f"time. Press **{PRESS}**: the further steps come with its answers."
        )
        return
    if settled:
        st.success(sentences.settled(plan.settle, len(probe)), icon=":material/task_alt:")
    elif len(probe) < plan.num_samples and not under_way:
        st.info(f"There are {len(probe)} of {plan.num_samples} samples. {PRESS} gets the others.")
    show_hidden(member, lc.fitted_samples(member, settings), lc.fit(member, settings))
    show_walk(Walk(plan.spec, settings, shown, len(probe)), under_way)


page()
