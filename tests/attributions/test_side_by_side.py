"""Maps side by side: agreement and difference on maps that are written down."""

import numpy as np
import pytest

import lime_core as lc
from lime_core.attributions.side_by_side import as_shares, in_crop
from tests.attributions.conftest import PROBING

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
    assert both.chance(2) == pytest.approx((1 * 0 + 4 * 1 / 3 + 1 * 1) / 6)
    assert both.chance(9) == 1.0


def test_a_difference_compares_shares_so_that_units_do_not_count():
    both = lc.side_by_side({"a": cells(4, 3, 2, 1), "same": cells(8, 6, 4, 2), "one": cells(1, 0, 0, 0)}, CELLS)
    assert not both.difference("a", "same").any()
    np.testing.assert_allclose(both.difference("a", "one"), cells(0.4 - 1, 0.3, 0.2, 0.1))
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
