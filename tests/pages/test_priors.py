"""Priors as pictures, checked pixel by pixel."""

import numpy as np
import pytest

import lime_core as lc
from lime_core.drawing.palette import AGAINST_COLOR, FOR_COLOR
from pages.ui.figures.priors import SMALL, contact_sheet, expected_map, thumbnail, word_card

LOOKS = np.broadcast_to(np.array([[[[9, 99, 199]]]], dtype=np.uint8), (2, 32, 32, 3))


def colored(card, color):
    """The columns of a card whose bar has this color."""
    bar = card[-6]
    return np.flatnonzero((bar[:, :3] == color).all(axis=1) & (bar[:, 3] == 255))


def test_a_thumbnail_is_the_middle_square():
    pixels = np.zeros((40, 100, 3), dtype=np.uint8)
    pixels[:, 35:65] = 200
    small = thumbnail(pixels)
    assert small.shape == (SMALL, SMALL, 3)
    assert small[:, 12:-12].min() > 180
    assert small[:, :2].max() < 20


def test_a_sheet_shows_all_pictures_and_fades_those_that_are_not_finished():
    small = np.full((SMALL, SMALL, 3), 77, dtype=np.uint8)
    sheet = contact_sheet([small] * 16, [True] * 15 + [False])
    assert sheet.shape[0] < 3 * SMALL
    assert sheet[0, 0].tolist() == [77, 77, 77, 255]
    row, column = np.argwhere(sheet[..., 3] == 90)[0]
    assert sheet[row, column, :3].tolist() == [77] * 3
    assert (sheet[..., 3] == 90).sum() == SMALL**2
    assert (sheet[..., 3] == 255).sum() == 15 * SMALL**2


@pytest.mark.parametrize("share", [1.0, 0.5, 0.1])
def test_the_bar_of_a_word_is_as_long_as_its_weight(share):
    unsigned, for_, against = word_card(LOOKS, 4, share, False), word_card(LOOKS, 4, share, True), word_card(
        LOOKS, 4, -share, True
    )  # fmt: skip
    width = unsigned.shape[1]
    assert len(colored(unsigned, FOR_COLOR)) == pytest.approx(share * width, abs=2)
    assert colored(for_, FOR_COLOR).min() >= width // 2 - 1
    assert len(colored(for_, FOR_COLOR)) == pytest.approx(share * width / 2, abs=2)
    assert colored(against, AGAINST_COLOR).max() <= width // 2
    assert len(colored(for_, AGAINST_COLOR)) == len(colored(against, FOR_COLOR)) == 0


def test_against_is_hatched_so_that_color_is_not_alone_in_telling_it():
    against = word_card(LOOKS, 4, -1.0, True)
    white = (against[-6, : against.shape[1] // 2, :3] == 255).all(axis=1)
    assert 0.15 < white.mean() < 0.35


def test_a_card_shows_the_looks_that_there_are_and_is_a_bar_where_there_are_none():
    card = word_card(LOOKS, 4, 1.0, False)
    assert card[10, 10].tolist() == [9, 99, 199, 255]
    assert card[10, -10].tolist() == [0, 0, 0, 0], "two of four places are empty"
    bare = word_card(None, 0, 1.0, False)
    assert len(bare) < 20
    assert len(colored(bare, FOR_COLOR)) == bare.shape[1]


def test_what_is_expected_of_a_photo_is_drawn_where_it_is_expected(chelsea, monkeypatch):
    monkeypatch.setattr("pages.ui.figures.maps.MAP_SIDE", 128)
    image = lc.Preprocessing(128, 128, 128).view(chelsea.pixels)
    cut = lc.segment(image, lc.Grid(2, 2))
    labels, mean, words = cut.labels, np.array([3.0, 0.0, -1.0, 0.0]), np.array([7, 1, 2, 3])
    drawn = expected_map(cut, lc.Projection(mean, 1.0, words), 3.0, 4)
    changed = np.ptp(drawn, axis=2) > 0  # the photo itself is grey there
    assert changed[labels == 0].mean() > 0.9
    assert changed[labels == 2].mean() > 0.9
    assert changed[labels == 1].mean() < 0.1
    nothing = expected_map(cut, lc.Projection(0 * mean, 0.0, words), 1.0, 0)
    np.testing.assert_array_equal(nothing, image)
