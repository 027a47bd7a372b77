"""The symmetric relevance gain of a map, below the trust panel: whether the model agrees with its order of pixels.

The pictures for it are asked for at a press only, and kept for all readers.
"""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import lime_core as lc
from lime_core.drawing.overlay import png_bytes
from lime_core.reports.numbers import score_text, weight_text
from pages.ui.figures.charts import PLAIN
from pages.ui.figures.gains import FILLS, NO_DIRECTION, gain_figure, step_pictures
from pages.ui.figures.sentences import seconds, sentence
from pages.ui.runs import caches, growing, running

RUN = "gain"


def offer_relevance_gain(place: DeltaGenerator, e: lc.Explanation, chosen: caches.Chosen, other_run: bool) -> None:
    """The button and what was found; then the run, if one is under way, so this comes last on a page.

    other_run : whether the map still grows, and with it what would be asked
    """
    with place, st.expander("Does the model agree with the map?"):
        if e.empty or other_run:
            running.end(RUN)
            st.caption("Wait for the samples of the map." if other_run else "No superpixel has a weight.")
            return
        flipping = lc.PixelFlipping()
        specs, rows = flipping.specs(e), flipping.rows
        asked = [
            growing.Wanted(f"Removing pixels, {fill}", spec, rows, chosen)
            for fill, spec in zip(FILLS, specs, strict=True)
        ]
        under_way = running.begin(RUN, specs)
        probes = [probe for spec in specs if (probe := caches.store().get(spec)) is not None and len(probe) >= rows]
        missing = sum(wanted.missing for wanted in asked)
        cost = f"≈ {seconds(missing / caches.rate(chosen.model))}" if missing else "all there, costs nothing"
        running.header(RUN, "Measure", under_way, "Relevance gain", f"{rows * len(specs)} samples · {cost}", level=4)
        progress = st.empty()
        running.show_failure(RUN, progress)
        if len(probes) == len(specs):
            _show(lc.relevance_gain_of(probes, e.settings.class_index), probes, e.value_unit)
            if not e.signed:
                st.caption(NO_DIRECTION)
        else:
            st.caption(
                "Pixels are taken away in two orders: what the map calls most relevant first, and what it calls least "
                "relevant first. Where it is right, the score falls early in the one and late in the other."
            )
    if under_way:
        running.run(RUN, growing.grow_each(asked, running.once(RUN, specs)), progress)


def _show(gain: lc.RelevanceGain, probes: list[lc.Probe], value_unit: str) -> None:
    """The gain in a sentence, its curves, and the picture at a step of both orders."""
    unit = value_unit or gain.space
    most, least = (sum(curve.auc for curve in curves) / len(curves) for curves in (gain.most_first, gain.least_first))
    whole = gain.most_first[0].scores[0]
    told, low, high = weight_text(gain.srg, unit), score_text(most, unit), score_text(least, unit)
    st.markdown(
        sentence(
            f"Relevance gain {told}: while the most relevant pixels go first the score is {low} on average, while the "
            f"least relevant go first {high}."
        )
    )
    st.plotly_chart(
        gain_figure(gain, FILLS, unit),
        config=PLAIN,
        key="gain-curves",
        alt=f"The score while pixels are removed, from {score_text(whole, unit)} of the full picture, in both orders.",
    )
    steps = len(gain.most_first[0].shares) - 1
    share = st.select_slider(
        "Removed of the picture",
        range(steps + 1),
        round(steps / 4),
        format_func=lambda step: f"{step / steps:.0%}",
        key=f"gain-step-{steps}",
        persist_state="session",
        help="What the model was shown at this step of both orders.",
    )
    grid = st.grid(2, min_column_width=150)
    for order, pixels in zip(("most", "least"), step_pictures(probes[0], share), strict=True):
        said = f"{order} relevant first"
        alt = f"The picture with {share / steps:.0%} removed, {said}."
        grid.image(png_bytes(pixels), output_format="PNG", width="stretch", caption=sentence(said), alt=alt)
    st.caption(
        "Higher is better; maps of different segmentations and methods compare, and there is no level that is good for "
        "every photo. Each curve is with one thing in the place of what is gone."
    )
