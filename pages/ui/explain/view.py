"""The controls of how an explanation is shown, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields

import streamlit as st

import lime_core as lc
from lime_core.reports.numbers import cut_in_words
from lime_core.reports.sentences import ENOUGH_SAMPLES, count, few_samples
from pages.ui.figures import sentences
from pages.ui.sidebar.controls import field_control, title
from pages.ui.sidebar.probe import Plan

HIGHER_AND_LOWER = "Which superpixels to draw: those that raise the value, those that lower it, or both."


def choose_view(segmentation: lc.Segmentation, kind: str) -> tuple[lc.View, bool, int]:
    """How the map is drawn, whether lines join the pairs that act only together, and whose superpixels are drawn.

    kind : of the model, whose values are higher and lower
    """
    controls = {f.name: f for f in fields(lc.View)}

    def one_of(name: str, help: str, called: Mapping[str, str]) -> str:
        rules = controls[name].metadata
        return st.segmented_control(
            title(name),
            rules["options"],
            default=controls[name].default,
            required=True,
            format_func=lambda option: called.get(option, option),
            key=f"view-{name}",
            persist_state="session",
            help=help or rules["help"],
        )

    with st.container(horizontal=True, gap="medium"):
        style = one_of("style", "", {})
        of_values = HIGHER_AND_LOWER, {"for": "higher", "against": "lower"}
        show = one_of("show", *(of_values if kind == "values" else ("", {})))
    shown = choose_whose(segmentation)
    d = segmentation.counts_in_photo[shown]
    top = st.slider(
        "Number of superpixels drawn",
        1,
        min(d, controls["num_features"].metadata["high"]),
        min(st.session_state.get("view-top", controls["num_features"].default), d),
        key=f"view-top-{d}",
        persist_state="session",
        help=controls["num_features"].metadata["help"],
    )
    with st.expander("More about the view · redraws only"):
        numbers = st.toggle(
            "Numbers", True, key="view-numbers", persist_state="session", help="Write each superpixel's number on it."
        )
        joined = st.toggle(
            "Pairs", True, key="view-pairs", persist_state="session", help="Join superpixels that act only together."
        )
        names = ("ground", "opacity", "min_weight", "for_color", "against_color", "upsampling")
        columns = st.columns(2)
        chosen = {}
        for number, name in enumerate(names):
            with columns[number % 2]:
                chosen[name] = field_control(controls[name], f"view-{name}")
    return lc.View(style=style, show=show, num_features=top, numbers=numbers, **chosen), joined, shown


def choose_whose(segmentation: lc.Segmentation) -> int:
    """The control of which of several segmentations has the superpixels that are shown; none where there is one."""
    parts, names = segmentation.parts, _kinds(part.made_by for part in segmentation.parts)
    if len(parts) < 2:
        return 0
    return st.selectbox(
        "Superpixels of",
        range(len(parts)),
        format_func=lambda place: f"{names[place]} ({count(parts[place].in_photo, 'superpixel')})",
        key=_key(names),
        persist_state="session",
        help="The map is the mean of all; it is read in the superpixels of one of them. Redraws only.",
    )


def whose_is_shown(segmentation: lc.Segmentation) -> int:
    """The same, as the control has it, drawn or not yet."""
    place: int = st.session_state.get(_key(_kinds(part.made_by for part in segmentation.parts)), 0)
    return place


def show_those_of(spec: lc.ProbeSpec, segmenter: lc.Segmenter | None) -> None:
    """Show the superpixels of this segmentation among several, of the first where it is none of them."""
    members = [member.segmenter for member in spec.members]
    st.session_state[_key(_kinds(members))] = members.index(segmenter) if segmenter in members else 0


def _kinds(segmenters: Iterable[lc.Segmenter]) -> list[str]:
    """What each of several segmentations is called."""
    kinds = {cls: title(name) for name, cls in lc.SEGMENTERS.items()}
    return [kinds[type(segmenter)] for segmenter in segmenters]


def _key(names: list[str]) -> str:
    return f"view-superpixels-{'-'.join(names)}"


def cut_as_chosen(segmentation: lc.Segmentation, shown: int) -> lc.Segmentation:
    """The segmentation whose superpixels were chosen, of several or the only one."""
    return segmentation.parts[shown] if segmentation.parts else segmentation


def read_as_chosen(e: lc.Explanation, shown: int) -> lc.Explanation:
    """The map in the superpixels that were chosen, where it has these."""
    parts = e.scene.parts
    return lc.read_in(e, parts[shown].segmentation) if 0 < shown < len(parts) else e


def budget(plan: Plan, have: int, rate: float, settled: bool) -> str:
    """What the plan costs, in one line: superpixels, samples, samples for each, and time."""
    n, missing = plan.num_samples, max(0, plan.num_samples - have)
    cost = f"{'at most' if plan.settle else '≈'} {sentences.seconds(missing / rate)}" if missing else "all there"
    if settled and missing:
        n, missing, cost = have, 0, "settled"
    nothing = "" if missing else ", costs nothing"
    return f"{cut_in_words(plan.segmentation.counts_in_photo, n)} · {cost}{nothing}"


def too_few(plan: Plan, have: int) -> str:
    """The warning where the plan asks for few samples; empty where these are all masks, or are there."""
    n, d = plan.num_samples, plan.segmentation.in_photo
    if len(plan.segmentation.parts) > 1:  # how far they agree has that in it
        return ""
    if plan.spec.reachable(n + 1, plan.segmentation.counts) == n or not have < n < ENOUGH_SAMPLES * d:
        return ""
    return few_samples(n, d)
