"""Choosing a model and the class that is explained."""

from __future__ import annotations

import streamlit as st

import lime_core as lc
from pages.ui.figures.sentences import sentence
from pages.ui.runs import caches


def choose_model() -> lc.Classifier:
    """Every model by name, and how it calculates.  Raises ModelUnavailable when its weights cannot be had."""
    downloads = caches.downloads_allowed()
    ready = lc.model_names(ready=True)

    def label(name: str) -> str:
        return f"{name} · to be downloaded" if downloads and name in lc.MODELS and name not in ready else name

    name = st.selectbox(
        "Model",
        lc.model_names() if downloads or not ready else ready,
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
    precision = st.segmented_control(
        "Precision",
        lc.PRECISIONS,
        default=lc.PRECISIONS[0],
        required=True,
        key="precision",
        persist_state="session",
        help="f32 calculates with 24 bits, bf16 with 8: up to twice as fast, but weights near each other can change "
        "places. Auto takes bf16 only where the processor is made for it.",
    )
    classifier = caches.model(name, precision)
    view = classifier.preprocessing
    size = f"{view.width} × {view.height} pixels · " if view else ""
    st.caption(sentence(f"{size}{classifier.engine.description}"))
    return classifier


def choose_class(picture: lc.Picture, classifier: lc.Classifier) -> int:
    """The five most likely classes, and a box to search all of them by name."""
    # Probabilities depend on how the model calculates; the class that was chosen stays chosen.
    asked = (picture.digest, classifier.name, classifier.fingerprint, classifier.engine.description)
    answer = st.session_state.get("top")
    if answer is None or answer[0] != asked:
        st.session_state["top"] = answer = (asked, classifier.top(picture, 5))
    top = answer[1]
    likely = {index: probability for index, _, probability in top}
    # Streamlit keeps the function that writes the options, and with it all that it mentions: not the classifier.
    names = dict(enumerate(classifier.class_names)) | {index: name for index, name, _ in top}
    rest = sorted(set(names) - set(likely), key=names.__getitem__)

    def label(index: int) -> str:
        return f"{names[index]} · {likely[index]:.0%}" if index in likely else names[index]

    index = st.selectbox(
        "Class to explain",
        [*likely, *rest],
        format_func=label,
        key=f"class-{picture.digest}-{classifier.name}",
        help="Type part of a name to search all classes. Another class never asks the model again.",
    )
    st.markdown("  \n".join(f":small[`{probability:6.1%}` {sentence(name)}]" for _, name, probability in top))
    return index
