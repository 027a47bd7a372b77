"""One photo shows what is wrong with a model's answers, in one sentence; what is right is told as data."""

import numpy as np
import pytest

import lime_core as lc


def bright(pictures):
    """A number in 0..1 of each picture that a flat picture has too low."""
    return pictures.max((1, 2, 3)) / 255.0


def classes(pictures):
    share = 0.2 + 0.5 * bright(pictures)
    return np.stack([share, 1 - share], axis=1)


def model(predict, kind="probabilities", names=()):
    return lc.wrap_model(predict, names, kind, (8, 8), name="own")


def test_what_was_found_is_told(chelsea):
    found = lc.first_answers(model(classes, names=["dark", "light"]), output="probabilities")
    assert (found.picture, found.outputs, found.kind, found.guessed) == ("chelsea", 2, "probabilities", False)
    assert (found.size, found.channels) == ((8, 8), 3)
    assert [name for _, name, _ in found.top] == ["dark", "light"]
    assert sum(score for _, _, score in found.top) == pytest.approx(1)
    assert 0 <= found.seconds < 5
    other = lc.first_answers(model(lambda pictures: bright(pictures) * 90, "values"), chelsea.pixels)
    assert (other.kind, other.outputs, other.top[0][1]) == ("values", 1, "output 0")


@pytest.mark.parametrize(("times", "saturated"), [(1e6, True), (1.0, False)])
def test_probabilities_that_nothing_moves_are_told(times, saturated):
    def logits(pictures):
        return times * np.stack([bright(pictures) + 1, -bright(pictures) - 1], axis=1)

    assert lc.first_answers(model(logits, "logits")).saturated is saturated


def named(pictures):
    return np.concatenate([classes(pictures), classes(pictures)], axis=1)


CASES = {
    "class count": (model(named, names=["a", "b"]), "The model returns 4 numbers for a picture, and there are 2 class"),
    "shape": (model(lambda pictures: pictures), r"array of shape \(2, 8, 8, 3\); expected \(2, number of"),
    "rows": (model(lambda pictures: classes(pictures)[:1]), r"given 2 pictures and returned .* \(1, 2\)"),
    "NaN": (model(lambda pictures: classes(pictures) * np.nan, "logits"), "NaN or infinity for 2 samples"),
    "outside": (model(lambda pictures: classes(pictures) * 3), "so they are no probabilities"),
    "constant": (model(lambda pictures: classes(0 * pictures), "logits"), "it answers the same to the photo"),
    "constant values": (model(lambda pictures: np.full(len(pictures), 3.5), "values"), "it answers the same"),
    "sum": (model(lambda pictures: 0.3 * classes(pictures)), r'sum to 0\.3 and not to one\. Say output = "independent'),
    "sum of the other": (model(lambda p: classes(p) * np.where(bright(p) > 0.7, 1, 0.5)[:, None]), r"sum to 0\.5 and"),
    "labels": (model(lambda p: np.eye(2)[(bright(p) > 0.9).astype(int)]), "zeros and ones alone"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_one_sentence(case):
    planted, says = CASES[case]
    with pytest.raises(lc.ModelUnavailable, match=says) as caught:
        lc.first_answers(planted, output="probabilities" if planted.kind == "probabilities" else "")
    assert str(caught.value).startswith("own cannot be explained, seen with one photo: ")


def test_independent_probabilities_need_no_sum():
    planted = model(lambda pictures: 0.3 * classes(pictures))
    for output in ("independent probabilities", ""):
        assert lc.first_answers(planted, output=output).outputs == 2
