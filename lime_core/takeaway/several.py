"""Several explanations together: one manifest, one file of arrays, and one script that computes them all again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from lime_core.explanation.explanation import Explanation
from lime_core.files.records import plain
from lime_core.priors.files import prior_bytes
from lime_core.priors.prior import GlobalPrior
from lime_core.reports.beside import ARRAYS
from lime_core.reports.record import manifest
from lime_core.takeaway.archive import json_bytes, npz_bytes
from lime_core.takeaway.saving import arrays_of
from lime_core.takeaway.snippet import prior_name, snippet_of

SCHEMA = 1
"""Raised by one whenever a manifest of this version could be misread by the last."""

Groups = Mapping[str, Sequence[Explanation]]
"""name of a method, a map or a setting -> its explanations, at least one."""


def several_files(
    groups: Groups,
    about: str,
    facts: Mapping[str, Any] = MappingProxyType({}),
    further: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, bytes]:
    """Write down several explanations, so that each can be computed again.

    Parameters
    ----------
    groups : mapping of str to sequence of Explanation
        Those of one group have as many superpixels.
    about : str
        What they are, in a sentence.
    facts : mapping, optional
        What else the manifest says, as JSON has it.
    further : mapping of str to ndarray, optional
        What other arrays there are.

    Returns
    -------
    dict of str to bytes
        Priors that were used, by their digests; arrays.npz with "NAME/weights" (r, d), "NAME/standard_error" and the
        superpixels of each group; explain.py; and manifest.json, which has a manifest of each explanation.

    Raises
    ------
    ValueError
        When an option of one is in no table, and so could not be read back.
    """
    manifests = {name: [manifest(e) for e in group] for name, group in groups.items()}
    arrays: dict[str, Any] = {}
    priors: dict[str, bytes] = {}
    for name, group in groups.items():
        own = arrays_of(group[0])
        arrays |= {f"{name}/{key}": array for key, array in own.items() if key == "image" or key.startswith("segments")}
        arrays[f"{name}/weights"] = np.stack([e.weights for e in group])
        arrays[f"{name}/standard_error"] = np.stack([e.standard_error for e in group])
        for e in group:
            if isinstance(prior := e.settings.prior, GlobalPrior):
                priors[prior_name(prior.digest)] = prior_bytes(prior)
    written = {"schema": SCHEMA, "about": about, **plain(facts), "explanations": manifests}
    return {
        **priors,
        ARRAYS: npz_bytes(arrays | dict(further)),
        "explain.py": snippet_of(manifests, about).encode(),
        "manifest.json": json_bytes(written),
    }
