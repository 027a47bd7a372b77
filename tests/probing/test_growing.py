import numpy as np
import pytest

import lime_core as lc
from tests.support.planted import BLACK, GRID


def test_growing_asks_only_for_what_is_missing(picture, planted, counting):
    probe = lc.probe_image(picture, planted, 200, segmenter=GRID, hiding=BLACK)
    assert counting.rows == 200
    for longer in lc.grow(probe, 600, planted):
        probe = longer
    assert counting.rows == 600
    assert list(lc.grow(probe, 300, planted)) == []
    assert counting.rows == 600


def test_a_probe_does_not_depend_on_how_it_grew(picture, planted, probe):
    pieces = probe.first(7)
    for target in (8, 50, 113, 200):
        for longer in lc.grow(pieces, target, planted):
            pieces = longer
    np.testing.assert_array_equal(pieces.masks, probe.masks)
    np.testing.assert_allclose(pieces.outputs, probe.outputs, atol=1e-6)


def test_every_probe_on_the_way_is_valid_and_stays_as_it_was(picture, planted):
    start = lc.open_probe(lc.ProbeSpec.of(picture, planted, GRID, BLACK), picture, planted)
    assert len(start) == 0
    seen = list(lc.grow(start, 100, planted))
    assert [len(probe) for probe in seen] == [32, 64, 96, 100]
    for probe in seen:
        np.testing.assert_array_equal(probe.masks, seen[-1].masks[: len(probe)])
        np.testing.assert_array_equal(probe.outputs, seen[-1].outputs[: len(probe)])
        assert not probe.masks.flags.writeable
        assert not probe.outputs.flags.writeable


def test_growing_can_stop_at_any_batch_and_go_on_later(picture, planted, counting):
    growth = lc.grow(lc.open_probe(lc.ProbeSpec.of(picture, planted, GRID, BLACK), picture, planted), 1000, planted)
    partial = next(growth)
    growth.close()
    assert len(partial) == counting.rows == 32
    for longer in lc.grow(partial, 64, planted):
        partial = longer
    assert counting.rows == 64


def test_row_0_is_the_full_picture(probe, counting):
    assert (probe.masks[0] == 1).all()
    np.testing.assert_allclose(probe.outputs[0], counting.effects.sum(axis=1) + counting.bias, rtol=1e-5)


def test_the_spec_holds_what_rows_depend_on_and_no_sample_count(picture, planted):
    spec = lc.ProbeSpec.of(picture, planted, GRID, BLACK, seed=3)
    assert spec == lc.ProbeSpec.of(picture, planted, lc.Grid(4, 4), lc.Color(), seed=3)
    assert hash(spec) == hash(lc.ProbeSpec.of(picture, planted, GRID, BLACK, seed=3))
    assert spec != lc.ProbeSpec.of(picture, planted, GRID, BLACK, seed=4)


@pytest.mark.parametrize("seed", [-1, 2**31])
def test_a_seed_out_of_range_is_refused(picture, planted, seed):
    with pytest.raises(ValueError, match="seed must lie in"):
        lc.ProbeSpec.of(picture, planted, seed=seed)


def test_a_probe_grows_with_its_own_model_only(probe):
    other = lc.wrap_model(lambda pictures: np.zeros((len(pictures), 3)), name="other")
    with pytest.raises(ValueError, match="the probe belongs to planted"):
        next(lc.grow(probe, 300, other))


def test_fewer_than_one_sample_is_refused(probe, planted):
    with pytest.raises(ValueError, match="num_samples must be at least 1"):
        next(lc.grow(probe, 0, planted))


def test_nan_in_the_middle_of_a_run_names_the_row(picture):
    calls = []

    def predict(pictures):
        calls.append(1)
        answers = np.full((len(pictures), 2), 0.5)
        if len(calls) == 3:
            answers[4] = np.nan
        return answers

    with pytest.raises(lc.BadScores, match="rows 68"):
        lc.probe_image(picture, lc.wrap_model(predict), 200, segmenter=GRID)


def test_superpixels_that_hiding_does_not_change_are_inert(planted):
    pixels = np.random.default_rng(0).integers(1, 255, (32, 32, 3), dtype=np.uint8)
    pixels[:8, :8] = 77
    pixels[8:16, :8] = 0
    segmentation = lc.segment(pixels, GRID)
    assert np.flatnonzero(lc.Scene.of(segmentation, lc.SuperpixelMean()).inert).tolist() == [0, 4]
    assert np.flatnonzero(lc.Scene.of(segmentation, BLACK).inert).tolist() == [4]


def test_cancelling_returns_within_one_batch(picture, planted, counting):
    class Cancelled(Exception):
        pass

    def cancel(done, total):
        raise Cancelled

    with pytest.raises(Cancelled):
        lc.explain_image(picture, planted, num_samples=1000, segmenter=GRID, hiding=BLACK, on_progress=cancel)
    assert counting.rows == planted.engine.batch_size


@pytest.mark.parametrize("several", [False, True], ids=["grow", "store"])
def test_a_probe_ends_where_there_are_no_more_masks(picture, planted, counting, several):
    spec = lc.ProbeSpec.of(picture, planted, lc.Grid(2, 3), BLACK, lc.Enumerate())
    if several:
        *_, probe = lc.ProbeStore().grow(spec, picture, planted, 1000)
    else:
        *_, probe = lc.grow(lc.open_probe(spec, picture, planted), 1000, planted)
    assert len(probe) == counting.rows == 64
    assert len(np.unique(probe.masks, axis=0)) == 64
    assert list(lc.grow(probe, 2000, planted)) == []
