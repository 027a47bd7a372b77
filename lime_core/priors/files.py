"""Priors on disk: one file each, see `container`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lime_core import files
from lime_core.container import Layout, packed, unpacked, write
from lime_core.errors import BadPrior
from lime_core.priors.examples import Examples
from lime_core.priors.prior import GlobalPrior

_PRIOR: Layout = {"centroids": (np.float32, 2), "weights": (np.float64, 2), "counts": (np.int64, 2)}

_EXAMPLES: Layout = {"examples": (np.uint8, 5), "example_counts": (np.int64, 1)}
"""What a prior may leave out."""


def prior_bytes(prior: GlobalPrior) -> bytes:
    """The contents of a prior's file; the same prior gives the same bytes."""
    header = {"signed": prior.signed, "unit": prior.unit, "position": prior.position, "made_by": prior.made_by}
    arrays = {name: getattr(prior, name) for name in _PRIOR}
    if prior.examples is not None:
        arrays |= {"examples": prior.examples.pictures, "example_counts": prior.examples.counts}
    return packed("prior", header, arrays)


@files.save.register
def save_prior(prior: GlobalPrior, path: str | Path) -> Path:
    """Write a prior to one file; returns its path.  Raises OSError when it cannot be written, and leaves no part."""
    return write(Path(path), prior_bytes(prior))


def load_prior(source: str | Path | bytes) -> GlobalPrior:
    """Read a prior from a file, or from the bytes of one.

    Raises
    ------
    BadPrior
        when it cannot be read, is damaged, too large, of another schema, or no prior at all.
    """
    header, arrays = unpacked(source, "prior", _PRIOR, _EXAMPLES)
    shown = [arrays.pop(name) for name in _EXAMPLES if name in arrays]
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
            examples=Examples(*shown) if shown else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadPrior(f"The prior holds what no prior can hold: {error}.") from error
