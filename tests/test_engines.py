import threading

import numpy as np
import pytest
import torch
from torch import nn

import lime_core as lc
from lime_core.engines import CallableEngine, TorchEngine


@pytest.fixture
def scene():
    rng = np.random.default_rng(0)
    image, hidden = rng.integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
    return image, hidden, lc.segment(image, lc.Grid(4, 4)).labels


@pytest.fixture
def small():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5)).eval()


def shown(masks, scene):
    image, hidden, labels = scene
    return np.where(masks[:, labels][..., None] > 0, image, hidden)


def test_masking_beside_the_model_equals_masking_the_pictures(small, scene):
    engine = TorchEngine(small, (0.5, 0.4, 0.3), (0.2, 0.3, 0.4), "cpu", "f32")
    masks = lc.Bernoulli()(20, 16, 0)
    np.testing.assert_allclose(engine.scorer(*scene)(masks), engine.score(shown(masks, scene)), atol=1e-6)


def test_the_batch_size_does_not_change_the_answers(small, scene):
    engine = TorchEngine(small, (0.5,) * 3, (0.2,) * 3, "cpu", "f32")
    masks = lc.Bernoulli()(20, 16, 0)
    together = engine.scorer(*scene)(masks)
    single = np.concatenate([engine.scorer(*scene)(masks[i : i + 1]) for i in range(20)])
    np.testing.assert_allclose(single, together, atol=1e-6)


def test_bf16_is_near_f32_and_says_so(small, scene):
    exact = TorchEngine(small, (0.5,) * 3, (0.2,) * 3, "cpu", "f32")
    rough = TorchEngine(small, (0.5,) * 3, (0.2,) * 3, "cpu", "bf16")
    masks = lc.Bernoulli()(20, 16, 0)
    difference = np.abs(exact.scorer(*scene)(masks) - rough.scorer(*scene)(masks)).max()
    assert 0 < difference < 0.02
    assert exact.description == "torch · cpu · f32"
    assert rough.description == "torch · cpu · bf16"


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


@pytest.mark.parametrize("answers", [np.zeros((3, 2)), np.zeros((4, 2, 2)), np.zeros((4, 0)), np.float32(1)])
def test_an_answer_of_the_wrong_shape_says_which(answers):
    engine = CallableEngine(lambda _: answers, "wrong")
    with pytest.raises(lc.BadScores, match=r"given 4 pictures and returned an array of shape"):
        engine.score(np.zeros((4, 2, 2, 3), dtype=np.uint8))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU on this machine")
def test_a_gpu_agrees_with_the_cpu(small, scene):
    masks = lc.Bernoulli()(20, 16, 0)
    answers = [
        TorchEngine(small, (0.5,) * 3, (0.2,) * 3, device, "f32").scorer(*scene)(masks) for device in ("cpu", "cuda")
    ]
    np.testing.assert_allclose(*answers, atol=1e-3)
