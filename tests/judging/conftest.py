"""The planted effects, found exactly."""

import pytest

import lime_core as lc

EXACT = {"surrogate": lc.LeastSquares(), "kernel": lc.NoKernel()}


@pytest.fixture
def e(probe):
    """The planted effects of class 0, found exactly."""
    return lc.explain(probe, 0, **EXACT)
