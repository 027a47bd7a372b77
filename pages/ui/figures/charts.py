"""Methods side by side as charts, and how all charts look.  No page framework here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

import lime_core as lc
from lime_core.drawing.heatmap import symmetric_limit
from lime_core.evaluation import agreement
from lime_core.reports.numbers import axis_title
from pages.ui.figures.comparison import Comparison

COLORS = ("#4f80ab", "#c4527a", "#d3762c", "#6a9a4d", "#2f8f8a", "#9a6ab0")
"""A line's color for each method, in the order of the table of methods; none is a color of the maps."""

CHANCE = "#8a8f98"
"""The color of lines that are no method."""

PLAIN = {"displayModeBar": False}
"""Plotly's configuration of every chart: without its bar of buttons."""


def pairs_figure(report: lc.StabilityReport, k: int) -> go.Figure:
    """How far each pair of repeats agrees in its top k."""
    values = agreement.jaccard(report.weights, k, report.ranking)
    seeds = [f"seed {seed}" for seed in report.seeds]
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=seeds,
            y=seeds,
            zmin=0,
            zmax=1,
            colorscale=[[0, "#f3f4f6"], [1, "#2d5f8b"]],
            texttemplate="%{z:.2f}" if len(seeds) <= 12 else None,
            hovertemplate="%{y}, %{x}: %{z:.2f}<extra></extra>",
            colorbar={"title": {"text": "Jaccard"}},
        )
    )
    figure.update_layout(height=380, margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False)
    figure.update_yaxes(autorange="reversed")
    return figure


def spread_figure(reports: Comparison) -> go.Figure:
    """The spread that error bars of single runs predict beside that of the repeats, a point for each superpixel."""
    of = next(iter(reports.values())).explanations[0].score_unit
    title, unit = axis_title(escape(of)), 100.0 if of == "probability" else 1.0
    figure = go.Figure()
    most = 0.0
    for name, report in reports.items():
        predicted, observed = report.predicted_spread * unit, report.spread * unit
        finite = np.isfinite(predicted) & np.isfinite(observed)
        most = max(most, float(np.max(np.concatenate([predicted[finite], observed[finite]]), initial=0.0)))
        figure.add_scatter(
            x=predicted[finite],
            y=observed[finite],
            mode="markers",
            name=lc.METHODS[name].title,
            marker={"size": 8, "color": color(name), "opacity": 0.75},
            customdata=np.flatnonzero(finite),
            hovertemplate="superpixel %{customdata}: predicted %{x:.3g}, seen %{y:.3g}<extra></extra>",
        )
    # Where nothing moves, the axes reach as far as the weights do.
    end = 1.05 * (most or unit * symmetric_limit(np.concatenate([report.mean for report in reports.values()])))
    figure.add_scatter(
        x=[0, end], y=[0, end], mode="lines", name="as predicted", line={"dash": "dot", "color": CHANCE},
        hoverinfo="skip",
    )  # fmt: skip
    return framed(figure, f"predicted by the error bars ({title})", "seen between repeats")


def curves_figure(curves: Mapping[str, Sequence[lc.StabilityReport]], k: int, key: str) -> go.Figure:
    """One figure against the number of samples: a line for each method, and a dashed one for chance.

    Where methods have other levels of chance, as with fewer superpixels in their top sets, each has a line of its own.
    """
    figure = go.Figure()
    title = ""
    chances: dict[tuple[tuple[int, float], ...], list[str]] = {}
    for name, reports in curves.items():
        metrics = [next((m for m in report.metrics(k) if m.key == key), None) for report in reports]
        points = [(report.n_samples, m) for report, m in zip(reports, metrics, strict=True) if m]
        if not points:
            continue
        title = points[0][1].name
        figure.add_scatter(
            x=[n for n, _ in points],
            y=[m.value for _, m in points],
            mode="lines+markers",
            name=lc.METHODS[name].title,
            line={"color": color(name)},
            hovertemplate="%{x} samples: %{y:.2f}<extra></extra>",
        )
        level = tuple((n, round(m.chance, 6)) for n, m in points if m.chance is not None)
        chances.setdefault(level, []).append(name)
    for level, names in chances.items():
        if not level:
            continue
        alone = len(chances) > 1
        figure.add_scatter(
            x=[n for n, _ in level],
            y=[chance for _, chance in level],
            mode="lines",
            name=f"chance, {' and '.join(lc.METHODS[name].title for name in names)}" if alone else "chance",
            line={"color": color(names[0]) if alone else CHANCE, "dash": "dash", "width": 1.5},
            hovertemplate="chance: %{y:.2f}<extra></extra>",
        )
    figure.update_xaxes(type="log", dtick=math.log10(2))
    figure.update_yaxes(rangemode="tozero")
    return framed(figure, "samples in each repeat", title)


def color(name: str) -> str:
    """The color of a method, the same in all charts."""
    return COLORS[list(lc.METHODS).index(name) % len(COLORS)]


def framed(figure: go.Figure, x: str, y: str) -> go.Figure:
    """The figure with its axes named, as all charts look."""
    figure.update_xaxes(exponentformat="e")
    figure.update_yaxes(exponentformat="e")
    figure.update_layout(
        height=380,
        margin={"l": 8, "r": 8, "t": 30, "b": 8},
        dragmode=False,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        xaxis_title=x,
        yaxis_title=y,
    )
    return figure
