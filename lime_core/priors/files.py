"""Priors on disk: one file each, see `container`."""

from __future__ import annotations

import threading
from os import PathLike
from pathlib import Path

import numpy as np

from lime_core.arguments import is_a, path_of, whole
from lime_core.errors import BadPrior
from lime_core.explanation.prior import prior_of
from lime_core.files import writing
from lime_core.files.container import MAX_BYTES, Layout, packed, unpacked
from lime_core.files.writing import write_file
from lime_core.priors.examples import Examples
from lime_core.priors.prior import GlobalPrior

_PRIOR: Layout = {"centroids": (np.float32, 2), "weights": (np.float64, 2), "counts": (np.int64, 2)}

# What a prior may leave out.
_EXAMPLES: Layout = {"examples": (np.uint8, 5), "example_counts": (np.int64, 1)}
_DIGESTS: Layout = {"digests": (np.uint8, 2)}

# One large prior at a time is as much memory as thirty uploads in the same second should take.
_ONE_AT_A_TIME = threading.Lock()


def prior_bytes(prior: GlobalPrior) -> bytes:
    """Write a prior to memory; the same prior gives the same bytes.

    Parameters
    ----------
    prior : GlobalPrior
        The prior, with its examples and digests where it has any.

    Returns
    -------
    bytes
        The contents of its file.
    """
    header = {"signed": prior.signed, "unit": prior.unit, "position": prior.position, "made_by": prior.made_by}
    arrays = {name: getattr(prior, name) for name in _PRIOR}
    if prior.examples is not None:
        arrays |= {"examples": prior.examples.pictures, "example_counts": prior.examples.counts}
    if prior.digests is not None:
        arrays["digests"] = prior.digests
    return packed("prior", header, arrays)


@writing.save.register
def save_prior(prior: GlobalPrior, path: str | Path) -> Path:
    """Write a prior to one file.

    Parameters
    ----------
    prior : GlobalPrior
        The prior, with its examples where it has any.
    path : str or Path
        Where to write, usually a name in `.npz`; a folder that is missing is made, and a file of this name replaced.

    Returns
    -------
    Path
        The path of the file.

    Raises
    ------
    OSError
        When it cannot be written; no part of it stays behind.
    """
    return write_file(path_of("path", path), prior_bytes(prior))


@prior_of.register(str)
@prior_of.register(bytes)
@prior_of.register(PathLike)
def load_prior(source: str | Path | bytes, max_bytes: int = MAX_BYTES) -> GlobalPrior:
    """Read a prior from a file, or from the bytes of one.

    Parameters
    ----------
    source : str, Path or bytes
        A path, or the contents of a file.  It may come from anywhere: nothing in it is executed.
    max_bytes : int, default 256 MB
        Bytes that the file may have, and that its arrays may unpack to; at most the default.  Both are known before
        anything is unpacked.  One file is unpacked at a time.

    Returns
    -------
    GlobalPrior
        The prior that was saved, equal to it.

    Raises
    ------
    BadPrior
        When it cannot be read, is damaged, too large, of another schema, or no prior at all.
    TypeError, ValueError
        For a source or a bound of another type, or a bound out of range.
    """
    is_a("source", source, (str, bytes, PathLike), "the path of a prior, or the bytes of its file")
    max_bytes = whole("max_bytes", max_bytes, 1, MAX_BYTES)
    with _ONE_AT_A_TIME:
        return _loaded(source, max_bytes)


def _loaded(source: str | Path | bytes, max_bytes: int) -> GlobalPrior:
    header, arrays = unpacked(source, "prior", _PRIOR, (_EXAMPLES, _DIGESTS), max_bytes)
    examples = [arrays.pop(name) for name in _EXAMPLES if name in arrays]
    try:
        position = header["position"]
        if not isinstance(position, int | float):
            raise TypeError("position is no number")
        made_by = dict(header["made_by"])
        return GlobalPrior(
            **arrays,
            signed=header["signed"] is True,
            unit=str(header["unit"]),
            position=position,
            made_by=made_by,
            examples=Examples(*examples) if examples else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadPrior(f"The prior holds what no prior can hold: {error}.") from error
