"""Few rows of several probes are one batch where an engine is best asked so, and each probe gets its own."""

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

    def __init__(self, module, pictures=True, size=SIZE):
        super().__init__(module, (0.0,) * 3, (1.0,) * 3, "cpu", "f32")
        self.takes_several = True
        self.takes_pictures, self._batch_size = pictures, size
        self.scenes = []

    def _ahead(self, scorer):
        return scorer

    def together(self, scenes):
        self.scenes.append(len(scenes))
        return super().together(scenes)


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


def test_for_those_who_wait_for_one_probe_as_many_rows_are_asked_for_as_anybody_wants(network, model):
    short, long = wanted(1, model, 3)[0], wanted(1, model, 7)[0]
    found = grown(lc.ProbeStore(), [short, long, wanted(2, model, 5)[1]])
    assert [len(probe) for probe in found] == [3, 7, 5]
    assert network.sizes == [12]


def test_only_segmentations_that_have_a_row_are_sent(model):
    cuts = lc.Segmentations((lc.Grid(4, 4), lc.Grid(2, 2), lc.Grid(3, 3), lc.Grid(2, 3)))
    wishes = wanted(3, model, 2, segmenter=cuts)
    found = grown(lc.ProbeStore(), wishes)
    assert model.engine.scenes == [6]
    for probe, (spec, picture, _, rows) in zip(found, wishes, strict=True):
        is_what_grow_grows(probe, model, spec, picture, rows)


def test_half_of_a_batch_is_few_and_more_is_not(network, model):
    grown(lc.ProbeStore(), wanted(2, model, SIZE // 2))
    assert network.sizes == [SIZE]
    network.sizes.clear()
    grown(lc.ProbeStore(), wanted(3, model, SIZE // 2 + 1, 2))
    assert sorted(network.sizes) == [2] + [SIZE // 2 + 1] * 2


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


def test_an_engine_without_memory_for_several_is_not_asked_so_again(network, model):
    network.most, store = 4, lc.ProbeStore()
    for seed, tried in ((0, [12]), (1, [])):
        network.sizes.clear()
        found = grown(store, wanted(3, model, 4, seed=seed))
        assert [len(probe) for probe in found] == [4] * 3
        assert network.sizes == [*tried, 4, 4, 4]


def test_a_gpu_that_fails_is_told_as_it_is(network, model, monkeypatch):
    asked = []

    def lost(scenes):
        asked.append(len(scenes))
        raise lc.DeviceLost("The GPU has failed.") if len(asked) == 1 else lc.ModelUnavailable("Its process ended.")

    monkeypatch.setattr(model.engine, "together", lost)
    found = grown(lc.ProbeStore(), wanted(3, model, 4))
    assert [type(each) for each in found].count(lc.DeviceLost) == 1
    assert network.sizes == []


def test_an_engine_that_answers_for_fewer_rows_spoils_no_probe(network, model, monkeypatch):
    forward = network.forward
    monkeypatch.setattr(network, "forward", lambda pictures: forward(pictures)[::2])
    store, wishes = lc.ProbeStore(), wanted(3, model, 4)
    found = grown(store, wishes)
    assert ["4 pictures and answered for 2" in str(each) for each in found] == [True] * 3
    assert [len(store.get(spec)) for spec, *_ in wishes] == [0] * 3


def test_the_border_of_a_padded_photo_stays_in_sight(network, model):
    model = replace(model, preprocessing=lc.Preprocessing(32, 32, fit="pad"))
    pictures = [lc.load_picture(textured_picture(number).pixels[:20]) for number in range(3)]
    specs = [lc.ProbeSpec.of(picture, model, lc.Grid(2 + number, 3), BLACK) for number, picture in enumerate(pictures)]
    found = grown(lc.ProbeStore(), [(*each, model, 4) for each in zip(specs, pictures, strict=True)])
    assert network.sizes == [12]
    for probe, spec, picture in zip(found, specs, pictures, strict=True):
        assert probe.scene.segmentation.border is not None
        is_what_grow_grows(probe, model, spec, picture, 4)


def test_models_and_sizes_of_pictures_that_differ_are_asked_for_apart(network, model):
    other, large = Noting(), textured_picture(side=64)
    spec = lc.ProbeSpec.of(large, model, lc.Grid(2, 2), BLACK)
    grown(lc.ProbeStore(), [*wanted(1, model, 3), *wanted(1, classifier(other), 3, seed=1), (spec, large, model, 3)])
    assert (network.sizes, other.sizes) == ([3, 3], [3])


def test_an_engine_for_small_batches_is_asked_for_each_alone(network):
    found = grown(lc.ProbeStore(), wanted(3, classifier(network, pictures=False), 3))
    assert network.sizes == [3] * 3
    assert [len(probe) for probe in found] == [3] * 3


def test_a_crowd_with_few_samples_each_needs_few_batches(network, model):
    """Thirty visitors, and some who leave: everyone who stays gets what they would have alone."""
    store, wishes = lc.ProbeStore(), wanted(6, model, 5, segmenter=lc.Grid(3, 3))
    wishes = [(replace(spec, seed=number), picture, *rest) for number in range(5) for spec, picture, *rest in wishes]
    with store._turns.ticket() as long:
        assert store._turns.wait(long, 0)
        leaving = [store.grow(*wishes[number]) for number in (4, 17)]
        for each in leaving:
            assert len(next(each)) == 0
    leaving[0].close()
    with pytest.raises(RuntimeError, match="the window was closed"):
        leaving[1].throw(RuntimeError("the window was closed"))
    found = grown(store, wishes)
    assert network.sizes == [15] * 10
    for probe, (spec, picture, _, rows) in zip(found, wishes, strict=True):
        is_what_grow_grows(probe, model, spec, picture, rows)
    assert len(store._turns) == 0


def test_another_model_than_that_of_the_spec_is_refused_and_spoils_no_others(network, model):
    (spec, picture, *_), *others = wanted(3, model, 3)
    found = grown(lc.ProbeStore(), [(spec, picture, replace(model, name="other"), 3), *others])
    assert isinstance(found[0], ValueError)
    assert [len(probe) for probe in found[1:]] == [3, 3]


def test_who_waits_sees_what_there_is_and_is_served_with_who_has_the_turn(network, model):
    store, (mine, theirs) = lc.ProbeStore(), wanted(2, model, 4)
    with store._turns.ticket() as long:
        assert store._turns.wait(long, 0)
        waiting = store.grow(*mine)
        assert len(next(waiting)) == 0
    assert len([*store.grow(*theirs)][-1]) == 4  # who draws meanwhile holds nobody up
    assert network.sizes == [8]
    assert len([*waiting][-1]) == 4
    assert network.sizes == [8]
