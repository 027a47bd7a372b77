"""Methods side by side as pictures and tables.  No page framework here.

A comparison is a mapping from the names of methods to the reports on their repeats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

import lime_core as lc
from lime_core.arrays import Pixels
from lime_core.drawing.heatmap import heatmap, symmetric_limit
from lime_core.drawing.palette import diverging
from lime_core.evaluation import agreement
from lime_core.reports.numbers import metric_text, size_text, two_decimals
from lime_core.reports.sentences import count
from pages.ui.figures import sentences

Comparison = Mapping[str, lc.StabilityReport]

_GAP = 6
_WIDEST = 1500


def shared_limit(reports: Comparison) -> float:
    """The end of the one scale for all maps that are compared."""
    return symmetric_limit(np.concatenate([report.weights.ravel() for report in reports.values()]))


def strip(report: lc.StabilityReport, k: int, limit: float) -> Pixels:
    """The top k of every repeat beside each other, on the scale from -limit to +limit."""
    show = "both" if report.ranking == "absolute" else "for"
    view = lc.View(style="tint", opacity=0.75, show=show, num_features=k)
    side = min(448, _WIDEST // len(report.explanations))
    return _beside([_sized(e.overlay(view, scale=2, limit=limit), side) for e in report.explanations])


@dataclass(frozen=True, eq=False)
class ValueMap:
    """One figure of every superpixel, drawn on the picture; `low` and `high` are the ends of its colors."""

    title: str
    pixels: Pixels
    low: str
    high: str
    alt: str


def value_maps(report: lc.StabilityReport, k: int) -> list[ValueMap]:
    """Where an explanation is steady and where it moves: mean, spread, agreement in sign, how often in the top k."""
    e = report.explanations[0]
    limit = symmetric_limit(report.mean)
    widest = float(np.nanmax(report.spread, initial=0.0)) or limit
    # Where a superpixel is seldom selected, less than half of the repeats may have a sign at all.
    agreement_in_sign = np.maximum(2 * report.sign_agreement - 1, 0.0)
    figures = [
        ("Mean weight", report.mean, limit, *sentences.scale_in_words(e, limit)),
        ("Spread (standard deviation)", report.spread, widest, "0", size_text(widest, e.unit)),
        ("Agreement in sign", agreement_in_sign, 1.0, "50% or less", "100%"),
        (f"In the top {k}", report.top_frequency(k), 1.0, "never", "always"),
    ]
    return [
        ValueMap(title, _value_map(e, values, end), low, high, _highest(title, values))
        for title, values, end, low, high in figures
        if e.signed or title != "Agreement in sign"
    ]


def figures_table(reports: Comparison, k: int) -> dict[str, list[str]]:
    """Columns of the table: a row for each figure, a column for each method, chance in brackets."""
    metrics = {name: {m.key: m for m in report.metrics(k)} for name, report in reports.items()}
    rows = {key: m.name for by_key in metrics.values() for key, m in by_key.items()}
    shares = ["Share of the prior"] if any(has_prior(report) for report in reports.values()) else []
    columns = {"figure": ["Repeats", *rows.values(), *shares, "Error bars / spread"]}
    for name, report in reports.items():
        by_key = metrics[name]
        figures = [metric_text(by_key[key]) if key in by_key else "–" for key in rows]
        columns[lc.METHODS[name].title] = [
            str(len(report.explanations)),
            *figures,
            *[f"{report.prior_share:.0%}" if has_prior(report) else "–" for _ in shares],
            two_decimals(report.predicted_over_observed),
        ]
    better = {key: m.better for by_key in metrics.values() for key, m in by_key.items()}
    columns["steadier is"] = ["", *(better[key] if key != "r2" else "" for key in rows), *("" for _ in shares),
                              "1.00 is right"]  # fmt: skip
    return columns


def has_prior(report: lc.StabilityReport) -> bool:
    """Whether its explanations were pulled towards a prior."""
    return report.explanations[0].settings.prior is not None


def strip_in_words(name: str, report: lc.StabilityReport, k: int) -> str:
    """A method's maps in one sentence, for those who do not see them."""
    sets = agreement.top_sets(report.weights, min(k, 5), report.ranking)
    each = "; ".join(
        f"seed {seed}: {', '.join(str(s) for s in np.flatnonzero(row)) or 'none'}"
        for seed, row in zip(report.seeds, sets, strict=True)
    )
    return (
        f"{lc.METHODS[name].title}: {count(len(report.explanations), 'repeat')} of "
        f"{report.explanations[0].class_name}. Strongest superpixels of each: {each}."
    )


def _value_map(e: lc.Explanation, values: np.ndarray, limit: float) -> Pixels:
    """The values in the upper half of the scale, or in all of it where they have signs, over the picture in grey."""
    drawn = heatmap(e.segments, np.nan_to_num(values), "nearest")
    grey = np.asarray(Image.fromarray(e.image).convert("L").convert("RGB"), dtype=float)
    strength = 0.7 * diverging(drawn / limit) + 0.3 * grey
    return _sized(strength.round().astype(np.uint8), 448)


def _highest(title: str, values: np.ndarray) -> str:
    order = np.argsort(-np.nan_to_num(values), kind="stable")[:3]
    return f"{title} of each superpixel; highest for superpixels {', '.join(str(s) for s in order)}."


def _sized(pixels: Pixels, side: int) -> Pixels:
    """The picture with its longer side of that many pixels."""
    picture = Image.fromarray(pixels)
    scale = side / max(picture.size)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return np.asarray(picture.resize(size, Image.Resampling.LANCZOS))


def _beside(pictures: Sequence[Pixels]) -> Pixels:
    """Pictures of one size in a row, with clear gaps between them; (h, w, 4)."""
    height, width = pictures[0].shape[:2]
    row = np.zeros((height, len(pictures) * (width + _GAP) - _GAP, 4), dtype=np.uint8)
    for number, picture in enumerate(pictures):
        start = number * (width + _GAP)
        row[:, start : start + width, :3] = picture
        row[:, start : start + width, 3] = 255
    return row
