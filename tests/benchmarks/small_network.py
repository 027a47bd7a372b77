"""A network so small that explaining costs next to nothing: trained in seconds on scikit-learn's digits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits
from torch import nn

import lime_core as lc

SIDE, CLASSES = 64, 10


def enlarged() -> tuple[list[lc.Picture], NDArray[np.int64]]:
    """All digits, white on black, 64 × 64 pixels, in an order of their own; and which they are."""
    data = load_digits()
    order = np.random.default_rng(0).permutation(len(data.images))
    small = [Image.fromarray(np.rint(image * (255 / 16)).astype(np.uint8)) for image in data.images[order]]
    large = [np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BICUBIC)) for image in small]
    return [lc.load_picture(image, name=f"digit {i}") for i, image in enumerate(large)], data.target[order]


def trained(
    pictures: Sequence[lc.Picture], digits: NDArray[np.int64], epochs: int = 12, engine: str = "auto"
) -> lc.Classifier:
    """A network of three layers, trained in seconds, the same every time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1),
            nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(512, CLASSES),
        )  # fmt: skip
        batch = torch.tensor(np.stack([p.pixels for p in pictures])).permute(0, 3, 1, 2).float() / 127.5 - 1.0
        answers = torch.tensor(digits)
        optimizer = torch.optim.Adam(module.parameters(), lr=0.003)
        for _ in range(epochs):
            for rows in torch.randperm(len(batch)).split(50):
                optimizer.zero_grad()
                nn.functional.cross_entropy(module(batch[rows]), answers[rows]).backward()
                optimizer.step()
    seen = lc.Preprocessing(SIDE, SIDE, SIDE, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    return lc.torch_classifier("digits", module, seen, [str(i) for i in range(CLASSES)], "cpu", "f32", engine, "logits")
