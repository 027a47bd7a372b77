"""A network is compiled while it is used; it is taken over where it agrees and is faster, and never in the way."""

import gc
import os
import shutil
import time

import numpy as np
import pytest
import torch

import lime_core as lc
from lime_core.devices import compiling as module
from lime_core.devices.compiling import AFTER, COLUMNS, KEPT, Compiled
from lime_core.devices.torch_engine import TorchEngine
from lime_core.engines.batch_size import Workload

ROWS = 16


@pytest.fixture
def engine(small, cache, monkeypatch):
    """Compiles meanwhile, on the processor; its batches have 16 rows."""
    monkeypatch.setattr("lime_core.engines.batch_size.best_batch_size", lambda score, *limits: ROWS)
    return TorchEngine(small, (0.5,) * 3, (0.2,) * 3, "cpu", "f32", Workload(16, 16, "digest"), compiled="meanwhile")


@pytest.fixture
def compiler(monkeypatch):
    """Stands for the process that compiles: it ends when a test says so, and its package is the network itself."""

    class Process:
        code = None
        started: list = []  # noqa: RUF012 - of one test

        def __init__(self, command, **streams):
            self.started.append(command)
            self.masked, *_ = torch.load(command[-2], weights_only=False)

        def poll(self):
            return self.code

        def ends(self, code=0, package=b"compiled"):
            Process.code = code
            if not code:
                with open(self.started[0][-1], "wb") as file:
                    file.write(package)

        def kill(self):
            self.started.append("killed")

        def wait(self):
            return self.code

    loaded = []
    monkeypatch.setattr(module.subprocess, "Popen", Process)
    monkeypatch.setattr(torch._inductor, "aoti_load_package", lambda path: loaded.append(path) or loaded_network())

    def loaded_network():
        return lambda *given: Process.network(*given)

    monkeypatch.setattr(Process, "started", [])
    Process.loaded = loaded
    return Process


def use(engine, scene, times):
    for _ in range(times):
        engine.scorer(*scene)


def process(engine):
    return engine._compiling._process


def test_nothing_is_compiled_for_a_single_explanation(engine, scene, compiler):
    use(engine, scene, AFTER - 1)
    assert compiler.started == []
    use(engine, scene, 1)
    assert len(compiler.started) == 1
    use(engine, scene, 5)
    assert len(compiler.started) == 1
    assert engine._compiling.state == "compiling"
    assert engine.description == "torch · cpu · f32"


def test_what_agrees_and_is_faster_is_taken_over(engine, scene, compiler, monkeypatch):
    ran = []
    masked = engine._masked

    def network(masks, *rest):
        ran.append(tuple(masks.shape))
        return masked(masks, *rest)

    monkeypatch.setattr(compiler, "network", network, raising=False)
    monkeypatch.setattr(module, "_seconds", lambda run, times=iter([1.0, 2.0]): next(times))
    use(engine, scene, AFTER)
    process(engine).ends()
    masks = lc.Bernoulli()(20, 16, 0)
    expected = engine.unpadded(*scene)(masks)
    score = engine.scorer(*scene)
    assert engine.description == "torch · cpu · f32 (compiled)"
    ran.clear()
    found = np.concatenate([score(masks[:16]), score(masks[16:])])
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert ran == [(ROWS, COLUMNS)] * 2  # the second of them filled up
    ran.clear()
    wide = np.ones((ROWS, COLUMNS + 1), dtype=np.float32)
    score(wide)
    engine.unpadded(*scene)(masks)
    assert ran == []  # more superpixels than were compiled, and what has to be the same everywhere


@pytest.mark.parametrize(
    ("off", "times", "state"),
    [(3.0, [1.0, 2.0], "it would gain nothing"), (0.0, [2.0, 1.0], "it would gain nothing")],
    ids=["another answer", "slower"],
)
def test_what_answers_otherwise_or_slower_is_left(engine, scene, compiler, monkeypatch, off, times, state):
    masked, left = engine._masked, iter(times)
    monkeypatch.setattr(
        compiler, "network", lambda masks, *rest: masked(masks, *rest) + off * masks[:, :1], raising=False
    )
    monkeypatch.setattr(module, "_seconds", lambda run: next(left))
    use(engine, scene, AFTER)
    process(engine).ends()
    use(engine, scene, 3)
    assert engine._compiling.state == f"not compiled: {state}"
    assert engine.description == "torch · cpu · f32"
    assert len(compiler.loaded) == 1


def test_a_compiler_that_fails_is_not_asked_again(engine, scene, compiler):
    use(engine, scene, AFTER)
    process(engine).ends(code=1)
    use(engine, scene, 5)
    assert engine._compiling.state == "not compiled: the compiler ended with 1"
    assert compiler.loaded == []
    assert len([each for each in compiler.started if each != "killed"]) == 1


@pytest.mark.parametrize("error", [OSError("no room"), RuntimeError("damaged"), ValueError("another version")])
def test_whatever_goes_wrong_the_network_runs_as_it_is(engine, scene, compiler, monkeypatch, error):
    def load(path):
        raise error

    monkeypatch.setattr(torch._inductor, "aoti_load_package", load)
    use(engine, scene, AFTER)
    process(engine).ends()
    masks = lc.Bernoulli()(ROWS, 16, 0)
    np.testing.assert_array_equal(engine.scorer(*scene)(masks), engine.unpadded(*scene)(masks))
    assert engine._compiling.state == f"not compiled: {type(error).__name__}"


def test_a_module_that_cannot_be_sent_to_a_process_is_not_compiled(scene, cache, compiler):
    class Local(torch.nn.Module):
        def forward(self, pictures):
            return pictures.mean((2, 3))

    made = TorchEngine(Local(), (0.5,) * 3, (0.2,) * 3, "cpu", "f32", Workload(16, 16, "digest"), compiled="meanwhile")
    use(made, scene, AFTER + 1)
    assert made._compiling.state.startswith("not compiled")
    assert compiler.started == []
    assert not list(cache.parent.rglob("*.module"))


def test_packages_of_long_ago_make_room(engine, scene, compiler, cache):
    folder = cache.parent / "compiled"
    folder.mkdir(parents=True)
    for number in range(KEPT + 3):
        (folder / f"{number}.pt2").write_bytes(b"")
        os.utime(folder / f"{number}.pt2", (number, number))
    use(engine, scene, AFTER)
    assert sorted(path.name for path in folder.glob("*.pt2")) == sorted(f"{n}.pt2" for n in range(4, KEPT + 3))


def test_the_process_ends_with_the_engine(engine, scene, compiler):
    use(engine, scene, AFTER)
    del engine.__dict__["_compiling"]
    gc.collect()
    assert compiler.started[-1] == "killed"


def test_masks_are_filled_up_to_what_was_compiled():
    masks = lc.Bernoulli()(5, 16, 0)
    filled = Compiled(lambda *given: given[0], ROWS).padded(masks)
    np.testing.assert_array_equal(filled[:5, :16], masks)
    assert filled.shape == (ROWS, COLUMNS)
    assert filled.sum() == masks.sum()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="compiling for a processor needs a C++ compiler")
def test_a_real_network_is_compiled_kept_and_read_by_the_next(engine, small, scene, cache, monkeypatch):
    monkeypatch.setattr(module, "_seconds", lambda run, times=iter([1.0, 2.0] * 2): run() is not None and next(times))
    use(engine, scene, AFTER)
    for _ in range(600):
        if process(engine).poll() is not None:
            break
        time.sleep(0.5)
    masks = lc.Bernoulli()(20, 16, 0)
    for each in (
        engine,
        TorchEngine(small, (0.5,) * 3, (0.2,) * 3, "cpu", "f32", Workload(16, 16, "digest"), compiled="meanwhile"),
    ):
        score = each.scorer(*scene)
        assert each.description == "torch · cpu · f32 (compiled)"
        found = np.concatenate([score(masks[:16]), score(masks[16:])])
        np.testing.assert_allclose(found, each.unpadded(*scene)(masks), atol=1e-5)
    assert [path.suffix for path in (cache.parent / "compiled").iterdir()] == [".pt2"]
