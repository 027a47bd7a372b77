"""A run that asks the model while its page is drawn again and again; its plan is kept in the session.

`name` tells the runs of different pages apart.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.figures import sentences
from pages.ui.runs.growing import Step
from pages.ui.runs.messages import message


def begin(name: str, plan: Hashable) -> bool:
    """Whether this plan is under way; starts it where the button asked for one.

    Other settings end a run: coming back to the old ones must not start it again.
    """
    if st.session_state.pop(f"{name}-asked", False):
        st.session_state[f"{name}-running"] = plan
    return under_way(name, plan) or end(name)


def pressed(name: str) -> bool:
    """Whether the button has just been pressed to start a run."""
    return bool(st.session_state.get(f"{name}-asked"))


def under_way(name: str, plan: Hashable) -> bool:
    """Whether this very plan is being run."""
    return bool(st.session_state.get(f"{name}-running") == plan)


def end(name: str) -> bool:
    """No plan is under way any more, and none is to begin; False, as `under_way` then says."""
    st.session_state[f"{name}-running"] = None
    for part in ("asked", "done"):
        st.session_state.pop(f"{name}-{part}", None)
    return False


def header(name: str, label: str, running: bool, title: str, cost: str, level: int = 3) -> None:
    """What the page is about, what it costs, and the button that starts a run or ends the one that is under way.

    One button with one key: two would stand beside each other while a run draws the page again.  It cannot carry the
    settings: who types a seed and presses it at once presses the button of the old seed.
    """

    def on_press() -> None:
        end(name)
        st.session_state[f"{name}-asked"] = not running

    with st.container(horizontal=True, vertical_alignment="center", gap="medium", wrap=False):
        with st.container(gap=None):
            st.markdown(f"{'#' * level} {sentences.sentence(title)}")
            st.caption(sentences.sentence(cost))
        st.button(
            "Cancel" if running else label,
            type="secondary" if running else "primary",
            on_click=on_press,
            width=120,
            key=name,
        )


def run(name: str, steps: Iterator[Step], progress: DeltaGenerator) -> None:
    """Ask the model; draws the page again whenever there is more to see."""
    with ends_at_an_error(name):
        follow(steps, progress)
    end(name)
    st.rerun()


def follow(steps: Iterator[Step], progress: DeltaGenerator) -> None:
    """Show how far a run has come; draws the page again whenever there is more to see."""
    for step in steps:
        progress.progress(
            step.done / step.total,
            text=f"{step.label}{step.done} of {step.total} samples · {sentences.seconds(step.seconds_left)} left",
        )
        if step.draw:
            st.rerun()


def once(name: str, plan: Hashable) -> set[Any]:
    """What the run of this plan has asked for, in which it notes it: nothing is asked for twice."""
    last = st.session_state.get(f"{name}-done")
    if last is None or last[0] != plan:
        st.session_state[f"{name}-done"] = last = (plan, set())
    asked: set[Any] = last[1]
    return asked


@contextmanager
def ends_at_an_error(name: str) -> Iterator[None]:
    """Ends the run at an error, and draws the page once more: with its usual button, and with what went wrong."""
    try:
        yield
    except Exception as error:
        end(name)
        st.session_state[f"{name}-failed"] = message(error)
        st.rerun()


def show_failure(name: str, place: DeltaGenerator) -> None:
    """Says once why the last run ended, where its progress was."""
    reason = st.session_state.pop(f"{name}-failed", None)
    if reason:
        place.error(sentences.sentence(reason), icon=":material/error:")
