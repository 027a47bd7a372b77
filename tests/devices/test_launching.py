"""Launching: one thread for all that runs on CUDA, and whoever asks has its answers and its errors."""

import subprocess
import sys
import threading

import pytest
import torch

from lime_core.devices import launching
from lime_core.devices.launching import launched
from lime_core.errors import DeviceLost

CUDA = torch.device("cuda")


@pytest.fixture
def threads(monkeypatch):
    """Which threads launched; CUDA is stood in for by the processor."""
    seen, begun = [], launching._begun

    def noted(forward, device, precision):
        seen.append(threading.get_ident())
        return begun(forward, torch.device("cpu"), precision)

    monkeypatch.setattr(launching, "_begun", noted)
    return seen


def test_one_thread_launches_for_all(threads):
    found = {}

    def ask(number):
        found[number] = launched(lambda: torch.full((2, 3), float(number)), CUDA, "f32")()

    asking = [threading.Thread(target=ask, args=(number,)) for number in range(5)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len(threads) == 5
    assert len(set(threads)) == 1
    assert threading.get_ident() not in threads
    assert all((found[number] == number).all() for number in range(5))


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("CUDA out of memory."), DeviceLost("It has failed.")])
def test_errors_are_those_of_whoever_asked(threads, error):
    def fail():
        raise error

    with pytest.raises(type(error)) as raised:
        launched(fail, CUDA, "f32")
    assert raised.value is error


def test_on_a_processor_whoever_asks_runs_it(threads):
    launched(lambda: torch.zeros(1, 2), torch.device("cpu"), "f32")
    assert threads == [threading.get_ident()]


def test_a_network_may_write_its_next_answers_into_the_same_tensor():
    buffer = torch.zeros(1, 2)
    first, second = (launched(lambda: buffer.add_(1.0), torch.device("cpu"), "f32") for _ in range(2))
    assert (first().tolist(), second().tolist()) == ([[1.0, 1.0]], [[2.0, 2.0]])


ENDS = """
import threading, time
import torch
from lime_core.devices import launching

at_work = threading.Event()
launching._begun = lambda forward, device, precision: forward()
for _ in range(3):
    asking = lambda: launching.launched(lambda: at_work.set() or time.sleep(300), torch.device("cuda"), "f32")
    threading.Thread(target=asking, daemon=True).start()
at_work.wait(60)
"""


def test_the_process_ends_though_a_gpu_is_at_work():
    done = subprocess.run([sys.executable, "-c", ENDS], capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stderr
    assert "terminate" not in done.stderr
