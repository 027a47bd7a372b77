"""Surrogates with a prior: plain without strength, the scaled prior at the end of it, and honest about both."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn import linear_model

import lime_core as lc
from tests.surrogates.conftest import assert_same_fit, best_scale, centred

PAIRS = {
    "ridge": (lc.RidgeWithPrior(alpha=2.0), lc.Ridge(alpha=2.0)),
    "elastic net": (lc.ElasticNetWithPrior(0.01, 0.3), lc.ElasticNet(0.01, 0.3)),
    "elastic net by share": (lc.ElasticNetWithPrior(l1_ratio=0.3, share=0.1), lc.ElasticNet(l1_ratio=0.3, share=0.1)),
    "bayesian ridge": (lc.BayesianRidgeWithPrior(), lc.BayesianRidge()),
}
WITH_PRIOR = [surrogate for surrogate, _ in PAIRS.values()]


@pytest.fixture
def samples(samples):
    """Those of all surrogates here, without their effects."""
    return samples[:3]


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("strength", [None, 0.0])
def test_without_strength_it_is_the_plain_surrogate_to_the_last_digit(samples, mean, pair, strength):
    ours, plain = PAIRS[pair]
    clusters = np.arange(300) // 2
    expected = None if strength is None else lc.Expected(mean, strength)
    given = lc.Samples(*samples, clusters)
    assert_same_fit(ours(given, expected), plain(given))


@pytest.mark.parametrize("surrogate", WITH_PRIOR)
def test_an_endless_strength_leaves_the_scaled_prior(samples, mean, surrogate):
    found = surrogate(lc.Samples(*samples), lc.Expected(mean, 1e13))
    scale = best_scale(samples, mean)
    assert found.prior_scale == pytest.approx(scale, rel=1e-9)
    np.testing.assert_allclose(found.weights, scale * mean, rtol=1e-6)
    np.testing.assert_allclose(found.prior_share, 1.0, atol=1e-6)


@pytest.mark.parametrize("strength", [0.1, 10.0, 1000.0])
def test_ridge_with_a_prior_is_the_prior_and_a_ridge_of_what_it_leaves(samples, mean, strength):
    masks, scores, weights = samples
    prior = best_scale(samples, mean) * mean
    rest = linear_model.Ridge(alpha=strength).fit(masks, scores - masks @ prior, sample_weight=weights)
    found = lc.RidgeWithPrior(alpha=0.0)(lc.Samples(*samples), lc.Expected(mean, strength))
    np.testing.assert_allclose(found.weights, prior + rest.coef_, atol=1e-10)
    assert found.intercept == pytest.approx(rest.intercept_, abs=1e-10)
    np.testing.assert_allclose(found.predicted, found.intercept + masks @ found.weights, atol=1e-12)


@pytest.mark.parametrize("surrogate", [lc.RidgeWithPrior(alpha=0.0), lc.BayesianRidgeWithPrior()], ids=str)
@pytest.mark.parametrize("strength", [1e-18, 1e-14, 1e-10])
def test_a_strength_of_next_to_nothing_decides_what_few_samples_leave_open(samples, mean, surrogate, strength):
    few = lc.Samples(*(each[:7] for each in samples))
    prior = best_scale((few.masks, few.scores, few.sample_weights), mean) * mean
    rest = lc.Ridge(alpha=0.0)(replace(few, scores=few.scores - few.masks @ prior))
    found = surrogate(few, lc.Expected(mean, strength))
    np.testing.assert_allclose(found.weights, prior + rest.weights, atol=1e-6)
    np.testing.assert_allclose(found.predicted, few.scores, atol=1e-6)


def test_two_penalties_are_one_around_a_mean_between_them(samples, mean):
    """alpha·‖β‖² + s·‖β - β₀‖² has its middle at s / (alpha + s) · β₀."""
    masks, scores, weights = samples
    prior = best_scale(samples, mean) * mean * 30 / 50
    rest = linear_model.Ridge(alpha=50.0).fit(masks, scores - masks @ prior, sample_weight=weights)
    found = lc.RidgeWithPrior(alpha=20.0)(lc.Samples(*samples), lc.Expected(mean, 30.0))
    np.testing.assert_allclose(found.weights, prior + rest.coef_, atol=1e-10)


@pytest.mark.parametrize("strength", [1.0, 50.0])
def test_the_share_of_the_prior_is_its_part_of_the_weight(samples, mean, strength):
    weights = samples[2]
    z, y = centred(*samples)
    m = z.T @ (z * weights[:, None]) + strength * np.eye(10)
    prior = np.linalg.solve(m, strength * best_scale(samples, mean) * mean)
    data = np.linalg.solve(m, z.T @ (weights * y))
    found = lc.RidgeWithPrior(alpha=0.0)(lc.Samples(*samples), lc.Expected(mean, strength))
    np.testing.assert_allclose(found.weights, prior + data, atol=1e-10)
    np.testing.assert_allclose(found.prior_share, np.abs(prior) / (np.abs(prior) + np.abs(data)), atol=1e-10)


def test_the_share_grows_with_the_strength(samples, mean):
    shares = [
        lc.RidgeWithPrior()(lc.Samples(*samples), lc.Expected(mean, strength)).prior_share.mean()
        for strength in (0.01, 1.0, 100.0, 1e4, 1e8)
    ]
    assert (np.diff(shares) > 0).all()
    assert shares[0] < 0.01
    assert shares[-1] > 0.99


@pytest.mark.parametrize("surrogate", WITH_PRIOR)
def test_the_size_of_the_mean_does_not_matter(samples, mean, surrogate):
    one, other = (surrogate(lc.Samples(*samples), lc.Expected(factor * mean, 20.0)) for factor in (1.0, 1000.0))
    np.testing.assert_allclose(one.weights, other.weights, rtol=1e-8)
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=1e-6)
    assert one.prior_scale == pytest.approx(1000 * other.prior_scale)


@pytest.mark.parametrize("pair", ["ridge", "elastic net by share", "bayesian ridge"])
@pytest.mark.parametrize("size", [1e-6, 30.0, 1e6])
def test_the_unit_of_the_score_does_not_matter(samples, mean, pair, size):
    masks, scores, weights = samples
    surrogate, expected = PAIRS[pair][0], lc.Expected(mean, 20.0)
    one, other = (surrogate(lc.Samples(masks, s, weights), expected) for s in (scores, size * scores))
    np.testing.assert_allclose(other.weights, size * one.weights, rtol=1e-6)
    np.testing.assert_allclose(other.prior_share, one.prior_share, rtol=1e-5)
    np.testing.assert_allclose(other.covariance, size**2 * one.covariance, rtol=1e-4)


@pytest.mark.parametrize("surrogate", WITH_PRIOR)
def test_a_prior_that_the_samples_contradict_is_not_turned_over(samples, mean, surrogate):
    found = surrogate(lc.Samples(*samples), lc.Expected(-mean, 1e12))
    assert found.prior_scale == 0.0
    np.testing.assert_allclose(found.weights, 0.0, atol=1e-6)
    assert (found.prior_share == 0).all()
    assert np.isfinite(found.predicted).all()


def test_given_precisions_are_ridge_with_a_prior_at_their_ratio(samples, mean):
    masks, scores, weights = samples
    weights = weights * 300 / weights.sum()
    bayes = lc.BayesianRidgeWithPrior(fit_noise=False, noise_precision=8.0)
    found = bayes(lc.Samples(masks, scores, weights), lc.Expected(mean, 20.0))
    ridge = lc.RidgeWithPrior(alpha=0.0)(lc.Samples(masks, scores, weights), lc.Expected(mean, 20.0 / 8.0))
    assert_same_fit(found, ridge)
    z, y = centred(masks, scores, weights)
    posterior = np.linalg.inv(20.0 * np.eye(10) + 8.0 * z.T @ (z * weights[:, None]))
    prior = best_scale((masks, scores, weights), mean) * mean
    np.testing.assert_allclose(found.weights, posterior @ (20.0 * prior + 8.0 * z.T @ (weights * y)), atol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize(
    "surrogate", [lc.RidgeWithPrior(), lc.ElasticNetWithPrior(0.0001), lc.BayesianRidgeWithPrior()]
)
@pytest.mark.parametrize("strength", [20.0, 500.0, 1e6])
@pytest.mark.parametrize("paired", [False, True])
def test_the_standard_error_of_one_run_predicts_the_spread_of_many(surrogate, strength, paired):
    rng = np.random.default_rng(5)
    effects, pairs = rng.normal(0, 1, 10), rng.normal(0, 1, (10, 10))
    if isinstance(surrogate, lc.BayesianRidgeWithPrior):
        strength *= 0.566  # the variance of these scores
    expected, kernel = lc.Expected(effects + rng.normal(0, 0.5, 10), strength), lc.CosineKernel()
    sampler = lc.Antithetic() if paired else lc.Bernoulli()

    def run(seed):
        masks = sampler(500, 10, seed).astype(np.float64)
        scores = np.tanh(masks @ effects + np.einsum("ni,ij,nj->n", masks, pairs, masks) / 5)
        return surrogate(lc.Samples(masks, scores, kernel(masks), sampler.clusters(500, 10, seed)), expected)

    runs = [run(seed) for seed in range(200)]
    observed = np.std([found.weights for found in runs], axis=0)
    predicted = np.mean([found.standard_error for found in runs], axis=0)
    np.testing.assert_allclose(predicted, observed, rtol=0.2)


def test_the_covariance_is_what_leaving_out_one_sample_after_the_other_shows(samples, mean):
    """The scale of the prior is fitted anew each time; nearly, for the two fits come one after the other."""
    masks, scores, weights = samples
    surrogate, expected = lc.RidgeWithPrior(), lc.Expected(mean, 300.0)
    found = surrogate(lc.Samples(masks, scores, weights), expected)
    moved = []
    for one in range(300):
        rest = np.arange(300) != one
        again = surrogate(lc.Samples(masks[rest], scores[rest], weights[rest]), expected)
        moved.append(again.weights - found.weights)
    jackknife = np.sqrt((np.array(moved) ** 2).sum(axis=0))
    np.testing.assert_allclose(found.standard_error, jackknife, rtol=0.02)


@pytest.mark.parametrize(
    ("plain", "form"),
    [
        (lc.Ridge(alpha=3.0), lc.RidgeWithPrior(alpha=3.0)),
        (lc.LeastSquares(), lc.RidgeWithPrior(alpha=0.0)),
        (lc.Lasso(alpha=0.02), lc.ElasticNetWithPrior(alpha=0.02, l1_ratio=1.0)),
        (lc.ElasticNet(0.02, 0.4), lc.ElasticNetWithPrior(0.02, 0.4)),
        (lc.Lasso(share=0.2), lc.ElasticNetWithPrior(l1_ratio=1.0, share=0.2)),
        (lc.ElasticNet(share=0.2), lc.ElasticNetWithPrior(share=0.2)),
        (lc.BayesianRidge(), lc.BayesianRidgeWithPrior()),
        *[(surrogate, surrogate) for surrogate in WITH_PRIOR],
    ],
    ids=str,
)
def test_every_linear_surrogate_has_a_form_that_takes_a_prior(plain, form):
    assert lc.with_prior(plain) == form


@pytest.mark.parametrize("pair", PAIRS)
def test_without_a_prior_the_form_goes_back_to_the_plain_surrogate(pair):
    form, plain = PAIRS[pair]
    assert lc.without_prior(form) == plain
    assert lc.without_prior(plain) == plain
    assert lc.without_prior(lc.Tree()) == lc.Tree()


def test_settings_without_a_prior_are_plain(prior):
    pulled = lc.FitSettings(2, surrogate=lc.RidgeWithPrior(3.0), prior=prior, prior_strength=9.0)
    assert pulled.without_prior() == lc.FitSettings(2, surrogate=lc.Ridge(3.0))


def test_a_tree_has_none():
    with pytest.raises(ValueError, match=r"takes a prior, like RidgeWithPrior, got Tree"):
        lc.with_prior(lc.Tree())
