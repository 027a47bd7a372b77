"""A network that is compiled while it is already used: in a process of its own, kept on disk, never in the way.

Torch compiles for 10 to 60 seconds and holds Python's lock for most of them, so another process does it: the whole way
from masks to answers, for one size of batch, `COLUMNS` superpixels and `MEMBERS` segmentations, as a package
(AOTInductor) that is loaded in a moment, also by the next process.  With each picture it is looked whether the package
is there.  It is taken where it moves no weight by more than `precision.MOST` standard errors from f32 and is faster;
else the network runs on as it is, here and in the next process.  Where anything goes wrong it runs on too, and the next
process tries again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import weakref
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from lime_core.arrays import Pixels
from lime_core.devices.compile_module import OUTPUT, PASSING, REASON, surroundings
from lime_core.devices.compiled import COLUMNS, MEMBERS, Compiled, ScoringWith, objection
from lime_core.ending import native_code
from lime_core.engines.batch_size import Workload
from lime_core.engines.masking import MaskedModel
from lime_core.files.writing import cache_folder
from lime_core.version import __version__

AFTER = 3
"""Different pictures that have to be asked about before anything is compiled: one explanation is over sooner."""

UNTRIED = ".untried.pt2"
"""How the name of a package ends that nobody has tried; torch warns of any other ending."""

KEPT = 8
"""Packages that stay on disk, each as large as the weights; the oldest leave first."""


class Compiling:
    """What becomes of compiling one network.

    Parameters
    ----------
    masked : MaskedModel
        The network with its masks, on its device.
    precision : {"f32", "tf32", "f16", "bf16"}
        As in `digits`.  A network in bf16 is not compiled: its two ways of rounding are too far apart.
    workload : Workload
        Its pictures, and the digest of its weights; without one nothing is kept on disk.
    channels : int
        Of its pictures.

    Attributes
    ----------
    state : str
        For people: "", "compiling", "trying", "loading", "compiled" or "not compiled", with the reason.
    """

    def __init__(self, masked: MaskedModel, precision: str, workload: Workload, channels: int) -> None:
        self.state = "not compiled: bf16" if precision == "bf16" else ""
        self._masked, self._precision, self._workload, self._channels = masked, precision, workload, channels
        self._one_at_a_time = threading.Lock()
        self._pictures: set[int] = set()
        self._ready: Compiled | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._scratch = Path()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.taking: threading.Thread | None = None

    def look(self, image: Pixels, rows: int, scoring: ScoringWith) -> Compiled | None:
        """The compiled network, where it is there; else it is begun once it is worth it, and taken when it is ready.

        Parameters
        ----------
        image : ndarray (h, w, 3) of uint8
            The picture that is to be asked about.
        rows : int
            Of the batches that the network is fastest with.
        scoring : callable
            `Engine.scorer`, which takes a `Compiled` network too, and a precision for the network as it is.

        Returns
        -------
        Compiled or None
            What to ask about the whole of this picture.
        """
        if not (self._ready or self.state.startswith("not")) and self._one_at_a_time.acquire(blocking=False):
            try:
                with native_code():
                    self._look(image, rows, scoring)
            except Exception as error:  # whatever a disk or a system does: the network runs as it is
                self._end(f"not compiled: {type(error).__name__}")
            finally:
                self._one_at_a_time.release()
        return self._ready

    def _look(self, image: Pixels, rows: int, scoring: ScoringWith) -> None:
        if self.taking:
            return
        package = self._package(rows)
        if self._process is None:
            if package.with_suffix(".left").is_file():
                self.state = f"not compiled: {package.with_suffix('.left').read_text('utf-8')}"
            elif package.is_file() or package.with_suffix(UNTRIED).is_file():
                self._take(package, rows, scoring)
            else:
                self._pictures.add(zlib.crc32(image.tobytes()))
                if len(self._pictures) > AFTER:
                    self._begin(package, rows)
        elif (code := self._process.poll()) is not None:
            if code:
                reason = f"the compiler ended with {code}"
                with suppress(OSError):
                    reason += f": {(self._scratch / REASON).read_text('utf-8')}"
                for_good = code > 0 and code != PASSING  # below 0 it was killed
                self._leave(package, package.with_suffix(UNTRIED), reason, for_good)
            else:
                self._take(package, rows, scoring)

    def _take(self, package: Path, rows: int, scoring: ScoringWith) -> None:
        """Load what is ready, and try it unless that was done before, in a thread: nobody waits for it."""
        known = package.is_file()
        file = package if known else package.with_suffix(UNTRIED)
        self.state = "loading" if known else "trying"

        def take() -> None:
            try:
                with native_code():
                    compiled = Compiled.load(file, rows, self._device)
                    size = self._workload.height, self._workload.width
                    if reason := "" if known else objection(compiled, size, scoring):
                        self._leave(package, file, reason)
                        return
                    if not known:
                        with suppress(OSError):  # the next process tries it again
                            file.replace(package)
                    self._ready = compiled
                    self._end("compiled")
            except Exception as error:  # whatever a compiler or a driver does: the network runs as it is
                self._leave(package, file, type(error).__name__, for_good=False)

        self.taking = threading.Thread(target=take, daemon=True)
        self.taking.start()

    def _begin(self, package: Path, rows: int) -> None:
        package.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in sorted(package.parent.glob("*.pt2"), key=lambda path: path.stat().st_mtime)[: 1 - KEPT]:
            old.unlink(missing_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix="lime_core-"))  # what a compiler leaves is a hundred times the package
        try:
            size = (self._channels, self._workload.height, self._workload.width)
            torch.save((self._masked, self._precision, rows, size), scratch / "module")
            paths = os.pathsep.join(os.path.abspath(path) for path in sys.path)
            own = surroundings(self._device, scratch) | {
                "PYTHONPATH": paths,
                "TORCHINDUCTOR_CACHE_DIR": str(scratch),
                "TMPDIR": str(scratch),
            }
            made = package.with_suffix(UNTRIED)
            command = [sys.executable, "-P", "-m", "lime_core.devices.compile_module", str(scratch), str(made)]
            nowhere = subprocess.DEVNULL
            with open(scratch / OUTPUT, "wb") as output:
                self._process = subprocess.Popen(
                    command, env={**os.environ, **own}, stdin=nowhere, stdout=nowhere, stderr=output
                )
        except BaseException:
            shutil.rmtree(scratch, ignore_errors=True)
            raise
        self._scratch = scratch
        self._stop = weakref.finalize(self, _stop, self._process, scratch)  # and with the process that holds this
        self.state = "compiling"

    def _leave(self, package: Path, file: Path, reason: str, for_good: bool = True) -> None:
        """Go on as before without a file; for good, wherever this network is loaded with the same cache folder."""
        self._end(f"not compiled: {reason}")
        with suppress(OSError):
            file.unlink(missing_ok=True)  # what another process has taken meanwhile stays
            if for_good:
                package.with_suffix(".left").write_text(reason, "utf-8")

    def _end(self, state: str) -> None:
        self.state = state
        if self._process:
            self._stop()

    def _package(self, rows: int) -> Path:
        folder = cache_folder() if self._workload.fingerprint else None
        if folder is None:
            self._folder = self._folder or tempfile.TemporaryDirectory(prefix="lime_core-")
            folder = Path(self._folder.name)
        device = self._device
        card = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
        facts = (
            self._workload,
            self._precision,
            rows,
            COLUMNS,
            MEMBERS,
            card,
            str(device),
            torch.__version__,
            __version__,
        )
        return folder / "compiled" / f"{hashlib.sha256(repr(facts).encode()).hexdigest()[:32]}.pt2"

    @property
    def _device(self) -> torch.device:
        return next((parameter.device for parameter in self._masked.parameters()), torch.device("cpu"))


def _stop(process: subprocess.Popen[Any], scratch: Path) -> None:
    with suppress(OSError, subprocess.TimeoutExpired):
        process.kill()
        process.wait(5)
    shutil.rmtree(scratch, ignore_errors=True)
