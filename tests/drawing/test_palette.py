"""The color scale ends in the two colors of the signs and is grey between them."""

import numpy as np
import pytest

from lime_core.drawing.palette import AGAINST_COLOR, DIVERGING, FOR_COLOR, color_bar, diverging


def test_the_color_scale_ends_in_the_two_colors_and_is_grey_in_the_middle():
    assert len(DIVERGING) == 10
    colors = diverging(np.array([[-1.0, 1.0], [-7.0, 7.0]]))
    np.testing.assert_array_equal(colors, [[AGAINST_COLOR, FOR_COLOR]] * 2)
    assert np.ptp(diverging(np.array(0.0)).astype(int)) < 10
    steps = diverging(np.linspace(-1, 1, 10))
    assert tuple("#{:02x}{:02x}{:02x}".format(*color) for color in steps) == DIVERGING


def test_the_color_scale_grows_darker_towards_both_ends():
    luminance = diverging(np.linspace(-1, 1, 201)) @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(luminance)[:88] > 0).all()
    assert (np.diff(luminance)[112:] < 0).all()
    assert abs(luminance[0] - luminance[-1]) < 15


def test_a_color_bar_runs_from_against_to_for():
    bar = color_bar(0.1, width=101, height=7)
    assert bar.shape == (7, 101, 3)
    np.testing.assert_array_equal(bar[3, [0, 100]], [AGAINST_COLOR, FOR_COLOR])
    with pytest.raises(ValueError, match="limit must be"):
        color_bar(0.0, width=10, height=1)


def test_a_color_bar_ends_in_the_colors_that_were_chosen():
    usual, bar = (
        color_bar(0.1, width=101, height=1),
        color_bar(0.1, width=101, height=1, ends=(AGAINST_COLOR, (0, 255, 0))),
    )
    np.testing.assert_array_equal(bar[0, :51], usual[0, :51])
    np.testing.assert_array_equal(bar[0, 100], (0, 255, 0))
