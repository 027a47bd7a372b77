"""Scores have no size of their own: in another unit, and on another offset, the same map comes out."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lime_core as lc
from tests.explanation.conftest import prior_of
from tests.support.planted import BLACK, GRID, PairModel, textured_picture

FITS = {
    "ridge": lc.FitSettings(0),
    "least squares": lc.FitSettings(0, surrogate=lc.LeastSquares()),
    "lasso": lc.FitSettings(0, surrogate=lc.Lasso()),
    "elastic net": lc.FitSettings(0, surrogate=lc.ElasticNet(l1_ratio=0.3, share=0.2)),
    "bayesian ridge": lc.FitSettings(0, surrogate=lc.BayesianRidge()),
    "tree": lc.FitSettings(0, surrogate=lc.Tree(max_depth=3)),
    "lasso path": lc.FitSettings(0, feature_selection=lc.LassoPath(6)),
    "forward selection": lc.FitSettings(0, feature_selection=lc.ForwardSelection(6)),
    "highest weights": lc.FitSettings(0, feature_selection=lc.HighestWeights(6)),
}
WITH_PRIOR = {
    "ridge with prior": lc.RidgeWithPrior(),
    "elastic net with prior": lc.ElasticNetWithPrior(),
}


@pytest.fixture(scope="module")
def moving():
    """A probe whose first class is additive but for one pair, in float64."""
    picture = textured_picture()
    model = lc.wrap_model(PairModel(picture), kind="values", name="pairs")
    return lc.probe_image(picture, model, 300, segmenter=GRID, hiding=BLACK)


def with_outputs(probe, outputs, kind="values"):
    return replace(probe, outputs=outputs, kind=kind)


def assert_the_same_map(e, found, factor):
    """Weights, error bars and errors of rounding in the unit of the score; everything else as it was."""
    unit = factor if e.signed else 1.0
    largest = np.abs(e.weights).max()
    np.testing.assert_allclose(found.weights / unit, e.weights, rtol=1e-4, atol=1e-6 * largest)
    np.testing.assert_allclose(found.standard_error / unit, e.standard_error, rtol=1e-3)
    assert found.r2 == pytest.approx(e.r2, abs=1e-5)
    assert found.features.tolist() == e.features.tolist()
    assert found.entered.tolist() == e.entered.tolist()
    assert lc.top_certainty(found, 3) == pytest.approx(lc.top_certainty(e, 3), abs=0.01, nan_ok=True)


@pytest.mark.parametrize("name", FITS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(power=st.integers(-30, 30), offset=st.floats(-1000.0, 1000.0))
def test_a_score_in_another_unit_has_the_same_map_in_that_unit(moving, name, power, offset):
    factor = 10.0**power
    e = lc.fit(moving, FITS[name])
    found = lc.fit(with_outputs(moving, (moving.outputs + offset) * factor), FITS[name])
    assert_the_same_map(e, found, factor)


@pytest.mark.parametrize("name", WITH_PRIOR)
@pytest.mark.parametrize("power", [-30, -10, -3, 3, 10, 30])
def test_a_prior_pulls_as_far_whatever_the_unit_of_the_score(moving, name, power):
    fitted = lc.FitSettings(0, surrogate=WITH_PRIOR[name], prior=prior_of(moving), prior_strength=10.0)
    e, factor = lc.fit(moving, fitted), 10.0**power
    found = lc.fit(with_outputs(moving, moving.outputs * factor), fitted)
    assert_the_same_map(e, found, factor)
    np.testing.assert_allclose(found.prior_share, e.prior_share, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1e-20, 1e-6, 1.0, 1e6, 1e20])
def test_what_is_below_the_rounding_of_the_answers_is_constant(moving, dtype, size):
    noise = np.random.default_rng(0).integers(-1, 2, moving.outputs.shape)
    one = np.asarray(size, dtype)
    answers = one + (noise * np.spacing(one)).astype(dtype)
    assert lc.fit(with_outputs(moving, answers), FITS["ridge"]).constant
    moved = np.where(moving.masks[:, :3] > 0, one, one + 64 * np.spacing(one)).astype(dtype)
    e = lc.fit(with_outputs(moving, moved), FITS["least squares"])
    assert not e.constant
    assert e.top(1)[0][0] == 0
    assert e.r2 > 0.99


def test_small_effects_on_a_large_score_are_not_lost():
    picture = textured_picture()
    pairs = PairModel(picture)
    large = lc.wrap_model(lambda pictures: 1e7 + 1e-2 * pairs(pictures), kind="values", name="large")
    probe = lc.probe_image(picture, large, 300, segmenter=GRID, hiding=BLACK)
    assert probe.outputs.dtype == np.float64
    e = lc.explain(probe, 1, surrogate=lc.LeastSquares())
    np.testing.assert_allclose(e.weights, 1e-2 * pairs.effects[1], rtol=1e-5, atol=1e-8)
    assert e.r2 == pytest.approx(1.0, abs=1e-9)


def test_a_class_of_tiny_probability_can_be_explained_in_log_odds():
    picture = textured_picture()
    pairs = PairModel(picture)

    def rare(pictures):
        p = 1e-10 * np.exp(pairs(pictures)[:, 1])
        return np.stack([1 - p, p], axis=1)

    for dtype in (np.float32, np.float64):
        model = lc.wrap_model(lambda pictures, dtype=dtype: rare(pictures).astype(dtype), name=f"rare {dtype}")
        probe = lc.probe_image(picture, model, 300, segmenter=GRID, hiding=BLACK)
        e = lc.explain(probe, 1, "log-odds", surrogate=lc.LeastSquares())
        np.testing.assert_allclose(e.weights, pairs.effects[1], atol=1e-4)
        assert e.r2 == pytest.approx(1.0, abs=1e-6)
        p = lc.explain(probe, 1, "probability")
        assert p.r2 > 0.3
        assert np.abs(p.weights).max() < 1e-7


@pytest.mark.parametrize(("kind", "space"), [("logits", "probability"), ("logits", "log-odds"), ("logits", "logit"),
                                             ("probabilities", "probability"), ("probabilities", "log-odds"),
                                             ("values", "value")])  # fmt: skip
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_constant_answer_is_constant_in_every_space(moving, kind, space, dtype):
    row = np.random.default_rng(1).dirichlet(np.ones(1000))
    answers = np.tile(row if kind != "logits" else 40 * np.log(row), (300, 1))
    if kind == "logits":  # softmax does not change, but rounds each time in another way
        answers = answers + np.linspace(-3, 3, 300)[:, None] * (space != "logit")
    e = lc.explain(with_outputs(moving, answers.astype(dtype), kind), 3, space)
    assert e.constant
    assert math.isnan(e.r2)
    assert not e.weights.any()


def test_a_score_that_moves_only_where_no_sample_counts_is_constant(moving):
    class First(lc.NoKernel):
        def __call__(self, masks):
            return (np.arange(len(masks)) < 50).astype(float)

    answers = np.where(np.arange(300) < 50, 0.5, 0.7)[:, None] * np.ones((1, 3))
    assert lc.explain(with_outputs(moving, answers), 0, kernel=First()).constant
