"""Charts of methods say what the reports say."""

from dataclasses import replace

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


@pytest.fixture
def constant(pairs):
    """Reports on repeats of a model that never changes."""
    return lc.report_of([replace(probe, outputs=np.full(probe.outputs.shape, 0.5)) for probe in pairs[:3]], SETTINGS)


def test_repeats_without_weights_do_not_agree(constant):
    assert np.isnan(charts.pairs_figure(constant, 5).data[0].z).all()
    for key in ("jaccard", "rank_biased_overlap", "relative_spread"):
        for line in charts.curves_figure({"lime": [constant]}, 5, key).data:
            assert line.line.dash or np.isnan(np.array(line.y, dtype=float)).all()


def test_the_axes_of_what_does_not_move_reach_as_far_as_its_weights(pairs):
    same = lc.report_of([replace(probe, outputs=1e-9 * probe.outputs) for probe in pairs[:1]], SETTINGS)
    figure = charts.spread_figure({"lime": same})
    assert figure.data[-1].x[1] == pytest.approx(1.05 * np.abs(same.mean).max())
    assert figure.layout.xaxis.exponentformat == "e"


def test_what_has_no_chance_has_no_line_of_it(curves):
    assert [line.name for line in charts.curves_figure(curves, 5, "r2").data] == ["LIME", "Your settings"]


def test_methods_with_other_levels_of_chance_have_lines_of_their_own(pairs, curves):
    few = lc.FitSettings(0, feature_selection=lc.HighestWeights(3))
    other = {**curves, "foldover": lc.curve(pairs[:3], few, (32, 100, 200))}
    names = [line.name for line in charts.curves_figure(other, 5, "jaccard").data if line.line.dash]
    assert names == ["chance, LIME and Your settings", "chance, Fold-over"]


def test_every_method_has_a_color_of_its_own():
    assert len({charts.color(name) for name in lc.METHODS}) == len(lc.METHODS)
