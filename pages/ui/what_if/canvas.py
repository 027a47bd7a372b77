"""The crop with its superpixels, to be pressed: a component in the page, for Streamlit's pictures have no presses."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

import lime_core as lc
from lime_core.arrays import digest
from lime_core.drawing.overlay import png_bytes
from lime_core.reports.numbers import weight_text
from pages.ui.figures.maps import coded_labels
from pages.ui.what_if.hand import Hand

KEY = "what-if-canvas"
HERE = Path(__file__).parent
HELP = {
    "hide": "Arrow keys go from one superpixel to the next, Enter hides or shows it.",
    "join": "Arrow keys go from one superpixel to the next, Enter selects it.",
    "split": "Arrow keys go from one superpixel to the next, Enter selects it. The button below cuts it.",
    "draw": "By keyboard superpixels are drawn with the fields below.",
}

# Nothing that comes from anybody is in these texts: it goes as data.
_mount = st.components.v2.component(
    "what_if_canvas",
    css=(HERE / "canvas.css").read_text("utf-8"),
    js=(HERE / "canvas.js").read_text("utf-8"),
)


def pictures_of(scene: lc.Scene, e: lc.Explanation | None) -> dict[str, Any]:
    """What the picture needs but for what is pressed: the same for every press, so that it is sent once."""
    cut = scene.segmentation
    shown, hidden, labels = (
        b64encode(png_bytes(pixels)).decode() for pixels in (cut.image, scene.hidden, coded_labels(cut.labels))
    )
    return {
        "cut": digest(cut.labels, also=shown + hidden),
        "shown": shown,
        "hidden": hidden,
        "labels": labels,
        "centers": cut.centers.tolist(),
        "border": -1 if cut.border is None else cut.border,
        "told": [] if e is None else [f" · {weight_text(weight, e.unit)}" for weight in e.weights.tolist()],
        "about": f"The crop that the model sees, cut into {cut.in_photo} superpixels.",
    }


def show_canvas(
    pictures: dict[str, Any],
    hand: Hand,
    mode: str,
    shape: str,
    on_line: Callable[[Sequence[Any]], None],
    on_stroke: Callable[[Sequence[Any]], None],
) -> None:
    """Draw it.

    on_line : called with both ends of a line that was dragged, by row and column
    on_stroke : with the outline that was drawn, or with two corners of the box of a shape
    """

    def said(name: str) -> Any:
        return st.session_state[KEY].get(name)

    off, picked = hand.ordered
    _mount(
        key=KEY,
        data={**pictures, "turn": hand.turn, "off": off, "picked": picked, "mode": mode, "shape": shape}
        | {"help": HELP[mode]},
        on_off_change=lambda: hand.take("hidden", said("off")),
        on_picked_change=lambda: hand.take("picked", said("picked")),
        on_line_change=lambda: on_line(said("line")),
        on_stroke_change=lambda: on_stroke(said("stroke")),
    )
