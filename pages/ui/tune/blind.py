"""Two maps of one photo from two settings, without their names: which tells more?"""

from __future__ import annotations

import math
import secrets

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import lime_core as lc
from pages.ui.figures.sentences import seconds, sentence
from pages.ui.runs import growing
from pages.ui.runs.caches import Chosen
from pages.ui.tune.charts import setting_in_words, settings_in_words
from pages.ui.tune.maps import explained, show_map, spec_of

Two = tuple[int, int]
"""Places of the settings that are compared."""


def compare_blind(losses: lc.Losses, study: lc.Study, unit: str, running: bool) -> None:
    """The two settings, the next two maps with the buttons, and what the answers say.

    running : whether the search goes on; then nothing is asked for
    """
    two = _choose_two(losses, unit)
    if two is None:
        st.info("There is one setting so far. Search on for another one.", icon=":material/hourglass_bottom:")
        return
    shared = np.flatnonzero(~np.isnan(losses.gains[list(two)]).any(axis=0))
    if not len(shared):
        st.info("There is no photo that both of these settings can explain.", icon=":material/call_split:")
        return
    names = [setting_in_words(losses.settings[place], losses.settings[0]) for place in two]
    key = f"tune-answers-{study.digest[:16]}-{names[0]}-{names[1]}"  # places change while the search goes on
    preference: lc.Preference = st.session_state.setdefault(key, lc.Preference(names[0], names[1]))
    question = len(preference.answers)
    place = st.container()
    if running:
        st.caption("Wait for the search, or cancel it: the next maps may have to be asked for.")
    else:
        with place:
            _ask(losses, two, [int(number) for number in shared], key, question)
    if preference.answers:
        st.markdown(sentence(preference.in_words()))
        with st.container(horizontal=True):
            st.download_button(
                "Answers",
                preference.to_csv(),
                "answers.csv",
                "text/csv",
                icon=":material/download:",
                on_click="ignore",
                help="A row for each answer: photo, what was chosen, and what the relevance gain says of both.",
            )
            st.button("Forget them", type="tertiary", key="study-forget", on_click=_forget, args=(key,))


def _choose_two(losses: lc.Losses, unit: str) -> Two | None:
    """Which settings are compared: the best, and the one to begin with, unless others are chosen."""
    labels = settings_in_words(losses, unit)
    if len(labels) < 2:
        return None
    places = list(labels)
    with st.expander("Which two are compared", key="tune-two-open"):
        first = st.selectbox("One", places, format_func=labels.__getitem__, key=f"tune-one-{len(losses.settings)}")
        others = [place for place in places if place != first]
        second = st.selectbox("Other", others, format_func=labels.__getitem__, key=f"tune-other-{first}-{len(others)}")
    return first, second


def _ask(losses: lc.Losses, two: Two, shared: list[int], key: str, question: int) -> None:
    """Both maps, of other samples in each round through the photos, and the buttons.

    shared : places of the cases that both settings can explain
    """
    settings = [losses.settings[place] for place in two]
    turn, at = divmod(question, len(shared))
    case = losses.cases[shared[at]]
    seed = (settings[0].probing.seed + turn) % 2**31
    progress = st.empty()
    for setting in settings:
        _fetch(setting, case, seed, progress)
    maps = [e for setting in settings if (e := explained(setting, case, seed)) is not None]
    if len(maps) < len(settings):
        st.warning("The samples of these maps had to make room for those of others.", icon=":material/memory:")
        return
    left, right = lc.sides(case.picture.name, question, _person())
    about = case.model.class_name(case.class_index or 0)
    number = question + 1
    st.markdown(f"**Which tells you more about “{sentence(about)}”?** Question {number}.")
    grid = st.grid(2, min_column_width=150)
    known = turn == 0  # of other samples nobody has measured it
    gains = tuple(float(losses.gains[place, shared[at]]) if known else math.nan for place in two)
    for side, name in ((left, "Left"), (right, "Right")):
        with grid.cell():
            show_map(maps[side == "second"], name)
            _answer(f"{name} tells more", key, question, case, side, gains)
    _answer("Neither", key, question, case, "neither", gains)


def _answer(label: str, key: str, question: int, case: lc.Case, choice: str, gains: tuple[float, ...]) -> None:
    given = lc.Answer(case.picture.name, choice, (gains[0], gains[1]))
    name = label.split()[0].lower()
    st.button(label, key=f"study-answer-{name}", width="stretch", on_click=_keep, args=(key, question, given))


def _keep(key: str, question: int, answer: lc.Answer) -> None:
    """Keep an answer; a second press on buttons that are still there while the next maps come answers nothing."""
    if len(st.session_state[key].answers) == question:
        st.session_state[key] = st.session_state[key].with_answer(answer)


def _person() -> int:
    """Says which map stands at the left, for others in another way."""
    person: int = st.session_state.setdefault("tune-person", secrets.randbelow(2**31))
    return person


def _forget(key: str) -> None:
    st.session_state.pop(key, None)


def _fetch(setting: lc.Setting, case: lc.Case, seed: int, progress: DeltaGenerator) -> None:
    """Ask for the samples of a map that are not there."""
    if explained(setting, case, seed) is not None:
        return
    chosen = Chosen(case.picture, case.model, case.class_index or 0)
    for step in growing.grow(spec_of(setting, case, seed), chosen, setting.num_samples):
        progress.progress(
            step.done / step.total,
            text=f"The next maps · {step.done} of {step.total} samples · {seconds(step.seconds_left)} left",
        )
    progress.empty()
