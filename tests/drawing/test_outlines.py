"""Outlines stand out on every photo, around every part, and tell the signs apart."""

import numpy as np
import pytest

from lime_core.drawing.outlines import distance_to
from lime_core.drawing.overlay import overlay
from lime_core.drawing.view import View
from tests.drawing.conftest import CELL, SIDE, D


def test_a_dashed_outline_has_gaps_and_a_solid_one_has_none(segments):
    black = np.zeros((SIDE, SIDE, 3), dtype=np.uint8)
    view = View(style="outline", for_color=(255, 0, 0), against_color=(255, 0, 0))
    one = np.zeros(D)
    one[5] = 0.1
    solid, dashed = (overlay(black, segments, w, view, scale=3).any(axis=2) for w in (one, -one))
    # A column that crosses the upper and the lower side of superpixel 5, for every column of its middle.
    columns = slice(3 * 30, 3 * 42)
    assert solid[3 * CELL : 3 * CELL + 6, columns].any(axis=0).all()
    crossed = dashed[3 * CELL : 3 * CELL + 6, columns].any(axis=0)
    assert crossed.any()
    assert not crossed.all()


@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize("sign", [1, -1])
def test_outlines_stand_out_on_dark_middle_and_light_photos(segments, value, sign):
    flat = np.full((SIDE, SIDE, 3), value, dtype=np.uint8)
    weights = np.zeros(D)
    weights[5] = sign * 0.1
    drawn = overlay(flat, segments, weights, View(style="outline"), scale=3).astype(int)
    assert np.abs(drawn.mean(axis=2) - value).max() > 40, "light or dark"
    assert np.ptp(drawn, axis=2).max() > 80, "with color"


def test_outlines_of_neighbours_with_different_signs_are_both_visible(segments):
    grey = np.full((SIDE, SIDE, 3), 128, dtype=np.uint8)
    weights = np.zeros(D)
    weights[5], weights[6] = 0.1, -0.1
    border = overlay(grey, segments, weights, View(style="outline"), scale=3)[3 * 30 : 3 * 42, 3 * 46 : 3 * 50]
    redder = border[..., 0].astype(int) - border[..., 2]
    assert redder.max() > 60, "orange"
    assert redder.min() < -60, "blue"


def test_every_part_of_a_scattered_superpixel_has_its_outline():
    black = np.zeros((64, 64, 3), dtype=np.uint8)
    labels = np.zeros((64, 64), dtype=np.int32)
    labels[4:28, 4:28] = labels[36:60, 36:60] = 1
    drawn = overlay(black, labels, np.array([0.0, 1.0]), View(style="outline"), scale=2).any(axis=2)
    assert drawn[:64, :64].any()
    assert drawn[64:, 64:].any()
    assert not drawn[:60, 68:].any()


def test_a_superpixel_of_one_pixel_at_the_corner_can_be_drawn():
    labels = np.zeros((8, 8), dtype=np.int32)
    labels[0, 0] = 1
    for weights in (np.array([0.1, 1.0]), np.array([-0.1, -1.0])):
        assert overlay(np.zeros((8, 8, 3), dtype=np.uint8), labels, weights, View(), scale=3).any()


@pytest.mark.parametrize("sign", [1, -1])
def test_a_superpixel_thinner_than_its_line_can_end_in_a_corner(sign):
    flat, segments = np.full((224, 224, 3), 128, dtype=np.uint8), np.eye(224, dtype=np.int32)
    drawn = (overlay(flat, segments, np.array([0.0, 0.2 * sign]), View(style="outline"), scale=3) != 128).any(axis=2)
    rows, columns = np.nonzero(drawn)
    assert {rows.min(), columns.min()} == {0}
    assert np.abs(rows - columns).max() < 20


def test_points_far_outside_are_near_no_pixel():
    found = distance_to((4, 4), np.array([[-50.0, 2.0], [2.0, 60.0], [9.0, 9.0], [-1.0, 0.5]]), 2.0)
    assert found[0, 0] == pytest.approx(1.5)
    assert np.isinf(found[3]).all()
