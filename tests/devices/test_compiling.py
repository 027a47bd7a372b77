"""A network is compiled while it is used; it is taken over where it agrees and is faster, and never in the way."""

import gc
import os
import shutil
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch

import lime_core as lc
from lime_core.devices import compiled, compiling
from lime_core.devices.compile_module import PASSING, REASON
from lime_core.devices.compiled import COLUMNS, MOST_FAILURES
from lime_core.devices.compiling import AFTER, KEPT, UNTRIED
from lime_core.devices.torch_engine import TorchEngine
from lime_core.engines.batch_size import Workload

ROWS = 16
MEANWHILE = ((0.5,) * 3, (0.2,) * 3, "cpu", "f32", Workload(16, 16, "digest"), "", "meanwhile")


@pytest.fixture
def engine(small, cache, monkeypatch):
    """Compiles meanwhile, on the processor; its batches have 16 rows."""
    monkeypatch.setattr("lime_core.engines.batch_size.best_batch_size", lambda score, *limits: ROWS)
    return TorchEngine(small, *MEANWHILE)


class Process:
    """Stands for the process that compiles: it ends when a test says so, and its package is what `network` does."""

    def __init__(self, command, env, **streams):
        self.folder, self.package, self.env, self.code = Path(command[-2]), Path(command[-1]), env, None
        self.killed = False
        assert torch.load(self.folder / "module", weights_only=False)
        STARTED.append(self)

    def poll(self):
        return self.code

    def ends(self, code=0):
        self.code = code
        if not code:
            self.package.write_bytes(b"compiled")

    def kill(self):
        self.killed = True

    def wait(self, seconds):
        return self.code


STARTED: list[Process] = []


@pytest.fixture(autouse=True)
def none_started():
    STARTED.clear()


@pytest.fixture
def compiler(monkeypatch, engine):
    """What the compiled network does and how long it takes: the same in half the time, unless told."""
    masked = engine._masked
    told = {"network": masked, "seconds": [1.0, 2.0], "loaded": [], "asked": []}

    def load(path, run_single_threaded, device_index):
        assert run_single_threaded
        told["loaded"].append(path)
        return lambda *given: told["asked"].append(given[0].shape) or told["network"](*given)

    monkeypatch.setattr(compiling.subprocess, "Popen", Process)
    monkeypatch.setattr(torch._inductor, "aoti_load_package", load)
    monkeypatch.setattr(compiled, "seconds", lambda *runs: told["seconds"])
    return told


def pictures(scene, count, first=0):
    """Scenes of so many different pictures."""
    return [(np.roll(scene[0], number + first, axis=0), *scene[1:]) for number in range(count)]


def use(engine, scenes):
    assert engine.batch_size == ROWS  # whoever asks for many pictures has it first
    for scene in scenes:
        engine.scorer(*scene)
        if engine._compiling.taking:
            engine._compiling.taking.join()


def test_nothing_is_compiled_for_a_single_explanation(engine, scene, compiler):
    use(engine, pictures(scene, AFTER) * 3)
    assert STARTED == []
    use(engine, pictures(scene, 1, AFTER))
    assert len(STARTED) == 1
    use(engine, pictures(scene, 5))
    assert len(STARTED) == 1
    assert engine.state == "compiling"


def test_segmentations_that_fill_a_batch_together_have_what_was_compiled(engine, scene, compiler):
    use(engine, pictures(scene, AFTER + 1))
    STARTED[0].ends()
    use(engine, [scene])
    scenes = [scene, (scene[0], scene[1][::-1], lc.segment(scene[0], lc.Grid(3, 3)).labels)]
    masks, expected = lc.Bernoulli()(ROWS, 16, 0), np.empty((ROWS, 5))
    for member, each in enumerate(scenes):
        expected[member::2] = engine.unpadded(*each)(masks[member::2, : each[2].max() + 1])
    compiler["asked"].clear()
    np.testing.assert_allclose(engine.together(scenes)(np.arange(ROWS) % 2)(masks), expected, atol=1e-6)
    assert compiler["asked"] == [(ROWS, COLUMNS)]


def test_what_agrees_and_is_faster_is_taken_over(engine, scene, compiler):
    ran, masked = [], engine._masked

    def network(masks, *rest):
        ran.append(tuple(masks.shape))
        return masked(masks, *rest)

    compiler["network"] = network
    description = engine.description
    before = engine.scorer(*scene)
    use(engine, pictures(scene, AFTER + 1))
    STARTED[0].ends()
    use(engine, [scene])
    assert engine.state == "compiled"
    assert engine.description == description  # probes are told apart by it
    masks = lc.Bernoulli()(20, 16, 0)
    expected = engine.unpadded(*scene)(masks)
    score = engine.scorer(*scene)
    ran.clear()
    found = np.concatenate([score(masks[:16]), score(masks[16:])])
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert ran == [(ROWS, COLUMNS)] * 2  # the second of them filled up
    ran.clear()
    before(masks[:16])  # of a picture that was begun without it
    score(np.ones((ROWS, COLUMNS + 1), dtype=np.float32))
    engine.unpadded(*scene)(masks)
    assert ran == []  # more superpixels than were compiled, and what has to be the same everywhere


@pytest.mark.parametrize(
    ("off", "seconds", "reason"),
    [(3.0, [1.0, 2.0], "it moves weights by"), (0.0, [2.0, 1.0], "it is no faster")],
    ids=["another answer", "slower"],
)
def test_what_answers_otherwise_or_slower_is_left_here_and_in_the_next_process(
    engine, small, scene, compiler, off, seconds, reason
):
    masked = engine._masked
    compiler |= {"network": lambda masks, *rest: masked(masks, *rest) + off * masks[:, :1], "seconds": seconds}
    use(engine, pictures(scene, AFTER + 1))
    STARTED[0].ends()
    use(engine, pictures(scene, 3))
    assert engine.state.startswith(f"not compiled: {reason}")
    assert compiler["asked"]
    assert len(compiler["loaded"]) == 1
    again = TorchEngine(small, *MEANWHILE)
    use(again, pictures(scene, AFTER + 2))
    assert again.state == engine.state
    assert len(STARTED) == len(compiler["loaded"]) == 1


def test_a_compiler_that_fails_is_not_asked_again(engine, small, scene, compiler):
    use(engine, pictures(scene, AFTER + 1))
    STARTED[0].ends(code=1)
    use(engine, [scene])
    assert engine.state == "not compiled: the compiler ended with 1"
    assert not list(STARTED[0].package.parent.glob("*.pt2"))
    use(TorchEngine(small, *MEANWHILE), pictures(scene, AFTER + 2))
    assert len(STARTED) == 1
    assert compiler["loaded"] == []
    assert not STARTED[0].folder.exists()


@pytest.mark.parametrize("code", [1, PASSING])
def test_what_the_compiler_says_went_wrong_is_told_here_and_by_the_next_process(engine, small, scene, compiler, code):
    use(engine, pictures(scene, AFTER + 1))
    (STARTED[0].folder / REASON).write_text("fatal error: nv/target: No such file or directory")
    STARTED[0].ends(code)
    use(engine, [scene])
    told = f"not compiled: the compiler ended with {code}: fatal error: nv/target: No such file or directory"
    assert engine.state == told
    again = TorchEngine(small, *MEANWHILE)
    use(again, [scene])
    assert again.state == ("" if code == PASSING else told)


def test_what_was_tried_once_is_loaded_without_being_tried(engine, small, scene, compiler):
    use(engine, pictures(scene, AFTER + 1))
    STARTED[0].ends()
    use(engine, [scene])
    assert [path.name for path in STARTED[0].package.parent.iterdir()] == [
        STARTED[0].package.name.replace(UNTRIED, ".pt2")
    ]
    compiler["asked"].clear()
    again = TorchEngine(small, *MEANWHILE)
    use(again, [scene])
    assert again.state == "compiled"
    assert len(compiler["loaded"]) == 2
    assert compiler["asked"] == []


@pytest.mark.parametrize(
    ("seconds", "state"), [([1.0, 2.0], "compiled"), ([2.0, 1.0], "not compiled: it is no faster")]
)
def test_what_nobody_has_tried_yet_the_next_process_tries(engine, small, scene, compiler, seconds, state):
    use(engine, pictures(scene, AFTER + 1))
    STARTED[0].ends()  # and its engine is asked no more
    compiler["seconds"] = seconds
    again = TorchEngine(small, *MEANWHILE)
    use(again, [scene])
    assert again.state == state
    assert compiler["asked"]
    suffixes = [path.suffixes for path in STARTED[0].package.parent.iterdir()]
    assert suffixes == [[".pt2"] if state == "compiled" else [".left"]]


def test_what_is_being_tried_or_loaded_is_said_so(engine, small, scene, compiler, monkeypatch):
    load, go, states = torch._inductor.aoti_load_package, threading.Event(), []

    def waiting(*given, **how):
        go.wait(60)
        return load(*given, **how)

    monkeypatch.setattr(torch._inductor, "aoti_load_package", waiting)
    use(engine, pictures(scene, AFTER + 1))
    STARTED[0].ends()
    for each in (engine, TorchEngine(small, *MEANWHILE)):
        assert each.batch_size == ROWS
        go.clear()
        each.scorer(*scene)
        states.append(each.state)
        go.set()
        each._compiling.taking.join()
        states.append(each.state)
    assert states == ["trying", "compiled", "loading", "compiled"]


@pytest.mark.parametrize("code", [-9, PASSING])
def test_a_compiler_that_met_what_passes_is_asked_again_by_the_next_process(engine, small, scene, compiler, code):
    use(engine, pictures(scene, AFTER + 1))
    STARTED[0].ends(code)
    use(engine, [scene])
    assert engine.state == f"not compiled: the compiler ended with {code}"
    use(TorchEngine(small, *MEANWHILE), pictures(scene, AFTER + 2))
    assert len(STARTED) == 2


@pytest.mark.parametrize("error", [OSError("no room"), RuntimeError("damaged"), ValueError("another version")])
def test_whatever_goes_wrong_the_network_runs_as_it_is(engine, scene, compiler, monkeypatch, error):
    def load(path, **how):
        raise error

    monkeypatch.setattr(torch._inductor, "aoti_load_package", load)
    use(engine, pictures(scene, AFTER + 1))
    STARTED[0].ends()
    use(engine, [scene])
    masks = lc.Bernoulli()(ROWS, 16, 0)
    np.testing.assert_array_equal(engine.scorer(*scene)(masks), engine.unpadded(*scene)(masks))
    assert engine.state == f"not compiled: {type(error).__name__}"
    assert not list(STARTED[0].package.parent.iterdir())  # a GPU that had no memory may have some tomorrow


def test_a_module_that_cannot_be_sent_to_a_process_is_not_compiled(scene, engine, compiler, monkeypatch, tmp_path):
    monkeypatch.setattr(compiling.tempfile, "tempdir", str(tmp_path))

    class Local(torch.nn.Module):
        def forward(self, pictures):
            return pictures.mean((2, 3))

    made = TorchEngine(Local(), *MEANWHILE)
    use(made, pictures(scene, AFTER + 2))
    assert made.state.startswith("not compiled")
    assert STARTED == []
    assert not list(tmp_path.glob("lime_core-*"))


def test_bf16_is_not_compiled(small, scene, cache, compiler):
    made = TorchEngine(small, *MEANWHILE[:3], "bf16", *MEANWHILE[4:])
    use(made, pictures(scene, AFTER + 2))
    assert made.state == "not compiled: bf16"
    assert STARTED == []


@pytest.mark.parametrize("ending", [".pt2", UNTRIED])
def test_packages_of_long_ago_make_room(engine, scene, compiler, cache, ending):
    folder = cache.parent / "compiled"
    folder.mkdir(parents=True)
    for number in range(KEPT + 3):
        name = f"{number}{ending if number % 2 else '.pt2'}"
        (folder / name).write_bytes(b"")
        os.utime(folder / name, (number, number))
    use(engine, pictures(scene, AFTER + 1))
    left = sorted(int(path.name.split(".")[0]) for path in folder.glob("*.pt2"))
    assert left == list(range(4, KEPT + 3))


def test_the_process_ends_with_the_engine_and_what_it_made_goes(engine, scene, compiler):
    use(engine, pictures(scene, AFTER + 1))
    [process] = STARTED
    assert Path(process.env["TORCHINDUCTOR_CACHE_DIR"]) == process.folder
    del engine.__dict__["_compiling"]
    gc.collect()
    assert process.killed
    assert not process.folder.exists()


def test_a_probe_goes_on_growing_when_its_engine_has_been_compiled(small, scene, compiler, engine):
    model = lc.Classifier("small", (), "logits", lc.Preprocessing(16, 16), engine, "digest")
    picture = lc.load_picture(scene[0])
    probe = lc.probe_image(picture, model, 20, lc.Grid(4, 4))
    use(engine, pictures(scene, AFTER + 1))
    STARTED[0].ends()
    use(engine, [scene])
    assert engine.state == "compiled"
    *_, longer = lc.grow(probe, 60, model)
    np.testing.assert_array_equal(longer.outputs[:20], probe.outputs)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="compiling for a processor needs a C++ compiler")
def test_a_real_network_is_compiled_kept_and_read_by_the_next(engine, small, scene, cache, monkeypatch):
    monkeypatch.setattr(compiled, "seconds", lambda *runs: all(run() is not None for run in runs) and [1.0, 2.0])
    use(engine, pictures(scene, AFTER + 1))
    for _ in range(600):
        if engine._compiling._process.poll() is not None:
            break
        time.sleep(0.5)
    masks = lc.Bernoulli()(20, 16, 0)
    for each in (engine, TorchEngine(small, *MEANWHILE)):
        use(each, [scene])
        score = each.scorer(*scene)
        assert each.state == "compiled"
        found = np.concatenate([score(masks[:16]), score(masks[16:])])
        np.testing.assert_allclose(found, each.unpadded(*scene)(masks), atol=1e-5)
        other = (scene[0], scene[1][::-1], lc.segment(scene[0], lc.Grid(3, 3)).labels)
        together = each.together([other, scene])((np.arange(16) + 1) % 2)(masks[:16])
        np.testing.assert_allclose(together[::2], found[:16:2], atol=1e-5)
        np.testing.assert_allclose(together[1::2], each.unpadded(*other)(masks[1:16:2, :9]), atol=1e-5)
        assert each._compiling._ready.failures == 0  # the network as it is answered none of them
    assert [path.suffix for path in (cache.parent / "compiled").iterdir()] == [".pt2"]


@pytest.mark.parametrize("rows", [32, 128])
def test_what_answers_otherwise_is_found_out_at_any_size(small, cache, scene, compiler, monkeypatch, rows):
    monkeypatch.setattr("lime_core.engines.batch_size.best_batch_size", lambda score, *limits: rows)
    engine = TorchEngine(small, *MEANWHILE[:4], Workload(16, 16, f"of {rows}"), *MEANWHILE[5:])
    assert engine.batch_size == rows
    compiler["network"] = lambda masks, *rest: engine._masked(masks, *rest) + 3.0 * masks[:, :1]
    for each in pictures(scene, AFTER + 1):
        engine.scorer(*each)
    STARTED[0].ends()
    engine.scorer(*scene)
    engine._compiling.taking.join()
    assert engine.state.startswith("not compiled: it moves weights by")
    assert set(compiler["asked"]) == {(rows, COLUMNS)}


def test_where_what_was_compiled_fails_the_network_as_it_is_answers(engine, scene, compiler):
    use(engine, pictures(scene, AFTER + 1))
    STARTED[0].ends()
    use(engine, [scene])
    assert engine.state == "compiled"

    def wanting(*given):
        raise RuntimeError("run_func_(...) API call failed at model_container_runner.cpp")

    compiler["network"] = wanting
    masks = lc.Bernoulli()(ROWS, 16, 0)
    compiler["asked"].clear()
    for _ in range(MOST_FAILURES + 2):
        np.testing.assert_array_equal(engine.scorer(*scene)(masks), engine.unpadded(*scene)(masks))
    assert len(compiler["asked"]) == MOST_FAILURES


def test_what_was_compiled_and_does_not_run_is_not_taken(engine, small, scene, compiler):
    def broken(*given):
        raise RuntimeError("run_func_(...) API call failed at model_container_runner.cpp")

    compiler["network"] = broken
    use(engine, pictures(scene, AFTER + 1))
    STARTED[0].ends()
    use(engine, [scene])
    assert engine.state == "not compiled: RuntimeError"
    again = TorchEngine(small, *MEANWHILE)
    use(again, pictures(scene, AFTER + 1))
    assert again.state == "compiling"  # memory may have been wanting


def test_a_single_picture_does_not_wait_until_the_batch_size_is_measured(small, cache, scene, monkeypatch):
    def measured(*given):
        pytest.fail("it was measured")

    monkeypatch.setattr("lime_core.engines.batch_size.best_batch_size", measured)
    engine = TorchEngine(small, *MEANWHILE)
    assert engine.scorer(*scene)(np.ones((1, 16), dtype=np.float32)).shape == (1, 5)
