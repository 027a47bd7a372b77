"""How superpixels of two segmentations lie over each other."""

import numpy as np
import pytest

from lime_core.superpixels.overlap import shares


def test_shares_are_counted_by_hand():
    labels = np.array([[0, 0, 1], [0, 0, 1]], dtype=np.int32)
    others = np.array([[0, 0, 0], [1, 1, 2]], dtype=np.int32)
    np.testing.assert_array_equal(shares(labels, others), [[0.5, 0.5], [0.5, 0.0], [0.0, 0.5]])


def test_every_superpixel_is_shared_out_whole_and_its_own_is_its_own():
    rng = np.random.default_rng(0)
    labels, others = (np.unique(rng.integers(0, d, (20, 30)), return_inverse=True)[1].reshape(20, 30) for d in (7, 11))
    found = shares(labels, others)
    assert found.shape == (11, 7)
    np.testing.assert_allclose(found.sum(axis=0), 1.0, rtol=1e-15)
    np.testing.assert_array_equal(shares(labels, labels), np.eye(7))


def test_two_sizes_do_not_lie_over_each_other():
    with pytest.raises(ValueError, match="others must have the shape"):
        shares(np.zeros((2, 3), dtype=np.int32), np.zeros((3, 2), dtype=np.int32))
