"""Torch: on a CPU or a GPU, masks built on the device, every batch of a shape that was there before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from lime_core.arrays import Labels, Masks, Outputs, Pixels
from lime_core.devices.compiled import Compiled
from lime_core.devices.compiling import Compiling
from lime_core.devices.device import outlive_a_lost_gpu, watched
from lime_core.devices.launching import Sending, launched
from lime_core.ending import native_code
from lime_core.engines.batch_size import Workload, batch_size
from lime_core.engines.engine import ALONE, Given, Pending, Scorer, Together, Whose, joined
from lime_core.engines.fixed_batches import BatchShapes, PaddedScorer
from lime_core.engines.masking import MaskedModel
from lime_core.networks.own import at_rest
from lime_core.networks.running import OneByOne, layout_of


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
    takes_several, takes_pictures : bool
        Whether scenes are best scored together: not on a CPU, where small batches are the fast ones, nor `OneByOne`.

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
        self.takes_several = self.takes_pictures = self.device.type != "cpu" and not isinstance(module, OneByOne)
        # To measure it would compile every size.
        self._batch_size = self.usual if workload is None or compiled == "first" else 0
        if self.device.type == "cuda":
            outlive_a_lost_gpu()
        with watched(self.device):
            self._layout = layout_of(module)
            self._module = at_rest(module).to(self.device).to(memory_format=self._layout)
        # Only the network is compiled: masks have another shape for every number of superpixels.
        first = compiled == "first"
        network = cast(nn.Module, torch.compile(self._module, dynamic=False)) if first else self._module
        self._masked = MaskedModel(network)
        meanwhile = workload if compiled == "meanwhile" else None
        self._compiling = Compiling(self._masked, precision, meanwhile, len(mean)) if meanwhile else None
        self._shapes = BatchShapes() if compiled != "never" or self.device.type != "cpu" else None
        self._sending = Sending(self.device, mean, std, order)

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
        return self.together([(image, hidden, labels)])(ALONE)

    def together(self, scenes: Sequence[Given]) -> Together:
        """How masks of several scenes are scored, padded where `padded` says so.

        Parameters
        ----------
        scenes : sequence of tuple (image, hidden, labels)
            As for `ForSeveral.together`.

        Returns
        -------
        Together
            As for `ForSeveral.together`; on a GPU its scorers have `begin`, as `Ahead` has.
        """
        ready = None
        if self._compiling and self._batch_size:  # whoever asks for one picture does not wait until it is measured
            ready = self._compiling.look(scenes[0][0], self._batch_size, self._scorer)
        launch = self._launching(scenes, ready)
        return lambda whose: self._ahead(PaddedScorer(partial(launch, whose), self._shapes))

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
        return self._ahead(self._scorer(image, hidden, labels))

    def _ahead(self, scorer: PaddedScorer) -> Scorer:
        return scorer if self.device.type != "cpu" else scorer.__call__

    def _scorer(
        self, image: Pixels, hidden: Pixels, labels: Labels, compiled: Compiled | None = None, precision: str = ""
    ) -> PaddedScorer:
        return PaddedScorer(partial(self._launching([(image, hidden, labels)], compiled, precision), ALONE))

    def _launching(
        self, scenes: Sequence[Given], compiled: Compiled | None = None, precision: str = ""
    ) -> Callable[[Whose, Masks], Pending]:
        """Begins with masks of several scenes, by the scene that each is of; empty masks behind may be of any."""
        images, hidden, labels = (np.stack(each) for each in zip(*scenes, strict=True))
        members, sending = len(scenes), self._sending
        with native_code(), watched(self.device):
            base = sending.normalised(sending.pixels(hidden))
            difference = sending.normalised(sending.pixels(images)) - base
            superpixels = sending.there(sending.pinned(torch.tensor(labels, dtype=torch.int32))).flatten(1)

        @native_code()
        def begin(network: Callable[..., Tensor], whose: Whose, masks: Masks, precision: str) -> Pending:
            rows = np.concatenate([whose, np.zeros(len(masks) - len(whose), dtype=np.int64)])
            sent, scene_of = (sending.pinned(torch.tensor(each)) for each in (masks, rows))

            def forward() -> Tensor:
                if network is self._masked and members == 1:  # which is less to look up
                    return network(sending.there(sent), superpixels[0], base, difference)
                return network(sending.there(sent), superpixels, base, difference, sending.there(scene_of))

            return launched(forward, self.device, precision)

        def launch(whose: Whose, masks: Masks) -> Pending:
            if compiled and compiled.fits(masks, members):
                try:  # it has its digits in itself: nothing is to be cast around it
                    return begin(compiled, whose, compiled.padded(masks), "f32" if self.precision == "f32" else "tf32")
                except RuntimeError:  # where memory is wanting it does not say so; the network as it is does
                    compiled.failures += 1
            return begin(self._masked, whose, masks, precision or self.precision)

        return launch

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
        waiting, answers = [], []
        for start in range(0, len(pictures), size):
            waiting.append(self._answer(pictures[start : start + size]))
            if len(waiting) > 1:  # a GPU has the next batch while one is waited for
                answers.append(waiting.pop(0)())
        return joined([*answers, *(each() for each in waiting)])

    @native_code()
    def _answer(self, pictures: Pixels) -> Pending:
        pixels = self._sending.pixels(pictures)

        def forward() -> Tensor:
            normalised = self._sending.normalised(pixels)
            return cast(Tensor, self._module(normalised.contiguous(memory_format=self._layout)))

        return launched(forward, self.device, self.precision)
