"""Plain values, whose text is all that they are, and the numbers of tensors."""

from __future__ import annotations

from enum import Enum
from types import CodeType
from typing import Any

import numpy as np
import torch
from torch import Tensor

DEEPEST = 40
"""Values within values that are told."""


def is_plain(value: object, depth: int = 0) -> bool:
    """Whether a value is all that its `repr` says: numbers and texts, and lists and tuples of them.

    Parameters
    ----------
    value : object
        Anything.
    depth : int, default 0
        Lists and tuples around it.

    Returns
    -------
    bool
        False for all else.
    """
    if type(value) in (tuple, list):
        return depth < DEEPEST and all(is_plain(each, depth + 1) for each in value)  # type: ignore[attr-defined]
    plain = isinstance(value, bool | int | float | complex | str | bytes | np.generic)
    return value is None or (plain and not isinstance(value, Enum))


def tensor_bytes(tensor: Tensor) -> bytes:
    """The numbers of a tensor.

    Parameters
    ----------
    tensor : Tensor
        Of any type and layout, on any device.

    Returns
    -------
    bytes
        Of bfloat16 those of float32, for NumPy does not have it; none where there are none.
    """
    if tensor.is_meta:
        return b""
    exact = tensor.detach().cpu().resolve_conj().resolve_neg()
    exact = exact if exact.layout == torch.strided else exact.to_dense()
    if exact.dtype == torch.bfloat16:
        exact = exact.float()
    elif exact.is_floating_point() and exact.itemsize == 1:  # NumPy has none of eight bits
        exact = exact.contiguous().view(torch.uint8)
    return np.ascontiguousarray(exact.numpy()).tobytes()


def plain_text(value: Any) -> str:
    """The text of a plain value, or of code.

    Parameters
    ----------
    value : object
        Numbers, texts, code, and tuples, lists and frozensets of such.

    Returns
    -------
    str
        The same in every process: no address, no order of a set.
    """
    if isinstance(value, CodeType):
        return f"{value.co_code.hex()} {value.co_names} {value.co_varnames} {plain_text(value.co_consts)}"
    if isinstance(value, tuple | list):
        return f"{type(value).__name__}({', '.join(map(plain_text, value))})"
    return str(sorted(map(plain_text, value))) if isinstance(value, frozenset) else repr(value)
