import numpy as np
import pytest

import lime_core as lc
from tests.planted import BLACK, GRID, PairModel, textured_picture


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


def test_a_picture_of_inert_superpixels_only_is_explained_as_nothing(planted):
    black = lc.load_picture(np.zeros((32, 32, 3), dtype=np.uint8))
    e = lc.explain(lc.probe_image(black, planted, 20, segmenter=GRID, hiding=BLACK), 0)
    assert e.inert.all()
    assert (e.weights == 0).all()


def test_top_lists_the_strongest_first_with_their_signs(probe, counting):
    top = lc.explain(probe, 0, surrogate=lc.LeastSquares()).top(3)
    order = np.argsort(-np.abs(counting.effects[0]))[:3]
    assert [superpixel for superpixel, _ in top] == order.tolist()
    np.testing.assert_allclose([weight for _, weight in top], counting.effects[0, order], atol=1e-4)


def test_results_cannot_be_written_to(probe):
    e = lc.explain(probe)
    for array in (e.weights, e.standard_error, e.image, e.segments, e.features):
        assert not array.flags.writeable


def test_one_call_does_what_probe_and_explain_do(picture, planted, probe):
    progress = []
    e = lc.explain_image(
        picture,
        planted,
        class_index=1,
        num_samples=200,
        segmenter=GRID,
        hiding=BLACK,
        on_progress=lambda done, total: progress.append((done, total)),
    )
    np.testing.assert_allclose(e.weights, lc.explain(probe, 1).weights, atol=1e-6)
    assert progress[-1] == (200, 200)
    assert [done for done, _ in progress] == sorted({done for done, _ in progress})


def test_a_plain_function_can_be_explained_without_more_words(picture):
    def brightness(pictures):
        share = pictures.mean(axis=(1, 2, 3)) / 255
        return np.stack([1 - share, share], axis=1)

    e = lc.explain_image(picture, brightness, class_index=1, num_samples=100, segmenter=GRID, hiding=BLACK)
    assert (e.weights > 0).all()
    assert e.class_name == "class 1"


def test_one_sample_is_too_few(probe):
    with pytest.raises(ValueError, match="at least 2 samples, got 1"):
        lc.explain(probe.first(1))


def test_the_manifest_of_versions_names_what_the_numbers_depend_on(probe):
    assert {"lime_core", "python", "numpy", "torch", "scikit-learn", "scikit-image"} <= set(lc.explain(probe).versions)


def test_a_constant_that_floats_cannot_write_is_still_constant(picture):
    model = lc.wrap_model(lambda pictures: np.tile([0.3, 0.7], (len(pictures), 1)))
    e = lc.explain(lc.probe_image(picture, model, 50, segmenter=GRID, hiding=BLACK), space="log-odds")
    assert np.isnan(e.r2)
    assert e.top() == []


def test_a_wrong_class_costs_one_batch_and_not_all_samples(picture, planted, counting):
    with pytest.raises(ValueError, match="class_index must lie in"):
        lc.explain_image(picture, planted, class_index=7, num_samples=5000, segmenter=GRID, hiding=BLACK)
    assert counting.rows <= planted.engine.batch_size


def test_without_a_weight_there_is_no_error(probe):
    e = lc.explain(probe, 0, feature_selection=lc.ForwardSelection(num_features=3))
    assert (np.isnan(e.standard_error) == (e.weights == 0)).all()
