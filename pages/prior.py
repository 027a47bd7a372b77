"""Prior: what the model looked at on many pictures; built, looked into, taken away and brought."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.prior import build as prior_build
from pages.ui.prior import inside as prior_inside
from pages.ui.prior import pictures
from pages.ui.prior import plan as prior_plan
from pages.ui.prior import state as prior_state
from pages.ui.prior.effect import effect, end_effect
from pages.ui.runs import caches, growing, messages, priors, running
from pages.ui.sidebar.opening import OpenedForMany, opened_for_many

RUN = "build"
ABOUT = """
A prior is what the model looked at on many pictures: their superpixels are sorted into visual words by what they look
like, and every word gets a weight for each class, the mean of what explanations gave it. Explanations of other pictures
can lean on it, which makes them steadier.

Choose pictures and press **Build**, or bring a prior from a file. A photo at the left is not needed; with one, the page
shows what the prior expects of it, and what its strength does.
"""


def page() -> None:
    """Building, and looking inside of what was built; neither needs a photo."""
    found = opened_for_many(RUN)
    if found:
        with messages.messages():
            head, progress = st.container(), st.empty()
            running.failure(RUN, progress)
            steps = build(found, head)
            shown = False
            with messages.messages():
                shown = inside(found)
            if not shown:
                end_effect()
            if steps:
                running.run(RUN, steps, progress)
    else:
        end_effect()


def build(found: OpenedForMany, head: DeltaGenerator) -> Iterator[growing.Step] | None:
    """The controls, what they would cost, and the button; returns the run, if one is under way."""
    note = st.container()
    grid = st.grid(2, min_column_width=370, gap="medium")
    with grid.cell():
        source = pictures.choose()
        sheet, listed = st.empty(), st.container()
        plan = prior_plan.choose_plan(source, found.probing, found.settings, found.model)
    with grid.cell():
        wanted = prior_plan.choose_words(source, found.settings)
        with st.expander("Bring a prior from a file"):
            prior_inside.bring()
    rows = pictures.rows(source, sheet) if source else []
    state = prior_state.state(plan, rows, anew=running.asked(RUN))
    refused = prior_state.too_much(plan, state)
    under_way = bool(plan and state.rows) and not refused and running.begin(RUN, plan)
    if not under_way:
        running.end(RUN)
    with head:
        cost = prior_state.budget(plan, state, caches.rate(found.model))
        running.header(RUN, "Build", under_way, "Global prior", cost)
    prior_state.show_pictures(sheet, state)
    with listed:
        prior_state.show_list(rows, state)
    with note:
        if refused:
            st.warning(refused, icon=":material/stacks:")
        elif plan and not under_way and prior_state.offers_part(state):
            prior_build.build(plan, prior_build.summaries(plan, state), wanted, found.model)
    return prior_build.run(plan, rows, wanted, found.model, sheet) if plan and under_way else None


def inside(found: OpenedForMany) -> bool:
    """The prior that is chosen: its facts, the words of a class, and what it expects of the photo and does to it.

    Returns whether the last of these was there.
    """
    st.divider()
    if not priors.own():
        st.markdown(ABOUT)
    prior = prior_inside.choose()
    if prior is None:
        return False
    fits = prior_inside.fits(prior, found.model)
    prior_inside.show_facts(prior)
    photo = found.chosen if fits else None
    index, most = prior_inside.choose_class(prior, found.model if fits else None, photo)
    if index not in prior.classes:
        st.info("This prior knows nothing about this class: no picture was explained for it.", icon=":material/help:")
    elif photo is None:
        prior_inside.show_words(prior, index, most, across=4)
        if fits:
            st.caption("Choose a photo at the left to see what the prior expects of it.")
    else:
        grid = st.grid(2, min_column_width=370, gap="medium")
        with grid.cell(), messages.messages():  # the photo may be one that cannot be cut
            prior_inside.show_expected(prior, index, photo, found.probing, most)
        with grid.cell():
            prior_inside.show_words(prior, index, most, across=2)
        st.divider()
        effect(photo, prior, index, found.probing, found.settings)
        return True
    return False


page()
