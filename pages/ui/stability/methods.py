"""What is compared on the Stability page: methods, repeats, the size of the top sets and their ranking."""

from __future__ import annotations

import streamlit as st

import lime_core as lc
from lime_core.evaluation.agreement import RANKINGS


def choose_comparison(d: int, settings: lc.FitSettings) -> tuple[list[str], int, int, str]:
    """Methods and repeats, which ask the model, and the size of the top sets and their ranking, which do not."""
    with st.container(horizontal=True, gap="medium"):
        names = _methods(settings)
        times, k = choose_repeats_and_top(d)
        ranking = st.segmented_control(
            "Ranked by",
            RANKINGS,
            default=RANKINGS[0],
            required=True,
            key="ranking",
            persist_state="session",
            width="content",
            format_func={"absolute": "Size", "signed": "Sign"}.__getitem__,
            help="By size, whatever the sign; or by sign: only what raises the score, strongest first.",
        )
    # The order of the table, whatever the order of the clicks.
    return [name for name in lc.METHODS if name in names], times, k, ranking


def choose_repeats_and_top(d: int) -> tuple[int, int]:
    """How many repeats, and the size of the top sets; the same on every page."""
    times = st.number_input(
        "Repeats",
        2,
        20,
        5,
        key="repeats",
        persist_state="session",
        width=125,
        help="How often each method explains the same superpixels, each time with another seed.",
    )
    k = st.number_input(
        "Top k",
        1,
        min(d, 50),
        min(5, d),
        key=f"stability-top-{d}",
        persist_state="session",
        width=125,
        help="How many of the strongest superpixels are drawn and compared.",
    )
    return times, k


def _methods(settings: lc.FitSettings) -> list[str]:
    """Those that are compared, of those that these settings allow."""
    offered = [name for name, method in lc.METHODS.items() if method.offered(settings)]
    names = st.session_state.get("methods", ["lime", "foldover"])
    if settings.prior and not st.session_state.get("methods-prior"):  # who chooses a prior wants to see what it does
        names = [*names, "glime_prior"]
    st.session_state["methods-prior"] = settings.prior is not None
    st.session_state["methods"] = [name for name in offered if name in names]
    return st.multiselect(
        "Methods",
        offered,
        format_func=_method_title,
        key="methods",
        persist_state="session",
        width=330,
        wrap=True,
        help="  \n".join(f"**{lc.METHODS[name].title}**: {lc.METHODS[name].help}" for name in offered),
    )


def _method_title(name: str) -> str:
    return lc.METHODS[name].title
