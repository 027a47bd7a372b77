"""A replay gives the same weights to the last digit, or says what differs."""

import numpy as np
import pytest

import lime_core as lc
from lime_core.reports.replay import ran_on
from tests.reports.conftest import rewrite
from tests.support.planted import BLACK, GRID, AdditiveModel, textured_picture


def rewrite_arrays(folder, **changes):
    with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
        kept = dict(arrays)
    np.savez(folder / "arrays.npz", **(kept | changes))


@pytest.mark.parametrize("surrogate", [lc.Ridge(), lc.Lasso(alpha=0.01), lc.Tree(), lc.BayesianRidge()])
def test_a_replay_gives_the_same_weights_to_the_last_digit(probe, planted, picture, tmp_path, surrogate):
    saved = lc.explain(probe, class_index=2, surrogate=surrogate, feature_selection=lc.HighestWeights(5))
    again = lc.replay(saved.save(tmp_path) / "manifest.json", picture, planted)
    np.testing.assert_array_equal(again.weights, saved.weights)
    np.testing.assert_array_equal(again.standard_error, saved.standard_error)
    assert (again.spec, again.settings, again.n_samples) == (saved.spec, saved.settings, saved.n_samples)
    assert (again.local_prediction, again.r2) == (saved.local_prediction, saved.r2)


def test_a_replay_takes_the_folder_too_and_tells_its_progress(folder, planted, picture):
    told = []
    lc.replay(folder, picture, planted, on_progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (200, 200)


def test_a_given_label_map_is_replayed_from_the_saved_superpixels(planted, picture, tmp_path):
    labels = np.random.default_rng(5).permutation(np.repeat(np.arange(8) * 3 + 5, 128)).reshape(32, 32)
    probe = lc.probe_image(picture, planted, 100, segmenter=lc.LabelMap.of(labels), hiding=BLACK)
    saved = lc.explain(probe)
    again = lc.replay(saved.save(tmp_path), picture, planted)
    np.testing.assert_array_equal(again.weights, saved.weights)
    assert again.spec == saved.spec


LABELS = np.random.default_rng(5).permutation(np.repeat(np.arange(8) * 3 + 5, 128)).reshape(32, 32)


def test_several_segmentations_are_replayed_with_label_maps_among_them(planted, picture, tmp_path):
    probe = lc.probe_image(picture, planted, 120, [lc.Grid(2, 3), LABELS, lc.Grid(3, 5)], BLACK)
    saved = lc.explain(probe, 1)
    again = lc.replay(saved.save(tmp_path), picture, planted)
    np.testing.assert_array_equal(again.weights, saved.weights)
    np.testing.assert_array_equal(again.covariance, saved.covariance)
    assert (again.spec, again.n_samples) == (saved.spec, 120)
    with np.load(tmp_path / "arrays.npz", allow_pickle=False) as arrays:
        found = lc.pixel_map(saved)
        for name in ("weights", "spread", "error"):
            np.testing.assert_array_equal(arrays[f"pixel_{name}"], getattr(found, name))
        for place, member in enumerate(saved.members):
            np.testing.assert_array_equal(arrays[f"weights_{place}"], member.weights)
            np.testing.assert_array_equal(arrays[f"segments_{place}"], member.segments)


def test_a_replay_of_few_samples_has_the_label_maps_that_none_of_them_fell_to(planted, picture, tmp_path):
    saved = lc.explain(lc.probe_image(picture, planted, 3, ["grid", LABELS], BLACK), 1)
    assert len(saved.members) == 1
    again = lc.replay(saved.save(tmp_path), picture, planted)
    np.testing.assert_array_equal(again.weights, saved.weights)
    assert again.scene.counts == saved.scene.counts


@pytest.mark.parametrize("cut", [GRID, LABELS, [LABELS, lc.Grid(3, 5)]])
@pytest.mark.parametrize("others", [lc.Grid(2, 5), np.repeat([[0, 1]], 32, axis=0).repeat(16, axis=1)])
def test_weights_that_were_read_in_other_superpixels_are_read_in_them_again(planted, picture, tmp_path, cut, others):
    saved = lc.read_in(lc.explain(lc.probe_image(picture, planted, 90, cut, BLACK)), others)
    again = lc.replay(saved.save(tmp_path), picture, planted)
    assert not again.own
    np.testing.assert_array_equal(again.weights, saved.weights)
    np.testing.assert_array_equal(again.segments, saved.segments)


@pytest.mark.parametrize(
    "members",
    [[], ["grid"], [{"name": "several"}], [{"name": "grid"}, {"name": "grid"}], [{"name": "voronoi"}], [{}], "grid", 7],
)
def test_several_segmentations_that_cannot_be_are_refused(planted, picture, tmp_path, members):
    folder = lc.explain(lc.probe_image(picture, planted, 30, ["grid", lc.Grid(2, 3)], BLACK)).save(tmp_path)
    rewrite(folder, segmenter={"name": "several", "members": members})
    with pytest.raises(lc.ReplayMismatch, match="cannot be replayed"):
        lc.replay(folder, picture, planted)


def test_a_bundled_model_is_loaded_by_its_name(chelsea, lite0, tmp_path):
    saved = lc.explain(lc.probe_image(chelsea, lite0, 16, segmenter=GRID))
    again = lc.replay(saved.save(tmp_path), chelsea)
    np.testing.assert_allclose(again.weights, saved.weights, rtol=0, atol=1e-6 * np.abs(saved.weights).max())
    assert again.class_name == saved.class_name


@pytest.mark.parametrize(
    ("engine", "found"),
    [
        ("torch · cpu · f32", ("cpu", "f32", "torch")),
        ("torch.compile · cpu · f32", ("cpu", "f32", "torch.compile")),
        ("torch.compile · cuda:1 · f16 (a note · with signs)", ("cuda:1", "f16", "torch.compile")),
        ("OpenVINO · CPU · bf16", ("cpu", "bf16", "openvino")),
        ("ONNX Runtime · cuda · f32 (a note)", ("cuda", "f32", "onnxruntime")),
        ("torchXcompile · cpu · f32", ("auto", "auto", "auto")),
        ("Python function · torch · cpu · f32", ("auto", "auto", "auto")),
    ],
)
def test_what_ran_a_model_is_read_back(engine, found):
    assert ran_on(engine) == found


def test_a_replay_on_another_picture_says_so_without_asking_the_model(folder, counting, planted):
    counting.rows = 0
    with pytest.raises(lc.ReplayMismatch, match="the picture is another"):
        lc.replay(folder, textured_picture(seed=1), planted)
    assert counting.rows == 0


def test_a_replay_with_another_model_or_engine_says_so(folder, picture, counting, planted):
    other = lc.wrap_model(counting, kind="values", name="other")
    with pytest.raises(lc.ReplayMismatch, match="the model is 'other', not 'planted'"):
        lc.replay(folder, picture, other)
    rewrite(folder, engine="torch · cuda · bf16")
    with pytest.raises(lc.ReplayMismatch, match="runs on 'Python function · planted', not 'torch · cuda · bf16'"):
        lc.replay(folder, picture, planted)


def test_all_that_differs_is_in_one_sentence(folder, counting):
    other = lc.wrap_model(counting, kind="values", name="other")
    with pytest.raises(lc.ReplayMismatch, match=r"the picture is another .*, and the model is 'other'"):
        lc.replay(folder, textured_picture(seed=1), other)


def test_a_function_has_to_be_given_again(folder, picture):
    with pytest.raises(lc.ReplayMismatch, match="'planted' of the manifest cannot be loaded by its name, so give"):
        lc.replay(folder, picture)


def test_a_model_that_has_changed_since_is_found_out(folder, picture):
    changed = lc.wrap_model(AdditiveModel(picture, seed=2), kind="values", name="planted")
    with pytest.raises(lc.ReplayMismatch, match=r"apart, where the largest is .*, and all versions are those"):
        lc.replay(folder, picture, changed)


def test_changed_weights_are_found_out_and_changed_versions_are_named(folder, picture, planted, explanation):
    changed = explanation.weights.copy()
    changed[3] += 1e-5 * np.abs(changed).max()
    rewrite_arrays(folder, weights=changed)
    rewrite(folder, versions=dict(explanation.versions) | {"numpy": "1.0"})
    with pytest.raises(lc.ReplayMismatch, match=r"versions differ: numpy 1\.0 then, .* now\."):
        lc.replay(folder, picture, planted)


def test_a_difference_within_the_tolerance_is_none(folder, picture, planted, explanation):
    changed = explanation.weights + 0.9e-6 * np.abs(explanation.weights).max()
    rewrite_arrays(folder, weights=changed)
    np.testing.assert_array_equal(lc.replay(folder, picture, planted).weights, explanation.weights)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.full(16, np.nan), "the weights are up to nan apart"),
        (np.zeros(3), r"there are 16 superpixels, and the saved weights have the shape \(3,\)"),
        (np.array(["text"] * 16), "arrays.npz is broken: its array 'weights' cannot be read"),
        (np.array([{}] * 16), "arrays.npz is broken: its array 'weights' cannot be read"),
    ],
)
def test_weights_that_are_no_weights_are_refused(folder, picture, planted, weights, message):
    rewrite_arrays(folder, weights=weights)
    with pytest.raises(lc.ReplayMismatch, match=message):
        lc.replay(folder, picture, planted)


@pytest.mark.parametrize("surrogate", [None, lc.Ridge(), lc.ElasticNetWithPrior(), lc.BayesianRidgeWithPrior()])
def test_an_explanation_with_a_prior_brings_it_along_and_replays(pulled, probe, planted, picture, tmp_path, surrogate):
    saved = lc.explain(probe, 1, surrogate=surrogate, prior=pulled.settings.prior, prior_strength=7)
    folder = saved.save(tmp_path)
    assert lc.load_prior(folder / "prior.npz") == pulled.settings.prior
    again = lc.replay(folder, picture, planted)
    np.testing.assert_array_equal(again.weights, saved.weights)
    assert (again.settings, again.prior_scale) == (saved.settings, saved.prior_scale)
