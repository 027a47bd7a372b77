"""The planted effects, found exactly, and a model of pixels whose shares are known."""

import pytest

import lime_core as lc
from tests.support.planted import BLACK, GRID, PixelModel

EXACT = {"surrogate": lc.LeastSquares(), "kernel": lc.NoKernel()}
BLACK_AND_GREY = (lc.Color(0), lc.Color(40))


@pytest.fixture
def e(probe):
    """The planted effects of class 0, found exactly."""
    return lc.explain(probe, 0, **EXACT)


@pytest.fixture
def several(picture, planted):
    """A map of two segmentations for class 0."""
    cuts = lc.Segmentations((GRID, lc.Grid(2, 5)))
    return lc.explain_image(picture, planted, 0, 200, cuts, BLACK, **EXACT)


@pytest.fixture
def pixels():
    """A function of pixels that counts the pictures it scored."""
    return PixelModel()


@pytest.fixture
def of_pixels(pixels):
    return lc.wrap_model(pixels, kind="values", name="pixels")


@pytest.fixture
def shares(pixels, picture):
    """(h, w) what each pixel adds to the score of class 0 beyond black."""
    return pixels.shares(picture.pixels, 0 * picture.pixels)
