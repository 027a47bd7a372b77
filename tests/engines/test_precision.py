"""Rough answers are near where their error is below the noise of sampling."""

import numpy as np
import pytest

from lime_core.engines.engine import CallableEngine
from lime_core.engines.precision import NEAR, rounding


def engine(noise):
    """Scores that follow the brightness of the picture, rounded as if by an error of this share of their spread."""
    rng = np.random.default_rng(0)

    def predict(pictures):
        light = pictures.mean(axis=(1, 2, 3)).astype(float)
        return np.stack([light + noise * light.std() * rng.normal(size=len(light)), np.zeros(len(light))], axis=1)

    return CallableEngine(predict, "rounded")


@pytest.mark.parametrize(("noise", "expected"), [(0.0, True), (0.3 * NEAR, True), (3 * NEAR, False), (1.0, False)])
def test_rounding_is_below_the_noise_of_sampling(noise, expected):
    assert (rounding(engine(noise), engine(0.0), 48, 60) <= NEAR) is expected
