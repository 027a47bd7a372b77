"""Launching: pictures go to a device as uint8, answers are under way while the next are sent, one thread for all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import cache, partial
from queue import SimpleQueue

import torch
from torch import Tensor

from lime_core.arrays import Outputs, Pixels
from lime_core.devices.device import watched
from lime_core.devices.digits import digits
from lime_core.ending import native_code
from lime_core.engines.engine import Pending
from lime_core.engines.preprocessing import in_channels

_ONE_AT_A_TIME = threading.Lock()
"""Held while torch runs a model, or launches it on a GPU: its switches for precision are those of the whole process."""

_STARTING = threading.Lock()
_Made = SimpleQueue[Pending | BaseException]


class Sending:
    """Sends pictures and masks to one device.

    Parameters
    ----------
    device : torch.device
        Where to.
    mean, std : sequence of float
        Of each of c channels, 3 or 1, for pixels in 0..1.
    order : {"RGB", "BGR"}
        Of three channels; mean and std are in it.
    """

    def __init__(self, device: torch.device, mean: Sequence[float], std: Sequence[float], order: str) -> None:
        self._device, self._order = device, order
        self._mean, self._std = (torch.tensor(each, device=device).view(1, -1, 1, 1) for each in (mean, std))

    def pixels(self, pictures: Pixels) -> Tensor:
        """Pictures ready to be sent, a quarter of what normalised ones are.

        Parameters
        ----------
        pictures : ndarray (n, h, w, 3) of uint8
            As they are.

        Returns
        -------
        Tensor (n, h, w, c) of uint8
            A copy, from which a GPU can fetch them.
        """
        with watched(self._device):
            # A copy, for torch takes no view that runs backwards.
            return self.pinned(torch.from_numpy(in_channels(pictures, self._mean.shape[1], self._order).copy()))

    def normalised(self, pixels: Tensor) -> Tensor:
        """Send pictures, and normalise them there.

        Parameters
        ----------
        pixels : Tensor (n, h, w, c) of uint8
            As `pixels` gives them.

        Returns
        -------
        Tensor (n, c, h, w) of float32
            On the device.
        """
        return (self.there(pixels).permute(0, 3, 1, 2).float() / 255.0 - self._mean) / self._std

    def pinned(self, tensor: Tensor) -> Tensor:
        """Put a tensor where a GPU fetches it from while the processor goes on.

        Parameters
        ----------
        tensor : Tensor
            In the processor's memory.

        Returns
        -------
        Tensor
            A copy for CUDA, else the same.
        """
        return tensor.pin_memory() if self._device.type == "cuda" else tensor

    def there(self, tensor: Tensor) -> Tensor:
        """Send a tensor.

        Parameters
        ----------
        tensor : Tensor
            As `pinned` gives it.

        Returns
        -------
        Tensor
            On the device.
        """
        # Elsewhere the tensor might be gone before it is read.
        return tensor.to(self._device, non_blocking=self._device.type == "cuda")


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
            # Copied, for a network may write its next answers into the same tensor.
            rows = forward().float().cpu().numpy().copy()
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
