"""The app and the command line end in order at any moment: while a model is prepared, and while it explains."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import lime_core as lc
from lime_core import ending
from tests.browser import app
from tests.support.visitors import apart, visit

LIMIT = 60
"""Seconds for everything that is waited for."""

WRONG = ("terminate called", "Fatal Python error", "Exception in thread", "Exception ignored", "Traceback")

moments = random.Random(5)


def program(text, *arguments, cwd=app.ROOT, **environment):
    """A Python program that prints a line when it is ready to be ended."""
    return subprocess.Popen(
        [sys.executable, "-c", text, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(app.ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process, moment=None, number=signal.SIGINT):
    """Its exit code and what it says on stderr, once it is ready and was sent a signal at that moment after it."""
    try:
        process.stdout.readline()
        if moment is not None:
            time.sleep(moment)
            process.send_signal(number)
        error = process.communicate(timeout=LIMIT)[1]
    finally:
        process.kill()
    assert not [wrong for wrong in WRONG if wrong in error], error
    return process.returncode, error


OPENED = """
import sys, time
from streamlit.testing.v1 import AppTest

page = AppTest.from_file("app.py", default_timeout=60).run()
assert not page.exception, page.exception
print("ready", flush=True)
time.sleep(float(sys.argv[1]))
"""


@pytest.mark.parametrize("moment", [moments.uniform(0, 1), moments.uniform(1, 2)])
def test_an_interpreter_ends_in_order_while_the_app_prepares_its_model(tmp_path, moment):
    code, _ = end(program(OPENED, moment, HOME=str(tmp_path), XDG_CACHE_HOME=str(tmp_path)))
    assert code == 0


@pytest.mark.parametrize(
    ("number", "moment"), [(number, moments.uniform(0, 2)) for number in (signal.SIGINT, signal.SIGTERM)]
)
def test_a_server_ends_in_order_while_it_prepares_its_model(tmp_path, number, moment):
    async def look(url):
        async with visit(url):
            await asyncio.sleep(moment)

    with app.serve(tmp_path, end=number) as url:
        apart(look(url))


def test_a_server_ends_in_order_while_it_explains(tmp_path):
    async def ask(url):
        async with visit(url) as visitor:
            await visitor.send(visitor.pressed(lc.GALLERY["chelsea"].title))
            await visitor.settled()
            await visitor.send(visitor.moved("num_samples", 5000), visitor.pressed("Explain"))
            await asyncio.sleep(moments.uniform(0.5, 1.5))

    with app.serve(tmp_path) as url:
        apart(ask(url))


SCORES = """
import threading
import numpy as np
import torch
import lime_core as lc

network = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())
model = lc.torch_classifier("small", network, lc.Preprocessing(64, 64), [], "cpu", engine="torch", kind="logits")
begun = threading.Event()

def score():
    while True:
        model.engine.score(np.zeros((8, 64, 64, 3), dtype=np.uint8))
        begun.set()

for _ in range(3):
    threading.Thread(target=score, daemon=True).start()
begun.wait()
"""


def test_an_interpreter_ends_in_order_while_threads_score():
    assert end(program(SCORES))[0] == 0


COMMAND = """
import sys
from lime_core.cli.main import main

print("ready", flush=True)
sys.exit(main(["explain", "gallery:chelsea", "--num-samples", "100000"]))
"""


@pytest.mark.parametrize("moment", [moments.uniform(0.1, 3)])
def test_ctrl_c_ends_a_command_with_its_exit_code(tmp_path, moment):
    code, error = end(program(COMMAND, cwd=tmp_path, XDG_CACHE_HOME=str(tmp_path)), moment)
    assert code == 130
    assert error.endswith("lime-core: error: stopped; nothing was written\n")


def test_ctrl_c_ends_a_command_that_is_still_being_imported(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "lime_core", "explain", "gallery:chelsea"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(app.ROOT), "PYTHONPROFILEIMPORTTIME": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while "lime_core.errors" not in process.stderr.readline():  # torch comes later
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        error = process.communicate(timeout=LIMIT)[1]
    finally:
        process.kill()
    assert process.returncode == 130
    assert error.endswith("lime-core: error: stopped; nothing was written\n")
    assert "Traceback" not in error


ENDING = f"""
import atexit, importlib.util, threading, time

spec = importlib.util.spec_from_file_location("ending", {ending.__file__!r})
ending = importlib.util.module_from_spec(spec)
spec.loader.exec_module(ending)
begun = threading.Event()

def start(work):
    threading.Thread(target=work, daemon=True).start()
    begun.wait()
"""


def test_a_step_that_takes_too_long_ends_as_by_a_signal():
    text = """
ending.PATIENCE = 0.2

@ending.native_code()
def work():
    begun.set()
    threading.Event().wait()

start(work)
"""
    assert end(program(ENDING + text))[0] == -signal.SIGTERM


def test_the_end_waits_for_a_step_and_no_other_begins():
    text = """
@ending.native_code()
def work():
    begun.set()
    time.sleep(0.5)
    print("done", flush=True)
    with ending.native_code():
        print("another", flush=True)

start(work)
print("ready", flush=True)
"""
    process = program(ENDING + text)
    assert process.communicate(timeout=LIMIT)[0] == "ready\ndone\n"
    assert process.returncode == 0


def test_the_end_waits_for_garbage_to_be_collected():
    text = """
import gc

class Model:
    def __del__(self):
        begun.set()
        time.sleep(0.5)
        print("freed", flush=True)

def work():
    model = Model()
    model.itself = model
    del model
    gc.collect()

start(work)
"""
    process = program(ENDING + text)
    assert process.communicate(timeout=LIMIT)[0] == "freed\n"
    assert process.returncode == 0


def test_who_ends_the_process_may_still_use_a_model():
    text = """
@ending.native_code()
def work():
    print("worked", flush=True)

atexit.unregister(ending._end)
atexit.register(work)
atexit.register(ending._end)  # runs first
"""
    process = program(ENDING + text)
    assert process.communicate(timeout=LIMIT)[0] == "worked\n"
    assert process.returncode == 0


FORKED = """
import gc, os

def enter():
    while True:
        with ending.native_code():
            pass
        begun.set()

for _ in range(2):
    start(enter)
for _ in range(20):
    child = os.fork()
    if child == 0:
        gc.collect()
        with ending.native_code():
            os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
print("ready", flush=True)
os._exit(0)
"""


def test_a_child_does_not_wait_for_threads_that_are_not_in_it():
    assert end(program(ENDING + FORKED))[0] == 0


def test_an_interrupt_that_a_library_swallows_is_raised_once_more():
    def swallowed(kind):
        with ending.interrupts_kept():
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt as error:
                if kind is not None:
                    raise kind("an operator is missing") from error

    before = signal.getsignal(signal.SIGINT)
    for kind in (None, RuntimeError):
        with pytest.raises(KeyboardInterrupt):
            swallowed(kind)
        assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(RuntimeError), ending.interrupts_kept():
        raise RuntimeError("another error stays what it is")
    with ThreadPoolExecutor(1) as pool:  # signals are for the main thread alone

        def elsewhere():
            with ending.interrupts_kept():
                return 1

        assert pool.submit(elsewhere).result() == 1
