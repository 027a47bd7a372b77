"""The report says what the explanation says, shows names as text, and loads nothing."""

import dataclasses
import json
import re

import numpy as np

import lime_core as lc
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
    assert "against the class" in html
    assert "for the class" in html
    assert 'alt="The explained crop' in html


def test_the_report_of_a_tree_speaks_of_importance_only(probe, tmp_path):
    html = (lc.explain(probe, surrogate=lc.Tree()).save(tmp_path) / "report.html").read_text("utf-8")
    assert "<td>important</td>" in html
    assert "<td>for the class</td>" not in html
    assert "<td>against the class</td>" not in html


def test_the_report_of_a_score_that_never_changes_says_that_it_says_nothing(picture, tmp_path):
    constant = lc.wrap_model(lambda pictures: np.full((len(pictures), 2), 0.5), name="constant")
    explanation = lc.explain(lc.probe_image(picture, constant, 50, segmenter=GRID, hiding=BLACK))
    folder = explanation.save(tmp_path)
    assert "Nothing to explain" in (folder / "report.html").read_text("utf-8")
    assert json.loads((folder / "manifest.json").read_text("utf-8"))["results"]["r2"] is None
    np.testing.assert_array_equal(lc.replay(folder, picture, constant).weights, explanation.weights)
