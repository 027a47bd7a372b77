"""Superpixels as small pictures, and which of them are typical of a word."""

import numpy as np
import pytest

import lime_core as lc
from lime_core.priors.examples import SIDE, looks_of

RED, BLUE = (200, 20, 20), (20, 20, 200)


def halves(height=64, width=64):
    """A picture that is red at the left, blue at the right, and its two superpixels."""
    labels = np.zeros((height, width), dtype=np.int32)
    labels[:, width // 2 :] = 1
    return np.array([RED, BLUE], dtype=np.uint8)[labels], labels


def test_a_look_shows_its_own_pixels_as_they_are_and_fades_the_others():
    image, labels = halves()
    left, right = looks_of(image, labels)
    assert left.shape == (SIDE, SIDE, 3)
    assert left.dtype == np.uint8
    np.testing.assert_allclose(left[SIDE // 2, 6], RED, atol=2)
    np.testing.assert_allclose(right[SIDE // 2, -7], BLUE, atol=2)
    other = left[SIDE // 2, -7].astype(int)
    assert other.min() > 150
    assert np.ptp(other) <= 2, "the color of what is not its own is gone"


def test_a_look_is_the_square_around_its_superpixel_wherever_that_is():
    image = np.full((60, 90, 3), 40, dtype=np.uint8)
    labels = np.zeros((60, 90), dtype=np.int32)
    for superpixel, (top, left) in enumerate([(0, 0), (50, 80), (25, 40)], start=1):
        labels[top : top + 10, left : left + 10] = superpixel
    for look in looks_of(image, labels)[1:]:
        own = (look.mean(axis=2) < 60).mean()
        assert own == pytest.approx((10 / 12) ** 2, abs=0.12)


def test_what_is_longer_than_the_picture_is_high_keeps_its_proportions():
    image, labels = np.full((20, 200, 3), 40, dtype=np.uint8), np.zeros((20, 200), dtype=np.int32)
    labels[0, 0] = 1
    dark = looks_of(image, labels)[0].mean(axis=2) < 60
    assert dark.any(axis=1).sum() == pytest.approx(SIDE * 20 / 240, abs=2)
    assert dark.any(axis=0).sum() == pytest.approx(SIDE * 200 / 240, abs=2)


def test_labels_of_another_size_are_refused():
    with pytest.raises(ValueError, match="labels must have the shape"):
        looks_of(np.zeros((4, 4, 3), dtype=np.uint8), np.zeros((4, 5), dtype=np.int32))


def numbered(n):
    """Looks that can be told apart: each is filled with its number."""
    return np.broadcast_to(np.arange(n, dtype=np.uint8)[:, None, None, None], (n, SIDE, SIDE, 3))


def chosen(examples, word):
    return examples[word][:, 0, 0, 0].tolist()


def test_examples_are_the_nearest_of_different_pictures_and_then_the_nearest():
    distances = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    origins = np.array([7, 7, 7, 8, 8, 9])
    words = np.zeros(6, dtype=int)
    assert chosen(lc.Examples.of(numbered(6), words, distances, origins, 1, 3), 0) == [0, 3, 5]
    assert chosen(lc.Examples.of(numbered(6), words, distances, origins, 1, 4), 0) == [0, 1, 3, 5]
    assert chosen(lc.Examples.of(numbered(6), words, distances[::-1], origins, 1, 2), 0) == [5, 4]


def test_a_word_has_as_many_examples_as_there_are():
    found = lc.Examples.of(numbered(3), np.array([0, 2, 2]), np.zeros(3), np.zeros(3, dtype=int), 3, 4)
    assert found.counts.tolist() == [1, 0, 2]
    assert [len(found[word]) for word in range(3)] == [1, 0, 2]
    assert not found.pictures[1].any()
    assert not found.pictures.flags.writeable


@pytest.mark.parametrize(
    ("pictures", "counts", "message"),
    [
        (np.zeros((2, 3, 8, 8, 3), dtype=np.uint8), np.zeros(2, dtype=np.int64), "pictures must have the shape"),
        (np.zeros((2, 3, SIDE, SIDE, 3), dtype=np.uint8), np.zeros(3, dtype=np.int64), "counts must have the shape"),
        (np.zeros((2, 3, SIDE, SIDE, 3)), np.zeros(2, dtype=np.int64), "must be uint8"),
        (np.zeros((2, 3, SIDE, SIDE, 3), dtype=np.uint8), np.array([0, 4]), r"counts must lie in \[0, 3\]"),
        (np.zeros((2, 3, SIDE, SIDE, 3), dtype=np.uint8), np.array([-1, 0]), r"counts must lie in \[0, 3\]"),
    ],
)
def test_examples_cannot_hold_what_makes_no_sense(pictures, counts, message):
    with pytest.raises(ValueError, match=message):
        lc.Examples(pictures, counts)
