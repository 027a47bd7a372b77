"""Stability: the same explanation again and again, method below method, and how far the repeats agree."""

import streamlit as st

import lime_core as lc
from pages.ui.figures import methods as comparison
from pages.ui.figures import sentences
from pages.ui.runs import caches, messages, running
from pages.ui.runs.caches import Chosen
from pages.ui.sidebar import probe
from pages.ui.sidebar.opening import opened
from pages.ui.stability import closer, methods, repeats

RUN = "stability"


def page() -> None:
    """The gallery while no photo is chosen, else the comparison with its controls."""
    found = opened(RUN, probe.plan_repeats)
    if found:
        with messages.messages():
            compare(found.chosen, found.plan, found.settings)


def compare(chosen: Chosen, plan: probe.Plan, settings: lc.FitSettings) -> None:
    """The repeats that are there, method by method; then the run, if one is under way."""
    head, progress = st.container(), st.empty()
    running.failure(RUN, progress)
    names, count, k, ranking = methods.choose(plan.segmentation.d, settings)
    wanted = repeats.wanted(plan, names, count)
    refused = repeats.too_much(wanted, chosen, plan.segmentation.d)
    under_way = not refused and running.begin(RUN, wanted)
    with head:
        running.header(
            RUN,
            "Compare",
            under_way,
            f"Stability · {chosen.model.class_name(chosen.class_index)}",
            repeats.budget(plan, wanted, repeats.missing(wanted), caches.rate(chosen.model)),
        )
    found = repeats.finished(wanted, settings, ranking)
    if refused:
        running.end(RUN)
        progress.warning(refused, icon=":material/memory:")
    if not names:
        st.info("Choose at least one method.", icon=":material/arrow_upward:")
    elif not found:
        st.image(
            caches.preview(chosen, plan.segmentation),
            width=420,
            output_format="PNG",
            alt=f"The crop that the model sees, cut into {plan.segmentation.d} superpixels.",
        )
        st.markdown(
            f"Press **Compare**: each method explains this picture {count} times with other samples. What is the same "
            "in every column can be trusted to come again; what is not is chance."
        )
    else:
        show(found, wanted, settings, k)
    if under_way:
        repeats.run(RUN, wanted, chosen, progress)


def show(found: comparison.Comparison, wanted: repeats.Wanted, settings: lc.FitSettings, k: int) -> None:
    """Maps, figures, and a closer look."""
    limit = comparison.shared_limit(found)
    for name, report in found.items():
        st.markdown(f"**{lc.METHODS[name].title}** · {repeats.headline(report, k)}")
        st.image(
            comparison.strip(report, k, limit),
            width="stretch" if len(report.explanations) > 3 else 230 * len(report.explanations),
            output_format="PNG",
            alt=comparison.in_words(name, report, k),
        )
    low, high = sentences.scale_ends(next(iter(found.values())).explanations[0], limit)
    st.caption(
        f"Columns are repeats with other seeds; the {k} strongest superpixels of each. One scale for all, from "
        f"{low} to {high}."
    )
    st.table(
        comparison.figures_table(found, k),
        hide_index=True,
        border="horizontal",
        alt="The figures of each method, with what chance gives in brackets.",
    )
    st.caption(
        "In brackets what chance gives. A frozen answer is perfectly steady and can be wrong: read every figure beside "
        f"R².{repeats.about_the_prior(found)}"
    )
    closer.look_closer(found, wanted, settings, k)


page()
