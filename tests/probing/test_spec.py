"""A spec holds all that rows depend on, and no sample count."""

import pytest

import lime_core as lc
from tests.support.planted import BLACK, GRID


def test_the_spec_holds_what_rows_depend_on_and_no_sample_count(picture, planted):
    spec = lc.ProbeSpec.of(picture, planted, GRID, BLACK, seed=3)
    assert spec == lc.ProbeSpec.of(picture, planted, lc.Grid(4, 4), lc.Color(), seed=3)
    assert hash(spec) == hash(lc.ProbeSpec.of(picture, planted, GRID, BLACK, seed=3))
    assert spec != lc.ProbeSpec.of(picture, planted, GRID, BLACK, seed=4)


@pytest.mark.parametrize("seed", [-1, 2**31])
def test_a_seed_out_of_range_is_refused(picture, planted, seed):
    with pytest.raises(ValueError, match="seed must lie in"):
        lc.ProbeSpec.of(picture, planted, seed=seed)
