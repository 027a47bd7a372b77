"""Small networks as classifiers, and a scene to ask them about."""

import numpy as np
import torch
from torch import nn

import lime_core as lc

SEEN = lc.Preprocessing(16, 16, 16)


class Net(nn.Module):
    """A small network; the tests change how it goes on from its last layer."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(
            nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(32, 5)
        )

    def forward(self, pictures):
        return self.layers(pictures)


class Attention(Net):
    def __init__(self):
        super().__init__()
        self.block = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)

    def forward(self, pictures):
        tokens = self.layers[0](pictures)[:, :, ::5, ::5].flatten(2).transpose(1, 2)
        return self.block(tokens).mean(1)


def classifier(module, **settings):
    return lc.torch_classifier("net", module, SEEN, (), **{"device": "cpu", "precision": "f32", **settings})


def scene(seed=0, cells=4, side=16):
    image, hidden = np.random.default_rng(seed).integers(0, 256, (2, side, side, 3), dtype=np.uint8)
    return image, hidden, lc.segment(image, lc.Grid(cells, cells)).labels


def answers(model, seed=0, cells=4, n=20):
    return model.engine.scorer(*scene(seed, cells))(lc.Bernoulli()(n, cells * cells, 0))
