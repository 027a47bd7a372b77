"""What the strength of a prior does, as a chart and as a table.  No page framework here."""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

import lime_core as lc
from lime_core.reports.numbers import score_text, two_decimals, with_chance
from pages.ui.figures.charts import CHANCE, COLORS

Effect = Sequence[lc.AtStrength]


def effect_figure(effect: Effect, k: int, now: float | None = None) -> go.Figure:
    """Steadiness, fit and share of the prior against its strength; deletion and insertion below, where known.

    The strengths stand on a logarithmic scale, with 0 before the others; `now` marks the one that is set.
    """
    on_the_way = any(figures.deletion is not None for figures in effect)
    figure = make_subplots(rows=1 + on_the_way, shared_xaxes=True, vertical_spacing=0.16)
    places = dict(zip((figures.strength for figures in effect), _places(effect), strict=True))

    def line(name: str, values: Sequence[float | None], look: int, row: int = 1) -> None:
        figure.add_scatter(
            x=list(places.values()),
            y=values,
            mode="lines+markers",
            connectgaps=True,
            name=name,
            line={"color": COLORS[look]},
            marker={"symbol": ("circle", "square", "diamond", "triangle-up", "x")[look], "size": 8},
            legend="legend" if row == 1 else "legend2",
            customdata=[f"{strength:g}" for strength in places],
            hovertemplate=f"strength %{{customdata}}: {name} %{{y:.3~g}}<extra></extra>",
            row=row,
            col=1,
        )

    line(f"Jaccard of the top {k}", [figures.jaccard for figures in effect], 0)
    chances = [math.nan if figures.chance is None else figures.chance for figures in effect]
    figure.add_scatter(
        x=list(places.values()), y=chances, mode="lines", name="its chance level",
        line={"color": CHANCE, "dash": "dash", "width": 1.5}, hoverinfo="skip",
    )  # fmt: skip
    line("relative spread", [figures.relative_spread for figures in effect], 4)
    line("R²", [figures.r2 for figures in effect], 2)
    line("share of the prior", [figures.prior_share for figures in effect], 3)
    if on_the_way:
        line("insertion: higher is better", [figures.insertion for figures in effect], 0, row=2)
        line("deletion: lower is better", [figures.deletion for figures in effect], 1, row=2)
        figure.update_yaxes(title_text="score on the way", rangemode="tozero", row=2, col=1)
    if now is not None and now in places:
        figure.add_vline(x=places[now], line={"color": CHANCE, "dash": "dot", "width": 1.5})
    figure.update_xaxes(
        tickvals=list(places.values()), ticktext=[f"{strength:g}" for strength in places], zeroline=False
    )
    figure.update_xaxes(title_text="strength of the prior", row=1 + on_the_way, col=1)
    figure.update_yaxes(title_text="share", rangemode="tozero", row=1, col=1)
    figure.update_layout(
        height=600 if on_the_way else 380,
        margin={"l": 8, "r": 8, "t": 30, "b": 8},
        dragmode=False,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        legend2={"orientation": "h", "y": 0.43, "yanchor": "bottom"},
    )
    return figure


def effect_table(effect: Effect, k: int, unit: str) -> dict[str, list[str]]:
    """The same figures, a row for each strength; `unit` is that of deletion and insertion, as `score_text` takes it."""
    columns = {
        "strength": [f"{figures.strength:g}" for figures in effect],
        f"Jaccard of the top {k}": [with_chance(figures.jaccard, figures.chance) for figures in effect],
        "relative spread": [two_decimals(figures.relative_spread) for figures in effect],
        "R²": [two_decimals(figures.r2) for figures in effect],
        "from the prior": [f"{figures.prior_share:.0%}" for figures in effect],
        "known to it": [f"{figures.prior_coverage:.0%}" for figures in effect],
    }
    for name in ("deletion", "insertion"):
        values = [getattr(figures, name) for figures in effect]
        if any(value is not None for value in values):
            columns[name] = ["–" if value is None or math.isnan(value) else score_text(value, unit) for value in values]
    return columns


def effect_in_words(effect: Effect) -> str:
    """The chart in one sentence, for those who do not see it."""
    first, last = effect[0], effect[-1]
    return (
        f"From strength {first.strength:g} to {last.strength:g}: Jaccard {two_decimals(first.jaccard)} to "
        f"{two_decimals(last.jaccard)}, R² {two_decimals(first.r2)} to {two_decimals(last.r2)}, share of the "
        f"prior {first.prior_share:.0%} to {last.prior_share:.0%}."
    )


def _places(effect: Effect) -> list[float]:
    """Where each strength stands on the axis; 0 stands half a decade before the smallest."""
    least = min((figures.strength for figures in effect if figures.strength > 0), default=1.0)
    return [math.log10(figures.strength) if figures.strength > 0 else math.log10(least) - 0.5 for figures in effect]
