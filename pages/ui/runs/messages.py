"""Errors as messages on the page."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

import lime_core as lc
from pages.ui.figures.sentences import sentence

log = logging.getLogger("lime_dashboard")


@contextmanager
def errors_as_messages() -> Iterator[None]:
    """Turns an error into its message on the page."""
    try:
        yield
    except Exception as error:
        st.error(sentence(message(error)), icon=":material/error:")


def message(error: Exception) -> str:
    """What a reader learns of an error: a LimeError's own words, as it stands in no Markdown; of anything else, an id.

    What a LimeError says to those at the machine alone is logged, as is anything else.
    """
    if isinstance(error, lc.LimeError):
        if error.public != str(error):
            log.warning("%s", error)
        return error.public
    number = uuid.uuid4().hex[:8]
    log.error("unexpected error %s", number, exc_info=error)
    return f"Something went wrong here (id {number}). The other controls still work; the log has the details."
