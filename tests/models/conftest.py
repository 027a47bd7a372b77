"""A picture for a small network."""

import numpy as np
import pytest


@pytest.fixture
def crop():
    return np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
