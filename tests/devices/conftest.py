"""The scene of the engines, and a small network."""

import pytest
import torch
from torch import nn

from tests.engines.conftest import cache, scene

__all__ = ["cache", "scene"]


@pytest.fixture
def small():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5)).eval()
