"""Torch: on a CPU or a GPU, masks built on the device, every batch of a shape that was there before."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from lime_core.arrays import Labels, Masks, Outputs, Pixels
from lime_core.ending import native_code
from lime_core.engines.batch_size import Workload, batch_size
from lime_core.engines.engine import MaskedModel, Scorer, joined
from lime_core.engines.preprocessing import in_channels

_ONE_AT_A_TIME = threading.Lock()
"""Held while torch runs a model: its switches for precision are those of the whole process."""


class TorchEngine:
    """A torch module on a CPU or GPU.

    On a GPU every batch has a shape that was there before, the last one padded, since a new shape is prepared anew.

    Parameters
    ----------
    module : nn.Module
        Takes normalised pictures (b, c, h, w) and returns (b, k).  It is put into evaluation mode, its parameters are
        frozen, and it is moved to the device.
    mean, std : sequence of float
        Of each of c channels, 3 or 1, for pixels in 0..1.
    device : str
        "cpu", "cuda", "cuda:1" or "mps".
    precision : {"f32", "bf16"}
        "bf16" is autocast to bfloat16.
    workload : Workload, optional
        What the batch size is measured with; None takes a usual one.
    note : str, default ""
        A few words for the description, such as why this engine and no faster one.
    compiled : bool, default False
        By `torch.compile`, which takes up to a minute at the first batch.
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
        compiled: bool = False,
        order: str = "RGB",
    ) -> None:
        self.device = torch.device(device)
        self.precision = precision
        engine = "torch.compile" if compiled else "torch"
        self.description = f"{engine} · {device} · {precision}" + (f" ({note})" if note else "")
        self._workload = workload
        # Small batches stay in the processor's cache: 8 is over twice as fast as 32 on a CPU; a GPU wants many.
        self.usual = 8 if self.device.type == "cpu" else 128
        self._batch_size = self.usual if workload is None or compiled else 0  # measuring compiles every size
        self._module = module.requires_grad_(False).eval().to(self.device)
        self._module.to(memory_format=torch.channels_last)
        # Only the network is compiled: masks have another shape for every number of superpixels.
        network = cast(nn.Module, torch.compile(self._module, dynamic=False)) if compiled else self._module
        self._masked = MaskedModel(network)
        self._shapes = BatchShapes() if compiled or self.device.type != "cpu" else None
        self._mean = torch.tensor(mean).view(1, -1, 1, 1)
        self._std = torch.tensor(std).view(1, -1, 1, 1)
        self._order = order

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
            engine = f"{self.description} · {torch.cuda.get_device_name(self.device)}" if cuda else self.description
            limits = (4, 64) if self.device.type == "cpu" else (32, 512)
            self._batch_size = batch_size(self.scorer, self._workload, engine, *limits)
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
            As for `Engine.scorer`.
        """
        score, shapes = self.unpadded(image, hidden, labels), self._shapes
        if shapes is None:
            return score
        return lambda masks: shapes.padded(masks, score)[: len(masks)]

    def unpadded(self, image: Pixels, hidden: Pixels, labels: Labels) -> Scorer:
        """A scorer that gives the module batches as they come, for whoever pads them otherwise.

        Parameters
        ----------
        image, hidden, labels : ndarray
            As for `Engine.scorer`.

        Returns
        -------
        Scorer
            As for `Engine.scorer`.
        """
        with native_code():
            base = self._normalised(hidden[None])
            difference = (self._normalised(image[None]) - base).to(self.device)
            base = base.to(self.device)
            superpixels = torch.tensor(labels.ravel(), dtype=torch.int32, device=self.device)

        def score(masks: Masks) -> Outputs:
            return self._run(lambda: self._masked(self._sent(torch.tensor(masks)), superpixels, base, difference))

        return score

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
        """
        size = self.usual if len(pictures) <= self.usual else self.batch_size
        answers = [self._answer(pictures[start : start + size]) for start in range(0, len(pictures), size)]
        return joined(answers)

    @native_code()
    def _answer(self, pictures: Pixels) -> Outputs:
        batch = self._normalised(pictures).contiguous(memory_format=torch.channels_last)
        return self._run(lambda: self._module(self._sent(batch)))

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

    def _run(self, forward: Callable[[], Tensor]) -> Outputs:
        reduced = self.precision == "bf16"
        # Convolutions on a GPU round to 10 bits by default: f32 here means f32, and the same answer to the same batch.
        exact = torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=reduced)
        autocast = torch.autocast(self.device.type, torch.bfloat16, enabled=reduced)
        with native_code(), _ONE_AT_A_TIME, exact, torch.inference_mode(), autocast:
            return forward().float().cpu().numpy()


class BatchShapes:
    """The batch sizes that a device has been prepared for; a smaller batch is padded to the next of them.

    Parameters
    ----------
    sizes : iterable of int, default ()
        Those to begin with.
    """

    def __init__(self, sizes: Iterable[int] = ()) -> None:
        self._sizes = set(sizes)

    def padded(self, masks: Masks, run: Callable[[Masks], Outputs]) -> Outputs:
        """What `run` answers to the masks with empty ones added behind them.

        A size that fails is forgotten, and so is every larger one: half of a batch that was too large for the memory
        must not be padded to it again.

        Parameters
        ----------
        masks : ndarray (b, d) of float32
            One batch.
        run : Scorer
            Masks to answers.

        Returns
        -------
        ndarray (size, k) of float32
            The first b rows are those of the masks; size is b where no larger one is known.

        Raises
        ------
        Exception
            Whatever `run` raises.
        """
        size = min((size for size in list(self._sizes) if size >= len(masks)), default=len(masks))
        filled = np.zeros((size, masks.shape[1]), dtype=np.float32)
        filled[: len(masks)] = masks
        try:
            answers = run(filled)
        except Exception:
            self._sizes = {smaller for smaller in self._sizes if smaller < size}
            raise
        self._sizes.add(size)
        return answers
