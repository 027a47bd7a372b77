"""Launching: on a GPU answers are under way while the next batch is sent, one thread launches for all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache, partial
from queue import SimpleQueue

import torch
from torch import Tensor

from lime_core.arrays import Outputs
from lime_core.devices.device import watched
from lime_core.devices.digits import digits
from lime_core.ending import native_code
from lime_core.engines.engine import Pending

_ONE_AT_A_TIME = threading.Lock()
"""Held while torch runs a model, or launches it on a GPU: its switches for precision are those of the whole process."""

_STARTING = threading.Lock()
_Made = SimpleQueue[Pending | BaseException]


def launched(forward: Callable[[], Tensor], device: torch.device, precision: str) -> Pending:
    """Start what gives answers; a GPU copies them while the next ones run.

    Parameters
    ----------
    forward : callable without arguments
        Runs a network and returns (b, k) on the device.
    device : torch.device
        Where it runs.
    precision : {"f32", "tf32", "f16", "bf16"}
        As in `digits`.

    Returns
    -------
    Pending
        Waits for the answers (b, k) of float32; anywhere but on CUDA they are there already.

    Raises
    ------
    DeviceLost
        When the GPU has failed, also while the answers are waited for.
    Exception
        Whatever `forward` raises.
    """
    begin = partial(_begun, forward, device, precision)
    with native_code():  # whoever asks stands for the thread that launches, which is never held at the end
        if device.type != "cuda":
            return begin()
        with _STARTING:
            launcher = _launcher()
        return launcher.launch(begin)


class _Launcher:
    """A thread that launches on GPUs for all: cuDNN prepares its plans anew in each thread, and never frees them."""

    def __init__(self) -> None:
        self._asked: SimpleQueue[tuple[Callable[[], Pending], _Made]] = SimpleQueue()
        threading.Thread(target=self._run, name="launching", daemon=True).start()

    def launch(self, begin: Callable[[], Pending]) -> Pending:
        """Begin in that thread; raises what it raises."""
        made: _Made = SimpleQueue()
        self._asked.put((begin, made))
        pending = made.get()
        if isinstance(pending, BaseException):
            try:
                raise pending
            finally:
                del pending  # it holds on to what it was raised over, and so to memory of the GPU
        return pending

    def _run(self) -> None:
        while True:
            begin, made = self._asked.get()
            try:
                made.put(begin())
            except BaseException as error:
                made.put(error)
            del begin, made


_launcher = cache(_Launcher)


def _begun(forward: Callable[[], Tensor], device: torch.device, precision: str) -> Pending:
    with _ONE_AT_A_TIME, watched(device), digits(precision, device.type):
        if device.type != "cuda":
            rows = forward().float().cpu().numpy()
            return lambda: rows
        with torch.cuda.device(device):
            answers = forward().float()
            host = torch.empty(answers.shape, dtype=answers.dtype, pin_memory=True)
            host.copy_(answers, non_blocking=True)
            copied = torch.cuda.Event(blocking=True)  # who waits sleeps
            copied.record()

    def wait() -> Outputs:
        with native_code(), watched(device):
            copied.synchronize()
        return host.numpy()

    return wait
