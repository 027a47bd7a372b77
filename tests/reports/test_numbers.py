"""Numbers are written in one way: with enough digits to be something, in the unit of what they are."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lime_core.evaluation.stability_report import Metric
from lime_core.reports.numbers import (
    cut_in_words,
    metric_text,
    number,
    scale_ends,
    score_text,
    size_text,
    superpixels_in_words,
    two_decimals,
    weight_text,
)

SPACES = ("probability", "log-odds", "logit", "value")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.0, "1"),
        (-12.345, "−12.3"),
        (0.00123456, "0.00123"),
        (-1.2e-9, "−1.2e-9"),
        (123456.7, "123457"),
        (1234567.8, "1.23e6"),
        (1e30, "1e30"),
        (99.96, "100"),
        (999.4, "999"),
        (999.6, "1000"),
        (-999.8, "−1000"),
        (9999.7, "10000"),
        (99999.6, "100000"),
        (999999.6, "1e6"),
        (-0.0, "0"),
        (math.inf, "inf"),
        (math.nan, "not known"),
    ],
)
def test_a_number_has_three_digits_and_a_true_minus(value, text):
    assert number(value) == text
    if value > 0:
        assert number(value, signed=True) == f"+{text}"


@given(st.floats(-1e6, 1e6))
def test_below_a_million_no_number_is_written_in_powers_of_ten_but_very_small_ones(value):
    assert ("e" in number(value)) == (0 < abs(value) < 0.9995e-4 or abs(value) >= 999999.5)


@pytest.mark.parametrize(
    ("space", "score", "weight"),
    [
        ("probability", "36.7%", "−3.21 pp"),
        ("log-odds", "0.37", "−0.0321"),
        ("logit", "0.37", "−0.0321"),
        ("value", "0.37", "−0.0321"),
    ],
)
def test_scores_and_weights_are_written_in_their_unit(space, score, weight):
    assert score_text(0.367, space) == score
    assert weight_text(-0.0321, space) == weight


@pytest.mark.parametrize(
    ("value", "space", "text"),
    [
        (1.2e-10, "probability", "1.2e-8%"),
        (0.0, "probability", "0.0%"),
        (0.9999, "probability", "100.0%"),
        (10000000.01, "value", "10000000.01"),
        (-1e-9, "value", "−1e-9"),
        (0.5, "log-odds", "0.50"),
        (0.0, "value", "0.00"),
        (1e12, "value", "1e12"),
        (-0.0, "probability", "0.0%"),
        (-0.0, "value", "0.00"),
    ],
)
def test_a_score_keeps_what_tells_it_from_nothing_and_from_another(value, space, text):
    assert score_text(value, space) == text


def test_a_weight_always_has_its_sign_and_a_size_or_importance_none():
    assert weight_text(0.5, "probability") == "+50 pp"
    assert weight_text(0.5, "value") == "+0.5"
    assert weight_text(0.5, "importance") == "0.5"
    assert size_text(0.5, "probability") == "50 pp"
    assert size_text(math.nan, "value") == "not known"


@pytest.mark.parametrize("space", SPACES)
@given(power=st.integers(-30, 30), digits=st.integers(10, 99))
def test_the_ends_of_a_scale_keep_two_digits(space, power, digits):
    limit = digits * 10.0**power
    low, high = scale_ends(limit, space)
    assert (low[0], high[0]) == ("−", "+")
    assert low[1:] == high[1:]
    unit = 100.0 if space == "probability" else 1.0
    assert float(high.removesuffix(" pp")) == pytest.approx(unit * limit, rel=1e-9)


def test_importances_use_the_upper_half_of_the_scale():
    assert scale_ends(0.25, "importance") == ("0", "0.25")


def test_nothing_has_no_sign():
    assert two_decimals(-1e-17) == two_decimals(-0.004) == "0.00"
    assert two_decimals(-0.006) == "−0.01"


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_figure_that_is_none_is_a_dash_without_chance(value):
    assert two_decimals(value) == "–"
    assert metric_text(Metric("jaccard", "Jaccard", math.nan, 0.3, "higher", "")) == "–"
    assert metric_text(Metric("jaccard", "Jaccard", 0.5, 0.3, "higher", "")) == "0.50 (0.30)"
    assert metric_text(Metric("r2", "R²", -0.5, None, "higher", "")) == "−0.50"


@pytest.mark.parametrize(
    ("counts", "cut", "told"),
    [
        ((49,), "49 superpixels", "49 superpixels · 500 samples · 10 for each"),
        ((1,), "1 superpixel", "1 superpixel · 500 samples · 500 for each"),
        ((49, 49), "2 segmentations of 49 superpixels",
         "2 segmentations of 49 superpixels · 500 samples · 250 for each of them"),
        ((34, 11, 49, 34), "4 segmentations of 11 to 49 superpixels",
         "4 segmentations of 11 to 49 superpixels · 500 samples · 125 for each of them"),
    ],
)  # fmt: skip
def test_it_is_said_how_finely_a_picture_is_cut_and_what_each_part_has(counts, cut, told):
    assert superpixels_in_words(counts) == cut
    assert cut_in_words(counts, 500) == told
