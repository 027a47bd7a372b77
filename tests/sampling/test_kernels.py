"""Kernels are lime's formula, with its limits."""

import numpy as np
import pytest
from sklearn.metrics import pairwise_distances

import lime_core as lc


@pytest.fixture
def masks():
    return lc.Bernoulli()(50, 12, 0)


@pytest.mark.parametrize(("kernel", "metric"), [(lc.CosineKernel(0.25), "cosine"), (lc.L2Kernel(2.0), "l2")])
def test_kernels_equal_limes_own_formula(masks, kernel, metric):
    distance = pairwise_distances(masks, masks[:1], metric=metric).ravel()
    np.testing.assert_allclose(kernel(masks), np.sqrt(np.exp(-(distance**2) / kernel.width**2)), rtol=1e-6)


def test_an_empty_mask_has_a_weight():
    empty = np.zeros((1, 12), dtype=np.float32)
    assert lc.CosineKernel(0.25)(empty) == pytest.approx(np.exp(-8.0))


def test_an_endless_width_makes_all_samples_equal(masks):
    np.testing.assert_allclose(lc.CosineKernel(width=10.0)(masks), 1.0, atol=0.01)


def test_without_a_kernel_all_samples_are_equal(masks):
    np.testing.assert_array_equal(lc.NoKernel()(masks), np.ones(50))


@pytest.mark.parametrize("kernel", [lc.CosineKernel(0.3), lc.L2Kernel(2.0)])
def test_a_width_is_in_units_of_the_distance(kernel):
    masks = lc.UniformK()(50, 9, 0)
    distance = kernel.distance(masks)
    assert distance[0] == 0
    np.testing.assert_allclose(kernel(masks), np.exp(-(distance**2) / (2 * kernel.width**2)), rtol=1e-14)
