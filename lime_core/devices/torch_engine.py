"""Torch: on a CPU or a GPU, masks built on the device, every batch of a shape that was there before."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from lime_core.arrays import Labels, Masks, Outputs, Pixels
from lime_core.devices.compiled import Compiled
from lime_core.devices.compiling import Compiling
from lime_core.devices.device import watched
from lime_core.devices.digits import digits
from lime_core.ending import native_code
from lime_core.engines.batch_size import Workload, batch_size
from lime_core.engines.engine import MaskedModel, Pending, Scorer, joined
from lime_core.engines.fixed_batches import BatchShapes, PaddedScorer
from lime_core.engines.preprocessing import in_channels

_ONE_AT_A_TIME = threading.Lock()
"""Held while torch runs a model, or launches it on a GPU: its switches for precision are those of the whole process."""


class TorchEngine:
    """A torch module on a CPU or GPU.

    On a GPU every batch has a shape that was there before, the last one padded, since a new shape is prepared anew; and
    the next batch is launched before the answers to one are waited for.

    Parameters
    ----------
    module : nn.Module
        Takes normalised pictures (b, c, h, w) and returns (b, k).  It is put into evaluation mode, its parameters are
        frozen, and it is moved to the device.
    mean, std : sequence of float
        Of each of c channels, 3 or 1, for pixels in 0..1.
    device : str
        "cpu", "cuda", "cuda:1" or "mps".
    precision : {"f32", "tf32", "f16", "bf16"}
        As in `digits`.
    workload : Workload, optional
        What the batch size is measured with; None takes a usual one.
    note : str, default ""
        A few words for the description, such as why this engine and no faster one.
    compiled : {"never", "first", "meanwhile"}
        "first" has `torch.compile` take up to a minute at the first batch; "meanwhile" compiles in a process of its
        own while the module runs as it is, see `Compiling`; it needs a workload.
    order : {"RGB", "BGR"}
        Of three channels; mean and std are in it.

    Attributes
    ----------
    description : str
        Names engine, device and precision, and has the note.
    usual : int
        The batch size that is usually best: 8 on a CPU, 128 elsewhere.

    Raises
    ------
    RuntimeError, AssertionError
        As torch raises them when the device is not there.
    """

    def __init__(
        self,
        module: nn.Module,
        mean: Sequence[float],
        std: Sequence[float],
        device: str,
        precision: str,
        workload: Workload | None = None,
        note: str = "",
        compiled: str = "never",
        order: str = "RGB",
    ) -> None:
        self.device = torch.device(device)
        self.precision = precision
        self._name = f"{'torch.compile' if compiled == 'first' else 'torch'} · {device} · {precision}"
        self.description = f"{self._name} ({note})" if note else self._name
        self._workload = workload
        # Small batches stay in the processor's cache: 8 is over twice as fast as 32 on a CPU; a GPU wants many.
        self.usual = 8 if self.device.type == "cpu" else 128
        # To measure it would compile every size.
        self._batch_size = self.usual if workload is None or compiled == "first" else 0
        with watched(self.device):
            self._module = module.requires_grad_(False).eval().to(self.device)
            self._module.to(memory_format=torch.channels_last)
        # Only the network is compiled: masks have another shape for every number of superpixels.
        first = compiled == "first"
        network = cast(nn.Module, torch.compile(self._module, dynamic=False)) if first else self._module
        self._masked = MaskedModel(network)
        meanwhile = workload if compiled == "meanwhile" else None
        self._compiling = Compiling(self._masked, precision, meanwhile, len(mean)) if meanwhile else None
        self._shapes = BatchShapes() if compiled != "never" or self.device.type != "cpu" else None
        self._mean = torch.tensor(mean).view(1, -1, 1, 1)
        self._std = torch.tensor(std).view(1, -1, 1, 1)
        self._order = order

    @property
    def state(self) -> str:
        """What became of compiling meanwhile, for people; empty where nothing is compiled."""
        return self._compiling.state if self._compiling else ""

    @property
    def padded(self) -> bool:
        """Whether a smaller batch is padded to a size that was there before."""
        return self._shapes is not None

    @property
    def batch_size(self) -> int:
        """The number of masks it is fastest with, measured when it is first asked for."""
        if not self._batch_size:
            assert self._workload is not None
            cuda = self.device.type == "cuda"
            engine = f"{self._name} · {torch.cuda.get_device_name(self.device)}" if cuda else self._name
            limits = (4, 64) if self.device.type == "cpu" else (32, 512)
            self._batch_size = batch_size(self.unpadded, self._workload, engine, *limits)
        return self._batch_size

    def scorer(self, image: Pixels, hidden: Pixels, labels: Labels) -> Scorer:
        """How masks of one picture are scored, padded where `padded` says so.

        Parameters
        ----------
        image, hidden, labels : ndarray
            As for `Engine.scorer`.

        Returns
        -------
        Scorer
            As for `Engine.scorer`; on a GPU it has `begin`, as `Ahead` has.
        """
        ready = self._compiling.look(image, self.batch_size, self._scorer) if self._compiling else None
        scorer = self._scorer(image, hidden, labels, ready)
        if self._shapes is None:
            return scorer.__call__
        padded = PaddedScorer(scorer.begin, self._shapes)
        return padded if self.device.type != "cpu" else padded.__call__

    def unpadded(self, image: Pixels, hidden: Pixels, labels: Labels) -> Scorer:
        """A scorer that gives the module batches as they come, never compiled, for whoever pads them otherwise.

        Parameters
        ----------
        image, hidden, labels : ndarray
            As for `Engine.scorer`.

        Returns
        -------
        Scorer
            As for `Engine.scorer`; on a GPU it has `begin`, as `Ahead` has.
        """
        scorer = self._scorer(image, hidden, labels)
        return scorer if self.device.type != "cpu" else scorer.__call__

    def _scorer(
        self, image: Pixels, hidden: Pixels, labels: Labels, compiled: Compiled | None = None, precision: str = ""
    ) -> PaddedScorer:
        with native_code(), watched(self.device):
            base = self._normalised(hidden[None])
            difference = (self._normalised(image[None]) - base).to(self.device)
            superpixels = torch.tensor(labels.ravel(), dtype=torch.int32, device=self.device)
            scene = (superpixels, base.to(self.device), difference)

        def launch(masks: Masks) -> Pending:
            fast = compiled if compiled and compiled.fits(masks) else None
            sent = torch.tensor(fast.padded(masks) if fast else masks)
            # What is compiled has its digits in itself: nothing is to be cast around it.
            how = "tf32" if fast and self.precision != "f32" else precision or self.precision
            return self._launch(lambda: (fast or self._masked)(self._sent(sent), *scene), how)

        return PaddedScorer(launch)

    def score(self, pictures: Pixels) -> Outputs:
        """Answers to whole pictures, in batches.

        Parameters
        ----------
        pictures : ndarray (n, h, w, 3) of uint8
            Of the size that the model takes, at least one.

        Returns
        -------
        ndarray (n, k) of float32
            The model's answers.

        Raises
        ------
        DeviceLost
            When the GPU has failed.
        """
        size = self.usual if len(pictures) <= self.usual else self.batch_size
        answers = [self._answer(pictures[start : start + size]) for start in range(0, len(pictures), size)]
        return joined(answers)

    @native_code()
    def _answer(self, pictures: Pixels) -> Outputs:
        batch = self._normalised(pictures).contiguous(memory_format=torch.channels_last)
        return self._launch(lambda: self._module(self._sent(batch)), self.precision)()

    def _normalised(self, pictures: Pixels) -> Tensor:
        # A copy, for torch takes no view that runs backwards.
        pixels = in_channels(pictures, self._mean.shape[1], self._order).copy()
        batch = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255.0
        return (batch - self._mean) / self._std

    def _sent(self, tensor: Tensor) -> Tensor:
        """The tensor on the device; a GPU fetches it from pinned memory while the processor goes on."""
        if self.device.type == "cuda":
            return tensor.pin_memory().to(self.device, non_blocking=True)
        return tensor.to(self.device)

    def _launch(self, forward: Callable[[], Tensor], precision: str) -> Pending:
        """Start what gives answers, and return how they are waited for; a GPU copies them while the next ones run."""
        on_cuda = self.device.type == "cuda"
        with native_code(), _ONE_AT_A_TIME, watched(self.device), digits(precision, self.device.type):
            if not on_cuda:
                rows = forward().float().cpu().numpy()
                return lambda: rows
            with torch.cuda.device(self.device):
                answers = forward().float()
                host = torch.empty(answers.shape, dtype=answers.dtype, pin_memory=True)
                host.copy_(answers, non_blocking=True)
                copied = torch.cuda.Event(blocking=True)  # who waits sleeps
                copied.record()

        def wait() -> Outputs:
            with native_code(), watched(self.device):
                copied.synchronize()
            return host.numpy()

        return wait
