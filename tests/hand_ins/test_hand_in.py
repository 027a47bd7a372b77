"""Hand-ins: there and back with the same numbers, and nothing that anybody wrote runs or breaks anything."""

import json
from dataclasses import replace
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lime_core as lc
from lime_core.hand_ins.hand_in import MAX_HAND_IN, Answered, LessonDone, Marked
from lime_core.hand_ins.hand_in_html import hand_in_html, marked_in_words

SCORE = lc.GuessScore((1, 2, 5), (5, 9, 1), 24, 2, 0.375, 0.31234567890123, 0.4)
MARKED = Marked(SCORE, 0.12345678901234, 0.2, -0.01)
DONE = LessonDone(
    *("a-lesson", "en", "A lesson", "0" * 64, "1" * 64, "efficientnet_lite0", "2" * 64, "tiger cat"),
    *("2026-03-01T09:30:00Z", "2026-03-01T09:37:00Z"),
    (Answered("choice", "Which?", "this", "that", False), Answered("text", "Why?", "because")),
    MARKED,
)
HAND_IN = lc.HandIn((DONE, DONE), "Ada")
EVIL = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>"


def read(data):
    return lc.read_hand_in(json.dumps(data).encode())


def test_it_reopens_with_the_same_numbers():
    assert lc.read_hand_in(HAND_IN.to_json().encode()) == HAND_IN


@settings(max_examples=50)
@given(st.text(max_size=200), st.floats(-1e9, 1e9), st.text(max_size=200))
def test_whatever_is_written_comes_back(name, fall, text):
    marked = Marked(SCORE, fall, fall / 3, 0.0, "years")
    done = LessonDone(*list(vars(DONE).values())[:-2], (Answered("text", text, text),), marked)
    hand_in = lc.HandIn((done,), name)
    assert lc.read_hand_in(hand_in.to_json().encode("utf-8", "surrogatepass")) == hand_in


def test_the_page_says_what_the_file_says_and_runs_nothing():
    done = LessonDone(*["a", "en", EVIL, EVIL, EVIL, EVIL, EVIL, EVIL], DONE.begun, DONE.finished, DONE.answers, MARKED)
    evil = Answered("text", EVIL, EVIL, EVIL)
    page = hand_in_html(lc.HandIn((DONE, LessonDone(*list(vars(done).values())[:-2], (evil,), MARKED)), EVIL))
    assert "<script" not in page
    assert "<img" not in page
    assert "default-src &#x27;none&#x27;" in page
    for sentence in marked_in_words(MARKED, "tiger cat"):
        assert escape(sentence) in page
    assert "not right" in page


def test_the_scores_are_sentences():
    shares, catches, without = marked_in_words(MARKED, "tiger cat, striped")
    assert shares == (
        "You marked 1, 2, 5; the map has 5, 9, 1 at the top. You share 2 of 3; marks at random share 0.4 on average."
    )
    assert catches == "Your parts carry 31% of all weight on the map, its own top 40%."
    assert without == (
        "Hiding your parts takes 12 points from “tiger cat”, hiding the map's top takes 20 points, as many at random "
        "-1 points. The model misses the map's more."
    )


def test_falls_of_values_are_in_their_unit():
    own, top = (replace(MARKED, fall=fall, fall_of_top=4.2, fall_by_chance=-0.5, unit="years") for fall in (4.201, 4.3))
    assert marked_in_words(own, "age")[2] == (
        "Hiding your parts takes 4.20 years from “age”, hiding the map's top takes 4.20 years, as many at random "
        "−0.50 years. For the model both matter alike."
    )
    assert marked_in_words(top, "age")[2].endswith("The model misses yours more.")
    assert "points" not in marked_in_words(replace(own, unit="value"), "age")[2]


def test_a_hand_in_of_before_units_opens_with_the_same_numbers():
    data = json.loads(HAND_IN.to_json())
    for done in data["lessons"]:
        del done["marked"]["unit"]
    assert read(data) == HAND_IN


def test_a_hand_in_of_before_units_may_be_about_values():
    data = json.loads(HAND_IN.to_json())
    del data["lessons"][0]["marked"]["unit"]
    data["lessons"][0]["marked"]["fall_of_top"] = -30.85
    first, second = read(data).lessons
    assert (first.marked.fall_of_top, first.marked.unit) == (-30.85, "value")
    assert second == DONE


def changed(**values):
    return json.loads(HAND_IN.to_json()) | values


def in_the_first(**values):
    data = json.loads(HAND_IN.to_json())
    data["lessons"][0] |= values
    return data


def in_the_score(**values):
    data = json.loads(HAND_IN.to_json())
    data["lessons"][0]["marked"]["score"] |= values
    return data


def in_the_mark(**values):
    data = json.loads(HAND_IN.to_json())
    data["lessons"][0]["marked"] |= values
    return data


@pytest.mark.parametrize("fall", [1e308, -1.7e308, 10**300])
def test_any_value_that_is_read_can_be_written_as_a_sentence(fall):
    [done, _] = read(in_the_mark(fall=fall, fall_of_top=-fall, unit="years")).lessons
    assert marked_in_words(done.marked, "age")[2].count("years") == 3


def test_what_is_rounded_at_the_ends_of_a_range_is_in_it():
    marked = replace(MARKED, score=replace(SCORE, caught=1 + 1e-9, best=1.0, chance=3.0), fall=1.0001, fall_of_top=-1)
    done = replace(DONE, marked=marked)
    assert lc.read_hand_in(lc.HandIn((done,)).to_json().encode()).lessons == (done,)


@pytest.mark.parametrize(
    "data",
    [
        [],
        None,
        {},
        changed(format="lime-lessons 2"),
        changed(learner=3),
        changed(learner="a" * 3000),
        changed(more=1),
        changed(lessons={}),
        changed(lessons=[{}]),
        changed(lessons=[json.loads(HAND_IN.to_json())["lessons"][0]] * 101),
        in_the_first(title=None),
        in_the_first(begun="yesterday"),
        in_the_first(answers="none"),
        in_the_first(answers=[{"kind": "choice"}]),
        in_the_first(marked=3),
        in_the_first(marked={"unit": "years"}),
        in_the_first(marked=json.loads(HAND_IN.to_json())["lessons"][0]["marked"] | {"unit": 3}),
        in_the_score(guess=[1, 2, "5"]),
        in_the_score(guess=[1, 2, 500]),
        in_the_score(guess=[1, 1, 5]),
        in_the_score(guess=[1, 2, 5, 6]),
        in_the_score(shared=3),
        in_the_score(parts=10**30),
        in_the_score(caught="all"),
        in_the_score(caught=True),
        in_the_score(caught=1e307),
        in_the_score(caught=1.1),
        in_the_score(best=-0.1),
        in_the_score(chance=4),
        in_the_mark(fall=1e307),
        in_the_mark(fall=10**400),
        in_the_mark(fall_of_top=-1.1),
        in_the_mark(fall_by_chance=2),
        in_the_mark(fall=10**400, unit="years"),
        in_the_mark(fall="1"),
    ],
)
def test_what_is_no_hand_in_is_refused(data):
    with pytest.raises(lc.BadLesson):
        read(data)


@pytest.mark.parametrize(
    "contents",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b"{" * 100_000,
        HAND_IN.to_json().replace("0.2,", "NaN,").encode(),
        HAND_IN.to_json().replace("0.2,", "1e999,").encode(),
        HAND_IN.to_json().replace('"learner"', '"learner": "x", "learner"').encode(),
        b" " * (MAX_HAND_IN + 1),
        b'{"format": ' + b"9" * 10_000 + b"}",
    ],
    ids=range(9),
)
def test_what_is_no_json_of_ours_is_refused(contents):
    with pytest.raises(lc.BadLesson):
        lc.read_hand_in(contents)
