"""The tree's importances are scikit-learn's, and have no error bars."""

import numpy as np
import pytest
from sklearn.tree import DecisionTreeRegressor

import lime_core as lc


def test_the_tree_gives_importances_that_sum_to_one_and_no_errors(samples):
    masks, scores, weights, _ = samples
    found = lc.Tree(max_depth=4)(lc.Samples(masks, scores, weights))
    theirs = DecisionTreeRegressor(max_depth=4, min_samples_leaf=5, random_state=0)
    theirs.fit(masks, scores, sample_weight=weights)
    np.testing.assert_allclose(found.weights, theirs.feature_importances_, rtol=1e-9)
    assert found.weights.sum() == pytest.approx(1.0)
    assert np.isnan(found.intercept)
    assert np.isnan(found.standard_error).all()
    assert not lc.Tree.signed


@pytest.mark.parametrize("n", [2, 20, 500])
@pytest.mark.parametrize("leaf", [1, 5])
@pytest.mark.parametrize("width", [0.1, 0.12, 0.2, 0.5])
def test_samples_that_weigh_less_than_rounding_split_nothing(n, leaf, width):
    rng = np.random.default_rng(0)
    masks = lc.Bernoulli()(n, 8, 0).astype(np.float64)
    scores = masks @ rng.normal(size=8) + 0.1 * rng.normal(size=n)
    fit = lc.Tree(min_samples_leaf=leaf)(lc.Samples(masks, scores, lc.L2Kernel(width)(masks)))
    assert np.isfinite(fit.predicted).all()
    assert (fit.weights >= 0).all()
    assert fit.weights.sum() == pytest.approx(1.0) or not fit.weights.any()


def test_a_tree_of_one_sample_that_counts_finds_nothing_important():
    masks = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    scores = np.array([3.0, 1.0, 2.0, 0.0])
    fit = lc.Tree(min_samples_leaf=1)(lc.Samples(masks, scores, np.array([1.0, 1e-20, 1e-20, 1e-40])))
    assert fit.weights.tolist() == [0.0, 0.0]
    np.testing.assert_allclose(fit.predicted, 3.0)
