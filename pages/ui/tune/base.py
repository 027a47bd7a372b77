"""The settings to begin with: those at the left, also after one that was found has been carried there."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

import lime_core as lc
from pages.ui.runs.priors import NONE
from pages.ui.sidebar.presets import take_setting

CARRIED, LEAVE = "tune-carried", "tune-leave"


def choose_base(probing: lc.ProbeSettings, num_samples: int, fitting: lc.FitSettings, kind: str) -> lc.Setting:
    """What all settings are compared with: that at the left, or what was there before the search's own came there."""
    space = None if fitting.space == lc.SPACES[kind][0] else fitting.space
    plain = lc.FitSettings(None, space, fitting.kernel, fitting.surrogate, fitting.feature_selection)
    left = lc.Setting(probing, num_samples, plain)
    carried, before = st.session_state.get(CARRIED, (None, left))
    if carried != left:
        return left
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("The settings at the left are from this search, which goes on from those before.", width="content")
        st.button("Begin with them", type="tertiary", key="study-begin", on_click=st.session_state.pop, args=(CARRIED,))
    return before


def carry(settings: Sequence[lc.Setting], key: str) -> None:
    """Set the controls at the left; to be called before they are drawn, and `leave_if_carried` after that.

    settings : the one to begin with first
    key : of the control that has the place of the chosen one at the moment of the press, drawn with it or not yet
    """
    setting = settings[st.session_state[key]]
    take_setting(setting)
    st.session_state["prior-name"] = NONE  # a search fits without one
    st.session_state[CARRIED] = setting, settings[0]
    st.session_state[LEAVE] = True


def leave_if_carried() -> None:
    """Go to Explain where a setting has just been carried there."""
    if st.session_state.pop(LEAVE, False):
        st.switch_page("pages/explain.py")
