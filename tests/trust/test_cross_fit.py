"""R² on samples that were not fitted is that of fits to the others, written out, for every surrogate and sampler."""

import math

import numpy as np
import pytest
from sklearn.linear_model import Ridge

import lime_core as lc
from lime_core.models.scores import weighted_r2
from lime_core.trust.cross_fit import unseen_in_words
from tests.support.planted import BLACK, GRID, PairModel, textured_picture


def probe_of(sampler=None, n=200, model=PairModel):
    picture = textured_picture()
    classifier = lc.wrap_model(model(picture), kind="values", name="planted")
    return lc.probe_image(picture, classifier, n, segmenter=GRID, hiding=BLACK, sampler=sampler)


def by_hand(probe, folds):
    """What scikit-learn's ridge says of each part, fitted to the others."""
    drawn = np.unique(probe.spec.sampler.clusters(len(probe), 16, probe.spec.seed), return_inverse=True)[1]
    masks, scores, weights = probe.masks.astype(float), probe.scores(0, "value"), lc.CosineKernel()(probe.masks)
    predicted = np.empty(len(probe))
    for part in range(folds):
        held = drawn % folds == part
        ridge = Ridge(1.0).fit(masks[~held], scores[~held], sample_weight=weights[~held])
        predicted[held] = ridge.predict(masks[held])
    return weighted_r2(scores, predicted, weights)


@pytest.mark.parametrize("sampler", [lc.Bernoulli(), lc.Antithetic(), lc.FoldOver()], ids=repr)
@pytest.mark.parametrize("folds", [2, 5])
def test_it_is_that_of_fits_to_the_others(sampler, folds):
    probe = probe_of(sampler)
    assert lc.cross_fitted_r2(probe, lc.FitSettings(0), folds) == pytest.approx(by_hand(probe, folds), abs=1e-9)


def test_what_was_drawn_together_is_in_one_part():
    probe = probe_of(lc.Antithetic(), 11)
    assert math.isfinite(lc.cross_fitted_r2(probe, lc.FitSettings(0), 5))
    # The full picture and five pairs: with more parts than these each is predicted by all others.
    most = lc.cross_fitted_r2(probe, lc.FitSettings(0), 6)
    assert lc.cross_fitted_r2(probe, lc.FitSettings(0), 100) == pytest.approx(most, abs=1e-12)


@pytest.mark.parametrize("surrogate", lc.SURROGATES.values(), ids=lc.SURROGATES)
def test_few_samples_flatter_the_fit_and_many_do_not(surrogate):
    for n, least, most in ((40, -9.0, 0.99), (2000, 0.3, 1.0)):
        probe = probe_of(n=n)
        settings = lc.FitSettings(0, surrogate=surrogate())
        fitted, unseen = lc.fit(probe, settings).r2, lc.cross_fitted_r2(probe, settings)
        assert least < unseen < most
        assert unseen < fitted + 0.01
        if n == 2000:
            assert unseen > fitted - 0.1


@pytest.mark.parametrize("selection", [lc.HighestWeights(8), lc.AutoSelection(10)], ids=repr)
@pytest.mark.parametrize("folds", [2, 5])
def test_a_selection_chooses_in_each_part_what_it_chooses_of_all(probe, selection, folds):
    settings = lc.FitSettings.of(0, feature_selection=selection)
    assert lc.cross_fitted_r2(probe, settings, folds) > lc.fit(probe, settings).r2 - 0.1


def test_a_kernel_that_leaves_hardly_a_sample_has_none(probe):
    assert math.isnan(lc.cross_fitted_r2(probe, lc.FitSettings(0, kernel=lc.CosineKernel(0.01))))


def test_selection_and_prior_are_those_of_each_part(probe, own_prior):
    settings = lc.FitSettings.of(1, feature_selection=lc.HighestWeights(3))
    assert lc.cross_fitted_r2(probe, settings) < lc.cross_fitted_r2(probe, lc.FitSettings(1)) - 0.1
    pulled = lc.FitSettings.of(1, prior=own_prior, prior_strength=1e9)
    assert lc.cross_fitted_r2(probe, pulled) == pytest.approx(lc.fit(probe, pulled).r2, abs=0.05)


def test_a_score_that_does_not_move_has_none():
    picture = textured_picture()
    still = lc.wrap_model(lambda pictures: np.ones((len(pictures), 2)), kind="values")
    probe = lc.probe_image(picture, still, 50, segmenter=GRID, hiding=BLACK)
    assert math.isnan(lc.cross_fitted_r2(probe, lc.FitSettings(0)))


def test_a_class_and_a_space_may_be_left_open(probe):
    index = probe.most_likely()[0]
    filled = lc.cross_fitted_r2(probe, lc.FitSettings(index, "value"))
    assert lc.cross_fitted_r2(probe, lc.FitSettings()) == filled


@pytest.mark.parametrize(("folds", "error"), [(1, ValueError), (2.5, ValueError), ("5", TypeError)])
def test_parts_are_two_or_more(probe, folds, error):
    with pytest.raises(error, match="folds must be"):
        lc.cross_fitted_r2(probe, lc.FitSettings(0), folds)
    with pytest.raises(TypeError, match="probe must be a Probe"):
        lc.cross_fitted_r2(None, lc.FitSettings(0))
    with pytest.raises(TypeError, match="settings must be FitSettings"):
        lc.cross_fitted_r2(probe, None)


def test_the_model_is_not_asked(probe, counting):
    before = counting.rows
    lc.cross_fitted_r2(probe, lc.FitSettings(0))
    assert counting.rows == before


@pytest.mark.parametrize(
    ("fitted", "unseen", "words"),
    [
        (0.8, 0.75, "On samples that were not fitted R² is 0.75, so what the map explains is not chance."),
        (0.8, 0.4, "On samples that were not fitted R² is 0.40: part of what the map explains is chance."),
        (0.1, 0.03, "On samples that were not fitted R² is 0.03: part of what the map explains is chance."),
        (0.8, -0.2, "On samples that were not fitted R² is −0.20: the map predicts them no better than their mean"),
        (0.02, -0.03, "On samples that were not fitted R² is −0.03: the map predicts them no better than their mean"),
        (
            0.8,
            -1e300,
            "On samples that were not fitted R² is below −1: the map predicts them no better than their mean",
        ),
        (math.nan, 0.4, ""),
        (0.8, math.nan, ""),
    ],
)
def test_what_it_means_is_a_sentence(fitted, unseen, words):
    assert unseen_in_words(fitted, unseen).startswith(words)
    assert bool(unseen_in_words(fitted, unseen)) is bool(words)
