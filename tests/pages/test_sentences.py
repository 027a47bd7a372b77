"""What the page says about a result, checked on results whose figures are set by hand."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lime_core as lc
from lime_core.files.names import printable
from lime_core.reports.numbers import number
from lime_core.reports.verdict import NOTHING
from pages.ui.figures import sentences
from pages.ui.learn.words import r2_in_words
from tests.support.hostile import HOSTILE
from tests.support.planted import BLACK, GRID


def test_signs_that_are_certain_are_counted(e):
    weights, error = np.array([1.0, -1.0, 1.0, 0.1]), np.array([0.5, 0.5, 0.52, 0.1])
    known = replace(e, weights=weights, standard_error=error)
    assert sentences.certain_signs(known, np.arange(4)).startswith("2 of 4 superpixels shown")
    assert sentences.certain_signs(known, np.array([3])).startswith("0 of 1 superpixel shown")
    assert sentences.certain_signs(known, np.arange(0)) == ""
    assert sentences.certain_signs(replace(known, standard_error=np.full(4, np.nan)), np.arange(4)) == ""


def test_what_differs_between_two_specs_is_named(picture, planted):
    old = lc.ProbeSpec.of(picture, planted)
    assert sentences.changed(old, old) == []
    assert sentences.changed(old, replace(old, segmenter=GRID)) == ["segmentation"]
    assert sentences.changed(old, replace(old, hiding=BLACK, sampler=lc.LimeMasks(), seed=3)) == [
        "hide color",
        "sampler",
        "seed",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.04, "0.0 s"),
        (0.44, "0.4 s"),
        (9.4, "9.4 s"),
        (9.6, "10 s"),
        (89.4, "89 s"),
        (89.6, "1 min 30 s"),
        (130, "2 min 10 s"),
        (3600, "60 min 0 s"),
    ],
)
def test_durations_are_rounded_to_what_one_reads(value, text):
    assert sentences.seconds(value) == text


@pytest.mark.parametrize(
    ("row", "column", "text"),
    [
        (0, 0, "upper left"),
        (0, 149, "upper center"),
        (0, 299, "upper right"),
        (50, 0, "middle left"),
        (50, 150, "center"),
        (99, 299, "lower right"),
        (100, 300, "lower right"),
    ],
)
def test_places_on_a_picture_have_names(row, column, text):
    assert sentences.place(row, column, 100, 300) == text


READ_AGAIN = (
    r"https?://|www\.",
    r"[-.\w+]@[-\w]",
    r":[\w+-]+:",
    r":material/|:streamlit:|:::?\w",
    r"(^|\s)(<->|->|<-|--|>=|<=|~=)(\s|$)",
    r"[\r\n\t]",
)
"""What Streamlit finds in a text even where a backslash stands before it."""


def is_shown_as(text, shown):
    """Whether Markdown shows the first of two texts by the second: nothing is lost, and nothing is left to be read."""
    assert re.sub(r"\\(.)", r"\1", shown).replace(sentences.JOINER, "") == text
    assert not re.search(r"(?<!\\)[`*_{}\[\]<>~$&|#]", re.sub(r"\\\\", "  ", shown))
    assert not re.match(r"[-+*=#>]|\d+[.)]", shown)
    unescaped = re.sub(r"\\(.)", r"\1", shown)
    assert [again for again in READ_AGAIN if re.search(again, unescaped, re.IGNORECASE)] == []
    return True


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_from_elsewhere_is_no_markdown(text):
    assert is_shown_as(printable(text).strip(), sentences.sentence(text))


@given(
    st.lists(
        st.one_of(st.sampled_from([*":@<>~=-.#*_`$[]()!|\\/ \n1w", "www", "http", "material/"]), st.text()), max_size=20
    )
)
def test_no_text_is_markdown(parts):
    text = "".join(parts)[: sentences.LONGEST]
    assert is_shown_as(printable(text).strip().replace(sentences.JOINER, ""), sentences.sentence(text))


def test_a_long_text_is_cut():
    assert len(sentences.sentence("x" * 10**6)) == sentences.LONGEST + 2


def test_the_summary_of_nothing_says_so(picture):
    model = lc.wrap_model(lambda pictures: np.tile([0.25, 0.75], (len(pictures), 1)))
    e = lc.explain(lc.probe_image(picture, model, 50, segmenter=GRID, hiding=BLACK))
    assert sentences.summary(e) == f"Explanation of class 1. {NOTHING.headline}. {NOTHING.sentence}"


def test_the_summary_names_class_strongest_superpixels_and_fit(e):
    summary = sentences.summary(e)
    assert summary.startswith("Explanation of first. Strongest: ")
    assert summary.endswith(f"R² {e.r2:.2f}.")
    for superpixel, weight in e.top(3):
        place = sentences.place(8 * (superpixel // 4) + 4, 8 * (superpixel % 4) + 4, 32, 32)
        assert f"superpixel {superpixel} ({place}) {number(weight, signed=True)}" in summary
    assert summary.count("superpixel") == 3


def test_r2_is_said_to_flatter_only_where_it_does(probe):
    assert "flatters" in r2_in_words(lc.explain(probe.first(20), 0))
    assert "flatters" not in r2_in_words(lc.explain(probe, 0))
    assert "flatters" not in r2_in_words(lc.explain(probe, 0, kernel=lambda masks: masks.all(axis=1) * 1.0))


def test_how_certain_the_strongest_are_is_said_with_what_would_settle_them(e):
    d = len(e.weights)
    weights = np.linspace(16.0, 1.0, d)
    known = replace(e, weights=weights, standard_error=np.full(d, 0.3), covariance=0.09 * np.eye(d))
    assert sentences.top_certain(known, 3).startswith("The top 3 are certain to 9")
    unsure = replace(e, weights=weights, standard_error=np.full(d, 2.0), covariance=4.0 * np.eye(d))
    sentence = sentences.top_certain(unsure, 3)
    assert sentence.startswith("The top 3 are certain to ")
    assert "samples would settle them." in sentence
    equal = replace(unsure, weights=np.ones(d))
    assert "some are nearly equal" in sentences.top_certain(equal, 3)
    unknown = replace(e, standard_error=np.full(d, np.nan), covariance=np.full((d, d), np.nan))
    assert sentences.top_certain(unknown, 3) == ""
