"""Probes are grown once for all who want them, one after another, and leave when the room is full."""

import gc
import threading
import weakref
from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from tests.stores.test_segmentation_store import label_map
from tests.support.planted import BLACK, GRID, AdditiveModel, textured_picture


def spec_of(picture, model, seed=0):
    return lc.ProbeSpec.of(picture, model, GRID, BLACK, seed=seed)


def last(probes):
    *_, probe = probes
    return probe


def test_more_samples_ask_for_the_difference_and_fewer_for_nothing(picture, planted, counting):
    store, spec = lc.ProbeStore(), spec_of(picture, planted)
    assert len(last(store.grow(spec, picture, planted, 200))) == counting.rows == 200
    assert len(last(store.grow(spec, picture, planted, 600))) == counting.rows == 600
    assert len(last(store.grow(spec, picture, planted, 300))) == 300
    assert counting.rows == 600
    assert len(store.get(spec)) == 600


def test_the_store_grows_what_grow_grows(picture, planted, probe):
    found = last(lc.ProbeStore().grow(probe.spec, picture, planted, 200))
    np.testing.assert_array_equal(found.masks, probe.masks)
    np.testing.assert_allclose(found.outputs, probe.outputs, atol=1e-6)


def test_what_was_scored_stays_when_a_run_is_left(picture, planted, counting):
    store, spec = lc.ProbeStore(), spec_of(picture, planted)
    run = store.grow(spec, picture, planted, 1000)
    next(run)
    next(run)
    run.close()
    assert len(store.get(spec)) == counting.rows == 64
    last(store.grow(spec, picture, planted, 100))
    assert counting.rows == 100


def test_many_users_of_one_picture_compute_it_once(picture, planted, counting):
    store, spec = lc.ProbeStore(), spec_of(picture, planted)
    found = []
    users = [
        threading.Thread(target=lambda n=n: found.append(last(store.grow(spec, picture, planted, n))))
        for n in (500, 300, 500, 100, 400)
    ]
    for user in users:
        user.start()
    for user in users:
        user.join(timeout=30)
    assert sorted(len(probe) for probe in found) == [100, 300, 400, 500, 500]
    assert counting.rows == 500


def test_users_of_different_pictures_take_turns_and_get_their_own(planted):
    store, order = lc.ProbeStore(), []
    jobs = []
    for number in range(3):
        picture = textured_picture(number)
        truth = AdditiveModel(picture, seed=number)

        def predict(pictures, number=number, truth=truth):
            order.append(number)
            return truth(pictures)

        jobs.append((picture, lc.wrap_model(predict, kind="values"), truth))
    found = {}

    def run(number):
        picture, model, _ = jobs[number]
        found[number] = last(store.grow(spec_of(picture, model), picture, model, 320))

    users = [threading.Thread(target=run, args=(number,)) for number in range(3)]
    for user in users:
        user.start()
    for user in users:
        user.join(timeout=30)
    for number, (_, _, truth) in enumerate(jobs):
        weights = lc.explain(found[number], class_index=1, surrogate=lc.LeastSquares()).weights
        np.testing.assert_allclose(weights, truth.effects[1], atol=1e-4)
    together = order[3:24]
    assert max(together.count(number) for number in range(3)) <= 13


def test_thirty_users_of_six_photos_get_the_weights_of_their_own_and_six_probes_are_computed(planted):
    store, photos = lc.ProbeStore(), []
    for number in range(6):
        picture = textured_picture(number)
        truth = AdditiveModel(picture, seed=number)
        photos.append((picture, lc.wrap_model(truth, kind="values"), truth))
    found = []

    def visit(number):
        picture, model, truth = photos[number % 6]
        if number >= 24:  # some leave in the middle
            leaving = store.grow(spec_of(picture, model), picture, model, 640)
            next(leaving)
            leaving.close()
        else:
            probe = last(store.grow(spec_of(picture, model), picture, model, 640))
            found.append((lc.explain(probe, class_index=2, surrogate=lc.LeastSquares()).weights, truth.effects[2]))

    threads_before = threading.active_count()
    users = [threading.Thread(target=visit, args=(number,)) for number in range(30)]
    for user in users:
        user.start()
    for user in users:
        user.join(timeout=60)
    assert len(found) == 24
    for weights, effects in found:
        np.testing.assert_allclose(weights, effects, atol=1e-4)
    assert [truth.rows for _, _, truth in photos] == [640] * 6
    assert threading.active_count() == threads_before


def test_one_who_waits_sees_the_probe_and_can_leave(picture, planted):
    store = lc.ProbeStore()
    inside, go_on = threading.Event(), threading.Event()

    def slow(pictures):
        inside.set()
        assert go_on.wait(10)
        return np.zeros((len(pictures), 2))

    other = lc.wrap_model(slow)
    busy = threading.Thread(target=lambda: last(store.grow(spec_of(picture, other), picture, other, 2)))
    busy.start()
    assert inside.wait(10)
    waiting = store.grow(spec_of(picture, planted), picture, planted, 64)
    assert len(next(waiting)) == 0
    waiting.close()
    go_on.set()
    busy.join(10)
    assert len(last(store.grow(spec_of(picture, planted), picture, planted, 64))) == 64


def test_an_error_reaches_who_asked_and_the_next_one_starts_afresh(picture):
    state = {"broken": True}

    def predict(pictures):
        if state["broken"]:
            raise RuntimeError("out of order")
        return np.full((len(pictures), 2), 0.5)

    store, model = lc.ProbeStore(), lc.wrap_model(predict)
    with pytest.raises(RuntimeError, match="out of order"):
        last(store.grow(spec_of(picture, model), picture, model, 64))
    state["broken"] = False
    assert len(last(store.grow(spec_of(picture, model), picture, model, 64))) == 64


def test_everyone_gets_the_rows_under_the_names_of_their_own_model(picture, planted):
    store, other = lc.ProbeStore(), replace(planted, class_names=("one", "two", "three"))
    spec = spec_of(picture, planted)
    assert last(store.grow(spec, picture, planted, 20)).class_names == planted.class_names
    assert last(store.grow(spec, picture, other, 10)).class_names == ("one", "two", "three")
    longer = last(store.grow(spec, picture, other, 30))
    assert lc.explain(longer, class_index="two").class_name == "two"
    with pytest.raises(lc.BadScores, match="answered for 3 classes, and it has 2 by its names"):
        last(store.grow(spec, picture, replace(planted, class_names=("one", "two")), 10))


def test_the_oldest_probe_leaves_when_the_room_is_full(picture, planted, counting):
    store = lc.ProbeStore(max_bytes=60_000)
    specs = [spec_of(picture, planted, seed) for seed in range(4)]
    for spec in specs:
        last(store.grow(spec, picture, planted, 200))
    assert store.nbytes() <= 60_000
    assert store.get(specs[-1]) is not None
    assert store.get(specs[0]) is None


def test_a_picture_that_cannot_be_cut_leaves_nothing_behind(picture, planted):
    store = lc.ProbeStore()
    spec = lc.ProbeSpec.of(picture, planted, lc.Grid(1, 1), BLACK)
    with pytest.raises(lc.TooFewSuperpixels):
        last(store.grow(spec, picture, planted, 10))
    assert store.get(spec) is None


def test_a_picture_is_cut_once_for_all_seeds_and_hidings(picture, planted):
    calls = []

    class Counted(lc.Grid):
        def __call__(self, image):
            calls.append(1)
            return super().__call__(image)

    store = lc.ProbeStore()
    for seed in range(3):
        last(store.grow(lc.ProbeSpec.of(picture, planted, Counted(4, 4), BLACK, seed=seed), picture, planted, 4))
    assert len(calls) == 1


def test_a_store_that_rests_holds_no_model(picture):
    model = lc.wrap_model(lambda pictures: np.full((len(pictures), 2), 0.5))
    store = lc.ProbeStore()
    run = store.grow(spec_of(picture, model), picture, model, 1000)
    next(run)
    run.close()
    gone = weakref.ref(model.engine)
    del model, run
    gc.collect()
    assert gone() is None


def test_a_probe_that_has_all_masks_takes_no_turn(picture, planted):
    store = lc.ProbeStore()
    spec = lc.ProbeSpec.of(picture, planted, lc.Grid(2, 3), BLACK, lc.Enumerate())
    assert len(last(store.grow(spec, picture, planted, 1000))) == 64
    with store._turns.ticket() as long:  # somebody's job
        assert store._turns.wait(long, 0)
        assert [len(probe) for probe in store.grow(spec, picture, planted, 1000)] == [64]


def test_label_maps_by_which_probes_are_found_count_once_each(picture, planted):
    store, shared = lc.ProbeStore(max_bytes=8_000_000), label_map(0)
    for seed in range(4):
        spec = lc.ProbeSpec.of(picture, planted, shared, BLACK, seed=seed)
        last(store.grow(spec, picture, planted, 10))
    assert shared.nbytes < store.nbytes() < 2 * shared.nbytes
    for seed in range(4):
        last(store.grow(lc.ProbeSpec.of(picture, planted, [GRID, shared], BLACK, seed=seed), picture, planted, 10))
    assert shared.nbytes < store.nbytes() < 2 * shared.nbytes
    for seed in range(1, 9):
        spec = lc.ProbeSpec.of(picture, planted, label_map(seed), BLACK)
        last(store.grow(spec, picture, planted, 10))
        assert store.nbytes() <= 8_000_000
    assert store.get(spec) is not None
    assert store.get(lc.ProbeSpec.of(picture, planted, shared, BLACK)) is None
