"""How far maps agree, in figures; and which of them the model agrees with, asked at a press."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import streamlit as st

import lime_core as lc
from lime_core.arrays import Floats
from lime_core.reports.numbers import two_decimals, weight_text, with_chance
from pages.ui.compare.column import Column
from pages.ui.compare.maps import Together
from pages.ui.figures.gains import FILLS, NO_DIRECTION
from pages.ui.figures.sentences import seconds, sentence
from pages.ui.runs import caches, growing, running

GAINS = "agree"
"""The run that asks the model which map is right."""


def show_agreement(together: Together) -> None:
    """A row for each two maps."""
    if not together.one_crop:
        st.caption("Figures of agreement are for maps of one crop; these are of several.")
        return
    cut = together.cuts[0]
    k = st.slider(
        "Of the strongest",
        1,
        max(2, min(20, cut.in_photo)),
        min(5, cut.in_photo),
        key=_key(cut),
        persist_state="session",
        help="How many of the superpixels that raise the score most both maps are asked for; beside importances of a "
        "tree, which have no direction, of those that matter most.",
    )
    titles = together.titles
    both = lc.side_by_side(dict(zip(titles, (column.relevance for column in together.columns), strict=True)), cut)
    overlap, chance = both.overlap(k), both.chance(k)
    pairs = list(combinations(range(len(titles)), 2))
    rows = {
        "maps": [sentence(f"{titles[a]} and {titles[b]}") for a, b in pairs],
        "rank correlation": [two_decimals(both.spearman[a, b]) for a, b in pairs],
        f"shared of the top {k}": [with_chance(float(overlap[a, b]), float(chance[a, b])) for a, b in pairs],
        "correlation by pixel": [two_decimals(both.correlation[a, b]) for a, b in pairs],
    }
    st.table(rows, hide_index=True, border="horizontal", alt="How far each two maps agree, chance in brackets.")
    st.caption(
        "Ranks and shares are of superpixels, and of the top in brackets what two random maps share (Jaccard). "
        "Maps that agree can be wrong together: ask the model below."
    )
    if not both.directed:
        st.caption("Importances have no direction, so all maps are compared by size, whatever the sign.")


def _key(cut: lc.Segmentation) -> str:
    return f"compare-top-{min(20, cut.in_photo)}"


def how_many(cut: lc.Segmentation) -> int:
    """Of how many of the strongest superpixels maps are compared, as the control has it, drawn or not yet."""
    k: int = st.session_state.get(_key(cut), min(5, cut.in_photo))
    return k


def offer_gains(together: Together, other_run: bool) -> None:
    """The button, and the symmetric relevance gain of each map; then the run, if one is under way."""
    with st.expander("Which map does the model agree with?"):
        if other_run:
            running.end(GAINS)
            st.caption("Wait for the maps.")
            return
        said = [
            (column, values) for column, values in zip(together.columns, together.maps, strict=True) if values.any()
        ]
        if not said:
            running.end(GAINS)
            st.caption("No map says anything.")
            return
        wanted = [(column, _wanted(column, values)) for column, values in said]
        plan = tuple(probe.spec for _, probes in wanted for probe in probes)
        under_way = running.begin(GAINS, plan)
        missing = {probe.spec: probe for _, probes in wanted for probe in probes if probe.missing}
        time = sum(probe.missing / caches.rate(probe.chosen.model) for probe in missing.values())
        rows = sum(probe.samples for _, probes in wanted for probe in probes)
        cost = f"≈ {seconds(time)}" if missing else "all there, costs nothing"
        running.header(GAINS, "Measure", under_way, "Relevance gain", f"{rows} samples · {cost}", level=4)
        progress = st.empty()
        running.show_failure(GAINS, progress)
        _show(wanted)
    if under_way:
        steps = growing.grow_each([probe for _, probes in wanted for probe in probes], running.once(GAINS, plan))
        running.run(GAINS, steps, progress)


def _wanted(column: Column, values: Floats) -> list[growing.Wanted]:
    """The probes that tell how right a map is: one for each fill."""
    flipping, e, chosen = lc.PixelFlipping(), column.explanation, column.chosen
    specs = flipping.specs(values, chosen.picture, chosen.model) if e is None else flipping.specs(e)
    return [
        growing.Wanted(f"{column.title}, {fill}", spec, flipping.rows, chosen)
        for fill, spec in zip(FILLS, specs, strict=True)
    ]


def _show(wanted: list[tuple[Column, list[growing.Wanted]]]) -> None:
    found = []
    for column, probes in wanted:
        there = [caches.store().get(probe.spec) for probe in probes]
        if all(probe is not None and len(probe) >= each.samples for probe, each in zip(there, probes, strict=True)):
            gain = lc.relevance_gain_of([probe for probe in there if probe], column.chosen.class_index)
            found.append((column, gain))
    if not found:
        st.caption(
            "Pixels are taken away in the order of each map, the most relevant first and then the least relevant "
            "first. Where a map is right, the score falls early in the one and late in the other."
        )
        return
    # Only maps that answer one question are better or worse, and importances have no direction to be right in.
    asked = {(each.chosen.picture.digest, each.chosen.model.fingerprint, each.chosen.class_index) for each, _ in found}
    directed = [each.explanation is None or each.explanation.signed for each, _ in found]
    gains = np.where(directed, [gain.srg for _, gain in found], -np.inf)
    best = int(np.argmax(gains)) if len(asked) == 1 and sum(directed) > 1 else -1

    def told(column: Column, value: float, space: str) -> str:
        return sentence(weight_text(value, column.chosen.model.unit or space))

    rows = {
        "map": [sentence(each.title) + " **(highest)**" * (place == best) for place, (each, _) in enumerate(found)],
        "relevance gain": [told(each, gain.srg, gain.space) for each, gain in found],
    }
    for place, fill in enumerate(FILLS):
        rows[f"with {fill}"] = [told(each, float(gain.by_fill[place]), gain.space) for each, gain in found]
    st.table(rows, hide_index=True, border="horizontal", alt="The relevance gain of each map.")
    noun = "outputs" if any(each.of_values for each, _ in found) else "classes"
    st.caption(f"Higher is better. Maps of all methods compare; those of different {noun} or photos do not.")
    if not all(directed):
        st.caption(NO_DIRECTION)
