"""Fits: planted effects are found, error bars mean what they say, and a prior pulls as far as it is told to."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

import lime_core as lc
from lime_core.reports.verdict import verdict
from tests.explanation.conftest import prior_of
from tests.support.planted import BLACK, GRID, PairModel, textured_picture


@pytest.mark.parametrize("class_index", [0, 1, 2])
@pytest.mark.parametrize("kernel", [lc.CosineKernel(), lc.L2Kernel(3.0), lc.NoKernel()])
def test_planted_effects_are_found_exactly_whatever_the_kernel(probe, counting, class_index, kernel):
    e = lc.explain(probe, class_index, kernel=kernel, surrogate=lc.LeastSquares())
    np.testing.assert_allclose(e.weights, counting.effects[class_index], atol=1e-4)
    assert e.intercept == pytest.approx(counting.bias[class_index], abs=1e-4)
    assert e.r2 == pytest.approx(1.0, abs=1e-6)
    assert e.local_prediction == pytest.approx(e.model_score, abs=1e-4)
    assert e.class_name == ("first", "second", "third")[class_index]


def test_left_out_class_is_the_most_likely_one(probe):
    assert lc.explain(probe).settings.class_index == int(np.argmax(probe.outputs[0]))


def test_a_pair_that_works_together_shares_its_effect():
    picture = textured_picture()
    model = PairModel(picture)
    probe = lc.probe_image(picture, lc.wrap_model(model, kind="values"), 4000, segmenter=GRID, hiding=BLACK)
    e = lc.explain(probe, 0, kernel=lc.NoKernel(), surrogate=lc.LeastSquares())
    expected = model.effects[0].copy()
    expected[[3, 5]] += 1.0  # half of the 2.0 each: the mean effect over samples with and without the other
    assert np.abs(e.weights - expected).max() < 5 * e.standard_error.max()
    assert e.standard_error.max() < 0.05
    assert e.r2 < 1.0


def test_r2_is_scikit_learns_weighted_score(probe):
    from sklearn.linear_model import Ridge

    e = lc.explain(probe, 0)
    weights = lc.CosineKernel()(probe.masks)
    masks, scores = probe.masks.astype(np.float64), probe.scores(0, "value")
    theirs = Ridge(alpha=1.0).fit(masks, scores, sample_weight=weights)
    assert e.r2 == pytest.approx(theirs.score(masks, scores, sample_weight=weights), abs=1e-9)


def test_effective_samples_are_all_of_them_without_a_kernel(probe):
    assert lc.explain(probe, kernel=lc.NoKernel()).effective_samples == pytest.approx(200)
    assert lc.explain(probe, kernel=lc.L2Kernel(0.5)).effective_samples < 20


def test_selection_leaves_the_rest_at_zero(probe, counting):
    e = lc.explain(probe, 0, feature_selection=lc.ForwardSelection(num_features=3), surrogate=lc.LeastSquares())
    assert np.count_nonzero(e.weights) == 3
    assert set(e.features) == set(np.flatnonzero(e.weights))
    assert set(e.features) <= set(np.argsort(-np.abs(counting.effects[0]))[:5])


def test_an_inert_superpixel_has_no_weight_and_the_others_are_not_disturbed(planted, counting):
    pixels = textured_picture().pixels.copy()
    pixels[:8, :8] = 0
    picture = lc.load_picture(pixels)
    e = lc.explain(lc.probe_image(picture, planted, 200, segmenter=GRID, hiding=BLACK), 0, surrogate=lc.LeastSquares())
    assert e.inert.tolist() == [True] + [False] * 15
    assert e.weights[0] == 0
    assert np.isnan(e.standard_error[0])
    np.testing.assert_allclose(e.weights[1:], counting.effects[0, 1:], atol=1e-4)


def test_a_score_that_never_changes_has_no_r2_and_no_weights(picture):
    model = lc.wrap_model(lambda pictures: np.tile([0.25, 0.75], (len(pictures), 1)))
    e = lc.explain(lc.probe_image(picture, model, 50, segmenter=GRID, hiding=BLACK))
    assert np.isnan(e.r2)
    np.testing.assert_allclose(e.weights, 0.0, atol=1e-12)
    assert e.top() == []


def test_a_score_that_moves_beside_a_kernel_that_leaves_one_sample_is_not_constant(probe):
    e = lc.explain(probe, 0, kernel=lc.L2Kernel(0.1))
    assert not e.constant
    assert (e.r2, e.effective_samples) == (0.0, 1.0)
    assert verdict(e).headline == "Too few samples to tell"


def test_a_picture_of_inert_superpixels_only_is_explained_as_nothing(planted):
    black = lc.load_picture(np.zeros((32, 32, 3), dtype=np.uint8))
    e = lc.explain(lc.probe_image(black, planted, 20, segmenter=GRID, hiding=BLACK), 0)
    assert e.inert.all()
    assert (e.weights == 0).all()


def test_one_sample_is_too_few(probe):
    with pytest.raises(ValueError, match="at least 2 samples, got 1"):
        lc.explain(probe.first(1))


@pytest.mark.parametrize("lost", ["weights", "predicted"])
def test_a_surrogate_that_returns_nan_is_refused_by_its_name(probe, lost):
    @dataclass(frozen=True)
    class Broken:
        signed: ClassVar[bool] = True

        def __call__(self, samples):
            fit = lc.Ridge()(samples)
            return replace(fit, **{lost: np.full_like(getattr(fit, lost), np.nan)})

    with pytest.raises(ValueError, match=r"surrogate must return finite weights and scores, got NaN .* from Broken"):
        lc.explain(probe, 0, surrogate=Broken())


def test_a_constant_that_floats_cannot_write_is_still_constant(picture):
    model = lc.wrap_model(lambda pictures: np.tile([0.3, 0.7], (len(pictures), 1)))
    e = lc.explain(lc.probe_image(picture, model, 50, segmenter=GRID, hiding=BLACK), space="log-odds")
    assert np.isnan(e.r2)
    assert e.top() == []


def test_without_a_weight_there_is_no_error(probe):
    e = lc.explain(probe, 0, feature_selection=lc.ForwardSelection(num_features=3))
    assert (np.isnan(e.standard_error) == (e.weights == 0)).all()


def interacting(picture):
    """A model of 3 × 3 superpixels with pairs and triples that work together, and options that cut and hide so."""
    rng = np.random.default_rng(0)
    effects, pairs, triples = rng.normal(0, 1, 9), rng.normal(0, 1, (9, 9)), rng.normal(0, 1, (9, 9, 9))
    full = picture.pixels.reshape(3, 6, 3, 6, 3).mean(axis=(1, 3, 4)).reshape(9)

    def answer(pictures):
        shown = pictures.reshape(-1, 3, 6, 3, 6, 3).mean(axis=(2, 4, 5)).reshape(-1, 9) / full
        score = shown @ effects + np.einsum("ni,nj,ij->n", shown, shown, pairs) / 3
        return np.tanh(score + np.einsum("ni,nj,nk,ijk->n", shown, shown, shown, triples) / 9)[:, None]

    return lc.wrap_model(answer, kind="values"), {"segmenter": lc.Grid(3, 3), "hiding": BLACK}


def test_covariance_and_standard_error_say_the_same(probe):
    e = lc.explain(probe, 0, feature_selection=lc.HighestWeights(num_features=9))
    known = e.weights != 0
    assert known.sum() == 9
    assert e.covariance.shape == (16, 16)
    assert np.isfinite(e.covariance[np.ix_(known, known)]).all()
    assert np.isnan(e.covariance[~known]).all()
    assert np.isnan(e.covariance[:, ~known]).all()
    np.testing.assert_array_equal(e.standard_error, np.sqrt(np.diag(e.covariance)))
    found = lc.Ridge()(
        lc.Samples(
            probe.masks[:, e.features].astype(float),
            probe.scores(0, "value"),
            lc.CosineKernel()(probe.masks),
            probe.spec.sampler.clusters(*probe.masks.shape, probe.spec.seed),
        )
    )
    np.testing.assert_allclose(e.covariance[np.ix_(e.features, e.features)], found.covariance)


def test_samples_drawn_in_pairs_are_counted_as_pairs():
    picture = textured_picture(side=18)
    model, options = interacting(picture)
    probe = lc.probe_image(picture, model, 301, sampler=lc.Antithetic(), **options)
    e = lc.explain(probe)
    masks, scores, weights = probe.masks.astype(float), probe.scores(0, "value"), lc.CosineKernel()(probe.masks)
    paired = lc.Ridge()(lc.Samples(masks, scores, weights, (np.arange(301) + 1) // 2))
    np.testing.assert_allclose(e.standard_error, paired.standard_error)
    assert (paired.standard_error != lc.Ridge()(lc.Samples(masks, scores, weights)).standard_error).all()


def test_the_kernel_is_not_applied_to_samples_that_were_drawn_by_it():
    picture = textured_picture(side=18)
    model, options = interacting(picture)
    probe = lc.probe_image(picture, model, 200, sampler=lc.GlimeBinomial(), **options)
    e = lc.explain(probe, kernel=lc.L2Kernel(1.0))
    np.testing.assert_array_equal(e.weights, lc.explain(probe, kernel=lc.NoKernel()).weights)
    assert e.effective_samples == pytest.approx(200)


@pytest.mark.parametrize(
    "surrogate", [lc.Ridge(), lc.LeastSquares(), lc.Lasso(alpha=0.01), lc.BayesianRidge(), lc.Tree()]
)
def test_all_masks_leave_nothing_to_chance(surrogate):
    picture = textured_picture(side=18)
    model, options = interacting(picture)

    def run(n, seed):
        probe = lc.probe_image(picture, model, n, sampler=lc.Enumerate(), seed=seed, **options)
        return lc.explain(probe, surrogate=surrogate)

    one, other = run(512, 0), run(512, 1)
    assert one.exact
    np.testing.assert_array_equal(one.weights, other.weights)  # to the last digit: equals are ranked alike
    assert (one.r2, one.model_score, one.local_prediction) == (other.r2, other.model_score, other.local_prediction)
    assert one.model_score == model.outputs(picture.pixels[None])[0, 0]
    assert (one.standard_error[one.weights != 0] == 0).all()
    assert np.isnan(one.standard_error[one.weights == 0]).all()
    assert not run(511, 0).exact


@pytest.mark.parametrize("n", [128, 400, 500])
def test_error_bars_of_some_of_all_masks_shrink_as_fewer_are_left(n):
    picture = textured_picture(side=18)
    model, options = interacting(picture)
    everything = lc.probe_image(picture, model, 512, sampler=lc.Enumerate(), **options)
    truth = lc.explain(everything, surrogate=lc.LeastSquares()).weights
    runs = [
        lc.explain(lc.probe_image(picture, model, n, sampler=lc.Enumerate(), seed=seed, **options),
                   surrogate=lc.LeastSquares()) for seed in range(60)
    ]  # fmt: skip
    observed = np.sqrt(np.mean([(e.weights - truth) ** 2 for e in runs]))
    predicted = np.sqrt(np.mean([e.standard_error**2 for e in runs]))
    assert 0.85 < predicted / observed < 1.3


FITTED = ("weights", "standard_error", "covariance", "intercept", "r2", "local_prediction")


@pytest.mark.parametrize("surrogate", [lc.Ridge(), lc.RidgeWithPrior(), lc.ElasticNet(), lc.BayesianRidge(), lc.Tree()])
def test_a_prior_without_strength_changes_nothing_to_the_last_digit(probe, surrogate):
    plain = lc.explain(probe, 0, surrogate=surrogate)
    e = lc.explain(probe, 0, surrogate=surrogate, prior=prior_of(probe), prior_strength=0.0)
    for name in FITTED:
        np.testing.assert_array_equal(getattr(e, name), getattr(plain, name))
    assert (e.prior_share == 0).all()
    assert np.isnan(e.prior_scale)
    assert e.prior_coverage == 1.0


def test_without_a_prior_nothing_comes_from_one(probe):
    e = lc.explain(probe)
    assert e.prior_share.shape == (16,)
    assert not e.prior_share.any()
    assert np.isnan(e.prior_scale)
    assert e.prior_coverage == 0.0
    assert len(e.entered) == 0


@pytest.mark.parametrize("surrogate", [None, lc.Ridge(), lc.RidgeWithPrior(), lc.LeastSquares(), lc.Lasso()])
def test_a_strong_prior_is_what_remains(probe, surrogate):
    prior = prior_of(probe)
    expected = prior.project(probe.scene.description.features, 0).mean
    e = lc.explain(probe, 0, surrogate=surrogate, prior=prior, prior_strength=1e12)
    np.testing.assert_allclose(e.weights, e.prior_scale * expected, rtol=1e-6)
    np.testing.assert_allclose(e.prior_share, 1.0, atol=1e-6)
    assert not e.prior_share.flags.writeable


def test_a_prior_may_know_where_things_are(probe):
    summary = lc.PictureSummary.of([lc.explain(probe, 0)])
    prior = lc.build_prior([summary], 3, clusters=16, method="signed", position=0.5)
    e = lc.explain(probe, 0, prior=prior, prior_strength=10.0)
    assert e.prior_coverage == 1.0
    assert e.prior_share.max() > 0


def test_a_prior_steadies_an_explanation_from_few_samples(picture, planted):
    pairs = PairModel(picture)
    model = lc.wrap_model(pairs, kind="values", name="pairs")
    options = {"segmenter": GRID, "hiding": BLACK}
    prior = prior_of(lc.probe_image(picture, model, 4000, **options))
    spread = []
    for strength in (0.0, 5.0, 50.0):
        runs = [
            lc.explain(
                lc.probe_image(picture, model, 60, seed=seed, **options), 0, prior=prior, prior_strength=strength
            )
            for seed in range(1, 9)
        ]
        spread.append(np.std([e.weights for e in runs], axis=0).mean())
    assert spread[0] > spread[1] > spread[2]


def test_a_class_that_the_prior_does_not_know_is_fitted_without_it(probe):
    e = lc.explain(probe, 2, surrogate=lc.Ridge(), prior=prior_of(probe, classes=(0, 1)), prior_strength=100.0)
    np.testing.assert_array_equal(e.weights, lc.explain(probe, 2).weights)
    assert e.prior_coverage == 0.0
    assert np.isnan(e.prior_scale)


def test_the_order_of_entry_is_in_superpixels(probe, counting):
    selection = lc.HighestWeights(num_features=6)
    e = lc.explain(
        probe, 0, surrogate=lc.ElasticNetWithPrior(), prior=prior_of(probe), prior_strength=1.0,
        feature_selection=selection,
    )  # fmt: skip
    assert set(e.entered) == set(e.features)
    assert e.entered[0] == np.abs(counting.effects[0]).argmax()


def test_a_probe_without_features_takes_no_prior(probe):
    bare = lc.Probe(
        probe.spec,
        lc.Scene(probe.scene.segmentation, probe.scene.hidden),
        probe.masks, probe.outputs, probe.kind, probe.class_names,
    )  # fmt: skip
    assert lc.explain(bare, 0).weights.any()
    with pytest.raises(lc.PriorMismatch, match="does not know what its superpixels look like"):
        lc.explain(bare, 0, prior=prior_of(probe))


def test_a_tree_cannot_be_pulled(probe):
    with pytest.raises(ValueError, match="surrogate must be one that takes a prior"):
        lc.explain(probe, 0, surrogate=lc.Tree(), prior=prior_of(probe), prior_strength=1.0)


def test_a_prior_is_made_and_used_with_a_real_model(lite0, chelsea):
    prior = None
    summaries = []
    for name in ("coffee", "china"):
        e = lc.explain_image(lc.gallery_picture(name), lite0, num_samples=60, segmenter=GRID)
        summaries.append(lc.PictureSummary.of([e]))
    prior = lc.build_prior(summaries, 1000, clusters=8)
    probe = lc.probe_image(chelsea, lite0, 60, segmenter=GRID)
    known = summaries[0].classes[0]
    e = lc.explain(probe, int(known), prior=prior, prior_strength=1.0)
    assert 0 < e.prior_coverage <= 1
    assert ((e.prior_share >= 0) & (e.prior_share <= 1)).all()
    assert lc.explain(probe, prior=prior, prior_strength=1.0).prior_coverage == 0.0
