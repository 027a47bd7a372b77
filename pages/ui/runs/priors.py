"""The priors of a session: ready-made, built on the page, or uploaded; any page can use them."""

from __future__ import annotations

import streamlit as st

import lime_core as lc
from lime_core.files.names import printable
from pages.ui.runs import caches

MOST = 12
"""Priors that one session keeps, beside those that are ready-made."""

MAX_BYTES = 128 * 2**20
"""Of these."""

FILE_MB = 64
"""What a prior's file may have, and what may come out of it; a thousand words for a thousand classes take 30."""

NONE, ACTIVATION, UPLOAD = "", "//", "/"
CHOICES = {NONE: "none", ACTIVATION: "class activation of this model", UPLOAD: "upload one …"}
"""What can be chosen where a prior is, and how it reads; no prior has such a name."""


def by_name() -> dict[str, lc.GlobalPrior]:
    """name -> prior, in the order in which they came; the session's own dict."""
    if "priors" not in st.session_state:
        st.session_state["priors"] = dict(caches.ready_priors())
    priors: dict[str, lc.GlobalPrior] = st.session_state["priors"]
    return priors


def read(contents: bytes) -> lc.GlobalPrior:
    """The prior of a file.  Raises BadPrior where it is none, or too large for a page."""
    return lc.load_prior(contents, max_bytes=FILE_MB * 2**20)


def has_own() -> bool:
    """Whether one of them is of this session, and not ready-made."""
    return any(name not in caches.ready_priors() for name in by_name())


def keep(name: str, prior: lc.GlobalPrior, rename: bool = False) -> str:
    """Keep a prior, and return the name that it got; where another one has this name, it gets a number.

    rename : whether one that is there already takes the new name; else it keeps its own

    Raises LimeError where there is no room for it.
    """
    same = next((title for title, other in by_name().items() if other == prior), None)
    own = [other for title, other in by_name().items() if title != same and title not in caches.ready_priors()]
    if len(own) >= MOST or sum(each.nbytes for each in [*own, prior]) > MAX_BYTES:
        raise lc.LimeError(
            f"A session keeps {MOST} priors at most, and {MAX_BYTES // 2**20} MB of them. Forget one on the Prior page."
        )
    caches.kept().take(prior, prior.nbytes)
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
    first = free = printable(name).strip() or "prior"
    number, taken = 2, {*by_name(), *CHOICES, *CHOICES.values()} - {own}
    while free in taken:
        free, number = f"{first} ({number})", number + 1
    return free
