"""Choosing a model and the class that is explained."""

from __future__ import annotations

import streamlit as st

import lime_core as lc
from pages.ui import runner


def choose_model() -> lc.Classifier:
    """A select box of every model by name.  Raises ModelUnavailable when its weights cannot be had."""
    name = st.selectbox(
        "Model",
        _names(),
        key="model-name",
        persist_state="session",
        accept_new_options=True,
        help="The first three come with their ImageNet weights. Others are torchvision's: their weights are downloaded "
        "on first use. Type timm/NAME for a model of timm, where that is installed.",
    )
    classifier = runner.model(name)
    seen = classifier.preprocessing
    size = f"{seen.width} × {seen.height} pixels · " if seen else ""
    st.caption(f"{size}{classifier.engine.description}")
    return classifier


def choose_class(picture: lc.Picture, classifier: lc.Classifier) -> int:
    """The five most likely classes, and a box to search all of them by name."""
    key = f"{picture.digest}-{classifier.name}"
    kept = st.session_state.get("top")
    if kept is None or kept[0] != key:
        st.session_state["top"] = kept = (key, classifier.top(picture, 5))
    top = kept[1]
    likely = {index: probability for index, _, probability in top}
    rest = sorted(set(range(len(classifier.class_names))) - set(likely), key=classifier.class_name)

    def label(index: int) -> str:
        name = classifier.class_name(index)
        return f"{name} · {likely[index]:.0%}" if index in likely else name

    index = st.selectbox(
        "Class to explain",
        [*likely, *rest],
        format_func=label,
        key=f"class-{key}",
        help="Type part of a name to search all classes. Another class never asks the model again.",
    )
    st.markdown("  \n".join(f":small[`{probability:6.1%}` {name}]" for _, name, probability in top))
    return index


def _names() -> list[str]:
    """Bundled models, then those whose weights are here, then the others."""
    return sorted(lc.MODELS, key=lambda name: (lc.MODELS[name].family != "bundled", not lc.MODELS[name].ready))
