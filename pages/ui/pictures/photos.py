"""A few photos of a page, which it holds, and the class or output that is explained in each."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

import lime_core as lc
from lime_core.drawing.overlay import png_bytes
from lime_core.errors import about
from lime_core.files.names import noun_of
from lime_core.reports.numbers import score_text
from pages.ui.figures.maps import crop_preview
from pages.ui.figures.sentences import sentence
from pages.ui.pictures.choosing import choose_source
from pages.ui.pictures.sources import Source
from pages.ui.runs import caches
from pages.ui.sidebar.model import first_of

MOST = 12
"""Photos that a page holds."""

SAID = 3
"""Files that are left out of which the page says why."""

LIKELY = 5
"""Classes that can be chosen from in each photo."""


def choose_photos(page: str, begin: Sequence[str]) -> tuple[lc.Picture, ...]:
    """The control, and the photos that could be read; what could not is said below it.

    begin : those of the gallery that are chosen at first
    """
    source = choose_source(page, begin)
    if source is None:
        st.session_state.pop(f"{page}-photos", None)
        return ()
    photos, left_out = _read(page, source)
    for said in left_out[:SAID]:
        st.caption(f":material/warning: {sentence(said)}")
    if len(left_out) > SAID:
        st.caption(f"And {len(left_out) - SAID} more are left out.")
    return photos


def _read(page: str, source: Source) -> tuple[tuple[lc.Picture, ...], tuple[str, ...]]:
    """The photos of a source, read once in a session, and why others are left out."""
    last = st.session_state.get(f"{page}-photos")
    if last is None or last[0] != source:
        photos: dict[str, lc.Picture] = {}
        left_out = []
        for found in source.read():
            if found.picture is None:
                left_out.append(f"{found.name}: {found.error}")
            elif len(photos) == MOST:
                left_out.append(f"This page takes {MOST} photos at most: the others are left out.")
                break
            elif found.picture.digest not in photos:
                try:
                    caches.kept().take(found.picture, found.picture.nbytes)
                except lc.LimeError as error:
                    left_out.append(error.public)
                    break
                photos[found.picture.digest] = found.picture
        st.session_state[f"{page}-photos"] = last = (source, tuple(photos.values()), tuple(left_out))
    return last[1], last[2]


def choose_classes(page: str, photos: Sequence[lc.Picture], model: lc.Classifier) -> tuple[int, ...]:
    """The class of each photo, the most likely one or another of the likely ones; of values an output, the first."""
    noun = noun_of(model.kind).capitalize()
    with st.popover(f"{noun} of each photo", icon=":material/label:", key=f"{page}-classes", width="stretch"):
        grid = st.grid(4, min_column_width=150)
        chosen = []
        for photo in photos:
            with grid.cell():
                small = png_bytes(crop_preview(photo, model.crop_box(photo), 160))
                st.image(small, width=120, output_format="PNG", alt=f"The photo {photo.name}")
                chosen.append(_choose_class(page, photo, model))
    return tuple(chosen)


def _choose_class(page: str, photo: lc.Picture, model: lc.Classifier) -> int:
    found = likely(photo, model)
    space = model.unit or lc.SPACES[model.kind][0]
    noun = noun_of(model.kind).capitalize()
    labels = {index: f"{name} · {score_text(score, space)}" for index, name, score in found}
    return st.selectbox(
        f"{noun} of {sentence(photo.name)}",
        list(labels),
        format_func=labels.__getitem__,
        label_visibility="collapsed",
        key=f"{page}-class-{photo.digest}-{model.name}",
        persist_state="session",
    )


def likely(photo: lc.Picture, model: lc.Classifier) -> list[tuple[int, str, float]]:
    """The likely classes of a photo, of values all outputs in their order; asked once in a session for each model."""
    known = st.session_state.setdefault("photos-likely", {})
    key = photo.digest, model.name, model.fingerprint, model.engine.description
    if key not in known:
        with about(photo.name):
            known[key] = first_of(photo, model, LIKELY)
    return known[key]
