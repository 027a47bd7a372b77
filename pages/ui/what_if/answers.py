"""What the model says of the hidden version, and beside it what the map says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

import lime_core as lc
from lime_core.arrays import Weights
from lime_core.reports.numbers import score_text, two_decimals, weight_text
from lime_core.reports.sentences import count
from pages.ui.figures.sentences import sentence

BESIDE = 3
"""Classes beside the explained one: so many of the most likely ones with all shown, and of those now."""


@dataclass(frozen=True, eq=False)
class Weighed:
    """What is left of an explanation where neither its samples nor its model are to be held."""

    weights: Weights
    unit: str
    r2: float
    signed: bool


@dataclass(frozen=True)
class Row:
    """One class: its scores with all shown and now, and what the map says now; None where there is none."""

    name: str
    whole: float
    now: float
    told: float | None


def classes_of(answers: lc.Answers, class_index: int) -> list[int]:
    """The explained class, and those that are the most likely with all shown or now; of values the first outputs."""
    if answers.kind == "values":
        first = [*range(min(BESIDE, answers.outputs.shape[1]))]
    else:
        first = [*answers.most_likely(0, BESIDE), *answers.most_likely(1, BESIDE)]
    return list(dict.fromkeys([class_index, *first]))


def rows_of(
    answers: lc.Answers, classes: list[int], names: list[str], space: str, maps: Mapping[int, lc.LocalMap | None]
) -> list[Row]:
    """The rows of the table; `answers` are those with all shown, and those now."""
    rows = []
    for index, name in zip(classes, names, strict=True):
        whole, now = answers.scores(index, space).tolist()
        local = maps.get(index)
        rows.append(Row(name, whole, now, None if local is None else float(local(answers.shown[1:])[0])))
    return rows


def show_first(row: Row, space: str, value_unit: str, hidden: int, everyone: int) -> None:
    """The explained class or output in large numbers."""
    st.markdown(f"**{sentence(row.name)}** · {sentence(f'{hidden} of')} {count(everyone, 'superpixel')} hidden")
    grid = st.grid(3, min_column_width=95)
    moved = weight_text(row.now - row.whole, space) if row.now != row.whole else "no change"
    off = "no samples" if row.told is None else f"off by {weight_text(row.told - row.now, space)}"
    plain: dict[str, Any] = {"delta_color": "off", "delta_arrow": "off"}
    grid.metric(
        "all shown",
        score_text(row.whole, space),
        delta="the photo",
        **plain,
        help="The model's score of the full picture.",
    )
    grid.metric(
        "model now",
        score_text(row.now, space),
        delta=moved,
        **plain,
        help="The model's score of the picture as it is here, and how far that is from the full one's.",
    )
    grid.metric(
        "map now",
        "–" if row.told is None else score_text(row.told, space),
        delta=off,
        **plain,
        help="The map's intercept and the weights of what is shown, added up; and how far that is from the model.",
    )
    if value_unit:  # beside the numbers there is no room for it
        st.caption(sentence(f"All in {value_unit}."))


def show_all(rows: list[Row], noun: str, unit: str, weighed: Weighed | None) -> None:
    """All classes or outputs in a table, which says so in a word, and what follows."""
    table = [
        {
            noun: sentence(row.name),
            "all shown": score_text(row.whole, unit),
            "model now": score_text(row.now, unit),
            "map now": "–" if row.told is None else score_text(row.told, unit),
            "map − model": "–" if row.told is None else weight_text(row.told - row.now, unit),
        }
        for row in rows
    ]
    st.table(table, hide_index=True, width="stretch")
    if weighed is None:
        st.info("What the map says needs samples of these superpixels: press **Explain**.", icon=":material/grid_on:")
    elif not weighed.signed:
        st.caption("Importances of a tree have no direction: no score follows from them. Choose another surrogate.")
    else:
        st.caption(
            f"The map adds up what each superpixel does on average (R² {sentence(two_decimals(weighed.r2))}). Where it "
            "is off, superpixels do more or less together than alone, and no sum can say that."
        )
