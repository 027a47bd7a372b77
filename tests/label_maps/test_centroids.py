"""Where superpixels lie."""

import numpy as np
import pytest

from lime_core.label_maps.centroids import centroids
from lime_core.superpixels.segmentation import segment
from tests.support.planted import GRID, textured_picture


def test_centroids_lie_inside_their_superpixels():
    ring = np.zeros((41, 41), dtype=np.int32)
    y, x = np.indices(ring.shape) - 20
    ring[np.hypot(y, x) < 18] = 1
    ring[np.hypot(y, x) < 12] = 2
    places = centroids(ring, 3)
    assert places.shape == (3, 2)
    assert places.dtype == np.float64
    rows, columns = places.astype(int).T
    np.testing.assert_array_equal(ring[rows, columns], [0, 1, 2])
    np.testing.assert_array_equal(places[2], [20, 20])


def test_centroids_of_a_missing_superpixel_are_refused():
    segments = GRID(textured_picture().pixels)
    with pytest.raises(ValueError, match="every id from 0 to 16"):
        centroids(segments, 17)


def test_a_segmentation_finds_its_centers_once():
    cut = segment(textured_picture().pixels, GRID)
    np.testing.assert_array_equal(cut.centers, centroids(cut.labels, 16))
    assert cut.centers is cut.centers
    assert not cut.centers.flags.writeable
