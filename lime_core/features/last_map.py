"""The last map of a network, where its global average feeds one linear layer, and nothing but that makes the answers.

With the map A (rows, columns, channels), the linear layer W (k, channels) and its bias b, the answers are

    logits = mean of A over all cells @ Wᵀ + b

so each cell has a share of every logit, and so has each superpixel: the sum over its pixels of the map, resized to the
crop.  Whether a network has this form is seen in one pass through it and verified in numbers, not read from its code.

References
----------
Zhou, Khosla, Lapedriza, Oliva, Torralba (2016), "Learning Deep Features for Discriminative Localization", CVPR: class
activation mapping.
"""

from __future__ import annotations

import copy
import logging
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lime_core.arrays import Floats, Labels, Pixels, check_shape, read_only
from lime_core.ending import native_code
from lime_core.engines.preprocessing import Preprocessing, in_channels
from lime_core.networks.own import at_rest

_RTOL, _ATOL = 1e-3, 1e-4

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Seen:
    """What one pass shows: all maps in their order, the linear layer that answers, what it is given, its answers."""

    maps: list[Tensor]
    linear: nn.Linear | None
    pooled: Tensor
    logits: Tensor


class LastMap:
    """The last map of a torch module; on the CPU and in float32, whatever the model runs on.

    Parameters
    ----------
    module : nn.Module
        Takes normalised pictures (1, c, h, w).  It is copied and stays as it is.
    seen : Preprocessing
        Its input size and normalisation.

    Attributes
    ----------
    shape : tuple of three int
        Rows, columns and channels of the map.
    weights : (k, channels) float32, read-only
        The linear layer.
    bias : (k,) float32, read-only
        Its bias; zeros where it has none.

    Raises
    ------
    ValueError
        For a module of another form; says what it lacks.
    """

    def __init__(self, module: nn.Module, seen: Preprocessing) -> None:
        self._mean = torch.tensor(seen.mean).view(1, -1, 1, 1)
        self._std = torch.tensor(seen.std).view(1, -1, 1, 1)
        self._order, self._size = seen.order, (seen.height, seen.width)
        self._one_at_a_time = threading.Lock()
        noise = np.random.default_rng(0).integers(0, 256, (*self._size, 3), dtype=np.uint8)
        try:
            self._layers = at_rest(copy.deepcopy(module).cpu().float())
            shown = self._pass(noise)
        except Exception as error:  # whatever a module does when it is copied or followed
            log.info("The last map of the model cannot be followed", exc_info=True)
            raise ValueError("its network cannot be copied or followed") from error
        linear = shown.linear
        if linear is None:
            raise ValueError("its answers do not come from one linear layer")
        self._place = _place(shown.maps, shown.pooled)
        cells = shown.maps[self._place][0].permute(1, 2, 0)
        self.shape = tuple(cells.shape)
        weights, k = linear.weight.numpy(), len(linear.weight)
        bias = np.zeros(k, dtype=np.float32) if linear.bias is None else linear.bias.numpy()
        self.weights, self.bias = read_only(weights.copy()), read_only(bias.copy())
        expected = cells.mean(dim=(0, 1)).numpy() @ self.weights.T + self.bias
        if not np.allclose(expected, shown.logits[0].numpy(), _RTOL, _ATOL):
            raise ValueError("its answers are something else than the mean of a map through one linear layer")

    def __call__(self, image: Pixels) -> NDArray[np.float32]:
        """The map of a crop.

        Parameters
        ----------
        image : (h, w, 3) uint8
            What the model sees.

        Returns
        -------
        (rows, columns, channels) float32
            The last layer's answer for each cell of the crop.

        Raises
        ------
        ValueError
            For a picture of another size than the module takes.
        """
        check_shape("image", image, *self._size, 3)
        return self._pass(image).maps[self._place][0].permute(1, 2, 0).contiguous().numpy()

    @native_code()
    def _pass(self, image: Pixels) -> _Seen:
        """Run the copy, with hooks on it that end with the run."""
        seen = in_channels(image, self._mean.shape[1], self._order)
        batch = (torch.tensor(seen.copy()).permute(2, 0, 1)[None].float() / 255.0 - self._mean) / self._std
        maps: list[Tensor] = []
        linear: list[tuple[nn.Linear, Tensor, Tensor]] = []

        def see(part: nn.Module, given: tuple[Any, ...], answer: Any) -> None:
            if isinstance(answer, Tensor) and answer.ndim == 4:
                # Kept and not copied: an activation that works in place, as DenseNet's last, changes it afterwards.
                maps.append(answer)
            elif isinstance(part, nn.Linear) and answer.ndim == 2:
                linear.append((part, given[0], answer))

        with self._one_at_a_time:
            hooks = [part.register_forward_hook(see) for part in self._layers.modules()]
            try:
                with torch.inference_mode():
                    answers = _tensor_of(self._layers(batch))
            finally:
                for hook in hooks:
                    hook.remove()
        answering = answers is not None and linear and torch.equal(linear[-1][2], answers)
        return _Seen(maps, *linear[-1]) if answering else _Seen(maps, None, batch, batch)


def _tensor_of(answers: Any) -> Tensor | None:
    """The logits of what a module returns: a tensor, the first of several, or what is called so."""
    if isinstance(answers, tuple | list) and answers:
        answers = answers[0]
    answers = answers.get("logits") if isinstance(answers, dict) else getattr(answers, "logits", answers)
    return answers if isinstance(answers, Tensor) else None


def _place(maps: list[Tensor], pooled: Tensor) -> int:
    """Which of the maps has these means, the last one first; one cell is no map.  Raises ValueError where none has."""
    for place in range(len(maps) - 1, -1, -1):
        channels, rows, columns = maps[place].shape[1:]
        fits = rows * columns > 1 and pooled.shape == (1, channels)
        if fits and torch.allclose(maps[place].mean(dim=(2, 3)), pooled, _RTOL, _ATOL):
            return place
    raise ValueError("what its last linear layer is given is no mean over a map")


def summed(cells: NDArray[np.float32], labels: Labels) -> NDArray[np.float32]:
    """Sum a map over superpixels: resized to the crop, bilinear, each pixel counting with its share of the crop.

    Parameters
    ----------
    cells : (rows, columns, channels) float32
        The map.
    labels : (h, w) int32
        The superpixel of every pixel, 0..d-1, every one present.

    Returns
    -------
    (d, channels) float32
        Where the crop has a whole number of pixels for each cell, the rows add up to the mean of the map.
    """
    (h, w), (rows, columns) = labels.shape, cells.shape[:2]
    d, count = int(labels.max()) + 1, rows * columns
    shares = np.zeros(d * count)
    for row, down in _corners(h, rows):
        for column, right in _corners(w, columns):
            into = labels.astype(np.intp) * count + row[:, None] * columns + column
            shares += np.bincount(into.ravel(), weights=np.outer(down, right).ravel(), minlength=d * count)
    return (shares.reshape(d, count) / labels.size @ cells.reshape(count, -1)).astype(np.float32)


def _corners(length: int, cells: int) -> list[tuple[NDArray[np.intp], Floats]]:
    """For each of an axis's pixels the two cells that it lies between, and how much each counts."""
    place = np.clip((np.arange(length) + 0.5) * cells / length - 0.5, 0, cells - 1)
    low = np.floor(place).astype(np.intp)
    return [(low, 1 - (place - low)), (np.minimum(low + 1, cells - 1), place - low)]
