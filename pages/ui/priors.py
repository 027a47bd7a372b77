"""The priors of a session: ready-made, built on the page, or uploaded; any page can use them."""

from __future__ import annotations

import streamlit as st

import lime_core as lc
from pages.ui import runner


def kept() -> dict[str, lc.GlobalPrior]:
    """name -> prior, in the order in which they came."""
    if "priors" not in st.session_state:
        st.session_state["priors"] = dict(runner.ready_priors())
    found: dict[str, lc.GlobalPrior] = st.session_state["priors"]
    return found


def own() -> bool:
    """Whether one of them is of this session, and not ready-made."""
    return any(name not in runner.ready_priors() for name in kept())


def keep(name: str, prior: lc.GlobalPrior) -> str:
    """Keep a prior, and return the name that it got: the same one again keeps its own, another one gets a new one."""
    same = next((known for known, other in kept().items() if other == prior), None)
    if same is not None:
        kept()[same] = prior  # with its own examples and notes
        return same
    free, number = name, 2
    while free in kept():
        free, number = f"{name} ({number})", number + 1
    kept()[free] = prior
    return free
