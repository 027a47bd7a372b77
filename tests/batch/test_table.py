"""Means over pictures, and of none."""

import numpy as np

from lime_core.batch.table import Mean


def test_means_of_nothing_and_of_one():
    assert np.isnan(Mean.of([], "r2").value)
    assert Mean.of([], "r2").pictures == 0
