"""A small network whose maps get smaller layer by layer, and what it sees."""

import torch
from torch import nn

import lime_core as lc

SEEN = lc.Preprocessing(64, 64, 64)


def small(width=8):
    """Strides 2, 4, 8 and 16: the map of 8 × 8 cells is the one to find."""
    torch.manual_seed(0)
    layers = [nn.Conv2d(3 if i == 0 else width, width, 3, stride=2, padding=1) for i in range(4)]
    return nn.Sequential(*layers, nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 5))
