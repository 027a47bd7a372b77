"""The steps as charts and as the tables that say the same.  No page framework here."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

import lime_core as lc
from lime_core.arrays import Indices
from lime_core.reports.numbers import axis_title, number, score_text
from pages.ui.figures.charts import CHANCE, COLORS, framed
from pages.ui.figures.sentences import sentence
from pages.ui.learn.words import counted_in_words, shown_in_words

Answers = Sequence[tuple[int, str, float]]
"""Class or output, its name and its score."""


def answers_figure(answers: Answers, explained: int, unit: str) -> go.Figure:
    """What the model says of the photo; the class that is explained stands out."""
    scale = 100.0 if unit == "probability" else 1.0
    rows = list(answers)[::-1]
    figure = go.Figure(
        go.Bar(
            x=[scale * score for _, _, score in rows],
            y=[escape(name) for _, name, _ in rows],
            orientation="h",
            text=[escape(score_text(score, unit)) for _, _, score in rows],
            textposition="outside",
            cliponaxis=False,
            marker={"color": [COLORS[0] if index == explained else CHANCE for index, _, _ in rows]},
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )
    figure.update_layout(
        height=40 + 30 * len(rows), margin={"l": 8, "r": 56, "t": 4, "b": 4}, dragmode=False, bargap=0.3
    )
    figure.update_xaxes(visible=False, range=[0, 100] if scale == 100 else None)
    figure.update_yaxes(automargin=True, tickfont={"size": 13}, type="category")
    return figure


def answers_table(answers: Answers, unit: str, noun: str) -> dict[str, list[str]]:
    """The same as a table."""
    return {
        noun: [sentence(name) for _, name, _ in answers],
        "the model says": [sentence(score_text(score, unit)) for _, _, score in answers],
    }


def kernel_figure(samples: lc.FittedSamples, telling: Indices) -> go.Figure:
    """What a sample counts by the share of superpixels that it shows; those with a picture above stand out."""
    d = len(samples.by_shown) - 1
    shares, first, counts = np.unique(np.round(samples.shown, 6), return_index=True, return_counts=True)
    figure = go.Figure()
    figure.add_scatter(
        x=100 * np.arange(d + 1) / d, y=samples.by_shown, mode="lines", name="kernel", line={"color": CHANCE},
        hoverinfo="skip",
    )  # fmt: skip
    figure.add_scatter(
        x=100 * shares,
        y=samples.sample_weights[first],
        mode="markers",
        name="samples, the larger the more",
        marker={"color": COLORS[0], "opacity": 0.7, "size": 7 + 17 * np.sqrt(counts / counts.max())},
        customdata=np.stack([counts, [counted_in_words(samples, int(row)) for row in first]], axis=1),
        hovertemplate="%{customdata[0]} samples show %{customdata[1]}<br>and count %{y:.2f}<extra></extra>",
    )
    places = np.round(samples.shown[telling], 6)
    for turn, share in enumerate(np.unique(places)):
        rows = [int(row) for row in telling[places == share]]
        figure.add_scatter(
            x=[100 * share],
            y=[samples.sample_weights[rows[0]]],
            mode="markers",
            name="shown above",
            showlegend=turn == 0,
            marker={"color": COLORS[1], "size": 8, "symbol": "diamond", "line": {"color": "#ffffff", "width": 1}},
            hovertemplate=f"sample {', '.join(map(str, rows))}: counts %{{y:.2f}}<extra></extra>",
        )
    framed(figure, "superpixels shown, %", "counts")
    figure.update_xaxes(range=[-2, 102])
    figure.update_yaxes(range=[-0.05, 1.1])
    figure.update_layout(height=330)
    return figure


def kernel_table(samples: lc.FittedSamples, telling: Indices) -> dict[str, list[object]]:
    """How many samples show so many superpixels, what each counts, and which of those above are among them."""
    shares, first, place, counts = np.unique(
        np.round(samples.shown, 6), return_index=True, return_inverse=True, return_counts=True
    )
    above = [", ".join(str(row) for row in telling if place[row] == which) for which in range(len(shares))]
    return {
        "superpixels shown": [counted_in_words(samples, int(row)) for row in first],
        "samples": counts.tolist(),
        "each counts": [number(float(samples.sample_weights[row])) for row in first],
        "of those above": list(above),
    }


def samples_table(samples: lc.FittedSamples, unit: str) -> dict[str, list[object]]:
    """Every sample: what it shows, what it counts, what the model and the map say."""
    rows = range(len(samples))
    return {
        "sample": list(rows),
        "superpixels shown": [shown_in_words(samples, row) for row in rows],
        "counts": [number(float(weight)) for weight in samples.sample_weights],
        "the model says": [score_text(float(score), unit) for score in samples.scores],
        "the map says": [score_text(float(score), unit) for score in samples.predicted],
    }


def axis(unit: str) -> str:
    """What stands at an axis of scores."""
    return "%" if unit == "probability" else axis_title(unit)
