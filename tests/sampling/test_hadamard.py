"""Blocks of foldover masks are balanced, of strength five, and different from draw to draw."""

from itertools import combinations

import numpy as np
import pytest

import lime_core as lc
from lime_core.sampling import hadamard


@pytest.mark.parametrize(("d", "order"), [(2, 8), (8, 8), (9, 16), (40, 64), (64, 64), (300, 512)])
def test_foldover_columns_are_balanced_and_uncorrelated_in_every_run(d, order):
    masks = lc.FoldOver()(1 + 4 * order, d, 3)
    np.testing.assert_array_equal(masks[1::2], 1 - masks[2::2])
    for run in (masks[1 : 1 + 2 * order], masks[1 + 2 * order :]):
        signs = 2.0 * run - 1.0
        np.testing.assert_array_equal(signs.T @ signs, 2 * order * np.eye(d))
        assert (signs.sum(axis=0) == 0).all()


@pytest.mark.parametrize(("d", "size"), [(6, 128), (8, 128), (12, 512), (16, 512)])
def test_any_five_superpixels_of_a_foldover_block_show_all_combinations_equally_often(d, size):
    masks = lc.FoldOver()(1 + 2 * size, d, 11)
    for block in (masks[1 : 1 + size], masks[1 + size :]):
        for five in combinations(range(d), 5):
            codes = block[:, five].astype(int) @ [1, 2, 4, 8, 16]
            assert (np.bincount(codes, minlength=32) == size // 32).all()


@pytest.mark.slow
@pytest.mark.parametrize("bits", range(3, 12))
def test_no_four_columns_of_a_foldover_block_cancel_each_other(bits):
    elements = np.arange(1 << bits)
    columns = elements | hadamard._cubes(elements, bits) << bits
    one, other = np.triu_indices(len(columns), 1)
    assert len(np.unique(columns[one] ^ columns[other])) == len(one)


def test_foldover_blocks_are_different_draws():
    masks = lc.FoldOver()(257, 8, 0)
    assert (masks[1:129] != masks[129:]).any()


@pytest.mark.parametrize("row", [1, 2, 30, 75])
def test_every_foldover_mask_by_itself_is_a_fair_coin_for_each_superpixel(row):
    drawn = np.array([lc.FoldOver()(row + 1, 5, seed)[row] for seed in range(3000)])
    counts = np.bincount(drawn.astype(int) @ [1, 2, 4, 8, 16], minlength=32)
    assert ((counts - 3000 / 32) ** 2 / (3000 / 32)).sum() < 65  # chi-squared, 31 degrees of freedom: p > 0.0003


def test_foldover_takes_as_many_superpixels_as_a_picture_may_have():
    assert lc.FoldOver()(200, 2000, 0).shape == (200, 2000)
    with pytest.raises(lc.TooManySuperpixels, match="2048 superpixels, and there are 2049"):
        lc.FoldOver()(3, 2049, 0)


@pytest.mark.parametrize("bits", range(3, 12))
def test_every_run_of_a_block_comes_once_and_the_first_ones_span_all(bits):
    runs = hadamard._order_of_runs(bits)
    assert sorted(runs) == list(range(1 << bits))
    spanned = {0}
    for run in runs[: bits + 2]:
        spanned |= {run ^ other for other in spanned}
    assert len(spanned) == 1 << bits


def test_after_a_thousand_samples_no_two_pairs_of_superpixels_are_shown_alike():
    masks = 2 * lc.FoldOver()(1000, 40, 0)[1:].astype(int) - 1
    one, other = np.triu_indices(40, 1)
    products = masks[:, one] * masks[:, other]
    products *= products[0]  # opposite is alike too
    assert len(np.unique(products, axis=1).T) == len(one)
