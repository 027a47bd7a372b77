"""Prior: what the model looked at on many pictures; built or brought from a file, looked into, and tried on a photo."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import lime_core as lc
from pages.ui.pictures.choosing import choose_source
from pages.ui.prior import expected, inside
from pages.ui.prior.build import build_prior, building_steps, finished_summaries
from pages.ui.prior.effect import end_effect, show_effect
from pages.ui.prior.pictures import read_rows
from pages.ui.prior.plan import choose_plan, choose_words
from pages.ui.prior.state import budget, offers_part, show_list, show_pictures, state_of, too_much
from pages.ui.prior.taking import offer_prior
from pages.ui.runs import caches, priors, running
from pages.ui.runs.growing import Step
from pages.ui.runs.messages import errors_as_messages
from pages.ui.sidebar.opening import SidebarForMany, open_sidebar_for_many

RUN = "build"
ABOUT = """
A prior is what the model looked at on many pictures: their superpixels are sorted into visual words by what they look
like, and every word gets a weight for each class or output, the mean of what explanations gave it. Explanations of
other pictures can lean on it, which makes them steadier.

Choose pictures and press **Build**, or bring a prior from a file. A photo at the left is not needed; with one, the page
shows what the prior expects of it, and what its strength does.
"""


def page() -> None:
    """Building, and looking inside of what was built; neither needs a photo."""
    sidebar = open_sidebar_for_many(RUN, "Build")
    if sidebar:
        with errors_as_messages():
            head, progress = st.container(), st.empty()
            running.show_failure(RUN, progress)
            steps = build(sidebar, head)
            shown = False
            with errors_as_messages():
                shown = look_inside(sidebar)
            if not shown:
                end_effect()
            if steps:
                running.run(RUN, steps, progress)
    else:
        end_effect()


def build(sidebar: SidebarForMany, head: DeltaGenerator) -> Iterator[Step] | None:
    """The controls, what they would cost, and the button; returns the run, if one is under way."""
    note = st.container()
    grid = st.grid(2, min_column_width=370, gap="medium")
    with grid.cell():
        source = choose_source("prior", list(lc.GALLERY))
        sheet, listed = st.empty(), st.container()
        plan = choose_plan(source, sidebar.probing, sidebar.settings, sidebar.model)
    with grid.cell():
        words = choose_words(source, sidebar.settings)
        with st.expander("Bring a prior from a file"):
            inside.bring_prior()
    rows = read_rows(source, sheet) if source else []
    state = state_of(plan, rows, anew=running.pressed(RUN))
    refusal = too_much(plan, state)
    under_way = bool(plan and state.rows) and not refusal and running.begin(RUN, plan)
    if not under_way:
        running.end(RUN)
    with head:
        cost = budget(plan, state, caches.rate(sidebar.model))
        running.header(RUN, "Build", under_way, "Global prior", cost)
    show_pictures(sheet, state)
    with listed:
        show_list(rows, state)
    with note:
        if refusal:
            st.warning(refusal, icon=":material/stacks:")
        elif plan and not under_way and offers_part(state):
            build_prior(plan, finished_summaries(plan, state), words, sidebar.model, state)
    return building_steps(plan, rows, words, sidebar.model, sheet) if plan and under_way else None


def look_inside(sidebar: SidebarForMany) -> bool:
    """Facts and words of the chosen prior, what it expects of the photo and does to it; whether the last was there."""
    st.divider()
    with st.container():  # there with and without its text, so that nothing below changes its place
        if not priors.has_own():
            st.markdown(ABOUT)
    prior = inside.choose_shown_prior()
    if prior is None:
        return False
    fits = inside.fits_model(prior, sidebar.model)
    inside.show_facts(prior)
    model, photo = (sidebar.model, sidebar.chosen) if fits else (None, None)
    index, most = inside.choose_class_and_words(prior, model, photo)
    offer_prior(prior, index, model, photo, sidebar.probing, most)
    if index not in prior.classes:
        noun = inside.noun_of(prior)
        st.info(f"This prior knows nothing about this {noun}: no picture was explained for it.", icon=":material/help:")
    elif photo is None:
        inside.show_words(prior, index, most, across=4)
        if fits:
            st.caption("Choose a photo at the left to see what the prior expects of it.")
    else:
        grid = st.grid(2, min_column_width=370, gap="medium")
        with grid.cell():
            can_be_cut = expected.show_expected(prior, index, photo, sidebar.probing, most)
        with grid.cell():
            inside.show_words(prior, index, most, across=2)
        if can_be_cut:
            st.divider()
            show_effect(photo, prior, index, sidebar.probing, sidebar.settings)
        return can_be_cut
    return False


page()
