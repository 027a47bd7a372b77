"""Many pictures in processes that die: the results are those of a run that nothing disturbed, to the last byte."""

import errno
import hashlib
import os
import resource
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from functools import partial
from multiprocessing import Pipe
from pathlib import Path

import pytest
from PIL import Image

import lime_core as lc
from lime_core.batch import local_pool
from lime_core.cli import batch
from lime_core.cli.main import main
from tests.support.planted import BLACK, GRID, textured_picture
from tests.support.planted_batch import (
    DEADLY,
    DEADLY_ONCE,
    OPTIONS,
    bright_picture,
    load,
    load_and_die,
    load_deadly,
    load_nothing,
)

ROOT = Path(__file__).parent.parent.parent
NUMBER = 6


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    for seed in range(NUMBER):
        Image.fromarray(textured_picture(seed).pixels).save(folder / f"{seed}.png")
    return folder


def build(photos, folder):
    return ["prior", "build", str(photos), *OPTIONS, "--out", str(folder / "prior.npz"), "--work", str(folder)]


def sha256(folder):
    return hashlib.sha256((folder / "prior.npz").read_bytes()).hexdigest()


@pytest.fixture
def here(monkeypatch):
    """Runs a command in this process, with the planted model."""
    monkeypatch.setattr(batch, "load_model", load)
    return lambda *arguments: main([*map(str, arguments)])


@pytest.fixture(scope="module")
def undisturbed(photos, tmp_path_factory):
    """SHA-256 of the prior of a run by one process that nothing disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "load_model", load)
        assert main(build(photos, folder)) == 0
    return sha256(folder)


def in_a_process(arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "tests.support.planted_batch", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def shards(folder):
    return sorted(path.name for path in folder.glob("*/pictures/*.npz"))


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_that_was_killed_goes_on_to_the_same_prior(photos, tmp_path, here, undisturbed, workers):
    kills = "self 8" if workers == 1 else "8"  # in the third picture of a process
    killed = in_a_process([*build(photos, tmp_path), "--workers", str(workers)], PLANTED_KILLS=kills)
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "prior.npz").exists()
    kept = shards(tmp_path)
    assert 0 < len(kept) < NUMBER
    assert here(*build(photos, tmp_path), "--resume") == 0
    assert set(kept) < set(shards(tmp_path))
    assert sha256(tmp_path) == undisturbed


def test_ctrl_c_reaches_the_driver_alone_and_the_run_goes_on(photos, tmp_path, here, undisturbed, monkeypatch, capsys):
    real = lc.LocalPool.get
    calls = []

    def interrupted(pool):
        calls.append(pool)
        if len(calls) == 3:
            for worker in pool._workers:  # as a terminal does: everyone gets it
                os.kill(worker.process.pid, signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
        return real(pool)

    with monkeypatch.context() as patch:
        patch.setattr(lc.LocalPool, "get", interrupted)
        assert here(*build(photos, tmp_path), "--workers", 2) == 130
    assert "stopped; 2 finished pictures stay in" in capsys.readouterr().err
    assert not any(worker.process.is_alive() for worker in calls[0]._workers)
    assert len(shards(tmp_path)) == 2
    assert here(*build(photos, tmp_path), "--resume") == 0
    assert sha256(tmp_path) == undisturbed


def test_a_disk_that_refuses_is_one_line_and_nothing_is_torn(photos, tmp_path, here, undisturbed, capsys):
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, usual[1]))  # enough for the job's settings, not for a result
    try:
        code = here(*build(photos, tmp_path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert code == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("lime-core: error: The files could not be written to ")
    assert "File too large" in last
    assert last.endswith("go on with --resume.")
    assert not shards(tmp_path)
    assert not list(tmp_path.glob("**/.*"))
    assert here(*build(photos, tmp_path), "--resume") == 0
    assert sha256(tmp_path) == undisturbed


def test_a_picture_whose_process_dies_is_given_to_another_one_but_not_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(local_pool, "ATTEMPTS", 2)
    pictures = [textured_picture(0), bright_picture(DEADLY_ONCE), bright_picture(DEADLY)]
    with closing(lc.LocalPool(partial(load_deadly, str(tmp_path / "died")), 1)) as pool:
        job = lc.Job.of(pool.model, segmenter=GRID, hiding=BLACK, num_samples=40)
        found = list(lc.run_batch(job, pictures, tmp_path, pool))
        left = lc.run_batch(job, pictures[:1] * 2 + [textured_picture(7)], tmp_path / "left", pool)
        assert next(left).result  # while another picture is with a process
        left.close()
        again = list(
            lc.run_batch(replace(job, probing=replace(job.probing, seed=1)), [textured_picture(5)], tmp_path, pool)
        )
        assert [outcome.error for outcome in again] == [""]  # a process that has had a job takes another
        pool.start(Unreadable())
        pool.put(pictures[0])
        with pytest.raises(lc.LimeError, match="The job could not be read in another process: ValueError"):
            pool.get()
    assert (tmp_path / "died").exists()
    assert [outcome.error for outcome in sorted(found, key=lambda outcome: outcome.index)] == [
        "",
        "",
        "2 processes have died while they explained this picture, the last one by the signal SIGKILL.",
    ]
    model = load()
    for outcome, picture in zip(found[:2], pictures, strict=False):
        assert outcome.result.figures == job.run(picture, model).figures


class Unreadable:
    """Stands for a job whose options another process does not know."""

    def __reduce__(self):
        return int, ("no number",)


def test_processes_with_different_models_end_the_run():
    pool, (ours, theirs) = object.__new__(lc.LocalPool), Pipe()
    pool._facts, pool._job, pool._stillborn = lc.ModelFacts.of(load()), None, 0
    pool._workers = [local_pool._Worker(0, None, ours)]
    theirs.send(pool._facts)
    pool._listen()
    theirs.send(replace(pool._facts, engine="another"))
    with pytest.raises(lc.LimeError, match="run the model in different ways"):
        pool._listen()


def test_a_process_that_cannot_be_started_is_no_full_disk(monkeypatch):
    def refuse(process):
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(local_pool.SpawnProcess, "start", refuse)
    with pytest.raises(lc.LimeError, match="A process could not be started: Resource temporarily unavailable"):
        lc.LocalPool(load, 1)


def test_a_model_that_no_process_can_load_is_an_error(monkeypatch):
    monkeypatch.setattr(local_pool, "ATTEMPTS", 1)
    with ThreadPoolExecutor() as both:
        missing, dead = (both.submit(lc.LocalPool, load, 1) for load in (load_nothing, load_and_die))
    assert str(missing.exception()) == "There is no such model."
    assert isinstance(missing.exception(), lc.ModelUnavailable)
    assert "have died while they loaded the model, the last one with the exit code 3" in str(dead.exception())


@pytest.mark.parametrize(("workers", "threads"), [(0, 0), (1, -1)])
def test_a_number_of_workers_or_threads_that_cannot_be_says_so(workers, threads):
    with pytest.raises(ValueError, match="workers must be at least 1 and threads at least 0"):
        lc.LocalPool(load, workers, threads)
