"""Learn: LIME step by step on the photo that is chosen, with its real numbers."""

from functools import partial

import streamlit as st

import lime_core as lc
from pages.ui.explain.run import Run, open_run
from pages.ui.explain.view import cut_as_chosen
from pages.ui.figures import sentences
from pages.ui.learn import words
from pages.ui.learn.steps import show_hidden, show_photo, show_superpixels
from pages.ui.learn.walk import Walk, show_walk
from pages.ui.runs import caches
from pages.ui.runs.messages import errors_as_messages
from pages.ui.sidebar.opening import Sidebar, open_sidebar
from pages.ui.sidebar.probe import plan_explanation

RUN, PRESS = "learn", "Ask"


def page() -> None:
    """The gallery while no photo is chosen, else the steps."""
    sidebar = open_sidebar(RUN, partial(plan_explanation, press=PRESS))
    if sidebar:
        with errors_as_messages():
            learn(sidebar)


def learn(sidebar: Sidebar) -> None:
    """The steps that there are samples for; then the run, if one is under way."""
    run = open_run(RUN, PRESS, "Learn · ", sidebar, sidebar.plan)
    st.markdown(words.INTRODUCTION)
    grid = st.grid(2, min_column_width=370, gap="medium")
    with grid.cell():
        show_photo(run.chosen, cut_as_chosen(run.plan.segmentation, 0))
    with grid.cell():
        shown = show_superpixels(run.chosen, run.plan)
    show_samples(run, shown)
    st.expander("What each control costs").markdown(sentences.COSTS)
    run.go_on()


def show_samples(run: Run, shown: int) -> None:
    """The steps that need samples, as far as there are any."""
    plan, settings = run.plan, run.settings
    probe = caches.store().get(plan.spec)
    probe = None if probe is None else probe.first(plan.num_samples)
    if probe is None or len(member := probe.members[shown]) < 2:
        st.subheader("3 · Hidden versions", anchor="hidden")
        st.markdown(
            f"LIME will hide some superpixels, {plan.num_samples} times, others each time, and ask the model each "
            f"time. Press **{PRESS}**: the further steps come with its answers."
        )
        return
    run.say_what_lacks(probe)
    run.say_whether_settled(probe)
    show_hidden(member, lc.fitted_samples(member, settings), lc.fit(member, settings))
    show_walk(Walk(plan.spec, settings, shown, len(probe)), run.under_way)


page()
