"""Explain: one photo, one class, one map, and how far to trust it."""

import streamlit as st

import lime_core as lc
from lime_core.reports.numbers import superpixels_in_words
from pages.ui.explain import best, gain, result, soft
from pages.ui.explain.run import Run, open_run
from pages.ui.explain.view import choose_view, cut_as_chosen, read_as_chosen
from pages.ui.figures import sentences
from pages.ui.runs import caches, growing
from pages.ui.runs.messages import errors_as_messages
from pages.ui.sharing.opening import compare_with_opened
from pages.ui.sidebar.opening import Sidebar, open_sidebar
from pages.ui.sidebar.probe import plan_explanation

RUN = "explain"


def page() -> None:
    """The gallery while no photo is chosen, else the explanation with its controls."""
    best.take_found()
    sidebar = open_sidebar(RUN, plan_explanation)
    if sidebar:
        with errors_as_messages():
            explain(sidebar)


def explain(sidebar: Sidebar) -> None:
    """The map that is there, or the superpixels that would be hidden; then the run, if one is under way."""
    run = open_run(RUN, "Explain", "", sidebar, sidebar.plan)
    chosen, plan, settings, under_way = run.chosen, run.plan, run.settings, run.under_way
    notes = st.container()  # always there: nothing below begins anew when a message comes or goes
    with notes:
        probe = shown_probe(run)

    grid = st.grid(2, min_column_width=370, gap="medium")
    left, right = grid.cell(), grid.cell()
    with left:
        picture = st.container()
        view, joined, shown = choose_view(plan.segmentation, chosen.model.kind)
    if probe is None:
        cut = cut_as_chosen(plan.segmentation, shown)
        alt = f"The crop that the model sees, cut into {cut.in_photo} superpixels."
        picture.image(caches.preview(chosen, cut), width="stretch", output_format="PNG", alt=alt)
        with right:
            st.markdown(
                f"**{superpixels_in_words(plan.segmentation.counts_in_photo)}.** LIME will hide some superpixels, "
                f"{plan.num_samples} times, others each time, and ask the model each time. Press **Explain**."
            )
    else:
        e = read_as_chosen(lc.fit(probe, settings), shown)
        together = caches.interactions(probe, e.settings)
        pairs = together.pairs[: result.NAMED] if joined and e.own else None
        compare_with_opened(e, under_way, notes)
        with picture:
            result.show_map(e, view, pairs)
        with right:
            unseen = result.show_trust(e, probe, plan.settle or sentences.TOP, together)
            below = st.container()
            result.show_weights(e, view)
            result.offer_download(e, view, pairs, unseen, probe)
        result.offer_classes(probe, settings, view, shown)
        soft.offer_soft_stability(below, e, probe, chosen, view, under_way)
        gain.offer_relevance_gain(below, e, chosen, under_way)
        best.offer_best_setting(below, chosen, plan, settings, under_way)
    st.expander("What each control costs").markdown(sentences.COSTS)
    run.go_on()


def shown_probe(run: Run) -> lc.Probe | None:
    """The samples of these settings, else those of the last explanation of this photo, else None; says which."""
    plan = run.plan
    probe = caches.store().get(plan.spec)
    if probe is not None and len(probe) >= growing.least(plan.spec):
        st.session_state["last"] = plan.spec
        run.say_what_lacks(probe)
        probe = probe.first(plan.num_samples)
        run.say_whether_settled(probe)
        return probe
    last = st.session_state.get("last")
    same = "picture", "model", "fingerprint", "engine"
    if last is None or any(getattr(last, part) != getattr(plan.spec, part) for part in same):
        return None
    if (probe := caches.store().get(last)) is None or len(probe) < growing.least(last):
        return None
    if not run.under_way:
        changed = ", ".join(sentences.changed(last, plan.spec))
        st.info(f"Changed since this map: {changed}. Press Explain for the new one.", icon=":material/sync_problem:")
    return probe


page()
