"""Messages between the server and the process of a model: a header in JSON and plain arrays behind it.

Nothing is ever unpickled on either side.  Whoever receives says first which arrays may come, so that no length that the
other side claims makes this side take memory.
"""

from __future__ import annotations

import json
import math
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_HEADER = 32_000_000
"""Bytes of a header; two hundred thousand names of classes need a third of it."""

DTYPES = ("|u1", "<i4", "<f4", "<f8")
"""The numbers that are sent."""

_LENGTHS = struct.Struct(">QQ")
_WAIT = 10.0
_AT_ONCE = 1 << 20

Arrays = Sequence[NDArray[Any]]
Shape = tuple[int | None, ...]
"""Of an array that may come; None leaves a side open."""


class BadMessage(Exception):
    """What has come is no message, or not the one that was asked for."""


class Closed(Exception):
    """The other side has gone."""


class TooLate(Exception):
    """The time is over."""


@dataclass(frozen=True)
class Deadline:
    """A moment until which something has to be done.

    Parameters
    ----------
    end : float
        By `time.monotonic`.
    """

    end: float = math.inf

    @staticmethod
    def after(seconds: float) -> Deadline:
        """The moment that is so many seconds away."""
        return Deadline(time.monotonic() + seconds)

    def wait(self, channel: socket.socket) -> None:
        """Let the next step on a channel wait for as long as there is time, and no longer than some seconds."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise TooLate
        channel.settimeout(min(left, _WAIT))


NEVER = Deadline()
"""No end."""


def send(channel: socket.socket, header: Mapping[str, Any], arrays: Arrays = (), deadline: Deadline = NEVER) -> None:
    """Send a message.

    Parameters
    ----------
    channel : socket
        A stream.
    header : mapping
        What JSON can hold.
    arrays : sequence of ndarray
        Of the numbers in `DTYPES`.
    deadline : Deadline, optional
        None waits for as long as it takes.

    Raises
    ------
    Closed, TooLate
        When the other side has gone, or does not take the message in time.
    """
    plain = [np.ascontiguousarray(array) for array in arrays]
    facts = [[array.dtype.str, list(array.shape)] for array in plain]
    text = json.dumps({"header": dict(header), "arrays": facts}, allow_nan=False).encode()
    start = _LENGTHS.pack(len(text), sum(array.nbytes for array in plain)) + text
    for part in (memoryview(start), *map(_bytes, plain)):
        _send(channel, part, deadline)


def receive(
    channel: socket.socket, shapes: Sequence[Shape] | None = None, most: int = 0, deadline: Deadline = NEVER
) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    """Receive a message.

    Parameters
    ----------
    channel : socket
        A stream.
    shapes : sequence of tuple, optional
        Those of the arrays that have to come, unless none comes; None takes any, from a side that is trusted.
    most : int, default 0
        Bytes of all of them together.
    deadline : Deadline, optional
        None waits for as long as it takes.

    Returns
    -------
    header : dict
        As JSON has it.
    arrays : list of ndarray
        Of the numbers in `DTYPES`.

    Raises
    ------
    Closed, TooLate, BadMessage
        When the other side has gone, does not send all in time, or sends anything else.
    """
    length, size = _LENGTHS.unpack(_received(channel, _LENGTHS.size, deadline))
    if length > MAX_HEADER:
        raise BadMessage
    try:
        told = json.loads(_received(channel, length, deadline))
        header, facts = told["header"], [(np.dtype(_known(dtype)), tuple(shape)) for dtype, shape in told["arrays"]]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BadMessage from error
    if not isinstance(header, dict) or not all(type(side) is int and side >= 0 for _, sides in facts for side in sides):
        raise BadMessage
    if shapes is not None and not (not facts or _fit([sides for _, sides in facts], shapes)):
        raise BadMessage
    sizes = [dtype.itemsize * math.prod(sides) for dtype, sides in facts]
    if sum(sizes) != size or (shapes is not None and size > most):
        raise BadMessage
    arrays = []
    for (dtype, sides), count in zip(facts, sizes, strict=True):
        arrays.append(np.frombuffer(_received(channel, count, deadline), dtype).reshape(sides))
    return header, arrays


def _known(dtype: object) -> str:
    if dtype not in DTYPES:
        raise ValueError(dtype)
    return str(dtype)


def _fit(found: Sequence[tuple[int, ...]], wanted: Sequence[Shape]) -> bool:
    """Whether shapes are those that were asked for."""
    return [len(shape) for shape in found] == [len(shape) for shape in wanted] and all(
        side in (None, own)
        for shape, own_shape in zip(wanted, found, strict=True)
        for side, own in zip(shape, own_shape, strict=True)
    )


def _bytes(array: NDArray[Any]) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _send(channel: socket.socket, part: memoryview, deadline: Deadline) -> None:
    while part:
        deadline.wait(channel)
        try:
            part = part[channel.send(part[:_AT_ONCE]) :]
        except TimeoutError:
            continue
        except OSError as error:
            raise Closed from error


def _received(channel: socket.socket, length: int, deadline: Deadline) -> bytearray:
    """So many bytes; memory is taken as they come."""
    found = bytearray()
    while len(found) < length:
        deadline.wait(channel)
        try:
            part = channel.recv(min(length - len(found), _AT_ONCE))
        except TimeoutError:
            continue
        except OSError as error:
            raise Closed from error
        if not part:
            raise Closed
        found += part
    return found
