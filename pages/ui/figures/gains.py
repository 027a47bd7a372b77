"""The curves of a symmetric relevance gain, and the pictures on the way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

import lime_core as lc
from lime_core.arrays import Pixels
from lime_core.reports.numbers import axis_title
from pages.ui.figures.charts import framed

FILLS = ("mean color", "blur")
"""What stands in the place of pixels that are gone, in the order of `PixelFlipping().fills`."""

NO_DIRECTION = "A tree's importances have no direction: what lowers the score goes first too, which lowers the gain."
"""What a relevance gain is to be read with."""

COLORS = {"most": "#c4527a", "least": "#4f80ab"}
"""Of the two orders; neither is a color of the maps."""


def gain_figure(gain: lc.RelevanceGain, fills: Sequence[str], unit: str) -> go.Figure:
    """The score against the share that is gone: a line for each order and fill, with the area between both.

    unit : of the score, which is that of the gain
    """
    figure = go.Figure()
    scale = 100.0 if unit == "probability" else 1.0
    for number, fill in enumerate(fills):
        for order, curve in (("least", gain.least_first[number]), ("most", gain.most_first[number])):
            figure.add_scatter(
                x=100.0 * curve.shares,
                y=scale * curve.scores,
                mode="lines",
                name=f"{order} relevant first, {fill}",
                line={"color": COLORS[order], "dash": ("solid", "dash")[number % 2]},
                hovertemplate="%{x:.0f}% gone: %{y:.3g}<extra></extra>",
            )
    figure.update_yaxes(rangemode="tozero")
    title = "probability (%)" if unit == "probability" else axis_title(unit)
    return framed(figure, "removed of the picture (%)", title)


def step_pictures(probe: lc.Probe, step: int) -> tuple[Pixels, Pixels]:
    """What the model was shown when so many buckets were gone, the most relevant first and the least."""
    scene = probe.scene
    labels, last = scene.segmentation.labels, scene.segmentation.d
    if scene.segmentation.border is not None:
        last -= 1
    gone = labels < step, (labels >= last - step) & (labels < last)
    most, least = (np.where(each[..., None], scene.hidden, scene.image) for each in gone)
    return most, least
