"""Explain: one photo, one class, one map, and how far to trust it."""

import streamlit as st

import lime_core as lc
from pages.ui import panels, photo, result, runner, words
from pages.ui.runner import Chosen


def page() -> None:
    """The gallery while no photo is chosen, else the explanation with its controls."""
    if "chosen" not in st.session_state:
        # On a new server Streamlit takes this file for a page of its own, when the first visit is a tab left open.
        st.switch_page("app.py")
    chosen: Chosen | None = st.session_state["chosen"]
    asked = st.session_state.pop("asked", False)
    if chosen is None:
        photo.gallery()
        return
    plan = settings = None
    with st.sidebar, runner.messages():
        plan = panels.asks_the_model(chosen)
        settings = panels.answers_at_once(chosen)
    if plan is None or settings is None:
        st.info("The settings at the left cannot be used yet. See the message there.", icon=":material/arrow_back:")
        return
    with runner.messages():
        if asked:
            st.session_state["running"] = plan.spec
        explain(chosen, plan, settings)


def explain(chosen: Chosen, plan: panels.Plan, settings: lc.FitSettings) -> None:
    """The map that is there, or the superpixels that would be hidden; then the run, if one is under way."""
    running = st.session_state.get("running") == plan.spec
    if not running:  # other settings ended the run; coming back to the old ones must not start it again
        st.session_state["running"] = None
    kept = runner.store().get(plan.spec)
    have = len(kept) if kept else 0
    header(chosen, plan, have, running)
    progress = st.empty()
    probe = shown_probe(chosen, plan)

    grid = st.grid(2, min_column_width=370, gap="medium")
    left, right = grid.cell(), grid.cell()
    with left:
        picture, bar = st.container(), st.container()
        with bar:
            view, numbers = panels.view(plan.segmentation.d)
    if probe is None:
        with picture:
            st.image(
                runner.preview(chosen, plan.segmentation),
                width="stretch",
                output_format="PNG",
                alt=f"The crop that the model sees, cut into {plan.segmentation.d} superpixels.",
            )
        with right:
            st.markdown(
                f"**{words.count(plan.segmentation.d, 'superpixel')}.** LIME will hide about half of them, "
                f"{plan.num_samples} times, and ask the model each time. Press **Explain**."
            )
    else:
        e = lc.fit(probe, settings)
        with picture:
            result.show_map(e, view, numbers)
        with right:
            result.show_trust(e)
            result.show_weights(e, view)
            result.take_away(e)
        classes = st.expander("The most likely classes side by side", key="classes", on_change="rerun")
        if classes.open:  # three more maps, which nobody waits for while they are folded away
            with classes:
                result.show_classes(probe, settings, view)
    with st.expander("What each control costs"):
        st.markdown(words.COSTS)
    if running:
        with progress, runner.messages():  # a message stands where the progress was, not under the map
            run(chosen, plan, progress)


def header(chosen: Chosen, plan: panels.Plan, have: int, running: bool) -> None:
    """What is explained, what it costs, and the button."""
    title, button = st.columns([5, 1], vertical_alignment="center")
    with title:
        st.markdown(f"### {chosen.model.class_name(chosen.class_index)}")
        st.caption(panels.budget(plan, have, runner.rate(chosen.model)))
    # One button with one key: two would stand beside each other while a run redraws the page.
    button.button(
        "Cancel" if running else "Explain",
        type="secondary" if running else "primary",
        on_click=switch,
        args=(not running,),
        width="stretch",
        key="explain",
    )
    if have < plan.num_samples < words.ENOUGH_SAMPLES * plan.segmentation.d:
        st.warning(words.few_samples(plan.num_samples, plan.segmentation.d), icon=":material/warning:")


def shown_probe(chosen: Chosen, plan: panels.Plan) -> lc.Probe | None:
    """The samples of these settings, else those of the last explanation of this photo, else None; says which."""
    probe = runner.store().get(plan.spec)
    if probe is not None and len(probe) >= 2:
        st.session_state["last"] = plan.spec
        if len(probe) < plan.num_samples and st.session_state.get("running") != plan.spec:
            st.info(
                f"This map rests on {len(probe)} of {plan.num_samples} samples. Explain asks for the others.",
                icon=":material/hourglass_bottom:",
            )
        return probe.first(plan.num_samples)
    last = st.session_state.get("last")
    if last is None or any(getattr(last, f) != getattr(plan.spec, f) for f in ("picture", "model", "engine")):
        return None
    probe = runner.store().get(last)
    if probe is None or len(probe) < 2:
        return None
    if st.session_state.get("running") != plan.spec:
        changed = ", ".join(words.changed(last, plan.spec))
        st.info(f"Changed since this map: {changed}. Press Explain for the new one.", icon=":material/sync_problem:")
    return probe


def run(chosen: Chosen, plan: panels.Plan, progress) -> None:
    """Ask the model; draws the page again whenever there is more to see."""
    try:
        for step in runner.grow(plan.spec, chosen, plan.num_samples):
            progress.progress(
                step.done / step.total,
                text=f"{step.done} of {step.total} samples · {words.seconds(step.seconds_left)} left",
            )
            if step.draw:
                st.rerun()
    except Exception:
        switch(False)  # else the next redraw would ask again
        raise
    switch(False)
    st.rerun()


def switch(asked: bool) -> None:
    """Stop asking the model, or ask it for what the controls say when the page is next drawn.

    The button cannot carry the settings: who types a seed and presses it at once presses the button of the old seed.
    """
    st.session_state["running"] = None
    st.session_state["asked"] = asked


page()
