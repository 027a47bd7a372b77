"""Maps that are compared as one archive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import streamlit as st

import lime_core as lc
from lime_core.arrays import Floats, Labels
from lime_core.drawing.overlay import png_bytes
from lime_core.files.records import harmless, plain, to_json
from lime_core.takeaway.archive import csv_bytes, pack, safe_name
from lime_core.takeaway.several import several_files
from pages.ui.compare.agreement import how_many
from pages.ui.compare.column import Column
from pages.ui.compare.maps import VIEWS, Together, difference_of, map_drawn, pixel_limit
from pages.ui.takeaway.offering import offer

HOLDS = (
    "One ZIP: every map as it is seen, and the difference of the first two (maps/), weights.csv, agreement.csv, "
    "arrays.npz with the maps by pixel, manifest.json with all settings, and explain.py, which computes the maps again "
    "in Python."
)


@dataclass(frozen=True, eq=False)
class Taken:
    """What is taken along of one map; it holds no model.

    segments : the superpixels that it was asked with
    facts : what the manifest says of it
    """

    title: str
    cut: lc.Segmentation
    values: Floats
    weights: Floats
    explanation: lc.Explanation | None
    segments: Labels
    facts: Mapping[str, Any]


def offer_maps(together: Together) -> None:
    """The button, once there is a map."""
    if not together.columns:
        return
    taken = [
        Taken(title, cut, values, weights, column.explanation, column.plan.segmentation.labels, _facts(column))
        for title, column, cut, values, weights in zip(
            together.titles, together.columns, together.cuts, together.maps, together.weights, strict=True
        )
    ]
    view = st.session_state.get("compare-view") or next(iter(VIEWS))
    limit, unit = together.limit, together.unit
    difference = difference_of(together, 0, 1) if len(taken) > 1 else None
    k = how_many(together.cuts[0]) if together.one_crop and len(taken) > 1 else 0
    offer(lambda: _packed(taken, view, limit, unit, difference, k), "comparison.zip", HOLDS, "take-away")


def _facts(column: Column) -> dict[str, Any]:
    """How another method was asked; of LIME the manifest of the explanation says that."""
    chosen = column.chosen
    facts = {
        "title": column.title,
        "picture": chosen.picture.digest,
        "model": chosen.model.name,
        "fingerprint": chosen.model.fingerprint,
        "engine": chosen.model.engine.description,
        "class_index": chosen.class_index,
        "class_name": chosen.model.class_name(chosen.class_index),
    }
    if column.method is None:
        return facts
    told: dict[str, Any] = facts | {
        "method": to_json(column.method, lc.ATTRIBUTIONS),
        "package": column.method.package,
        "hiding": to_json(column.plan.spec.hiding, lc.HIDINGS),
        "segmenter": to_json(column.plan.spec.segmenter, lc.SEGMENTERS),
        "space": column.settings.space,
    }
    return told


def _packed(taken: list[Taken], view: str, limit: float, unit: str, difference: Floats | None, k: int) -> bytes:
    files: dict[str, bytes] = {}
    rows: list[tuple[Any, ...]] = []
    for number, each in enumerate(taken, 1):
        end = pixel_limit(each.values) if view == "pixels" else limit
        drawn = map_drawn(each.cut, each.values, each.weights, view, end)
        files[f"maps/{number}-{safe_name(each.title)}.png"] = png_bytes(drawn)
        name = harmless(each.title)
        rows += [(name, place, repr(float(weight)), harmless(unit)) for place, weight in enumerate(each.weights)]
    if difference is not None:
        end = float(abs(difference).max()) or 1.0
        files["maps/difference.png"] = png_bytes(
            map_drawn(taken[0].cut, taken[0].values, difference, next(iter(VIEWS)), end)
        )
        title = harmless(f"{taken[0].title} minus {taken[1].title}")
        rows += [(title, place, repr(float(weight)), harmless(unit)) for place, weight in enumerate(difference)]
    files["weights.csv"] = csv_bytes(["map", "superpixel", "weight", "unit"], rows)
    if k:
        files["agreement.csv"] = _agreement(taken, k)
    arrays: dict[str, Any] = {}
    for number, each in enumerate(taken, 1):
        arrays |= {
            f"map_{number}/values": each.values,
            f"map_{number}/shown": each.weights,
            f"map_{number}/shown_in": each.cut.labels,
        }
    named = {f"map_{number}": each for number, each in enumerate(taken, 1)}
    groups = {name: [each.explanation] for name, each in named.items() if each.explanation is not None}
    asked = {name: plain(each.facts) for name, each in named.items() if name not in groups}
    arrays |= {f"{name}/segments": named[name].segments for name in asked}
    facts = {"unit": unit, "maps": [plain(each.facts) for each in taken]}
    return pack(files | several_files(groups, "Asks again what was compared.", facts, arrays, asked))


def _agreement(taken: list[Taken], k: int) -> bytes:
    maps = {each.title: each.values if each.explanation is None else each.explanation for each in taken}
    both = lc.side_by_side(maps, taken[0].cut)
    overlap, chance = both.overlap(k), both.chance(k)
    figures = both.spearman, overlap, chance, both.correlation
    rows = [
        (harmless(taken[a].title), harmless(taken[b].title), *(plain(float(figure[a, b])) for figure in figures))
        for a, b in combinations(range(len(taken)), 2)
    ]
    heads = ["map", "other_map", "rank_correlation", f"shared_of_top_{k}", "shared_by_chance", "correlation_by_pixel"]
    return csv_bytes(heads, rows)
