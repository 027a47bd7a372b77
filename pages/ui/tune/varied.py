"""What may vary, and within what: values of each part, and lines as the command line has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

import lime_core as lc
from pages.ui.figures.sentences import sentence
from pages.ui.sidebar.controls import title
from pages.ui.sidebar.probe import NUM_SAMPLES

SEGMENTERS = [name for name in lc.SEGMENTERS if name != "label_map"]
SURROGATES = [name for name in lc.SURROGATES if name not in lc.SURROGATES_WITH_PRIOR]
WIDTHS = ("0.1", "0.25", "0.5", "1", "2")
ALPHAS = ("0.01", "0.1", "1", "10", "100")

Usual = Mapping[str, Sequence[str]]
"""What is chosen at first of each part."""


def choose_space(base: lc.Setting, kind: str) -> lc.Space | None:
    """The controls; None where what they say cannot be, which is said."""
    with st.container(key="tune-vary"):
        if base.fitting.space == "logit":
            st.error(
                "A search cannot compare logits: choose probability or log-odds under Score, behind the dots beside "
                "Surrogate.",
                icon=":material/error:",
            )
            return None
        usual = lc.usually_varied(base, kind)
        vary = [*_asking(usual), *_fitting(base, usual)]
        further = st.text_area(
            "Further, a line each",
            key="tune-further",
            persist_state="session",
            placeholder="slic.n_segments=30..120/3",
            height=80,
            help="As `--vary` of the command line: `slic.n_segments=30,60`, or a range such as "
            "`quickshift.max_dist=4..10`.",
        )
        try:
            return lc.Space.of([*vary, *filter(None, map(str.strip, further.splitlines()))], base)
        except ValueError as error:
            st.error(sentence(error), icon=":material/error:")
            return None


def _asking(usual: Usual) -> list[str]:
    """What asks the model: each with each is a trial."""
    st.markdown("**What asks the model** :small[Each with each is one trial.]")
    grid = st.grid(2, min_column_width=170)
    with grid.cell():
        segmenters = _choose("segmenter", "Segmentations", SEGMENTERS, usual, title)
    with grid.cell():
        hidings = _choose("hiding", "Hide colors", list(lc.HIDINGS), usual, title)
    with grid.cell():
        samplers = _choose("sampler", "Samplers", list(lc.SAMPLERS), usual, title)
    with grid.cell():
        counts = _choose("num_samples", "Samples", [str(count) for count in NUM_SAMPLES], usual)
    return [*segmenters, *hidings, *samplers, *counts]


def _fitting(base: lc.Setting, usual: Usual) -> list[str]:
    """What costs nothing: all of it is fitted to the samples of each trial."""
    st.markdown("**What costs nothing** :small[All are fitted to the samples of each trial.]")
    grid = st.grid(2, min_column_width=170)
    with grid.cell():
        surrogates = _choose("surrogate", "Surrogates", SURROGATES, usual, title)
    with grid.cell():
        selections = _choose("feature_selection", "Feature selections", list(lc.SELECTIONS), usual, title)
    vary = [*surrogates, *selections]
    named = surrogates[0].partition("=")[2].split(",") if surrogates else []
    if "ridge" in named or (not named and isinstance(base.fitting.surrogate, lc.Ridge)):
        with grid.cell():
            vary += _choose("ridge.alpha", "Alphas of the ridge", ALPHAS, usual)
    if "cosine.width" in usual:
        with grid.cell():
            vary += _choose("cosine.width", "Widths of the kernel", WIDTHS, usual)
    if "space" in usual:
        with grid.cell():
            vary += _choose("space", "Scores", usual["space"], usual)
    return vary


def _choose(name: str, label: str, options: Sequence[str], usual: Usual, text: Callable[[str], str] = str) -> list[str]:
    """What a part may be, as a text of a space; none where nothing is chosen: it is as at the left then."""
    chosen = st.multiselect(
        label,
        options,
        list(usual.get(name, ())),
        format_func=text,
        key=f"tune-{name}",
        placeholder="As at the left",
        persist_state="session",
        wrap=True,
    )
    return [f"{name}={','.join(chosen)}"] if chosen else []
