"""Superpixels are joined, split and drawn: numbers stay 0..d-1, and nothing else of a picture moves."""

import numpy as np
import pytest

import lime_core as lc
from tests.support.planted import BLACK

CELLS = lc.Grid(4, 4)(np.zeros((32, 32, 3), np.uint8)).astype(np.int32)
"""Sixteen cells of 8 × 8 pixels, in rows."""


def sizes(labels):
    return np.bincount(labels.ravel()).tolist()


def partition(labels):
    """The sets of pixels, whatever their numbers."""
    return {tuple(np.flatnonzero(labels.ravel() == each).tolist()) for each in np.unique(labels)}


def test_joined_superpixels_are_one_and_the_others_stay():
    joined = lc.join_superpixels(CELLS, [9, 2, 5])
    assert sizes(joined) == [64, 64, 192, *[64] * 11]
    assert (joined == 2).tolist() == np.isin(CELLS, [2, 5, 9]).tolist()
    untouched = ~np.isin(CELLS, [2, 5, 9])
    assert partition(np.where(untouched, joined, -1)) == partition(np.where(untouched, CELLS, -1))
    assert CELLS.max() == 15  # that of the caller is as it was


@pytest.mark.parametrize("which", [(), (3,), (3, 3)])
def test_fewer_than_two_cannot_be_joined(which):
    with pytest.raises(ValueError, match="which must be at least two superpixels"):
        lc.join_superpixels(CELLS, which)


def test_all_cannot_be_joined_and_a_border_does_not_count():
    with pytest.raises(lc.TooFewSuperpixels, match="Join fewer"):
        lc.join_superpixels(CELLS, range(16))
    with pytest.raises(lc.TooFewSuperpixels, match="Join fewer"):
        lc.join_superpixels(CELLS, range(15), border=15)
    assert sizes(lc.join_superpixels(CELLS, range(15))) == [960, 64]


@pytest.mark.parametrize(
    "edit",
    [
        lambda labels: lc.join_superpixels(labels, (1, 15), border=15),
        lambda labels: lc.split_superpixel(labels, 15, border=15),
    ],
)
def test_a_border_is_no_part_of_the_photo(edit):
    with pytest.raises(lc.LimeError, match="no part of it"):
        edit(CELLS)


def test_a_drawn_superpixel_leaves_the_border():
    drawn = lc.draw_superpixel(CELLS, np.ones((32, 32), bool) & (CELLS != 0), border=15)
    assert partition(drawn) == {
        tuple(np.flatnonzero(CELLS.ravel() == 0)),
        tuple(np.flatnonzero(CELLS.ravel() == 15)),
        tuple(np.flatnonzero((CELLS.ravel() != 0) & (CELLS.ravel() != 15))),
    }
    with pytest.raises(lc.TooFewSuperpixels, match="Draw a smaller one"):
        lc.draw_superpixel(CELLS, CELLS != 15, border=15)
    with pytest.raises(lc.LimeError, match="no pixel of the picture"):
        lc.draw_superpixel(CELLS, CELLS == 15, border=15)


def test_a_line_cuts_one_superpixel_along_itself():
    line = [(0.0, 10.0), (8.0, 10.0)]  # down, two pixels into the second cell
    cut = lc.split_superpixel(CELLS, 1, line)
    assert sizes(cut)[1] + sizes(cut)[16] == 64
    assert sorted((sizes(cut)[1], sizes(cut)[16])) == [16, 48]
    assert (cut[CELLS != 1] == CELLS[CELLS != 1]).all()
    again = lc.split_superpixel(CELLS, 1, line[::-1])
    assert partition(cut) == partition(again)
    assert lc.join_superpixels(cut, [1, 16]).tolist() == CELLS.tolist()


def test_without_a_line_the_longer_axis_is_cut_in_the_middle():
    labels = np.zeros((20, 30), np.int32)
    labels[5:9, 2:26] = 1  # four by twenty-four
    cut = lc.split_superpixel(labels, 1)
    assert (cut[5:9, 2:14] == cut[5, 2]).all()
    assert (cut[5:9, 14:26] == cut[5, 25]).all()
    assert sizes(cut) == [504, 48, 48]
    turned = lc.split_superpixel(labels.T, 1)
    assert partition(turned) == partition(cut.T)


def test_any_two_pixels_can_be_cut_apart_and_one_cannot():
    rng = np.random.default_rng(0)
    for _ in range(50):
        labels = np.zeros((9, 9), np.int32)
        labels.flat[rng.choice(81, 2, replace=False)] = 1
        assert sizes(lc.split_superpixel(labels, 1)) == [79, 1, 1]
    labels = np.zeros((9, 9), np.int32)
    labels[4, 4] = 1
    with pytest.raises(lc.LimeError, match="a single pixel, which cannot be cut"):
        lc.split_superpixel(labels, 1)


def test_a_line_beside_a_superpixel_does_not_cut_it():
    with pytest.raises(lc.LimeError, match="does not cut superpixel 0"):
        lc.split_superpixel(CELLS, 0, [(0.0, 20.0), (8.0, 20.0)])
    with pytest.raises(lc.LimeError, match="no length"):
        lc.split_superpixel(CELLS, 0, [(3.0, 3.0), (3.0, 3.0)])


def test_what_an_outline_leaves_in_two_pieces_stays_one_and_what_it_covers_is_gone():
    region = np.zeros((32, 32), bool)
    region[:8, 2:6] = True  # through the first cell
    region[8:16, :8] = True  # all of the fifth
    drawn = lc.draw_superpixel(CELLS, region)
    assert sizes(drawn) == [32, *[64] * 14, 96]
    assert drawn[0, 0] == drawn[0, 7] == 0
    assert (drawn[region] == 15).all()


@pytest.mark.parametrize(
    ("region", "error"), [(np.zeros((32, 32), bool), lc.LimeError), (CELLS >= 0, lc.TooFewSuperpixels)]
)
def test_nothing_and_everything_are_no_superpixel(region, error):
    with pytest.raises(error, match="inside of the outline"):
        lc.draw_superpixel(CELLS, region)


def test_a_rectangle_has_the_pixels_whose_middle_it_holds():
    region = lc.region_inside((32, 40), lc.outline_of("rectangle", 3, 5, 10, 20))
    wanted = np.zeros((32, 40), bool)
    wanted[3:10, 5:20] = True
    np.testing.assert_array_equal(region, wanted)
    beyond = lc.region_inside((32, 40), lc.outline_of("rectangle", -5, 30, 4, 90))
    assert beyond.sum() == 4 * 10


def test_an_ellipse_has_its_area_and_is_symmetric():
    region = lc.region_inside((100, 100), lc.outline_of("ellipse", 10, 20, 70, 60))
    assert abs(region.sum() / (np.pi * 30 * 20) - 1) < 0.02
    np.testing.assert_array_equal(region[10:70], region[10:70][::-1])
    np.testing.assert_array_equal(region[:, 20:60], region[:, 20:60][:, ::-1])


def test_most_of_a_line_lies_in_one_superpixel():
    assert lc.superpixel_under(CELLS, [(4.0, 6.0), (4.0, 15.0)]) == 1
    assert lc.superpixel_under(CELLS, [(-50.0, 4.0), (7.0, 4.0)]) == 0
    with pytest.raises(lc.LimeError, match="outside of the picture"):
        lc.superpixel_under(CELLS, [(-5.0, 4.0), (-1.0, 4.0)])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: lc.join_superpixels(CELLS, (1, 16)), "which must lie in"),
        (lambda: lc.split_superpixel(CELLS, -1), "which must lie in"),
        (lambda: lc.split_superpixel(CELLS, 1, [(0, 0)]), "line must be 2 points"),
        (lambda: lc.split_superpixel(CELLS, 1, [(0, 0), (1, np.nan)]), "line must be 2 points"),
        (lambda: lc.region_inside((9, 9), [(0, 0), (1, 1)]), "outline must be 3 or more points"),
        (lambda: lc.region_inside((9, 9), "abc"), "outline must be 3 or more points"),
        (lambda: lc.outline_of("star", 0, 0, 1, 1), "kind"),
        (lambda: lc.outline_of("ellipse", 5, 0, 5, 1), "bottom and right must be beyond"),
        (lambda: lc.draw_superpixel(CELLS, np.ones((3, 3), bool)), "region must have the shape"),
        (lambda: lc.draw_superpixel(CELLS, np.ones((32, 32))), "region must be True inside"),
        (lambda: lc.join_superpixels(CELLS + 1, (1, 2)), "labels must be 0..d-1"),
    ],
)
def test_wrong_arguments_are_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


def test_edited_superpixels_are_replayed_to_the_last_digit(planted, picture, tmp_path):
    region = lc.region_inside((32, 32), lc.outline_of("ellipse", 5, 9, 20, 30))
    labels = lc.draw_superpixel(lc.split_superpixel(lc.join_superpixels(CELLS, (0, 1)), 3), region)
    saved = lc.explain(lc.probe_image(picture, planted, 100, segmenter=lc.LabelMap.of(labels), hiding=BLACK))
    again = lc.replay(saved.save(tmp_path), picture, planted)
    np.testing.assert_array_equal(saved.segments, labels)
    np.testing.assert_array_equal(again.segments, labels)
    np.testing.assert_array_equal(again.weights, saved.weights)
    assert again.spec == saved.spec


def test_a_join_adds_planted_effects_up(planted, counting, picture):
    joined = lc.LabelMap.of(lc.join_superpixels(CELLS, (3, 5, 12)))
    probe = lc.probe_image(picture, planted, 400, segmenter=joined, hiding=BLACK)
    e = lc.explain(probe, 0, surrogate=lc.LeastSquares())
    wanted = np.delete(counting.effects[0], [5, 12])
    wanted[3] = counting.effects[0][[3, 5, 12]].sum()
    np.testing.assert_allclose(e.weights, wanted, atol=1e-5)
