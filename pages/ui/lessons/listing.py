"""The list of lessons, and the head of the one that is open."""

from __future__ import annotations

import streamlit as st

import lime_core as lc
from lime_core.reports.sentences import count
from pages.ui.figures.sentences import sentence
from pages.ui.lessons import shelf

STATES = {"done": ":green-badge[done]", "begun": ":blue-badge[begun]", "new": ""}


def show_list(lessons: tuple[lc.Lesson, ...]) -> None:
    """Every lesson with how long it takes, and whether it is done."""
    st.header("Lessons", anchor=False)
    st.markdown(
        "Each takes a few minutes and begins with a prediction: say what you believe, then see what the map says, and "
        "what the model does without the parts that you chose. Photo and settings of the other pages stay as they are."
    )
    for name, languages in shelf.by_name(lessons).items():
        lesson = languages.get("en") or next(iter(languages.values()))
        with st.container(border=True, horizontal=True, vertical_alignment="center", wrap=False):
            with st.container(gap=None):
                st.markdown(f"**{sentence(lesson.title)}** {STATES[state(name)]}")
                others = "".join(f" · {sentence(shelf.called(each))}" for each in languages if len(languages) > 1)
                st.caption(f"{count(lesson.minutes, 'minute')}{others}")
            st.button(
                "Open",
                key=shelf.key_of(name, "open"),
                on_click=shelf.open_lesson,
                args=(name, lesson.language),
                help=sentence(f"Open “{lesson.title}”"),
            )
    if not lessons:
        st.info("There are no lessons.", icon=":material/menu_book:")


def state(name: str) -> str:
    """How far the learner is: a key of `STATES`."""
    progress = shelf.progress(name)
    return "new" if progress is None else "done" if progress.done else "begun"


def offer_next(lesson: lc.Lesson, lessons: tuple[lc.Lesson, ...]) -> None:
    """The lesson after this one, in its language where there is one: an address that is typed would begin anew."""
    names = shelf.by_name(lessons)
    later = list(names)[list(names).index(lesson.name) + 1 :]
    if later:
        languages = names[later[0]]
        following = languages.get(lesson.language) or languages.get("en") or next(iter(languages.values()))
        st.button(
            sentence(f"Next: {following.title}"),
            icon=":material/arrow_forward:",
            key="next",
            on_click=shelf.open_lesson,
            args=(following.name, following.language),
        )


def head(lesson: lc.Lesson, lessons: tuple[lc.Lesson, ...]) -> None:
    """Title, languages, and the ways to the list and to the beginning, where it is if its file was changed."""
    if shelf.forget_others(lesson):
        st.info("The questions of this lesson were changed: it begins anew.", icon=":material/restart_alt:")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("All lessons", type="tertiary", icon=":material/arrow_back:", on_click=shelf.close_lesson, key="list")
        languages = list(shelf.by_name(lessons)[lesson.name])
        if len(languages) > 1:
            key = shelf.key_of(lesson.name, "language")
            st.session_state[key] = lesson.language
            st.segmented_control(
                "Language",
                languages,
                format_func=lambda each: sentence(shelf.called(each)),
                required=True,
                key=key,
                label_visibility="collapsed",
                on_change=lambda: shelf.open_lesson(lesson.name, st.session_state[key]),
            )
        if (answers := shelf.progress(lesson.name)) and answers.shown:
            icon = ":material/restart_alt:"
            st.button("Begin anew", type="tertiary", icon=icon, on_click=shelf.forget, args=(lesson.name,), key="anew")
    st.markdown(f"### {sentence(lesson.title)} {STATES[state(lesson.name)]}")
    st.caption(count(lesson.minutes, "minute"))
