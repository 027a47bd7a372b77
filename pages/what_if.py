"""What if: superpixels hidden by hand, what the model says then and what the map says, and superpixels of one's own."""

import streamlit as st

import lime_core as lc
from pages.ui.explain.view import budget, too_few
from pages.ui.figures import sentences
from pages.ui.runs import caches, growing, running
from pages.ui.runs.messages import errors_as_messages
from pages.ui.sidebar.opening import Sidebar, open_sidebar
from pages.ui.sidebar.probe import Plan, plan_explanation
from pages.ui.what_if import by_hand
from pages.ui.what_if.hand import hand

RUN = "what-if"


def page() -> None:
    """The gallery while no photo is chosen, else the picture with its tools."""
    sidebar = open_sidebar(RUN, plan_explanation)
    if sidebar:
        with errors_as_messages():
            what_if(sidebar)


def what_if(sidebar: Sidebar) -> None:
    """The picture and what is said of it; then the run for the map, if one is under way."""
    by, chosen, settings = hand(), sidebar.chosen, sidebar.settings
    plan = by.plan(sidebar.plan, chosen)
    refusal = caches.too_much(plan.num_samples, chosen, sum(plan.segmentation.counts), "samples")
    under_way = running.end(RUN) if refusal else running.begin(RUN, plan.spec)
    head, progress = st.container(), st.empty()
    running.show_failure(RUN, progress)
    if refusal:
        progress.warning(refusal, icon=":material/memory:")
    with head:
        header(chosen, plan, settings, under_way)
    by.keep_told()
    lent = by_hand.Lent.of(sidebar, plan, by, by_hand.samples_of(plan))
    if under_way:
        by_hand.draw(lent)  # with the page, whose run it would have to wait for
        running.run(RUN, growing.grow(plan.spec, chosen, plan.num_samples, settings, plan.settle), progress)
    else:
        by_hand.alone(lent)


def header(chosen: caches.Chosen, plan: Plan, settings: lc.FitSettings, under_way: bool) -> None:
    """What is hidden from, what the map costs, and the button that asks for its samples."""
    have = len(caches.store().get(plan.spec) or ())
    settled = growing.settled(plan.spec, plan.num_samples, settings, plan.settle)
    cost = budget(plan, have, caches.rate(chosen.model), settled)
    running.header(RUN, "Explain", under_way, f"What if · {chosen.model.class_name(chosen.class_index)}", cost)
    if warning := too_few(plan, have):
        st.warning(sentences.sentence(warning), icon=":material/warning:")


page()
