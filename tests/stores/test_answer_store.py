"""Answers that many share: one row for each version, none for one that is known, and what waits goes together."""

import gc
import threading
import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from lime_core.engines.engine import CallableEngine
from lime_core.stores import answer_store
from lime_core.stores.turns import Turns
from tests.support.planted import BLACK, GRID, AdditiveModel, textured_picture


def opened(picture, model, segmenter=GRID):
    return lc.open_probe(lc.ProbeSpec.of(picture, model, segmenter, BLACK), picture, model)


def versions(m, d=16, seed=3):
    return np.random.default_rng(seed).random((m, d)) < 0.5


def test_a_version_that_is_known_is_not_asked_for_again(picture, planted, counting):
    store, probe, shown = lc.ProbeStore(), opened(picture, planted), versions(1)
    first = store.answers.what_if(probe, planted, shown)
    assert counting.rows == 1
    again = store.answers.what_if(probe, planted, np.concatenate([shown, ~shown, shown]))
    assert counting.rows == 2
    np.testing.assert_array_equal(again.outputs[[0, 2]], first.outputs[[0, 0]])
    longer = lc.probe_image(picture, planted, 20, GRID, BLACK, lc.Bernoulli(), seed=9)
    before = counting.rows
    store.answers.what_if(longer, planted, shown)  # neither sampler nor seed counts
    assert counting.rows == before
    store.answers.what_if(
        lc.open_probe(replace(probe.spec, hiding=lc.Color((9, 9, 9))), picture, planted), planted, shown
    )
    assert counting.rows == before + 1


def test_answers_are_bounded_and_the_oldest_leaves(picture, planted, counting):
    store, probe = lc.AnswerStore(Turns()), opened(picture, planted)
    store.what_if(probe, planted, versions(1))
    store.max_bytes = 3 * store._nbytes
    counting.rows = 0
    asked = np.eye(5, 16, dtype=bool)
    answers = store.what_if(probe, planted, asked)  # more than are kept, and all are answered
    np.testing.assert_array_equal(answers.outputs, lc.what_if(probe, planted, asked).outputs)
    counting.rows = 0
    store.what_if(probe, planted, asked[2:])
    assert counting.rows == 0
    store.what_if(probe, planted, asked[:1])
    assert counting.rows == 1


@pytest.mark.parametrize("together", [1, 50])
def test_answers_take_no_more_than_is_counted_and_those_of_one_wish_share_a_spec(picture, planted, together):
    store, probe, shown = lc.AnswerStore(Turns()), opened(picture, planted), versions(300)
    for start in range(0, 100, together):  # what is made once is made
        store.what_if(probe, planted, shown[start : start + together])
    gc.collect()
    tracemalloc.start()
    try:
        counted, held = store._nbytes, tracemalloc.get_traced_memory()[0]
        for start in range(100, 300, together):
            store.what_if(probe, planted, shown[start : start + together])
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] - held < store._nbytes - counted
    finally:
        tracemalloc.stop()
    assert len({id(spec) for spec, _ in store._kept}) <= 300 // together


def test_a_version_takes_its_turn_between_two_batches_of_a_long_run(picture, planted, counting):
    store = lc.ProbeStore()
    long = store.grow(lc.ProbeSpec.of(picture, planted, GRID, BLACK), picture, planted, 100_000)
    next(long)
    before = counting.rows
    asking = threading.Thread(target=store.answers.what_if, args=(opened(picture, planted), planted, versions(1)))
    asking.start()
    asking.join(20)
    assert not asking.is_alive()
    assert counting.rows - before == 1  # the run was not at work, and had no turn to give back
    long.close()


def test_many_who_ask_for_the_same_are_answered_by_one_row(picture, planted, counting):
    store, probe, shown = lc.ProbeStore(), opened(picture, planted), versions(1)
    found, together = [], threading.Barrier(6)

    def ask():
        together.wait()
        found.append(store.answers.what_if(probe, planted, shown).outputs)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counting.rows == 1
    assert all(np.array_equal(outputs, found[0]) for outputs in found)


def test_answers_that_are_no_numbers_are_refused_and_not_kept(picture):
    wrong = [True]

    def predict(pictures):
        return np.full((len(pictures), 2), np.nan if wrong else 0.5)

    model = lc.wrap_model(predict, kind="probabilities", name="nothing")
    store, probe = lc.ProbeStore(), opened(picture, model)
    with pytest.raises(lc.BadScores):
        store.answers.what_if(probe, model, versions(1))
    wrong.clear()
    assert store.answers.what_if(probe, model, versions(1)).outputs.tolist() == [[0.5, 0.5]]


class Batches:
    """A model that notes how many pictures it is asked about at once."""

    def __init__(self, predict: Callable[..., np.ndarray]) -> None:
        self.sizes: list[int] = []
        self._answers = predict

    def __call__(self, pictures: np.ndarray) -> np.ndarray:
        self.sizes.append(len(pictures))
        return self._answers(pictures)


def asked_at_once(turns: Turns, asks: list[Callable[[], object]]) -> list[object]:
    """What each gives or raises, where all wait for one turn that somebody else has meanwhile."""
    found: list[object] = [None] * len(asks)

    def ask(number: int) -> None:
        try:
            found[number] = asks[number]()
        except (lc.LimeError, ValueError) as error:
            found[number] = error

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(asks))]
    with turns.ticket() as long:
        assert turns.wait(long, 0)
        for thread in threads:
            thread.start()
        while len(turns) <= len(asks):
            threading.Event().wait(0.01)
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return found


def test_versions_of_several_pictures_that_wait_are_one_batch(picture, counting):
    model = Batches(counting)
    wrapped = lc.wrap_model(model, kind="values", name="planted")
    turns = Turns()
    store = lc.AnswerStore(turns)
    probes = [opened(textured_picture(seed), wrapped, lc.Grid(2 + seed, 3)) for seed in range(5)]
    shown = [versions(1 + seed % 2, 3 * (2 + seed), seed) for seed in range(5)]
    found = asked_at_once(
        turns, [lambda p=p, s=s: store.what_if(p, wrapped, s) for p, s in zip(probes, shown, strict=True)]
    )
    assert model.sizes == [7]
    for probe, rows, answers in zip(probes, shown, found, strict=True):
        np.testing.assert_allclose(answers.outputs, lc.what_if(probe, wrapped, rows).outputs, atol=1e-6)
        np.testing.assert_array_equal(answers.shown, rows)
    store.what_if(probes[2], wrapped, shown[2])
    assert sum(model.sizes) == 14  # each was kept


def test_a_batch_holds_no_more_than_the_model_takes_and_who_has_the_turn_comes_first(picture, counting):
    model = Batches(counting)
    wrapped = lc.wrap_model(model, kind="values", name="planted")
    wrapped = replace(wrapped, engine=CallableEngine(model, "planted", batch_size=4))
    turns = Turns()
    store, probe = lc.AnswerStore(turns), opened(picture, wrapped)
    every = np.eye(9, 16, dtype=bool)
    found = asked_at_once(
        turns, [lambda rows=every[3 * n : 3 * n + 3]: store.what_if(probe, wrapped, rows) for n in range(3)]
    )
    assert sorted(model.sizes) == [1, 4, 4]
    outputs = np.concatenate([answers.outputs for answers in found])
    np.testing.assert_allclose(outputs, lc.what_if(probe, wrapped, every).outputs, atol=1e-6)


def test_models_and_sizes_that_differ_are_asked_apart(picture, counting):
    model, other = Batches(counting), Batches(AdditiveModel(picture, seed=7))
    one, two = (lc.wrap_model(each, kind="values", name=name) for each, name in ((model, "one"), (other, "two")))
    large = textured_picture(side=64)
    turns = Turns()
    store = lc.AnswerStore(turns)
    asks = [(opened(picture, one), one), (opened(large, one), one), (opened(picture, two), two)]
    found = asked_at_once(turns, [lambda p=p, m=m: store.what_if(p, m, versions(1)) for p, m in asks])
    assert (model.sizes, other.sizes) == ([1, 1], [1])
    for (probe, asked), answers in zip(asks, found, strict=True):
        np.testing.assert_allclose(answers.outputs, lc.what_if(probe, asked, versions(1)).outputs, atol=1e-6)


@pytest.mark.parametrize("wrong", ["not a number", "raises"])
def test_one_picture_that_goes_wrong_is_told_to_who_asked_for_it_alone(picture, counting, wrong):
    bad = textured_picture(1)

    def predict(pictures: np.ndarray) -> np.ndarray:
        answers = counting(pictures)
        black = (pictures == 0).all(axis=(1, 2, 3))
        if black.any() and wrong == "raises":
            raise lc.BadScores("This model does not look into the dark.")
        answers[black] = np.nan
        return answers

    model = Batches(predict)
    wrapped = lc.wrap_model(model, kind="values", name="planted")
    turns = Turns()
    store = lc.AnswerStore(turns)
    asks = [(opened(picture, wrapped), versions(1)), (opened(bad, wrapped), np.zeros((1, 16), bool))]
    asks.append((opened(textured_picture(2), wrapped), versions(2)))
    found = asked_at_once(turns, [lambda p=p, s=s: store.what_if(p, wrapped, s) for p, s in asks])
    assert isinstance(found[1], lc.BadScores)
    for number in (0, 2):
        assert isinstance(found[number], lc.Answers)
        np.testing.assert_allclose(
            found[number].outputs, lc.what_if(*asks[number][:1], wrapped, asks[number][1]).outputs
        )


def test_who_comes_while_others_are_asked_for_is_not_asked_for_again(picture, counting):
    going, goes_on = threading.Event(), threading.Event()

    def predict(pictures: np.ndarray) -> np.ndarray:
        going.set()
        assert goes_on.wait(30)
        return counting(pictures)

    model = lc.wrap_model(predict, kind="values", name="slow")
    turns = Turns()
    store, probe = lc.AnswerStore(turns), opened(picture, model)
    one, other = versions(1), ~versions(1)
    threads = []
    for shown in (one, other, one):  # the third wants what the first is asking for
        threads.append(threading.Thread(target=store.what_if, args=(probe, model, shown)))
        threads[-1].start()
        assert going.wait(30)
        while len(turns) < len(threads):
            threading.Event().wait(0.01)
    goes_on.set()
    for thread in threads:
        thread.join(30)
    assert counting.rows == 2
    assert store._nbytes == sum(answer_store._bytes_of(*item) for item in store._kept.items())


def test_answers_for_others_are_handed_out_though_the_own_is_refused(picture, counting):
    model = Batches(lambda pictures: np.where((pictures == 0).all(axis=(1, 2, 3))[:, None], np.nan, counting(pictures)))
    wrapped = lc.wrap_model(model, kind="values", name="dark")
    probe, other = opened(picture, wrapped), opened(textured_picture(1), wrapped)
    turns = Turns()
    store = lc.AnswerStore(turns)
    with turns.ticket(wish := answer_store._Wish(other, wrapped, versions(1))), pytest.raises(lc.BadScores):
        store.what_if(probe, wrapped, np.zeros((1, 16), bool))
    assert wish.met()
    assert model.sizes == [2, 1]


def test_a_batch_of_a_padded_engine_has_one_of_few_shapes(picture, counting):
    model = Batches(counting)
    wrapped = lc.wrap_model(model, kind="values", name="planted")
    engine = CallableEngine(model, "planted")
    engine.padded = True
    wrapped = replace(wrapped, engine=engine)
    turns = Turns()
    store = lc.AnswerStore(turns)
    probes = [opened(textured_picture(seed), wrapped) for seed in range(5)]
    found = asked_at_once(turns, [lambda p=p: store.what_if(p, wrapped, versions(1)) for p in probes])
    assert model.sizes == [8]
    for probe, answers in zip(probes, found, strict=True):
        np.testing.assert_allclose(answers.outputs, lc.what_if(probe, wrapped, versions(1)).outputs, atol=1e-6)


def test_a_gpu_that_fails_is_told_as_it_is(picture, planted, monkeypatch):
    def lost(pictures):
        raise lc.DeviceLost("The GPU has failed.")

    monkeypatch.setattr(planted.engine, "score", lost)
    turns = Turns()
    store = lc.AnswerStore(turns)
    probes = [opened(textured_picture(seed), planted) for seed in range(2)]
    found = asked_at_once(turns, [lambda p=p: store.what_if(p, planted, versions(1)) for p in probes])
    assert [type(each) for each in found] == [lc.DeviceLost] * 2
