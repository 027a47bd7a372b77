"""Looking inside a prior: which one, what it was built from, and the words of a class."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
import streamlit as st

import lime_core as lc
from lime_core.drawing.heatmap import symmetric_limit
from lime_core.drawing.overlay import png_bytes
from lime_core.reports.numbers import size_text, weight_text
from lime_core.reports.sentences import count
from pages.ui.figures import sentences
from pages.ui.figures.priors import word_card
from pages.ui.runs import priors
from pages.ui.runs.caches import Chosen
from pages.ui.sidebar.model import names_apart
from pages.ui.sidebar.prior import use_prior


def bring_prior() -> None:
    """A prior from a file, kept for this session; what is no prior is said here."""
    upload = st.file_uploader(
        "A prior from a file",
        type="npz",
        key="prior-file",
        max_upload_size=priors.FILE_MB,
        on_change=_bring,
        help=f"A file of up to {priors.FILE_MB} MB that was downloaded here, or saved from Python. Nothing in it is "
        "executed.",
    )
    if upload is None:
        return
    name, refused = st.session_state.get("prior-brought", ("", ""))
    if refused:
        st.error(sentences.sentence(refused), icon=":material/error:")
    else:
        st.caption(f"Kept as “{sentences.sentence(name)}”." if name in priors.by_name() else "Forgotten again.")


def _bring() -> None:
    """Keep the prior that was uploaded, or remember why it cannot be used: once a file, not once a drawing."""
    upload = st.session_state["prior-file"]
    if upload is None:
        return
    try:
        prior = priors.read(upload.getvalue())
        name = priors.keep(str(prior.made_by.get("source") or Path(upload.name).stem)[:80], prior)
    except lc.LimeError as error:
        st.session_state["prior-brought"] = ("", error.public)
    else:
        st.session_state["prior-brought"] = (name, "")
        st.session_state["prior-new"] = name


def choose_shown_prior() -> lc.GlobalPrior | None:
    """The prior to look at: the newest, unless another one is chosen; None while there is none."""
    names = list(priors.by_name())
    new = st.session_state.pop("prior-new", None)
    if not names:
        return None
    if new in names or st.session_state.get("prior-shown") not in names:
        st.session_state["prior-shown"] = new if new in names else names[-1]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = st.selectbox("Look inside", names, key="prior-shown", persist_state="session", width=420)
        prior = priors.by_name()[name]
        if st.button(
            "Use it",
            icon=":material/arrow_forward:",
            # What is in the box when it is pressed: the page may not have been drawn with it yet.
            on_click=lambda: use_prior(st.session_state["prior-shown"]),
            key="prior-use",
            help="Explain with this prior. It is chosen there behind the dots beside Prior strength.",
        ):
            st.switch_page("pages/explain.py")
        st.download_button(
            "Download",
            data=lambda: lc.prior_bytes(prior),
            file_name=f"{re.sub('[^a-zA-Z0-9]+', '-', name).strip('-').lower() or 'prior'}.npz",
            mime="application/octet-stream",
            icon=":material/download:",
            on_click="ignore",
            key="prior-download",
            help="One .npz file: words, weights, and examples where it has some. Bring it back here, or read it with "
            "`lime_core.load_prior`.",
        )
        st.button(
            "Forget",
            icon=":material/close:",
            type="tertiary",
            key="prior-forget",
            on_click=lambda: priors.forget(st.session_state["prior-shown"]),
            help="Take this prior out of the session.",
        )
    return prior


def show_facts(prior: lc.GlobalPrior) -> None:
    """What it was built from."""
    made_by, noun = prior.made_by, noun_of(prior)
    plural = "es" if noun == "class" else "s"
    superpixels = made_by.get("superpixels")
    facts = [
        _pictures(made_by),
        count(superpixels, "superpixel") if _whole(superpixels) else "",
        count(len(prior.centroids), "word"),
        f"{len(prior.classes)} {noun}{plural if len(prior.classes) != 1 else ''}",
        str(made_by.get("method", "signed" if prior.signed else "not signed")),
        f"in {prior.unit}" if prior.unit else "",
        str(made_by.get("model", "")),
    ]
    how = [
        f"{made_by['num_samples']} samples of each picture" if _whole(made_by.get("num_samples")) else "",
        f"position counts {prior.position:g}" if prior.position else "",
        *(str(made_by.get(role, "")) for role in ("segmenter", "hiding", "sampler", "kernel", "surrogate")),
    ]
    st.caption(_line(facts), help=_line(how) or "How its pictures were explained is not known.")


def _line(parts: list[str]) -> str:
    return sentences.sentence(" · ".join(part for part in parts if part))


def _pictures(made_by: Mapping[str, Any]) -> str:
    """How many pictures it was built from; where these are crops, the whole one among them, of how many photos."""
    pictures, photos, crops = (made_by.get(name) for name in ("pictures", "photos", "crops"))
    if not _whole(pictures):
        return ""
    if _whole(photos):
        return f"{count(pictures, 'crop')} of {count(photos, 'picture')}"
    return count(pictures, "crop" if _whole(crops) and crops > 1 else "picture")


def _whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def fits_model(prior: lc.GlobalPrior, model: lc.Classifier) -> bool:
    """Whether it can be used with the model that is chosen; if not, says why."""
    try:
        prior.check_model(model)
    except lc.PriorMismatch as error:
        st.warning(
            f"{sentences.sentence(error.public)} With the model that is chosen at the left it can be looked at, not "
            "used.",
            icon=":material/link_off:",
        )
        return False
    return True


def choose_class_and_words(prior: lc.GlobalPrior, model: lc.Classifier | None, photo: Chosen | None) -> tuple[int, int]:
    """The class to look at, and how many of its words are shown.

    The classes that the prior knows come first, with how many superpixels it has seen for each.

    model : where the classes have their names from, if it is known
    photo : its class is taken first where the prior knows it
    """
    noun, counts = noun_of(prior), prior.counts.sum(axis=1)
    names = {index: f"{noun} {index}" for index in range(len(counts))} | (names_apart(model, ()) if model else {})
    learned = sorted(prior.classes, key=lambda index: -counts[index])
    # Streamlit keeps the function that writes the options: it holds texts, and neither model nor prior.
    texts = {index: f"{names[index]} · {count(int(counts[index]), 'superpixel')}" for index in learned}
    rest = {index: names[index] for index in range(len(counts)) if index not in texts}
    texts |= dict(sorted(rest.items(), key=lambda item: item[1]))
    photo_class = photo.class_index if photo else None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        index = st.selectbox(
            "Class" if noun == "class" else "Output",
            list(texts),
            index=list(texts).index(photo_class) if photo_class in learned else 0,
            format_func=texts.__getitem__,
            key=f"prior-class-{prior.digest[:12]}-{photo_class}",
            persist_state="session",
            width=420,
            help="Those that the prior knows come first, with how many superpixels it has seen for each.",
        )
        number = most = min(48, int(np.count_nonzero(prior.weights[index])))
        if most > 1:
            number = st.slider(
                "Words shown", 1, most, min(12, most), key=f"prior-many-{most}", persist_state="session", width=220,
                help=f"The strongest of the {noun}, whatever their sign; on the photo, the strongest superpixels.",
            )  # fmt: skip
    if photo_class is not None and photo_class not in learned:
        about = sentences.sentence(names.get(photo_class, f"{noun} {photo_class}"))
        st.caption(f"It knows nothing about {about}, the {noun} at the left.")
    return index, number


def noun_of(prior: lc.GlobalPrior) -> str:
    """What it has weights for: the outputs of a model that gives values, else classes."""
    of_classes = ("", *(space for kind, spaces in lc.SPACES.items() if kind != "values" for space in spaces))
    return "class" if prior.unit in of_classes else "output"


def show_words(prior: lc.GlobalPrior, class_index: int, most: int, across: int) -> None:
    """The strongest words of a class: what each looks like, its weight, and how often it was seen."""
    weights, counts, noun = prior.weights[class_index], prior.counts[class_index], noun_of(prior)
    if not most:
        st.info(f"All words have the weight zero for this {noun}.", icon=":material/exposure_zero:")
        return
    limit = symmetric_limit(weights)
    places = 0 if prior.examples is None else min(4, prior.examples.pictures.shape[1])
    grid = st.grid(across, min_column_width=150, gap="small")
    for word in np.argsort(-np.abs(weights), kind="stable")[:most]:
        looks = None if prior.examples is None else prior.examples[word][:places]
        weight, examples = weight_in_words(prior, float(weights[word])), 0 if looks is None else len(looks)
        with grid.cell():
            st.image(
                png_bytes(word_card(looks, places, float(weights[word]) / limit, prior.signed)),
                output_format="PNG",
                width="stretch",
                alt=f"Word {word}: {weight}, {count(int(counts[word]), 'superpixel')}, {count(examples, 'example')}.",
            )
            st.caption(f"**{word}** · {sentences.sentence(weight)} · {counts[word]}×")
    down, up = ("against", "for") if noun == "class" else ("lower", "higher")
    low = f"{sentences.sentence(weight_in_words(prior, -limit))} (blue, hatched: {down})" if prior.signed else "0"
    high = f"{sentences.sentence(weight_in_words(prior, limit))} (orange: {up})"
    st.caption(
        f"Each word with its number, its weight and in how many superpixels it was seen with this {noun}; examples are "
        f"of any {noun}. One scale for all, from {low} to {high}."
    )


def weight_in_words(prior: lc.GlobalPrior, weight: float) -> str:
    """A weight of a prior in its unit, with a sign where its weights have one."""
    return (weight_text if prior.signed else size_text)(weight, prior.unit)
