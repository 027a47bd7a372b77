"""What a process says of its model counts only where it is of the form that it has to be."""

from dataclasses import asdict

import pytest

import lime_core as lc
from lime_core.isolation.claims import guess_claims, model_claims
from lime_core.isolation.limits import ModelLimits

SEEN = asdict(lc.Preprocessing(224, 224))
MODEL = {
    "name": "own",
    "class_names": ["one", "two"],
    "kind": "logits",
    "unit": "",
    "preprocessing": SEEN,
    "fingerprint": "0f" * 32,
    "notice": "",
    "engine": "OpenVINO · CPU · f32",
    "usual": 32,
    "padded": False,
    "takes_several": False,
    "outputs": 2,
}
GUESS = {
    "form": "onnx",
    "architecture": "",
    "size": [224, 224],
    "channels": 3,
    "outputs": None,
    "output": "",
    "layers": 10,
    "parameters": 10**6,
}
LONG = "x" * 10_000


def test_a_model_is_read_as_it_was_said():
    claims = model_claims(MODEL)
    assert claims.preprocessing == lc.Preprocessing(224, 224)
    assert claims.class_names == ("one", "two")
    assert model_claims(MODEL | {"preprocessing": None}).preprocessing is None


@pytest.mark.parametrize(
    ("fact", "values"),
    [
        ("name", [None, 3, [], {}, LONG]),
        ("class_names", [None, "ab", {}, ["one"], ["one", 2], ["one", LONG], ["x"] * 300_000]),
        ("kind", [None, LONG, []]),
        ("unit", [None, LONG]),
        ("preprocessing", [3, [], {}, "x", SEEN | {"height": -1}, SEEN | {"mean": ["x"]}, SEEN | {"other": 1}]),
        ("fingerprint", [None, "../x", LONG]),
        ("notice", [None, LONG]),
        ("engine", [None, LONG]),
        ("usual", [None, 0, -1, True, 1.5, 10**9]),
        ("padded", [None, 1, "yes"]),
        ("takes_several", [None, 0, "no"]),
        ("outputs", [None, 0, True, 3, 2**70]),
        ("more", [1]),
    ],
)
def test_a_model_of_another_form_is_refused(fact, values):
    for value in values:
        with pytest.raises(lc.ModelUnavailable, match="in a form that no model has"):
            model_claims(MODEL | {fact: value})
    with pytest.raises(lc.ModelUnavailable):
        model_claims({key: value for key, value in MODEL.items() if key != fact} if fact in MODEL else {})


def test_more_outputs_than_are_taken_are_counted():
    with pytest.raises(lc.ModelUnavailable, match="answers with 30001 numbers for a picture; 30000 are the most"):
        model_claims(MODEL | {"outputs": 30_001})


@pytest.mark.parametrize("side", ["height", "width", "resize"])
def test_pictures_that_are_too_large_are_refused_with_their_size(side):
    with pytest.raises(lc.ModelUnavailable, match="no side may have more than 2048"):
        model_claims(MODEL | {"preprocessing": SEEN | {side: 4096}})


def test_a_guess_is_read_as_it_was_said():
    guess = guess_claims({"guess": GUESS})
    assert (guess.size, guess.channels, guess.outputs) == ((224, 224), 3, None)
    assert guess_claims({"guess": GUESS | {"size": None}}).size is None


@pytest.mark.parametrize(
    ("fact", "values"),
    [
        ("form", [None, 3, LONG]),
        ("architecture", [None, LONG]),
        ("size", [3, [1], [1, "x"], [1, 2, 3], "ab", [-1, 2]]),
        ("channels", ["3", True, -1, 10**30]),
        ("outputs", ["3", 1.5]),
        ("output", [None, []]),
        ("layers", [None, -1]),
        ("parameters", [None, 1e9]),
        ("more", [1]),
    ],
)
def test_a_guess_of_another_form_is_refused(fact, values):
    for value in values:
        with pytest.raises(lc.ModelUnavailable, match="in a form that no file has"):
            guess_claims({"guess": GUESS | {fact: value}})
    for header in ({}, {"guess": None}, {"guess": []}):
        with pytest.raises(lc.ModelUnavailable):
            guess_claims(header)


@pytest.mark.parametrize("limit", ["file_bytes", "layers", "memory_bytes", "load_seconds", "batch_seconds"])
def test_limits_are_numbers_above_zero(limit):
    assert getattr(ModelLimits(**{limit: 7.0}), limit) == 7
    for value in (0, -1, float("nan"), float("inf"), "7", None, True):
        with pytest.raises((ValueError, TypeError), match=limit):
            ModelLimits(**{limit: value})
