"""A picture of sixteen superpixels and their weights."""

import numpy as np
import pytest

SIDE, CELL, D = 96, 24, 16


@pytest.fixture
def image():
    pixels = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    pixels.flags.writeable = False
    return pixels


@pytest.fixture
def segments():
    cells = np.arange(SIDE) // CELL
    labels = (cells[:, None] * (SIDE // CELL) + cells).astype(np.int32)
    labels.flags.writeable = False
    return labels


@pytest.fixture
def weights():
    values = np.random.default_rng(1).normal(0, 0.1, D)
    values[[3, 8]] = 0.0
    values[5] = -values[6]
    values[2] = 0.25
    values.flags.writeable = False
    return values
