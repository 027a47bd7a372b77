"""The pulled fit: its sparse weights, its order of entry and its noise are those of other methods."""

import numpy as np
import pytest
from sklearn import linear_model

import lime_core as lc
from lime_core.surrogates.pull import PulledFit
from tests.surrogates.conftest import best_scale, centred


@pytest.fixture
def samples(samples):
    """Those of all surrogates here, without their effects."""
    return samples[:3]


def proximal_gradient(samples, prior, l1, l2, strength, steps=20_000):
    """argmin Σ w (y - zβ)² / 2 + l1·Σ|β| + l2·‖β‖² / 2 + strength·‖β - β₀‖² / 2."""
    z, y = centred(*samples)
    weighted = z * samples[2][:, None]
    gram = z.T @ weighted + (l2 + strength) * np.eye(z.shape[1])
    right = weighted.T @ y + strength * prior
    step = 1 / np.linalg.eigvalsh(gram).max()
    found = np.zeros(z.shape[1])
    for _ in range(steps):
        moved = found - step * (gram @ found - right)
        found = np.sign(moved) * np.maximum(np.abs(moved) - step * l1, 0)
    return found


@pytest.mark.parametrize("l1_ratio", [0.3, 1.0])
@pytest.mark.parametrize("strength", [1.0, 40.0])
@pytest.mark.parametrize("alpha", [0.001, 0.05, 0.2])
def test_the_elastic_net_is_what_proximal_gradient_steps_find(samples, mean, l1_ratio, strength, alpha):
    total = alpha * samples[2].sum()
    prior = best_scale(samples, mean) * mean
    truth = proximal_gradient(samples, prior, total * l1_ratio, total * (1 - l1_ratio), strength)
    found = lc.ElasticNetWithPrior(alpha, l1_ratio)(lc.Samples(*samples), lc.Expected(mean, strength))
    np.testing.assert_allclose(found.weights, truth, atol=1e-10)
    np.testing.assert_array_equal(found.weights == 0, truth == 0)


def test_the_order_of_entry_is_that_of_scikit_learns_path(samples, mean):
    weights = samples[2]
    z, y = centred(*samples)
    prior = best_scale(samples, mean) * mean
    for strength in (0.5, 20.0, 500.0):
        ridge = 0.01 * 0.7 * weights.sum() + strength
        rows = np.vstack([z * np.sqrt(weights)[:, None], np.sqrt(ridge) * np.eye(10)])
        targets = np.concatenate([y * np.sqrt(weights), strength * prior / np.sqrt(ridge)])
        active = linear_model.lars_path(rows, targets, method="lasso")[1]
        found = lc.ElasticNetWithPrior(0.01, 0.3)(lc.Samples(*samples), lc.Expected(mean, strength))
        assert found.entered.tolist() == list(active)
    plain = linear_model.lars_path(z * np.sqrt(weights)[:, None], y * np.sqrt(weights), method="lasso")[1]
    assert lc.ElasticNetWithPrior(0.01, 1.0)(lc.Samples(*samples)).entered.tolist() == list(plain)


def test_what_enters_first_is_still_there_when_the_penalty_is_high(samples, mean):
    found = lc.ElasticNetWithPrior(0.2, 1.0)(lc.Samples(*samples), lc.Expected(mean, 5.0))
    kept = np.flatnonzero(found.weights)
    assert 0 < len(kept) < 10
    assert set(found.entered[: len(kept)]) == set(kept)


def test_the_fitted_noise_is_that_of_scikit_learns_evidence(samples, mean):
    """With a prior around zero of a fixed precision, it is BayesianRidge whose lambda is held by a sharp hyperprior."""
    masks, scores, weights = samples
    scaled = weights * 300 / weights.sum()
    theirs = linear_model.BayesianRidge(lambda_1=2e12, lambda_2=1e12, tol=1e-12, max_iter=10_000)
    theirs.fit(masks, scores, sample_weight=scaled)
    assert theirs.lambda_ == pytest.approx(2.0, rel=1e-6)
    prior = 0.5 * mean
    shifted = scores - masks @ prior
    theirs.fit(masks, shifted, sample_weight=scaled)
    problem = PulledFit(lc.Samples(masks, scores, scaled), lc.Expected(mean, 2.0), 0.0)
    problem.scale = 0.5
    assert problem.noise_precision() == pytest.approx(theirs.alpha_, rel=1e-6)
    given, expected = lc.Samples(masks, scores, weights), lc.Expected(mean, 2.0)
    precision = PulledFit(given.scaled(), expected, 0.0).noise_precision()
    own = lc.BayesianRidgeWithPrior(fit_noise=False, noise_precision=precision)
    variance = np.average((scores - np.average(scores, weights=weights)) ** 2, weights=weights)
    fitted, fixed = lc.BayesianRidgeWithPrior()(given, lc.Expected(mean, 2.0 * variance)), own(given, expected)
    np.testing.assert_allclose(fitted.weights, fixed.weights, rtol=1e-9)
    np.testing.assert_allclose(fitted.predicted, fixed.predicted, rtol=1e-9)
