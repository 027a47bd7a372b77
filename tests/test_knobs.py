"""Settings keep to their bounds and are read back as they were written."""

from dataclasses import dataclass

import numpy as np
import pytest

import lime_core as lc
from lime_core.knobs import Bounded, choice, knob


@dataclass(frozen=True)
class Lens(Bounded):
    zoom: float = knob(1.0, 0.5, 8.0, step=0.5, help="How near.")
    blades: int = knob(5, 3, 9, step=2, help="How round.")
    mount: str = choice("M42", ("M42", "F"), help="Which camera.")


@pytest.mark.parametrize("value", [0, 9, float("nan"), float("inf"), "2", None, True])
def test_a_number_out_of_range_is_refused_by_name(value):
    with pytest.raises(ValueError, match=r"Lens: zoom must be a number in \[0.5, 8.0\], got"):
        Lens(zoom=value)


def test_a_whole_number_stays_whole_and_numpy_numbers_are_numbers():
    with pytest.raises(ValueError, match="Lens: blades must be a whole number"):
        Lens(blades=5.5)
    same = Lens(zoom=np.float32(2.0), blades=np.int64(7)), Lens(2.0, 7.0)
    for lens in same:
        assert lens == Lens(2.0, 7)
        assert (type(lens.zoom), type(lens.blades)) == (float, int)


def test_a_choice_is_one_of_its_options():
    with pytest.raises(ValueError, match="mount must be one of M42, F"):
        Lens(mount="X")


@pytest.mark.parametrize("value", [10**400, -(10**400), np.zeros(3), object, [1.0]])
def test_what_is_no_number_is_refused_by_name_too(value):
    for name in ("zoom", "blades", "mount"):
        with pytest.raises(ValueError, match=f"Lens: {name} must be"):
            Lens(**{name: value})


@pytest.mark.parametrize(
    ("value", "same"),
    [
        (0, (0, 0, 0)),
        (np.uint8(255), (255, 255, 255)),
        (7.0, (7, 7, 7)),
        ([1, 2, 3], (1, 2, 3)),
        (np.array([1, 2, 3], np.uint8), (1, 2, 3)),
        ((np.int64(1), 2.0, 3), (1, 2, 3)),
        ("#0aFF10", (10, 255, 16)),
    ],
)
def test_a_color_has_one_form_however_it_is_said(value, same):
    color = lc.Color(value)
    assert (color, hash(color)) == (lc.Color(same), hash(lc.Color(same)))
    assert [type(channel) for channel in color.color] == [int] * 3


@pytest.mark.parametrize(
    "color",
    [(0, 0), (0, 0, 256), (0, 0, -1), (0.5, 0, 0), "red", "#12345", 256, -1, 0.5, True, None, [[0]], (True, 0, 0), {}],
)
def test_a_color_has_three_whole_channels(color):
    with pytest.raises(ValueError, match="Color: color must be three whole numbers"):
        lc.Color(color=color)


@dataclass(frozen=True)
class Pinhole(Bounded):
    width: float | None = knob(None, 0.1, 2.0, step=0.1, help="How wide, in millimeters.", usual=0.4)
    number: float | None = knob(100.0, 16.0, 500.0, step=1, help="How far the film is, in widths.", instead_of="width")


def test_of_two_settings_that_exclude_each_other_one_is_none():
    assert (Pinhole().width, Pinhole().number) == (None, 100.0)
    assert (Pinhole(0.5).width, Pinhole(0.5).number) == (0.5, None)
    assert Pinhole(0.5) == Pinhole(0.5, None) == Pinhole(0.5, 100.0)
    assert hash(Pinhole(0.5)) == hash(Pinhole(width=0.5))
    with pytest.raises(ValueError, match="Pinhole: give width or number, not both"):
        Pinhole(0.5, 50.0)
    with pytest.raises(ValueError, match="Pinhole: number must be a number"):
        Pinhole(number=None)
    with pytest.raises(ValueError, match="Pinhole: width must be a number"):
        Pinhole(width=3.0)
