"""A model in a process of its own is the same model: facts, answers to the last bit, sentences."""

import os
import pickle
import re
import time
import weakref
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torchvision.models import get_model

import lime_core as lc
from lime_core.devices.torch_engine import TorchEngine
from lime_core.isolation import isolated, isolated_engine, worker
from lime_core.isolation.claims import ModelClaims
from lime_core.isolation.confinement import OUT_OF_MEMORY
from lime_core.isolation.messages import Closed
from tests.isolation.conftest import LIMITS

DESCRIPTION = """
architecture = "squeezenet1_1"
weights = "own.safetensors"
classes = ["one", "two", "three"]
output = "values"
unit = "years"
[input]
size = [48, 64]
fit = "pad"
mean = [0.1, 0.2, 0.3]
std = [0.2, 0.3, 0.25]
"""
RNG = np.random.default_rng(0)
SCENES = [
    (*RNG.integers(0, 256, (2, 48, 64, 3), dtype=np.uint8), np.arange(48 * 64).reshape(48, 64) // k) for k in (384, 256)
]
SEEN, SCALE = lc.Preprocessing(48, 64), ((0.5,) * 3, (0.2,) * 3)
MASKS = [RNG.integers(0, 2, (20, d)).astype(np.float32) for d in (8, 12)]
CLAIMS = ModelClaims("own", (), "values", "", lc.Preprocessing(2, 2), "", "", "an engine", 8, False, False, 3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    torch.manual_seed(0)
    save_file(get_model("squeezenet1_1", num_classes=3).state_dict(), folder / "own.safetensors")
    (folder / "own.toml").write_text(DESCRIPTION)
    return folder


@pytest.fixture(scope="module")
def apart(folder):
    """The model in its process, which is the one of all tests here and has looked at its file before."""
    lc.guess_isolated(folder / "own.safetensors")
    looked = isolated._spare._process
    model = lc.load_isolated(folder / "own.toml", precision="f32")
    assert looked is model.engine.process
    yield model
    model.engine.process.close()


@pytest.fixture(autouse=True)
def spare(monkeypatch):
    """No process waits before a test."""
    spare = isolated._Spare()
    monkeypatch.setattr(isolated, "_spare", spare)
    yield spare
    spare.forget()


@pytest.fixture(scope="module")
def here(folder):
    return lc.load_model(folder / "own.toml", precision="f32")


@pytest.fixture
def running(apart, monkeypatch):
    """Nothing is started: the process of the model is asked, with the limits of each test."""

    class Running:
        alive = False

        def __init__(self, limits, spare=False):
            self.limits = limits

        def ask(self, question, seconds):
            return apart.engine.process.ask(question, seconds=seconds)

        def close(self):
            pass

    monkeypatch.setattr(isolated, "ModelProcess", Running)


def test_one_file_is_looked_at_a_time(folder, running, monkeypatch):
    monkeypatch.setattr(isolated, "PATIENCE", 0.1)
    with isolated._looking, pytest.raises(lc.ModelBusy, match="The file of somebody else is being looked at"):
        lc.guess_isolated(folder / "own.safetensors")
    assert not isolated._looking.locked()


class Waiting:
    """A process that is none."""

    started: ClassVar[list[Any]] = []

    def __init__(self, limits, spare=False):
        self.limits, self.alive, self.counted = limits, True, not spare
        self.started.append(self)

    def count(self):
        self.counted = True

    def close(self):
        self.alive = False


@pytest.fixture
def started(monkeypatch, tmp_path):
    """What has been started, instead of a process; and two files."""
    started = []
    monkeypatch.setattr(isolated, "ModelProcess", Waiting)
    monkeypatch.setattr(isolated, "_LOOKS", 0.01)
    monkeypatch.setattr(Waiting, "started", started)
    for name in ("one.onnx", "other.onnx"):
        (tmp_path / name).touch()
    return started, tmp_path / "one.onnx", tmp_path / "other.onnx"


def test_a_process_waits_for_whoever_comes_first(spare, started):
    processes, one, _ = started
    lc.prepare_isolated(LIMITS)
    lc.prepare_isolated(LIMITS)
    (waiting,) = processes  # and no second one
    assert not waiting.counted
    assert spare.take(replace(LIMITS, layers=7), one) is None
    assert spare.take(LIMITS, one) is waiting
    assert spare.take(LIMITS, one) is None
    lc.prepare_isolated(LIMITS)
    processes[-1].alive = False
    assert spare.take(LIMITS, one) is None
    lc.prepare_isolated(LIMITS)
    assert spare.take(LIMITS, one) is processes[2]


def test_a_process_that_has_read_a_file_reads_no_other(spare, started):
    processes, one, other = started
    lc.prepare_isolated(LIMITS)
    spare.give(looked := Waiting(LIMITS), one)
    assert not processes[0].alive  # one waits, not two
    assert spare.take(LIMITS, other) is None
    assert spare.take(LIMITS, one) is looked


def test_who_looks_at_another_file_ends_what_waits(spare, started, monkeypatch):
    processes, one, other = started
    monkeypatch.setattr(isolated, "_asked", lambda *_: None)
    monkeypatch.setattr(isolated, "guess_claims", lambda _: "a guess")
    for file in (one, other):
        assert lc.guess_isolated(file, LIMITS) == "a guess"
    assert [process.alive for process in processes] == [False, True]
    assert spare.take(LIMITS, other) is processes[1]


def test_a_process_that_nobody_takes_ends(spare, started, monkeypatch):
    monkeypatch.setattr(isolated, "SPARE_SECONDS", 0.05)
    lc.prepare_isolated(LIMITS)
    until(lambda: not started[0][0].alive)
    assert spare.take(LIMITS, started[1]) is None


def test_a_process_ends_with_the_file_that_it_has_read(spare, started):
    processes, one, _ = started
    spare.give(Waiting(LIMITS), one)
    one.unlink()
    until(lambda: not processes[0].alive)


def test_a_process_that_is_taken_is_held_by_nobody_else(spare, started):
    lc.prepare_isolated(LIMITS)
    process = spare.take(LIMITS, started[1])
    assert process is started[0].pop()
    taken = weakref.ref(process)
    del process
    until(lambda: taken() is None)  # else it would not end with its model


def until(true):
    late = time.monotonic() + 30
    while not true():
        assert time.monotonic() < late
        time.sleep(0.01)


def test_there_is_no_room_for_a_model_where_as_many_run_and_its_process_still_waits(
    spare, started, folder, monkeypatch
):
    def full(self):
        raise lc.ModelBusy("Full.")

    monkeypatch.setattr(Waiting, "count", full)
    file = lc.read_model_file(folder / "own.toml").file
    spare.give(looked := Waiting(LIMITS), file)
    with pytest.raises(lc.ModelBusy):
        lc.load_isolated(folder / "own.toml", LIMITS)
    assert spare.take(LIMITS, file) is looked
    assert looked.alive


def test_it_is_the_same_model(apart, here):
    assert replace(apart, engine=here.engine).__repr__() == repr(here)
    for fact in ("name", "class_names", "kind", "unit", "preprocessing", "fingerprint", "notice", "token"):
        assert getattr(apart, fact) == getattr(here, fact), fact
    assert re.fullmatch(rf"{re.escape(here.engine.description)} \(process [0-9a-f]{{8}}\)", apart.engine.description)
    assert apart.early is None
    with pytest.raises(lc.LimeError, match="run the model in different ways"):  # results of processes stay their own
        lc.ModelFacts.of(apart).check_same(lc.ModelFacts.of(here))


def test_a_process_names_no_other_model(apart, here, tmp_path, monkeypatch):
    claims = replace(CLAIMS, name="efficientnet_lite0", fingerprint=here.fingerprint, engine=here.engine.description)
    monkeypatch.setattr(isolated, "ModelProcess", Waiting)
    monkeypatch.setattr(isolated, "_asked", lambda *_: None)
    monkeypatch.setattr(isolated, "model_claims", lambda _: claims)
    monkeypatch.setattr(isolated, "read_model_file", lambda path: lc.ModelFile("mine", "resnet18", "net.pt"))
    one, two = (isolated.load_isolated(__file__) for _ in range(2))
    assert one.name == two.name == "mine"
    photo = lc.gallery_picture("coffee")
    settings = lc.ProbeSettings()
    assert len({settings.spec(photo, model) for model in (one, two, replace(here, name="mine"))}) == 3


def test_it_answers_the_same_to_the_last_bit_in_any_order_of_scenes(apart, here):
    ours, theirs = ([model.engine.scorer(*scene) for scene in SCENES] for model in (apart, here))
    for which in (0, 1, 1, 0):
        assert np.array_equal(ours[which](MASKS[which]), theirs[which](MASKS[which]))
    pictures = np.stack([scene[0] for scene in SCENES])
    assert np.array_equal(apart.outputs(pictures), here.outputs(pictures))
    assert apart.engine.batch_size in (4, 8, 16, 32, 64)


@pytest.fixture
def asked(apart, monkeypatch):
    """How many arrays went with each question to the process."""
    asked, ask = [], apart.engine.process.ask

    def noting(question, arrays=(), *rest):
        asked.append(len(arrays))
        return ask(question, arrays, *rest)

    monkeypatch.setattr(apart.engine.process, "ask", noting)
    return asked


def raising_memory(*_):
    raise MemoryError


def test_pictures_that_are_asked_about_in_turn_are_sent_once(apart, here, asked, monkeypatch):
    image, hidden, labels = SCENES[0]
    kept = 8
    monkeypatch.setattr(isolated_engine, "KEPT", kept * labels.size)
    scenes = [(np.roll(image, turn, axis=0), hidden, labels) for turn in range(kept + 1)]
    ours, theirs = ([model.engine.scorer(*scene) for scene in scenes] for model in (apart, here))

    def ask(which):
        assert np.array_equal(ours[which](MASKS[0]), theirs[which](MASKS[0]))

    for which in [*range(kept)] * 2:
        ask(which)
    assert asked == [5] * kept + [2] * kept
    asked.clear()
    for which in (kept, 1, 0, 1, 2, kept):  # the picture of the longest ago had to leave
        ask(which)
    assert asked == [5, 2, 5, 2, 5, 2]


def test_a_picture_is_sent_again_after_a_question_that_failed(apart, here, asked, monkeypatch):
    score = apart.engine.scorer(*SCENES[0])
    score(MASKS[0])
    with monkeypatch.context() as broken:
        broken.setattr(apart.engine.process, "ask", raising_memory)
        with pytest.raises(MemoryError):
            score(MASKS[0])
    assert np.array_equal(score(MASKS[0]), here.engine.scorer(*SCENES[0])(MASKS[0]))
    assert asked == [5, 5]


def test_where_memory_is_wanting_pictures_of_before_leave(here):
    """An engine that has memory for three pictures at a time."""
    alive, engine = weakref.WeakSet(), here.engine

    class Little:
        description, batch_size = "little", 4

        def scorer(self, *scene):
            score = engine.scorer(*scene)

            def within(masks):
                return score(masks)

            alive.add(within)
            if len(alive) > 3:
                raise MemoryError
            return within

    inside = worker.Worker()
    inside._model = replace(here, engine=Little())
    apart = isolated_engine.isolated_classifier(asking(inside), replace(CLAIMS, preprocessing=SEEN))
    photo = lc.gallery_picture("coffee")
    for seed in range(6):
        cells = lc.Grid(2 + seed, 3)
        assert len(lc.probe_image(photo, apart, 20, cells)) == 20
    assert len(alive) <= 3


def asking(inside, asked=lambda question, arrays: None):
    """The process of a worker, without a process."""

    def ask(question, arrays=(), *limits):
        asked(question, arrays)
        header, answers = inside.answer(dict(question), list(arrays))
        if header.get("error") == "memory":
            raise MemoryError
        return header, answers

    return SimpleNamespace(ask=ask, limits=LIMITS)


def test_several_segmentations_go_to_a_process_that_takes_them_in_whole_batches(here):
    torch.manual_seed(0)
    engine = TorchEngine(torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(48 * 64 * 3, 3)), *SCALE, "cpu", "f32")
    engine.takes_several, sizes = True, []
    inside = worker.Worker()
    inside._model = replace(here, engine=engine)
    process = asking(inside, lambda question, arrays: sizes.extend(map(len, arrays[:1])))
    apart = isolated_engine.isolated_classifier(process, replace(CLAIMS, preprocessing=SEEN, takes_several=True))
    photo, several = lc.gallery_picture("coffee"), lc.Segmentations((lc.Grid(3, 3), lc.Grid(2, 2), lc.Grid(4, 4)))
    ours = lc.probe_image(photo, apart, 50, several)
    alone = TorchEngine(engine._module, *SCALE, "cpu", "f32")
    theirs = lc.probe_image(photo, replace(apart, engine=alone), 50, several)
    np.testing.assert_allclose(ours.outputs, theirs.outputs, atol=1e-5)
    assert sizes == [8] * 6 + [2]
    assert not apart.engine.takes_pictures  # each would be sent for one batch


def test_its_explanation_is_the_same(apart, here):
    photo = lc.gallery_picture("coffee")
    ours, theirs = (
        lc.explain(lc.probe_image(photo, model.in_fixed_batches(), 40, segmenter=lc.Grid(3, 3)))
        for model in (apart, here)
    )
    assert np.array_equal(ours.weights, theirs.weights)


def test_what_is_changed_after_a_scene_was_given_does_not_count(apart, here):
    image = SCENES[0][0].copy()
    score = apart.engine.scorer(image, *SCENES[0][1:])
    image[:] = 0
    assert np.array_equal(score(MASKS[0]), here.engine.scorer(*SCENES[0])(MASKS[0]))


def test_a_file_is_guessed_at_as_here(running, folder):
    found = lc.FileGuess("safetensors", "squeezenet1_1", (224, 224), 3, 3, "", 26, 2_896_140)
    assert lc.guess_isolated(folder / "own.safetensors") == found


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (lc.ModelLimits(layers=25), "has 26 layers, and no more than 25 are taken"),
        (lc.ModelLimits(memory_bytes=2_000_000), "need 2.896 MB, and a model has no more than 2 MB of memory"),
    ],
)
def test_a_model_beyond_the_limits_is_refused_before_it_is_built(running, folder, limits, sentence):
    with pytest.raises(lc.ModelUnavailable, match=sentence):
        lc.guess_isolated(folder / "own.safetensors", limits)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(running, apart, folder):
    limits, sentence = lc.ModelLimits(file_bytes=1_000_000), r"has 2\.901 MB, and no more than 1 MB are taken"
    with pytest.raises(lc.ModelUnavailable, match=sentence):
        lc.guess_isolated(folder / "own.safetensors", limits)
    with pytest.raises(lc.ModelUnavailable, match=sentence):
        lc.load_isolated(folder / "own.toml", limits)
    assert len(apart.outputs(SCENES[0][0][None])) == 1  # the model of the process is the one before


class Canary:
    def __reduce__(self):
        return os.mkdir, ("canary",)


def test_a_pickle_is_refused_and_nothing_in_it_runs(running, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.safetensors").write_bytes(pickle.dumps(Canary()))
    with pytest.raises(lc.ModelUnavailable) as told:
        lc.guess_isolated(tmp_path / "bad.safetensors")
    assert str(tmp_path) not in told.value.public
    assert os.listdir(tmp_path) == ["bad.safetensors"]


def test_what_is_not_there_starts_no_process(tmp_path, monkeypatch):
    monkeypatch.setattr(isolated, "ModelProcess", None)
    for load in (lc.guess_isolated, lc.load_isolated):
        with pytest.raises(lc.ModelUnavailable, match=r"There is no file missing\.toml") as told:
            load(tmp_path / "missing.toml")
        assert str(tmp_path) not in told.value.public
        with pytest.raises(lc.ModelUnavailable, match="is no file"):
            load(tmp_path)


def test_one_that_has_no_memory_or_no_time_to_load_is_said(behaving, folder, monkeypatch):
    for behavior, sentence in [("memory", "needs more than the 50 MB of memory"), ("hangs", "within 0.3 seconds")]:
        process = behaving(behavior, replace(LIMITS, load_seconds=0.3))
        monkeypatch.setattr(isolated, "ModelProcess", lambda limits, process=process: process)
        with pytest.raises(lc.ModelUnavailable, match=sentence):
            lc.load_isolated(folder / "own.toml")
        with pytest.raises(lc.ModelUnavailable, match="This model is gone"):
            process.ask({})


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (MemoryError(), "memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "memory"),
        (OSError(12, "Cannot allocate memory"), "memory"),
        (RuntimeError("another"), "BadScores"),
        (KeyError(), "BadScores"),
        (None, "BadScores"),
    ],
)
def test_want_of_memory_is_told_from_a_damaged_file(cause, told, monkeypatch):
    def load(*_, **__):
        try:
            raise ValueError from cause
        except ValueError as error:
            raise lc.BadScores("It is damaged.") from error

    monkeypatch.setattr(worker, "guess_model_file", load)
    question = {"question": "guess", "path": __file__, "limits": {}}
    assert worker.Worker().answer(question, [])[0]["error"] == told


@pytest.mark.parametrize(("rows", "told"), [(4, "memory"), (1, "")])
def test_what_may_be_want_of_memory_is_told_so_of_several_masks(rows, told):
    class Engine:
        def scorer(self, *scene):
            def score(masks):
                raise RuntimeError("GET was unable to find an engine to execute this computation")

            return score

    asking = worker.Worker()
    asking._model = SimpleNamespace(engine=Engine())
    question = {"question": "masks", "scene": 0, "others": [], "way": "scorer"}
    answer, _ = asking.answer(question, [np.ones((rows, 3), dtype=np.float32), np.zeros(0), *[np.zeros((2, 2))] * 3])
    assert answer["error"] == told
    assert told or "unable to find an engine" in answer["sentence"]


@pytest.mark.parametrize(("error", "code"), [(MemoryError, OUT_OF_MEMORY), (Closed, 0)])
def test_a_process_without_memory_for_an_answer_or_without_a_server_leaves(error, code, monkeypatch):
    def raising(*_):
        raise error

    class Left(Exception):
        pass

    def leave(code):
        raise Left(code)

    for name in ("live_no_longer_than", "confine"):
        monkeypatch.setattr(worker, name, lambda *_: None)
    for name in ("dup", "dup2", "open"):
        monkeypatch.setattr(worker.os, name, lambda *_: 0)
    monkeypatch.setattr(worker.socket, "socket", lambda fileno: None)
    monkeypatch.setattr(worker.sys, "argv", ["worker", "1", "1"])
    monkeypatch.setattr(worker, "receive", raising)
    monkeypatch.setattr(worker.os, "_exit", leave)
    with pytest.raises(Left, match=f"^{code}$"):
        worker.main()


def test_scores_that_are_none_are_refused(behaving):
    pictures = np.zeros((2, 2, 2, 3), dtype=np.uint8)
    with pytest.raises(lc.BadScores, match="NaN"):
        isolated_engine.isolated_classifier(behaving("nan"), CLAIMS).outputs(pictures)
    with pytest.raises(lc.ModelUnavailable, match="numbers that are no scores"):
        isolated_engine.isolated_classifier(behaving("bytes as scores"), CLAIMS).outputs(pictures)
    with pytest.raises(lc.ModelUnavailable, match="something else than it was asked for"):
        isolated_engine.isolated_classifier(behaving("good"), CLAIMS).outputs(pictures[:1])
    with pytest.raises(lc.ModelUnavailable, match="a size of batches that none has"):
        isolated_engine.isolated_classifier(behaving("environment"), CLAIMS).engine.batch_size  # noqa: B018


def test_a_process_that_dies_is_an_error_of_the_model_alone(behaving):
    model = isolated_engine.isolated_classifier(behaving("dies"), CLAIMS)
    score = model.engine.scorer(*np.zeros((2, 2, 2, 3), dtype=np.uint8), np.zeros((2, 2), dtype=np.int32))
    for _ in range(2):
        with pytest.raises(lc.ModelUnavailable, match="SIGSEGV"):
            score(np.ones((2, 1), dtype=np.float32))
