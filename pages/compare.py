"""Compare: maps beside each other that differ in one thing, on one scale, and how far they agree."""

from collections.abc import Hashable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import lime_core as lc
from lime_core.reports.numbers import superpixels_in_words
from pages.ui.compare.agreement import GAINS, offer_gains, show_agreement
from pages.ui.compare.answers import ask
from pages.ui.compare.column import Column
from pages.ui.compare.columns import about, choose_columns
from pages.ui.compare.maps import Together, show_columns, show_difference
from pages.ui.compare.taking import offer_maps
from pages.ui.figures.sentences import seconds
from pages.ui.runs import caches, growing, running
from pages.ui.runs.messages import errors_as_messages
from pages.ui.sidebar.opening import Sidebar, open_sidebar
from pages.ui.sidebar.probe import plan_comparison

RUN = "compare"


def page() -> None:
    """The gallery while no photo is chosen, else the maps with their controls."""
    sidebar = open_sidebar(RUN, plan_comparison)
    if sidebar:
        with errors_as_messages():
            compare(sidebar)


def compare(sidebar: Sidebar) -> None:
    """The controls and the maps that are there; then the run, if one is under way."""
    head, progress = st.container(), st.empty()
    running.show_failure(RUN, progress)
    kind, columns = choose_columns(sidebar)
    refusal = too_much(columns)
    plan = kind, tuple((key(column), column.chosen.class_index, column.settings.space) for column in columns)
    under_way = running.end(RUN) if refusal or len(columns) < 2 else running.begin(RUN, plan)
    with head:
        running.header(RUN, "Compare", under_way, about(columns), cost(columns))
    if refusal:
        progress.warning(refusal, icon=":material/memory:")
    if len(columns) < 2:
        st.info("Choose at least two.", icon=":material/arrow_upward:")
        running.end(GAINS)
        return
    together = Together.of(columns)
    show_columns(columns, together)
    if len(together.columns) > 1:
        difference, figures = st.columns([2, 3], gap="medium")
        with difference:
            st.markdown("**Difference**")
            show_difference(together)
        with figures:
            st.markdown("**Agreement**")
            show_agreement(together)
        offer_maps(together)
        offer_gains(together, under_way)
    else:
        running.end(GAINS)
    if under_way:
        run(columns, plan, progress)


def probes_of(columns: list[Column]) -> dict[lc.ProbeSpec, growing.Wanted]:
    """The probes that LIME needs, each once."""
    probes: dict[lc.ProbeSpec, growing.Wanted] = {}
    for column in columns:
        wanted = column.wanted
        if column.method is None and wanted.samples > (probes[wanted.spec].samples if wanted.spec in probes else 0):
            probes[wanted.spec] = wanted
    return probes


def key(column: Column) -> Hashable:
    """What one map is asked for."""
    return column.wanted.spec, column.wanted.samples, column.method


def cost(columns: list[Column]) -> str:
    """What it takes, in one line."""
    if not columns:
        return "Choose what is to be compared."
    time = sum(each.missing / caches.rate(each.chosen.model) for each in probes_of(columns).values() if each.missing)
    others = sum(column.method is not None and column.answer is None for column in columns)
    samples = sum(each.samples for each in probes_of(columns).values())
    told = [superpixels_in_words(columns[0].plan.segmentation.counts_in_photo), f"{samples} samples"]
    told += [f"≈ {seconds(time)}"] * bool(time)
    if others:
        told.append(f"{others} other methods to ask" if others > 1 else "1 other method to ask")
    return " · ".join(told if time or others else [*told, "all there, costs nothing"])


def too_much(columns: list[Column]) -> str:
    """What to say when the answers would not stay in memory together; else empty."""
    samples = sum(each.samples for each in probes_of(columns).values())
    largest = max(columns, key=lambda column: caches.outputs(column.chosen.model), default=None)
    if largest is None:
        return ""
    most = max(sum(column.plan.segmentation.counts) for column in columns)
    return caches.too_much(samples, largest.chosen, most, "samples or maps")


def run(columns: list[Column], plan: Hashable, progress: DeltaGenerator) -> None:
    """Ask for what is missing: first the samples of LIME, then one other method after the other."""
    asked = running.once(RUN, plan)
    with running.ends_at_an_error(RUN):
        running.follow(growing.grow_each(list(probes_of(columns).values()), asked), progress)
        for column in columns:
            if column.asking is not None and column.answer is None and column.method not in asked:
                ask(column.asking, progress)
                asked.add(column.method)  # once it is answered: a control that is moved meanwhile ends the drawing
                st.rerun()
    running.end(RUN)
    st.rerun()


page()
