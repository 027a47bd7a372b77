"""An ONNX file, read without trusting it: what it takes, what it answers with, and how large it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx

from lime_core.arguments import path_of, shown
from lime_core.errors import ModelUnavailable
from lime_core.files.names import printable
from lime_core.files.untrusted import untrusted
from lime_core.onnx_models.endings import ending_of
from lime_core.onnx_models.onnx_proto import (
    MAX_BYTES,
    load_proto,
    parts_of,
    refused,
    sentence_about,
)
from lime_core.onnx_models.tensors import bytes_of, is_whole

OLDEST = 7
"""The oldest version of ONNX's operators that is read; before it, adding worked in another way."""

_FLOATS: dict[int, str] = {
    onnx.TensorProto.FLOAT: "float32",
    onnx.TensorProto.FLOAT16: "float16",
    onnx.TensorProto.DOUBLE: "float64",
}
_NAMES = {number: name.lower() for name, number in onnx.TensorProto.DataType.items()}
_PIXELS: dict[int, str] = {**_FLOATS, onnx.TensorProto.UINT8: "uint8"}
_DOMAINS = {"", "ai.onnx", "com.microsoft"}


@dataclass(frozen=True)
class OnnxFile:
    """What an ONNX file says of itself.

    Parameters
    ----------
    path : Path
        The file.
    input : str
        The name of its one input, pictures.
    layout : {"NCHW", "NHWC"}
        The order of its axes.
    height, width : int or None
        Pixels of its pictures; None where they may be of any size.
    channels : {3, 1}
        Of its pictures.
    dtype : {"float32", "float16", "float64", "uint8"}
        Of its pictures.
    output : str
        The name of the output that is explained: the first that can be, or has as many numbers as there are names.
    outputs : int or None
        How many numbers it answers with for a picture; None where the file does not say it.
    ending : {"", "Softmax", "LogSoftmax", "Sigmoid"}
        The operator that makes them, where that tells what they are.
    layers : int
        How many operators it has.
    parameters : int
        Bytes of its numbers.
    producer : str
        What has written it.
    others : tuple of str, default ()
        The outputs that could be explained as well.
    first : bool, default True
        Whether it is the one that is explained without names.
    """

    path: Path
    input: str
    layout: str
    height: int | None
    width: int | None
    channels: int
    dtype: str
    output: str
    outputs: int | None
    ending: str
    layers: int
    parameters: int
    producer: str
    others: tuple[str, ...] = ()
    first: bool = True


def read_onnx(path: Path, most: int = MAX_BYTES, names: int = 0) -> OnnxFile:
    """Read what an ONNX file says of itself.

    Parameters
    ----------
    path : Path
        The file.
    most : int
        Bytes that it may have, with what belongs to it.
    names : int, default 0
        How many class names are given; of several outputs the one with as many numbers is explained.

    Returns
    -------
    OnnxFile
        Its input, output and size.

    Raises
    ------
    ModelUnavailable
        When it cannot be read, is damaged or too large, or is no model that answers to pictures; says what it is.
    """
    path = path_of("path", path)
    return facts_of(path, load_proto(path, most), names)


def facts_of(path: Path, model: onnx.ModelProto, names: int = 0) -> OnnxFile:
    """What a model that has been read says of itself.

    Parameters
    ----------
    path : Path
        Where it was read from.
    model : onnx.ModelProto
        As `load_proto` gives it.
    names : int, default 0
        As for `read_onnx`.

    Returns
    -------
    OnnxFile
        Its input, output and size.

    Raises
    ------
    ModelUnavailable
        As `read_onnx` does.
    """
    with untrusted(ModelUnavailable, sentence_about(path, "is damaged, or is no ONNX file")):
        graph = model.graph
        nodes = list(parts_of(model, onnx.NodeProto))
        versions = {entry.domain: entry.version for entry in model.opset_import}
        _check_operators(path, {node.domain for node in nodes} - {f.domain for f in model.functions}, versions)
        constant = {tensor.name for tensor in graph.initializer}
        inputs = [each for each in graph.input if each.name not in constant]
        if len(inputs) != 1:
            listed = ", ".join(shown(printable(each.name)) for each in inputs[:5])
            many = f"{len(inputs)} inputs ({listed})" if inputs else "no input"
            raise refused(path, f"takes {many}, and a model of pictures takes one")
        layout, axes, dtype = _pictures(path, inputs[0])
        height, width = (axes[2], axes[3]) if layout == "NCHW" else (axes[1], axes[2])
        answers = _answers(path, graph)
        fitting = [each for each in answers if each[1] == names] or [
            each for each in answers if each[1] is None or (each[1] == 1 and names == 2)
        ]
        output, outputs = (fitting if names and fitting else answers)[0]
        others = tuple(other for other, _ in answers if other != output)
        if next(parts_of(model, onnx.SparseTensorProto), None) is not None:
            raise refused(path, "has sparse numbers, which are not read; export it with dense ones")
        tensors = list(parts_of(model, onnx.TensorProto))
        if not all(map(is_whole, tensors)):
            raise refused(path, "is damaged: its numbers are not as many as it says")
        size = sum(map(bytes_of, tensors))
        return OnnxFile(
            path, inputs[0].name, layout, height, width, axes[1] if layout == "NCHW" else axes[3], dtype,
            output, outputs, ending_of(graph, output), len(nodes), size, printable(model.producer_name)[:80], others,
            output == answers[0][0],
        )  # fmt: skip


def _check_operators(path: Path, domains: Iterable[str], versions: dict[str, int]) -> None:
    if unknown := sorted(set(domains) - _DOMAINS - {"ai.onnx.ml"}):
        raise refused(path, f"has operators of {shown(printable(unknown[0]))}, which are no part of ONNX")
    if "ai.onnx.ml" in domains:
        raise refused(path, "has operators for tables (ai.onnx.ml), as scikit-learn's have, and takes no pictures")
    newest = onnx.defs.onnx_opset_version()
    version = max(versions.get("", 0), versions.get("ai.onnx", 0))
    if not OLDEST <= version <= newest:
        raise refused(
            path, f"is of version {version} of ONNX's operators, and {OLDEST} to {newest} are read; export it anew"
        )


def _pictures(path: Path, value: onnx.ValueInfoProto) -> tuple[str, list[Any], str]:
    """The layout, the lengths of the four axes (None where they are open) and the dtype of the input."""
    tensor = value.type.tensor_type
    name = shown(printable(value.name))
    if tensor.elem_type not in _PIXELS:
        kind = _NAMES.get(tensor.elem_type, "?") if tensor.elem_type else "no tensor"
        raise refused(path, f"takes {kind} as {name}, and pictures are floats or uint8")
    axes = _axes(tensor)
    written = " × ".join("any" if axis is None else str(axis) for axis in axes)
    if len(axes) != 4:
        raise refused(path, f"takes {len(axes)} axes ({written}) as {name}, and pictures have four")
    layouts = [layout for layout, at in (("NCHW", 1), ("NHWC", 3)) if axes[at] in (1, 3)]
    if not layouts:
        raise refused(
            path, f"takes {written} as {name}, and pictures have 1 or 3 channels on their second or last axis"
        )
    if axes[0] not in (None, 1):
        raise refused(path, f"takes {axes[0]} pictures at once; export it for one, or for any number")
    return layouts[0], axes, _PIXELS[tensor.elem_type]


def _answers(path: Path, graph: onnx.GraphProto) -> list[tuple[str, int | None]]:
    """The names of the outputs that are numbers (b, k) or can be, each with k where the file says it; at least one."""
    found: list[tuple[str, int | None]] = []
    for value in graph.output:
        tensor = value.type.tensor_type
        if tensor.elem_type not in _FLOATS:
            continue
        axes = _axes(tensor) if tensor.HasField("shape") else [None, None]
        if len(axes) == 1:
            found.append((value.name, 1))
        elif 2 <= len(axes) <= 4 and all(axis in (1, None) for axis in axes[2:]):
            found.append((value.name, axes[1]))
    if found:
        return found
    listed = "; ".join(_written(value) for value in graph.output[:3])
    raise refused(
        path, f"answers with {listed or 'nothing'}, and a classifier's answers are floats (pictures, classes)"
    )


def _written(value: onnx.ValueInfoProto) -> str:
    """An output in a message, such as 'label' (int64, any × 1)."""
    tensor = value.type.tensor_type
    kind = _NAMES.get(tensor.elem_type, "?") if tensor.elem_type else "no tensor"
    axes = " × ".join("any" if axis is None else str(axis) for axis in _axes(tensor)) or "no axes"
    return f"{shown(printable(value.name))} ({kind}, {axes})"


def _axes(tensor: onnx.TypeProto.Tensor) -> list[int | None]:
    return [axis.dim_value if axis.HasField("dim_value") and axis.dim_value > 0 else None for axis in tensor.shape.dim]
