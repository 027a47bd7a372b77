"""What a learner takes away of the lessons, and opens again."""

from __future__ import annotations

import re

import streamlit as st

import lime_core as lc
from lime_core.files.names import in_bytes
from lime_core.hand_ins.hand_in import LONGEST, LessonDone, Marked
from lime_core.hand_ins.hand_in_html import RIGHT, hand_in_html, marked_in_words
from lime_core.lessons.guess import Seen
from pages.ui.figures.sentences import sentence
from pages.ui.lessons.asking import answered
from pages.ui.lessons.maps import Prepared
from pages.ui.lessons.shelf import Progress, now


def done_now(
    lesson: lc.Lesson, answers: Progress, first: Prepared, seen: tuple[Seen, ...], marked: Marked | None
) -> LessonDone:
    """What is handed in of a lesson that has just been done."""
    e, model = seen[0].e, first.chosen.model
    found = [answered(lesson.questions[place], value, seen) for place, value in sorted(answers.given.items())]
    which = lesson.name, lesson.language, lesson.title, lesson.digest, first.chosen.picture.digest
    times = answers.begun, now()
    return LessonDone(*which, model.name, model.fingerprint, e.class_name, *times, tuple(found), marked)


def offer_hand_in(done: list[LessonDone]) -> None:
    """The answers as files."""
    if not done:
        st.caption("What you answer can be taken away as a file once a lesson is done. Nothing is kept here.")
        return
    # A form: of a name that is typed and not yet sent a download would know nothing, and not say so.
    with st.form("lesson-named", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        learner = st.text_input(
            "Name, if you like",
            max_chars=LONGEST // 10,
            key="lesson-learner",
            persist_state="session",
            width=320,
            help="It stands in the files and in their names, and nowhere else.",
        ).strip()
        st.form_submit_button("Write it in")
    st.caption(f"In both files: **{sentence(learner)}**" if learner else "The files have no name in them.")
    hand_in = lc.HandIn(tuple(done), learner)
    file = in_bytes("-".join(["lessons", *re.findall(r"\w+", learner.lower())]), 200)
    with st.container(horizontal=True):
        st.download_button(
            "Download hand-in",
            data=hand_in.to_json(),
            file_name=f"{file}.json",
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
            key="lesson-json",
            help="Every answer and number, as JSON. It can be opened here again.",
        )
        st.download_button(
            "As a page to read",
            data=lambda: hand_in_html(hand_in),
            file_name=f"{file}.html",
            mime="text/html",
            icon=":material/description:",
            on_click="ignore",
            key="lesson-html",
            help="The same as HTML; it opens in any browser and loads nothing.",
        )


def offer_opening() -> None:
    """A file that was handed in, with the same answers and numbers."""
    with st.expander("Open a hand-in"):
        upload = st.file_uploader("Hand-in (.json)", type="json", max_upload_size=1, key="lesson-hand-in")
        if upload is None:
            return
        try:
            hand_in = lc.read_hand_in(upload.getvalue())
        except lc.BadLesson as error:
            st.error(sentence(error.public), icon=":material/error:")
            return
        st.markdown(f"**{sentence(hand_in.learner or 'Without a name')}**")
        for done in hand_in.lessons:
            show_done(done)
        if not hand_in.lessons:
            st.caption("No lesson was done.")


def show_done(done: LessonDone) -> None:
    """One lesson as it was answered."""
    st.markdown(f"##### {sentence(done.title)}")
    st.caption(sentence(f"{done.model} · {done.begun.replace('T', ' ').rstrip('Z')} to {done.finished[11:19]} UTC"))
    if done.marked:
        for each in marked_in_words(done.marked, done.class_name):
            st.markdown(sentence(each))
    if done.answers:
        rows = {
            "question": [sentence(each.question, LONGEST) for each in done.answers],
            "answer": [sentence(each.given, LONGEST) for each in done.answers],
            "right answer": [sentence(each.truth, LONGEST) for each in done.answers],
            "": [RIGHT[each.right] for each in done.answers],
        }
        st.table(rows, hide_index=True, border="horizontal", alt="The answers of a lesson.")
