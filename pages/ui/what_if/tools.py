"""What stands below the picture in each mode: buttons and fields that do by keyboard what presses and strokes do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

import lime_core as lc
from lime_core.arrays import Labels
from lime_core.drawing.heatmap import ranked
from lime_core.reports.numbers import weight_text
from pages.ui.explain.view import cut_as_chosen
from pages.ui.figures.sentences import sentence
from pages.ui.runs.messages import message
from pages.ui.sidebar.controls import take_label_map
from pages.ui.sidebar.probe import Plan
from pages.ui.what_if.answers import Weighed
from pages.ui.what_if.hand import Hand

LEAVE = "what-if-leave"
MODES = {"hide": "Hide or show", "join": "Join", "split": "Split", "draw": "Draw"}
SHAPES = {"free": "Free outline", "rectangle": "Rectangle", "ellipse": "Ellipse"}
TOLD = {
    "hide": "Press a superpixel to hide it, and once more to show it.",
    "join": "Press two or more superpixels, then **Join**.",
    "split": "Drag a line across a superpixel, or press one and then **Split**.",
    "draw": "Drag around a place: what is inside becomes a superpixel of its own.",
}


def choose_mode() -> tuple[str, str]:
    """What a press on the picture does, and the shape that a stroke draws."""
    mode = st.segmented_control(
        "What a press does",
        list(MODES),
        default="hide",
        required=True,
        format_func=MODES.__getitem__,
        key="what-if-mode",
        persist_state="session",
        label_visibility="collapsed",
    )
    st.caption(TOLD[mode])
    if mode != "draw":
        return mode, ""
    shape = st.segmented_control(
        "Shape",
        list(SHAPES),
        default="free",
        required=True,
        format_func=SHAPES.__getitem__,
        key="what-if-shape",
        persist_state="session",
        label_visibility="collapsed",
    )
    return mode, shape


def edit(hand: Hand, make: Callable[[], Labels]) -> None:
    """Take what an edit makes of the superpixels, or keep why it cannot be made; called before the page is drawn."""
    try:
        hand.edit(make())
    except Exception as error:
        hand.problem = message(error)


def cut_along(hand: Hand, cut: lc.Segmentation, line: Sequence[Any]) -> None:
    """Split the superpixel that most of the line lies in."""

    def split() -> Labels:
        return lc.split_superpixel(cut.labels, lc.superpixel_under(cut.labels, line), line, border=cut.border)

    edit(hand, split)


def draw_inside(hand: Hand, cut: lc.Segmentation, shape: str, points: Sequence[Any]) -> None:
    """Make a superpixel of what is inside: of the points, or of the shape in the box between two of them."""

    def drawn() -> Labels:
        outline = points if shape == "free" else lc.outline_of(shape, *points[0], *points[1])
        region = lc.region_inside((cut.labels.shape[0], cut.labels.shape[1]), outline)
        return lc.draw_superpixel(cut.labels, region, border=cut.border)

    edit(hand, drawn)


def show_tools(hand: Hand, mode: str, shape: str, cut: lc.Segmentation, map: Weighed | None) -> None:
    """Those of the mode."""
    everyone = [superpixel for superpixel in range(cut.d) if superpixel != cut.border]
    if mode == "hide":
        _hiding(hand, everyone, map)
    elif mode == "join":
        _selection("Selected superpixels", hand, everyone, None)
        _button("Join", "join", hand, lambda: lc.join_superpixels(cut.labels, hand.picked, cut.border), 2)
    elif mode == "split":
        _selection("Selected superpixel", hand, everyone, 1)

        def across() -> Labels:
            return lc.split_superpixel(cut.labels, min(hand.picked), border=cut.border)

        _button("Split across its longer axis", "split", hand, across, 1)
    elif shape != "free":
        _box(hand, cut, shape)
    if hand.problem:
        st.warning(sentence(hand.problem), icon=":material/warning:")
        hand.problem = ""


def _hiding(hand: Hand, everyone: list[int], map: Weighed | None) -> None:
    with st.container(horizontal=True, gap="xsmall"):
        st.button("Show all", key="what-if-show-all", on_click=hand.hide, args=((),))
        st.button("Hide all", key="what-if-hide-all", on_click=hand.hide, args=(everyone,))
        st.button("Invert", key="what-if-invert", on_click=lambda: hand.hide(set(everyone) - hand.hidden))
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="bottom"):
        key = f"what-if-top-{len(everyone)}"
        k = st.number_input(
            "Top of the map",
            1,
            max(1, len(everyone) - 1),
            min(5, max(1, len(everyone) - 1)),
            key=key,
            persist_state="session",
            width=120,
            help="So many superpixels that raise the score most; of a tree those that matter most.",
        )

        def top() -> set[int]:
            """Of the number in the box, which the page may not have been drawn with yet when a button is pressed."""
            return set() if map is None else set(ranked(map.weights, "for", st.session_state[key], 0.0).tolist())

        none = not top()
        st.button(f"Hide top {k}", key="what-if-hide-top", on_click=lambda: hand.hide(top()), disabled=none)
        st.button(
            f"Only top {k}",
            key="what-if-only-top",
            on_click=lambda: hand.hide(set(everyone) - top()),
            disabled=none,
        )
    with st.expander("By number"):
        st.session_state["what-if-list"] = sorted(hand.hidden)
        st.multiselect(
            "Hidden superpixels",
            everyone,
            key="what-if-list",
            on_change=lambda: hand.hide(st.session_state["what-if-list"]),
            format_func=_named(map),
            placeholder="None is hidden",
        )


def _selection(label: str, hand: Hand, everyone: list[int], most: int | None) -> None:
    if most is not None and len(hand.picked) > most:
        hand.pick(sorted(hand.picked)[:most])
    st.session_state["what-if-selected"] = sorted(hand.picked)
    st.multiselect(
        label,
        everyone,
        key="what-if-selected",
        on_change=lambda: hand.pick(st.session_state["what-if-selected"]),
        max_selections=most,
        placeholder="None is selected",
    )


def _named(map: Weighed | None) -> Callable[[int], str]:
    """The number of a superpixel with its weight."""
    weights = None if map is None else [weight_text(weight, map.unit) for weight in map.weights.tolist()]
    return lambda superpixel: str(superpixel) if weights is None else f"{superpixel} · {weights[superpixel]}"


def _button(label: str, name: str, hand: Hand, make: Callable[[], Labels], least: int) -> None:
    few = len(hand.picked) < least
    st.button(label, key=f"what-if-{name}", on_click=edit, args=(hand, make), disabled=few)


def _box(hand: Hand, cut: lc.Segmentation, shape: str) -> None:
    """The box of a shape in numbers."""
    height, width = cut.labels.shape
    ends = {"Top": height, "Left": width, "Bottom": height, "Right": width}
    first = {"Top": height // 4, "Left": width // 4, "Bottom": 3 * height // 4, "Right": 3 * width // 4}
    grid, keys = st.grid(4, min_column_width=75, gap="small"), []
    for name, end in ends.items():
        keys.append(f"what-if-{name}-{end}")
        grid.number_input(sentence(name), 0, end, first[name], key=keys[-1], help="In pixels of the crop.")

    def draw() -> None:
        """The box as it is when it is pressed: the page may not have been drawn with it yet."""
        box = [st.session_state[key] for key in keys]
        draw_inside(hand, cut, shape, (box[:2], box[2:]))

    st.button(sentence(f"Draw the {shape}"), key="what-if-draw", on_click=draw)


def show_edits(hand: Hand, mode: str, plan: Plan, several: bool) -> None:
    """How to take edits back, and how to explain with what they made."""
    if mode == "hide" and not hand.maps:
        return
    cut = cut_as_chosen(plan.segmentation, 0)
    if several:
        st.caption("Of several segmentations the first one's superpixels are edited, and explained alone.")
    with st.container(horizontal=True, gap="small"):
        st.button("Undo", key="what-if-undo", on_click=hand.undo, disabled=not hand.can_undo)
        st.button("As it was", key="what-if-as-it-was", on_click=hand.as_it_was, disabled=not hand.maps)
        st.button(
            sentence(f"Explain with these {cut.in_photo} superpixels"),
            key="what-if-explain",
            icon=":material/center_focus_strong:",
            disabled=not hand.maps,
            on_click=_explained_with,
            args=(hand,),
        )


def leave_if_asked() -> None:
    """Go to Explain where the edited superpixels have just been taken there."""
    if st.session_state.pop(LEAVE, False):
        st.switch_page("pages/explain.py")


def _explained_with(hand: Hand) -> None:
    take_label_map("segmenter", "Superpixels of the page What if", hand.maps[-1])
    st.session_state["explain-asked"] = st.session_state[LEAVE] = True
