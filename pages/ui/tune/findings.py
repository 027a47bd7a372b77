"""What a search has found: the best, the front, all settings, what decides, what travels, and what people prefer."""

from __future__ import annotations

import json

import streamlit as st

import lime_core as lc
from lime_core.findings.problems import problems_in_words
from lime_core.reports.numbers import two_decimals
from pages.ui.figures.charts import PLAIN
from pages.ui.figures.sentences import sentence
from pages.ui.takeaway.search import offer_search
from pages.ui.tune import charts
from pages.ui.tune.base import carry
from pages.ui.tune.blind import compare_blind
from pages.ui.tune.charts import gain_in_words, setting_in_words, settings_in_words
from pages.ui.tune.maps import explained, show_map, show_where_the_pointer_is

VIEWS = ("Front", "All settings", "What decides", "What travels", "Which do you prefer?")

ACROSS = 4
"""Maps of one setting that are shown."""


def show_findings(study: lc.Study, running: bool) -> None:
    """The best so far, one of several views, and what can be taken along."""
    losses = lc.Losses.of(study)
    model = losses.cases[0].model
    unit = model.unit or lc.SPACES[model.kind][0]
    for problem in problems_in_words(losses):
        st.caption(f":material/warning: {sentence(problem)}")
    _show_best(losses, study, unit)
    place = _choose(losses, study, unit)
    view = st.segmented_control(
        "Look at", VIEWS, default=VIEWS[0], required=True, key="tune-view", persist_state="session"
    )
    if view == VIEWS[0]:
        _front(losses, place, unit)
    elif view == VIEWS[1]:
        st.plotly_chart(
            charts.parallel_figure(losses, list(study.space.varied), unit), config=PLAIN, key="tune-parallel",
            alt="Every setting as a line through the values of its parts, its stability and its gain.",
        )  # fmt: skip
        st.caption("Each line is a setting; light is good. Drag along an axis to see only what goes through there.")
    elif view == VIEWS[2]:
        _what_decides(losses)
    elif view == VIEWS[3]:
        _what_travels(losses)
    else:
        compare_blind(losses, study, unit, running)


def _show_best(losses: lc.Losses, study: lc.Study, unit: str) -> None:
    best, base = losses.best(), losses.settings[0]
    st.markdown(f"**Best so far: {sentence(setting_in_words(losses.settings[best], base))}**")
    gain = gain_in_words(losses.mean_gains[best], unit)
    beside = "" if best == 0 else f", {gain_in_words(losses.mean_gains[0], unit)} with the settings to begin with"
    stability = two_decimals(losses.stability[best])
    enough = ""
    if not losses.usable[best]:
        enough = f" It is not as steady as asked for ({study.floor:g}): no setting is."
    elif not losses.choosable[0] and losses.usable[0]:
        enough = " The settings to begin with cannot explain every photo."
    elif not losses.usable[0]:
        base_stability = two_decimals(losses.stability[0])
        enough = f" The settings to begin with are not as steady as asked for: {base_stability} of {study.floor:g}."
    st.markdown(
        sentence(
            f"Relevance gain {gain}{beside} · stability {stability} · R² on samples that were not fitted "
            f"{two_decimals(losses.held_out_r2[best])}.{enough}"
        )
    )


def _front(losses: lc.Losses, place: int, unit: str) -> None:
    """Samples against gain; where the pointer is, the map; and the maps of the chosen setting on the first photos."""
    with st.container(key="tune-front"):
        st.plotly_chart(
            charts.front_figure(losses, unit), config=PLAIN, key="tune-front-chart",
            alt="The mean relevance gain of every setting against its samples, with a line through the best ones.",
        )  # fmt: skip
    show_where_the_pointer_is("tune-front", losses, list(settings_in_words(losses, unit)), losses.cases[0])
    st.caption(
        "Up is better, left is cheaper. The pointer on a point shows its map of the first photo, for the best ones."
    )
    grid = st.grid(ACROSS, min_column_width=150)
    for number, case in enumerate(losses.cases[:ACROSS]):
        with grid.cell():
            e = explained(losses.settings[place], case)
            told = f"{case.picture.name} · {case.model.name} · gain {gain_in_words(losses.gains[place, number], unit)}"
            if e is None:
                st.caption(sentence(f"{told} · there is no map, or its samples had to make room"))
            else:
                show_map(e, told)


def _what_decides(losses: lc.Losses) -> None:
    shares = lc.importances(losses)
    if not shares:
        st.info("Too few settings so far, or all are alike. Search on.", icon=":material/hourglass_bottom:")
        return
    st.plotly_chart(
        charts.importance_figure(shares), config=PLAIN, key="tune-importance",
        alt="; ".join(f"{charts.part_in_words(part)} {share:.0%}" for part, share in shares.items()),
    )  # fmt: skip
    st.caption(
        "How much of the difference between settings each part makes by itself or with others (functional analysis of "
        "variance). Of fits only those that were judged count."
    )


def _what_travels(losses: lc.Losses) -> None:
    """The table, and the four answers: another photo, another class, another model, and what must be tuned anew."""
    st.table(
        charts.losses_table(losses),
        hide_index=True,
        border="horizontal",
        alt="What each of the best settings loses in each case, as a share of the best gain there.",
    )
    st.caption(sentence(charts.lost_in_words(losses)))
    answers = [journey.in_words() for journey in lc.journeys(losses)]
    for answer in (*answers, lc.parts_in_words(losses), lc.left_out_in_words(losses)):
        if answer:
            st.markdown(f"- {sentence(answer)}")


def _choose(losses: lc.Losses, study: lc.Study, unit: str) -> int:
    """The setting that is looked at and taken to Explain, the best unless another is chosen; and the files."""
    labels = settings_in_words(losses, unit)
    key = f"tune-setting-{len(labels)}-{losses.best()}"
    chosen = st.selectbox("Setting", list(labels), format_func=labels.__getitem__, key=key)
    with st.container(horizontal=True):
        st.button(
            "Use in Explain",
            icon=":material/center_focus_strong:",
            key="study-use",
            on_click=carry,
            args=(losses.settings, key),
            help="Sets every control at the left as this setting has it, without a prior.",
        )
        st.download_button(
            "CSV", losses.to_csv(), "settings.csv", "text/csv", icon=":material/download:", on_click="ignore",
            help="A row for each setting in each case.",
        )  # fmt: skip
        st.download_button(
            "JSON",
            json.dumps(losses.to_record(), indent=1),  # no function: the page would hold models and photos by it
            "settings.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
            help="Every setting as Python reads it back, with what it gains and loses.",
        )
        offer_search(losses, study)
    return chosen
