"""The chart of the fit, in which each sample shows its hidden picture at once: it is put together in the browser."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

import lime_core as lc
from lime_core.arrays import Indices
from pages.ui.learn.packed import packed

HERE = Path(__file__).parent
HTML, CSS, JS = ((HERE / f"hover.{kind}").read_text("utf-8") for kind in ("html", "css", "js"))


def show_fit(probe: lc.Probe, samples: lc.FittedSamples, e: lc.Explanation, telling: Indices) -> None:
    """Predicted against actual scores of all samples; pointing at one, or moving to it by keys, shows its picture."""
    # Streamlit knows the components of a running server only, and takes the same one again without a word.
    draw = st.components.v2.component("hidden_pictures", html=HTML, css=CSS, js=JS)
    draw(key="learn-fit", data=packed(probe, samples, e, telling))
