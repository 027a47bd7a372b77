"""The covariance is what leaving out samples shows, and error bars cover the truth as often as they say."""

import numpy as np
import pytest

import lime_core as lc


def test_the_error_of_a_superpixel_that_the_lasso_drops_is_not_known(samples):
    masks, scores, weights, _ = samples
    found = lc.Lasso(alpha=0.1)(lc.Samples(masks, scores, weights))
    dropped = found.weights == 0
    assert dropped.any()
    assert np.isnan(found.standard_error[dropped]).all()
    assert np.isnan(found.covariance[dropped]).all()
    assert np.isfinite(found.covariance[np.ix_(~dropped, ~dropped)]).all()
    assert (found.standard_error[~dropped] > 0).all()


@pytest.mark.parametrize("alpha", [0.0, 3.0])
@pytest.mark.parametrize("clusters", [None, np.arange(300) // 2, np.random.default_rng(1).integers(0, 80, 300)])
def test_the_covariance_is_what_leaving_out_one_cluster_after_the_other_shows(samples, alpha, clusters):
    masks, scores, weights, _ = samples
    surrogate = lc.Ridge(alpha=alpha)
    found = surrogate(lc.Samples(masks, scores, weights, clusters))
    numbers = np.arange(300) if clusters is None else clusters
    moved = [
        surrogate(lc.Samples(masks[numbers != one], scores[numbers != one], weights[numbers != one])).weights
        - found.weights
        for one in np.unique(numbers)
    ]
    np.testing.assert_allclose(found.covariance, np.array(moved).T @ np.array(moved), rtol=1e-8, atol=1e-12)
    np.testing.assert_array_equal(found.standard_error, np.sqrt(np.diag(found.covariance)))


@pytest.mark.parametrize("penalty", [0.0, 1e-14, 1e-12, 1e-9])
@pytest.mark.parametrize("prior", [False, True])
def test_of_columns_that_depend_on_each_other_the_errors_are_those_of_the_samples(samples, mean, penalty, prior):
    masks, scores, weights, _ = samples
    doubled, mean = np.hstack([masks, masks[:, :1]]), np.append(mean, mean[0])
    clusters = np.arange(300) // 2

    def errors(masks, penalty, mean):
        expected = lc.Expected(mean, penalty) if prior else None
        fitted = lc.RidgeWithPrior(0.0 if prior else penalty)(lc.Samples(masks, scores, weights, clusters), expected)
        return fitted.standard_error

    # Both halves of a doubled column move alike: together as one column with half of the penalty, and twice the prior.
    once = errors(masks, 0.0, mean[:10])
    np.testing.assert_allclose(errors(doubled, penalty, mean), np.append(once, once[0]) / [2, *[1] * 9, 2], rtol=1e-8)


def test_samples_that_were_all_drawn_apart_need_no_clusters(samples):
    masks, scores, weights, _ = samples
    alone = lc.Ridge()(lc.Samples(masks, scores, weights))
    np.testing.assert_allclose(
        lc.Ridge()(lc.Samples(masks, scores, weights, np.arange(300))).covariance, alone.covariance
    )


@pytest.mark.parametrize("row", [0, 3])
def test_a_cluster_that_decides_a_weight_by_itself_leaves_the_errors_finite(row):
    sampler = lc.Antithetic()
    masks = sampler(41, 5, 0).astype(np.float64)
    masks[:, 4] = np.arange(41) == row
    scores = masks @ np.arange(5.0) + masks[:, 0] * masks[:, 1]
    found = lc.LeastSquares()(lc.Samples(masks, scores, np.ones(41), sampler.clusters(41, 5, 0)))
    assert np.isfinite(found.covariance).all()


def test_errors_are_not_given_where_no_more_clusters_than_superpixels_were_drawn():
    masks = lc.Antithetic()(23, 12, 0).astype(np.float64)
    scores = masks[:, 0] * masks[:, 1]
    assert np.isfinite(lc.Ridge()(lc.Samples(masks, scores, np.ones(23))).covariance).all()
    found = lc.Ridge()(lc.Samples(masks, scores, np.ones(23), lc.Antithetic().clusters(23, 12, 0)))
    assert np.isnan(found.covariance).all()


@pytest.mark.slow
@pytest.mark.parametrize("surrogate", [lc.Ridge(), lc.BayesianRidge(), lc.ElasticNet(alpha=0.0001)])
def test_the_standard_error_of_one_run_predicts_the_spread_of_many(surrogate):
    rng = np.random.default_rng(5)
    effects, pairs = rng.normal(0, 1, 10), rng.normal(0, 1, (10, 10))
    kernel = lc.CosineKernel()

    def run(seed):
        masks = lc.Bernoulli()(500, 10, seed).astype(np.float64)
        scores = np.tanh(masks @ effects + np.einsum("ni,ij,nj->n", masks, pairs, masks) / 5)
        return surrogate(lc.Samples(masks, scores, kernel(masks)))

    runs = [run(seed) for seed in range(300)]
    observed = np.std([found.weights for found in runs], axis=0)
    predicted = np.mean([found.standard_error for found in runs], axis=0)
    np.testing.assert_allclose(predicted, observed, rtol=0.15)


def test_error_bars_cover_the_truth_also_with_few_samples_and_are_not_given_with_fewer():
    """Nominal 95 % intervals of a non-additive score over many seeds."""
    rng = np.random.default_rng(3)
    effects, pairs = rng.normal(0, 1, 12), rng.normal(0, 1, (12, 12))

    def score(masks):
        return np.tanh(masks @ effects / 3 + np.einsum("ni,ij,nj->n", masks, pairs, masks) / 12)

    def run(n, seed):
        masks = lc.Bernoulli()(n, 12, seed).astype(np.float64)
        return lc.LeastSquares()(lc.Samples(masks, score(masks), np.ones(n)))

    truth = run(40_000, 1).weights
    for n in (40, 100, 400):
        runs = [run(n, seed) for seed in range(150)]
        inside = [np.abs(found.weights - truth) < 1.96 * found.standard_error for found in runs]
        assert 0.93 < np.mean(inside) < 0.995, n
    assert np.isnan(run(12, 0).standard_error).all()


@pytest.mark.parametrize("name", [*lc.SURROGATES, *lc.SURROGATES_WITH_PRIOR])
def test_weights_are_the_same_without_error_bars(samples, mean, name):
    masks, scores, weights, _ = samples
    surrogate = (lc.SURROGATES | lc.SURROGATES_WITH_PRIOR)[name]()
    expected = [lc.Expected(mean, 2.0)] if name in lc.SURROGATES_WITH_PRIOR else []
    usual = surrogate(lc.Samples(masks, scores, weights), *expected)
    without = surrogate(lc.Samples(masks, scores, weights, errors=False), *expected)
    np.testing.assert_array_equal(without.weights, usual.weights)
    np.testing.assert_array_equal(without.predicted, usual.predicted)
    assert np.isnan(without.covariance).all()
