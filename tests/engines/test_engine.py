"""A plain function as an engine: given whole pictures, one call at a time, and refused answers of a wrong shape."""

import threading

import numpy as np
import pytest

import lime_core as lc
from lime_core.engines.engine import CallableEngine
from tests.engines.conftest import shown


def test_two_threads_never_run_a_model_at_once():
    inside, most = [], []

    def predict(pictures):
        inside.append(1)
        most.append(len(inside))
        threading.Event().wait(0.002)
        inside.pop()
        return np.zeros((len(pictures), 2))

    engine = CallableEngine(predict, "slow")
    pictures = np.zeros((1, 4, 4, 3), dtype=np.uint8)
    threads = [threading.Thread(target=lambda: [engine.score(pictures) for _ in range(10)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert len(most) == 40


def test_a_function_is_given_pictures_whose_hidden_parts_are_the_hidden_picture(scene):
    given = []
    engine = CallableEngine(lambda pictures: given.append(pictures) or np.zeros((len(pictures), 2)), "record")
    masks = lc.Bernoulli()(5, 16, 1)
    engine.scorer(*scene)(masks)
    np.testing.assert_array_equal(given[0], shown(masks, scene))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (np.float16, np.float32),
        (np.float32, np.float32),
        (np.float64, np.float64),
        (np.longdouble, np.float64),
        (np.int8, np.float64),
        (bool, np.float64),
    ],
)
def test_answers_keep_the_precision_that_they_came_in(given, kept):
    engine = CallableEngine(lambda pictures: np.ones((len(pictures), 2), dtype=given), "any")
    assert engine.score(np.zeros((4, 2, 2, 3), dtype=np.uint8)).dtype == kept


@pytest.mark.parametrize("answers", [np.zeros((3, 2)), np.zeros((4, 2, 2)), np.zeros((4, 0)), np.float32(1)])
def test_an_answer_of_the_wrong_shape_says_which(answers):
    engine = CallableEngine(lambda _: answers, "wrong")
    with pytest.raises(lc.BadScores, match=r"given 4 pictures and returned an array of shape"):
        engine.score(np.zeros((4, 2, 2, 3), dtype=np.uint8))


def test_a_function_may_write_its_next_answers_into_the_same_array():
    buffer = np.empty((8, 2), dtype=np.float32)

    def predict(pictures):
        buffer[: len(pictures)] = pictures.mean(axis=(1, 2, 3))[:, None]
        return buffer[: len(pictures)]

    engine = CallableEngine(predict, "its own buffer")
    pictures = np.arange(4, dtype=np.uint8).repeat(12).reshape(4, 2, 2, 3)
    first, second = engine.score(pictures[:2]), engine.score(pictures[2:])
    np.testing.assert_array_equal(np.concatenate([first, second])[:, 0], [0, 1, 2, 3])
