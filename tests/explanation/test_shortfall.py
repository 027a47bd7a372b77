"""What plain least squares reaches is what it predicts of each sample from the others."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from lime_core.explanation.shortfall import left_out_r2, shortfall_of
from lime_core.models.scores import weighted_r2
from lime_core.surrogates.surrogate import Samples

DRAW = np.random.default_rng(0)
MASKS = (DRAW.random((40, 5)) < 0.5).astype(float)
WEIGHTS = DRAW.random(40) + 0.1
ADDITIVE = MASKS @ [1.0, -2.0, 0.5, 0.0, 3.0] + 0.1


def samples(scores):
    return Samples(MASKS, scores, WEIGHTS)


@pytest.mark.parametrize("noise", [0.0, 0.5, 5.0])
def test_it_is_what_leaving_out_each_sample_in_turn_gives(noise):
    scores = ADDITIVE + noise * DRAW.normal(size=40)
    predicted = np.empty(40)
    for left_out in range(40):
        rest = np.arange(40) != left_out
        model = LinearRegression().fit(MASKS[rest], scores[rest], sample_weight=WEIGHTS[rest])
        predicted[left_out] = model.predict(MASKS[[left_out]])[0]
    assert left_out_r2(samples(scores)) == pytest.approx(weighted_r2(scores, predicted, WEIGHTS), abs=1e-6)


def test_what_loses_most_of_it_is_the_cause():
    scores, all_of_it = ADDITIVE, np.arange(5)
    assert shortfall_of(samples(scores), all_of_it, 0.9).cause == ""
    assert shortfall_of(samples(scores), all_of_it, 0.3).cause == "surrogate"
    assert shortfall_of(samples(scores), np.array([0]), 0.1).cause == "selection"
    assert shortfall_of(samples(scores), all_of_it, 0.3, lambda: scores).cause == "prior"
    assert shortfall_of(samples(scores), all_of_it, 0.3, lambda: np.zeros(40)).cause == "surrogate"
    assert shortfall_of(samples(DRAW.normal(size=40)), all_of_it, 0.0).cause == ""
    assert np.isnan(shortfall_of(samples(scores), all_of_it, float("nan")).additive_r2)
