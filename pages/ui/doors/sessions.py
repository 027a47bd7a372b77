"""Sessions that were left end when their time is over, and what they kept goes with them.

Streamlit looks at the clock only when the next session is left: on a server where it is quiet, what its last visitors
have kept - photos, priors, the processes of their models - would stay for ever.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import weakref
from collections.abc import MutableMapping
from typing import Any

import streamlit as st
from streamlit import runtime

log = logging.getLogger(__name__)

OFTEN = 30.0
"""Seconds from one look at the clock to the next, or less where sessions last shorter."""

Known = MutableMapping[str, "weakref.ref[Any]"]
"""The sessions that were there at the last look, by their names."""


async def end_left_sessions() -> None:
    """Look at the clock as long as the server runs."""
    known: Known = {}
    while True:
        await asyncio.sleep(min(OFTEN, max(1.0, float(st.get_option("server.disconnectedSessionTTL")))))
        try:
            if runtime.exists() and end_those_in_time(getattr(runtime.get_instance(), "_session_mgr", None), known):
                await asyncio.to_thread(free)
        except Exception:  # a later look may do
            log.warning("sessions that were left could not be ended", exc_info=True)


def end_those_in_time(sessions: Any, known: Known) -> int:
    """End the sessions whose time is over; none where Streamlit keeps them otherwise than it did.

    sessions : Streamlit's manager of sessions, to which there is no public way
    known : what the last look found; it is changed to what this one finds

    Returns how many have gone since.
    """
    kept = getattr(getattr(sessions, "_session_storage", None), "_cache", None)
    lock = getattr(sessions, "_storage_lock", None)
    if kept is None or lock is None:
        return 0
    with lock:
        over = [left.session for _, left in kept.expire()]
    now = {each.session.id: each.session for each in sessions.list_sessions()}
    # Streamlit drops some by itself, and holds the last of all that were there until another one comes.
    gone = [session for name, known_as in known.items() if name not in now and (session := known_as()) is not None]
    for session in {id(each): each for each in (*over, *gone)}.values():
        session.shutdown()
        session.session_state.clear()
    ended = len(known.keys() - now.keys())
    known.clear()
    known.update((name, weakref.ref(session)) for name, session in now.items())
    return ended + len(over)


def free() -> None:
    """Free what ended sessions kept: they and their pages hold each other, and the first ones may be frozen."""
    frozen = gc.get_freeze_count()
    gc.unfreeze()
    gc.collect()
    if frozen:
        gc.freeze()
