"""Charts of methods say what the reports say."""

import numpy as np
import pytest

import lime_core as lc
from pages.ui.figures import charts

SETTINGS = lc.FitSettings(0)


@pytest.fixture
def curves(pairs):
    found = lc.curve(pairs[:3], SETTINGS, (32, 100, 200))
    return {"lime": found, "current": found}


def metric(report, key):
    return next(m for m in report.metrics(5) if m.key == key)


@pytest.mark.parametrize("key", ["jaccard", "spearman", "relative_spread"])
def test_chance_is_a_dashed_line_of_its_own(curves, key):
    *lines, chance = charts.curves_figure(curves, 5, key).data
    assert [line.name for line in lines] == ["LIME", "Your settings"]
    assert (chance.name, chance.line.dash) == ("chance", "dash")
    assert all(line.line.dash is None for line in lines)
    assert chance.x == (32, 100, 200)
    np.testing.assert_allclose(chance.y, [metric(report, key).chance for report in curves["lime"]], atol=1e-6)


def test_what_has_no_chance_has_no_line_of_it(curves):
    assert [line.name for line in charts.curves_figure(curves, 5, "r2").data] == ["LIME", "Your settings"]


def test_methods_with_other_levels_of_chance_have_lines_of_their_own(pairs, curves):
    few = lc.FitSettings(0, feature_selection=lc.HighestWeights(3))
    other = {**curves, "foldover": lc.curve(pairs[:3], few, (32, 100, 200))}
    names = [line.name for line in charts.curves_figure(other, 5, "jaccard").data if line.line.dash]
    assert names == ["chance, LIME and Your settings", "chance, Fold-over"]


def test_every_method_has_a_color_of_its_own():
    assert len({charts.color(name) for name in lc.METHODS}) == len(lc.METHODS)
