"""Methods side by side as pictures, charts and tables.  No page framework here.

A comparison is a mapping from the names of methods to the reports on their repeats.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from PIL import Image

import lime_core as lc
from lime_core import agreement
from lime_core.arrays import Pixels
from lime_core.palette import diverging
from lime_core.rendering import heatmap, symmetric_limit
from lime_core.trust import count
from pages.ui import words

Comparison = Mapping[str, lc.StabilityReport]

COLORS = ("#4f80ab", "#d3762c", "#6a9a4d", "#9a6ab0")
"""A line's color for each method, in the order of the table of methods; none is a color of the maps."""

_GAP = 6
_WIDEST = 1500


def shared_limit(reports: Comparison) -> float:
    """The end of the one scale for all maps that are compared."""
    return symmetric_limit(np.concatenate([report.weights.ravel() for report in reports.values()]))


def strip(report: lc.StabilityReport, k: int, limit: float) -> Pixels:
    """The top k of every repeat beside each other, on the scale from -limit to +limit."""
    show = "both" if report.ranking == "absolute" else "for"
    view = lc.View(style="tint", opacity=0.75, show=show, num_features=k)
    side = min(448, _WIDEST // len(report.explanations))
    return _beside([_sized(e.overlay(view, scale=2, limit=limit), side) for e in report.explanations])


@dataclass(frozen=True, eq=False)
class ValueMap:
    """One figure of every superpixel, drawn on the picture; `low` and `high` are the ends of its colors."""

    title: str
    pixels: Pixels
    low: str
    high: str
    alt: str


def value_maps(report: lc.StabilityReport, k: int) -> list[ValueMap]:
    """Where an explanation is steady and where it moves: mean, spread, agreement in sign, how often in the top k."""
    e = report.explanations[0]
    unit, limit = words.unit(e), symmetric_limit(report.mean)
    widest = float(np.nanmax(report.spread, initial=0.0)) or 1.0
    # Where a superpixel is seldom selected, less than half of the repeats may have a sign at all.
    agreement_in_sign = np.maximum(2 * report.sign_agreement - 1, 0.0)
    shown = [
        ("Mean weight", report.mean, limit, *words.scale_ends(e, limit)),
        ("Spread (standard deviation)", report.spread, widest, "0", words.size_text(widest, unit)),
        ("Agreement in sign", agreement_in_sign, 1.0, "50% or less", "100%"),
        (f"In the top {k}", report.top_frequency(k), 1.0, "never", "always"),
    ]
    return [
        ValueMap(title, _value_map(e, values, end), low, high, _highest(title, values))
        for title, values, end, low, high in shown
        if e.signed or title != "Agreement in sign"
    ]


def figures_table(reports: Comparison, k: int) -> dict[str, list[str]]:
    """Columns of the table: a row for each figure, a column for each method, chance in brackets."""
    metrics = {name: {m.key: m for m in report.metrics(k)} for name, report in reports.items()}
    rows = {key: m.name for found in metrics.values() for key, m in found.items()}
    columns = {"figure": ["Repeats", *rows.values(), "Error bars / spread"]}
    for name, report in reports.items():
        found = metrics[name]
        figures = [metric_text(found[key]) if key in found else "–" for key in rows]
        columns[lc.METHODS[name].title] = [
            str(len(report.explanations)),
            *figures,
            number_text(report.predicted_over_observed),
        ]
    better = {key: m.better for found in metrics.values() for key, m in found.items()}
    columns["steadier is"] = ["", *(better[key] if key != "r2" else "" for key in rows), "1.00 is right"]
    return columns


def metric_text(metric: lc.Metric) -> str:
    """A figure with what chance gives in brackets."""
    chance = "" if metric.chance is None else f" ({metric.chance:.2f})"
    return f"{number_text(metric.value)}{chance}"


def number_text(value: float) -> str:
    """Two digits behind the point, or a dash where there is no value."""
    return "–" if math.isnan(value) else f"{value:.2f}"


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
    """What the error bars of single runs say beside the spread that is there, a point for each superpixel."""
    unit = 100.0 if _space(reports) == "probability" else 1.0
    figure = go.Figure()
    most = 0.0
    for name, report in reports.items():
        predicted, observed = report.predicted_spread * unit, report.spread * unit
        known = np.isfinite(predicted) & np.isfinite(observed)
        most = max(most, float(np.max(np.concatenate([predicted[known], observed[known]]), initial=0.0)))
        figure.add_scatter(
            x=predicted[known],
            y=observed[known],
            mode="markers",
            name=lc.METHODS[name].title,
            marker={"size": 8, "color": color(name), "opacity": 0.75},
            customdata=np.flatnonzero(known),
            hovertemplate="superpixel %{customdata}: predicted %{x:.3g}, seen %{y:.3g}<extra></extra>",
        )
    end = most * 1.05 or 1.0
    figure.add_scatter(
        x=[0, end], y=[0, end], mode="lines", name="as predicted", line={"dash": "dot", "color": "#8a8f98"},
        hoverinfo="skip",
    )  # fmt: skip
    return _chart(figure, f"predicted by the error bars ({_unit(reports)})", "seen between repeats")


def curves_figure(curves: Mapping[str, Sequence[lc.StabilityReport]], k: int, key: str) -> go.Figure:
    """One figure against the number of samples, a line for each method."""
    figure = go.Figure()
    title = ""
    for name, reports in curves.items():
        found = [next((m for m in report.metrics(k) if m.key == key), None) for report in reports]
        known = [(report.n_samples, m) for report, m in zip(reports, found, strict=True) if m]
        if not known:
            continue
        title = known[0][1].name
        figure.add_scatter(
            x=[n for n, _ in known],
            y=[m.value for _, m in known],
            mode="lines+markers",
            name=lc.METHODS[name].title,
            line={"color": color(name)},
            hovertemplate="%{x} samples: %{y:.2f}<extra></extra>",
        )
    figure.update_xaxes(type="log", dtick=math.log10(2))
    figure.update_yaxes(rangemode="tozero")
    return _chart(figure, "samples in each repeat", title)


def color(name: str) -> str:
    """The color of a method, the same in all charts."""
    return COLORS[list(lc.METHODS).index(name) % len(COLORS)]


def in_words(name: str, report: lc.StabilityReport, k: int) -> str:
    """A method's maps in one sentence, for those who do not see them."""
    sets = agreement.top_sets(report.weights, min(k, 5), report.ranking)
    each = "; ".join(
        f"seed {seed}: {', '.join(str(s) for s in np.flatnonzero(row)) or 'none'}"
        for seed, row in zip(report.seeds, sets, strict=True)
    )
    return (
        f"{lc.METHODS[name].title}: {count(len(report.explanations), 'repeat')} of "
        f"{report.explanations[0].class_name}. Strongest superpixels of each: {each}."
    )


def _space(reports: Comparison) -> str:
    return next(iter(reports.values())).explanations[0].settings.space or ""


def _unit(reports: Comparison) -> str:
    return "percentage points" if _space(reports) == "probability" else _space(reports)


def _chart(figure: go.Figure, x: str, y: str) -> go.Figure:
    figure.update_layout(
        height=380,
        margin={"l": 8, "r": 8, "t": 30, "b": 8},
        dragmode=False,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        xaxis_title=x,
        yaxis_title=y,
    )
    return figure


def _value_map(e: lc.Explanation, values: np.ndarray, limit: float) -> Pixels:
    """The values in the upper half of the scale, or in all of it where they have signs, over the picture in grey."""
    drawn = heatmap(e.segments, np.nan_to_num(values), "nearest")
    grey = np.asarray(Image.fromarray(e.image).convert("L").convert("RGB"), dtype=float)
    strength = 0.7 * diverging(drawn / limit) + 0.3 * grey
    return _sized(strength.round().astype(np.uint8), 448)


def _highest(title: str, values: np.ndarray) -> str:
    order = np.argsort(-np.nan_to_num(values), kind="stable")[:3]
    return f"{title} of each superpixel; highest for superpixels {', '.join(str(s) for s in order)}."


def _sized(pixels: Pixels, side: int) -> Pixels:
    """The picture with its longer side of that many pixels."""
    picture = Image.fromarray(pixels)
    scale = side / max(picture.size)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return np.asarray(picture.resize(size, Image.Resampling.LANCZOS))


def _beside(pictures: Sequence[Pixels]) -> Pixels:
    """Pictures of one size in a row, with clear gaps between them; (h, w, 4)."""
    height, width = pictures[0].shape[:2]
    row = np.zeros((height, len(pictures) * (width + _GAP) - _GAP, 4), dtype=np.uint8)
    for number, picture in enumerate(pictures):
        start = number * (width + _GAP)
        row[:, start : start + width, :3] = picture
        row[:, start : start + width, 3] = 255
    return row
