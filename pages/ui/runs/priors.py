"""The priors of a session: ready-made, built on the page, or uploaded; any page can use them."""

from __future__ import annotations

import streamlit as st

import lime_core as lc
from pages.ui.figures.sentences import printable
from pages.ui.runs import caches

NONE, UPLOAD = "", "/"
CHOICES = {NONE: "none", UPLOAD: "upload one …"}
"""What can be chosen where a prior is, and how it reads; no prior has such a name."""


def by_name() -> dict[str, lc.GlobalPrior]:
    """name -> prior, in the order in which they came; the session's own dict."""
    if "priors" not in st.session_state:
        st.session_state["priors"] = dict(caches.ready_priors())
    priors: dict[str, lc.GlobalPrior] = st.session_state["priors"]
    return priors


def has_own() -> bool:
    """Whether one of them is of this session, and not ready-made."""
    return any(name not in caches.ready_priors() for name in by_name())


def keep(name: str, prior: lc.GlobalPrior, rename: bool = False) -> str:
    """Keep a prior, and return the name that it got; where another one has this name, it gets a number.

    rename : whether one that is there already takes the new name; else it keeps its own
    """
    same = next((title for title, other in by_name().items() if other == prior), None)
    free = same if same is not None and not rename else _free(name, same)
    if same is None:
        by_name()[free] = prior
        return free
    # The new one, for it has its own examples and notes; in the place of the old one.
    st.session_state["priors"] = {
        free if title == same else title: prior if title == same else other for title, other in by_name().items()
    }
    if free != same and st.session_state.get("prior-name") == same:  # it stays chosen for explanations
        st.session_state["prior-name"] = free
    return free


def forget(name: str) -> None:
    """Take a prior out of the session."""
    by_name().pop(name, None)


def _free(name: str, own: str | None) -> str:
    """This name, or with a number where it is taken by another prior than the one called `own`."""
    first = free = printable(name) or "prior"
    number, taken = 2, {*by_name(), *CHOICES, *CHOICES.values()} - {own}
    while free in taken:
        free, number = f"{first} ({number})", number + 1
    return free
