"""A function that squeezes its answers is explained as the one that does not."""

import numpy as np
import pytest

import lime_core as lc
from lime_core.engines.engine import CallableEngine

SIDE = 16
WEIGHTS = np.random.default_rng(0).normal(size=(SIDE * SIDE * 3, 3)) / 1000
PHOTO = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)


def logits(pictures, outputs=3):
    return pictures.reshape(len(pictures), -1) @ WEIGHTS[:, :outputs]


CASES = {
    "classes": (3, "logits", ("a", "b", "c")),
    "one of two classes": (1, "sigmoid", ("dog",)),
    "a value": (1, "values", ("age",)),
}


@pytest.mark.parametrize("case", CASES)
def test_a_squeeze_changes_nothing(case):
    outputs, kind, names = CASES[case]
    plain, squeezed = (
        lc.wrap_model(lambda pictures, end=end: end(logits(pictures, outputs)), names, kind)
        for end in (np.asarray, np.squeeze)
    )
    assert squeezed.top(PHOTO) == plain.top(PHOTO)
    # Batches of 32: the last one has a single picture.
    found, expected = (lc.probe_image(PHOTO, model, 33, lc.Grid(4, 4), lc.Color()) for model in (squeezed, plain))
    np.testing.assert_array_equal(found.outputs, expected.outputs)


@pytest.mark.parametrize("answer", [np.float32(0.5), 0.5, np.array([0.5]), np.array([[0.5]])])
def test_the_answer_to_a_single_picture_may_have_any_shape_up_to_its_own(answer):
    assert CallableEngine(lambda _: answer, "one").score(PHOTO[None]).tolist() == [[0.5]]
    np.testing.assert_array_equal(lc.wrap_model(lambda _: answer).outputs(PHOTO[None]), [[0.5, 0.5]])


@pytest.mark.parametrize("answer", [np.zeros((2, 2)), np.zeros((1, 1, 2)), np.zeros(0)])
def test_the_answer_to_a_single_picture_has_no_more_rows(answer):
    with pytest.raises(lc.BadScores, match=r"given 1 pictures and returned an array of shape"):
        lc.wrap_model(lambda _: answer).outputs(PHOTO[None])


def test_squeezed_answers_of_limes_interface_are_those_of_each_picture():
    said = {"num_samples": 11, "hide_color": 0, "progress_bar": False, "segmentation_fn": lc.Grid(4, 4)}
    found, expected = (
        lc.LimeImageExplainer(random_state=0).explain_instance(PHOTO, predict, **said).local_exp
        for predict in (lambda images: logits(images).squeeze(), logits)
    )
    assert found == expected
