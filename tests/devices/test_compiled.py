"""A compiled network takes one size: smaller batches are filled up, others are not for it."""

import numpy as np
import pytest

import lime_core as lc
from lime_core.devices.compiled import COLUMNS, Compiled

ROWS = 16


@pytest.fixture
def network():
    return Compiled(lambda *given: given[0], ROWS)


def test_masks_are_filled_up_to_what_was_compiled(network):
    masks = lc.Bernoulli()(9, 16, 0)
    filled = network.padded(masks)
    np.testing.assert_array_equal(filled[:9, :16], masks)
    assert filled.shape == (ROWS, COLUMNS)
    assert filled.sum() == masks.sum()


@pytest.mark.parametrize(
    ("rows", "columns", "fits"),
    [(16, 16, True), (9, COLUMNS, True), (8, 16, False), (17, 16, False), (16, COLUMNS + 1, False)],
)
def test_it_takes_batches_that_are_not_mostly_filled_up(network, rows, columns, fits):
    assert network.fits(np.ones((rows, columns), dtype=np.float32)) is fits
