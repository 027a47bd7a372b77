"""Soft stability, below the trust panel: whether the class stays the most likely when more than the top is shown.

The pictures for it are asked for at a press only, and kept for all readers.
"""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import lime_core as lc
from pages.ui.figures.sentences import seconds, sentence
from pages.ui.runs import caches, growing, running

RUN = "soft"
MOST = 50
"""Others that the slider goes up to: with more of them nearly all of most pictures is shown."""


def offer_soft_stability(
    place: DeltaGenerator, e: lc.Explanation, probe: lc.Probe, chosen: caches.Chosen, view: lc.View, other_run: bool
) -> None:
    """The control, the button and what was found; then the run, if one is under way, so this comes last on a page.

    other_run : whether the map still grows, and with it what would be asked
    """
    if probe.kind == "values":  # of which none is the most likely
        return
    with place, st.expander("Does the top carry the class?"):
        reason = lc.Addition.obstacle(e)
        if reason or other_run:
            running.end(RUN)
            st.caption(sentence(reason) or "Wait for the samples of the map.")
            return
        addition = lc.Addition(k=view.num_features, r=_choose_others(e.scene.segmentation.in_photo))
        spec, rows = addition.spec(e), addition.rows(e)
        under_way, found = running.begin(RUN, spec), caches.store().get(spec)
        missing = max(0, rows - len(found or ()))
        cost = f"≈ {seconds(missing / caches.rate(chosen.model))}" if missing else "all there, costs nothing"
        running.header(RUN, "Ask", under_way, "Soft stability", f"{rows} samples · {cost}", level=4)
        progress = st.empty()
        running.show_failure(RUN, progress)
        if found and len(found) > 2:  # the full picture and the top alone come first
            st.markdown(sentence(lc.soft_stability_of(e, found, addition).in_words()))
    if under_way:
        running.run(RUN, growing.grow(spec, chosen, rows), progress)


def _choose_others(d: int) -> int:
    most = max(2, min(d - 1, MOST))
    return st.slider(
        "Others shown beside the top",
        1,
        most,
        min(8, most),
        key=f"soft-others-{d}",
        persist_state="session",
        help="The superpixels that speak most for the class, as many as are drawn, are always shown, and any of the "
        "others beside them, so many at most. The model says how often the class is then the most likely.",
    )
