"""A network is run in the order of memory that it takes, whatever engine runs it, and stays as it was."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import lime_core as lc
from lime_core.devices.torch_engine import TorchEngine
from lime_core.engines.masking import MaskedModel
from lime_core.networks.running import Contiguous, OneByOne, layout_of
from tests.support.networks import Net

SIDE = 32


class LeNet(nn.Module):
    """As in PyTorch's tutorial."""

    def __init__(self, channels=3):
        super().__init__()
        torch.manual_seed(0)
        self.conv1, self.conv2 = nn.Conv2d(channels, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2 = nn.Linear(16 * 5 * 5, 20), nn.Linear(20, 3)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.view(-1, 16 * 5 * 5)
        return self.fc2(F.relu(self.fc1(x)))


class Flat(nn.Module):
    def __init__(self, channels=3):
        super().__init__()
        torch.manual_seed(0)
        self.linear = nn.Linear(channels * SIDE * SIDE, 3)

    def forward(self, x):
        return self.linear(x.view(x.size(0), -1))


class Once(LeNet):
    """One convolution, so that strides of one channel count."""

    def __init__(self, channels=3):
        super().__init__(channels)
        self.conv2, self.fc1 = nn.Identity(), nn.Linear(6 * 28 * 28, 20)

    def forward(self, x):
        return self.fc2(self.fc1(self.conv1(x).view(x.size(0), -1)))


def seen(channels):
    return lc.Preprocessing(SIDE, SIDE, mean=(0.5,) * channels, std=(0.25,) * channels, channels=channels)


def made(module, engine, channels=3):
    pytest.importorskip("openvino") if engine == "openvino" else None
    return lc.torch_classifier("own", module, seen(channels), (), "cpu", "f32", engine, "logits")


@pytest.mark.parametrize("engine", ["torch", "openvino"])
@pytest.mark.parametrize("channels", [3, 1])
@pytest.mark.parametrize("network", [LeNet, Flat, Once])
def test_a_network_that_flattens_with_view_is_explained_and_answers_itself_afterwards(network, channels, engine):
    module = network(channels).eval()
    model = made(module, engine, channels)
    photo = lc.gallery_picture("coffee")
    view = model.view(photo)
    pictures = torch.from_numpy(view[..., :channels].copy()).permute(2, 0, 1)[None].contiguous().float()
    expected = module((pictures / 255 - 0.5) / 0.25).detach().numpy()
    np.testing.assert_allclose(model.outputs(view[None]), expected, atol=1e-4)
    probe = lc.probe_image(photo, model, 24, lc.Grid(3, 3), lc.Color())
    whole = probe.masks.all(axis=1)
    np.testing.assert_allclose(probe.outputs[whole], expected.repeat(whole.sum(), axis=0), atol=1e-4)


def test_its_first_layers_describe_superpixels():
    layers = [nn.Conv2d(3 if i == 0 else 4, 4, 3, stride=2, padding=1) for i in range(3)]
    model = made(nn.Sequential(*layers, Viewed(4 * 16), nn.Linear(4 * 16, 3)), "torch")
    assert model.early is not None
    assert model.early(np.zeros((SIDE, SIDE, 3), dtype=np.uint8)).shape == (4, 4, 4)


class Viewed(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.features = features

    def forward(self, x):
        return x.view(-1, self.features)


def orders(engine):
    """Whether the channels of pictures, and those of weights, lie together."""
    given = []
    first = next(part for part in engine._module.modules() if isinstance(part, nn.Conv2d))
    first.register_forward_pre_hook(lambda _, pictures: given.append(pictures[0].stride(1) == 1))
    engine.score(np.zeros((2, SIDE, SIDE, 3), dtype=np.uint8))
    return given, first.weight.stride(1) == 1


def test_one_that_takes_any_order_has_the_fast_one():
    assert orders(made(Net(), "torch").engine) == ([True], True)
    assert orders(made(LeNet(), "torch").engine) == ([False], False)
    assert layout_of(Net()) == torch.channels_last


def test_the_graph_of_one_that_takes_any_order_is_kept_under_the_name_that_it_had():
    assert repr(MaskedModel(Net())) == f"MaskedModel(\n  (model): {repr(Net()).replace(chr(10), chr(10) + '  ')}\n)"


def test_an_engine_takes_the_order_from_the_module():
    pictures = np.random.default_rng(0).integers(0, 256, (3, SIDE, SIDE, 3), dtype=np.uint8)
    engine = TorchEngine(Contiguous(LeNet()), (0.5,) * 3, (0.25,) * 3, "cpu", "f32")
    np.testing.assert_allclose(engine.score(pictures), made(LeNet(), "torch").outputs(pictures), atol=1e-5)


def test_one_by_one_gives_what_each_picture_alone_gives():
    module = nn.Sequential(nn.BatchNorm2d(3, track_running_stats=False), nn.Flatten(), nn.Linear(12, 2))
    pictures = torch.rand(5, 3, 2, 2)
    alone = torch.cat([module(picture[None]) for picture in pictures])
    torch.testing.assert_close(OneByOne(copy.deepcopy(module))(pictures), alone)
    assert not torch.allclose(module(pictures), alone)
