"""The chart and the table of strengths say what the figures say."""

import math
from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from pages.ui.figures import strengths


@pytest.fixture
def effect():
    return [
        lc.AtStrength(0.0, 0.4, 0.1, 0.3, 0.6, 0.0, 0.9),
        lc.AtStrength(1.0, 0.6, 0.1, 0.2, 0.5, 0.3, 0.9),
        lc.AtStrength(100.0, 1.0, 0.1, 0.1, 0.1, 0.9, 0.9),
    ]


@pytest.fixture
def asked(effect):
    return [replace(figures, deletion=0.1 + i / 10, insertion=0.5) for i, figures in enumerate(effect)]


def test_what_is_not_defined_is_a_dash_without_chance(asked):
    nothing = [replace(figures, jaccard=math.nan, r2=math.nan, deletion=math.nan) for figures in asked]
    table = strengths.effect_table(nothing, 5, "value")
    for name in ("Jaccard of the top 5", "R²", "deletion"):
        assert table[name] == ["–"] * 3
    assert "Jaccard – to –" in strengths.effect_in_words(nothing)


def test_strengths_stand_on_a_logarithmic_scale_with_zero_first(effect):
    figure = strengths.effect_figure(effect, 5)
    assert figure.layout.xaxis.ticktext == ("0", "1", "100")
    assert figure.layout.xaxis.tickvals == (-0.5, 0.0, 2.0)
    lines = {line.name: line for line in figure.data}
    assert all(line.x == (-0.5, 0.0, 2.0) for line in lines.values())
    assert lines["Jaccard of the top 5"].y == (0.4, 0.6, 1.0)
    assert lines["its chance level"].y == (0.1, 0.1, 0.1)
    assert lines["its chance level"].line.dash == "dash"
    assert lines["R²"].y == (0.6, 0.5, 0.1)
    assert lines["share of the prior"].y == (0.0, 0.3, 0.9)
    assert lines["relative spread"].y == (0.3, 0.2, 0.1)
    assert len(lines) == 5


def test_deletion_and_insertion_stand_below_once_they_are_known(asked):
    figure = strengths.effect_figure(asked, 5, now=1.0)
    lines = {line.name: line for line in figure.data}
    assert lines["deletion: lower is better"].y == (0.1, 0.2, pytest.approx(0.3))
    below = lines["deletion: lower is better"], lines["insertion: higher is better"]
    assert {line.yaxis for line in below} == {"y2"} != {lines["R²"].yaxis}
    assert {line.legend for line in below} == {"legend2"}
    assert {shape.x0 for shape in figure.layout.shapes} == {0.0}


def test_no_two_lines_of_a_row_share_color_and_symbol(asked):
    looks = [(line.yaxis, line.line.color, line.marker.symbol) for line in strengths.effect_figure(asked, 5).data]
    assert len(set(looks)) == len(looks)


def test_the_table_says_what_the_chart_says(effect, asked):
    table = strengths.effect_table(effect, 5, "")
    assert table["strength"] == ["0", "1", "100"]
    assert table["Jaccard of the top 5"] == ["0.40 (0.10)", "0.60 (0.10)", "1.00 (0.10)"]
    assert table["from the prior"] == ["0%", "30%", "90%"]
    assert "deletion" not in table
    assert strengths.effect_table(asked, 5, "probability")["deletion"] == ["10.0%", "20.0%", "30.0%"]
    assert strengths.effect_table(asked, 5, "value")["insertion"] == ["0.50"] * 3
    assert "R² 0.60 to 0.10, share of the prior 0% to 90%" in strengths.effect_in_words(effect)


def test_one_repeat_and_no_score_to_explain_are_dashes():
    unknown = [lc.AtStrength(1.0, np.nan, None, np.nan, np.nan, 0.0, 0.0)]
    table = strengths.effect_table(unknown, 5, "")
    assert [table[name] for name in ("Jaccard of the top 5", "relative spread", "R²")] == [["–"]] * 3
    assert strengths.effect_figure(unknown, 5, now=1.0).data
