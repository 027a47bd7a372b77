"""Certainties are those of the normal law, and what runs claim is how often they are right."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

import lime_core as lc
from tests.support.planted import BLACK, textured_picture

Z = norm.ppf(0.975)


@pytest.fixture
def known(probe):
    """Makes an explanation of 200 samples with given weights and covariance; zero weights have unknown errors."""
    explanation = lc.explain(probe)

    def make(weights, covariance):
        weights = np.asarray(weights, dtype=np.float64)
        covariance = np.array(covariance, dtype=np.float64)
        covariance[weights == 0], covariance[:, weights == 0] = np.nan, np.nan
        error = np.sqrt(np.diag(covariance))
        return replace(explanation, weights=weights, covariance=covariance, standard_error=error)

    return make


def random_case(seed, d):
    """Weights and a covariance with strong correlations."""
    rng = np.random.default_rng(seed)
    root = rng.normal(0, 0.4, (d, d))
    return rng.normal(0, 1.5, d), root @ root.T / d + 0.05 * np.eye(d)


def top_set(weights, k, signed):
    order = np.argsort(-(weights if signed else np.abs(weights)))[:k]
    return frozenset(order[weights[order] > 0] if signed else order)


def test_sign_certainty_is_the_normal_probability_of_the_other_sign():
    e = lc.explain(interacting_probe(40))
    expected = norm.cdf(np.abs(e.weights) / e.standard_error)
    np.testing.assert_allclose(lc.sign_certainty(e), expected)
    assert expected.min() < 0.95 < expected.max()


def test_half_widths_are_those_of_the_normal_law(known):
    e = known([1.0, -2.0, 0.0], np.diag([0.04, 0.09, 1.0]))
    np.testing.assert_allclose(lc.half_widths(e), [0.2 * Z, 0.3 * Z, np.nan])
    np.testing.assert_allclose(lc.half_widths(e, level=0.5), [0.2 * 0.6744898, 0.3 * 0.6744898, np.nan])
    for level in (0, 1, 95):
        with pytest.raises(ValueError, match="level must lie between 0 and 1"):
            lc.half_widths(e, level)


def test_what_is_not_known_is_nan_and_what_is_exact_is_certain(known):
    e = known([0.3, -0.2, 0.0], np.zeros((3, 3)))
    np.testing.assert_array_equal(lc.sign_certainty(e), [1.0, 1.0, np.nan])
    assert lc.top_certainty(e, 1) == lc.top_certainty(e, 1, signed=True) == 1.0
    assert lc.top_certainty(known([0.3, 0.3], np.zeros((2, 2))), 1) == 1.0
    assert lc.samples_to_settle(e, 1) == 200
    np.testing.assert_array_equal(lc.samples_needed(e, 0.1), [0.0, 0.0, np.nan])

    unknown = known([0.3, -0.2], np.full((2, 2), np.nan))
    assert np.isnan(lc.sign_certainty(unknown)).all()
    assert np.isnan(lc.rank_certainty(unknown.weights, unknown.covariance, 0, 1))
    assert np.isnan(lc.top_certainty(unknown, 1))
    assert np.isnan(lc.samples_needed(unknown, 0.1)).all()
    assert np.isnan(lc.samples_to_settle(unknown, 1))
    assert np.isnan(lc.top_certainty(known([0.0, 0.0], np.eye(2)), 1))


def test_where_all_masks_were_asked_what_was_left_out_is_exact_too(planted):
    pixels = textured_picture().pixels.copy()
    pixels[:16, :16] = 0
    probe = lc.probe_image(pixels, planted, 64, segmenter=lc.Grid(2, 3), hiding=BLACK, sampler=lc.Enumerate())
    e = lc.explain(probe, 0, surrogate=lc.Lasso(share=0.6))
    left_out = (e.weights == 0) & ~e.inert
    assert e.exact
    assert left_out.any()
    assert lc.top_certainty(e, 5) == lc.top_certainty(e, 5, signed=True) == 1.0
    assert lc.samples_to_settle(e, 5) == 64
    np.testing.assert_array_equal(lc.half_widths(e), np.where(e.inert, np.nan, 0.0))
    np.testing.assert_array_equal(lc.samples_needed(e, 0.1), np.where(e.inert, np.nan, 0.0))
    some = lc.explain(probe.first(63), 0, surrogate=lc.Lasso(share=0.6))
    assert np.isnan(lc.top_certainty(some, 5))
    assert np.isnan(lc.samples_needed(some, 0.1)[some.weights == 0]).all()


def test_importances_of_a_tree_have_no_sign_to_be_certain_of(probe):
    assert np.isnan(lc.sign_certainty(lc.explain(probe, surrogate=lc.Tree()))).all()


def test_rank_certainty_counts_how_two_weights_move_together():
    weights, covariance = random_case(0, 6)
    draws = np.random.default_rng(1).multivariate_normal(weights, covariance, 200_000)
    for i, j in ((0, 1), (2, 5), (4, 3)):
        expected = (draws[:, i] > draws[:, j]).mean()
        assert lc.rank_certainty(weights, covariance, i, j) == pytest.approx(expected, abs=0.005)
        assert lc.rank_certainty(weights, covariance, j, i) == pytest.approx(1 - expected, abs=0.005)
    alike = np.ones((2, 2))
    assert [lc.rank_certainty(np.array(w), alike, 0, 1) for w in ([2.0, 1.0], [1.0, 1.0], [1.0, 2.0])] == [1, 0.5, 0]


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_top_certainty_is_the_share_of_the_normal_law_that_has_the_same_set(known, signed, seed):
    weights, covariance = random_case(seed, 12)
    e = known(weights, covariance)
    draws = np.random.default_rng(9).multivariate_normal(weights, covariance, 4000)
    for k in (1, 3, 6, 10):
        expected = np.mean([top_set(drawn, k, signed) == top_set(weights, k, signed) for drawn in draws])
        assert lc.top_certainty(e, k, signed) == pytest.approx(expected, abs=0.05)
        assert lc.top_certainty(e, k, signed) == lc.top_certainty(e, k, signed)


def test_a_single_rival_makes_the_certainty_of_the_top_that_of_the_rank(known):
    weights, covariance = np.array([1.0, 0.8, 0.1]), np.diag([0.02, 0.03, 0.0001])
    expected = lc.rank_certainty(weights, covariance, 0, 1)
    assert lc.top_certainty(known(weights, covariance), 1, signed=True) == pytest.approx(expected, abs=0.03)


def test_all_superpixels_are_the_top_whatever_the_errors(known):
    e = known([0.1, -0.2, 0.01, 0.3], np.eye(4))
    assert lc.top_certainty(e, 4) == lc.top_certainty(e, 50) == 1.0


def test_nobody_knows_whether_the_selected_ones_are_right_where_all_of_them_are_the_top(known):
    e = known([0.1, -0.2, 0.0, 0.3], np.eye(4))
    assert math.isnan(lc.top_certainty(e, 3))
    assert math.isnan(lc.samples_to_settle(e, 3))
    assert not math.isnan(lc.top_certainty(e, 2))


def test_signed_tops_hold_no_superpixel_that_speaks_against(known):
    e = known([5.0, -5.0, -4.0], 0.01 * np.eye(3))
    assert lc.top_certainty(e, 2, signed=True) == 1.0
    doubtful = known([5.0, -0.05, -4.0], 0.01 * np.eye(3))
    assert lc.top_certainty(doubtful, 2, signed=True) == pytest.approx(norm.cdf(0.5), abs=0.03)
    assert lc.top_certainty(known([-5.0, -4.0], 0.01 * np.eye(2)), 1, signed=True) == 1.0


@pytest.mark.parametrize("signed", [False, True])
def test_far_rivals_and_far_leaders_change_nothing(known, signed):
    rng = np.random.default_rng(3)
    weights = np.concatenate([[1.0, 0.8], rng.normal(0, 0.01, 700), rng.uniform(9, 10, 400)])
    e = known(weights, np.diag(np.concatenate([[0.01, 0.01], np.full(1100, 0.0001)])))
    expected = norm.cdf(0.2 / np.sqrt(0.02))
    assert lc.top_certainty(e, 401, signed) == pytest.approx(expected, abs=0.03)


def test_samples_needed_follow_from_the_error_and_come_true():
    short = lc.explain(interacting_probe(400))
    needed = lc.samples_needed(short, half_width=0.6 * float(lc.half_widths(short).mean()))
    np.testing.assert_allclose(needed.mean(), 400 / 0.36, rtol=0.1)
    longer = lc.explain(interacting_probe(round(float(needed.mean()))))
    assert lc.half_widths(longer).mean() == pytest.approx(0.6 * lc.half_widths(short).mean(), rel=0.1)
    with pytest.raises(ValueError, match="half_width must be above 0"):
        lc.samples_needed(short, 0.0)


@pytest.mark.parametrize("signed", [False, True])
def test_samples_to_settle_are_those_at_which_the_certainty_reaches_its_level(known, signed):
    weights, covariance = np.array([1.0, 0.8, 0.75, -0.2, 0.1]), 0.02 * np.eye(5)
    e = known(weights, covariance)
    assert lc.top_certainty(e, 1, signed) < 0.95
    settled = lc.samples_to_settle(e, 1, signed)
    assert lc.top_certainty(known(weights, covariance * 200 / settled), 1, signed) == pytest.approx(0.95, abs=0.01)
    assert lc.samples_to_settle(e, 1, signed, certainty=0.99) > settled
    assert lc.samples_to_settle(e, 5) == 200
    assert lc.samples_to_settle(known([1.0, 0.9999], 0.1 * np.eye(2)), 1, signed) == np.inf


def test_it_never_takes_more_than_all_masks(known):
    e = known([1.0, 0.99, 0.5], 0.1 * np.eye(3))
    few = replace(e, spec=replace(e.spec, sampler=lc.Enumerate()), n_samples=6)
    assert lc.samples_to_settle(few, 1) == 8
    assert lc.samples_needed(few, 1e-6).tolist() == [8, 8, 8]


def test_a_top_of_none_is_no_question(known):
    e = known([1.0, 0.5], np.eye(2))
    for ask in (lc.top_certainty, lc.samples_to_settle):
        with pytest.raises(ValueError, match="k must be at least 1, got 0"):
            ask(e, 0)


def test_what_runs_claim_of_their_top_set_is_how_often_they_are_right():
    """Over many scores, so that near ties come as often as they do; each run's claim beside the truth of all masks."""
    claims, right = [], []
    for seed in range(200):
        truth = lc.explain(interacting_probe(512, seed, lc.Enumerate())).weights
        e = lc.explain(interacting_probe(200, seed))
        for k, signed in ((1, False), (3, False), (2, True)):
            claims.append(lc.top_certainty(e, k, signed))
            right.append(top_set(e.weights, k, signed) == top_set(truth, k, signed))
    claimed, true = np.array(claims), np.array(right)
    assert claimed.mean() == pytest.approx(true.mean(), abs=0.06)
    assert true[claimed > 0.9].mean() > 0.9


def interacting_probe(n, seed=0, sampler=lc.Bernoulli()):
    """Samples of a score with interactions on 3 × 3 superpixels, drawn from the seed; no picture is scored."""
    picture = lc.load_picture(np.random.default_rng(0).integers(60, 250, (18, 18, 3), dtype=np.uint8))
    spec = lc.ProbeSpec(picture.digest, "m", "f", "e", lc.Grid(3, 3), lc.Color(color=(0, 0, 0)), sampler, seed)
    scene = lc.Scene.of(lc.segment(picture.pixels, spec.segmenter), spec.hiding)
    masks = spec.sampler(n, 9, seed)
    rng = np.random.default_rng([5, seed])
    effects, pairs = rng.normal(0, 0.5, 9), rng.normal(0, 0.3, (9, 9))
    scores = np.tanh((masks - 0.3) @ effects + np.einsum("ni,nj,ij->n", masks - 0.3, masks - 0.3, pairs))
    return lc.Probe(spec, scene, masks, scores[:, None].astype(np.float32), "values", ())
