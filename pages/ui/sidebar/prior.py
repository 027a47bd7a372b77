"""Choosing a prior and its strength; what cannot be used is said here, and the map goes on without it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import streamlit as st

import lime_core as lc
from pages.ui.figures import sentences
from pages.ui.runs import caches, priors
from pages.ui.runs.priors import ACTIVATION, CHOICES, NONE, UPLOAD
from pages.ui.sidebar.controls import log_steps, with_set


def choose_prior(model: lc.Classifier) -> lc.Prior | None:
    """The prior that is chosen or uploaded, if it fits the model."""
    options = [NONE, *priors.by_name(), ACTIVATION, UPLOAD]
    if st.session_state.get("prior-name", NONE) not in options:
        del st.session_state["prior-name"]
    name = st.selectbox(
        "Prior (G-LIME)",
        options,
        format_func=_title,
        key="prior-name",
        persist_state="session",
        help="What the model goes by in many pictures, as a global prior: the surrogate is pulled towards it, which "
        "steadies the map and makes it say less about this picture. Not to be confused with GLIME-Binomial, a sampler.",
    )
    if name == UPLOAD:
        st.file_uploader(
            "Prior (.npz)",
            type="npz",
            key="prior-given",
            max_upload_size=priors.FILE_MB,
            on_change=_read,
            help=f"A file of up to {priors.FILE_MB} MB that the Prior page or lc.save_prior has written. It is kept in "
            "memory only.",
        )
        if refused := st.session_state.get("prior-refused"):
            st.error(sentences.sentence(refused))
    if name == ACTIVATION:
        return _activation(model)
    if name not in priors.by_name():
        if not priors.by_name():
            st.caption("There is no prior yet: build one on the Prior page, or upload one.")
        return None
    prior = priors.by_name()[name]
    try:
        prior.check_model(model)
    except lc.PriorMismatch as error:
        st.warning(f"{sentences.sentence(error.public)} The map goes on without it.", icon=":material/link_off:")
        return None
    st.caption(
        "Tried on 40 photos, global priors made repeats agree more, and no map nearer to the truth: more samples do "
        "both. See Priors in the guide."
    )
    return prior


def _activation(model: lc.Classifier) -> lc.ClassActivation | None:
    try:
        prior = caches.activation(model)
    except lc.LimeError as error:
        st.warning(f"{sentences.sentence(error.public)} The map goes on without it.", icon=":material/link_off:")
        return None
    st.caption(
        "What the model's own last layer says of each superpixel of this photo. It helps up to about three samples for "
        "each superpixel, and next to nothing beyond."
    )
    return prior


def use_prior(name: str) -> None:
    """Choose one of the priors that are kept; to be called before the control is drawn."""
    st.session_state["prior-name"] = name


def choose_strength(
    prior: lc.Prior, surrogate: lc.Surrogate, width: int | Literal["stretch"] = "stretch", wanted: float | None = None
) -> float:
    """How strong the pull is, in the unit of the surrogate; it starts at the usual one.

    wanted : what it is to be set to, within its range
    """
    (low, *_, high), usual = lc.usual_strengths(surrogate), lc.usual_strength(prior, surrogate)
    unit = high / lc.STRENGTHS[-1]
    of_a_precision = unit != 1
    key, begin = f"prior-strength-{unit:g}", f"{usual / unit:g}"
    if begin != f"{lc.USUAL_STRENGTH:g}":
        key += f"-from-{begin}"
    if wanted is not None:
        st.session_state[key] = min(max(wanted, 0.0), high)
    return st.select_slider(
        "Prior strength",
        with_set(log_steps(low, high, usual, first=0.1 * unit), key),
        value=usual,
        format_func=_number,
        key=key,
        persist_state="session",
        width=width,
        help="The precision of the prior; what counts is how it compares with the precision of the noise. At 0 there "
        "is no prior. A strong prior is perfectly steady and can be perfectly wrong."
        if of_a_precision
        else "In the unit of a ridge's alpha: the more samples, the more it takes. At 0 there is no prior. A strong "
        "prior is perfectly steady and can be perfectly wrong.",
    )


def no_strength() -> float:
    """The control where there is no prior: it stands in its place, and says how to get one."""
    st.select_slider(
        "Prior strength",
        (0, 1),
        value=0,
        format_func=lambda value: "no prior" if value == 0 else "",
        key="prior-none",
        disabled=True,
        help="Choose a prior (G-LIME) behind the dots beside it.",
    )
    return 0.0


def _read() -> None:
    """Keep the prior that was uploaded and choose it, or remember why it cannot be used."""
    upload = st.session_state["prior-given"]
    st.session_state["prior-refused"] = ""
    if upload is None:
        return
    try:
        use_prior(priors.keep(Path(upload.name).stem, priors.read(upload.getvalue())))
    except lc.LimeError as error:
        st.session_state["prior-refused"] = error.public


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 1 else f"{value:g}"


def _title(option: str) -> str:
    return CHOICES.get(option, option)
