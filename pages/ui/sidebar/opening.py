"""What pages begin with: photo, model and class as the sidebar has them, and the controls by what they cost."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

import lime_core as lc
from pages.ui.runs import caches, messages, running
from pages.ui.sidebar import fit, many, photo, probe


@dataclass(frozen=True)
class Opened:
    """What the sidebar says."""

    chosen: caches.Chosen
    plan: probe.Plan
    settings: lc.FitSettings


def opened(run: str, button: str, samples: str, usual: int) -> Opened | None:
    """The controls of the sidebar; None where there is nothing to show yet, which the page then says.

    run, button : the page's run and what is pressed for it; what cannot be used ends a run
    samples, usual : the key of its number of samples, and what that is at first
    """
    _through_the_shell()
    chosen: caches.Chosen | None = st.session_state["chosen"]
    plan = settings = None
    if chosen is not None:
        with st.sidebar, messages.messages():
            plan = probe.asks_the_model(chosen, button, samples, usual)
            settings = fit.answers_at_once(chosen)
        if plan is not None and settings is not None:
            return Opened(chosen, plan, settings)
        _not_yet()
    else:
        photo.gallery()
    running.end(run)
    return None


@dataclass(frozen=True)
class OpenedForMany:
    """What the sidebar says to a page about many pictures; a photo may be chosen there or not."""

    model: lc.Classifier
    chosen: caches.Chosen | None
    manner: many.Manner
    settings: lc.FitSettings


def opened_for_many(run: str, button: str) -> OpenedForMany | None:
    """As `opened`, for a page that needs a model, and no photo."""
    _through_the_shell()
    model: lc.Classifier | None = st.session_state["model"]
    if model is not None:
        with st.sidebar, messages.messages():
            manner = many.asks_about_many(button)
            settings = fit.fitted_to_many(model.kind)
            if manner is not None:
                return OpenedForMany(model, st.session_state["chosen"], manner, settings)
    _not_yet()
    running.end(run)
    return None


def _through_the_shell() -> None:
    if "chosen" not in st.session_state:
        # On a new server Streamlit takes a page's file for a page of its own, if the first visit is a tab left open.
        st.switch_page("app.py")


def _not_yet() -> None:
    st.info("The settings at the left cannot be used yet. See the message there.", icon=":material/arrow_back:")
