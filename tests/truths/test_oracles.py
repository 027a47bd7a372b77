"""What LIME's weights are with endless samples, known in closed form, and whether samples and error bars lead there."""

from math import comb

import numpy as np
import pytest

import lime_core as lc

KERNELS = [lc.CosineKernel(), lc.CosineKernel(width=0.1), lc.L2Kernel(1.0), lc.L2Kernel(5.0), lc.NoKernel()]


def all_masks(d):
    return lc.Enumerate()(2**d, d, 0).astype(np.float64)


def numbers(masks):
    """(n,) each mask as a binary number."""
    return masks.astype(np.int64) @ (1 << np.arange(masks.shape[1]))


def any_score(d):
    """A function of masks with interactions of every order: random effects, and a random number for each mask."""
    rng = np.random.default_rng(0)
    table, effects = rng.normal(0, 0.5, 2**d), rng.normal(0, 1, d)
    return lambda masks: np.tanh(masks @ effects) + table[numbers(masks)]


def smooth_score(d):
    """A logistic function with interactions of two and three superpixels, looked up as it is asked very often."""
    rng = np.random.default_rng(0)
    effects, pairs, triples = rng.normal(0, 1, d), rng.normal(0, 1, (d, d)), rng.normal(0, 1, (d, d, d))
    z = all_masks(d) - 0.5
    three = np.einsum("ni,nj,nk,ijk->n", z, z, z, triples, optimize=True)
    answers = 1 / (1 + np.exp(0.5 - z @ effects - 3 * ((z @ pairs) * z).sum(axis=1) / np.sqrt(d) - three / d))
    table = np.empty(2**d)
    table[numbers(all_masks(d))] = answers
    return lambda masks: table[numbers(masks)]


def closed_form(masks, scores, kernel, penalty):
    """(d,) weights and the intercept of ridge with `penalty` (λ / n) for endless uniform masks.

    Garreau, Mardaoui (2021), "What does LIME really see in images?", proposition 2, with the penalty added.  α_p is the
    mean of kernel · z_1 ... z_p, by the number of hidden superpixels; the kernel depends on nothing else.
    """
    d = masks.shape[1]
    by_number = kernel((np.arange(d)[None, :] >= np.arange(d + 1)[:, None]).astype(np.float32))  # s hidden in row s
    a0, a1, a2 = (sum(comb(d - p, s) * by_number[s] for s in range(d - p + 1)) / 2**d for p in range(3))
    weighted = by_number[(d - masks.sum(axis=1)).astype(int)] * scores
    g0, g = weighted.mean(), (masks * weighted[:, None]).mean(axis=0)
    mu = a1 / a0
    v, c = mu * (1 - mu) + penalty / a0, a2 / a0 - mu**2
    h = g / a0 - mu * g0 / a0
    weights = (h - c * h.sum() / (v - c + d * c)) / (v - c)
    return weights, g0 / a0 - mu * weights.sum()


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("alpha", [0.0, 1.0, 50.0])
@pytest.mark.parametrize("d", [2, 8, 10])
def test_all_masks_give_the_closed_form(kernel, alpha, d):
    masks = all_masks(d)
    scores = any_score(d)(masks)
    found = lc.Ridge(alpha=alpha)(lc.Samples(masks, scores, kernel(masks)))
    weights, intercept = closed_form(masks, scores, kernel, alpha / 2**d)
    np.testing.assert_allclose(found.weights, weights, atol=1e-10)
    assert found.intercept == pytest.approx(intercept, abs=1e-10)


@pytest.mark.parametrize("kernel", [lc.CosineKernel(), lc.L2Kernel(1.5)])
@pytest.mark.parametrize("sampler", [lc.Bernoulli(), lc.Antithetic(), lc.FoldOver(), lc.LimeMasks()])
def test_samples_converge_to_the_closed_form(sampler, kernel):
    d, score, errors = 9, any_score(9), []
    weights, _ = closed_form(all_masks(d), score(all_masks(d)), kernel, 0.0)
    for n in (1000, 16_000):
        masks = sampler(n, d, 3)
        found = lc.LeastSquares()(
            lc.Samples(masks.astype(float), score(masks), kernel(masks), sampler.clusters(n, d, 3))
        )
        assert (np.abs(found.weights - weights) < 5 * found.standard_error).all()
        errors.append(found.standard_error)
    np.testing.assert_allclose(errors[1], errors[0] / 4, rtol=0.35)


@pytest.mark.parametrize("name", lc.SAMPLERS)
@pytest.mark.parametrize("surrogate", [lc.LeastSquares(), lc.Ridge(alpha=0.0)])
def test_every_sampler_recovers_additive_scores_exactly(name, surrogate):
    sampler, effects = lc.SAMPLERS[name](), np.random.default_rng(0).normal(0, 1, 9)
    masks = sampler(60, 9, 1).astype(np.float64)
    weights = lc.CosineKernel()(masks) if sampler.weighted else np.ones(60)
    found = surrogate(lc.Samples(masks, masks @ effects + 0.7, weights, sampler.clusters(60, 9, 1)))
    np.testing.assert_allclose(found.weights, effects, atol=1e-10)
    assert found.intercept == pytest.approx(0.7, abs=1e-10)


@pytest.mark.parametrize("p", [0.55, 0.75, 0.9])
def test_glime_binomial_is_lime_with_the_l2_kernel(p):
    d, sampler = 9, lc.GlimeBinomial(p=p)
    masks = all_masks(d)
    scores, shown = any_score(d)(masks), masks.sum(axis=1)
    law = p**shown * (1 - p) ** (d - shown)
    glime = lc.LeastSquares()(lc.Samples(masks, scores, law)).weights
    lime = lc.LeastSquares()(lc.Samples(masks, scores, lc.L2Kernel(width=sampler.sigma / np.sqrt(2))(masks))).weights
    np.testing.assert_allclose(glime, lime, atol=1e-10)

    differences = [
        np.average(scores, weights=law * masks[:, j]) - np.average(scores, weights=law * (1 - masks[:, j]))
        for j in range(d)
    ]
    np.testing.assert_allclose(glime, differences, atol=1e-10)

    drawn = sampler(20_000, d, 0)
    found = lc.LeastSquares()(lc.Samples(drawn.astype(float), any_score(d)(drawn), np.ones(len(drawn))))
    assert (np.abs(found.weights - glime) < 5 * found.standard_error).all()


def test_glime_binomial_at_one_half_gives_banzhaf_values():
    d, score = 8, any_score(8)
    masks = all_masks(d)
    banzhaf = []
    for j in range(d):
        without = masks[masks[:, j] == 0]
        banzhaf.append((score(without + np.eye(d)[j]) - score(without)).mean())
    sampler = lc.GlimeBinomial(p=0.5)
    assert sampler.sigma == np.inf
    np.testing.assert_allclose(
        lc.LeastSquares()(lc.Samples(masks, score(masks), np.ones(2**d))).weights, banzhaf, atol=1e-10
    )
    wide = lc.L2Kernel(width=50.0)(masks)
    np.testing.assert_allclose(lc.LeastSquares()(lc.Samples(masks, score(masks), wide)).weights, banzhaf, atol=2e-3)


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_error_bars_of_one_run_cover_the_truth_and_foldover_needs_a_quarter_of_the_samples(alpha):
    """Nominal 95 % intervals over 2000 seeds; the truth is known from all masks."""
    d, n, runs, kernel = 10, 500, 2000, lc.CosineKernel()
    masks = all_masks(d)
    score = smooth_score(d)
    surrogate = lc.Ridge(alpha=alpha)
    truth = lc.Ridge(alpha=alpha / n * 2**d)(lc.Samples(masks, score(masks), kernel(masks))).weights
    error, covered = {}, {}
    for sampler in (lc.Bernoulli(), lc.Antithetic(), lc.FoldOver()):
        away, bars = np.empty((runs, d)), np.empty((runs, d))
        for seed in range(runs):
            drawn = sampler(n, d, seed)
            z = drawn.astype(np.float64)
            fit = surrogate(lc.Samples(z, score(z), kernel(drawn), sampler.clusters(n, d, seed)))
            away[seed], bars[seed] = fit.weights - truth, fit.standard_error
        name = type(sampler).__name__
        error[name] = np.sqrt((away**2).mean())
        covered[name] = (np.abs(away) < 1.96 * bars).mean()
    assert covered["Bernoulli"] == pytest.approx(0.95, abs=0.015)
    assert covered["Antithetic"] == pytest.approx(0.95, abs=0.015)
    assert covered["FoldOver"] >= 0.94  # its bars are too wide: they count pairs only, not the balance of the block
    assert error["FoldOver"] < error["Bernoulli"] / 2


def test_on_a_real_photo_one_run_predicts_how_far_many_move(lite0, chelsea):
    report = lc.stability(chelsea, lite0, repeats=10, num_samples=300, sampler=lc.Bernoulli())
    assert report.predicted_over_observed == pytest.approx(1.0, abs=0.15)
