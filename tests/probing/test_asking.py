"""Answers come in order and once, however many batches are under way and however little memory there is."""

import numpy as np
import pytest

import lime_core as lc
from lime_core.probing.asking import AHEAD, SceneScorer, answers_to
from tests.support.planted import BLACK, GRID

OUT_OF_MEMORY = "CUDA out of memory. Tried to allocate 9 GiB."


class Gpu:
    """An engine that answers later, with memory for `most` rows in all that are under way."""

    description, batch_size = "a GPU", 8

    def __init__(self, most=10**6, late=False):
        self.most, self.late, self.log, self.held = most, late, [], 0

    def scorer(self, image, hidden, labels):
        return GpuScorer(self)


class GpuScorer:
    def __init__(self, gpu):
        self.gpu = gpu

    def __call__(self, masks):
        return self.begin(masks)()

    def begin(self, masks):
        return UnderWay(self.gpu, masks)


class UnderWay:
    """Answers that hold memory until they are waited for, or nobody wants them any more."""

    def __init__(self, gpu, masks):
        self.gpu, self.masks, self.holds = gpu, masks, 0
        self.too_much = gpu.held + len(masks) > gpu.most
        if self.too_much and not gpu.late:
            raise RuntimeError(OUT_OF_MEMORY)
        self.holds = len(masks)
        gpu.held += self.holds
        gpu.log.append("begin")

    def __call__(self):
        self.gpu.log.append("wait")
        self.__del__()
        if self.too_much:
            raise RuntimeError(OUT_OF_MEMORY)
        return self.masks[:, :3] * [1, 2, 4]

    def __del__(self):
        self.gpu.held -= self.holds
        self.holds = 0


@pytest.fixture
def scene(planted):
    return lc.open_probe(
        lc.ProbeSettings(GRID, BLACK).spec(planted_picture(), planted), planted_picture(), planted
    ).scene


def planted_picture():
    return lc.load_picture(np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8))


def asked(engine, scene, rows=60, done=0, size=8):
    masks = lc.Bernoulli()(rows, sum(scene.counts), 0)
    batches = list(answers_to(SceneScorer(engine, scene), masks, done, size))
    np.testing.assert_array_equal(np.concatenate(batches), masks[done:, :3] * [1, 2, 4])
    return [len(batch) for batch in batches]


@pytest.mark.parametrize("done", [0, 5, 59])
def test_the_next_batch_is_begun_before_one_is_waited_for(scene, done):
    gpu = Gpu()
    sizes = asked(gpu, scene, done=done)
    assert sum(sizes) == 60 - done
    begun = waited = 0
    for what in gpu.log:
        begun, waited = begun + (what == "begin"), waited + (what == "wait")
        assert begun - waited <= AHEAD
        if what == "wait" and begun < len(sizes):
            assert begun - waited == AHEAD - 1
    assert begun == waited == len(sizes)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("most", [1, 3, 8, 11])
def test_where_memory_does_not_suffice_batches_are_halved_and_no_row_is_lost(scene, most, late):
    sizes = asked(Gpu(most, late), scene)
    assert sum(sizes) == 60
    assert max(sizes) <= max(most, 8)
    if most < 8:
        assert max(sizes[2:]) <= most


def test_an_engine_that_answers_at_once_is_asked_for_one_batch_at_a_time(planted, scene):
    scorer = SceneScorer(planted.engine, scene)
    assert scorer.ahead == 1
    masks = lc.Bernoulli()(20, 16, 0)
    batches = answers_to(scorer, masks, 0, 4)
    first = next(batches)
    assert len(first) == 4


@pytest.mark.parametrize("done", [0, 2, 7])
def test_several_segmentations_go_to_an_engine_that_takes_them_in_whole_batches(planted, done):
    cuts = lc.Segmentations((lc.Grid(4, 4), lc.Grid(2, 2), lc.Grid(3, 3)))
    settings, asked = lc.ProbeSettings(cuts, BLACK), []
    probe = lc.open_probe(settings.spec(planted_picture(), planted), planted_picture(), planted)
    gpu, masks = Gpu(), np.arange(20 * 29, dtype=np.float32).reshape(20, 29)
    gpu.takes_several = gpu.takes_pictures = True
    gpu.together = lambda scenes: lambda whose: asked.append((list(whose), len(scenes))) or GpuScorer(gpu)
    scorer = SceneScorer(gpu, probe.scene)
    assert (scorer.size, scorer.ahead) == (8, AHEAD)
    asked.clear()
    own = [masks[row, [slice(0, 16), slice(16, 20), slice(20, 29)][row % 3]][:3] for row in range(done, 20)]
    np.testing.assert_array_equal(np.concatenate(list(answers_to(scorer, masks, done, 8))), own * np.array([1, 2, 4]))
    batches = [range(row, min(row + 8, 20)) for row in range(done, 20, 8)]
    assert asked == [([row % 3 for row in rows], 3) for rows in batches]


def test_a_single_segmentation_is_nothing_to_take_together(scene):
    gpu = Gpu()
    gpu.takes_several = gpu.takes_pictures = True  # and nobody asks how
    assert SceneScorer(gpu, scene).size == gpu.batch_size


def test_no_memory_for_a_single_row_is_said(scene):
    with pytest.raises(lc.BadScores, match="not enough memory to ask the model about a single sample"):
        asked(Gpu(0), scene)
