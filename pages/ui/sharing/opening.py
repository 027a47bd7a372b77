"""A manifest that is opened: photo, model, class, settings and view are set as it says, and the result is compared."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import lime_core as lc
from pages.ui.explain.view import show_those_of
from pages.ui.figures.sentences import sentence
from pages.ui.runs import caches, models, priors
from pages.ui.runs.priors import ACTIVATION, NONE
from pages.ui.sharing.arriving import SAID
from pages.ui.sidebar.controls import take_label_map
from pages.ui.sidebar.photo import source_of
from pages.ui.sidebar.presets import take_setting, take_view

OPENED, REFUSED, UPLOAD = "manifest-opened", "manifest-refused", "manifest-file"
FILE_MB = 100


def offer_opening() -> None:
    """The button, and behind it the place for a file."""
    with st.popover("Open a manifest", type="tertiary", icon=":material/folder_open:", key="manifest-more"):
        st.file_uploader(
            "Manifest or archive",
            type=["json", "zip"],
            key=UPLOAD,
            max_upload_size=FILE_MB,
            on_change=_open,
            help="What Take away on this page gave: the whole ZIP, or its manifest.json. Every control is set as it "
            "says, and the map is compared with the saved weights. Nothing in it is executed.",
        )
        if refused := st.session_state.get(REFUSED):
            st.error(sentence(refused))


def _open() -> None:
    """Take what was uploaded, before anything is drawn; or remember why it cannot be used."""
    upload = st.session_state[UPLOAD]
    st.session_state[REFUSED] = ""
    if upload is None:
        return
    try:
        contents = upload.getvalue()
        opened = lc.open_manifest(contents, priors.by_name().values(), priors.FILE_MB * 2**20)
        caches.kept().take(opened, opened.nbytes)
        st.session_state[SAID] = _take(opened)
    except lc.LimeError as error:
        st.session_state[REFUSED] = error.public
        return
    st.session_state[OPENED] = opened


def _take(opened: lc.Opened) -> list[str]:
    """Set every control; returns what cannot be set."""
    saved, state = opened.saved, st.session_state
    spec = saved.spec
    fitting = replace(saved.settings.without_prior(), class_index=None)
    setting = lc.Setting(spec.settings, saved.num_samples, fitting)
    _take_prior(opened)
    problems = [*_take_model(spec), *_take_photo(spec.picture), *_take_precision(opened)]
    take_setting(setting)
    take_view(opened.view)
    state["seed"] = spec.seed
    state["link-class"] = spec.model, saved.settings.class_index
    if isinstance(spec.segmenter, lc.LabelMap):
        take_label_map("segmenter", "The manifest's label map", spec.segmenter)
    show_those_of(spec, saved.read_in)
    return problems


def _take_model(spec: lc.ProbeSpec) -> list[str]:
    known = [*models.by_name(), *lc.model_names(ready=not caches.downloads_allowed())]
    if spec.model not in known:
        return [f"The manifest's model {spec.model!r} is not here: bring it, or look at the map of another one."]
    st.session_state["model-name"] = spec.model
    return []


def _take_precision(opened: lc.Opened) -> list[str]:
    precision, there = opened.precision, lc.model_precisions(opened.saved.spec.model)
    st.session_state["precision"] = precision if precision in there else there[0]
    return [] if precision in there else [f"The manifest's precision {precision} is not to be had on this server."]


def _take_photo(digest: str) -> list[str]:
    """The photo of the gallery, or the one that was uploaded before; else it is asked for."""
    state = st.session_state
    for key in [key for key in state if str(key).startswith("class-")]:
        del state[key]
    state["explain-asked"] = True
    if name := lc.gallery_name(digest):
        state["photo-source"], state["photo-gallery"] = "gallery", name
        return []
    if source := source_of(digest):
        state["photo-source"] = source
        return []
    state["photo-source"], state["explain-asked"] = "upload", False
    crop = "of which its files hold no more than the crop"
    return [f"The manifest was made of another photo, {crop}: upload it at the left."]


def _take_prior(opened: lc.Opened) -> None:
    saved = opened.saved
    state, strength, prior = st.session_state, saved.settings.prior_strength, saved.settings.prior
    name = NONE
    if saved.activation is not None:
        name, strength = ACTIVATION, saved.activation
    elif isinstance(prior, lc.GlobalPrior):
        same = (title for title, other in priors.by_name().items() if other.digest == prior.digest)
        name = next(same, "") or priors.keep("of a manifest", prior)
    state["prior-name"], state["link-strength"] = name, (name, strength)


def compare_with_opened(e: lc.Explanation, under_way: bool, place: DeltaGenerator) -> None:
    """Whether the map is the one of the manifest that was opened, until that has been read."""
    opened = st.session_state.get(OPENED)
    if opened is None or under_way:
        return
    with place:
        _say(opened, e)
        st.button("Close", type="tertiary", key="manifest-read", on_click=st.session_state.pop, args=(OPENED,))


def _say(opened: lc.Opened, e: lc.Explanation) -> None:
    told = opened.differences(e)
    if e.spec.picture != opened.saved.spec.picture:
        st.warning(sentence("The manifest was made of another photo than this one: upload that one."))
    elif told:
        st.warning(
            "  \n".join(sentence(text) for text in told), title="Not as in the manifest", icon=":material/difference:"
        )
    elif opened.same_to_the_last_digit(e):
        st.success("The weights are the same to the last digit as in the manifest.", icon=":material/verified:")
    elif len(opened.saved.weights):
        st.success("The weights are the same as in the manifest, but for rounding.", icon=":material/verified:")
    else:
        st.info(
            "The settings are those of the manifest. Its weights are in the archive that it came in: open that to "
            "compare them.",
            icon=":material/info:",
        )
