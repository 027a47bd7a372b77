"""Lessons: predict first, then see the maps, and what the model says of the guess."""

import streamlit as st

import lime_core as lc
from pages.ui.figures.sentences import sentence
from pages.ui.lessons import asking, maps, shelf
from pages.ui.lessons.handing_in import done_now, offer_hand_in, offer_opening
from pages.ui.lessons.listing import head, offer_next, show_list
from pages.ui.lessons.marking import mark
from pages.ui.lessons.revealing import show_guess, show_maps, show_observation, show_scores, show_takeaway
from pages.ui.runs import running
from pages.ui.runs.messages import errors_as_messages
from pages.ui.sidebar.opening import through_the_shell

RUN = "lesson"


def page() -> None:
    """The list, or the lesson of the address."""
    through_the_shell()
    with errors_as_messages():
        lessons, problems = shelf.all_lessons()
        lesson, unknown = shelf.open_now(lessons)
        for problem in filter(None, (unknown, *problems)):
            st.warning(sentence(problem), icon=":material/warning:")
        if lesson is None:
            running.end(RUN)
            show_list(lessons)
        else:
            head(lesson, lessons)
            teach(lesson, lessons)
    st.divider()
    with errors_as_messages():
        offer_hand_in(shelf.all_done())
    with errors_as_messages():
        offer_opening()


def teach(lesson: lc.Lesson, lessons: tuple[lc.Lesson, ...]) -> None:
    """One lesson, as far as the learner is."""
    answers = shelf.begun(lesson)
    with st.spinner("Cutting the picture …", show_time=True):
        prepared = maps.prepare(lesson)
    if answers.shown and not maps.missing(lesson, prepared, answers.guess):
        running.end(RUN)
        if reveal(lesson, answers, prepared):
            offer_next(lesson, lessons)
    else:
        predict(lesson, answers, prepared)


def predict(lesson: lc.Lesson, answers: shelf.Progress, prepared: tuple[maps.Prepared, ...]) -> None:
    """What is asked before the maps are shown; then the run, if it is under way."""
    picture, asked = st.columns([1, 1], gap="medium")
    with picture:
        mark(lesson, answers, prepared[0].segmentation)
    with asked:
        st.markdown(lesson.before)
        if lesson.marks:
            st.markdown(lesson.questions[0].text)
        for place in asking.places(lesson, "before"):
            asking.ask(lesson, place, answers)
        missing = "" if answers.shown else asking.missing(lesson)
        plan = lesson.name, lesson.digest, answers.guess
        under_way = running.begin(RUN, plan)

        def on_press() -> None:
            running.end(RUN)
            st.session_state[f"{RUN}-asked"] = not under_way and asking.take_prediction(lesson, answers)

        label = "Cancel" if under_way else "Go on" if answers.shown else "Reveal"
        st.button(label, type="primary", on_click=on_press, disabled=bool(missing), key=RUN, width=120)
        if missing:
            st.caption(missing)
        progress = st.empty()
        running.show_failure(RUN, progress)
    if under_way:
        running.run(RUN, maps.grow(lesson, prepared, answers.guess), progress)


def reveal(lesson: lc.Lesson, answers: shelf.Progress, prepared: tuple[maps.Prepared, ...]) -> bool:
    """The maps and the guess, what there is to see, and what is asked after that; whether all is answered."""
    seen = maps.seen(lesson, prepared)
    marked = maps.marked(prepared[0], seen[0], answers.guess) if answers.guess else None
    if marked and len(seen) == 1:
        left, right = st.columns(2, gap="medium")
        with left:
            show_maps(lesson, prepared, seen)
        with right:
            show_guess(seen[0], marked)
        show_scores(lesson, seen, marked)
    else:
        show_maps(lesson, prepared, seen)
        if marked:
            left, right = st.columns(2, gap="medium", vertical_alignment="center")
            with left:
                show_guess(seen[0], marked)
            with right:
                show_scores(lesson, seen, marked)
    if predicted := asking.places(lesson, "before"):
        st.markdown("#### What you predicted")
        for place in predicted:
            asking.ask(lesson, place, answers)
            asking.judge(lesson, place, answers, seen)
    st.markdown("#### What there is to see")
    show_observation(lesson, seen)
    if not asking.ask_further(lesson, answers, seen):
        return False
    if answers.done is None:
        answers.done = done_now(lesson, answers, prepared[0], seen, marked)
        st.rerun()  # the head and the hand-in say so
    show_takeaway(lesson)
    return True


page()
