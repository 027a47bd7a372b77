"""The first layers of a model, which describe what superpixels look like.

They are found by following one empty picture through the module, and only they are copied, so that an engine can let go
of the rest.  A picture costs one pass through them: less than asking the model about a few samples.
"""

from __future__ import annotations

import copy
import hashlib
import logging
import threading
from collections.abc import Callable, Collection, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lime_core.arrays import Pixels
from lime_core.ending import native_code
from lime_core.engines.preprocessing import Preprocessing, in_channels
from lime_core.networks.own import at_rest, evaluating
from lime_core.networks.running import layout_of

_FINE, _COARSE = 9, 16  # pixels for each cell of a map; layers without padding make a little more than 8 of 8

log = logging.getLogger(__name__)


class EarlyLayers:
    """The first layers of a torch module; on the CPU and in float32, whatever the rest runs on.

    Parameters
    ----------
    layers : nn.Module
        The module, of which only these layers need be there; it is put into evaluation mode, frozen
        and moved to the CPU.
    parts : int
        How many parts of it have finished when the map is there.
    seen : Preprocessing
        Input size and normalisation of the module.

    Attributes
    ----------
    kind : str
        The size of their map and a digest of their weights.
    features : int
        How many each superpixel is described by, twice the channels of the map.
    """

    def __init__(self, layers: nn.Module, parts: int, seen: Preprocessing) -> None:
        self._layout = layout_of(layers)
        self._layers = at_rest(layers.cpu().float()).to(memory_format=self._layout)
        self._parts = parts
        self._mean = torch.tensor(seen.mean).view(1, -1, 1, 1)
        self._std = torch.tensor(seen.std).view(1, -1, 1, 1)
        self._order = seen.order
        self._one_at_a_time = threading.Lock()
        checksum = hashlib.sha256(repr((parts, seen)).encode())
        for key, tensor in sorted(self._layers.state_dict().items()):
            checksum.update(key.encode())
            checksum.update(np.ascontiguousarray(tensor.numpy()).tobytes())
        shape = self(np.zeros((seen.height, seen.width, 3), dtype=np.uint8)).shape
        self.kind = f"early layers, {' × '.join(map(str, shape))}, {checksum.hexdigest()[:16]}"
        self.features = 2 * shape[2]

    @native_code()
    def __call__(self, image: Pixels) -> NDArray[np.float32]:
        """The map of a crop.

        Parameters
        ----------
        image : ndarray (h, w, 3) of uint8
            What the model sees.

        Returns
        -------
        ndarray (rows, columns, channels) of float32
            The last layer's answer for each cell of the crop.
        """
        seen = in_channels(image, self._mean.shape[1], self._order)
        batch = (torch.tensor(seen.copy()).permute(2, 0, 1)[None].float() / 255.0 - self._mean) / self._std
        answers: list[Any] = []

        def see(_: nn.Module, answer: Any) -> None:
            answers.append(answer)
            if len(answers) == self._parts:
                raise _Enough

        with self._one_at_a_time:
            _follow(self._layers, batch.contiguous(memory_format=self._layout), see)
        cells = _as_map(answers[-1], image.shape[0] / image.shape[1])
        assert cells is not None
        return cells.contiguous().numpy()


def early_layers(module: nn.Module, seen: Preprocessing) -> EarlyLayers | None:
    """The layers up to the last map with a cell for about every 8 × 8 pixels; None where no such map is found.

    A model that starts with larger cells, such as a vision transformer, gives its first map, of cells up to 16 × 16.
    The module is put into evaluation mode, nothing else in it changes, and nothing of it is kept but copies.

    Parameters
    ----------
    module : nn.Module
        Takes normalised pictures (1, c, h, w).
    seen : Preprocessing
        Its input size and normalisation.

    Returns
    -------
    EarlyLayers or None
        None also for a module that cannot be followed or copied, whatever it raises.
    """
    try:
        evaluating(module)
        sample = next(module.parameters(), torch.empty(0))
        picture = torch.zeros((1, seen.channels, seen.height, seen.width), dtype=sample.dtype, device=sample.device)
        finished = _finished_at_the_map(module, picture)
        if not finished:
            return None
        # A copy of a module whose later parts are taken for copied already: as empty ones.
        missing: dict[int, Any] = {id(part): nn.Identity() for part in _not_reached(module, set(finished))}
        return EarlyLayers(copy.deepcopy(module, missing), len(finished), seen)
    except Exception:  # whatever a module does when it is followed or copied
        log.info("The first layers of the model cannot be followed", exc_info=True)
        return None


class _Enough(Exception):
    """What is wanted of a module is there."""


@native_code()
def _follow(module: nn.Module, batch: Tensor, see: Callable[[nn.Module, Any], None]) -> None:
    """Run a module and show each part of it with its answer as it finishes, until `see` has enough.

    Hooks and not a tracer: tracing turns every module of the process into its own, and follows fewer models.
    """
    hooks = [part.register_forward_hook(lambda part, _, answer: see(part, answer)) for part in module.modules()]
    try:
        with torch.inference_mode():
            module(batch)
    except _Enough:
        pass
    finally:
        for hook in hooks:
            hook.remove()


def _finished_at_the_map(module: nn.Module, picture: Tensor) -> list[nn.Module]:
    """The parts that have finished when the map is there, in their order, a part for each time; empty without a map."""
    height, width = picture.shape[2:]
    finished: list[nn.Module] = []
    parts, rows = 0, height

    def see(part: nn.Module, answer: Any) -> None:
        nonlocal parts, rows
        finished.append(part)
        cells = _as_map(answer, height / width)
        r = 0 if cells is None else len(cells)
        if not (r == rows or 0 < 2 * r <= rows + 2):  # maps halve; one that does not is attention between tokens
            return
        if r * _FINE < height:
            if parts == 0 and r * _COARSE >= height:
                parts = len(finished)
            raise _Enough
        parts, rows = len(finished), r

    _follow(module, picture, see)
    return finished[:parts]


def _as_map(answer: Any, shape: float) -> Tensor | None:
    """An answer as (rows, columns, channels), if its rows and columns are in the proportion of the picture's.

    The channels may come first or last.  What is pooled to one cell is no map.
    """
    if not isinstance(answer, Tensor) or answer.ndim != 4 or len(answer) != 1:
        return None
    for cells in (answer[0].permute(1, 2, 0), answer[0]):
        rows, columns = cells.shape[:2]
        if rows > 1 and abs(rows - shape * columns) <= 0.1 * rows:
            return cells
    return None


def _not_reached(module: nn.Module, finished: Collection[nn.Module]) -> Iterator[nn.Module]:
    """The parts inside a module that is still at work which had no turn yet."""
    for part in module.children():
        if part in finished:
            continue
        lists = isinstance(part, nn.ModuleList | nn.ModuleDict)  # never at work themselves, but looked into
        if lists or any(inner in finished for inner in part.modules()):
            yield from _not_reached(part, finished)
        else:
            yield part
