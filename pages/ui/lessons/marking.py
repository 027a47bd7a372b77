"""Three parts of a picture that are marked: by a click on the picture, or by their numbers with the keyboard."""

from __future__ import annotations

import base64
from pathlib import Path

import streamlit as st

import lime_core as lc
from lime_core.drawing.overlay import png_bytes
from lime_core.lessons.guess import MARKS
from pages.ui.figures.maps import as_jpeg, coded_labels, numbered_picture
from pages.ui.lessons.shelf import Progress, key_of
from pages.ui.runs import caches

_CANVAS = (Path(__file__).parent / "canvas.js").read_text("utf-8")


def marked_now(lesson: lc.Lesson) -> tuple[int, ...]:
    """The parts that are marked at this moment, drawn with it or not yet."""
    return tuple(sorted(st.session_state.get(key_of(lesson.name, "parts")) or ()))


def mark(lesson: lc.Lesson, answers: Progress, segmentation: lc.Segmentation) -> None:
    """The picture with its parts, and the control that marks them; none where no lesson asks for it."""
    key, picture = key_of(lesson.name, "parts"), key_of(lesson.name, "picture")
    locked = answers.shown or not lesson.marks

    def clicked() -> None:
        """The part that was clicked on changes; what comes from a browser may be anything."""
        part = st.session_state[picture].get("part")
        if not locked and isinstance(part, int | float) and part in range(segmentation.in_photo):
            marked = st.session_state.get(key, [])
            others = [each for each in marked if each != part]
            st.session_state[key] = others if part in marked else [*marked, int(part)]

    photo, labels = _pictures(segmentation)
    canvas = st.components.v2.component("parts_of_a_picture", js=_CANVAS)
    marked = list(answers.guess) if locked else st.session_state.get(key, [])
    alt = f"The picture, cut into {segmentation.in_photo} parts with their numbers."
    canvas(
        key=picture,
        data={"photo": photo, "labels": labels, "marked": marked, "locked": locked, "alt": alt},
        on_part_change=clicked,
    )
    if not locked:
        st.pills(
            f"Parts, {MARKS} of them",
            range(segmentation.in_photo),
            selection_mode="multi",
            key=key,
            persist_state="session",
            wrap=True,
            help="A click on the picture does the same.",
        )


def _pictures(segmentation: lc.Segmentation) -> tuple[str, str]:
    """The numbered picture and the numbers of its pixels, as addresses that hold them; made once for everyone."""
    kept, key = caches.shared("pictures of lessons"), (segmentation.image.tobytes(), segmentation.made_by)
    if key not in kept:
        if len(kept) >= 50:
            kept.clear()
        photo = base64.b64encode(as_jpeg(numbered_picture(segmentation))).decode()
        labels = base64.b64encode(png_bytes(coded_labels(segmentation.labels))).decode()
        kept[key] = f"data:image/jpeg;base64,{photo}", f"data:image/png;base64,{labels}"
    found: tuple[str, str] = kept[key]
    return found
