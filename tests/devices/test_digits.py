"""As few digits as do not show in the weights, found by trying and remembered; torch's switches are put back."""

import contextlib
import json
import warnings

import numpy as np
import pytest
import torch

import lime_core as lc
from lime_core.devices import digits as trying
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
            return np.stack([said(masks) + self.off * ERROR * masks[:, 2], np.zeros(len(masks))], axis=1)

        return score


def said(masks):
    """What the model says of 16 cells: their effects, and what no sum of effects gives."""
    return 100 + masks @ np.arange(16) + 3 * np.sin(masks @ np.arange(16) ** 2)


def error_of_third():
    """The standard error of the third weight, with the masks of the check."""
    masks = (np.random.default_rng(1).random((64, 16)) < 0.5).astype(float)
    masks[0] = 1
    design = np.column_stack([np.ones(64), masks])
    residuals = said(masks) - design @ np.linalg.lstsq(design, said(masks), rcond=None)[0]
    return np.sqrt(np.linalg.pinv(design)[3] ** 2 @ residuals**2)


ERROR = error_of_third()


def scoring(engine):
    return engine.scorer


def exactly(precision, note):
    return Rounded(0.0, note)


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
        ({"f16": 0.14, "tf32": 0.03}, "f16", "weights move by 0.14 standard errors of 64 samples"),
        ({"f16": 1.23, "tf32": 0.03}, "tf32", "weights move by 0.03 standard errors of 64 samples"),
        (
            {"f16": 1.23, "tf32": 0.5},
            "f32",
            "f16 moves weights by 1.2 standard errors of 64 samples, tf32 moves",
        ),
    ],
)
def test_the_fastest_precision_is_taken_that_hardly_moves_a_weight(off, expected, says, cache):
    made = []

    def make(precision, note):
        made.append((precision, Rounded(off.get(precision, 0.0), note)))
        return made[-1][1]

    found = fewest_digits(make, scoring, lambda: PICTURES, "model · card")
    assert made[-1][0] == expected
    assert found is made[-1][1]
    assert found.note.startswith(says)
    assert all(off[name] <= MOST for name in FASTEST_FIRST if name == expected)
    made.clear()
    again = fewest_digits(make, scoring, lambda: pytest.fail("it was tried again"), "model · card")
    assert [name for name, _ in made] == [expected]  # nothing else was even built
    assert again.note == found.note
    assert again.asked == 0


@pytest.mark.parametrize("left", ["", "[]", '{"model · card": {"f16": "fast"}}', '{"model · card": 3}', "{"])
def test_what_cannot_be_read_is_tried_again(left, cache):
    cache.parent.mkdir(parents=True)
    (cache.parent / "precisions.json").write_text(left)
    tried = []
    fewest_digits(
        lambda precision, note: Rounded(0.0, note), scoring, lambda: tried.append(1) or PICTURES, "model · card"
    )
    assert tried == [1]
    assert json.loads((cache.parent / "precisions.json").read_text())["model · card"] == {"f16": 0.0}


def test_without_a_digest_nothing_is_remembered(cache):
    fewest_digits(exactly, scoring, lambda: PICTURES, "")
    assert not (cache.parent / "precisions.json").exists()


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (RuntimeError("overflow"), False),
        (torch.OutOfMemoryError("CUDA out of memory"), False),
        (lc.DeviceLost("x"), True),
    ],
)
def test_a_precision_that_cannot_be_had_is_passed_over_and_not_remembered(error, passes, cache):
    class Failing(Rounded):
        def scorer(self, image, hidden, labels):
            raise error

    def make(precision, note):
        return Failing(0.0, note) if precision == "f16" else Rounded(0.0, note)

    if passes:
        with pytest.raises(lc.DeviceLost):
            fewest_digits(make, scoring, lambda: PICTURES, "model · card")
        return
    assert fewest_digits(make, scoring, lambda: PICTURES, "model · card").note.startswith("weights move by 0 ")
    assert json.loads((cache.parent / "precisions.json").read_text()) == {"model · card": {"tf32": 0.0}}


@pytest.mark.parametrize("before", ["none", "tf32", "ieee"])
@pytest.mark.parametrize("precision", ["f32", "tf32", "f16", "bf16"])
def test_torchs_switches_are_set_for_cuda_and_put_back(precision, before, monkeypatch):
    monkeypatch.setattr(torch, "autocast", lambda *how, **enabled: contextlib.nullcontext())  # there is no GPU
    was = torch.backends.cuda.matmul.fp32_precision
    torch.backends.cuda.matmul.fp32_precision = before
    try:
        there = switches()
        with digits(precision, "cuda"):
            multiplied = "ieee" if precision == "f32" else "tf32"
            assert switches() == (multiplied, multiplied, True)
            assert torch.is_inference_mode_enabled()
        assert switches() == there
    finally:
        torch.backends.cuda.matmul.fp32_precision = was


TORCH = torch.backends
NEWER = ((TORCH.cuda.matmul, "ieee"), (TORCH.cudnn.conv, "tf32"), (TORCH.mkldnn.matmul, "bf16"))


@pytest.fixture
def told():
    """Sets torch's switches by their older and newer names; all are put back."""
    newer = [TORCH.cuda.matmul, TORCH.cudnn.conv, TORCH.cudnn.rnn, TORCH.mkldnn.matmul]
    older = torch.get_float32_matmul_precision(), TORCH.cudnn.allow_tf32
    said = [each.fp32_precision for each in newer]

    def tell(products, convolutions, others):
        torch.set_float32_matmul_precision(products)
        TORCH.cudnn.allow_tf32 = convolutions
        for each, said in others:
            each.fp32_precision = said

    yield tell
    tell(*older, zip(newer, said, strict=True))


def read():
    """All that torch says by names old and new; an older one cannot be read while a newer one contradicts it."""
    asked = (
        torch.get_float32_matmul_precision,
        lambda: TORCH.cuda.matmul.allow_tf32,
        lambda: TORCH.cudnn.allow_tf32,
        lambda: [each.fp32_precision for each in (TORCH.cuda.matmul, TORCH.cudnn.conv, TORCH.cudnn.rnn)],
        lambda: TORCH.mkldnn.matmul.fp32_precision,
    )
    found = []
    for ask in asked:
        try:
            found.append(ask())
        except RuntimeError as error:
            found.append(type(error))
    return found


@pytest.mark.parametrize("others", [(), *((each,) for each in NEWER), NEWER], ids=["older", "m", "c", "p", "newer"])
@pytest.mark.parametrize("convolutions", [True, False])
@pytest.mark.parametrize("products", ["highest", "high", "medium"])
@pytest.mark.parametrize("precision", ["f32", "tf32"])
def test_switches_can_be_read_by_their_older_names_too(precision, products, convolutions, others, monkeypatch, told):
    monkeypatch.setattr(torch, "autocast", lambda *how, **enabled: contextlib.nullcontext())  # there is no GPU
    told(products, convolutions, others)
    before = read()
    with digits(precision, "cuda"):
        assert RuntimeError not in read()
        assert TORCH.cuda.matmul.allow_tf32 is TORCH.cudnn.allow_tf32 is (precision != "f32")
    assert read() == before


def test_what_torch_says_of_its_older_names_is_not_heard(monkeypatch, told):
    told("highest", True, ())
    monkeypatch.setattr(torch, "autocast", lambda *how, **enabled: contextlib.nullcontext())
    asked, once = torch.get_float32_matmul_precision, [DeprecationWarning("Please use the new API")]

    def warning():
        if once:
            warnings.warn(once.pop(), stacklevel=1)
        return asked()

    monkeypatch.setattr(torch, "get_float32_matmul_precision", warning)
    trying._unheard.cache_clear()
    with digits("f32", "cuda"):
        assert not once


@pytest.mark.parametrize("precision", ["f32", "tf32", "f16", "bf16"])
def test_on_a_processor_they_are_left_alone(precision):
    before = switches()
    with digits(precision, "cpu"):
        assert switches() == before
        kind = (torch.ones(2, 2) @ torch.ones(2, 2)).dtype
    assert kind == {"f16": torch.float16, "bf16": torch.bfloat16}.get(precision, torch.float32)


def switches():
    backends = torch.backends
    return backends.cuda.matmul.fp32_precision, backends.cudnn.conv.fp32_precision, backends.cudnn.deterministic


@pytest.mark.parametrize("precision", ["tf32", "f16"])
def test_a_processor_has_neither(precision):
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(192, 3))
    with pytest.raises(ValueError, match=f"precision '{precision}' is not to be had on cpu; use 'auto' or 'f32'"):
        lc.torch_classifier("m", module, lc.Preprocessing(8, 8, 8), (), "cpu", precision)
