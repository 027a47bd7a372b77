"""The address of what is set, to be copied, or shown to a room as a QR code."""

from __future__ import annotations

import io
from dataclasses import replace

import segno
import streamlit as st

import lime_core as lc
from lime_core.sharing.link import SAMPLES
from pages.ui.explain.view import whose_is_shown
from pages.ui.figures.sentences import sentence
from pages.ui.runs import caches, models
from pages.ui.runs.priors import ACTIVATION, NONE
from pages.ui.sharing.arriving import RUNS
from pages.ui.sharing.opening import offer_opening
from pages.ui.sidebar.opening import Sidebar
from pages.ui.sidebar.presets import view_of

OPEN = "share-open"
OWN = {
    "stability": "methods and repeats",
    "compare": "what is compared",
    "what_if": "hidden superpixels, and edited ones",
}
"""What a page has beside the controls at the left, by its path."""

QR = 300
"""Pixels across on the page: to be read from the last row."""


def offer_link(page: str, sidebar: Sidebar) -> None:
    """The button; a press shows the link, which stays there however often the page is drawn meanwhile."""
    with st.container(horizontal=True, gap="small"):
        if st.button("Share", type="tertiary", icon=":material/share:", key="share"):
            st.session_state[OPEN] = True
        if RUNS.get(page) == "explain":
            offer_opening()
    if st.session_state.get(OPEN):
        link, left_out = link_of(page, sidebar)
        _show(link.address((st.context.url or "").partition("?")[0]), left_out)


def link_of(page: str, sidebar: Sidebar) -> tuple[lc.Link, list[str]]:
    """The link of what is set, and what does not travel with it."""
    state, chosen, plan = st.session_state, sidebar.chosen, sidebar.plan
    spec = plan.spec
    probing = lc.ProbeSettings(plan.segmenter or spec.segmenter, spec.hiding, spec.sampler, spec.seed)
    plain = sidebar.settings.without_prior()
    space = None if plain.space == lc.SPACES[chosen.model.kind][0] else plain.space
    samples = max(SAMPLES[0], plan.num_samples)
    setting = lc.Setting(probing, samples, replace(plain, class_index=None, space=space))
    whose = whose_is_shown(plan.segmentation)
    view = view_of(plan.segmentation.counts_in_photo[whose])
    precision = state.get("precision", lc.PRECISIONS[0])
    link = lc.Link(setting, view, class_index=chosen.class_index, model=chosen.model.name)
    link = replace(link, precision="" if precision == lc.PRECISIONS[0] else precision)
    left_out = list(link.left_out())
    if plan.settle:
        left_out.append("Until settled does not travel: the link asks for all samples.")
    if whose:
        left_out.append("Whose superpixels are shown does not travel: the link shows those of the first segmentation.")
    if page in OWN:
        left_out.append(f"What this page alone has does not travel: {OWN[page]}.")
    if state.get("photo-source") == "gallery":
        link = replace(link, photo=state["photo-gallery"])
    else:
        link = replace(link, class_index=None)
        left_out.append("The photo does not travel: it is yours, and is kept in memory only.")
    if chosen.model.name in models.by_name():
        link = replace(link, model="", class_index=None)
        left_out.append("The model does not travel: it was brought here by you.")
    name = state.get("prior-name", NONE)
    if sidebar.settings.prior is not None:
        if name == ACTIVATION or name in caches.ready_priors():
            link = replace(link, prior=name, prior_strength=sidebar.settings.prior_strength)
            if lc.with_prior(plain.surrogate) != sidebar.settings.surrogate:
                left_out.append("Settings that the surrogate has only with a prior do not travel.")
        else:
            left_out.append("The prior does not travel: it was built or brought here by you.")
    return link, left_out


@st.dialog("Share", on_dismiss=lambda: st.session_state.pop(OPEN, None))
def _show(address: str, left_out: list[str]) -> None:
    """The address with its button to copy it, and the same as a picture."""
    st.markdown(
        "Whoever opens this link sees the same photo, class and view with the settings at the left, and gets the same "
        "numbers from the same model and engine."
    )
    for reason in left_out:
        st.caption(f":material/link_off: {sentence(reason)}")
    st.code(address, language=None, wrap_lines=True)
    st.image(qr_code(address), width=QR, output_format="PNG", caption="For the projector", alt="The link as a QR code.")


def qr_code(address: str) -> bytes:
    """The address as a picture, PNG."""
    made = io.BytesIO()
    segno.make(address, error="l", micro=False).save(made, kind="png", scale=6, border=3)
    return made.getvalue()
