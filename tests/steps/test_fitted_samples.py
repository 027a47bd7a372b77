"""The samples of a fit are those that `fit` has, and those that are chosen to be shown stand for all."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lime_core as lc
from lime_core.models.scores import weighted_r2
from tests.support.planted import BLACK, GRID, AdditiveModel, PairModel, textured_picture


def probe_of(sampler=None, n=200, model=PairModel, segmenter=GRID):
    picture = textured_picture()
    classifier = lc.wrap_model(model(picture), kind="values", name="planted")
    return lc.probe_image(picture, classifier, n, segmenter=segmenter, hiding=BLACK, sampler=sampler)


def of_scores(scores):
    """Samples of which only the scores matter."""
    ones = np.ones(len(scores))
    return lc.FittedSamples(ones, np.array(scores, dtype=float), ones, ones, ones, lc.FitSettings(0), 1, ones)


OPTIONS = [
    *(lc.FitSettings(0, surrogate=surrogate()) for surrogate in lc.SURROGATES.values()),
    *(lc.FitSettings(0, kernel=kernel()) for kernel in lc.KERNELS.values()),
    lc.FitSettings(1, feature_selection=lc.HighestWeights(3)),
]


@pytest.mark.parametrize("sampler", [lc.Bernoulli(), lc.FoldOver(), lc.GlimeBinomial()], ids=repr)
@pytest.mark.parametrize("settings", OPTIONS, ids=repr)
def test_they_are_those_of_the_fit(sampler, settings):
    probe = probe_of(sampler)
    e, samples = lc.fit(probe, settings), lc.fitted_samples(probe, settings)
    counted = samples.sample_weights
    assert len(samples) == len(probe)
    assert samples.scores[0] == e.model_score
    assert samples.predicted[0] == pytest.approx(e.local_prediction, abs=1e-12)
    assert weighted_r2(samples.scores, samples.predicted, counted) == pytest.approx(e.r2, abs=1e-9)
    assert counted.sum() ** 2 / (counted**2).sum() == pytest.approx(e.effective_samples)
    if e.signed:
        np.testing.assert_allclose(samples.predicted, e.intercept + probe.masks @ e.weights, atol=1e-6)


TIED = [
    lc.FitSettings(0, feature_selection=lc.HighestWeights(3)),
    lc.FitSettings(0, feature_selection=lc.ForwardSelection(3)),
    lc.FitSettings(0, surrogate=lc.Tree()),
]


@pytest.mark.parametrize("settings", TIED, ids=repr)
@pytest.mark.parametrize("seed", range(3))
def test_of_equal_superpixels_the_fit_takes_the_same_ones(settings, seed):
    """Rounding decides which, and so does the order of the rows."""
    photo = np.random.default_rng(0).integers(40, 250, (32, 32, 3), dtype=np.uint8)

    def score(pictures):
        shown = (pictures == photo).all(axis=3).mean(axis=(1, 2))
        return np.sin(3 * shown)[:, None]

    model = lc.wrap_model(score, kind="values")
    probe = lc.probe_image(photo, model, 256, lc.Grid(4, 2), BLACK, lc.Enumerate(), seed)
    e, samples = lc.fit(probe, settings), lc.fitted_samples(probe, settings)
    assert e.exact
    assert weighted_r2(samples.scores, samples.predicted, samples.sample_weights) == pytest.approx(e.r2, abs=1e-12)
    if e.signed:
        np.testing.assert_allclose(samples.predicted, e.intercept + probe.masks @ e.weights, atol=1e-9)


def test_of_what_adds_up_all_predictions_are_right():
    samples = lc.fitted_samples(probe_of(model=AdditiveModel), lc.FitSettings(0, surrogate=lc.Ridge(alpha=1e-9)))
    np.testing.assert_allclose(samples.predicted, samples.scores, atol=1e-6)


def test_with_a_prior_they_are_those_of_the_fit_too(probe, own_prior):
    settings = lc.FitSettings.of(1, prior=own_prior, prior_strength=30.0)
    e, samples = lc.fit(probe, settings), lc.fitted_samples(probe, settings)
    assert weighted_r2(samples.scores, samples.predicted, samples.sample_weights) == pytest.approx(e.r2, abs=1e-9)


def test_each_of_several_segmentations_has_its_own():
    probe = probe_of(n=120, segmenter=[GRID, lc.Grid(2, 8)])
    with pytest.raises(ValueError, match="probe must be of one segmentation, got 2"):
        lc.fitted_samples(probe, lc.FitSettings(0))
    for member, of in zip(probe.members, lc.fit(probe, lc.FitSettings(0)).members, strict=True):
        samples = lc.fitted_samples(member, lc.FitSettings(0))
        assert len(samples) == of.n_samples == 60
        assert samples.predicted[0] == pytest.approx(of.local_prediction, abs=1e-12)


@pytest.mark.parametrize("kernel", [kernel() for kernel in lc.KERNELS.values()], ids=repr)
def test_what_a_sample_counts_lies_on_the_curve_by_what_it_shows(kernel):
    samples = lc.fitted_samples(probe_of(), lc.FitSettings(0, kernel=kernel))
    place = np.round(samples.shown * 16).astype(int)
    np.testing.assert_allclose(samples.sample_weights, samples.by_shown[place], atol=1e-6)
    assert len(samples.by_shown) == 17
    assert samples.by_shown[16] == 1.0


def test_where_the_sampler_has_the_kernel_all_samples_count_the_same():
    samples = lc.fitted_samples(probe_of(lc.GlimeBinomial()), lc.FitSettings(0, kernel=lc.CosineKernel(0.1)))
    assert set(samples.sample_weights) == set(samples.by_shown) == {1.0}


def test_a_score_that_does_not_move_is_predicted_as_it_is():
    still = lc.wrap_model(lambda pictures: np.ones((len(pictures), 2)), kind="values")
    probe = lc.probe_image(textured_picture(), still, 20, segmenter=GRID, hiding=BLACK)
    samples = lc.fitted_samples(probe, lc.FitSettings(0))
    assert set(samples.predicted) == set(samples.scores) == {1.0}
    assert 0 not in samples.telling()


@given(st.lists(st.integers(-5, 5), min_size=2, max_size=60), st.integers(1, 12))
def test_those_that_stand_for_all_go_from_the_highest_score_to_the_lowest_without_the_full_picture(scores, count):
    rows, others = of_scores(scores).telling(count), scores[1:]
    assert len(set(rows)) == len(rows) == min(count, len(others))
    assert 0 not in rows
    shown = [scores[row] for row in rows]
    assert shown == sorted(shown, reverse=True)
    assert shown[0] == max(others)
    if count > 1:
        assert shown[-1] == min(others)


def test_they_stand_in_equal_steps_of_rank():
    assert of_scores([99, *range(71)]).telling(8).tolist() == [71, 61, 51, 41, 31, 21, 11, 1]
    assert len(of_scores([1]).telling()) == 0


@pytest.mark.parametrize(
    ("n", "sizes"), [(1, (1,)), (10, (10,)), (11, (10, 11)), (100, (10, 20, 40, 80, 100)), (160, (10, 20, 40, 80, 160))]
)
def test_a_walk_doubles_until_all_are_there(n, sizes):
    assert lc.walk_sizes(n) == sizes


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"n must .* 1.*got 0"):
        lc.walk_sizes(0)
    with pytest.raises(ValueError, match="probe must have at least 2 samples, got 1"):
        lc.fitted_samples(probe_of().first(1), lc.FitSettings(0))
    with pytest.raises(ValueError, match=r"count must .*got 0"):
        of_scores([1, 2]).telling(0)


def test_masked_pictures_are_those_that_the_model_is_shown():
    seen = []

    def watching(pictures):
        seen.extend(pictures.copy())
        return np.zeros((len(pictures), 1))

    model = lc.wrap_model(watching, kind="values", name="watching")
    probe = lc.probe_image(textured_picture(), model, 30, segmenter=GRID, hiding=lc.Blur(2.0))
    asked = {picture.tobytes() for picture in seen}
    shown = probe.scene.masked(probe.masks)
    assert shown.shape == (30, 32, 32, 3)
    assert {picture.tobytes() for picture in shown} <= asked
    np.testing.assert_array_equal(shown[0], probe.scene.image)
    with pytest.raises(ValueError, match=r"masks must .*16"):
        probe.scene.masked(probe.masks[:, :15])


def test_every_part_of_a_masked_picture_is_as_it_was_or_hidden():
    probe = probe_of(n=40)
    labels = probe.scene.segmentation.labels
    for row, superpixel in itertools.product((1, 7), range(16)):
        [picture] = probe.scene.masked(probe.masks[row : row + 1])
        of = probe.scene.image if probe.masks[row, superpixel] else probe.scene.hidden
        np.testing.assert_array_equal(picture[labels == superpixel], of[labels == superpixel])
