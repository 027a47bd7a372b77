"""Linear surrogates are scikit-learn's, at their limits too."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn import linear_model

import lime_core as lc
from lime_core.files.records import from_json, to_json

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


SHARED = [lc.Lasso(share=0.2), lc.ElasticNet(l1_ratio=0.4, share=0.2), lc.ElasticNetWithPrior(l1_ratio=0.4, share=0.2)]


@pytest.mark.parametrize("surrogate", SHARED, ids=str)
def test_a_share_is_that_of_the_smallest_penalty_that_leaves_no_weight(samples, surrogate):
    given = lc.Samples(*samples[:3])
    l1_ratio = getattr(surrogate, "l1_ratio", 1.0)
    for share, left in ((0.99, 1), (0.0001, 10)):
        assert np.count_nonzero(replace(surrogate, share=share)(given).weights) == left
    z = samples[0] - np.average(samples[0], axis=0, weights=samples[2])
    y = samples[1] - np.average(samples[1], weights=samples[2])
    unit = np.sqrt(np.average(y**2, weights=samples[2]))
    largest = np.abs(z.T @ (samples[2] * y / unit)).max() / samples[2].sum() / l1_ratio
    for alpha, left in ((0.999, True), (1.001, False)):
        theirs = linear_model.ElasticNet(alpha=alpha * largest, l1_ratio=l1_ratio, tol=1e-12)
        assert theirs.fit(samples[0], y / unit, sample_weight=samples[2]).coef_.any() == left
    theirs = linear_model.ElasticNet(alpha=0.2 * largest, l1_ratio=l1_ratio, tol=1e-9)
    theirs.fit(samples[0], y / unit, sample_weight=samples[2])
    np.testing.assert_allclose(surrogate(given).weights, unit * theirs.coef_, atol=1e-10)


def test_a_share_of_nothing_is_no_weight():
    masks = lc.Enumerate()(4, 2, 0).astype(np.float64)
    either = (masks.sum(axis=1) == 1).astype(np.float64)  # neither superpixel alone tells anything
    for surrogate in (lc.Lasso(), lc.ElasticNet(), lc.ElasticNetWithPrior()):
        found = surrogate(lc.Samples(masks, either, np.ones(4)))
        assert not found.weights.any()
        assert found.intercept == 0.5


@pytest.mark.parametrize("cls", [lc.Lasso, lc.ElasticNet, lc.ElasticNetWithPrior])
def test_a_penalty_of_an_earlier_manifest_means_the_same(cls, samples):
    name = next(name for name, option in lc.SURROGATES.items() if option is cls)
    written = {"name": name, "alpha": 0.001} | ({} if cls is lc.Lasso else {"l1_ratio": 0.5})
    option = from_json(written, lc.SURROGATES)
    assert option == cls(alpha=0.001)
    assert to_json(option, lc.SURROGATES) == written
    masks, scores, weights, _ = samples
    theirs = linear_model.ElasticNet(alpha=0.001, l1_ratio=written.get("l1_ratio", 1.0))
    theirs.fit(masks, scores, sample_weight=weights)
    np.testing.assert_allclose(option(lc.Samples(masks, scores, weights)).weights, theirs.coef_, atol=1e-10)


def test_bayesian_ridge_is_scikit_learns_on_scores_of_deviation_one(samples):
    masks, scores, weights, _ = samples
    scaled = weights * len(weights) / weights.sum()
    unit = np.sqrt(np.average((scores - np.average(scores, weights=weights)) ** 2, weights=weights))
    theirs = linear_model.BayesianRidge().fit(masks, scores / unit, sample_weight=scaled)
    np.testing.assert_allclose(
        lc.BayesianRidge()(lc.Samples(masks, scores, weights)).weights, unit * theirs.coef_, atol=1e-9
    )


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


@pytest.mark.parametrize("alpha", [1e-17, 1e-14, 1e-10])
def test_a_penalty_of_next_to_nothing_is_none_where_columns_depend_on_each_other(samples, alpha):
    masks, scores, weights, _ = samples
    few = lc.Samples(masks[:7], scores[:7], weights[:7])
    found, least = lc.Ridge(alpha)(few), lc.Ridge(alpha=0.0)(few)
    np.testing.assert_allclose(found.weights, least.weights, atol=1e-7)
    np.testing.assert_allclose(found.predicted, few.scores, atol=1e-7)


def test_an_endless_penalty_leaves_the_mean(samples):
    masks, scores, weights, _ = samples
    found = lc.Ridge(alpha=1000.0)(lc.Samples(masks, scores, weights * 1e-9))
    np.testing.assert_allclose(found.weights, 0.0, atol=1e-8)
    assert found.intercept == pytest.approx(np.average(scores, weights=weights))
