"""As few digits as do not show in the weights, found by trying and remembered; torch's switches are put back."""

import json

import numpy as np
import pytest
import torch

import lime_core as lc
from lime_core.devices.digits import FASTEST_FIRST, digits, fewest_digits
from lime_core.engines.precision import MOST, movement, soft_colors

PICTURES = [soft_colors(np.random.default_rng(seed), 32, 40) for seed in range(3)]


class Rounded:
    """An engine whose weights move by so many standard errors; it counts who asked."""

    def __init__(self, off, note=""):
        self.off, self.note, self.asked = off, note, 0

    def scorer(self, image, hidden, labels):
        def score(masks):
            self.asked += len(masks)
            design = np.column_stack([np.ones(len(masks)), masks])
            weights = np.arange(masks.shape[1])
            noise = np.random.default_rng(0).normal(size=len(masks))
            noise -= design @ np.linalg.lstsq(design, noise, rcond=None)[0]
            errors = np.sqrt(np.linalg.pinv(design) ** 2 @ noise**2)
            exact = 100 + masks @ weights + noise
            return np.stack([exact + self.off * errors[3] * masks[:, 2], np.zeros(len(masks))], axis=1)

        return score


@pytest.mark.parametrize("off", [0.0, 0.1, 1.5])
def test_the_movement_of_a_weight_is_counted_in_its_own_standard_errors(off):
    assert movement(Rounded(off).scorer, Rounded(0.0).scorer, PICTURES) == pytest.approx(off, abs=1e-6)


def test_answers_that_are_not_finite_move_weights_without_end():
    class Overflown(Rounded):
        def scorer(self, image, hidden, labels):
            return lambda masks: np.full((len(masks), 2), np.inf)

    assert movement(Overflown(0.0).scorer, Rounded(0.0).scorer, PICTURES) == np.inf


def test_a_model_that_says_the_same_to_everything_is_moved_by_nothing():
    class Constant(Rounded):
        def scorer(self, image, hidden, labels):
            return lambda masks: np.full((len(masks), 2), 3.0 + self.off)

    assert movement(Constant(1e-9).scorer, Constant(0.0).scorer, PICTURES) == 0.0


@pytest.mark.parametrize(
    ("off", "expected", "says"),
    [
        ({"f16": 0.14, "tf32": 0.03}, "f16", "weights move by at most 0.14 standard errors"),
        ({"f16": 1.23, "tf32": 0.03}, "tf32", "weights move by at most 0.03 standard errors"),
        (
            {"f16": 1.23, "tf32": 0.5},
            "f32",
            "f16 moves weights by 1.2 standard errors, tf32 moves weights by 0.5 standar",
        ),
    ],
)
def test_the_fastest_precision_is_taken_that_hardly_moves_a_weight(off, expected, says, cache):
    made = []

    def make(precision, note):
        made.append((precision, Rounded(off.get(precision, 0.0), note)))
        return made[-1][1]

    found = fewest_digits(make, lambda: PICTURES, "model · card")
    assert made[-1][0] == expected
    assert found is made[-1][1]
    assert found.note.startswith(says)
    assert all(off[name] <= MOST for name in FASTEST_FIRST if name == expected)
    made.clear()
    again = fewest_digits(make, lambda: pytest.fail("it was tried again"), "model · card")
    assert [name for name, _ in made] == [expected]  # nothing else was even built
    assert again.note == found.note
    assert again.asked == 0


@pytest.mark.parametrize("left", ["", "[]", '{"model · card": {"f16": "fast"}}', '{"model · card": 3}', "{"])
def test_what_cannot_be_read_is_tried_again(left, cache):
    cache.parent.mkdir(parents=True)
    (cache.parent / "precisions.json").write_text(left)
    tried = []
    fewest_digits(lambda precision, note: Rounded(0.0, note), lambda: tried.append(1) or PICTURES, "model · card")
    assert tried == [1]
    assert json.loads((cache.parent / "precisions.json").read_text())["model · card"] == {"f16": 0.0}


def test_without_a_digest_nothing_is_remembered(cache):
    fewest_digits(lambda precision, note: Rounded(0.0, note), lambda: PICTURES, "")
    assert not (cache.parent / "precisions.json").exists()


@pytest.mark.parametrize("precision", ["f32", "tf32", "f16", "bf16"])
def test_torchs_switches_are_set_inside_and_put_back(precision):
    before = switches()
    with digits(precision, "cpu"):
        few = precision != "f32"
        assert switches() == (few, few, True)
        assert torch.is_inference_mode_enabled()
        kind = (torch.ones(2, 2) @ torch.ones(2, 2)).dtype
    assert kind == {"f16": torch.float16, "bf16": torch.bfloat16}.get(precision, torch.float32)
    assert switches() == before


def switches():
    return torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32, torch.backends.cudnn.deterministic


@pytest.mark.parametrize("precision", ["tf32", "f16"])
def test_a_processor_has_neither(precision):
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(192, 3))
    with pytest.raises(ValueError, match=f"precision '{precision}' is not to be had on cpu; use 'auto' or 'f32'"):
        lc.torch_classifier("m", module, lc.Preprocessing(8, 8, 8), (), "cpu", precision)
