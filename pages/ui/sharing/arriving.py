"""What comes with an address: every control is set as the link says, once, and what is wrong in it is said."""

from __future__ import annotations

import streamlit as st

import lime_core as lc
from pages.ui.figures.sentences import sentence
from pages.ui.runs import caches, priors
from pages.ui.runs.priors import ACTIVATION, NONE
from pages.ui.sidebar.presets import take_setting, take_view

RUNS = {"": "explain", "explain": "explain", "compare": "compare", "what_if": "what-if", "learn": "learn"}
"""The page of an address, and the run that begins when a link arrives there."""

TAKEN, SAID = "link-taken", "link-said"


def take_link(page: str) -> None:
    """Set the controls as the address says, unless it is the one that was taken last; before any is drawn.

    page : the path of the page, which begins its run where it has one
    """
    query = {key: st.query_params[key] for key in st.query_params}
    if "v" not in query or st.session_state.get(TAKEN) == query:
        return
    link, problems = lc.read_link(query)
    take_setting(link.setting)
    take_view(link.view)
    st.session_state["seed"] = link.setting.probing.seed
    st.session_state[SAID] = [
        *problems,
        *_take_precision(link),
        *_take_model(link),
        *_take_photo(link),
        *_take_prior(link),
    ]
    if link.photo and page in RUNS:
        st.session_state[f"{RUNS[page]}-asked"] = True
    st.session_state[TAKEN] = query


def forget_taken() -> None:
    """Take the link that comes next, be it the one that was taken last: whoever presses a button means it."""
    st.session_state.pop(TAKEN, None)


def say_what_was_wrong() -> None:
    """The problems of the link, until they have been read."""
    if said := st.session_state.get(SAID):
        st.warning("  \n".join(sentence(problem) for problem in said), icon=":material/link_off:")
        st.button("Close", type="tertiary", key="link-read", on_click=st.session_state.pop, args=(SAID,))


def _take_precision(link: lc.Link) -> list[str]:
    there = lc.model_precisions(link.model)
    known = link.precision in ("", *there)
    st.session_state["precision"] = link.precision if link.precision and known else there[0]
    return (
        [] if known else [f"The link's precision {link.precision} is not to be had on this server: it is {there[0]}."]
    )


def _take_model(link: lc.Link) -> list[str]:
    known = lc.model_names(ready=not caches.downloads_allowed())
    if link.model and link.model not in known:
        return [f"The link's model {link.model!r} is not here: another one is taken, and its most likely class."]
    st.session_state["model-name"] = link.model or lc.model_names(ready=True)[0]
    return []


def _take_photo(link: lc.Link) -> list[str]:
    for key in [key for key in st.session_state if str(key).startswith("class-")]:
        del st.session_state[key]  # what was chosen before is not what the link means by the most likely one
    if not link.photo:
        return ["The link has no photo, and so no class: choose them."]
    # What classes there are is known once the model is loaded.
    st.session_state["link-class"] = link.model, link.class_index
    st.session_state["photo-source"] = "gallery"
    st.session_state["photo-gallery"] = link.photo
    return []


def _take_prior(link: lc.Link) -> list[str]:
    known = link.prior in (NONE, ACTIVATION) or link.prior in priors.by_name()
    st.session_state["prior-name"] = link.prior if known else NONE
    st.session_state["link-strength"] = link.prior, link.prior_strength
    return [] if known else [f"The link's prior {link.prior!r} is not here: the map goes without it."]
