"""What pages begin with: photo, model and class as the shell has them, and the controls by what they cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from urllib.parse import urlparse

import streamlit as st

import lime_core as lc
from pages.ui.figures.sentences import sentence
from pages.ui.runs import running
from pages.ui.runs.caches import Chosen
from pages.ui.runs.messages import errors_as_messages
from pages.ui.sidebar.fit import answers_at_once, fitted_to_many
from pages.ui.sidebar.photo import show_gallery
from pages.ui.sidebar.probe import Plan, settings_for_many


@dataclass(frozen=True)
class Shell:
    """What was chosen above the page's own controls; None where there is nothing, and why, where that is a problem.

    offer : what the shell draws below the controls
    empty : what it draws above the gallery, while there is no photo
    """

    model: lc.Classifier | None = None
    chosen: Chosen | None = None
    problem: str = ""
    offer: Callable[[Sidebar], None] | None = None
    empty: Callable[[], None] | None = None


_shell: ContextVar[Shell] = ContextVar("shell")


@contextmanager
def drawn_with(shell: Shell) -> Iterator[None]:
    """Around the page that is drawn with these choices; nobody holds them after it, for they hold a model."""
    token = _shell.set(shell)
    try:
        yield
    finally:
        _shell.reset(token)


@dataclass(frozen=True)
class Sidebar:
    """What the sidebar says to a page about one photo."""

    chosen: Chosen
    plan: Plan
    settings: lc.FitSettings


def open_sidebar(run: str, plan_for: Callable[[Chosen], Plan | None]) -> Sidebar | None:
    """The controls of the sidebar; None where there is nothing to show yet, which the page then says.

    run : the page's run, which ends where nothing can be used
    plan_for : the page's own controls of what asks the model
    """
    shell = through_the_shell()
    chosen = shell.chosen
    plan = settings = None
    if shell.problem:
        _say(shell.problem)
    elif chosen is not None:
        with st.sidebar, errors_as_messages():
            plan = plan_for(chosen)
            settings = answers_at_once(chosen)
            if plan is not None and shell.offer is not None:
                shell.offer(Sidebar(chosen, plan, settings))
        if plan is not None and settings is not None:
            return Sidebar(chosen, plan, settings)
        _not_yet()
    else:
        show_gallery(shell.empty)
    running.end(run)
    return None


@dataclass(frozen=True)
class SidebarForMany:
    """What the sidebar says to a page about many pictures; a photo may be chosen there or not."""

    model: lc.Classifier
    chosen: Chosen | None
    probing: lc.ProbeSettings
    settings: lc.FitSettings


def open_sidebar_for_many(run: str, press: str) -> SidebarForMany | None:
    """As `open_sidebar`, for a page that needs a model, and no photo; `press` is what its button is called."""
    shell = through_the_shell()
    if shell.problem:
        _say(shell.problem)
    if shell.model is not None:
        with st.sidebar, errors_as_messages():
            probing = settings_for_many(press)
            settings = fitted_to_many(shell.model.kind)
            if probing is not None:
                return SidebarForMany(shell.model, shell.chosen, probing, settings)
    if not shell.problem:
        _not_yet()
    running.end(run)
    return None


def through_the_shell() -> Shell:
    """What was chosen above the page; a page that is called without the shell goes to it."""
    shell = _shell.get(None)
    if shell is None:
        # On a new server Streamlit takes a page's file for a page of its own, if the first visit is a tab left open, or
        # a link; what the link says goes along, and which page it is of.
        page = urlparse(st.context.url or "").path.rpartition("/")[2]
        said = st.query_params.to_dict() | ({"page": page} if page else {})
        st.switch_page("app.py", query_params=said)
    return shell


def _not_yet() -> None:
    st.info("The settings at the left cannot be used yet. See the message there.", icon=":material/arrow_back:")


def _say(problem: str) -> None:
    st.error(sentence(problem), icon=":material/error:")
    st.markdown("Choose another model or another photo at the left.")
