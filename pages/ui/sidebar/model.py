"""Choosing a model and the class that is explained."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import lime_core as lc
from lime_core.files.names import noun_of, told_apart
from lime_core.reports.numbers import score_text
from pages.ui.brought.dialog import bring
from pages.ui.figures.sentences import sentence
from pages.ui.runs import caches, models
from pages.ui.sidebar.controls import row

SHOWN = 5
"""How many classes or outputs are listed with their scores."""


def choose_model() -> lc.Classifier:
    """Every model by name, and how it calculates.  Raises ModelUnavailable when its weights cannot be had."""
    downloads = caches.downloads_allowed()
    ready, own = lc.model_names(ready=True), models.by_name()
    offered = lc.model_names() if downloads or not ready else ready
    st.session_state.setdefault("model-name", offered[0])
    if (brought := st.session_state.pop("model-brought", None)) in own:
        st.session_state["model-name"] = brought

    brought_names = frozenset(own)  # Streamlit keeps the function that writes the options, and with it all it mentions

    def label(name: str) -> str:
        if name in brought_names:
            return f"{name} · brought by you"
        return f"{name} · to be downloaded" if downloads and name in lc.MODELS and name not in ready else name

    place, details = row("Model", "model")
    name = place.selectbox(
        "Model",
        [*own, *offered],
        format_func=label,
        key="model-name",
        persist_state="session",
        accept_new_options=True,
        help="The first three come with their ImageNet weights. "
        + (
            "Others are torchvision's: their weights are downloaded on first use. Type timm/NAME for a model of timm, "
            "where that is installed."
            if downloads
            else "Others of torchvision and timm are listed where their weights are on this server; it downloads none."
        ),
    )
    for called, error in lc.described_models().broken.items():
        st.caption(sentence(f"{called}: {error.public}"))
    with details:
        if models.may_bring() and st.button("Bring your own", type="tertiary", icon=":material/upload:", key="bring"):
            bring()
        if name in own:
            st.button("Remove it", type="tertiary", key="model-remove", on_click=_remove)
            return _shown(own[name].model, details)
        there = lc.model_precisions(name)
        if st.session_state.get("precision", there[0]) not in there:  # that of another model
            st.session_state["precision"] = there[0]
        precision = st.segmented_control(
            "Precision",
            there,
            default=lc.PRECISIONS[0],
            required=True,
            key="precision",
            persist_state="session",
            help="f32 calculates with 24 bits, f16 and tf32 with 11, bf16 with 8: faster where the hardware has "
            "them, but weights near each other can change places. Auto takes the fastest that hardly moves a weight on "
            "this machine.",
        )
    return _shown(caches.model(name, precision), details)


def _shown(classifier: lc.Classifier, details: DeltaGenerator) -> lc.Classifier:
    """The model itself; how it runs is among the details, and what has to be known about it in sight."""
    view = classifier.preprocessing
    size = f"{view.width} × {view.height} pixels · " if view else ""
    state = getattr(classifier.engine, "state", "")  # of compiling meanwhile
    details.caption(sentence(f"{size}{classifier.engine.description}{' · ' * bool(state)}{state}"))
    if classifier.notice:
        st.caption(sentence(classifier.notice))
    return classifier


def _remove() -> None:
    """Remove the model in the box at the moment of the press: the page may not have been drawn with it yet."""
    if (name := str(st.session_state["model-name"])) in models.by_name():
        models.remove(name)
        st.session_state["model-name"] = lc.model_names(ready=True)[0]


def choose_class(picture: lc.Picture, classifier: lc.Classifier) -> int:
    """The five most likely classes, and a box to search all of them by name; of values all outputs, in their order."""
    # Probabilities depend on how the model calculates; the class that was chosen stays chosen.
    model = classifier.name, classifier.fingerprint, classifier.engine.description, classifier.class_names
    asked = (picture.digest, *model)
    answer = st.session_state.get("top")
    if answer is None or answer[0] != asked:
        st.session_state["top"] = answer = (asked, first_of(picture, classifier, sys.maxsize))
    values = classifier.kind == "values"
    top = answer[1][:SHOWN] if classifier.class_names and not values else answer[1]
    space = lc.SPACES[classifier.kind][0]
    scores = {index: score_text(score, classifier.unit or space) for index, _, score in top}
    # Streamlit keeps the function that writes the options, and with it all that it mentions: not the classifier.
    names = names_apart(classifier, scores)
    rest = sorted(set(names) - set(scores), key=names.__getitem__)

    def label(index: int) -> str:
        return f"{names[index]} · {scores[index]}" if index in scores else names[index]

    place, details = row("Class", "class")
    key = f"class-{picture.digest}-{classifier.name}"
    of, wanted = st.session_state.pop("link-class", ("", None))
    its_own = wanted is not None and of in ("", classifier.name)  # another model's numbers are other classes
    if its_own and wanted in names:
        st.session_state[key] = wanted
    elif its_own:
        st.session_state.setdefault("link-said", []).append(f"The link's class {wanted} is not one of this model.")
    index = place.selectbox(
        "Output to explain" if values else "Class to explain",
        [*scores, *rest],
        format_func=label,
        key=key,
        persist_state="session",
        help="Type part of a name to search all of them. Another one never asks the model again.",
    )
    about = f" in {classifier.unit}" if classifier.unit else ""
    numbers = {number: score_text(score, space) for number, _, score in top[:SHOWN]}
    wide = max(map(len, numbers.values()))
    details.markdown(
        "  \n".join(f":small[`{numbers[number]:>{wide}}` {sentence(name + about)}]" for number, name, _ in top[:SHOWN])
    )
    return index


def first_answers(explained: int) -> list[tuple[int, str, float]]:
    """What the class box begins with, as the model answered to the photo: `SHOWN` classes or outputs at most.

    explained : a class or output that comes behind them where it is none of these
    """
    answers: list[tuple[int, str, float]] = st.session_state["top"][1]
    return answers[:SHOWN] + [answer for answer in answers[SHOWN:] if answer[0] == explained]


def first_of(picture: lc.Picture, model: lc.Classifier, most: int) -> list[tuple[int, str, float]]:
    """The most likely classes of a photo with their probabilities; of values all outputs, in their order."""
    top = model.top(picture, sys.maxsize if model.kind == "values" else most)
    if model.kind == "values":  # of which a high one is not likely
        top.sort()
    names = names_apart(model, [index for index, _, _ in top])
    return [(index, names[index], score) for index, _, score in top]


def names_apart(model: lc.Classifier, asked: Iterable[int]) -> dict[int, str]:
    """What classes or outputs are called where one is chosen: the browser sends the name, and two can have the same.

    asked : those that a model without names has to name too
    """
    names = dict(enumerate(model.class_names)) | {index: model.class_name(index) for index in asked}
    return told_apart(names, noun_of(model.kind))
