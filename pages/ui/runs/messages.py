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
def errors_as_messages() -> Iterator[None]:
    """Turns an error into its message on the page."""
    try:
        yield
    except Exception as error:
        st.error(message(error), icon=":material/error:")


def message(error: Exception) -> str:
    """What a reader learns of an error: a LimeError's own words; of anything else, which is logged, an id."""
    if isinstance(error, lc.LimeError):
        return str(error)
    number = uuid.uuid4().hex[:8]
    log.error("unexpected error %s", number, exc_info=error)
    return f"Something went wrong here (id {number}). The other controls still work; the log has the details."
