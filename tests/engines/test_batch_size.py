"""The batch size: doubled while the rate grows, measured once, and kept for the next process."""

import json
from functools import partial

import numpy as np
import pytest
from torch import nn

import lime_core as lc
from lime_core.engines import batch_size as batching
from lime_core.engines.batch_size import Workload, batch_size, best_batch_size, speaks_of_memory
from lime_core.files import writing


class Machine:
    """A clock, and a model that takes `overhead + each · size` seconds of it, and no more than `memory` samples.

    The first batch takes `start` seconds more, and the first of each size `prepared`.
    """

    def __init__(self, overhead=0.0, each=0.001, memory=10**6, start=0.0, prepared=0.0):
        self.now, self.overhead, self.each, self.memory, self.start = 0.0, overhead, each, memory, start
        self.prepared, self.asked = prepared, []

    def clock(self):
        return self.now

    def score(self, size):
        self.now += self.prepared if size not in self.asked else 0.0
        self.asked.append(size)
        if size > self.memory:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.")
        self.now += self.overhead + self.each * size + (self.start if len(self.asked) == 1 else 0.0)


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(batching, "_found", {})
    return tmp_path / "lime_core" / "batch_sizes.json"


@pytest.fixture
def scorer():
    """A scorer that keeps the masks it is given."""

    def make(image, hidden, labels):
        assert image.shape == hidden.shape == (8, 12, 3)
        assert labels.shape == (8, 12)

        def score(masks):
            make.asked.append(masks)
            return np.zeros((len(masks), 2), dtype=np.float32)

        return score

    make.asked = []
    return make


@pytest.mark.parametrize(
    ("overhead", "expected"),
    [(0.0, 4), (0.001, 16), (0.01, 64)],
    ids=["every batch is as fast", "16 is as fast as 32", "the larger the better"],
)
def test_a_batch_is_doubled_while_the_rate_grows(overhead, expected):
    machine = Machine(overhead)
    assert best_batch_size(machine.score, clock=machine.clock) == expected


def test_a_slow_model_is_not_measured_for_long():
    machine = Machine(overhead=0.9, each=0.01)
    assert best_batch_size(machine.score, clock=machine.clock) == 4
    assert machine.now < 4.0


def test_what_an_engine_prepares_in_its_first_run_does_not_count():
    machine = Machine(overhead=0.01, start=20.0)
    assert best_batch_size(machine.score, clock=machine.clock) == 64


def test_nor_does_what_it_prepares_for_each_size():
    machine = Machine(overhead=0.01, prepared=2.0)
    assert best_batch_size(machine.score, clock=machine.clock) == 64


def test_memory_that_others_take_while_a_size_is_measured_ends_the_search():
    machine = Machine(overhead=0.1)

    def score(size):
        machine.memory = 8 if machine.asked.count(16) else machine.memory
        machine.score(size)

    assert best_batch_size(score, clock=machine.clock) == 8


@pytest.mark.parametrize(
    "said",
    [
        "CUDA out of memory. Tried to allocate 9 GiB.",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
        "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
    ],
)
def test_want_of_memory_is_known_by_what_is_said(said):
    assert speaks_of_memory(RuntimeError(said))
    assert not speaks_of_memory(ValueError(said))


def test_where_cudnn_finds_no_way_to_calculate_half_of_the_rows_are_tried():
    error = RuntimeError("GET was unable to find an engine to execute this computation")
    assert speaks_of_memory(error, 2)
    assert not speaks_of_memory(error)

    def score(size):
        if size > 8:
            raise error

    assert best_batch_size(score) in (4, 8)


@pytest.mark.parametrize(("memory", "expected"), [(8, 8), (17, 16), (1, 4)])
def test_a_batch_that_does_not_fit_into_memory_ends_the_search(memory, expected):
    machine = Machine(overhead=0.1, memory=memory)
    assert best_batch_size(machine.score, clock=machine.clock) == expected


def test_a_restless_clock_gives_a_size_within_the_limits():
    rng = np.random.default_rng(0)
    for _ in range(200):
        times = iter(np.cumsum(rng.exponential(0.05, 200)))
        size = best_batch_size(lambda _: None, smallest=4, largest=64, clock=lambda times=times: next(times))
        assert size in (4, 8, 16, 32, 64)


def test_a_clock_that_stands_still_gives_a_size_within_the_limits():
    assert best_batch_size(lambda _: None, clock=lambda: 0.0) in (4, 8, 16, 32, 64)


def test_an_error_of_the_model_is_not_taken_for_want_of_memory():
    def score(size):
        raise RuntimeError("the model is broken")

    with pytest.raises(RuntimeError, match="the model is broken"):
        best_batch_size(score)


def test_the_size_is_measured_once_for_a_model_and_an_engine(scorer):
    work = Workload(8, 12, "weights")
    size = batch_size(scorer, work, "engine")
    asked = len(scorer.asked)
    assert asked > 0
    assert batch_size(scorer, work, "engine") == size
    assert len(scorer.asked) == asked
    batch_size(scorer, work, "another engine")
    assert len(scorer.asked) > asked


def test_the_size_is_kept_for_the_next_process(scorer, empty_cache, monkeypatch):
    work = Workload(8, 12, "weights")
    size = batch_size(scorer, work, "engine")
    assert list(json.loads(empty_cache.read_text("utf-8")).values()) == [size]
    asked = len(scorer.asked)
    monkeypatch.setattr(batching, "_found", {})
    assert batch_size(scorer, work, "engine") == size
    assert len(scorer.asked) == asked


def test_a_size_that_was_cut_off_by_want_of_memory_is_not_kept_for_the_next_process(empty_cache, monkeypatch):
    machine, work = Machine(overhead=0.01, memory=8), Workload(8, 12, "weights")
    monkeypatch.setattr(batching, "best_batch_size", partial(best_batch_size, clock=machine.clock))

    def cramped(*scene):
        return lambda masks: machine.score(len(masks))

    assert batch_size(cramped, work, "engine") == batch_size(cramped, work, "engine") == 8
    assert machine.asked.count(16) == 1  # this process does not measure again
    assert not empty_cache.exists()
    machine.memory = 64
    assert batch_size(cramped, work, "another engine") == 64
    assert list(json.loads(empty_cache.read_text("utf-8")).values()) == [64]


@pytest.mark.parametrize("content", ["", "[1, 2]", '{"a": ', "null", "\x00", "[" * 100_000])
def test_a_damaged_file_is_measured_again_and_replaced(scorer, empty_cache, content):
    empty_cache.parent.mkdir()
    empty_cache.write_text(content, "utf-8")
    size = batch_size(scorer, Workload(8, 12, "weights"), "engine")
    assert list(json.loads(empty_cache.read_text("utf-8")).values()) == [size]


@pytest.mark.parametrize("value", [0, -4, 10**9, "16", None, True, 3.5])
def test_a_size_on_disk_that_makes_no_sense_is_measured_again(scorer, empty_cache, monkeypatch, value):
    work = Workload(8, 12, "weights")
    batch_size(scorer, work, "engine")
    (key,) = json.loads(empty_cache.read_text("utf-8"))
    empty_cache.write_text(json.dumps({key: value}), "utf-8")
    monkeypatch.setattr(batching, "_found", {})
    asked = len(scorer.asked)
    assert 4 <= batch_size(scorer, work, "engine") <= 64
    assert len(scorer.asked) > asked


def test_without_a_home_or_a_writable_disk_nothing_is_kept(scorer, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert 4 <= batch_size(scorer, Workload(8, 12, "weights"), "engine") <= 64
    monkeypatch.delenv("XDG_CACHE_HOME")

    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("pathlib.Path.home", homeless)
    assert writing.cache_folder() is None
    assert 4 <= batch_size(scorer, Workload(8, 12, "other weights"), "engine") <= 64


def test_pictures_smaller_than_the_grid_can_be_measured():
    def make(image, hidden, labels):
        assert set(np.unique(labels)) == set(range(labels.max() + 1))
        return lambda masks: np.zeros((len(masks), 2), dtype=np.float32)

    assert batch_size(make, Workload(2, 3), "engine") in (4, 8, 16, 32, 64)


@pytest.mark.parametrize("engine", ["torch", "openvino"])
def test_loading_a_model_and_asking_it_about_one_picture_measures_nothing(engine, picture, monkeypatch):
    monkeypatch.setattr(batching, "best_batch_size", lambda *_: pytest.fail("measured"))
    seen = lc.Preprocessing(8, 8, 8)
    module = nn.Sequential(nn.Flatten(), nn.Linear(192, 3))
    assert len(lc.torch_classifier("m", module, seen, (), "cpu", "f32", engine, "logits").top(picture, 3)) == 3
