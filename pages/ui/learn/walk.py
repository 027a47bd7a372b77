"""The steps that form with the samples: a slider walks these in, and what is fitted follows; no model is asked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import streamlit as st

import lime_core as lc
from lime_core.arrays import Indices
from lime_core.reports.verdict import verdict
from pages.ui.explain.result import LOOK, show_map, show_weights
from pages.ui.explain.view import read_as_chosen
from pages.ui.figures.charts import PLAIN
from pages.ui.figures.sentences import sentence
from pages.ui.learn import words
from pages.ui.learn.charts import kernel_figure, kernel_table, samples_table
from pages.ui.learn.hover import show_fit
from pages.ui.learn.taking import offer_walk
from pages.ui.runs import caches
from pages.ui.runs.messages import errors_as_messages

EVERY = 1.5
"""Seconds that each step of the walk stays."""

PLAYING, FRESH = "learn-playing", "learn-fresh"
"""Which walk goes on by itself, and that the whole page is drawn, which is no step of it."""

# The bar stays in sight above what forms with it, on the color of the page; it is its wrapper that has room to move in.
STICKY = """<style>
div:has(> .st-key-learn-bar) {
  position: sticky; top: 3.5rem; z-index: 90; padding: 0.3rem 0; background: light-dark(%s, %s);
}
</style>"""

VIEW = lc.View(num_features=5, numbers=True)
"""How the map is drawn."""


@dataclass(frozen=True)
class Walk:
    """What is walked through.  It holds no model, since it outlives the drawing.

    shown : whose superpixels are shown, of several segmentations
    n : samples that are there
    """

    spec: lc.ProbeSpec
    settings: lc.FitSettings
    shown: int
    n: int

    @property
    def key(self) -> str:
        """Of its slider, which begins at the end for other samples."""
        return f"learn-so-far-{self.n}-{hash(self.spec)}"


def show_walk(walk: Walk, growing: bool) -> None:
    """Weights, fit and map; with the slider and the button once all samples are there."""
    st.html(STICKY % tuple(st.get_option(f"theme.{scheme}.backgroundColor") for scheme in ("light", "dark")))
    playing = not growing and st.session_state.get(PLAYING) == walk.key
    st.session_state[FRESH] = True
    # By itself it moves only while somebody has it play.
    st.fragment(_draw, run_every=EVERY if playing else None)(walk, growing, playing)


def _draw(walk: Walk, growing: bool, ticking: bool) -> None:
    with errors_as_messages():
        probe = caches.store().get(walk.spec)
        if probe is None:  # the store had to let it go
            st.rerun()
        so_far = walk.n if growing else _choose(walk, ticking)
        everything, probe = probe.first(walk.n), probe.first(so_far)
        member = probe.members[walk.shown]
        if len(member) < 2:
            st.info("No two of these samples are of this segmentation yet: take more of them.")
            return
        fitted, samples = lc.fit(member, walk.settings), lc.fitted_samples(member, walk.settings)
        above = lc.fitted_samples(everything.members[walk.shown], walk.settings).telling()
        telling = above[above < len(samples)]
        _weights(walk, member, samples, telling)
        _fit(member, samples, fitted, telling)
        unseen = lc.cross_fitted_r2(probe, walk.settings)
        e = _map(lc.fit(probe, walk.settings), walk.shown, unseen)
        offer_walk(e, VIEW, probe, member, samples)


def _choose(walk: Walk, ticking: bool) -> int:
    """The bar: how many samples so far, and the button that walks by itself."""
    sizes = list(lc.walk_sizes(walk.n))
    playing = st.session_state.get(PLAYING) == walk.key
    if not st.session_state.pop(FRESH, False) and playing and ticking:
        later = [size for size in sizes if size > st.session_state.get(walk.key, walk.n)]
        if later:
            st.session_state[walk.key] = later[0]
        else:
            _stop()
            playing = False
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", wrap=False, key="learn-bar"):
        so_far = st.select_slider(
            "Samples so far",
            sizes,
            walk.n,
            key=walk.key,
            on_change=_stop,
            help="The steps below form with these samples. All of them are there: the model is not asked.",
        )
        pressed = st.button(
            "Pause" if playing else "Play",
            icon=":material/pause:" if playing else ":material/play_arrow:",
            key="learn-play",
            width=100,
            disabled=len(sizes) < 2,
            on_click=_stop if playing else partial(_play, walk.key, sizes),
        )
    if pressed or playing != ticking:  # the page alone can wind the clock
        st.rerun()
    return so_far


def _play(key: str, sizes: list[int]) -> None:
    """From where the slider stands when it is pressed, which the page may not have been drawn with yet; or anew."""
    st.session_state[PLAYING] = key
    if st.session_state[key] == sizes[-1]:
        st.session_state[key] = sizes[0]


def _stop() -> None:
    st.session_state.pop(PLAYING, None)


def _weights(walk: Walk, member: lc.Probe, samples: lc.FittedSamples, telling: Indices) -> None:
    st.subheader("4 · Weights by similarity", anchor="weights")
    text, chart = st.columns([1, 2], gap="medium")
    counting = walk.settings.kernel, member.spec.sampler
    text.markdown(sentence(words.weights_in_words(*counting)))
    text.markdown(sentence(words.kernel_in_words(*counting)))
    if border := words.border_in_words(samples):
        text.caption(sentence(border))
    figure = kernel_figure(samples, telling)
    chart.plotly_chart(figure, config=PLAIN, key="learn-kernel", alt=words.kernel_alt(samples))
    if len(telling):
        text.caption("Diamonds are the hidden versions above, as far as they are among the samples so far.")
    with st.expander("As a table"):
        alt = "How many samples show so many superpixels, and what each counts."
        st.dataframe(kernel_table(samples, telling), hide_index=True, key="learn-kernel-table", alt=alt)


def _fit(member: lc.Probe, samples: lc.FittedSamples, e: lc.Explanation, telling: Indices) -> None:
    st.subheader("5 · The fit", anchor="fit")
    if e.constant:
        st.warning(sentence(words.nothing_in_words()), icon=":material/warning:")
        return
    st.markdown(sentence(words.fit_in_words(e)))
    show_fit(member, samples, e, telling)
    st.markdown(sentence(words.r2_in_words(e)))
    st.caption(words.POINTING)
    with st.expander("As a table", key="learn-samples", on_change="rerun") as table:
        if table.open:
            alt = f"All {len(samples)} samples, with what the model and the map say."
            st.dataframe(samples_table(samples, e.score_unit), hide_index=True, key="learn-samples-table", alt=alt)


def _map(e: lc.Explanation, shown: int, unseen: float) -> lc.Explanation:
    """The map, in the superpixels that are shown; `unseen` is R² on samples that were not fitted."""
    st.subheader("6 · The map", anchor="map")
    e = read_as_chosen(e, shown)
    st.markdown(sentence(words.map_in_words(e)))
    grid = st.grid(2, min_column_width=370, gap="medium")
    left, right = grid.cell(), grid.cell()
    with left:
        show_map(e, VIEW, None)
    with right:
        judged = verdict(e, unseen)
        box, icon = LOOK[judged.level]
        box(sentence(judged.sentence), title=sentence(judged.headline), icon=icon)
        show_weights(e, VIEW)
    return e
