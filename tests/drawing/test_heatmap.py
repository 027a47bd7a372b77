"""Heat maps, the middles of superpixels, and their order: what is strong, where, and with which sign."""

import numpy as np
import pytest

from lime_core.drawing.heatmap import heatmap, ranked, symmetric_limit


def test_ranked_goes_from_strong_to_weak_and_keeps_the_sign_that_is_shown():
    weights = np.array([0.1, -0.3, 0.0, 0.2, -0.05, 0.2])
    assert ranked(weights, "both", 10, 0.0).tolist() == [1, 3, 5, 0, 4]
    assert ranked(weights, "for", 2, 0.0).tolist() == [3, 5]
    assert ranked(weights, "against", 10, 0.0).tolist() == [1, 4]
    assert ranked(weights, "both", 10, 0.1).tolist() == [1, 3, 5, 0]
    assert ranked(np.zeros(4), "both", 10, 0.0).size == 0


@pytest.mark.parametrize("upsampling", ["nearest", "bicubic", "none"])
def test_a_heat_map_turns_over_with_the_signs_and_keeps_its_range(segments, weights, upsampling):
    heat = heatmap(segments, weights, upsampling)
    np.testing.assert_array_equal(heat, -heatmap(segments, -weights, upsampling))
    assert heat.dtype == np.float64
    assert np.abs(heat).max() <= symmetric_limit(weights)


@pytest.mark.parametrize("upsampling", ["nearest", "bicubic", "none"])
@pytest.mark.parametrize("size", [2.0**140, 2.0**-200])
def test_weights_have_no_size_of_their_own(segments, weights, upsampling, size):
    """Beyond the largest and below the smallest numbers of 32 bits."""
    heat = heatmap(segments, weights * size, upsampling)
    np.testing.assert_array_equal(heat, heatmap(segments, weights, upsampling) * size)
    assert np.abs(heat).max() > 0


def test_a_nearest_heat_map_is_the_weight_of_each_pixel(segments, weights):
    np.testing.assert_array_equal(heatmap(segments, weights), weights[segments])


def test_a_bicubic_heat_map_is_smooth_and_keeps_the_weight_inside_large_regions():
    labels = np.zeros((100, 160), dtype=np.int32)
    labels[:, 80:] = 1
    labels[:4, :4] = 2
    weights = np.array([-0.4, 0.3, 0.1] + [0.0] * 30)
    heat = heatmap(labels, weights, "bicubic")
    assert heat.shape == labels.shape
    np.testing.assert_allclose(heat[60, [20, 140]], [-0.4, 0.3], atol=1e-6)
    assert np.abs(np.diff(heat, axis=1)).max() < 0.2
    rows, columns = heatmap(labels, weights, "none").shape
    assert rows * columns == pytest.approx(4 * len(weights), rel=0.1)
