"""Methods side by side as a picture and as files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lime_core.arguments import path_of
from lime_core.arrays import Pixels
from lime_core.drawing import heatmap, overlay, palette
from lime_core.evaluation.stability_report import StabilityReport
from lime_core.files.records import harmless, plain
from lime_core.files.writing import write_files
from lime_core.presets.methods import METHODS
from lime_core.reports.numbers import metric_text, scale_ends, two_decimals
from lime_core.reports.record import manifest
from lime_core.reports.sentences import directions
from lime_core.reports.verdict import without_weights
from lime_core.sampling.samplers import Bernoulli

SCHEMA = 1
"""Raised by one whenever a stability.json of this version could be misread by the last."""

Comparison = Mapping[str, StabilityReport]
"""name of a method -> its report, all of one class of one picture."""


def save(reports: Comparison, k: int, folder: str | Path) -> Path:
    """Write stability.json, weights.csv and stability.png; files of these names are replaced, each at once.

    Parameters
    ----------
    reports : mapping of str to StabilityReport
        The reports of one class of one picture by the names of their methods.
    k, folder : int, str or Path
        The size of the top sets, and the folder to write into, made if missing.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ValueError
        When the reports do not belong together, or an option is in no table, and so could not be written by its name.
    OSError
        When the folder cannot be written; no part of a file stays behind.
    """
    contents = files(reports, k)
    write_files(place := path_of("folder", folder), {name: [content] for name, content in contents.items()})
    return place


def files(reports: Comparison, k: int) -> dict[str, bytes]:
    """Make the files that `save` writes.

    Parameters
    ----------
    reports, k : mapping of str to StabilityReport, int
        As in `save`.

    Returns
    -------
    dict of str to bytes
        Name to contents; stability.json last, so that a folder that has it has everything.

    Raises
    ------
    ValueError
        As `save`.
    """
    _check(reports)
    written = json.dumps(_json(reports, k), indent=1, ensure_ascii=False, allow_nan=False)
    return {
        "stability.png": overlay.png_bytes(drawing(reports, k)),
        "weights.csv": _csv(reports, k).encode(),
        "stability.json": f"{written}\n".encode(),
    }


def drawing(reports: Comparison, k: int) -> Pixels:
    """Draw methods in rows and repeats in columns: the top k of each on the picture, in one symmetric scale for all.

    Parameters
    ----------
    reports, k : mapping of str to StabilityReport, int
        As in `save`.

    Returns
    -------
    (height, width, 3) uint8
        The drawing, RGB.

    Raises
    ------
    ValueError
        When the reports do not belong together.
    """
    _check(reports)
    first = next(iter(reports.values()))
    limit = heatmap.symmetric_limit(np.stack([report.weights for report in reports.values()]))
    show = "both" if first.ranking == "absolute" else "for"
    view = overlay.View(style="heatmap", opacity=0.8, show=show)
    h, w = first.explanations[0].image.shape[:2]
    side, gap, left, head, bottom = 200, 8, 240, 64, 56
    enlarged = max(1, round(2 * side / w))
    e, columns, height = first.explanations[0], len(first.explanations), max(round(side * h / w), 120)
    size = (left + columns * (side + gap) + gap, head + len(reports) * (height + gap) + bottom)
    canvas = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(canvas)
    _write(draw, (gap, gap), f"{e.class_name}: top {k} of {e.scene.segmentation.in_photo} superpixels", 20)
    for column, seed in enumerate(first.seeds):
        _write(draw, (left + column * (side + gap), 40), f"seed {seed}", 14, "#555555")
    for row, (name, report) in enumerate(reports.items()):
        y = head + row * (height + gap)
        shown = [m for m in report.metrics(k) if m.key in ("jaccard", "relative_spread", "r2")]
        lines = [f"{report.n_samples} samples each", *(f"{m.name}  {metric_text(m)}" for m in shown)]
        if report.explanations[0].settings.prior is not None:
            lines.append(f"Share of the prior  {two_decimals(report.prior_share)}")
        _write(draw, (gap, y), title(name), 20)
        _write(draw, (gap, y + 32), "\n".join(lines), 14, "#555555")
        for column, each in enumerate(report.explanations):
            top = np.isin(np.arange(len(each.weights)), heatmap.ranked(each.weights, show, k, 0.0))
            drawn = overlay.overlay(each.image, each.segments, each.weights * top, view, scale=enlarged, limit=limit)
            small = Image.fromarray(drawn).resize((side, round(side * h / w)), Image.Resampling.LANCZOS)
            canvas.paste(small, (left + column * (side + gap), y))

    y, width = size[1] - bottom + 12, min(2 * side, columns * (side + gap))
    _write(draw, (gap, y), "in brackets: what chance gives", 14, "#555555")
    if nothing := without_weights(*reports.values()):
        _write(draw, (left, y), nothing, 14, "#555555")
        return np.array(canvas)
    bar, (low, high) = palette.color_bar(limit, width=2 * width, height=12), scale_ends(limit, e.unit)
    if e.signed:
        low, high = map(" ".join, zip((low, high), directions(e), strict=True))
    else:  # importances use only the upper half of the scale
        bar, high = bar[:, width:], f"{high} most important"
    canvas.paste(Image.fromarray(bar).resize((width, 12)), (left, y))
    _write(draw, (left, y + 18), low, 14, "#555555")
    _write(draw, (left + width, y + 18), high, 14, "#555555", anchor="ra")
    return np.array(canvas)


def _check(reports: Comparison) -> None:
    """Raise ValueError unless the reports can share a scale and columns; how they ask and fit may differ."""
    kinds = set()
    for report in reports.values():
        e = report.explanations[0]
        scene = replace(e.alone, sampler=Bernoulli())
        kinds.add((scene, e.settings.class_index, e.settings.space, report.seeds, report.ranking))
    if len(kinds) != 1:
        raise ValueError(
            "reports must be at least one, and all of the same picture, model, superpixels, hiding, class, score, "
            "seeds and ranking"
        )


def _json(reports: Comparison, k: int) -> dict[str, Any]:
    first = next(iter(reports.values()))
    shared = manifest(first.explanations[0])
    keys = ("picture", "model", "fingerprint", "engine", "class_index", "class_name", "space", "unit",
            "segmenter", "hiding", "versions")  # fmt: skip
    methods = {}
    for name, report in reports.items():
        own = manifest(report.explanations[0])
        methods[name] = {
            "title": title(name),
            "num_samples": report.n_samples,
            **{role: own[role] for role in ("segmenter", "sampler", "kernel", "surrogate", "feature_selection")},
            "metrics": {m.key: {"value": m.value, "chance": m.chance, "better": m.better} for m in report.metrics(k)},
            "predicted_over_observed": report.predicted_over_observed,
            "r2": report.r2s.tolist(),
            "weights": report.weights.tolist(),
            "standard_errors": report.standard_errors.tolist(),
        }
        if "prior" in own:
            shares = [e.mean_prior_share for e in report.explanations]
            prior = {key: value for key, value in own["prior"].items() if key != "name"}  # its file is not here
            methods[name] |= {"prior": prior, "prior_share": shares, "prior_coverage": own["results"]["prior_coverage"]}
    written: dict[str, Any] = plain(
        {
            "schema": SCHEMA,
            **{key: shared[key] for key in keys if key in shared},
            "seeds": first.seeds,
            "ranking": first.ranking,
            "k": k,
            "methods": methods,
        }
    )
    return written


def _csv(reports: Comparison, k: int) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    first, pulled = next(iter(reports.values())), _with_prior(reports)
    seeds, with_unit = [f"seed_{seed}" for seed in first.seeds], bool(first.explanations[0].value_unit)
    rows.writerow(["method", "superpixel", "mean", "spread", "predicted_spread", "sign_agreement",
                   f"share_in_top_{k}", *["prior_share"] * pulled, *seeds, *["unit"] * with_unit])  # fmt: skip
    for name, report in reports.items():
        figures = [report.mean, report.spread, report.predicted_spread, report.sign_agreement, report.top_frequency(k)]
        if pulled:
            figures.append(np.mean([e.prior_share for e in report.explanations], axis=0))
        for i, row in enumerate(np.vstack([*figures, report.weights]).T.tolist()):
            rows.writerow([name, i, *map(plain, row), *[harmless(report.explanations[0].unit)] * with_unit])
    return text.getvalue()


def _with_prior(reports: Comparison) -> bool:
    """Whether any of the methods has a prior."""
    return any(report.explanations[0].settings.prior is not None for report in reports.values())


def title(name: str) -> str:
    """Look up what a method is called.

    Parameters
    ----------
    name : str
        Of `METHODS`, or any other.

    Returns
    -------
    str
        Its title; another name as it is.
    """
    return METHODS[name].title if name in METHODS else name


def _write(
    draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int, color: str = "black", anchor: str = "la"
) -> None:
    text = text.translate({ord("−"): "-", ord("–"): "-", ord("²"): "2"})  # Pillow's own font does not have them
    draw.text(at, text, font=ImageFont.load_default(size), fill=color, anchor=anchor, spacing=6)
