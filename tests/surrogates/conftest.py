"""Samples of a model whose effects are known, and an expectation of them that is about right."""

import numpy as np
import pytest
from sklearn import linear_model

import lime_core as lc


@pytest.fixture
def samples():
    """Masks, scores, weights of the samples, and the effects that the scores are made of."""
    rng = np.random.default_rng(0)
    masks = lc.Bernoulli()(300, 10, 0).astype(np.float64)
    effects = rng.normal(0, 1, 10)
    scores = masks @ effects + 0.8 * masks[:, 0] * masks[:, 1] + 0.3
    return masks, scores, rng.uniform(0.1, 1.0, 300), effects


@pytest.fixture
def mean(samples):
    """An expectation that is about right, for samples without their effects: scaled by a third, and noisy."""
    return lc.Ridge()(lc.Samples(*samples)).weights / 3 + np.random.default_rng(1).normal(0, 0.1, 10)


def centred(masks, scores, weights):
    return masks - np.average(masks, axis=0, weights=weights), scores - np.average(scores, weights=weights)


def best_scale(samples, mean):
    """The factor of the mean that a regression of the scores on it finds."""
    masks, scores, weights = samples
    found = linear_model.LinearRegression().fit((masks @ mean)[:, None], scores, sample_weight=weights)
    return float(found.coef_[0])


def assert_same_fit(one, other):
    for name in ("weights", "covariance", "predicted"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert one.intercept == other.intercept
