"""An explanation as one HTML page: it stands alone, loads nothing, and reads on paper as on a screen, light or dark."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from html import escape
from importlib.resources import files
from typing import Any

import numpy as np

from lime_core.drawing import heatmap, palette
from lime_core.drawing.overlay import png_bytes
from lime_core.drawing.palette import AGAINST_COLOR, FOR_COLOR
from lime_core.drawing.view import View
from lime_core.explanation.explanation import Explanation
from lime_core.reports.numbers import cut_in_words, number, scale_ends, size_text, weight_text
from lime_core.reports.sentences import directions, in_words, of_values, score_in_words
from lime_core.reports.verdict import by_pixel_in_words

STYLE = files("lime_core.reports").joinpath("page.css").read_text("utf-8")

_SAYS, _CENTRE = "What it says", "Centre (row, column)"
_TEXTS = (_SAYS, _CENTRE)  # columns of the table of weights that hold no numbers

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def document(title: str, body: str) -> str:
    """Put a body into a page that stands alone, as all pages that are taken away.

    Parameters
    ----------
    title : str
        Any text.
    body : str
        HTML, what follows the title.

    Returns
    -------
    str
        The contents of an HTML file, which may load nothing and run nothing.
    """
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>
{STYLE}</style>
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{body}
</main>
</body>
</html>
"""


def page(e: Explanation, manifest: Mapping[str, Any], overlay: bytes, view: View, card: str = "") -> str:
    """Write the whole page.

    Parameters
    ----------
    e : Explanation
        What the page is about.
    manifest : mapping
        What `manifest.manifest` gives for the explanation.
    overlay : bytes
        The drawn explanation, a PNG file.
    view : View
        How it was drawn.
    card : str, default ""
        What its card says, as HTML.

    Returns
    -------
    str
        The contents of an HTML file.
    """
    title = f"{e.class_name}: what {e.spec.model} looked at"
    settings = [(key, value) for key, value in manifest.items() if key not in ("results", "trust", "versions", "view")]
    settings.append(("view", _seen(view)))
    heads, rows = _weights(e)
    counts = [member.scene.segmentation.in_photo for member in e.members or (e,)]
    unseen = manifest["results"]["cross_fitted_r2"]  # the verdict is the manifest's
    body = f"""\
<p class="soft">{cut_in_words(counts, e.n_samples)} ·
explained score: {escape(score_in_words(e))}</p>
<p>{escape(in_words(e, math.nan if unseen is None else unseen))}</p>
<figure>
<img src="{_data_uri(overlay)}" alt="{escape(_picture_in_words(e))}">
{_bar(e, view)}
<figcaption>{_caption(e, view)}</figcaption>
</figure>
<h2>Weights</h2>
<p class="soft">{_unit(e)}</p>
{_table(heads, rows, numbers=[i for i, head in enumerate(heads) if head not in _TEXTS])}
{card}
<h2>Settings</h2>
{_table(("Setting", "Value"), ((key.replace("_", " "), _setting(value)) for key, value in settings))}
<h2>Results</h2>
{_table(("Figure", "Value"), ((key.replace("_", " "), _figure(value)) for key, value in manifest["results"].items()))}
<h2>Versions</h2>
{_table(("Package", "Version"), ((name, str(version)) for name, version in manifest["versions"].items()))}"""
    return document(title, body)


def _bar(e: Explanation, view: View) -> str:
    """The scale of the colors; none for a map without weights, or whose colors are those of the photo."""
    if e.empty or not view.colored:
        return ""
    limit = e.color_limit(view)
    bar = palette.color_bar(limit, width=600, height=12, ends=view.ends)
    low, high = scale_ends(limit, e.unit)
    if e.signed:
        down, up = directions(e)
        ends = (f"{low} {down}", "0", f"{high} {up}")
    else:  # importances have no sign: only the upper half of the scale is used
        bar = bar[:, 300:]
        ends = (low, weight_text(limit / 2, e.unit), f"{high} most important")
    words = "".join(f"<span>{escape(end)}</span>" for end in ends)
    image = _data_uri(png_bytes(np.ascontiguousarray(bar)))
    scale = escape(f"Color scale from {ends[0]} to {ends[-1]}")
    return f'<div class="bar"><img src="{image}" alt="{scale}"><div>{words}</div></div>'


def _caption(e: Explanation, view: View) -> str:
    """What is drawn, and how it is to be read."""
    if e.empty:
        return "No superpixel has a weight."
    drawn = len(heatmap.ranked(e.weights, view.show, view.most(len(e.weights)), view.min_weight))
    values = of_values(e)
    sides = ("raise the value", "lower it") if values else ("speak for the class", "speak against it")
    which = {"both": "", "for": f" of those that {sides[0]}", "against": f" of those that {sides[1]}"}[view.show]
    largest = f"The {drawn} superpixels with the largest weights{which if e.signed else ''}."
    if view.style in ("hide", "block"):
        largest += " The others are hidden." if view.style == "hide" else " The others are faded."
    if not e.signed:
        ways = "whether it raises the value or lowers it" if values else "for the class or against it"
        return f"{largest} Drawn is what is important, {ways}: importances do not say which."
    up, down = ("raises the value", "lowers it") if values else ("speaks for the class", "against it")
    if e.by_pixel(view):
        return f"{by_pixel_in_words(e)} Orange {up}, blue {down}."
    if view.style == "heatmap":
        return f"{largest} Orange {up}, blue {down}."
    usual = (view.for_color, view.against_color) == (FOR_COLOR, AGAINST_COLOR)
    solid, dashed = (
        ("Orange with a solid line", "blue with a dashed line") if usual else ("A solid line", "a dashed one")
    )
    return f"{largest} {solid} {up}, {dashed} {down}."


def _unit(e: Explanation) -> str:
    if not e.signed:
        return "Each superpixel's share of what the tree's questions explain; the shares sum to 1."
    space = escape(score_in_words(e))
    parts = [f"What showing the superpixel adds to the {space}, and how far that would move with another seed."]
    if e.settings.prior is not None:
        parts.append("From the prior is how much of the weight the prior made; the more, the less this picture says.")
    if len(e.entered):
        parts.append("Enters is the place in the order of entry into the elastic net's path, G-LIME's own ranking.")
    return " ".join(parts)


def _picture_in_words(e: Explanation) -> str:
    order = np.argsort(-np.abs(e.weights), kind="stable")[:3]
    strongest = ", ".join(f"{i} ({weight_text(float(e.weights[i]), e.unit)})" for i in order if e.weights[i] != 0)
    return f"The explained crop with its strongest superpixels drawn on it: {strongest or 'none has a weight'}."


def _weights(e: Explanation) -> tuple[list[str], list[list[str]]]:
    """Heads and rows of the table of weights."""
    heads = ["Superpixel", "Weight", "± standard error", _SAYS, "Share of the picture", _CENTRE]
    rows = [list(row) for row in _weight_rows(e)]
    columns = []
    if e.settings.prior is not None:
        columns.append(("From the prior", [f"{share:.0%}" for share in e.prior_share]))
    if len(e.entered):
        columns.append(("Enters", [str(place or "never") for place in e.entry_places]))
    for head, texts in reversed(columns):
        heads.insert(3, head)
        for row in rows:
            row.insert(3, texts[int(row[0])])
    return heads, rows


def _weight_rows(e: Explanation) -> Iterable[tuple[str, ...]]:
    cut, inert = e.scene.segmentation, e.inert
    shares, centers = cut.photo_shares, cut.centers
    for i in np.argsort(-np.abs(e.weights), kind="stable"):
        weight = float(e.weights[i])
        if inert[i]:
            says = "cannot be explained: hiding it changes nothing"
        elif weight == 0:
            says = "nothing"
        elif not e.signed:
            says = "important"
        else:
            pair = ("lowers the value", "raises the value") if of_values(e) else ("against the class", "for the class")
            says = pair[int(weight > 0)]
        error = "" if weight == 0 else size_text(float(e.standard_error[i]), e.unit)
        row, column = centers[i]
        share = "" if i == cut.border else f"{shares[i]:.1%}"
        yield str(i), weight_text(weight, e.unit) if weight else "0", error, says, share, f"{row:.0f}, {column:.0f}"


def _seen(view: View) -> dict[str, Any]:
    """What a view shows, and what of it is not as usual."""
    told = {"name": view.style, "show": view.show, "num_features": view.num_features}
    others = (f for f in fields(View) if f.name not in ("style", *told))
    return told | {f.name: getattr(view, f.name) for f in others if getattr(view, f.name) != f.default}


def _setting(value: Any) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    rest = _listed((key, entry) for key, entry in value.items() if key != "name")
    return f"{value['name']} ({rest})" if rest else str(value["name"])


def _listed(entries: Iterable[tuple[str, Any]]) -> str:
    shown = ((key.replace("_", " "), f"({_listed(v.items())})" if isinstance(v, Mapping) else v) for key, v in entries)
    return ", ".join(f"{key} {value}" for key, value in shown)


def _figure(value: float | None) -> str:
    return "not known" if value is None else number(value, 6)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    kinds = [' class="number"' if i in numbers else "" for i in range(len(heads))]
    head = "".join(f'<th scope="col"{kind}>{escape(text)}</th>' for text, kind in zip(heads, kinds, strict=True))
    body = "\n".join(
        "<tr>" + "".join(f"<td{kind}>{escape(cell)}</td>" for cell, kind in zip(row, kinds, strict=True)) + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>'


def _data_uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
