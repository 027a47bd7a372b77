"""Maps beside each other on one scale, and the difference of two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

import lime_core as lc
from lime_core.arrays import Floats, Labels, Pixels
from lime_core.attributions.side_by_side import as_shares, in_crop
from lime_core.drawing.heatmap import symmetric_limit
from lime_core.drawing.overlay import overlay, png_bytes
from lime_core.reports.numbers import scale_ends, score_text, two_decimals, weight_text
from lime_core.reports.sentences import count
from pages.ui.compare.column import Column
from pages.ui.figures.maps import enlargement
from pages.ui.figures.sentences import sentence

VIEWS = {
    "heatmap": lc.View(style="heatmap", opacity=0.7),
    "tint": lc.View(style="tint", opacity=0.75),
    "pixels": lc.View(style="heatmap", opacity=0.7),
}
NAMES = {"heatmap": "All superpixels", "tint": "The strongest", "pixels": "By pixel"}

WIDEST = 99.5
"""Percentile of the pixels that the scale ends at: a few of a noisy map would leave the rest without color."""

SHARE = "share of the map"


@dataclass(frozen=True, eq=False)
class Together:
    """Maps that are there, on one scale.

    columns : those with a map
    maps : of each (h, w) by pixel
    cuts : the superpixels of each: those of the first, where it is of the same crop
    weights : of each the sums over them, or as shares
    unit : of the weights; `SHARE` where maps have different units
    """

    columns: tuple[Column, ...]
    maps: tuple[Floats, ...]
    cuts: tuple[lc.Segmentation, ...]
    weights: tuple[Floats, ...]
    unit: str

    @staticmethod
    def of(columns: Sequence[Column]) -> Together:
        """The maps that are there already."""
        ready = [(column, values) for column in columns if (values := column.values) is not None]
        units = {_unit(column) for column, _ in ready}
        unit = units.pop() if len(units) == 1 else SHARE
        cuts, weights = [], []
        for column, values in ready:
            cut = ready[0][0].plan.segmentation
            if not _same_crop(column, ready[0][0]):
                cut = column.plan.segmentation
            cuts.append(cut)
            weights.append(in_unit(_summed(values, cut), unit))
        columns, maps = [column for column, _ in ready], [values for _, values in ready]
        return Together(tuple(columns), tuple(maps), tuple(cuts), tuple(weights), unit)

    @property
    def one_crop(self) -> bool:
        """Whether all maps are of the same pixels."""
        return all(_same_crop(column, self.columns[0]) for column in self.columns)

    @property
    def titles(self) -> list[str]:
        """What the maps are called, all different: with numbers in front where some photos have the same name."""
        titles = [column.title for column in self.columns]
        return titles if len(set(titles)) == len(titles) else [f"{n}: {title}" for n, title in enumerate(titles, 1)]

    @property
    def limit(self) -> float:
        """The end of the one scale."""
        return symmetric_limit(np.concatenate(self.weights))


def in_unit(weights: Floats, unit: str) -> Floats:
    """(d,) weights as they are, or as shares of all that a map says."""
    return as_shares(weights) if unit == SHARE else weights


def _unit(column: Column) -> str:
    """Of the map; that of another method is its own."""
    e = column.explanation
    return SHARE if e is None else e.unit


def _same_crop(one: Column, other: Column) -> bool:
    return np.array_equal(one.plan.segmentation.image, other.plan.segmentation.image)


def _summed(values: Floats, cut: lc.Segmentation) -> Floats:
    return lc.side_by_side({"": values}, cut).weights[0]


def show_columns(columns: Sequence[Column], together: Together) -> None:
    """A picture for each map, and what is known of it; for one that is not there, why."""
    view = st.segmented_control(
        "Shown",
        list(VIEWS),
        default="heatmap",
        required=True,
        format_func=NAMES.__getitem__,
        key="compare-view",
        persist_state="session",
        label_visibility="collapsed",
    )
    grid = st.grid(min(len(columns), 3), min_column_width=220, gap="small")
    for column in columns:
        with grid.cell():
            st.markdown(f"**{sentence(column.title)}**")
            if column.note:
                st.caption(sentence(column.note))
            if column in together.columns:
                _show(column, together, view)
            elif column.method is not None and column.answer is not None:
                st.info(sentence(column.answer.reason), icon=":material/block:")
            else:
                st.caption("Press **Compare** for this map.")
    if together.columns:
        st.caption(sentence(_scale(together, view)))


def _scale(together: Together, view: str) -> str:
    undirected = any(not _signed(column) for column in together.columns)
    without = " Importances of a tree have no direction: orange is what matters." * undirected
    values = any(column.of_values for column in together.columns)
    down, up = ("lower", "higher") if values else ("against the class", "for it")
    if view == "pixels":
        ends = f", from blue ({down}) to orange ({up})" if any(map(_signed, together.columns)) else ""
        return f"By pixel each map has a scale of its own{ends}.{without}"
    if together.unit == SHARE:
        most = f"{together.limit:.0%}"
        return (
            f"One scale, −{most} (blue: {down}) to +{most} (orange: {up}): each superpixel's share of all that its map "
            f"says, whatever the sign, for the maps have different units.{without}"
        )
    low, high = scale_ends(together.limit, together.unit)
    if undirected:
        return f"One scale for all, {low} to {high}.{without}"
    return f"One scale for all, {low} (blue: {down}) to {high} (orange: {up})."


def _show(column: Column, together: Together, view: str) -> None:
    place = together.columns.index(column)
    cut, weights = together.cuts[place], together.weights[place]
    values = together.maps[place]
    limit = pixel_limit(values) if view == "pixels" else together.limit
    pixels = map_drawn(cut, values, weights, view, limit)
    st.image(png_bytes(pixels), output_format="PNG", width="stretch", alt=in_words(column, weights))
    st.caption(sentence(_facts(column)))


def pixel_limit(values: Floats) -> float:
    """The end of the scale of a map by pixel."""
    return float(np.percentile(np.abs(values), WIDEST)) or symmetric_limit(values)


def map_drawn(cut: lc.Segmentation, values: Floats, weights: Floats, view: str, limit: float) -> Pixels:
    """A map as it is seen: by pixel, or by the superpixels of its crop."""
    if view != "pixels":
        return drawn(cut.image, cut.labels, weights, VIEWS[view], limit)
    labels = np.arange(values.size, dtype=np.int32).reshape(values.shape)
    return drawn(cut.image, labels, np.clip(values, -limit, limit).ravel(), VIEWS[view], limit)


def drawn(image: Pixels, labels: Labels, weights: Floats, view: lc.View, limit: float) -> Pixels:
    """A map over its crop, enlarged for the screen."""
    return overlay(image, labels, weights, view, scale=enlargement(image), limit=limit)


def in_words(column: Column, weights: Floats) -> str:
    """A map in a sentence, for those who do not see it."""
    order = [int(s) for s in np.argsort(-weights, kind="stable")[:3] if weights[s] > 0]
    strongest = ", ".join(map(str, order)) or "none"
    name = column.chosen.model.class_name(column.chosen.class_index)
    told = ("raise it most" if column.of_values else "speak most for it") if _signed(column) else "matter most"
    return f"Map of {name}, {column.title}. Superpixels that {told}: {strongest}."


def _signed(column: Column) -> bool:
    """Whether the map says what speaks for and what against; importances of a tree do not."""
    return column.explanation is None or column.explanation.signed


def _facts(column: Column) -> str:
    """Class or output with its score, and how the map was made."""
    chosen = column.chosen
    name = chosen.model.class_name(chosen.class_index)
    e = column.explanation
    if e is not None:
        samples = count(e.n_samples, "sample")
        return f"{name} {score_text(e.model_score, e.score_unit)} · R² {two_decimals(e.r2)} · {samples}"
    answer = column.answer
    assert answer is not None
    assert column.method is not None
    return f"{name} · {count(answer.asked, 'picture')} · by {column.method.package}"


def show_difference(together: Together) -> None:
    """Where one of two maps says more than the other."""
    names, first, second = together.titles, 0, 1
    if len(names) > 2:
        left, right = st.columns(2)
        places = range(len(names))
        first = left.selectbox("First", places, 0, lambda p: names[p], key=f"compare-first-{len(names)}")
        second = right.selectbox("Second", places, 1, lambda p: names[p], key=f"compare-second-{len(names)}")
    apart = difference_of(together, first, second)
    if apart is None:
        st.caption("These two are maps of different photos: nothing can be subtracted.")
        return
    cut = together.cuts[first]
    pixels = drawn(cut.image, cut.labels, apart, VIEWS["heatmap"], symmetric_limit(apart))
    one, other = names[first], names[second]
    strongest = ", ".join(str(int(s)) for s in np.argsort(-np.abs(apart), kind="stable")[:3])
    alt = f"{names[first]} minus {names[second]}; furthest apart in superpixels {strongest}."
    st.image(png_bytes(pixels), output_format="PNG", width=420, alt=alt)
    low, high = (f"−{symmetric_limit(apart):.0%}", f"+{symmetric_limit(apart):.0%}")
    if together.unit != SHARE:
        low, high = (weight_text(end, together.unit) for end in (-symmetric_limit(apart), symmetric_limit(apart)))
    subtracted = [together.columns[place] for place in (first, second)]
    values = any(column.of_values for column in subtracted)
    more, less = ("says higher", "lower") if values else ("says more for its class", "less")
    if not all(map(_signed, subtracted)):
        more, less = "says that more matters", "that less does"
    st.caption(sentence(f"Orange where “{one}” {more} than “{other}” ({high}), blue where {less} ({low})."))


def difference_of(together: Together, first: int, second: int) -> Floats | None:
    """(d,) the weights of the first minus the second's, in the superpixels of the first; beside importances sizes."""
    one, other = together.columns[first], together.columns[second]
    sized = (lambda weights: weights) if _signed(one) and _signed(other) else np.abs
    if _same_crop(one, other):
        return sized(together.weights[first]) - sized(together.weights[second])
    if one.chosen.picture.digest != other.chosen.picture.digest:
        return None
    box, onto = (column.chosen.model.crop_box(column.chosen.picture) for column in (other, one))
    rows, across = together.cuts[first].labels.shape
    moved = in_crop(together.maps[second], box, onto, (rows, across))
    return sized(together.weights[first]) - sized(in_unit(_summed(moved, together.cuts[first]), together.unit))
