"""A compiled network takes one size: smaller batches are filled up, others are not for it."""

import numpy as np
import pytest
import torch

import lime_core as lc
from lime_core.devices.compiled import COLUMNS, MEMBERS, Compiled

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


@pytest.mark.parametrize(("members", "fits"), [(MEMBERS, True), (MEMBERS + 1, False)])
def test_it_takes_so_many_segmentations(network, members, fits):
    assert network.fits(np.ones((ROWS, 16), dtype=np.float32), members) is fits


def test_segmentations_are_filled_up_in_the_strides_that_were_compiled():
    given = []
    network = Compiled(lambda *each: given.extend(each) or each[0], ROWS)
    hidden = torch.arange(3 * 2 * 4 * 5.0).reshape(2, 4, 5, 3).permute(0, 3, 1, 2)  # as pictures are that were sent
    superpixels = torch.ones(2, 20, dtype=torch.int32)
    network(torch.ones(ROWS, COLUMNS), superpixels, hidden, -hidden, torch.zeros(ROWS, dtype=torch.int64))
    assert [tuple(each.shape) for each in given[1:4]] == [(MEMBERS, 20), (MEMBERS, 3, 4, 5), (MEMBERS, 3, 4, 5)]
    assert all(each.is_contiguous() for each in given)
    torch.testing.assert_close(given[2][:2], hidden)
    assert not given[2][2:].any()
    assert given[1].dtype == torch.int32
