"""The search: how long it may go on, and its run, which keeps each trial as soon as it is whole."""

from __future__ import annotations

import time
from contextlib import closing

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import lime_core as lc
from pages.ui.figures.sentences import seconds
from pages.ui.runs import caches, growing, running
from pages.ui.tune.plan import Plan

UNITS = {"minutes": "minutes", "rows": "samples"}
USUAL = {"minutes": (1, 240, 2), "rows": (1_000, 10_000_000, 20_000)}
"""Of each unit the least, the most, and what stands there at first."""


def choose_budget() -> tuple[str, int]:
    """For how long a press searches: unit and number."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        unit = st.segmented_control(
            "Search for",
            list(UNITS),
            default="minutes",
            required=True,
            format_func=UNITS.__getitem__,
            key="tune-unit",
            persist_state="session",
            width="content",
            help="How long one press searches. What was found is kept, and another press goes on.",
        )
        low, high, usual = USUAL[unit]
        number = st.number_input(
            "Number",
            low,
            high,
            usual,
            key=f"tune-budget-{unit}",
            label_visibility="collapsed",
            persist_state="session",
            width=150,
        )
    return unit, number


def begin_budget(budget: tuple[str, int], study: lc.Study) -> None:
    """Where the run that begins now has to end."""
    unit, number = budget
    used = sum(trial.rows for trial in study.trials)
    end = time.monotonic() + 60 * number if unit == "minutes" else used + number
    st.session_state["tune-end"] = unit, end, study.left


def run_search(name: str, plan: Plan, progress: DeltaGenerator) -> None:
    """Try one way of asking after the other; draws the page again with what was found."""
    unit, end, left_before = st.session_state["tune-end"]
    study, shown, told = plan.study, time.perf_counter(), 0.0

    def tell(done: int, total: int) -> None:
        nonlocal told
        if (now := time.perf_counter()) - told < growing.TELL:
            return
        told = now
        if unit == "minutes":
            left = end - time.monotonic()
        else:
            left = (end - sum(trial.rows for trial in study.trials) - done) / plan.rate
        number = len(study.space.probings) - study.left + 1
        later = f"{seconds(left)} left" if left > 0 else "the last one"
        label = f"Trial {number} · {done} of {total} samples · {later}"
        progress.progress(min(done / total, 1.0), text=label)

    with running.ends_at_an_error(name):
        progress.progress(0.0, text="Cutting the first photo …")
        while True:
            minutes = max(0.0, end - time.monotonic()) / 60 if unit == "minutes" else None
            rows = None if unit == "minutes" else end
            with closing(study.run(rows, minutes, on_progress=tell, store=caches.store())) as trials:
                for _ in trials:
                    if time.perf_counter() - shown >= growing.REDRAW:
                        st.rerun()
            if minutes == 0 or not study.rows_begun:
                break
            # A drawing before this one has a trial that it cannot end at once, or another process has one.
            progress.progress(0.0, text="Waiting for a trial that is under way …")
            time.sleep(growing.TELL)
        if study.left == left_before and study.left and unit == "rows":
            raise lc.LimeError("So many samples are too few for the next trial. Search for more.")
    running.end(name)
    st.rerun()
