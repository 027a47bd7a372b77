"""What a file of weights says of its model before anything is built: what a short form is filled with."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import nn

from lime_core.arguments import path_of
from lime_core.errors import ModelUnavailable
from lime_core.files.names import printable
from lime_core.files.untrusted import untrusted
from lime_core.onnx_models.onnx_file import OnnxFile, read_onnx
from lime_core.zoo.architectures import (
    THOUSAND,
    TWO_HEADED,
    first_convolution,
    network,
    torchvision_names,
    usual_preprocessing,
)
from lime_core.zoo.checkpoints import PREFIXES, Shapes, channels_of, counted
from lime_core.zoo.formats import form_of, refusal
from lime_core.zoo.integrity import MAX_HEADER

_BYTES = {"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2}
"""Of a number, by its name in safetensors; of all others one."""

_HEAD = re.compile(r"(.*\.)?(fc|head|classifier)(\.fc|\.l|\.\d+)?\.weight")
"""How the last layer of a classifier is usually called."""

_MOST_TENSORS = 50_000


@dataclass(frozen=True)
class FileGuess:
    """What a file of weights says of its model.

    Parameters
    ----------
    form : {"safetensors", "onnx"}
        Its format.
    architecture : str
        As torchvision names it; empty where none has such tensors, and for ONNX.
    size : tuple of two int, or None
        Height and width of its pictures, or what is usual for its architecture; None where the file leaves it open.
    channels : int or None
        Of its pictures; None where the file leaves it open.
    outputs : int or None
        How many numbers it returns for a picture; None where nobody knows.
    output : {"", "logits", "probabilities", "independent probabilities"}
        What they are, as a description says it, where that is certain.
    layers : int
        Of ONNX how many operators, of weights how many tensors of more than one axis.
    parameters : int
        Bytes of all tensors.
    """

    form: str
    architecture: str
    size: tuple[int, int] | None
    channels: int | None
    outputs: int | None
    output: str
    layers: int
    parameters: int


def guess_model_file(path: str | Path) -> FileGuess:
    """Say what a file of safetensors or ONNX tells of its model, without building it.

    Parameters
    ----------
    path : str or Path
        The file; its contents say what it is, not its name.

    Returns
    -------
    FileGuess
        What it says, and what it leaves open.

    Raises
    ------
    ModelUnavailable
        When it is damaged or of another format: says which, and what to save instead.
    ValueError, TypeError
        For what is no path.
    """
    path = path_of("path", path)
    name = printable(path.name)
    form = form_of(path)
    if form == "safetensors":
        return _of_shapes(*_header(path))
    if form == "onnx":
        return _of_onnx(read_onnx(path))
    if form == "torch":
        raise ModelUnavailable(
            f"{name} is a file of torch.save, of which only a description can make a model, or Python: save "
            "module.state_dict() with safetensors.torch.save_file, or export it with torch.onnx.export.",
            f"It is {path}.",
        )
    raise refusal(path, form)


def _of_onnx(file: OnnxFile) -> FileGuess:
    output = {"Softmax": "probabilities", "Sigmoid": "independent probabilities", "LogSoftmax": "logits"}
    size = (file.height, file.width) if file.height and file.width else None
    return FileGuess(
        "onnx", "", size, file.channels, file.outputs, output.get(file.ending, ""), file.layers, file.parameters
    )


def _header(path: Path) -> tuple[Shapes, int]:
    """The shapes of all tensors of a file of safetensors, and their bytes."""
    damaged = f"The file {printable(path.name)} is damaged: its header is none of safetensors."
    with untrusted(ModelUnavailable, damaged), path.open("rb") as file:
        length, size = int.from_bytes(file.read(8), "little"), path.stat().st_size
        if length > min(MAX_HEADER, size - 8):
            raise ModelUnavailable(damaged)
        header: dict[str, Any] = json.loads(file.read(length))
        header.pop("__metadata__", None)
        if not 0 < len(header) <= _MOST_TENSORS:
            raise ModelUnavailable(f"The file {printable(path.name)} holds {len(header)} tensors.")
        shapes, total = {}, 0
        for key, facts in header.items():
            shape = tuple(int(axis) for axis in facts["shape"])
            shapes[key] = shape
            total += math.prod(shape) * _BYTES.get(facts["dtype"], 1)
            first, last = facts["data_offsets"]
            if min(shape, default=1) < 0 or not 0 <= first <= last <= size - 8 - length:
                raise ModelUnavailable(damaged)
        if total != size - 8 - length:
            raise ModelUnavailable(damaged)
    return shapes, total


def _of_shapes(shapes: Shapes, parameters: int) -> FileGuess:
    while prefix := next((each for each in PREFIXES if all(key.startswith(each) for key in shapes)), ""):
        shapes = {key.removeprefix(prefix): shape for key, shape in shapes.items()}
    layers = sum(len(shape) > 1 for shape in shapes.values())
    for name, expected in _with_these_names().get(_digest(shapes), {}).items():
        counts, depth = counted(expected, shapes), channels_of(expected, shapes)
        if len(counts) < 2 and depth in (1, 3) and _fits(expected, shapes, counts, depth):
            usual = usual_preprocessing(name, expected)
            size, count = (usual.height, usual.width), next(iter(counts), THOUSAND)
            return FileGuess("safetensors", name, size, depth, count, "", layers, parameters)
    heads = {shape[0] for key, shape in shapes.items() if len(shape) == 2 and _HEAD.fullmatch(key)}
    seen = {shape[1] for shape in shapes.values() if len(shape) == 4 and shape[1] in (1, 3) and shape[2] > 1}
    channels, outputs = (next(iter(found)) if len(found) == 1 else None for found in (seen - {1} or seen, heads))
    return FileGuess("safetensors", "", None, channels, outputs, "", layers, parameters)


@lru_cache(maxsize=1)
def _with_these_names() -> Mapping[str, Mapping[str, nn.Module]]:
    """The architectures of torchvision, without memory for their weights, by the digest of their tensors' names."""
    found: dict[str, dict[str, nn.Module]] = {}
    for name in torchvision_names():
        for second_head in (True, False) if name in TWO_HEADED else (True,):
            with suppress(NotImplementedError, RuntimeError), torch.device("meta"):  # some compute with tensors
                module = network(name, THOUSAND, second_head=second_head)
                digest = _digest(dict.fromkeys(module.state_dict(), ()))
                found.setdefault(digest, {})[name] = module
    return found


def _digest(shapes: Shapes) -> str:
    names = sorted(key for key in shapes if not key.endswith("num_batches_tracked"))  # old files have none
    return hashlib.sha256("\0".join(names).encode()).hexdigest()


def _fits(expected: nn.Module, shapes: Shapes, outputs: set[int], channels: int) -> bool:
    """Whether all shapes are those of an architecture, but for the outputs and the channels that were found."""
    first = first_convolution(expected)
    for key, tensor in expected.state_dict().items():
        wanted, own = tuple(tensor.shape), shapes.get(key)
        if first and key == f"{first[0]}.weight":
            wanted = wanted[0], channels, *wanted[2:]
        same = own in (wanted, None) or (wanted[:1] == (THOUSAND,) and own == (*outputs, *wanted[1:]))
        if not same:
            return False
    return True
