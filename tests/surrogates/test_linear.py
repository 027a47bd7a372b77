"""Linear surrogates are scikit-learn's, at their limits too."""

import numpy as np
import pytest
from sklearn import linear_model

import lime_core as lc

SKLEARN = {
    "ridge": (lc.Ridge(alpha=1.0), linear_model.Ridge(alpha=1.0)),
    "strong ridge": (lc.Ridge(alpha=50.0), linear_model.Ridge(alpha=50.0)),
    "least squares": (lc.LeastSquares(), linear_model.LinearRegression()),
    "lasso": (lc.Lasso(alpha=0.01), linear_model.Lasso(alpha=0.01)),
    "elastic net": (lc.ElasticNet(alpha=0.01, l1_ratio=0.3), linear_model.ElasticNet(alpha=0.01, l1_ratio=0.3)),
}


@pytest.mark.parametrize(("ours", "theirs"), SKLEARN.values(), ids=SKLEARN.keys())
def test_linear_surrogates_equal_scikit_learns(samples, ours, theirs):
    masks, scores, weights, _ = samples
    theirs.fit(masks, scores, sample_weight=weights)
    found = ours(lc.Samples(masks, scores, weights))
    np.testing.assert_allclose(found.weights, theirs.coef_, atol=1e-10)
    assert found.intercept == pytest.approx(theirs.intercept_, abs=1e-10)
    np.testing.assert_allclose(found.predicted, theirs.predict(masks), atol=1e-10)


def test_bayesian_ridge_does_not_depend_on_the_scale_of_the_weights(samples):
    masks, scores, weights, _ = samples
    one, other = (
        lc.BayesianRidge()(lc.Samples(masks, scores, weights)),
        lc.BayesianRidge()(lc.Samples(masks, scores, 1000 * weights)),
    )
    np.testing.assert_allclose(one.weights, other.weights, atol=1e-9)
    scaled = weights * len(weights) / weights.sum()
    theirs = linear_model.BayesianRidge().fit(masks, scores, sample_weight=scaled)
    np.testing.assert_allclose(one.weights, theirs.coef_, atol=1e-9)


def test_additive_scores_are_recovered_exactly_with_no_error():
    masks = lc.Bernoulli()(60, 8, 1).astype(np.float64)
    effects = np.arange(8.0) - 3.5
    found = lc.LeastSquares()(lc.Samples(masks, masks @ effects + 2.0, np.ones(60)))
    np.testing.assert_allclose(found.weights, effects, atol=1e-12)
    assert found.intercept == pytest.approx(2.0)
    np.testing.assert_allclose(found.standard_error, 0.0, atol=1e-12)


def test_no_penalty_is_least_squares_also_where_columns_depend_on_each_other(samples):
    masks, scores, weights, _ = samples
    doubled = np.hstack([masks, masks[:, :1]])
    found = lc.Ridge(alpha=0.0)(lc.Samples(doubled, scores, weights))
    assert found.weights[0] == pytest.approx(found.weights[10])
    np.testing.assert_allclose(
        found.predicted, lc.Ridge(alpha=0.0)(lc.Samples(masks, scores, weights)).predicted, atol=1e-9
    )


def test_an_endless_penalty_leaves_the_mean(samples):
    masks, scores, weights, _ = samples
    found = lc.Ridge(alpha=1000.0)(lc.Samples(masks, scores, weights * 1e-9))
    np.testing.assert_allclose(found.weights, 0.0, atol=1e-8)
    assert found.intercept == pytest.approx(np.average(scores, weights=weights))
