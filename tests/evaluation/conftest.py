"""Repeats of the planted model, and its effects found exactly."""

import pytest

import lime_core as lc
from tests.support.planted import BLACK, GRID

EXACT = {"surrogate": lc.LeastSquares(), "kernel": lc.NoKernel()}


@pytest.fixture
def e(probe):
    """The planted effects of class 0, found exactly."""
    return lc.explain(probe, 0, **EXACT)


def ask(picture, model, **arguments):
    return lc.stability(picture, model, **{"num_samples": 60, "segmenter": GRID, "hiding": BLACK, **arguments})
