"""A planted function, and small networks whose attributions are known by arithmetic."""

import pytest
import torch
from torch import nn

import lime_core as lc
from tests.support.planted import BLACK, GRID

PROBING = lc.ProbeSettings(GRID, BLACK)
SEEN = lc.Preprocessing(32, 32, 32, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))


class Linear(nn.Module):
    """A weight for each pixel and channel, for two classes: what each pixel adds is known exactly."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(3)
        self.layer = nn.Linear(3 * 32 * 32, 2)

    def forward(self, pictures):
        return self.layer(pictures.flatten(1))


class Pooled(nn.Module):
    """The maps of a convolution, averaged, and a linear layer on top: Grad-CAM is a product of numbers."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(4)
        self.maps = nn.Conv2d(3, 4, 4, stride=4)
        self.layer = nn.Linear(4, 2)

    def forward(self, pictures):
        return self.layer(self.maps(pictures).mean((2, 3)))


@pytest.fixture
def linear():
    return Linear()


@pytest.fixture
def pooled():
    return Pooled()


def values_of(module):
    """The module as a classifier that gives values."""
    return lc.torch_classifier("net", module, SEEN, (), device="cpu", engine="torch", precision="f32", kind="values")
