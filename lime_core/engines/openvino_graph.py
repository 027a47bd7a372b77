"""Graphs of OpenVINO: converted from a torch module, compared with it, and kept on disk.

A graph is used only when it answers as the torch module does, and it is kept, since reading it back takes a tenth of
the time.
"""

from __future__ import annotations

import hashlib
import importlib
import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lime_core.arrays import Outputs
from lime_core.ending import interrupts_kept, native_code
from lime_core.engines.batch_size import Workload
from lime_core.engines.masking import MaskedModel, normalised
from lime_core.engines.preprocessing import Preprocessing
from lime_core.files.writing import cache_folder, clear_abandoned, part_folder, write_atomically
from lime_core.pictures.gallery import gallery_picture

# Importing OpenVINO reports to its makers and writes into the home folder if this package can be imported; where it
# cannot, OpenVINO takes its own empty stub.  Set here already, for a program that imports OpenVINO by itself.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

SCHEMA = 2
"""Raised by one whenever a graph of this version differs from the last one's for the same module."""

TOLERANCE = 1e-3
"""How far an answer may lie from torch's, as a share of the largest |answer|, for a graph to be used."""

# Threads that are not bound to cores are a fifth faster beside another busy program, and no slower alone.
HINTS: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY", "ENABLE_CPU_PINNING": False}
"""OpenVINO's settings beside the precision."""

_KEPT_GRAPHS = 12
_CELLS = 5
log = logging.getLogger(__name__)
_converting = threading.Lock()


class NotConverted(Exception):
    """OpenVINO cannot run this model; the text says why in a few words."""


@native_code()
def compiled(masked: MaskedModel, seen: Preprocessing, precision: str, fingerprint: str = "") -> Any:
    """An infer request for a module: its graph is read back, or converted and kept.

    Parameters
    ----------
    masked : MaskedModel
        On the CPU, in evaluation mode.
    seen : Preprocessing
        The size, channels and normalisation of its pictures.
    precision : {"f32", "bf16"}
        In which OpenVINO calculates.
    fingerprint : str, default ""
        SHA-256 of its weights; without one the graph is not kept.

    Returns
    -------
    openvino.InferRequest
        Its inputs are those of `MaskedModel.forward`; `answers_of` runs it.

    Raises
    ------
    NotConverted
        When OpenVINO is not installed, has no bf16 on this processor, cannot convert the module, or its graph answers
        differently.
    """
    try:
        ov = importlib.import_module("openvino")
    except (ImportError, OSError) as error:
        raise NotConverted("OpenVINO is not installed") from error
    core = ov.Core()
    if precision == "bf16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise NotConverted("OpenVINO has no bf16 on this processor")
    path = _path(masked, Workload(seen.height, seen.width, fingerprint), ov.__version__)
    try:
        with _converting, interrupts_kept():
            graph = _saved(core, path) if path else None
            request = None if graph is None else _request(core, graph, "f32")
            if request is None or not _agrees(request, masked, seen):
                graph = _converted(ov, masked, seen)
                request = _request(core, graph, "f32")
                if not _agrees(request, masked, seen):
                    raise NotConverted("OpenVINO answers differently")
                if path:
                    _save(ov, graph, path)
        return request if precision == "f32" else _request(core, graph, precision)
    except NotConverted:
        raise
    except Exception as error:  # whatever a module does when it is traced, or OpenVINO with its operators
        log.info("OpenVINO cannot run the model", exc_info=True)
        raise NotConverted("OpenVINO could not convert it") from error


def answers_of(request: Any, inputs: tuple[NDArray[Any], ...]) -> Outputs:
    """The answers of an infer request.

    Parameters
    ----------
    request : openvino.InferRequest
        As `compiled` gives it.
    inputs : tuple of four ndarray
        Masks, superpixels, hidden picture and difference, as for `MaskedModel.forward`; not copied.

    Returns
    -------
    ndarray (b, k) of float32
        The model's answers.
    """
    # Shared inputs are not copied; the output is, for the next batch is written over it.
    answers: Outputs = request.infer(list(inputs), share_inputs=True, share_outputs=True)[0].copy()
    return answers


@native_code()
def _request(core: Any, graph: Any, precision: str) -> Any:
    return core.compile_model(graph, "CPU", {**HINTS, "INFERENCE_PRECISION_HINT": precision}).create_infer_request()


@native_code()
def _converted(ov: Any, masked: MaskedModel, seen: Preprocessing) -> Any:
    fast_attention = torch.backends.mha.get_fastpath_enabled()
    parts = [part for part in masked.modules() if not isinstance(part, torch.jit.ScriptModule)]  # which take no hooks
    steps = [part.register_forward_pre_hook(_step) for part in parts]  # so that the process can end in time
    torch.backends.mha.set_fastpath_enabled(False)  # it is a single operator, which OpenVINO does not know
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the tracer: about shapes that are fixed here, and about its own age
            graph = ov.convert_model(masked, example_input=tuple(_example(seen)))
    finally:
        torch.backends.mha.set_fastpath_enabled(fast_attention)
        for step in steps:
            step.remove()
    size = [seen.channels, seen.height, seen.width]
    shapes = [[-1, -1], [size[1] * size[2]], [-1, *size], [1, *size]]
    graph.reshape({number: ov.PartialShape(shape) for number, shape in enumerate(shapes)})
    return graph


def _step(*_: Any) -> None:
    with native_code():
        pass


def _example(seen: Preprocessing) -> Iterator[torch.Tensor]:
    """Masks (2, 3), superpixels (h·w,), hidden and difference (1, c, h, w): noise to trace a module with."""
    noise = torch.Generator().manual_seed(2)
    size = seen.height, seen.width
    yield torch.eye(2, 3)
    yield torch.randint(0, 3, (size[0] * size[1],), generator=noise, dtype=torch.int32)
    yield torch.rand((1, seen.channels, *size), generator=noise)
    yield torch.rand((1, seen.channels, *size), generator=noise)


@native_code()
def _agrees(request: Any, masked: MaskedModel, seen: Preprocessing) -> bool:
    """Whether the graph answers as the module does: to a black picture alone, and to a white one, noise and a photo.

    They are normalised as the model sees them, for a module may go other ways by the size of its numbers.
    """
    both = []
    for question in _questions(seen):
        with torch.inference_mode():
            expected = masked(*map(torch.from_numpy, question)).numpy().copy()
        both.append((answers_of(request, question), expected))
        if len({(each.shape, each.dtype) for each in both[-1]}) > 1 or expected.ndim != 2:
            return False
    if not np.isfinite(largest := float(np.abs(both[-1][1]).max())):
        return False
    # A black picture may give no numbers, where a module divides by the spread of it.
    return all(np.allclose(*each, rtol=0.0, atol=TOLERANCE * largest, equal_nan=True) for each in both)


def _questions(seen: Preprocessing) -> Iterator[tuple[NDArray[Any], ...]]:
    """The inputs of `MaskedModel.forward` for a black picture, and for white, half a photo on noise, and the photo."""
    rng, size = np.random.default_rng(3), (seen.height, seen.width, 3)
    black, white = (np.full(size, level, dtype=np.uint8) for level in (0, 255))
    noise = rng.integers(0, 256, size, dtype=np.uint8)
    photo = seen.view(gallery_picture("coffee").pixels)
    superpixels = rng.integers(0, _CELLS, size[0] * size[1], dtype=np.int32)
    hidden = normalised(np.stack([black, white, noise, noise]), seen)
    difference = normalised(photo[None], seen) - hidden[3:]
    masks = np.zeros((4, _CELLS), dtype=np.float32)
    masks[2, ::2] = masks[3] = 1.0
    yield masks[:1], superpixels, hidden[:1], difference
    yield masks[1:], superpixels, hidden[1:], difference


def _path(masked: MaskedModel, workload: Workload, version: str) -> Path | None:
    """Where the graph of this module is kept; None keeps none.

    Modules of other layers can have the same weights, or none at all, so the layers count as well.
    """
    folder = cache_folder()
    if folder is None or not workload.fingerprint:
        return None
    identity = (SCHEMA, workload, version, torch.__version__, repr(masked))
    return folder / "openvino" / f"{hashlib.sha256(repr(identity).encode()).hexdigest()[:32]}.graph"


def _saved(core: Any, path: Path) -> Any:
    """The graph in a file of SHA-256, length of the description, description and weights; None where it is damaged."""
    clear_abandoned(path.parent)
    try:
        content = path.read_bytes()
    except OSError:
        return None
    with suppress(OSError):  # a read-only disk
        os.utime(path)  # the graphs used last are kept
    if hashlib.sha256(memoryview(content)[32:]).digest() != content[:32]:
        return None
    split = 40 + int.from_bytes(content[32:40], "little")
    try:
        return core.read_model(content[40:split], content[split:])
    except RuntimeError:  # whole, but no graph
        return None


@native_code()
def _save(ov: Any, graph: Any, path: Path) -> None:
    try:
        with part_folder(path.parent) as folder:
            description, weights = folder / "graph.xml", folder / "graph.bin"
            ov.serialize(graph, str(description), str(weights))
            text = description.read_bytes()
            parts = len(text).to_bytes(8, "little"), text, weights.read_bytes()
        checksum = hashlib.sha256()
        for part in parts:  # not joined: the weights can be large
            checksum.update(part)
        write_atomically(path, checksum.digest(), *parts)
        by_age = sorted(path.parent.glob("*.graph"), key=lambda graph: graph.stat().st_mtime)
        for old in by_age[:-_KEPT_GRAPHS]:
            old.unlink(missing_ok=True)
    except (OSError, RuntimeError):
        log.info("%s cannot be written", path.parent)
