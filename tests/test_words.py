"""What the page says about a result, checked on results whose figures are set by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from pages.ui import words
from tests.planted import BLACK, GRID, textured_picture


@pytest.fixture
def e(probe) -> lc.Explanation:
    return lc.explain(probe, 0)


@pytest.mark.parametrize(
    ("r2", "level"),
    [(1.0, "good"), (0.8, "good"), (0.799, "fair"), (0.5, "fair"), (0.499, "weak"), (0.0, "weak"), (-0.3, "weak")],
)
def test_the_verdict_follows_r2(e, r2, level):
    assert words.verdict(replace(e, r2=r2)).level == level


def test_the_verdict_names_the_share_that_is_explained(e):
    assert " 64%" in words.verdict(replace(e, r2=0.64)).sentence
    assert " 0%" in words.verdict(replace(e, r2=-0.3)).sentence


def test_a_score_that_never_moves_leaves_nothing_to_explain(picture):
    model = lc.wrap_model(lambda pictures: np.tile([0.25, 0.75], (len(pictures), 1)))
    e = lc.explain(lc.probe_image(picture, model, 50, segmenter=GRID, hiding=BLACK))
    assert words.verdict(e) == words.verdict(replace(e, r2=math.nan, effective_samples=1e6))
    assert words.verdict(e).headline == "Nothing to explain"
    assert words.summary(e) == "Explanation of class 1. Strongest: no superpixel has a weight. R² –."


@pytest.mark.parametrize("r2", [0.99, 0.6, 0.1])
def test_a_high_r2_of_a_few_samples_is_not_praised(e, r2):
    few = replace(e, r2=r2, effective_samples=3 * len(e.features) - 0.1)
    assert words.verdict(few).level == "weak"
    assert words.verdict(few).headline == "Too few samples to tell"
    enough = replace(few, effective_samples=3.0 * len(e.features))
    assert words.verdict(enough).headline != "Too few samples to tell"


def test_a_good_map_needs_no_remark(e):
    assert words.remarks(e) == []


def test_too_few_samples_are_remarked_upon(e):
    (remark,) = words.remarks(replace(e, n_samples=159))
    assert remark == words.few_samples(159, 16)


def test_a_kernel_that_leaves_few_samples_is_remarked_upon(e):
    (remark,) = words.remarks(replace(e, effective_samples=159.4))
    assert "159 effective samples of 200" in remark
    assert words.remarks(replace(e, effective_samples=160.0)) == []


def test_superpixels_that_cannot_be_explained_are_counted(planted):
    pixels = textured_picture().pixels.copy()
    pixels[:8, :8] = 0
    e = lc.explain(lc.probe_image(lc.load_picture(pixels), planted, 200, segmenter=GRID, hiding=BLACK), 0)
    (remark,) = words.remarks(e)
    assert remark.startswith("1 superpixel cannot be explained")


def test_a_tree_is_remarked_upon(probe):
    (remark,) = words.remarks(lc.explain(probe, 0, surrogate=lc.Tree()))
    assert "without a sign" in remark


@pytest.mark.parametrize(
    ("samples", "d", "each", "ask"), [(100, 38, "2.6", "400"), (100, 20, "5.0", "200"), (1000, 101, "9.9", "1100")]
)
def test_the_warning_says_how_many_samples_to_take(samples, d, each, ask):
    sentence = words.few_samples(samples, d)
    assert sentence.startswith(f"{each} samples for each superpixel")
    assert f"Take {ask} samples" in sentence
    assert int(ask) >= words.ENOUGH_SAMPLES * d


@pytest.mark.parametrize(("samples", "d"), [(5000, 501), (999, 100)])
def test_too_few_samples_are_never_rounded_up_to_enough(samples, d):
    assert not words.few_samples(samples, d).startswith("10.0")


def test_signs_that_are_certain_are_counted(e):
    weights, error = np.array([1.0, -1.0, 1.0, 0.1]), np.array([0.5, 0.5, 0.52, 0.1])
    known = replace(e, weights=weights, standard_error=error)
    assert words.certain_signs(known, np.arange(4)).startswith("2 of 4 superpixels shown")
    assert words.certain_signs(known, np.array([3])).startswith("0 of 1 superpixel shown")
    assert words.certain_signs(known, np.arange(0)) == ""
    assert words.certain_signs(replace(known, standard_error=np.full(4, np.nan)), np.arange(4)) == ""


def test_what_differs_between_two_specs_is_named(picture, planted):
    old = lc.ProbeSpec.of(picture, planted)
    assert words.changed(old, old) == []
    assert words.changed(old, replace(old, segmenter=GRID)) == ["segmentation"]
    assert words.changed(old, replace(old, hiding=BLACK, sampler=lc.LimeMasks(), seed=3)) == [
        "hide color",
        "sampler",
        "seed",
    ]


@pytest.mark.parametrize(
    ("space", "score", "weight"),
    [
        ("probability", "36.7%", "-3.21 pp"),
        ("log-odds", "0.37", "-0.032"),
        ("logit", "0.37", "-0.032"),
        ("value", "0.37", "-0.032"),
    ],
)
def test_scores_and_weights_are_written_in_their_unit(space, score, weight):
    assert words.score_text(0.367, space) == score
    assert words.weight_text(-0.0321, space) == weight


def test_a_weight_always_has_its_sign():
    assert words.weight_text(0.5, "probability") == "+50.00 pp"
    assert words.weight_text(0.5, "value") == "+0.500"


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
    assert words.seconds(value) == text


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
    assert words.place(row, column, 100, 300) == text


def test_one_superpixel_is_no_plural():
    assert words.count(1, "superpixel") == "1 superpixel"
    assert words.count(0, "superpixel") == "0 superpixels"
    assert words.count(38, "superpixel") == "38 superpixels"


def test_the_summary_names_class_strongest_superpixels_and_fit(e):
    summary = words.summary(e)
    assert summary.startswith("Explanation of first. Strongest: ")
    assert summary.endswith(f"R² {e.r2:.2f}.")
    for superpixel, weight in e.top(3):
        place = words.place(8 * (superpixel // 4) + 4, 8 * (superpixel % 4) + 4, 32, 32)
        assert f"superpixel {superpixel} ({place}) {weight:+.3f}" in summary
    assert summary.count("superpixel") == 3
