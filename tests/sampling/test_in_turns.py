"""Rows of several segmentations: each has those that it has alone."""

import numpy as np
import pytest

import lime_core as lc
from lime_core.sampling.in_turns import InTurns, columns_of, seed_of_member

COUNTS = (9, 16, 5)


@pytest.mark.parametrize("sampler", [lc.FoldOver(), lc.Bernoulli(), lc.LimeMasks()])
def test_rows_of_each_are_those_that_it_has_alone_and_show_all_of_the_others(sampler):
    masks = InTurns(sampler, COUNTS)(100, 7)
    assert masks.shape == (100, 30)
    for member, columns in enumerate(columns_of(COUNTS)):
        own = masks[member::3]
        np.testing.assert_array_equal(own[:, columns], sampler(len(own), COUNTS[member], seed_of_member(7, member)))
        assert (np.delete(own, np.r_[columns], axis=1) == 1).all()


@pytest.mark.parametrize("n", [1, 2, 3, 50])
def test_fewer_rows_are_the_first_of_more(n):
    turns = InTurns(lc.FoldOver(), COUNTS)
    np.testing.assert_array_equal(turns(n, 3), turns(90, 3)[:n])


def test_one_alone_has_the_rows_and_the_seed_of_the_whole():
    np.testing.assert_array_equal(InTurns(lc.Bernoulli(), (12,))(40, 5), lc.Bernoulli()(40, 12, 5))
    assert seed_of_member(5, 0) == 5


def test_seeds_of_neighbours_do_not_meet():
    seeds = {seed_of_member(seed, member) for seed in [*range(100), *range(2**31 - 100, 2**31)] for member in range(20)}
    assert len(seeds) == 200 * 20
    assert 0 <= min(seeds) <= max(seeds) < 2**31


def test_it_ends_with_the_one_that_has_the_fewest_masks():
    assert InTurns(lc.Enumerate(), (3, 5)).limit() == 2 * 8
    assert InTurns(lc.FoldOver(), COUNTS).limit() is None
    assert InTurns(lc.Enumerate(), (3, 5))(16, 0)[0::2, :3].sum(axis=1).tolist().count(3) == 1
    with pytest.raises(lc.TooManySuperpixels):
        InTurns(lc.Enumerate(), (3, 40)).limit()
