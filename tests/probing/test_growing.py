"""Probes grow by what is missing only, can stop at any batch, and get by with little memory."""

import numpy as np
import pytest
import torch

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


def test_a_probe_keeps_the_precision_of_the_answers_and_counts_their_bytes(picture):
    for dtype in (np.float32, np.float64):
        model = lc.wrap_model(lambda pictures, dtype=dtype: np.full((len(pictures), 2), 0.5, dtype), name=f"{dtype}")
        probe = lc.probe_image(picture, model, 100, segmenter=GRID)
        assert probe.outputs.dtype == dtype
        assert probe.nbytes - probe.first(99).nbytes == 16 * 4 + 2 * probe.outputs.itemsize
        for kind in ("probabilities", "logits"):  # a single answer has a second one made beside it
            single = lc.wrap_model(lambda pictures, dtype=dtype: np.full(len(pictures), 0.5, dtype), kind=kind)
            assert lc.probe_image(picture, single, 5, segmenter=GRID).outputs.dtype == dtype


def test_a_batch_of_more_precise_answers_is_not_cut_down(picture):
    calls = []

    def predict(pictures):
        calls.append(1)
        return np.full((len(pictures), 2), 0.1, np.float32 if len(calls) % 2 else np.float64)

    model = lc.wrap_model(predict)
    *_, probe = lc.grow(lc.open_probe(lc.ProbeSpec.of(picture, model, GRID), picture, model), 96, model)
    assert probe.outputs.dtype == np.float64
    assert (probe.outputs[:32] == np.float32(0.1)).all()
    assert (probe.outputs[32:64] == 0.1).all()
    for longer in lc.grow(probe, 110, model):
        probe = longer
    assert (probe.outputs[32:64] == 0.1).all()


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


class Cramped:
    """An engine with memory for `most` samples at a time, and for fewer in the batches named in `moments`."""

    description = "Cramped"

    def __init__(self, error, most=10**6, moments=()):
        self.error, self.most, self.moments, self.batch_size, self.asked = error, most, moments, 16, []

    def scorer(self, image, hidden, labels):
        def score(masks):
            self.asked.append(len(masks))
            if len(masks) > self.most or len(self.asked) in self.moments:
                raise self.error
            return masks[:, :3] + masks[:, 3:6]

        return score

    def score(self, pictures):
        raise NotImplementedError


ERRORS = [
    MemoryError(),
    RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB."),
    RuntimeError("Exception from src/inference/src/cpp/infer_request.cpp:223: std::bad_alloc"),
    RuntimeError("GET was unable to find an engine to execute this computation"),
]


def probed(engine, picture):
    model = lc.Classifier("cramped", (), "values", None, engine)
    return lc.probe_image(picture, model, 100, segmenter=lc.Grid(4, 4), hiding=lc.Color(color=(0, 0, 0)))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__ + str(error)[:10])
@pytest.mark.parametrize(("most", "moments"), [(10**6, (1,)), (10**6, (4, 5)), (5, ()), (1, ())])
def test_a_batch_that_does_not_fit_into_memory_is_halved_and_the_probe_is_the_same(error, most, moments, picture):
    expected = probed(Cramped(error), picture)
    engine = Cramped(error, most, moments)
    probe = probed(engine, picture)
    np.testing.assert_array_equal(probe.masks, expected.masks)
    np.testing.assert_array_equal(probe.outputs, expected.outputs)
    scored = [size for number, size in enumerate(engine.asked, 1) if size <= most and number not in moments]
    assert sum(scored) == 100


def test_what_was_scored_before_memory_ran_out_is_kept(picture):
    engine = Cramped(MemoryError(), moments=(4,))
    probed(engine, picture)
    assert engine.asked[:5] == [16, 16, 16, 16, 8]


def test_too_little_memory_for_one_sample_says_so(picture):
    with pytest.raises(lc.BadScores, match="not enough memory to ask the model about a single sample"):
        probed(Cramped(MemoryError(), most=0), picture)


def test_another_error_of_the_model_is_passed_on(picture):
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        probed(Cramped(RuntimeError("mat1 and mat2 shapes cannot be multiplied"), most=0), picture)


def test_an_error_that_may_be_want_of_memory_is_passed_on_where_a_single_row_has_it(picture):
    engine = Cramped(RuntimeError("GET was unable to find an engine to execute this computation"), most=0)
    with pytest.raises(RuntimeError, match="unable to find an engine"):
        probed(engine, picture)
    assert engine.asked == [16, 8, 4, 2, 1]


class Forgetful(lc.Bernoulli):
    """Says that there are no more than 20 rows, and gives as many as it is asked for."""

    def limit(self, d):
        return 20


def test_a_probe_ends_where_its_sampler_says_that_rows_end(picture, planted):
    assert len(lc.probe_image(picture, planted, 64, GRID, BLACK, Forgetful())) == 20
