"""How many bytes a tensor of an ONNX file has by its shape, and whether they are there."""

from __future__ import annotations

import math
import re

import onnx

_BITS = {"FLOAT": 32, "DOUBLE": 64, "BOOL": 8}
"""Of the types whose names do not say it."""


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
    if tensor.data_type == onnx.TensorProto.STRING:
        return sum(map(len, tensor.string_data))
    return _packed(_count(tensor), _bits(tensor))


def is_whole(tensor: onnx.TensorProto) -> bool:
    """Whether a tensor holds as many numbers as its shape says.

    Parameters
    ----------
    tensor : onnx.TensorProto
        Any, with its numbers inside.

    Returns
    -------
    bool
        False where there are fewer or more.

    Raises
    ------
    Exception
        As `bytes_of` does.
    """
    if tensor.HasField("raw_data"):
        return tensor.data_type != onnx.TensorProto.STRING and len(tensor.raw_data) == bytes_of(tensor)
    count = _count(tensor)
    held = len(getattr(tensor, onnx.helper.tensor_dtype_to_field(tensor.data_type)))
    if tensor.data_type in (onnx.TensorProto.COMPLEX64, onnx.TensorProto.COMPLEX128):
        return held == 2 * count
    if tensor.data_type != onnx.TensorProto.STRING and _bits(tensor) < 8:  # several in one
        return held == _packed(count, _bits(tensor))
    return held == count


def _count(tensor: onnx.TensorProto) -> int:
    if min(tensor.dims, default=0) < 0:
        raise ValueError("a negative length")
    return math.prod(tensor.dims)


def _bits(tensor: onnx.TensorProto) -> int:
    name = onnx.TensorProto.DataType.Name(tensor.data_type)
    written = re.search(r"\d+", name)  # FLOAT8E4M3FN has 8
    return int(written.group()) if written else _BITS[name]


def _packed(count: int, bits: int) -> int:
    return math.ceil(count * bits / 8) if bits < 8 else count * (bits // 8)
