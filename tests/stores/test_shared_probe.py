"""Few rows of several probes are one batch where an engine takes several; each probe gets its own, asked for once."""

import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import lime_core as lc
from lime_core.devices.torch_engine import TorchEngine
from tests.stores.test_answer_store import asked_at_once
from tests.support.planted import BLACK, textured_picture

SIZE = 16
NAMES = ("first", "second", "third")


class Noting(nn.Module):
    """A network that notes how many pictures it is asked about, answers NaN to those whose first pixel is `broken`,
    and has memory for `most` of them."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Linear(8, 3)
        self.sizes, self.most, self.broken = [], 10**6, None

    def forward(self, pictures):
        self.sizes.append(len(pictures))
        if len(pictures) > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB.")
        answers = self.head(self.network(pictures))
        if self.broken is not None:
            answers[(pictures[:, :, -1, -1] - self.broken).abs().amax(1) < 1e-6] = torch.nan
        return answers


class Engine(TorchEngine):
    """As on a GPU, on the processor: one batch may be of several scenes, and the next is begun before it is there."""

    def __init__(self, module, several=True, size=SIZE):
        super().__init__(module, (0.0,) * 3, (1.0,) * 3, "cpu", "f32")
        self.takes_several, self._batch_size = several, size

    def _ahead(self, scorer):
        return scorer


@pytest.fixture
def network():
    return Noting()


@pytest.fixture
def model(network):
    return classifier(network)


def classifier(network, **options):
    return lc.Classifier("small", NAMES, "values", None, Engine(network, **options))


def wanted(count, model, *rows, segmenter=None, seed=0):
    """A spec, its picture, the model and how many rows are wanted, for each of so many pictures."""
    pictures = [textured_picture(number) for number in range(count)]
    cuts = [segmenter or lc.Grid(2 + number, 3) for number in range(count)]
    specs = [
        lc.ProbeSpec.of(picture, model, cut, BLACK, seed=seed) for picture, cut in zip(pictures, cuts, strict=True)
    ]
    return [(*each, model, rows[number % len(rows)]) for number, each in enumerate(zip(specs, pictures, strict=True))]


def grown(store, wishes):
    """What each gets or meets, where all wait for a turn that somebody else has meanwhile."""

    def last(spec, picture, model, rows):
        *_, probe = store.grow(spec, picture, model, rows)
        return probe

    for spec, picture, model, _ in wishes:
        store.segmentation(picture, model, spec.segmenter)
    return asked_at_once(store._turns, [lambda wish=wish: last(*wish) for wish in wishes])


def is_what_grow_grows(probe, model, spec, picture, rows):
    alone = lc.probe_image(picture, model, rows, spec.segmenter, BLACK, seed=spec.seed)
    np.testing.assert_array_equal(probe.masks, alone.masks)
    np.testing.assert_allclose(probe.outputs, alone.outputs, atol=1e-6)


@pytest.mark.parametrize("segmenter", [None, lc.Segmentations((lc.Grid(4, 4), lc.Grid(2, 2), lc.Grid(3, 3)))])
def test_few_rows_of_several_pictures_are_one_batch_and_each_gets_their_own(network, model, segmenter):
    wishes = wanted(5, model, 2, 4, segmenter=segmenter)
    found = grown(lc.ProbeStore(), wishes)
    assert network.sizes == [14]
    for probe, (spec, picture, _, rows) in zip(found, wishes, strict=True):
        is_what_grow_grows(probe, model, spec, picture, rows)


def test_rows_that_are_there_are_not_asked_for_again(network, model):
    store = lc.ProbeStore()
    for rows in (3, 5):
        wishes = wanted(3, model, rows)
        found = grown(store, wishes)
    assert [len(probe) for probe in store.grow(*wishes[0])] == [5]
    assert network.sizes == [9, 6]
    for probe, (spec, picture, *_) in zip(found, wishes, strict=True):
        is_what_grow_grows(probe, model, spec, picture, 5)


def test_a_batch_holds_no_more_than_the_engine_takes(network, model):
    found = grown(lc.ProbeStore(), wanted(5, model, 6))
    assert sorted(network.sizes) == [6, 12, 12]
    assert [len(probe) for probe in found] == [6] * 5


def test_two_who_wait_for_one_probe_take_one_place(network, model):
    short, long = wanted(1, model, 3)[0], wanted(1, model, 7)[0]
    found = grown(lc.ProbeStore(), [short, long, wanted(2, model, 5)[1]])
    assert [len(probe) for probe in found] == [3, 7, 5]
    assert sum(network.sizes) == 7 + 5
    assert len(network.sizes) <= 2


def test_half_of_a_batch_is_few_and_more_is_not(network, model):
    grown(lc.ProbeStore(), wanted(2, model, SIZE // 2))
    assert network.sizes == [SIZE]
    network.sizes.clear()
    grown(lc.ProbeStore(), wanted(3, model, SIZE // 2 + 1, 2))
    assert sorted(network.sizes) == [2] + [SIZE // 2 + 1] * 2


def test_what_is_left_after_whole_batches_goes_with_that_of_others(network, model):
    wishes = wanted(3, model, SIZE + 4)
    found = grown(lc.ProbeStore(), wishes)
    assert network.sizes == [SIZE] * 3 + [12]
    for probe, (spec, picture, _, rows) in zip(found, wishes, strict=True):
        is_what_grow_grows(probe, model, spec, picture, rows)
    network.sizes.clear()
    grown(lc.ProbeStore(), wanted(1, model, SIZE + 4, seed=1))
    assert network.sizes == [SIZE, 4]


def test_no_row_is_asked_for_twice_where_more_are_wanted_while_some_are_under_way(network, model):
    store = lc.ProbeStore()
    spec, picture, *_ = wanted(1, model, 1)[0]
    few, many = (store.grow(spec, picture, model, rows) for rows in (3 * SIZE, 7 * SIZE))
    next(few)  # the second batch is under way
    assert len([*many][-1]) == 7 * SIZE
    few.close()
    assert network.sizes == [SIZE] * 7


def test_what_is_under_way_is_not_asked_for_with_others(network, model):
    store = lc.ProbeStore()
    (spec, picture, *_), other = wanted(2, model, 4)
    run = store.grow(spec, picture, model, 2 * SIZE)
    next(run)
    found = grown(store, [(spec, picture, model, SIZE + 4), other])
    assert [len(probe) for probe in found] == [SIZE + 4, 4]
    run.close()
    assert sorted(network.sizes) == [4, SIZE, SIZE]


def test_one_picture_whose_answers_are_refused_spoils_no_others(network, model):
    wishes = wanted(4, model, 3)
    network.broken = torch.tensor(wishes[1][1].pixels[-1, -1] / np.float32(255))
    found = grown(lc.ProbeStore(), wishes)
    assert isinstance(found[1], lc.BadScores)
    assert "rows 0" in str(found[1])
    assert [len(found[number]) for number in (0, 2, 3)] == [3] * 3
    for number in (0, 2, 3):
        is_what_grow_grows(found[number], model, *wishes[number][:2], 3)


def test_where_memory_does_not_suffice_for_several_each_is_asked_for_alone(network, model):
    network.most = 4
    found = grown(lc.ProbeStore(), wanted(3, model, 4))
    assert [len(probe) for probe in found] == [4] * 3
    assert [size for size in network.sizes if size <= 4] == [4] * 3


def test_models_and_sizes_of_pictures_that_differ_are_asked_for_apart(network, model):
    other, large = Noting(), textured_picture(side=64)
    spec = lc.ProbeSpec.of(large, model, lc.Grid(2, 2), BLACK)
    grown(lc.ProbeStore(), [*wanted(1, model, 3), *wanted(1, classifier(other), 3, seed=1), (spec, large, model, 3)])
    assert (network.sizes, other.sizes) == ([3, 3], [3])


def test_an_engine_for_small_batches_is_asked_for_each_alone(network):
    found = grown(lc.ProbeStore(), wanted(3, classifier(network, several=False), 3))
    assert network.sizes == [3] * 3
    assert [len(probe) for probe in found] == [3] * 3


def test_a_crowd_with_few_samples_each_needs_few_batches(network, model):
    """Thirty visitors, and some who leave: everyone who stays gets what they would have alone."""
    store, wishes = lc.ProbeStore(), wanted(6, model, 5, segmenter=lc.Grid(3, 3))
    wishes = [(replace(spec, seed=number), picture, *rest) for number in range(5) for spec, picture, *rest in wishes]
    for number in (4, 17):
        leaving = store.grow(*wishes[number])
        leaving.close()
    found = grown(store, wishes)
    assert network.sizes == [15] * 10
    for probe, (spec, picture, _, rows) in zip(found, wishes, strict=True):
        is_what_grow_grows(probe, model, spec, picture, rows)
    assert store._wishes == []


def test_another_model_than_that_of_the_spec_is_refused_before_anything_is_asked(network, model):
    spec, picture, *_ = wanted(1, model, 3)[0]
    with pytest.raises(ValueError, match="the probe belongs to small"):
        next(lc.ProbeStore().grow(spec, picture, replace(model, name="other"), 3))
    assert network.sizes == []


def test_who_waits_sees_what_there_is_and_is_woken_by_whoever_asked_for_them(network, model):
    store, (mine, theirs) = lc.ProbeStore(), wanted(2, model, 4)
    with store._turns.ticket():  # somebody's long job
        waiting = store.grow(*mine)
        assert len(next(waiting)) == 0
        other = threading.Thread(target=lambda: [*store.grow(*theirs)])
        other.start()
        while len(store._turns) < 3:
            threading.Event().wait(0.01)
    assert len([*waiting][-1]) == 4
    other.join(30)
    assert network.sizes == [8]
