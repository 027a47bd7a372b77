"""The last map of a network: found in one pass, verified in numbers, and summed over superpixels."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

import lime_core as lc
from lime_core.features.last_map import LastMap, summed
from tests.support.networks import SEEN

SIDE = 16


def network(*head, channels=6, classes=4):
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, channels, 3, stride=4, padding=1), *head, nn.Linear(channels, classes))


AVERAGED = (nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())


class Functional(nn.Module):
    """DenseNet's end: an activation in place and an average, both plain functions; and answers in a tuple."""

    def __init__(self):
        super().__init__()
        self.layers, self.fc = network()[0], network()[-1]

    def forward(self, pictures):
        return self.fc(torch.relu_(self.layers(pictures)).mean((2, 3))), None


def crop(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)


def normalised(image, seen=SEEN):
    batch = torch.tensor(image).permute(2, 0, 1)[None].float() / 255
    return (batch - torch.tensor(seen.mean).view(1, -1, 1, 1)) / torch.tensor(seen.std).view(1, -1, 1, 1)


@pytest.mark.parametrize(
    "module",
    [
        network(*AVERAGED),
        network(*AVERAGED, nn.Dropout(0.5), nn.Identity()),
        network(nn.Tanh(), nn.BatchNorm2d(6), nn.AvgPool2d(4), nn.Flatten(1)),
        nn.Sequential(*network(*AVERAGED)[:-1], nn.Linear(6, 4, bias=False)),
        Functional(),
    ],
    ids=["plain", "dropout", "average of all cells", "no bias", "functions"],
)
def test_the_mean_of_the_map_through_the_linear_layer_is_the_answer(module):
    module.eval()
    found, image = LastMap(module, SEEN), crop(3)
    cells = found(image)
    assert found.shape == cells.shape == (4, 4, 6)
    answers = module(normalised(image))
    answers = answers[0] if isinstance(answers, tuple) else answers
    expected = cells.mean((0, 1)) @ found.weights.T + found.bias
    np.testing.assert_allclose(expected, answers[0].detach().numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (nn.Sequential(network()[0], nn.Flatten(), nn.Linear(96, 4)), "no mean over a map"),
        (nn.Sequential(network()[0], nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(6, 4)), "no mean over a map"),
        (network(*AVERAGED, nn.Linear(6, 6), nn.ReLU()), "no mean over a map"),
        (network(*AVERAGED, nn.LayerNorm(6)), "no mean over a map"),
        (nn.Sequential(network(*AVERAGED), nn.Softmax(1)), "do not come from one linear layer"),
        (nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten()), "do not come from one linear"),
        (nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(3, 3)), "cannot be copied or followed"),
    ],
    ids=["all cells", "maximum", "two layers", "norm", "softmax", "no layer", "broken"],
)
def test_a_network_of_another_form_is_refused(module, message):
    with pytest.raises(ValueError, match=message):
        LastMap(module, SEEN)


def test_the_module_stays_as_it_is_and_later_changes_of_it_change_nothing():
    module = network(*AVERAGED).train()
    before, image = copy.deepcopy(module.state_dict()), crop()
    found = LastMap(module, SEEN)
    cells = found(image)
    assert module.training
    assert not any(part._forward_hooks for part in module.modules())
    assert all(torch.equal(tensor, module.state_dict()[key]) for key, tensor in before.items())
    with torch.no_grad():
        module[0].weight.zero_()
    np.testing.assert_array_equal(found(image), cells)
    with pytest.raises(ValueError, match="image must have the shape"):
        found(crop()[:8])


def by_hand(cells, labels):
    """Each superpixel's sum over torch's own bilinear resizing."""
    resized = nn.functional.interpolate(torch.tensor(cells).permute(2, 0, 1)[None], labels.shape, mode="bilinear")
    pixels = resized[0].permute(1, 2, 0).numpy() / labels.size
    return np.stack([pixels[labels == s].sum(axis=0) for s in range(labels.max() + 1)])


@pytest.mark.parametrize(
    ("shape", "rows", "columns"), [((16, 16), 4, 4), ((30, 21), 7, 5), ((8, 8), 8, 8), ((6, 9), 1, 2)]
)
def test_sums_are_those_of_torchs_bilinear_map(shape, rows, columns):
    rng = np.random.default_rng(0)
    cells = rng.normal(size=(rows, columns, 3)).astype(np.float32)
    labels = rng.permutation(np.arange(shape[0] * shape[1]) % 7).reshape(shape).astype(np.int32)
    np.testing.assert_allclose(summed(cells, labels), by_hand(cells, labels), atol=1e-6)


def test_sums_over_all_superpixels_are_the_mean_of_the_map():
    cells = np.random.default_rng(0).normal(size=(4, 4, 3)).astype(np.float32)
    labels = lc.segment(crop(), lc.Grid(3, 5)).labels
    np.testing.assert_allclose(summed(cells, labels).sum(axis=0), cells.mean(axis=(0, 1)), atol=1e-6)
