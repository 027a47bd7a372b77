"""Errors as messages on the page."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

import lime_core as lc

log = logging.getLogger("lime_dashboard")


@contextmanager
def messages() -> Iterator[None]:
    """Turns an error into its sentence on the page."""
    try:
        yield
    except Exception as error:
        st.error(sentence(error), icon=":material/error:")


def sentence(error: Exception) -> str:
    """What a reader is told: a LimeError's own words; anything else is logged and told as an id."""
    if isinstance(error, lc.LimeError):
        return str(error)
    number = uuid.uuid4().hex[:8]
    log.error("unexpected error %s", number, exc_info=error)
    return f"Something went wrong here (id {number}). The other controls still work; the log has the details."
