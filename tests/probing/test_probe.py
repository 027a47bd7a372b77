"""A probe begins with the full picture and knows which superpixels hiding does not change."""

import numpy as np

import lime_core as lc
from tests.support.planted import BLACK, GRID


def test_row_0_is_the_full_picture(probe, counting):
    assert (probe.masks[0] == 1).all()
    np.testing.assert_allclose(probe.outputs[0], counting.effects.sum(axis=1) + counting.bias, rtol=1e-5)


def test_superpixels_that_hiding_does_not_change_are_inert(planted):
    pixels = np.random.default_rng(0).integers(1, 255, (32, 32, 3), dtype=np.uint8)
    pixels[:8, :8] = 77
    pixels[8:16, :8] = 0
    segmentation = lc.segment(pixels, GRID)
    assert np.flatnonzero(lc.Scene.of(segmentation, lc.SuperpixelMean()).inert).tolist() == [0, 4]
    assert np.flatnonzero(lc.Scene.of(segmentation, BLACK).inert).tolist() == [4]
