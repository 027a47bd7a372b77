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
