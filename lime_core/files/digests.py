"""Digests of pictures as an array, such as of those that a prior was built from: who explains one of them is told.

A digest is a SHA-256.  It shows nothing of its picture, but whoever has the picture can tell that it was among them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import check_shape, read_only

Digests = NDArray[np.uint8]
"""(m, 32) uint8, the bytes of a SHA-256 in each row."""

MOST = 2**21
"""Digests that a prior may have, 64 MB."""

_BYTES = 32
_SHA256 = re.compile("[0-9a-f]{64}")


def digests_of(names: Iterable[str]) -> Digests | None:
    """Pack digests into an array, each once and sorted, so that their order says nothing.

    Parameters
    ----------
    names : iterable of str
        Digests of pictures, 64 hexadecimal digits each; what is none is left out.

    Returns
    -------
    (m, 32) uint8, or None
        None where there is none.
    """
    found = sorted({name for name in names if _SHA256.fullmatch(name)})
    return np.frombuffer(bytes.fromhex("".join(found)), dtype=np.uint8).reshape(-1, _BYTES) if found else None


def among(digests: Digests, digest: str) -> bool:
    """Whether a digest is one of these.

    Parameters
    ----------
    digests : (m, 32) uint8
        Of any order.
    digest : str
        Of a picture.

    Returns
    -------
    bool
        False for what is no SHA-256.
    """
    one = digests_of([digest])
    return one is not None and bool((digests == one).all(axis=1).any())


def checked(digests: Digests) -> Digests:
    """Copy digests that may come from anywhere.

    Parameters
    ----------
    digests : (m, 32) uint8
        At most `MOST`.

    Returns
    -------
    (m, 32) uint8
        Read-only.

    Raises
    ------
    ValueError, TypeError
        For another shape or dtype, or too many.
    """
    check_shape("digests", digests, None, _BYTES)
    if digests.dtype != np.uint8 or len(digests) > MOST:
        raise ValueError(f"digests must be uint8 and at most {MOST}, got {len(digests)} of {digests.dtype}")
    return read_only(digests.copy())
