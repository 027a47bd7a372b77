"""Scores: probabilities, log-odds and raw answers agree, stay finite, and are refused where they are none."""

import numpy as np
import pytest

import lime_core as lc
from lime_core.models.scores import bounds, check_outputs, probabilities, scores, weighted_r2

LOGITS = np.random.default_rng(0).normal(0, 5, (20, 6)).astype(np.float32)


def test_probabilities_of_logits_are_their_softmax_and_those_that_are_explained():
    expected = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
    found = probabilities(LOGITS, "logits")
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    for c in range(6):
        np.testing.assert_allclose(scores(LOGITS, "logits", c, "probability"), found[:, c], rtol=1e-6)


def test_log_odds_of_logits_and_of_probabilities_agree():
    from_logits = scores(LOGITS, "logits", 2, "log-odds")
    from_probabilities = scores(probabilities(LOGITS, "logits"), "probabilities", 2, "log-odds")
    near = np.abs(from_logits) < 8
    np.testing.assert_allclose(from_probabilities[near], from_logits[near], atol=2e-3)


def test_log_odds_stay_finite_where_probability_is_one():
    certain = np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    assert np.isfinite(scores(certain, "probabilities", 0, "log-odds")).all()
    huge = np.array([[500.0, -500.0]], dtype=np.float32)
    assert scores(huge, "logits", 0, "log-odds")[0] == pytest.approx(1000.0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_probability_keeps_its_log_odds_down_to_what_floats_carry(dtype):
    p = np.array([[1e-30], [1e-10], [0.5]], dtype=dtype)
    np.testing.assert_allclose(scores(p, "probabilities", 0, "log-odds"), np.log(p[:, 0] / (1 - p[:, 0])), rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("smallest", "least"), [(1e-20, 1e-20), (0.25, None)])
def test_a_probability_of_nothing_is_taken_for_the_smallest_that_was_given(dtype, smallest, least):
    p = np.array([[0.0], [smallest], [0.5], [1.0]], dtype=dtype)
    found = scores(p, "probabilities", 0, "log-odds")
    half = np.finfo(dtype).epsneg
    assert found[0] == pytest.approx(np.log(least or half))
    assert found[0] <= found[1] < found[2] < found[3]
    assert found[3] == pytest.approx(-np.log(half))
    assert bounds(p, "probabilities", 0, "log-odds") == 2
    assert bounds(p, "probabilities", 0, "probability") == bounds(p, "logits", 0, "log-odds") == 0


def test_two_classes_have_opposite_log_odds():
    p = np.array([0.0, 2.0**-22, 0.3, 1 - 2.0**-22, 1.0], dtype=np.float32)
    both = np.stack([1 - p, p], axis=1)
    np.testing.assert_allclose(
        scores(both, "probabilities", 0, "log-odds"), -scores(both, "probabilities", 1, "log-odds"), rtol=0.01
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_answers_keep_their_precision(dtype):
    logits = LOGITS.astype(dtype)
    assert probabilities(logits, "logits").dtype == dtype
    truth = np.exp(LOGITS.astype(np.float64)) / np.exp(LOGITS.astype(np.float64)).sum(axis=1, keepdims=True)
    close = {np.float32: 1e-5, np.float64: 1e-12}[dtype]
    np.testing.assert_allclose(scores(logits, "logits", 1, "probability"), truth[:, 1], rtol=close)
    odds = np.log(truth[:, 1] / (1 - truth[:, 1]))
    np.testing.assert_allclose(scores(logits, "logits", 1, "log-odds"), odds, rtol=close, atol=close)


@pytest.mark.parametrize("factor", [1e-40, 1.0, 1e40])
def test_r2_does_not_depend_on_the_unit(factor):
    rng = np.random.default_rng(0)
    values, weights = rng.normal(0, 1, 50), rng.uniform(0, 1, 50)
    predicted = values + rng.normal(0, 0.3, 50)
    expected = 1 - weights @ (values - predicted) ** 2 / (weights @ (values - np.average(values, weights=weights)) ** 2)
    assert weighted_r2(1e-100 * values * factor, 1e-100 * predicted * factor, weights) == pytest.approx(expected)


def test_raw_answers_are_explained_as_they_are():
    np.testing.assert_array_equal(scores(LOGITS, "logits", 1, "logit"), LOGITS[:, 1].astype(np.float64))
    np.testing.assert_array_equal(scores(LOGITS, "values", 1, "value"), LOGITS[:, 1].astype(np.float64))


def test_raw_answers_before_a_sigmoid_are_their_log_odds_and_do_not_compete():
    expected = 1 / (1 + np.exp(-LOGITS.astype(np.float64)))
    np.testing.assert_allclose(probabilities(LOGITS, "sigmoid"), expected, rtol=1e-5)
    for c in range(6):
        np.testing.assert_allclose(scores(LOGITS, "sigmoid", c, "probability"), expected[:, c], rtol=1e-12)
        for space in ("log-odds", "logit"):
            np.testing.assert_array_equal(scores(LOGITS, "sigmoid", c, space), LOGITS[:, c].astype(np.float64))
    with pytest.raises(
        ValueError, match="space must be one of probability, log-odds, logit for a model that gives sig"
    ):
        scores(LOGITS, "sigmoid", 0, "value")


def test_nothing_is_made_of_the_sum_of_probabilities():
    several = np.array([[0.9, 0.8, 0.0], [0.1, 0.2, 0.05]], dtype=np.float32)
    check_outputs(several, "probabilities")
    np.testing.assert_array_equal(probabilities(several, "probabilities"), several)
    np.testing.assert_allclose(scores(several, "probabilities", 1, "probability"), [0.8, 0.2], rtol=1e-6)
    np.testing.assert_allclose(scores(several, "probabilities", 1, "log-odds"), np.log([4.0, 0.25]), rtol=1e-6)


@pytest.mark.parametrize(("kind", "space"), [("probabilities", "logit"), ("values", "probability"), ("logits", "x")])
def test_a_space_that_the_model_does_not_have_is_refused(kind, space):
    with pytest.raises(ValueError, match="space must be one of"):
        scores(LOGITS, kind, 0, space)


@pytest.mark.parametrize("class_index", [-1, 6])
def test_a_class_that_is_not_there_is_refused(class_index):
    with pytest.raises(ValueError, match=r"class_index must lie in \[0, 5\]"):
        scores(LOGITS, "logits", class_index, "logit")


def test_nan_and_infinity_name_their_rows():
    bad = LOGITS.copy()
    bad[3, 0], bad[7, 2] = np.nan, np.inf
    with pytest.raises(lc.BadScores, match=r"2 samples \(rows 103, 107\)"):
        check_outputs(bad, "logits", first_row=100)


def test_answers_that_are_no_probabilities_say_what_to_do():
    with pytest.raises(lc.BadScores, match='kind="logits"'):
        check_outputs(LOGITS, "probabilities")


def test_values_have_no_probabilities():
    with pytest.raises(ValueError, match="values, not probabilities"):
        probabilities(LOGITS, "values")
