"""Superpixels: cut as lime does, numbered without gaps, neither too few nor too many."""

import numpy as np
import pytest
from skimage.segmentation import quickshift

import lime_core as lc


def test_quickshift_cuts_as_lime_does(lite0, chelsea):
    crop = lite0.view(chelsea)
    expected = quickshift(crop, kernel_size=4, max_dist=200, ratio=0.2)
    np.testing.assert_array_equal(lc.segment(crop, lc.Quickshift()).labels, expected)


def test_labels_are_numbered_from_zero_without_gaps():
    class Gapped:
        to_get_more = ""

        def __call__(self, image):
            return np.where(np.arange(image.shape[1]) < 5, 7, 3) * np.ones((image.shape[0], 1), dtype=int)

    found = lc.segment(np.zeros((4, 10, 3), dtype=np.uint8), Gapped())
    assert np.unique(found.labels).tolist() == [0, 1]
    assert found.d == 2
    assert found.sizes.tolist() == [20, 20]


@pytest.mark.parametrize(
    ("segmenter", "setting"),
    [(lc.Slic(n_segments=2), "n_segments"), (lc.Felzenszwalb(), "scale"), (lc.Grid(1, 1), "rows")],
)
def test_one_superpixel_is_refused_and_names_the_setting_to_turn(segmenter, setting):
    flat = np.full((40, 40, 3), 128, dtype=np.uint8)
    with pytest.raises(lc.TooFewSuperpixels, match=setting):
        lc.segment(flat, segmenter)


def test_the_grid_has_equal_cells_in_reading_order():
    labels = lc.segment(np.zeros((6, 9, 3), dtype=np.uint8), lc.Grid(rows=2, columns=3)).labels
    assert labels[0].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert labels[:, 0].tolist() == [0, 0, 0, 3, 3, 3]


def test_a_grid_finer_than_the_picture_has_one_cell_a_pixel():
    assert lc.segment(np.zeros((5, 5, 3), dtype=np.uint8), lc.Grid(40, 40)).d == 25


def test_more_superpixels_than_can_be_explained_are_refused():
    noise = np.random.default_rng(0).integers(0, 256, (224, 224, 3), dtype=np.uint8)
    with pytest.raises(lc.TooManySuperpixels, match=r"into \d+ superpixels, and no more than 2000"):
        lc.segment(noise, lc.Quickshift(kernel_size=1.0, max_dist=1.0))
    with pytest.raises(lc.TooManySuperpixels):
        lc.segment(noise, lc.LabelMap.of(np.arange(224 * 224).reshape(224, 224)))
