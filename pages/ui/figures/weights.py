"""The weights of an explanation as bars with error bars, and as a table."""

from __future__ import annotations

from html import escape

import numpy as np
import plotly.graph_objects as go

import lime_core as lc
from lime_core.drawing.heatmap import ranked
from lime_core.reports.numbers import axis_title, number, weight_text
from lime_core.reports.sentences import directions, of_values
from pages.ui.figures import sentences


def weights_figure(e: lc.Explanation, view: lc.View, limit: float) -> go.Figure:
    """Bars of the superpixels that the view draws, strongest on top, with 95% error bars in the colors of the map.

    Where a prior made a part of the weights, that share of each bar, its outer end, is pale.
    """
    drawn = ranked(e.weights, view.show, view.num_features, view.min_weight)[::-1]
    space = e.unit
    unit = 100.0 if space == "probability" else 1.0
    error = np.nan_to_num(1.96 * e.standard_error[drawn] * unit)
    names = [f"superpixel {superpixel}" for superpixel in drawn]
    marker = {
        "color": [_css(view.for_color if e.weights[s] > 0 else view.against_color) for s in drawn],
        "pattern": {"shape": ["" if e.weights[s] > 0 else "/" for s in drawn], "size": 5, "solidity": 0.25},
    }
    pulled = bool(e.prior_share[drawn].any())
    figure = go.Figure()
    if pulled:
        own = e.weights[drawn] * (1.0 - e.prior_share[drawn]) * unit
        figure.add_bar(x=own, y=names, orientation="h", marker=marker, hoverinfo="skip")
    figure.add_bar(
        x=e.weights[drawn] * unit,
        y=names,
        orientation="h",
        marker={**marker, "opacity": 0.4} if pulled else marker,
        error_x={"type": "data", "array": error, "thickness": 1.4, "width": 3, "color": "#7a7a7a"},
        customdata=_facts(e, drawn),
        hovertemplate="<b>superpixel %{customdata[0]}</b> (%{customdata[1]})<br>%{customdata[2]}<br>"
        "%{customdata[3]} of the picture<extra></extra>",
    )
    read = lc.readings(e)[:, drawn] * unit if len(e.members) > 1 else np.empty((0, len(drawn)))
    if len(read):
        dots = {"color": "#ffffff", "size": 6, "line": {"color": "#1a1a1a", "width": 1.2}}
        figure.add_scatter(x=read.ravel(), y=names * len(read), mode="markers", marker=dots, hoverinfo="skip")
    farthest = max(np.max(np.abs(e.weights[drawn] * unit) + error, initial=0.0), np.max(np.abs(read), initial=0.0))
    reach = max(limit * unit, float(farthest)) * 1.05
    low = -reach if (e.weights[drawn] < 0).any() or (read < 0).any() else -0.04 * reach
    high = reach if (e.weights[drawn] > 0).any() or (read > 0).any() else 0.04 * reach
    title = axis_title(escape(space))
    scale = {"range": [low, high]} if len(drawn) else {"showticklabels": False}  # no scale of nothing
    figure.update_layout(
        height=max(170, 26 * len(drawn) + 70),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        bargap=0.28,
        barmode="overlay",
        showlegend=False,
        dragmode=False,
        xaxis={**scale, "zeroline": True, "exponentformat": "e", "title": {"text": title, "font": {"size": 12}}},
        yaxis={"tickfont": {"size": 12}, "automargin": True},
    )
    return figure


def weights_table(e: lc.Explanation, half_width: float | None = None) -> dict[str, list[object]]:
    """Columns of the table that says what the map and the bars say, strongest superpixel first.

    half_width : half of a 95% error bar, in the unit of the score; adds how many samples would make each one as short
    """
    order = np.argsort(-np.abs(e.weights), kind="stable")
    space = e.unit
    centers = e.scene.segmentation.centers
    sizes = _sizes(e)
    signs, places = lc.sign_certainty(e), e.entry_places
    table: dict[str, list[object]] = {
        "superpixel": [int(s) for s in order],
        "effect" if of_values(e) else "speaks": [_speaks(e, int(s)) for s in order],
        "weight": [weight_text(float(e.weights[s]), space) for s in order],
        "± 95%": [_margin(e, int(s)) for s in order],
        **({"from the prior": [f"{e.prior_share[s]:.0%}" for s in order]} if e.settings.prior else {}),
        **({"segmentations": _segmentations(e, order)} if len(e.members) > 1 else {}),
        **({"enters": [int(places[s]) or None for s in order]} if len(e.entered) else {}),
        "sign certain": [sentences.percent(signs[s]) for s in order],
        "where": [sentences.place(*centers[s], *e.segments.shape) for s in order],
        "size": [sizes[s] for s in order],
    }
    if half_width:
        needed = lc.samples_needed(e, half_width)
        table["samples it takes"] = ["" if np.isnan(needed[s]) else f"{max(needed[s], 2):.0f}" for s in order]
    return table


def _facts(e: lc.Explanation, superpixels: np.ndarray) -> list[tuple[int, str, str, str]]:
    """For each superpixel: its number, where it lies, its weight with error, and its share of the picture."""
    centers = e.scene.segmentation.centers
    sizes = _sizes(e)
    return [
        (int(s), sentences.place(*centers[s], *e.segments.shape), _weight_and_margin(e, int(s)), sizes[s])
        for s in superpixels
    ]


def _sizes(e: lc.Explanation) -> list[str]:
    """The share of the picture that each superpixel has; empty for the border, which is no part of it."""
    cut = e.scene.segmentation
    return ["" if s == cut.border else f"{share:.1%}" for s, share in enumerate(cut.photo_shares)]


def _weight_and_margin(e: lc.Explanation, superpixel: int) -> str:
    if e.inert[superpixel]:
        return "cannot be explained: hiding changes nothing here"
    weight = escape(weight_text(float(e.weights[superpixel]), e.unit))  # Plotly reads tags in what is hovered
    margin, share = _margin(e, superpixel), float(e.prior_share[superpixel])
    return weight + (f" ± {margin}" if margin else "") + (f", {share:.0%} from the prior" if share else "")


def _margin(e: lc.Explanation, superpixel: int) -> str:
    error = 1.96 * float(e.standard_error[superpixel])
    if np.isnan(error) or e.inert[superpixel]:
        return ""
    return number(100 * error if e.unit == "probability" else error)


def _segmentations(e: lc.Explanation, superpixels: np.ndarray) -> list[object]:
    """In how many segmentations each superpixel has the sign that it has in the mean."""
    agree = np.where(e.weights < 0, *lc.segmentations_for(e)[::-1])
    return [f"{agree[s]} of {len(e.members)}" if e.weights[s] else "" for s in superpixels]


def _speaks(e: lc.Explanation, superpixel: int) -> str:
    if e.inert[superpixel]:
        return "cannot be explained"
    if e.weights[superpixel] == 0:
        return "left out"
    if not e.signed:
        return "important"
    return directions(e)[int(e.weights[superpixel] > 0)]


def _css(color: tuple[int, int, int]) -> str:
    return f"rgb{color}"
