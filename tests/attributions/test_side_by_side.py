"""Maps side by side: agreement and difference on maps that are written down."""

import numpy as np
import pytest

import lime_core as lc
from lime_core.attributions.side_by_side import as_shares, in_crop
from tests.attributions.conftest import PROBING
from tests.support.planted import BLACK, GRID, AdditiveModel, textured_picture

CELLS = lc.segment(np.zeros((4, 4, 3), dtype=np.uint8), lc.Grid(2, 2))


def cells(*values):
    """A map whose cells sum to these values."""
    return (np.array(values, dtype=float) / CELLS.sizes)[CELLS.labels]


def test_agreement_of_maps_that_are_written_down():
    maps = {"a": cells(4, 3, 2, 1), "same": cells(8, 6, 4, 2), "turned": cells(1, 2, 3, 4), "flat": cells(0, 0, 0, 0)}
    both = lc.side_by_side(maps, CELLS)
    np.testing.assert_allclose(both.weights[0], [4, 3, 2, 1])
    np.testing.assert_allclose(both.correlation[0], [1, 1, -1, np.nan])
    np.testing.assert_allclose(both.spearman[0, :3], [1, 1, -1])
    np.testing.assert_allclose(both.overlap(2)[0, :3], [1, 1, 0])
    of_two = (1 * 0 + 4 * 1 / 3 + 1 * 1) / 6
    np.testing.assert_allclose(both.chance(2)[:3, :3], of_two)
    assert both.chance(2)[0, 3] == 0.0  # the last ranks none
    assert both.chance(9)[0, 1] == 1.0


def test_chance_counts_as_many_as_each_map_ranks():
    both = lc.side_by_side({"two": cells(4, 3, -2, -1), "one": cells(5, -1, -1, -1)}, CELLS)
    assert both.chance(3)[0, 1] == pytest.approx(1 / 2 * 1 / 2)  # one of four, among two: shared in half of the cases
    assert both.overlap(3)[0, 1] == 0.5


def padded(pooled, height, width):
    """A photo cut into 2 × 4 superpixels and a border."""
    photo = lc.load_picture(np.random.default_rng(0).integers(60, 250, (height, width, 3), dtype=np.uint8))
    seen = lc.Preprocessing(32, 32, fit="pad")
    model = lc.torch_classifier("net", pooled, seen, (), device="cpu", engine="torch", kind="values")
    return lc.ProbeStore().segmentation(photo, model, lc.Grid(2, 4))


def test_the_border_of_a_padded_photo_makes_no_maps_alike(pooled):
    cut, rng = padded(pooled, 16, 64), np.random.default_rng(0)
    photo = cut.labels != cut.border
    maps = {f"{n}": np.where(photo, rng.uniform(size=(32, 32)), 0.0) for n in range(60)}
    both = lc.side_by_side(maps, cut)
    pairs = np.triu_indices(60, 1)
    assert both.correlation[pairs].mean() == pytest.approx(0.0, abs=0.02)
    assert both.spearman[pairs].mean() == pytest.approx(0.0, abs=0.05)
    noisy = np.where(photo, maps["0"], rng.normal(size=(32, 32)))
    same = lc.side_by_side({"one": maps["0"], "noisy": noisy}, cut)
    assert same.correlation[0, 1] == pytest.approx(1.0)
    assert same.spearman[0, 1] == pytest.approx(1.0)


def test_the_border_of_a_padded_photo_is_ranked_by_none(pooled):
    cut = padded(pooled, 20, 60)
    both = lc.side_by_side({"a": np.ones((32, 32)), "b": np.eye(32)}, cut)
    assert cut.border is not None
    assert not both.weights[:, cut.border].any()
    assert both.chance(1)[0, 1] == pytest.approx(1 / (cut.d - 1))


def test_a_map_that_is_the_same_everywhere_correlates_with_none():
    both = lc.side_by_side({"same": np.full((4, 4), 0.3), "other": cells(1, 2, 3, 4)}, CELLS)
    assert np.isnan(both.correlation[0]).all()


def test_a_difference_compares_shares_so_that_units_do_not_count():
    both = lc.side_by_side({"a": cells(4, 3, 2, 1), "same": cells(8, 6, 4, 2), "one": cells(1, 0, 0, 0)}, CELLS)
    assert not both.difference("a", "same").any()
    np.testing.assert_allclose(both.difference("a", "one"), [0.4 - 1, 0.3, 0.2, 0.1])
    turning = cells(0.0, 0.0, 3.0, 1.0) + np.where(np.indices((4, 4)).sum(axis=0) % 2, 100.0, -100.0)
    noisy = lc.side_by_side({"noisy": turning, "one": cells(0, 0, 3, 1)}, CELLS)
    np.testing.assert_allclose(noisy.difference("noisy", "one"), 0.0, atol=1e-12)
    with pytest.raises(ValueError, match="second must be one of a, same, one, got 'other'"):
        both.difference("a", "other")


def test_explanations_other_methods_and_arrays_stand_side_by_side(picture, planted, counting):
    e = lc.explain_image(picture, planted, 0, 200, lc.Grid(4, 4), lc.Color(0), surrogate=lc.LeastSquares())
    shap = lc.attribute(picture, planted, lc.KernelShap(200), 0, PROBING)
    cut = e.scene.segmentation
    truth = (counting.effects[0] / cut.sizes)[cut.labels]
    both = lc.side_by_side({"LIME": e, "KernelSHAP": shap, "truth": truth}, cut)
    assert both.correlation.min() > 0.999
    assert both.spearman.min() == 1.0


@pytest.mark.parametrize(
    ("maps", "message"),
    [
        ({}, "maps must be a mapping of names to maps, at least one"),
        ([cells(1, 2, 3, 4)], "maps must be a mapping"),
        ({"a": np.zeros((3, 3))}, "maps"),
        ({"a": np.full((4, 4), np.nan)}, "finite"),
        ({"a": "map"}, "relevance must be an Explanation or an array"),
    ],
)
def test_what_is_no_map_is_refused(maps, message):
    with pytest.raises((ValueError, TypeError), match=message):
        lc.side_by_side(maps, CELLS)


def test_shares_of_nothing_are_nothing():
    assert not as_shares(np.zeros((2, 2))).any()


def test_a_map_is_brought_onto_another_crop_of_the_photo_by_area():
    values = np.arange(16.0).reshape(4, 4)
    box = (10.0, 10.0, 18.0, 18.0)
    np.testing.assert_array_equal(in_crop(values, box, box, (4, 4)), values)
    finer = in_crop(values, box, box, (8, 8))
    np.testing.assert_allclose(finer.sum(), values.sum())
    np.testing.assert_allclose(finer.reshape(4, 2, 4, 2).sum(axis=(1, 3)), values)
    wider = in_crop(values, box, (6.0, 10.0, 22.0, 18.0), (4, 8))
    np.testing.assert_array_equal(wider[:, 2:6], values)
    assert not wider[:, [0, 1, 6, 7]].any()
    assert not in_crop(values, box, (100.0, 100.0, 108.0, 108.0), (4, 4)).any()


def test_importances_have_no_direction_so_only_sizes_compare():
    picture = textured_picture()
    model = lc.wrap_model(AdditiveModel(picture), kind="values", input_size=(32, 32))
    probe = lc.probe_image(picture, model, 300, segmenter=GRID, hiding=BLACK)
    ridge, tree = lc.explain(probe, 0), lc.explain(probe, 0, surrogate=lc.Tree())
    cut = ridge.scene.segmentation
    both = lc.side_by_side({"ridge": ridge, "tree": tree}, cut)
    sizes = lc.side_by_side({"ridge": np.abs(ridge.pixel_weights()), "tree": tree}, cut)
    assert ridge.weights.min() < -0.5
    assert both.spearman[0, 1] > 0.85
    np.testing.assert_allclose(both.spearman, sizes.spearman)
    np.testing.assert_allclose(both.correlation, sizes.correlation)
    np.testing.assert_array_equal(both.overlap(5), sizes.overlap(5))
    np.testing.assert_array_equal(both.chance(5), sizes.chance(5))
    np.testing.assert_allclose(both.difference("ridge", "tree"), sizes.difference("ridge", "tree"))
    assert both.overlap(5, "signed")[0, 1] < both.overlap(5)[0, 1]
