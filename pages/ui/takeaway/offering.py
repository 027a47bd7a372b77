"""The button that every page has: all of its results as one archive."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

EXPLANATION = (
    "One ZIP: the map as it is seen (overlay.png), weights.csv, arrays.npz, report.html and a card to read, a living "
    "report (living.html) whose sliders fit the map again offline, explain.py, which computes the same in Python, and "
    "manifest.json, which opens here again."
)


def offer(make: Callable[[], bytes] | bytes, file: str, holds: str, key: str) -> None:
    """The button; the archive is made when it is pressed.

    make : it must hold no model, for the page keeps it until it is drawn again
    holds : what is in it
    """
    st.download_button(
        "Take away",
        data=make,
        file_name=file,
        mime="application/zip",
        icon=":material/download:",
        on_click="ignore",
        key=key,
        help=holds,
    )
