"""Stability: the same explanation again and again, method below method, and how far the repeats agree."""

import streamlit as st

import lime_core as lc
from lime_core.reports.verdict import without_weights
from pages.ui.figures.comparison import Comparison, figures_table, shared_limit, strip, strip_in_words
from pages.ui.figures.sentences import scale_in_words, sentence
from pages.ui.runs import caches, running
from pages.ui.runs.caches import Chosen
from pages.ui.runs.messages import errors_as_messages
from pages.ui.sidebar.opening import open_sidebar
from pages.ui.sidebar.probe import Plan, plan_repeats
from pages.ui.stability.closer import look_closer
from pages.ui.stability.methods import choose_comparison
from pages.ui.stability.repeats import (
    Repeats,
    about_the_prior,
    budget,
    finished_reports,
    headline,
    missing_samples,
    repeats_of,
    row_width,
    run_repeats,
    too_much,
    two_spreads,
)
from pages.ui.stability.taking import offer_repeats

RUN = "stability"
WIDTH = 420
"""Pixels across of the superpixels that are shown before the first repeat."""


def page() -> None:
    """The gallery while no photo is chosen, else the comparison with its controls."""
    sidebar = open_sidebar(RUN, plan_repeats)
    if sidebar:
        with errors_as_messages():
            compare(sidebar.chosen, sidebar.plan, sidebar.settings)


def compare(chosen: Chosen, plan: Plan, settings: lc.FitSettings) -> None:
    """The repeats that are there, method by method; then the run, if one is under way."""
    head, progress = st.container(), st.empty()
    running.show_failure(RUN, progress)
    names, times, k, ranking = choose_comparison(plan.segmentation.in_photo, settings)
    repeats = repeats_of(plan, chosen, names, times)
    refusal = too_much(repeats, chosen, sum(plan.segmentation.counts))
    under_way = not refusal and running.begin(RUN, repeats)
    with head:
        running.header(
            RUN,
            "Compare",
            under_way,
            f"Stability · {chosen.model.class_name(chosen.class_index)}",
            budget(plan, repeats, missing_samples(repeats), caches.rate(chosen.model)),
        )
    comparison = finished_reports(repeats, settings, ranking, plan.segmentation)
    if refusal:
        running.end(RUN)
        progress.warning(refusal, icon=":material/memory:")
    if not names:
        st.info("Choose at least one method.", icon=":material/arrow_upward:")
    elif not comparison:
        st.image(
            caches.preview(chosen, plan.segmentation, WIDTH),
            width=WIDTH,
            output_format="PNG",
            alt=f"The crop that the model sees, cut into {plan.segmentation.in_photo} superpixels.",
        )
        st.markdown(
            f"Press **Compare**: each method explains this picture {times} times with other samples. What is the same "
            "in every column can be trusted to come again; what is not is chance."
        )
    else:
        show(comparison, repeats, settings, k, plan.segmentation)
    if under_way:
        run_repeats(RUN, repeats, chosen, progress)


def show(
    comparison: Comparison, repeats: Repeats, settings: lc.FitSettings, k: int, segmentation: lc.Segmentation
) -> None:
    """Maps, figures, and a closer look."""
    limit = shared_limit(comparison)
    for name, report in comparison.items():
        st.markdown(f"**{lc.METHODS[name].title}** · {headline(report, k)}")
        st.image(
            strip(report, k, limit),
            width=row_width(report),
            output_format="PNG",
            alt=strip_in_words(name, report, k),
        )
    scale = ""
    if not without_weights(*comparison.values()):
        low, high = scale_in_words(next(iter(comparison.values())).explanations[0], limit)
        scale = f" One scale for all, from {sentence(low)} to {sentence(high)}."
    if any(lc.METHODS[name].segmentations for name in comparison):
        scale += " Those of other segmentations have another one each, too."
    said = f"{k} strongest superpixels" if k > 1 else "strongest superpixel"
    st.caption(f"Columns are repeats with other seeds; the {said} of each.{scale}")
    st.table(
        figures_table(comparison, k),
        hide_index=True,
        border="horizontal",
        alt="The figures of each method, with what chance gives in brackets.",
    )
    st.caption(
        "In brackets what chance gives. A frozen answer is perfectly steady and can be wrong: read every figure beside "
        f"R². {sentence(about_the_prior(comparison))}"
    )
    if spreads := two_spreads(comparison, k):
        st.caption(f":material/dashboard: {sentence(spreads)}")
    offer_repeats(comparison, k)
    look_closer(comparison, repeats, settings, k, segmentation)


page()
