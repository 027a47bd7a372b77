"""The report says what the explanation says, shows names as text, and loads nothing."""

import base64
import dataclasses
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

import lime_core as lc
from lime_core.drawing.palette import FOR_COLOR
from tests.support.planted import BLACK, GRID


def test_the_report_shows_names_as_text_and_loads_nothing(explanation, tmp_path):
    evil = '<img src=x onerror="alert(1)">'
    spec = dataclasses.replace(explanation.spec, model=evil, picture=evil, engine=evil)
    changed = dataclasses.replace(explanation, spec=spec, class_name=f"{evil}</title>", versions={evil: evil})
    html = (changed.save(tmp_path) / "report.html").read_text("utf-8")
    assert "<img src=x" not in html
    assert html.count("</title>") == 1
    assert "&lt;img src=x onerror=&quot;alert(1)&quot;&gt;" in html
    assert not re.search(r"https?://|<script|<link|@import|url\(", html)
    assert set(re.findall(r'src="([^,"]*),', html)) == {"data:image/png;base64"}


def test_the_report_says_what_the_explanation_says(folder, explanation):
    html = (folder / "report.html").read_text("utf-8")
    strongest = int(np.abs(explanation.weights).argmax())
    assert f'<td class="number">{strongest}</td>' in html
    assert f"{explanation.r2:.2g}" in html
    assert explanation.spec.picture in html
    assert html.count("<tr>") >= len(explanation.weights)
    assert "lowers the value" in html
    assert "raises the value" in html
    assert 'alt="The explained crop' in html


def test_the_report_of_a_tree_speaks_of_importance_only(probe, tmp_path):
    html = (lc.explain(probe, surrogate=lc.Tree()).save(tmp_path) / "report.html").read_text("utf-8")
    assert "<td>important</td>" in html
    assert "<td>for the class</td>" not in html
    assert "<td>against the class</td>" not in html


@pytest.mark.parametrize(
    ("space", "factor", "ends"),
    [
        ("value", 1.0, ("−1.23 lower", "+1.23 higher")),
        ("value", 1e-9, ("−1.23e-9 lower", "+1.23e-9 higher")),
        ("probability", 1e-4, ("−0.0123 pp against", "+0.0123 pp for")),
    ],
)
def test_the_scale_of_the_report_has_digits_for_weights_of_any_size(probe, tmp_path, space, factor, ends):
    e = lc.explain(probe, 0)
    weights = factor * e.weights * 1.23 / np.abs(e.weights).max()
    settings = dataclasses.replace(e.settings, space=space)
    html = (dataclasses.replace(e, weights=weights, settings=settings).save(tmp_path) / "report.html").read_text(
        "utf-8"
    )
    for end in ends:
        assert f"<span>{end}</span>" in html


def test_the_report_of_a_score_that_never_changes_says_that_it_says_nothing(picture, tmp_path):
    constant = lc.wrap_model(lambda pictures: np.full((len(pictures), 2), 0.5), name="constant")
    explanation = lc.explain(lc.probe_image(picture, constant, 50, segmenter=GRID, hiding=BLACK))
    folder = explanation.save(tmp_path)
    html = (folder / "report.html").read_text("utf-8")
    assert html.count("Nothing to explain") == 2  # above the map, and on the card
    assert "No superpixel has a weight." in html
    assert 'class="bar"' not in html
    assert json.loads((folder / "manifest.json").read_text("utf-8"))["results"]["r2"] is None
    np.testing.assert_array_equal(lc.replay(folder, picture, constant).weights, explanation.weights)


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (lc.View(), "Orange with a solid line raises the value"),
        (lc.View(style="hide", num_features=2), "The 2 superpixels with the largest weights. The others are hidden."),
        (lc.View(style="block", show="for"), "of those that raise the value. The others are faded."),
        (lc.View(style="heatmap"), "The 16 superpixels with the largest weights. Orange raises the value, blue"),
        (lc.View(for_color=(0, 255, 0)), "A solid line raises the value, a dashed one lowers it."),
    ],
    ids=lambda value: value.style if isinstance(value, lc.View) else "",
)
def test_the_report_tells_what_its_picture_shows(probe, tmp_path, view, said):
    lc.explain(probe, 0).save(tmp_path, view)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert said in page
    assert ('<div class="bar">' in page) == view.colored
    assert page.count(f"{view.style} (show") == 1


@pytest.mark.parametrize(("style", "end"), [("tint", (0, 255, 0)), ("heatmap", FOR_COLOR)])
def test_the_scale_has_the_colors_of_the_map(probe, tmp_path, style, end):
    lc.explain(probe, 0).save(tmp_path, lc.View(style=style, for_color=(0, 255, 0)))
    page = (tmp_path / "report.html").read_text("utf-8")
    scale = re.search(r'<div class="bar"><img src="data:image/png;base64,([^"]*)"', page)[1]
    assert Image.open(io.BytesIO(base64.b64decode(scale))).convert("RGB").getpixel((599, 0)) == end
