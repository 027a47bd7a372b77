"""Options are read back as they were written, and what cannot be says why."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

import lime_core as lc
from lime_core.files.records import from_json, to_json
from tests.test_knobs import Lens, Pinhole


def test_an_option_reads_back_as_it_was_written():
    table = {"lens": Lens}
    lens = Lens(2.5, 7, "F")
    assert to_json(lens, table) == {"name": "lens", "zoom": 2.5, "blades": 7, "mount": "F"}
    assert from_json(to_json(lens, table), table) == lens


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"name": "mirror"}, "unknown name 'mirror'; known are lens"),
        ({"name": "lens", "color": 1}, "lens has no setting 'color'; it has zoom, blades, mount"),
        ({"name": "lens", "zoom": 99}, "zoom must be"),
        ({}, "unknown name None"),
    ],
)
def test_what_cannot_be_read_says_why(data, message):
    with pytest.raises(ValueError, match=message):
        from_json(data, {"lens": Lens})


@pytest.mark.parametrize("color", [0, [0, 0, 0], "#000000"])
def test_a_color_is_written_in_one_form(color):
    assert to_json(lc.Color(color), lc.HIDINGS) == {"name": "color", "color": (0, 0, 0)}


@pytest.mark.parametrize("pinhole", [Pinhole(), Pinhole(0.5), Pinhole(number=20.0)])
def test_only_what_is_given_is_written(pinhole):
    written = to_json(pinhole, {"pinhole": Pinhole})
    assert len(written) == 2
    assert from_json(written, {"pinhole": Pinhole}) == pinhole
    assert from_json({"name": "pinhole", "width": 0.2}, {"pinhole": Pinhole}) == Pinhole(0.2)
    assert from_json({"name": "pinhole", "width": None}, {"pinhole": Pinhole}) == Pinhole()


def test_an_option_that_is_in_no_table_is_not_written():
    with pytest.raises(ValueError, match="Lens is in no table"):
        to_json(Lens(), {})


@dataclass(frozen=True)
class Zoom(Lens):
    revision: ClassVar[int] = 2


def test_what_gave_other_numbers_is_told_by_its_revision():
    written = to_json(Zoom(), {"zoom": Zoom})
    assert written["revision"] == 2
    assert from_json(written, {"zoom": Zoom}) == Zoom()
    for other in (None, 1, 3):
        with pytest.raises(ValueError, match="zoom gave other numbers in the version that wrote this"):
            from_json({**written, "revision": other}, {"zoom": Zoom})
    with pytest.raises(ValueError, match="zoom gave other numbers"):
        from_json({"name": "zoom"}, {"zoom": Zoom})
