"""Masks beside a top show it always, those of a hidden share hide one size; any subset comes as often as any other."""

import math
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import chisquare

import lime_core as lc
from lime_core.sampling import subsets
from lime_core.sampling.subsets import MAX_LISTED, BesideTop, HiddenShare

CASES = [((0, 3), 2, 6), ((1,), 8, 40), ((0, 1, 2, 3, 4), 0, 5), ((2, 4), 3, 5), (tuple(range(10)), 300, 400)]


@pytest.mark.parametrize(("top", "r", "d"), CASES)
@pytest.mark.parametrize("seed", [0, 7])
def test_they_keep_the_promises_of_a_sampler(top, r, d, seed):
    sampler = BesideTop(top, r)
    n = min(200, sampler.limit(d) or 200)
    masks = sampler(n, d, seed)
    assert masks.shape == (n, d)
    assert masks.dtype == np.float32
    assert set(np.unique(masks)) <= {0, 1}
    assert masks[0].all()
    assert masks[1].nonzero()[0].tolist() == list(top)
    assert masks[:, top].all()
    assert masks[2:].sum(axis=1).max() <= len(top) + r
    for m in (0, 1, 2, 3, n // 2, n):
        np.testing.assert_array_equal(sampler(m, d, seed), masks[:m])
    assert sampler.clusters(n, d, seed).tolist() == list(range(n))
    assert not sampler.weighted


def test_it_is_no_option_to_choose():
    assert BesideTop not in lc.SAMPLERS.values()


@pytest.mark.parametrize(("top", "r", "d"), [((0, 3), 2, 6), ((5,), 4, 9), ((0, 1), 10, 12)])
def test_few_subsets_come_once_each_in_an_order_of_the_seed(top, r, d):
    sampler = BesideTop(top, r)
    others = [i for i in range(d) if i not in top]
    every = {frozenset(s) for size in range(r + 1) for s in combinations(others, size)}
    masks = sampler(10**6, d, 0)[2:]
    shown = [frozenset(row.nonzero()[0]) - set(top) for row in masks]
    assert len(shown) == len(set(shown)) == sampler.subsets(d) == sampler.limit(d) - 2
    assert set(shown) == every
    assert not np.array_equal(masks, sampler(10**6, d, 1)[2:])


def test_any_of_few_subsets_is_as_likely_to_come_first():
    sampler = BesideTop((0, 3), 2)
    first = Counter(sampler(3, 6, seed)[2].tobytes() for seed in range(5500))
    assert len(first) == 11
    assert chisquare(list(first.values())).pvalue > 0.001


@pytest.mark.parametrize(("k", "r", "d"), [(2, 13, 15), (3, 5, 20)])
def test_of_many_subsets_each_is_drawn_as_often(k, r, d):
    sampler = BesideTop(tuple(range(k)), r)
    subsets = sampler.subsets(d)
    assert subsets > MAX_LISTED
    assert sampler.limit(d) is None
    drawn = Counter(row.tobytes() for row in np.packbits(sampler(2 + 20 * subsets, d, 5)[2:] > 0, axis=1))
    counts = np.zeros(subsets)
    counts[: len(drawn)] = list(drawn.values())
    assert chisquare(counts).pvalue > 0.001


def test_drawn_subsets_follow_the_same_law_where_they_could_be_listed(monkeypatch):
    monkeypatch.setattr(subsets, "MAX_LISTED", 0)
    sampler = BesideTop((0, 3), 2)
    assert sampler.limit(6) is None
    drawn = Counter(row.tobytes() for row in sampler(11_002, 6, 3)[2:])
    assert len(drawn) == 11
    assert chisquare(list(drawn.values())).pvalue > 0.001


def test_sizes_are_as_likely_as_there_are_subsets_of_them():
    sampler = BesideTop((0, 1), 8)
    sizes = np.bincount(sampler(20_002, 42, 1)[2:].sum(axis=1).astype(int) - 2, minlength=9)
    ways = np.array([math.comb(40, size) for size in range(9)])
    expected = 20_000 * ways / ways.sum()
    kept = expected > 5
    assert chisquare([*sizes[kept], sizes[~kept].sum()], [*expected[kept], expected[~kept].sum()]).pvalue > 0.001


def test_thousands_of_superpixels_can_be_drawn_from():
    masks = BesideTop((0,), 900)(20, 2000, 0)
    assert (masks[2:].sum(axis=1) > 850).all()


@pytest.mark.parametrize(("share", "d", "hidden"), [(0.2, 16, 3), (0.01, 16, 1), (0.99, 16, 15), (0.5, 2, 1)])
@pytest.mark.parametrize("bordered", [False, True])
def test_those_of_a_hidden_share_keep_the_promises_of_a_sampler(share, d, hidden, bordered):
    sampler, d = HiddenShare(share, bordered), d + bordered
    masks = sampler(50, d, 7)
    assert masks.shape == (50, d)
    assert masks.dtype == np.float32
    assert masks[0].all()
    assert sampler.size(d) == hidden
    assert ((1 - masks[1:]).sum(axis=1) == hidden).all()
    assert masks[:, -1].all() == bordered
    for m in (0, 1, 2, 25, 49):
        np.testing.assert_array_equal(sampler(m, d, 7), masks[:m])
    assert (sampler(50, d, 8) != masks).any()
    assert sampler.limit(d) is None
    assert sampler.clusters(50, d, 7).tolist() == list(range(50))
    assert not sampler.weighted
    assert HiddenShare not in lc.SAMPLERS.values()


@pytest.mark.parametrize("sampler", lc.SAMPLERS.values(), ids=lc.SAMPLERS)
def test_what_is_hidden_has_nothing_to_do_with_masks_of_the_same_seed(sampler):
    hidden, drawn = 1 - HiddenShare(0.5)(2000, 12, 3)[1:], 1 - sampler()(2000, 12, 3)[1:]
    alike = [np.corrcoef(one, other)[0, 1] for one, other in zip(hidden.T, drawn.T, strict=True)]
    assert np.abs(alike).max() < 4 / np.sqrt(2000)


def test_each_subset_of_one_size_is_hidden_as_often():
    masks = HiddenShare(0.4)(6001, 5, 0)[1:]
    found = Counter(tuple(np.flatnonzero(mask == 0).tolist()) for mask in masks)
    assert set(found) == set(combinations(range(5), 2))
    assert chisquare(list(found.values())).pvalue > 0.01
