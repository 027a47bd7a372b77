"""Features of superpixels: what each looks like to the first layers of the model, or in colour and texture.

A prior knows superpixels of other pictures by their looks, so each is described by a vector: what the first layers
answer at its centre, beside the mean of their answers over it, scaled to length 1.  Where a model has no such layers,
colour and texture stand in for them.

The layers are found by following one empty picture through the module, and only they are copied, so that an engine
can let go of the rest.  Describing a picture costs one pass through them: less than asking the model about a few
samples.

References
----------
Li et al. (2023), "G-LIME", Artificial Intelligence 314.  Its authors' InterpretDL describes superpixels in the same
way, with three layers of a residual network for whatever model is explained.
"""

from __future__ import annotations

import copy
import hashlib
import logging
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from skimage.color import rgb2lab
from torch import Tensor, nn

from lime_core.arrays import Labels, Pixels, check_shape, read_only
from lime_core.engines.preprocessing import Preprocessing

Features = NDArray[np.float32]
"""(d, f) float32, a row of length 1 for each superpixel."""

COLOR_AND_TEXTURE = "color and texture"
"""The kind of features of a model without layers that can be followed."""

_COLORS_AND_TEXTURES = 14

_FINE, _COARSE = 9, 16  # pixels for each cell of a map; layers without padding make a little more than 8 of 8
_EDGES = np.array([0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32])  # of the steepness of lightness, 1 from black to white

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Description:
    """What the superpixels of a picture look like, and where they are.

    features : (d, f) float32, rows of length 1
    places : (d, 2) float32, centre of mass of each as (row, column), 0..1 from the upper left
    kind : what the features are; only features of the same kind can be compared
    """

    features: Features
    places: NDArray[np.float32]
    kind: str

    def columns(self, position: float = 0.0) -> Features:
        """(d, f), or (d, f + 2) with the places times `position`: the larger, the more it counts where something is.

        At 1, two superpixels that look alike on opposite sides are about as far apart as two that look nothing alike.
        """
        return self.features if position == 0 else np.hstack([self.features, np.float32(position) * self.places])

    @property
    def nbytes(self) -> int:
        """Memory of the arrays in bytes."""
        return self.features.nbytes + self.places.nbytes


def describe_with(early: EarlyLayers | None, image: Pixels, labels: Labels) -> Description:
    """Describe the superpixels of a crop by these layers, or by colour and texture where there are none.

    image : (h, w, 3) uint8, what the model sees
    labels : (h, w), 0..d-1, every one present

    Raises ValueError when the two do not have the same size.
    """
    check_shape("image", image, None, None, 3)
    check_shape("labels", labels, *image.shape[:2])
    sizes = np.bincount(labels.ravel())
    centers = [np.bincount(labels.ravel(), weights=axis.ravel()) / sizes for axis in np.indices(labels.shape)]
    places = (np.stack(centers, axis=1) + 0.5) / labels.shape
    found = _color_and_texture(image, labels, sizes) if early is None else _pooled(early(image), labels, places)
    length = np.linalg.norm(found, axis=1, keepdims=True)
    features = (found / np.where(length > 0, length, 1.0)).astype(np.float32)
    kind = COLOR_AND_TEXTURE if early is None else early.kind
    return Description(read_only(features), read_only(places.astype(np.float32)), kind)


def described_by(early: EarlyLayers | None) -> tuple[str, int]:
    """The kind of the features that `describe_with` gives, and how many there are for each superpixel."""
    return (COLOR_AND_TEXTURE, _COLORS_AND_TEXTURES) if early is None else (early.kind, early.features)


class EarlyLayers:
    """The first layers of a torch module; on the CPU and in float32, whatever the rest runs on.

    kind : the size of their map and a digest of their weights
    features : how many each superpixel is described by
    """

    def __init__(self, layers: nn.Module, parts: int, seen: Preprocessing) -> None:
        self._layers = layers.cpu().float().eval().requires_grad_(False).to(memory_format=torch.channels_last)
        self._parts = parts
        self._mean = torch.tensor(seen.mean).view(1, 3, 1, 1)
        self._std = torch.tensor(seen.std).view(1, 3, 1, 1)
        self._one_at_a_time = threading.Lock()
        found = hashlib.sha256(repr((parts, seen)).encode())
        for key, tensor in sorted(self._layers.state_dict().items()):
            found.update(key.encode())
            found.update(np.ascontiguousarray(tensor.numpy()).tobytes())
        shape = self(np.zeros((seen.height, seen.width, 3), dtype=np.uint8)).shape
        self.kind = f"early layers, {' × '.join(map(str, shape))}, {found.hexdigest()[:16]}"
        self.features = 2 * shape[2]

    def __call__(self, image: Pixels) -> NDArray[np.float32]:
        """The map (rows, columns, channels) float32 of a crop (h, w, 3) uint8."""
        batch = (torch.tensor(image).permute(2, 0, 1)[None].float() / 255.0 - self._mean) / self._std
        answers: list[Any] = []

        def see(_: nn.Module, answer: Any) -> None:
            answers.append(answer)
            if len(answers) == self._parts:
                raise _Enough

        with self._one_at_a_time:
            _follow(self._layers, batch.contiguous(memory_format=torch.channels_last), see)
        cells = _as_map(answers[-1], image.shape[0] / image.shape[1])
        assert cells is not None
        return cells.contiguous().numpy()


def early_layers(module: nn.Module, seen: Preprocessing) -> EarlyLayers | None:
    """The layers up to the last map with a cell for about every 8 × 8 pixels; None where no such map is found.

    A model that starts with larger cells, such as a vision transformer, gives its first map, of cells up to 16 × 16.
    The module is put into evaluation mode, nothing else in it changes, and nothing of it is kept but copies.
    """
    try:
        module.eval()
        sample = next(module.parameters(), torch.empty(0))
        picture = torch.zeros((1, 3, seen.height, seen.width), dtype=sample.dtype, device=sample.device)
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


def _pooled(cells: NDArray[np.float32], labels: Labels, places: NDArray[np.floating]) -> NDArray[np.floating]:
    """(d, 2·channels) the map (rows, columns, channels) at the places, and its mean over each superpixel.

    A cell counts with the share of the superpixel that it covers.
    """
    (h, w), (rows, columns) = labels.shape, cells.shape[:2]
    cell = (np.arange(h) * rows // h)[:, None] * columns + np.arange(w) * columns // w
    flat = cells.reshape(rows * columns, -1)
    ones = np.ones(labels.size, dtype=np.float32)
    area = sparse.csr_array((ones, (labels.ravel(), cell.ravel())), shape=(len(places), len(flat)))
    mean = (area @ flat) / area.sum(axis=1)[:, None]
    row, column = (places * (rows, columns)).astype(np.intp).T
    return np.hstack([flat[row * columns + column], mean])


def _color_and_texture(image: Pixels, labels: Labels, sizes: NDArray[np.int64]) -> NDArray[np.floating]:
    """(d, 14): mean and standard deviation of each Lab channel, lightness 0..1, and shares of eight steepnesses."""
    lab = rgb2lab(image.astype(np.float32) / 255.0).reshape(-1, 3) / 100.0
    flat = labels.ravel()
    means = np.stack([np.bincount(flat, weights=channel) for channel in lab.T], axis=1) / sizes[:, None]
    spread = np.stack([np.bincount(flat, weights=channel**2) for channel in (lab - means[flat]).T], axis=1)
    lightness = np.pad(lab[:, 0].reshape(labels.shape), 1, mode="edge")  # a gradient needs two rows and columns
    steepness = np.hypot(*np.gradient(lightness))[1:-1, 1:-1]
    steps = len(_EDGES) + 1
    counts = np.bincount(flat * steps + np.digitize(steepness.ravel(), _EDGES), minlength=len(sizes) * steps)
    shares = counts.reshape(-1, steps) / sizes[:, None]
    return np.hstack([means, np.sqrt(spread / sizes[:, None]), shares])
