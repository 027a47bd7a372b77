"""The questions of a lesson: how they are answered, and what is said of an answer."""

from __future__ import annotations

from typing import Any

import streamlit as st

import lime_core as lc
from lime_core.hand_ins.hand_in import LONGEST, Answered
from lime_core.lessons.figure import filled_in
from lime_core.lessons.guess import MARKS, Seen
from lime_core.lessons.question import MOST
from lime_core.reports.numbers import number
from pages.ui.figures.sentences import sentence
from pages.ui.lessons.marking import marked_now
from pages.ui.lessons.shelf import Given, Progress, key_of


def places(lesson: lc.Lesson, when: str) -> list[int]:
    """Which questions are asked then; what is marked has a control of its own."""
    return [place for place, each in enumerate(lesson.questions) if each.when == when and each.kind != "mark"]


def ask(lesson: lc.Lesson, place: int, answers: Progress) -> None:
    """A question with its control, or with the answer that stays as it is."""
    question, key = lesson.questions[place], _key(lesson, place)
    st.markdown(question.text)
    if place in answers.given:
        st.caption(f"Your answer: {sentence(told(question, answers.given[place]), LONGEST)}")
        return
    shared: dict[str, Any] = {"key": key, "label_visibility": "collapsed", "persist_state": "session"}
    if question.kind == "choice":
        options = [sentence(option, LONGEST) for option in question.options]
        st.radio("Answer", range(len(options)), index=None, format_func=options.__getitem__, **shared)
    elif question.kind == "number":
        st.number_input(
            "Answer", -float(MOST), float(MOST), None, format="%g", width=200, placeholder="A number", **shared
        )
    else:
        st.text_area("Answer", max_chars=LONGEST, height=90, **shared)


def given(lesson: lc.Lesson, when: str) -> dict[int, Given]:
    """What the controls say, where they say something."""
    found = {place: st.session_state.get(_key(lesson, place)) for place in places(lesson, when)}
    return {place: value for place, value in found.items() if value is not None and value != ""}


def _key(lesson: lc.Lesson, place: int) -> str:
    return key_of(lesson.name, str(place))


def told(question: lc.Question, value: Given) -> str:
    """An answer as a text."""
    if question.kind == "choice":
        return question.options[int(value)]
    return number(float(value), 6) if question.kind == "number" else str(value)


def answered(question: lc.Question, value: Given, seen: tuple[Seen, ...]) -> Answered:
    """An answer with what is right."""
    text = told(question, value)
    right = question.right(value if question.kind == "number" else text, seen)
    return Answered(question.kind, question.plain, text, question.truth(seen), right)


def judge(lesson: lc.Lesson, place: int, answers: Progress, seen: tuple[Seen, ...]) -> None:
    """What is said of an answer that stays as it is."""
    question = lesson.questions[place]
    found = answered(question, answers.given[place], seen)
    why = filled_in(question.explanation, seen, sentence)
    box, icon, verdict = st.info, ":material/lightbulb:", ""
    if found.right:
        box, icon, verdict = st.success, ":material/check_circle:", "Right."
    elif found.right is False:
        box, icon, verdict = (
            st.warning,
            ":material/undo:",
            f"Not this time: {sentence(found.truth, LONGEST).rstrip('.')}.",
        )
    if said := " ".join(filter(None, (verdict, why))):
        box(said, icon=icon)


def missing(lesson: lc.Lesson) -> str:
    """What is still to be predicted before the maps are shown; empty where nothing is."""
    guess = marked_now(lesson)
    if lesson.marks and len(guess) != MARKS:
        more = len(guess) - MARKS
        return f"{len(guess)} parts are marked: take {more} away." if more > 0 else f"Mark {MARKS} parts first."
    if len(given(lesson, "before")) < len(places(lesson, "before")):
        return "Answer first: who predicts learns more."
    return ""


def take_prediction(lesson: lc.Lesson, answers: Progress) -> bool:
    """Keep the prediction as it is at the press: the page may not have been drawn with it yet; whether it is whole."""
    if not answers.shown and not missing(lesson):
        answers.given |= given(lesson, "before")
        answers.guess, answers.shown = marked_now(lesson), True
    return answers.shown


def ask_further(lesson: lc.Lesson, answers: Progress, seen: tuple[Seen, ...]) -> bool:
    """The questions after the maps, each checked at a press; whether all are answered."""
    for place in places(lesson, "after"):
        with st.container(border=True):
            ask(lesson, place, answers)
            if place in answers.given:
                judge(lesson, place, answers, seen)
            else:

                def check(place: int = place) -> None:
                    answers.given |= {where: value for where, value in given(lesson, "after").items() if where == place}

                there = place in given(lesson, "after")
                st.button("Check", key=f"{_key(lesson, place)}-check", on_click=check, disabled=not there)
    return all(place in answers.given for place in places(lesson, "after"))
