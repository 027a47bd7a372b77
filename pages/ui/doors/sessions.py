"""Sessions that were left end when their time is over, and what they kept goes with them.

Streamlit looks at the clock only when the next session is left: on a server where it is quiet, what its last visitors
have kept - photos, priors, the processes of their models - would stay for ever.
"""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import streamlit as st
from streamlit import runtime

OFTEN = 30.0
"""Seconds from one look at the clock to the next, or less where sessions last shorter."""


async def end_left_sessions() -> None:
    """Look at the clock as long as the server runs."""
    known: set[str] = set()
    while True:
        await asyncio.sleep(min(OFTEN, max(1.0, float(st.get_option("server.disconnectedSessionTTL")))))
        if runtime.exists():
            now = end_those_in_time(runtime.get_instance()._session_mgr)
            if known - now:
                await asyncio.to_thread(free)
            known = now


def end_those_in_time(sessions: Any) -> set[str]:
    """End the sessions whose time is over; none where Streamlit keeps them otherwise than it did.

    sessions : Streamlit's manager of sessions, to which there is no public way

    Returns the names of those that go on.
    """
    kept = getattr(getattr(sessions, "_session_storage", None), "_cache", None)
    lock = getattr(sessions, "_storage_lock", None)
    if kept is None or lock is None:
        return set()
    with lock:
        over = kept.expire()
    for _, left in over:
        left.session.shutdown()
        left.session.session_state.clear()  # Streamlit holds the last of all sessions until another one comes
    return {each.session.id for each in sessions.list_sessions()}


def free() -> None:
    """Free what ended sessions kept: they and their pages hold each other, and the first ones may be frozen."""
    frozen = gc.get_freeze_count()
    gc.unfreeze()
    gc.collect()
    if frozen:
        gc.freeze()
