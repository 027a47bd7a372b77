"""Predict functions of every sort of model give `lime`'s numbers: torch, sigmoids, values, one channel, floats."""

import numpy as np
import pytest
import torch
from lime import lime_image
from torch import nn

import lime_core as lc
from tests.lime_interface.test_explainer import PHOTO, SIDE, blocks, same

FLOATS = (PHOTO / 255.0).astype(np.float32)


def network(outputs, channels=3, *last):
    """A tiny one with random weights, whose answers move from mask to mask."""
    torch.manual_seed(0)
    first, linear = nn.Conv2d(channels, 4, 7, stride=4), nn.Linear(36, outputs)
    return nn.Sequential(first, nn.Tanh(), nn.AdaptiveAvgPool2d(3), nn.Flatten(), linear, *last)


def classifier(outputs, kind, channels=3, unit=""):
    seen = lc.Preprocessing(SIDE, SIDE, mean=(0.5,) * channels, std=(0.25,) * channels, channels=channels)
    return lc.torch_classifier("tiny", network(outputs, channels), seen, (), engine="torch", kind=kind, unit=unit)


def second(images):
    return classifier(1, "sigmoid").probabilities(images)[:, 1:]


def of_floats(images):
    with torch.inference_mode():
        return network(4, 3, nn.Softmax(1))(torch.from_numpy(images.transpose(0, 3, 1, 2))).numpy()


PREDICT = {
    "a torch classifier": (PHOTO, lambda: classifier(4, "logits").probabilities),
    "a sigmoid, (n, 2)": (PHOTO, lambda: classifier(1, "sigmoid").probabilities),
    "a sigmoid, (n, 1)": (PHOTO, lambda: second),
    "a regression": (PHOTO, lambda: classifier(1, "values", unit="years").outputs),
    "sigmoids that do not compete": (PHOTO, lambda: classifier(3, "sigmoid").probabilities),
    "one channel": (PHOTO, lambda: classifier(3, "logits", channels=1).probabilities),
    "floats in 0..1": (FLOATS, lambda: of_floats),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", PREDICT)
def test_a_predict_function_gives_limes_numbers(case):
    image, make = PREDICT[case]
    predict, said = make(), {"num_samples": 50, "segmentation_fn": blocks, "hide_color": 0}
    expected = lime_image.LimeImageExplainer(random_state=2).explain_instance(image, predict, **said)
    found = lc.LimeImageExplainer(random_state=2).explain_instance(image, predict, progress_bar=False, **said)
    same(found, expected)
    assert len(found.top_labels) == predict(image[None]).shape[1]
    weights = [weight for _, weight in found.local_exp[found.top_labels[0]]]
    assert max(map(abs, weights)) > 1e-4, "the network says the same of every mask, so that nothing is compared"


@pytest.mark.filterwarnings("ignore")
def test_a_predict_function_may_write_its_next_answers_into_the_same_array():
    buffer = np.empty((10, 4), dtype=np.float32)

    def own_buffer(images):
        buffer[: len(images)] = of_floats(images)
        return buffer[: len(images)]

    said = {"num_samples": 50, "segmentation_fn": blocks, "hide_color": 0, "progress_bar": False}
    found, expected = (
        lc.LimeImageExplainer(random_state=2).explain_instance(FLOATS, predict, **said)
        for predict in (own_buffer, of_floats)
    )
    same(found, expected)
