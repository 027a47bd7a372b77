"""Options as short texts: there and back, in characters that no address escapes."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lime_core as lc
from lime_core.reports.manifest import TABLES
from lime_core.sharing.short_texts import changed_by, read_short, short_settings, short_text
from tests.support.options import changed

OPTIONS = [(role, name) for role, table in TABLES.items() for name in table if name != "label_map"]


@pytest.mark.parametrize(("role", "name"), OPTIONS)
def test_every_option_goes_there_and_back_usual_and_with_every_setting_changed(role, name):
    table = TABLES[role]
    usual = table[name]()
    assert short_text(usual, table) == name
    assert read_short(name, table) == usual
    for option in changed(usual):
        text = short_text(option, table)
        assert read_short(text, table) == option
        assert quote(text, safe="") == text
        assert len(text) < 200


def test_it_can_be_read_by_people():
    assert short_text(lc.Slic(n_segments=60, compactness=20.0), lc.SEGMENTERS) == "slic~n_segments.60~compactness.20.0"
    assert short_text(lc.Color("#ff8000"), lc.HIDINGS) == "color~color.ff8000"
    both = lc.Segmentations((lc.Grid(), lc.Slic()))
    assert short_text(both, lc.SEGMENTERS) == "several~members.grid-slic"


def test_a_label_map_and_members_with_settings_do_not_travel(picture):
    with pytest.raises(ValueError, match="label_map holds what is in a file"):
        short_text(lc.LabelMap.of(lc.segment(picture.pixels, lc.Grid(4, 4)).labels), lc.SEGMENTERS)
    with pytest.raises(ValueError, match="settings of each do not travel"):
        short_text(lc.Segmentations((lc.Grid(2, 2), lc.Slic())), lc.SEGMENTERS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "option must be one of"),
        ("slick", "option must be one of quickshift, slic"),
        ("slic~n_segments", "there is no setting 'n_segments'"),
        ("slic~segments.60", "there is no setting 'segments'"),
        ("slic~n_segments.many", "n_segments"),
        ("slic~n_segments.1000000", "n_segments"),
        ("several~members.grid-nothing", "nothing"),
        ("label_map", "label_map|labels"),
        ("slic~" + "x" * 400, "at most 300 characters"),
    ],
)
def test_what_is_wrong_is_named(text, message):
    with pytest.raises((ValueError, TypeError), match=message):
        read_short(text, lc.SEGMENTERS)


def test_a_view_is_told_by_what_is_not_as_usual():
    view = lc.View(style="heatmap", num_features=3, for_color=(1, 2, 3), numbers=True)
    text = "~".join(short_settings(view))
    assert text == "style.heatmap~num_features.3~for_color.010203~numbers.yes"
    assert changed_by(lc.View(), text) == view
    assert changed_by(lc.View(), "") == lc.View()
    with pytest.raises(ValueError, match="opacity"):
        changed_by(lc.View(), "opacity.7")


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    for table in (lc.SEGMENTERS, lc.KERNELS):
        try:
            option = read_short(text, table)
        except (ValueError, TypeError) as error:
            said = str(error)
            assert said
        else:
            assert type(option) in table.values()
