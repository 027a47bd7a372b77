"""The message that an ONNX file is, read with its numbers: sizes are compared before memory is taken for them.

Numbers may lie in a second file, which has to be in the folder of the first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import onnx

from lime_core.arguments import shown
from lime_core.errors import ModelUnavailable
from lime_core.files.names import printable
from lime_core.files.untrusted import check_file, untrusted
from lime_core.onnx_models.tensors import bytes_of

MAX_BYTES = 2**31 - 1
"""Of a file, and of it with what belongs to it: no message of protobuf has more."""

_MOST_DEEP = 60
"""Parts within parts, of which a graph within a graph is three."""

_LONGEST_NAME, _LONGEST_PATH = 100, 400  # characters in messages

Part = TypeVar("Part")


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
    with untrusted(ModelUnavailable, sentence_about(path, "is damaged, or is no ONNX file")):
        try:
            check_file(path, "ONNX file", ModelUnavailable)
            size = path.stat().st_size
            _check_size(path, size, most)
            model = onnx.load(path, "protobuf", load_external_data=False)
        except OSError as error:
            raise refused(path, f"cannot be read: {error.strerror or error}") from error
        if not model.HasField("graph") or not model.graph.node:
            raise refused(path, "is damaged, or is no ONNX file")
        beside = [
            tensor for tensor in parts_of(model, onnx.TensorProto) if tensor.data_location == onnx.TensorProto.EXTERNAL
        ]
        places = [_place_of(path, tensor) for tensor in beside]
        _check_size(path, size + sum(map(bytes_of, beside)), most)  # before memory is taken for any
        for tensor, (place, start) in zip(beside, places, strict=True):
            with place.open("rb") as file:
                file.seek(start)
                tensor.raw_data = file.read(bytes_of(tensor))
            tensor.ClearField("external_data")
            tensor.ClearField("data_location")  # so that a fingerprint does not know where they lay
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


def parts_of(message: Any, kind: type[Part], depth: int = 0) -> Iterator[Part]:
    """All parts of a message that are of one kind, however deep they lie; nothing within tensors.

    Parameters
    ----------
    message : protobuf message
        Such as a model.
    kind : type
        Such as onnx.NodeProto.
    depth : int, default 0
        Within so many others.

    Yields
    ------
    message
        Each of that kind.

    Raises
    ------
    ValueError
        For more graphs within graphs than any model has.
    """
    if depth > _MOST_DEEP:
        raise ValueError("graphs within graphs")
    if isinstance(message, kind):
        yield message
    if isinstance(message, onnx.TensorProto):
        return
    for field, value in message.ListFields():
        if field.message_type is not None:
            for part in (value,) if hasattr(value, "ListFields") else value:
                yield from parts_of(part, kind, depth + 1)


def _place_of(path: Path, tensor: onnx.TensorProto) -> tuple[Path, int]:
    """The file beside its own in which the numbers of a tensor are, and where in it; raises ModelUnavailable."""
    entries = {entry.key: entry.value for entry in tensor.external_data}
    name = entries.get("location", "")
    place, written = path.parent / name, shown(printable(name))
    if Path(name).name != name or name in ("", ".", "..") or place.is_symlink():
        raise refused(path, f"has numbers in another place, {written}; they must lie beside it")
    if not place.is_file():
        raise refused(path, f"has its numbers in a second file, {written}, which is missing beside it")
    start, size = int(entries.get("offset", 0)), place.stat().st_size
    if not 0 <= start <= start + bytes_of(tensor) == start + int(entries.get("length", size - start)) <= size:
        raise refused(path, f"is damaged: {written} does not hold all numbers of {shown(printable(tensor.name))}")
    return place, start


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
    return f"The ONNX file {printable(path.name)[:_LONGEST_NAME]} {what}."


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
    return ModelUnavailable(sentence_about(path, what), f"It is {str(path)[-_LONGEST_PATH:]}.")
