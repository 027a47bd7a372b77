"""What a search has found as charts and as a table.  No page framework here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from pandas.io.formats.style import Styler

import lime_core as lc
from lime_core.reports.numbers import weight_text
from lime_core.tuning.setting import CALLED
from pages.ui.figures.charts import CHANCE, COLORS, framed
from pages.ui.figures.sentences import sentence

ROWS = 12
"""Settings of the table, the best ones."""

BASE = "the settings to begin with"


def part_in_words(part: str) -> str:
    """What a part of a setting is called."""
    return CALLED.get(part, part)


def setting_in_words(setting: lc.Setting, base: lc.Setting) -> str:
    """What of a setting is not as in the one to begin with."""
    return setting.apart_in_words(base) or BASE


def settings_in_words(losses: lc.Losses, unit: str) -> dict[int, str]:
    """Every setting with its gain, by its place: the best, the one to begin with, the front, and the others."""
    base, gains = losses.settings[0], losses.mean_gains
    return {
        place: f"{setting_in_words(losses.settings[place], base)} (gain {gain_in_words(gains[place], unit)})"
        for place in (losses.best(), 0, *losses.front(), *losses.ranked)
    }


def front_figure(losses: lc.Losses, unit: str) -> go.Figure:
    """Every setting by its samples and its mean gain, and a line through those that no other beats in both."""
    base, gains = losses.settings[0], losses.mean_gains
    counts = np.array([setting.num_samples for setting in losses.settings])
    words = [escape(setting_in_words(setting, base)) for setting in losses.settings]
    scale = 100.0 if unit == "probability" else 1.0
    figure = go.Figure()
    kinds = (
        ("steady enough", losses.usable & losses.whole, {"color": COLORS[0]}),
        ("not steady enough", ~losses.usable, {"color": CHANCE, "symbol": "circle-open"}),
        ("cannot explain every photo", losses.usable & ~losses.whole, {"color": CHANCE, "symbol": "x-thin-open"}),
    )
    for name, of, marker in kinds:
        places = [int(place) for place in np.flatnonzero(of & ~np.isnan(gains)) if place]
        if not places and name != kinds[0][0]:
            continue
        figure.add_scatter(
            x=counts[places],
            y=scale * gains[places],
            mode="markers",
            name=name,
            marker={"size": 9, "opacity": 0.75, **marker},
            customdata=places,
            text=[words[place] for place in places],
            hovertemplate="%{text}<br>%{x} samples: gain %{y:.3g}<extra></extra>",
        )
    front = list(losses.front())
    figure.add_scatter(
        x=counts[front], y=scale * gains[front], mode="lines", name="no setting is better with as many samples",
        line={"color": COLORS[2], "shape": "hv"}, hoverinfo="skip",
    )  # fmt: skip
    figure.add_scatter(
        x=counts[:1], y=scale * gains[:1], mode="markers", name=BASE, customdata=[0], text=words[:1],
        marker={"size": 15, "symbol": "star", "color": COLORS[1]},
        hovertemplate="%{text}<br>%{x} samples: gain %{y:.3g}<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(type="log", tickvals=sorted(set(counts.tolist())), tickformat="d")
    return framed(figure, "samples", "mean relevance gain" + (", percentage points" if scale == 100 else ""))


def parallel_figure(losses: lc.Losses, varied: Sequence[str], unit: str) -> go.Figure:
    """Every setting as a line through its parts, to its stability and its gain."""
    gains = losses.mean_gains
    known = np.flatnonzero(~np.isnan(gains))
    scale = 100.0 if unit == "probability" else 1.0
    values = [losses.settings[place].values for place in known]
    dimensions: list[dict[str, Any]] = []
    for part in varied:
        texts = _without_common_word([each[part] for each in values])
        order = list(dict.fromkeys(sorted(texts, key=_natural)))
        dimensions.append(
            {
                "label": part_in_words(part),
                "values": [order.index(text) for text in texts],
                "tickvals": list(range(len(order))),
                "ticktext": [_short(text) for text in order],
            }
        )
    dimensions += [
        {"label": "stability", "values": losses.stability[known]},
        {"label": "gain", "values": scale * gains[known]},
    ]
    figure = go.Figure(
        go.Parcoords(
            dimensions=dimensions,
            line={"color": gains[known], "colorscale": "Viridis"},
            labelside="bottom",
            labelangle=-15,
            rangefont={"size": 1, "color": "rgba(0,0,0,0)"},
        )
    )
    figure.update_layout(height=420, margin={"l": 90, "r": 40, "t": 30, "b": 70})
    return figure


def importance_figure(shares: Mapping[str, float]) -> go.Figure:
    """How much of the difference between settings each part makes."""
    names = [part_in_words(part) for part in shares][::-1]
    figure = go.Figure(
        go.Bar(
            x=[100 * share for share in shares.values()][::-1],
            y=names,
            orientation="h",
            marker={"color": COLORS[0]},
            hovertemplate="%{y}: %{x:.0f}%<extra></extra>",
        )
    )
    framed(figure, "share of the variance of the mean gain, %", "")
    figure.update_layout(height=90 + 36 * len(names))
    return figure


def losses_table(losses: lc.Losses) -> Styler:
    """The best settings in every case: what each loses of the best there, the darker the more."""
    shown, several = losses.losses, len({case.model.name for case in losses.cases}) > 1
    order = [0, *(int(place) for place in losses.ranked if place)][:ROWS]
    heads = [case.picture.name + (f" · {case.model.name}" if several else "") for case in losses.cases]
    heads = [f"{head} ({number + 1})" if heads.count(head) > 1 else head for number, head in enumerate(heads)]
    base = losses.settings[0]
    names = [sentence(setting_in_words(losses.settings[place], base)) for place in order]
    figures = [*(sentence(head) for head in heads), "mean"]
    frame = pd.DataFrame(np.column_stack([shown[order], losses.mean_losses[order]]), columns=figures)
    frame.insert(0, "setting", names)
    return frame.style.map(_shade, subset=figures).format(dict.fromkeys(figures, _percent))


def lost_in_words(losses: lc.Losses) -> str:
    """What the numbers of the table are shares of, and what it is that lies below 0."""
    lost = "What is lost of the best gain of each case: 0% is the best"
    if not (losses.usable & losses.whole).any():
        return f"{lost}; no setting is as steady as asked for."
    return f"{lost} that is steady enough and explains every photo; what is below 0 is better, and does not."


def gain_in_words(gain: float, unit: str) -> str:
    """A gain in the unit of its score; a dash where it is not known."""
    return "–" if np.isnan(gain) else weight_text(gain, unit)


def _percent(loss: float) -> str:
    return "–" if np.isnan(loss) else f"{loss:.0%}"


def _shade(loss: float) -> str:
    """The ground of a cell: none where nothing is lost, orange where half of the gain or more is."""
    return "" if np.isnan(loss) else f"background-color: rgba(211, 118, 44, {0.75 * min(max(2 * loss, 0), 1):.2f})"


def _natural(text: str) -> tuple[float, str]:
    """Numbers by size, and names by the alphabet."""
    try:
        return float(text), ""
    except ValueError:
        return float("inf"), text


def _without_common_word(texts: Sequence[str]) -> list[str]:
    """Settings of one option without its name, which stands at the axis' other values too."""
    words = {text.partition(" ")[0] for text in texts}
    if len(words) == 1 and len(set(texts)) > 1:
        texts = [text.partition(" ")[2] for text in texts]
    return [text or "as usual" for text in texts]


def _short(text: str) -> str:
    return text if len(text) <= 22 else f"{text[:21]}…"
