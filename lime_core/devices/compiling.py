"""A network that is compiled while it is already used: in a process of its own, kept on disk, never in the way.

Torch compiles for 10 to 60 seconds and holds Python's lock for most of them, so another process does it: the whole way
from masks to answers, for one size of batch and `COLUMNS` superpixels, as a package (AOTInductor) that is loaded in a
moment, also by the next process.  Between two pictures it is looked whether the package is there.  It is taken where it
moves no weight by more than `precision.MOST` standard errors and is faster; else, or where anything goes wrong, the
network runs on as it is.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lime_core.arrays import Labels, Masks, Pixels
from lime_core.ending import native_code
from lime_core.engines.batch_size import Workload
from lime_core.engines.engine import MaskedModel, Scorer, joined
from lime_core.engines.precision import MOST, Scoring, movement, soft_colors
from lime_core.files.writing import cache_folder

COLUMNS = 256
"""Superpixels that a compiled network takes; pictures with more are run as ever."""

AFTER = 3
"""Pictures that have to be asked about before anything is compiled: one explanation is over sooner."""

KEPT = 8
"""Packages that stay on disk, each as large as the weights; the oldest leave first."""


class Compiled:
    """A compiled network.

    Parameters
    ----------
    run : callable
        Masks (rows, COLUMNS), superpixels, hidden picture and difference, as `MaskedModel` takes them, to answers.
    rows : int
        Of a batch.
    """

    def __init__(self, run: Callable[..., Tensor], rows: int) -> None:
        self._run, self.rows = run, rows

    def __call__(self, *given: Tensor) -> Tensor:
        return self._run(*(each.contiguous() for each in given))  # it takes the strides that it was compiled for

    def padded(self, masks: Masks) -> Masks:
        """Masks with empty rows and columns up to the size that was compiled.

        Parameters
        ----------
        masks : ndarray (b, d) of float32
            At most `rows` by `COLUMNS`.

        Returns
        -------
        ndarray (rows, COLUMNS) of float32
            The first b rows and d columns are the masks.
        """
        filled = np.zeros((self.rows, COLUMNS), dtype=np.float32)
        filled[: len(masks), : masks.shape[1]] = masks
        return filled


ScoringWith = Callable[[Compiled | None], Scoring]


class Compiling:
    """What becomes of compiling one network.

    Parameters
    ----------
    masked : MaskedModel
        The network with its masks, on its device.
    precision : {"f32", "tf32", "f16", "bf16"}
        As in `digits`.
    workload : Workload
        Its pictures, and the digest of its weights; without one nothing is kept on disk.
    channels : int
        Of its pictures.

    Attributes
    ----------
    state : str
        For people: "", "compiling", "compiled" or "not compiled", with the reason.
    """

    def __init__(self, masked: MaskedModel, precision: str, workload: Workload, channels: int) -> None:
        self.state = ""
        self._masked, self._precision, self._workload, self._channels = masked, precision, workload, channels
        self._one_at_a_time = threading.Lock()
        self._pictures = 0
        self._ready: Compiled | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def fitting(self, masks: Masks) -> Compiled | None:
        """The compiled network, where it is there and a batch fits into it without being mostly filled up.

        Parameters
        ----------
        masks : ndarray (b, d) of float32
            The batch.

        Returns
        -------
        Compiled or None
            None where the network as it is does better.
        """
        ready = self._ready
        if ready and ready.rows // 2 < len(masks) <= ready.rows and masks.shape[1] <= COLUMNS:
            return ready
        return None

    def look(self, rows: int, scoring: ScoringWith) -> None:
        """Begin to compile, or take over what is ready; to be called between two pictures.

        Parameters
        ----------
        rows : int
            Of the batches that the network is fastest with.
        scoring : callable
            A `Compiled` network, or None for the one as it is, to how it scores: `Engine.scorer` with that network.
        """
        if self._ready or self.state.startswith("not") or not self._one_at_a_time.acquire(blocking=False):
            return
        try:
            with native_code():
                self._look(rows, scoring)
        except Exception as error:  # whatever a compiler, a driver or a disk does: the network runs as it is
            self._end(f"not compiled: {type(error).__name__}")
        finally:
            self._one_at_a_time.release()

    def _look(self, rows: int, scoring: ScoringWith) -> None:
        self._pictures += 1
        if self._process is None:
            package = self._package(rows)
            if package.is_file():
                self._take(package, rows, scoring)
            elif self._pictures >= AFTER:
                self._begin(package, rows)
            return
        if (code := self._process.poll()) is None:
            return
        if code:
            self._end(f"not compiled: the compiler ended with {code}")
        else:
            self._take(self._package(rows), rows, scoring)

    def _take(self, package: Path, rows: int, scoring: ScoringWith) -> None:
        compiled = Compiled(torch._inductor.aoti_load_package(str(package)), rows)
        if self._gains(compiled, scoring):
            self._ready = compiled
            self._end("compiled")
        else:
            self._end("not compiled: it would gain nothing")

    def _gains(self, compiled: Compiled, scoring: ScoringWith) -> bool:
        """Whether it answers as the network does as it is, and faster."""
        rng, size = np.random.default_rng(0), (self._workload.height, self._workload.width)
        pictures = [soft_colors(rng, *size) for _ in range(3)]
        fast, slow = _in_batches(scoring(compiled), compiled.rows), scoring(None)
        if movement(fast, slow, pictures) > MOST:
            return False
        labels = np.arange(size[0] * size[1], dtype=np.int32).reshape(size) % COLUMNS
        masks = rng.integers(0, 2, (compiled.rows, COLUMNS)).astype(np.float32)
        fast_s, slow_s = (_seconds(partial(each(pictures[0], pictures[1], labels), masks)) for each in (fast, slow))
        return fast_s < slow_s

    def _begin(self, package: Path, rows: int) -> None:
        package.parent.mkdir(parents=True, exist_ok=True)
        for old in sorted(package.parent.glob("*.pt2"), key=lambda path: path.stat().st_mtime)[: 1 - KEPT]:
            old.unlink(missing_ok=True)
        given = package.with_suffix(f".{id(self)}.module")
        size = (self._channels, self._workload.height, self._workload.width)
        try:
            torch.save((self._masked, self._precision, rows, size), given)
        except BaseException:
            given.unlink(missing_ok=True)
            raise
        paths = os.pathsep.join(os.path.abspath(path) for path in sys.path)
        environment, nowhere = {**os.environ, "PYTHONPATH": paths}, subprocess.DEVNULL
        command = [sys.executable, "-P", "-m", "lime_core.devices.compile_module", str(given), str(package)]
        self._process = subprocess.Popen(command, env=environment, stdin=nowhere, stdout=nowhere, stderr=nowhere)
        weakref.finalize(self, _stop, self._process, given)  # with this object, and with the process that holds it
        self.state = "compiling"

    def _end(self, state: str) -> None:
        self.state = state
        if self._process:
            _stop(self._process, None)

    def _package(self, rows: int) -> Path:
        folder = cache_folder() if self._workload.fingerprint else None
        if folder is None:
            self._folder = self._folder or tempfile.TemporaryDirectory(prefix="lime_core-")
            folder = Path(self._folder.name)
        device = next((parameter.device for parameter in self._masked.parameters()), torch.device("cpu"))
        card = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
        facts = (self._workload, self._precision, rows, COLUMNS, card, str(device), torch.__version__)
        return folder / "compiled" / f"{hashlib.sha256(repr(facts).encode()).hexdigest()[:32]}.pt2"


def _in_batches(scoring: Scoring, rows: int) -> Scoring:
    def scorer(image: Pixels, hidden: Pixels, labels: Labels) -> Scorer:
        score = scoring(image, hidden, labels)
        return lambda masks: joined([score(masks[start : start + rows]) for start in range(0, len(masks), rows)])

    return scorer


def _seconds(run: Callable[[], object]) -> float:
    """The least of three runs."""
    durations = []
    for _ in range(3):
        start = time.perf_counter()
        run()
        durations.append(time.perf_counter() - start)
    return min(durations)


def _stop(process: subprocess.Popen[Any], given: Path | None) -> None:
    with suppress(OSError):
        process.kill()
        process.wait()
    if given:
        given.unlink(missing_ok=True)
