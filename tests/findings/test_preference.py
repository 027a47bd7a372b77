"""Who has a preference is found out, who has none is not, and nobody sees which map is whose."""

import csv
import io
import random

import pytest

import lime_core as lc
from lime_core.findings.looks import CHANCE, FIRST_LOOK, LAST_LOOK, boundary, false_alarms


def judged(seed, share, most):
    """The answers of a simulated judge, who chooses the first with this probability."""
    draw, preference = random.Random(seed), lc.Preference("A", "B")
    for number in range(most):
        choice = "first" if draw.random() < share else "second"
        preference = preference.with_answer(lc.Answer(f"photo {number}", choice))
    return preference


@pytest.mark.parametrize(("share", "expected"), [(0.95, "first"), (0.05, "second"), (1.0, "first")])
def test_a_preference_is_found_out_within_twenty_answers(share, expected):
    found = [judged(seed, share, 20).decided for seed in range(400)]
    assert found.count(expected) >= 0.95 * 400
    other = {"first": "second", "second": "first"}[expected]
    assert found.count(other) == 0


def test_who_has_no_preference_is_told_none():
    found = [judged(seed, 0.5, LAST_LOOK).decided for seed in range(2000)]
    assert sum(each is not None for each in found) <= 0.065 * 2000  # 5 %, and three standard errors
    bounds = [boundary(told) for told in range(FIRST_LOOK, LAST_LOOK + 1)]
    assert 0.02 < false_alarms(bounds) <= CHANCE


def test_bounds_are_no_stricter_than_they_have_to_be():
    bounds = [boundary(told) for told in range(FIRST_LOOK, LAST_LOOK + 1)]
    assert bounds == sorted(bounds)
    assert all(2 * bound > told for bound, told in zip(bounds, range(FIRST_LOOK, LAST_LOOK + 1), strict=True))
    assert false_alarms([bound - 1 for bound in bounds]) > CHANCE
    assert false_alarms([6] * 1) == pytest.approx(1 - 252 / 1024)  # ten answers: all but five to five


def test_nothing_is_told_before_the_tenth_choice():
    assert judged(0, 1.0, 9).decided is None
    assert judged(0, 1.0, 9).in_words() == "1 more choice until something can be said."
    assert judged(0, 1.0, 10).decided == "first"
    sure = " That you would choose it more often than not is 99.9% sure."
    assert judged(0, 1.0, 10).in_words() == f"You prefer A: chosen 10 of 10 times.{sure}"


def test_what_was_told_stays_and_says_on_which_answers_it_rests():
    preference = judged(0, 1.0, 10)
    for _ in range(20):
        preference = preference.with_answer(lc.Answer("photo", "second"))
    assert preference.decided == "first"
    assert preference.in_words() == "You prefer A: chosen 10 of the first 10 times."


def test_answers_for_neither_count_for_none():
    preference = judged(0, 1.0, 9)
    for _ in range(5):
        preference = preference.with_answer(lc.Answer("photo", "neither"))
    assert preference.counts == (9, 0)
    assert preference.decided is None


def test_sureness_is_the_posterior_of_a_uniform_prior():
    assert lc.Preference("A", "B").sureness == 0.5
    assert judged(0, 1.0, 1).sureness == pytest.approx(0.75)  # ∫ 2p over the upper half
    assert judged(0, 1.0, 2).sureness == pytest.approx(0.875)
    even = lc.Preference("A", "B", (lc.Answer("p", "first"), lc.Answer("q", "second")))
    assert even.sureness == 0.5


def test_it_is_told_whether_the_metric_agrees():
    answers = [lc.Answer(f"p{n}", "first", (0.5, 0.2 if n < 8 else 0.7)) for n in range(10)]
    preference = lc.Preference("four at once", "quickshift", tuple(answers))
    assert preference.agreement == (8, 10)
    assert preference.in_words() == (
        "You prefer four at once: chosen 10 of 10 times. That you would choose it more often than not is 99.9% sure. "
        "The relevance gain chose as you did 8 of 10 times, where chance has 5."
    )
    tied = preference.with_answer(lc.Answer("p", "first", (0.5, 0.5))).with_answer(lc.Answer("q", "neither", (1, 0)))
    assert tied.agreement == (8, 10)
    open_ = lc.Preference("A", "B", tuple(lc.Answer("p", "first" if n % 2 else "second") for n in range(12)))
    assert open_.in_words() == "Not decided yet: A 6 times, B 6 times of 12."
    asked = lc.Preference("A", "B", tuple(lc.Answer("p", "first" if n % 2 else "second") for n in range(40)))
    assert asked.in_words() == "You prefer neither: A 20 times, B 20 times of 40."


def test_sides_change_by_chance_and_stay_when_asked_again():
    left = [lc.sides(f"photo {n}", n)[0] for n in range(400)]
    assert 160 < left.count("first") < 240
    assert left == [lc.sides(f"photo {n}", n)[0] for n in range(400)]
    assert left != [lc.sides(f"photo {n}", n, seed=1)[0] for n in range(400)]
    assert set(lc.sides("photo", 3)) == {"first", "second"}


def test_answers_are_a_table_that_no_spreadsheet_runs():
    answers = (lc.Answer("=1+1.jpg", "second", (0.25, 0.5)), lc.Answer("cat", "neither"))
    rows = list(csv.reader(io.StringIO(lc.Preference("A", "B", answers).to_csv())))
    assert rows == [
        ["photo", "chosen", "gain of A", "gain of B"],
        ["'=1+1.jpg", "B", "0.25", "0.5"],
        ["cat", "neither", "", ""],
    ]


def test_another_choice_is_refused():
    with pytest.raises(ValueError, match="choice must be one of"):
        lc.Answer("photo", "both")
