"""Guesses on planted models: the score of a guess, chance, and what the model says without parts, row by row."""

import numpy as np
import pytest

import lime_core as lc
from lime_core.lessons.figure import filled_in
from lime_core.lessons.guess import MARKS, RANDOM, Seen, falls, hidden_parts, top_parts
from tests.support.planted import BLACK, GRID, AdditiveModel, textured_picture

PROBABLE = {"class_index": 0}


@pytest.fixture
def e(picture, counting):
    model = lc.wrap_model(counting, kind="values", name="planted")
    return lc.explain(lc.probe_image(picture, model, 200, segmenter=GRID, hiding=BLACK), 0)


def asked(e, picture, model, *sets):
    spec = hidden_parts(e, *sets)
    *_, probe = lc.ProbeStore().grow(spec, picture, model, 100)
    return probe


def test_the_top_of_the_map_catches_most_and_shares_all(e, counting):
    strongest = np.argsort(-counting.effects[0])[:MARKS]
    score = lc.score_guess(e, strongest[::-1])
    assert score.top == tuple(strongest)
    assert score.guess == tuple(sorted(strongest))
    assert score.shared == MARKS
    assert score.caught == pytest.approx(score.best)
    planted = np.abs(counting.effects[0])
    assert score.best == pytest.approx(planted[strongest].sum() / planted.sum(), abs=0.02)


def test_the_weakest_share_nothing(e, counting):
    score = lc.score_guess(e, np.argsort(counting.effects[0])[:MARKS])
    assert score.shared == 0
    assert score.chance == pytest.approx(MARKS * MARKS / 16)


def test_chance_is_what_random_guesses_share_on_average(e):
    rng = np.random.default_rng(0)
    shared = [lc.score_guess(e, rng.choice(16, MARKS, replace=False)).shared for _ in range(2000)]
    assert np.mean(shared) == pytest.approx(lc.score_guess(e, (0, 1, 2)).chance, abs=0.05)


def test_hiding_takes_what_the_planted_effects_say(e, picture, counting):
    model = lc.wrap_model(counting, kind="values", name="planted")
    before = counting.rows
    probe = asked(e, picture, model, (2, 5, 7))
    assert counting.rows - before == 2  # the full picture, and the one without the guess
    assert falls(probe, 0) == pytest.approx((counting.effects[0, [2, 5, 7]].sum(),), rel=1e-4)


def test_the_top_falls_more_than_random_parts_in_few_rows(e, picture, counting):
    model = lc.wrap_model(counting, kind="values", name="planted")
    before = counting.rows
    probe = asked(e, picture, model)
    assert counting.rows - before == 2 + RANDOM
    seen = Seen.of(e, falls(probe, 0))
    assert seen.fall == pytest.approx(counting.effects[0, list(top_parts(e))].sum(), rel=1e-4)
    assert seen.by_chance < seen.fall


def test_all_who_see_one_map_ask_about_the_same_random_parts(e):
    assert hidden_parts(e) == hidden_parts(e)
    assert hidden_parts(e) != hidden_parts(e, (0, 1, 2))


def test_a_map_without_weights_has_no_top(picture):
    flat = lc.wrap_model(lambda pictures: np.full((len(pictures), 2), 0.5), name="flat")
    score = lc.score_guess(lc.explain(lc.probe_image(picture, flat, 50, segmenter=GRID, hiding=BLACK)), (0, 1, 2))
    assert (score.top, score.shared, score.chance, score.caught, score.best) == ((), 0, 0, 0, 0)


def test_the_border_of_a_padded_photo_is_none_of_its_parts():
    wide = lc.load_picture(np.random.default_rng(0).integers(60, 250, (16, 32, 3), dtype=np.uint8))
    model = lc.wrap_model(AdditiveModel(textured_picture()), kind="values", input_size=(32, 32), fit="pad")
    e = lc.explain(lc.probe_image(wide, model, 60, segmenter=lc.Grid(2, 2), hiding=BLACK), 0)
    assert len(e.weights) == 5
    top = top_parts(e)
    score = lc.score_guess(e, (0, 1, 2))
    assert (score.parts, score.chance) == (4, MARKS * len(top) / 4)
    with pytest.raises(ValueError, match="guess"):
        lc.score_guess(e, (0, 1, 4))
    assert not [each for each in hidden_parts(e).sampler.sets if 4 in each]
    assert filled_in("{parts 1}", (Seen(e),)) == "4"


@pytest.mark.parametrize("guess", [(), (0, 1), (0, 1, 2, 3), (0, 1, 1), (0, 1, 16), (-1, 0, 1), "012", 3, (0, 1, 2.5)])
def test_what_is_no_guess_is_refused(e, guess):
    with pytest.raises((ValueError, TypeError), match="guess"):
        lc.score_guess(e, guess)


def test_a_probe_of_something_else_has_no_falls(e, probe):
    with pytest.raises(ValueError, match="hidden_parts"):
        falls(probe, 0)
