"""The message that an ONNX file is, read with its numbers: sizes are compared before memory is taken for them.

Numbers may lie in a second file, which has to be in the folder of the first.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnx

from lime_core.arguments import shown
from lime_core.errors import ModelUnavailable
from lime_core.files.names import printable
from lime_core.files.untrusted import check_file, untrusted

MAX_BYTES = 2**31 - 1
"""Of a file, and of it with what belongs to it: no message of protobuf has more."""

_MOST_DEEP = 20  # graphs within graphs


def load_proto(path: Path, most: int = MAX_BYTES) -> onnx.ModelProto:
    """Read an ONNX file whole, with its numbers.

    Parameters
    ----------
    path : Path
        The file.
    most : int
        Bytes that it may have, with what belongs to it.

    Returns
    -------
    onnx.ModelProto
        With all numbers inside.

    Raises
    ------
    ModelUnavailable
        When it cannot be read, is damaged or too large, or names files outside of its folder.
    """
    check_file(path, "ONNX file", ModelUnavailable)
    with untrusted(ModelUnavailable, sentence_about(path, "is damaged, or is no ONNX file")):
        try:
            size = path.stat().st_size
            _check_size(path, size, most)
            model = onnx.load(path, load_external_data=False)
        except OSError as error:
            raise refused(path, f"cannot be read: {error.strerror or error}") from error
        if not model.HasField("graph") or not model.graph.node:
            raise refused(path, "is damaged, or is no ONNX file")
        beside = [tensor for tensor in tensors_of(model) if tensor.data_location == onnx.TensorProto.EXTERNAL]
        names = {entry.value for tensor in beside for entry in tensor.external_data if entry.key == "location"}
        for name in names:
            place = path.parent / name
            if Path(name).name != name or name in ("", ".", "..") or place.is_symlink():
                raise refused(path, f"has numbers in another place, {shown(name)}; they must lie beside it")
            if not place.is_file():
                raise refused(path, f"has its numbers in a second file, {shown(name)}, which is missing beside it")
            size += place.stat().st_size
        _check_size(path, size, most)
        for tensor in beside:  # before memory is taken for them
            entries = {entry.key: entry.value for entry in tensor.external_data}
            if not 0 <= bytes_of(tensor) == int(entries.get("length", bytes_of(tensor))) <= size:
                raise refused(path, f"is damaged: the size of {shown(printable(tensor.name))} is not what it says")
        if names:
            onnx.external_data_helper.load_external_data_for_model(model, str(path.parent))
        return model


def sha256_of(model: onnx.ModelProto) -> str:
    """The SHA-256 of a model with its numbers, wherever they lay.

    Parameters
    ----------
    model : onnx.ModelProto
        As `load_proto` gives it.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return hashlib.sha256(model.SerializeToString(deterministic=True)).hexdigest()


def nodes_of(graph: Any, depth: int = 0) -> Iterator[onnx.NodeProto]:
    """All operators of a graph, those of graphs within operators too.

    Parameters
    ----------
    graph : onnx.GraphProto or onnx.FunctionProto
        The graph.
    depth : int, default 0
        Within so many others.

    Yields
    ------
    onnx.NodeProto
        Each.

    Raises
    ------
    ValueError
        For more graphs within graphs than any model has.
    """
    if depth > _MOST_DEEP:
        raise ValueError("graphs within graphs")
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            for inner in (*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])):
                yield from nodes_of(inner, depth + 1)


def tensors_of(model: onnx.ModelProto) -> Iterator[onnx.TensorProto]:
    """All constant tensors of a model.

    Parameters
    ----------
    model : onnx.ModelProto
        The model.

    Yields
    ------
    onnx.TensorProto
        Each, those within operators too.
    """
    yield from model.graph.initializer
    for each in (model.graph, *model.functions):
        for node in nodes_of(each):
            for attribute in node.attribute:
                yield from attribute.tensors
                if attribute.HasField("t"):
                    yield attribute.t
                for inner in (*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])):
                    yield from inner.initializer


def bytes_of(tensor: onnx.TensorProto) -> int:
    """How many bytes a tensor has by its shape; nothing is taken for it.

    Parameters
    ----------
    tensor : onnx.TensorProto
        Any.

    Returns
    -------
    int
        0 or more.

    Raises
    ------
    Exception
        Almost any, of a damaged one; to be used inside of `untrusted`.
    """
    if min(tensor.dims, default=0) < 0:
        raise ValueError("a negative length")
    if tensor.data_type == onnx.TensorProto.STRING:
        return sum(map(len, tensor.string_data))
    bits = 4 if "4" in onnx.TensorProto.DataType.Name(tensor.data_type)[-4:] else 0
    each = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
    return math.ceil(math.prod(tensor.dims) * (bits / 8 if bits == 4 and each == 1 else each))


def is_whole(tensor: onnx.TensorProto) -> bool:
    """Whether a tensor holds as many numbers as its shape says.

    Parameters
    ----------
    tensor : onnx.TensorProto
        Any, with its numbers inside.

    Returns
    -------
    bool
        False where numbers are missing.

    Raises
    ------
    Exception
        As `bytes_of` does.
    """
    if tensor.HasField("raw_data"):
        return len(tensor.raw_data) == bytes_of(tensor)
    fields = (tensor.float_data, tensor.int32_data, tensor.int64_data, tensor.double_data, tensor.uint64_data)
    held = sum(map(len, (*fields, tensor.string_data)))
    return 2 * held >= math.prod(tensor.dims)  # one of these can hold two of the shortest numbers


def _check_size(path: Path, size: int, most: int) -> None:
    if size > most:
        raise refused(path, f"has {size / 1e6:.0f} MB with what belongs to it, and {most / 1e6:.0f} are read")


def sentence_about(path: Path, what: str) -> str:
    """What is wrong with an ONNX file, without its folder.

    Parameters
    ----------
    path : Path
        The file.
    what : str
        The predicate of the sentence.

    Returns
    -------
    str
        A sentence.
    """
    return f"The ONNX file {printable(path.name)} {what}."


def refused(path: Path, what: str) -> ModelUnavailable:
    """The error of an ONNX file that cannot be used; its folder is for those at the machine.

    Parameters
    ----------
    path : Path
        The file.
    what : str
        The predicate of the sentence.

    Returns
    -------
    ModelUnavailable
        To be raised.
    """
    return ModelUnavailable(sentence_about(path, what), f"It is {path}.")
