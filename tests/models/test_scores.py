"""Scores: probabilities, log-odds and raw answers agree, stay finite, and are refused where they are none."""

import numpy as np
import pytest

import lime_core as lc
from lime_core.models.scores import check_outputs, probabilities, scores

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


def test_raw_answers_are_explained_as_they_are():
    np.testing.assert_array_equal(scores(LOGITS, "logits", 1, "logit"), LOGITS[:, 1].astype(np.float64))
    np.testing.assert_array_equal(scores(LOGITS, "values", 1, "value"), LOGITS[:, 1].astype(np.float64))


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
