"""How many samples a model scores at once: found by measuring, and made smaller where memory runs out.

A batch is doubled while the samples a second still grow, and the size found is remembered for the same model on the
same engine, also on disk.  Answers do not depend on it beyond rounding, so a disturbed measurement costs a little
speed and nothing else.
"""

from __future__ import annotations

import json
import os
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from lime_core.arrays import Labels, Masks, Outputs, Pixels
from lime_core.files.writing import cache_folder, write_atomically

Result = TypeVar("Result")

SECONDS = 1.0
"""How long measuring may take; a batch that has been started is finished, and what an engine prepares for each size in
its first run does not count."""

_REPEATS = 3
_GAIN = 1.05
_CELLS = 6
_OUT_OF_MEMORY = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "bad_alloc",
    "bad allocation",
    "failed to allocate",
    "alloc_failed",
    "allocation_failed",
)
_PERHAPS_OUT_OF_MEMORY = "unable to find an engine"
"""What cuDNN says of want of memory, and of what it cannot calculate at all: there half of the rows are no help."""

_found: dict[str, int] = {}
_one_at_a_time = threading.RLock()


@dataclass(frozen=True)
class Workload:
    """What a model is asked for.

    Parameters
    ----------
    height, width : int
        Pixels of the pictures that it takes.
    fingerprint : str, default ""
        SHA-256 of the weights; empty, nothing is remembered.
    """

    height: int
    width: int
    fingerprint: str = ""


def best_batch_size(
    score: Callable[[int], object], smallest: int = 4, largest: int = 64, clock: Callable[[], float] = time.perf_counter
) -> int:
    """The batch size, `smallest` times a power of two, from which on doubling gains no more than 5%.

    Parameters
    ----------
    score : callable of int
        Scores a batch of that many samples; what it returns is not looked at.
    smallest, largest : int
        The limits, 4 and 64 if left out.
    clock : callable without arguments
        Seconds from any start; `time.perf_counter` if left out.

    Returns
    -------
    int
        The size; the smallest one also where memory does not suffice even for that.

    Raises
    ------
    Exception
        Whatever `score` raises that is not want of memory.
    """
    best, best_rate, size, left = smallest, 0.0, smallest, SECONDS
    while size <= largest and left > 0:
        durations = within_memory(partial(_durations, partial(score, size), left, clock), size)
        if durations is None:
            break
        rate = size / max(statistics.median(durations), 1e-9)
        if rate <= _GAIN * best_rate:
            break
        best, best_rate = size, rate
        left -= sum(durations)
        size *= 2
    return best


def _durations(run: Callable[[], object], left: float, clock: Callable[[], float]) -> list[float]:
    run()
    durations: list[float] = []
    while len(durations) < _REPEATS and (sum(durations) < left or not durations):
        start = clock()
        run()
        durations.append(clock() - start)
    return durations


def batch_size(
    scorer: Callable[[Pixels, Pixels, Labels], Callable[[Masks], Outputs]],
    workload: Workload,
    engine: str,
    smallest: int = 4,
    largest: int = 64,
) -> int:
    """The best batch size of an engine for a workload: remembered, read from the cache folder, or measured.

    A size that want of memory has cut off is remembered by this process alone: the next may have more.

    Parameters
    ----------
    scorer : callable
        `Engine.scorer` of the engine.
    workload : Workload
        The model, and the size of its pictures.
    engine : str
        The engine's description.
    smallest, largest : int
        The limits, 4 and 64 if left out.

    Returns
    -------
    int
        As `best_batch_size` measures it.

    Raises
    ------
    Exception
        As `best_batch_size` does.
    """
    key = f"{workload.fingerprint} · {workload.height} × {workload.width} · {engine} · {os.cpu_count()} cores"
    with _one_at_a_time:
        if workload.fingerprint and key not in _found:
            size = _read().get(key)
            if size is not None and smallest <= size <= largest:
                _found[key] = size
        if workload.fingerprint and key in _found:
            return _found[key]
        best, cut_off = _measure(scorer, workload, smallest, largest)
        if workload.fingerprint:
            _found[key] = best
            if not cut_off:
                _keep(key, best)
        return best


def _measure(
    scorer: Callable[[Pixels, Pixels, Labels], Callable[[Masks], Outputs]],
    workload: Workload,
    smallest: int,
    largest: int,
) -> tuple[int, bool]:
    rng = np.random.default_rng(0)
    height, width = workload.height, workload.width
    image, hidden = rng.integers(0, 256, (2, height, width, 3), dtype=np.uint8)
    rows, columns = np.arange(height) * _CELLS // height, np.arange(width) * _CELLS // width
    labels = np.unique(rows[:, None] * _CELLS + columns, return_inverse=True)[1].reshape(height, width)
    masks = rng.integers(0, 2, (largest, int(labels.max()) + 1)).astype(np.float32)
    ask, failed = scorer(image, hidden, labels), []

    def score(size: int) -> None:
        failed.append(size)
        ask(masks[:size])
        failed.pop()

    return best_batch_size(score, smallest, largest), bool(failed)


def speaks_of_memory(error: BaseException, rows: int = 1) -> bool:
    """Whether an error is want of memory.

    Parameters
    ----------
    error : BaseException
        Of Python, torch or OpenVINO.
    rows : int, default 1
        That were asked about; of several, half may succeed where cuDNN finds no way to calculate.

    Returns
    -------
    bool
        True for a MemoryError, or a RuntimeError whose text speaks of memory.
    """
    signs = (*_OUT_OF_MEMORY, _PERHAPS_OUT_OF_MEMORY) if rows > 1 else _OUT_OF_MEMORY
    said = isinstance(error, RuntimeError) and any(sign in str(error).lower() for sign in signs)
    return said or isinstance(error, MemoryError)


def within_memory(run: Callable[[], Result], rows: int = 1) -> Result | None:
    """What `run` returns, or None where memory does not suffice for it.

    The error is gone when this returns, and with it the traceback that holds on to the memory.

    Parameters
    ----------
    run : callable without arguments
        What may need too much; it returns anything but None.
    rows : int, default 1
        As for `speaks_of_memory`.

    Returns
    -------
    Result or None
        What it returns.

    Raises
    ------
    Exception
        Whatever `run` raises that is not want of memory.
    """
    try:
        return run()
    except (MemoryError, RuntimeError) as error:
        if not speaks_of_memory(error, rows):
            raise
    return None


def _read() -> dict[str, int]:
    folder = cache_folder()
    try:
        sizes = json.loads((folder / "batch_sizes.json").read_text("utf-8")) if folder else {}
    except (OSError, ValueError, RecursionError):
        return {}
    pairs = sizes.items() if isinstance(sizes, dict) else ()
    return {key: size for key, size in pairs if isinstance(size, int) and not isinstance(size, bool)}


def _keep(key: str, size: int) -> None:
    if folder := cache_folder():
        write_atomically(folder / "batch_sizes.json", json.dumps(_read() | {key: size}, indent=1).encode())
