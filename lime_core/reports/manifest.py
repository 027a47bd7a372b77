"""Manifests: what stands in one, and how it is read back with what lies beside it.

They may come from anywhere, so nothing in them is executed or imported: names are looked up in the tables of this
package, numbers are checked, and of every file the size is bounded before it is read, of every array before it is
unpacked.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lime_core.arguments import number, shown
from lime_core.arrays import Weights
from lime_core.errors import ReplayMismatch
from lime_core.explanation.settings import FitSettings
from lime_core.files.records import from_json
from lime_core.files.untrusted import contents_of, untrusted
from lime_core.priors.class_activation import CLASS_ACTIVATION, activation_digest
from lime_core.priors.prior import GlobalPrior
from lime_core.probing.hiding import HIDINGS
from lime_core.probing.spec import MAX_SAMPLES, ProbeSpec
from lime_core.reports.beside import ARRAYS, MOST_TEXT, Beside
from lime_core.sampling.kernels import KERNELS
from lime_core.sampling.samplers import SAMPLERS
from lime_core.superpixels.segmentations import Segmentations
from lime_core.superpixels.segmenter import Segmenter
from lime_core.superpixels.segmenters import SEGMENTERS
from lime_core.surrogates.selection import SELECTIONS
from lime_core.surrogates.table import SURROGATES

SCHEMA = 1
"""Raised by one whenever a manifest of this version could be misread by the last."""

TABLES: dict[str, Mapping[str, type]] = {
    "segmenter": SEGMENTERS,
    "hiding": HIDINGS,
    "sampler": SAMPLERS,
    "kernel": KERNELS,
    "surrogate": SURROGATES,
    "feature_selection": SELECTIONS,
}
"""The options of an explanation, by their names in a manifest, and the table that each is chosen from."""

_MOST_WEIGHTS = 100_000
_MOST_NAME = 1_000  # characters of a name, a digest or an engine
_MOST_VERSIONS = 100
_MOST_SHOWN = 80  # characters of a value in a message


@dataclass(frozen=True, eq=False)
class Saved:
    """What a folder of a saved explanation says.

    Parameters
    ----------
    spec, settings : ProbeSpec, FitSettings
        How the weights were made; the class and the score space are filled in.
    num_samples : int
        How many samples they were fitted to.
    versions : mapping of str to str
        The versions of the packages then.
    weights : (d,) float64
        The saved weights; empty where the manifest came without them.
    activation : float, optional
        The strength of the model's class activation map, where that was the prior: the settings have none then.
    read_in : Segmenter, optional
        Of other superpixels than those that were cut, where the weights were read in such.
    """

    spec: ProbeSpec
    settings: FitSettings
    num_samples: int
    versions: Mapping[str, str]
    weights: Weights
    activation: float | None = None
    read_in: Segmenter | None = None


def read(path: Path) -> Saved:
    """Read a manifest and what lies beside it.

    Parameters
    ----------
    path : Path
        A `manifest.json`, or the folder that holds it.

    Returns
    -------
    Saved
        What they say.

    Raises
    ------
    ReplayMismatch
        When one of the files is missing, broken or of another schema, or names what is not known here.
    """
    path = path / "manifest.json" if os.path.isdir(path) else path
    text = contents_of(path, "manifest", MOST_TEXT, ReplayMismatch)
    return saved_of(record_of(text, path.name, f"It is {path}."), Beside.of(path), path.name, f"It is {path}.")


def record_of(text: bytes, name: str, place: str = "") -> dict[str, Any]:
    """Parse a manifest.

    Parameters
    ----------
    text, name, place : bytes, str and str
        What it holds, what it is called, and a sentence that says where it is.

    Returns
    -------
    dict
        What it says, of a schema that is known; nothing else of it is checked yet.

    Raises
    ------
    ReplayMismatch
        For what is no JSON, or of another schema.
    """
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReplayMismatch(f"{name} is no manifest: it does not hold readable JSON.", place) from error
    if not isinstance(record, dict) or record.get("schema") is True or record.get("schema") != SCHEMA:
        other = shown(record.get("schema") if isinstance(record, dict) else None)
        raise ReplayMismatch(
            f"{name} is no manifest of schema {SCHEMA}, the one that is known here (found {other}).", place
        )
    return record


def saved_of(record: Mapping[str, Any], beside: Beside, name: str, place: str = "", lone: bool = False) -> Saved:
    """Read what a manifest says, and what lies beside it.

    Parameters
    ----------
    record, beside, name, place : mapping, Beside, str and str
        What `record_of` gave and was called with, and where its arrays and its prior are.
    lone : bool, default False
        Whether the weights may be missing.

    Returns
    -------
    Saved
        What they say.

    Raises
    ------
    ReplayMismatch
        When something is missing, broken, or not known here.
    """
    with untrusted(ReplayMismatch, f"{name} cannot be replayed: what it says makes no sense. Make it anew."):
        return _saved(record, beside, place, lone and not beside.has(ARRAYS))


def _saved(record: Mapping[str, Any], beside: Beside, place: str, lone: bool) -> Saved:
    try:
        activation = _activation(record)
        spec = ProbeSpec(
            _typed(record, "picture", str),
            _typed(record, "model", str),
            _typed(record, "fingerprint", str),
            _typed(record, "engine", str),
            _segmenter(_typed(record, "segmenter", dict), beside, "segments_0" if "read_in" in record else "segments"),
            from_json(_typed(record, "hiding", dict), HIDINGS),
            from_json(_typed(record, "sampler", dict), SAMPLERS),
            _typed(record, "seed", int),
        )
        settings = FitSettings(
            _typed(record, "class_index", int),
            _typed(record, "space", str),
            from_json(_typed(record, "kernel", dict), KERNELS),
            from_json(_typed(record, "surrogate", dict), SURROGATES),
            from_json(_typed(record, "feature_selection", dict), SELECTIONS),
            *(_prior(record, beside) if activation is None else ()),
        )
        others = _segmenter(_typed(record, "read_in", dict), beside) if "read_in" in record else None
        num_samples = _typed(record, "num_samples", int)
        if not 2 <= num_samples <= MAX_SAMPLES:
            raise ValueError(f"num_samples must lie in [2, {MAX_SAMPLES}], got {num_samples}")
        made_with = _versions(_typed(record, "versions", dict))
    except (ValueError, TypeError) as error:
        reason = str(error) if len(str(error)) <= 5 * _MOST_SHOWN else f"{str(error)[: 5 * _MOST_SHOWN]}…"
        raise ReplayMismatch(f"The manifest cannot be replayed: {reason}.", place) from error
    weights = np.empty(0) if lone else beside.array("weights", _MOST_WEIGHTS).astype(np.float64)
    return Saved(spec, settings, num_samples, made_with, weights, activation, others)


def _typed(record: Mapping[str, Any], key: str, kind: type) -> Any:
    value = record.get(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(
            f"{key} is missing" if key not in record else f"{key} is no {kind.__name__}, but {shown(value)}"
        )
    if isinstance(value, str):
        value.encode()  # JSON can hold half of a character, which no message could show
        if len(value) > _MOST_NAME:
            raise ValueError(f"{key} has {len(value)} characters, and {_MOST_NAME} are the most")
    return value


def _versions(written: Mapping[str, Any]) -> dict[str, str]:
    if len(written) > _MOST_VERSIONS:
        raise ValueError(f"versions names {len(written)} packages, and {_MOST_VERSIONS} are the most")
    return {name[:_MOST_SHOWN]: _typed(written, name, str)[:_MOST_SHOWN] for name in written}


def _segmenter(record: Mapping[str, Any], beside: Beside, name: str = "segments") -> Segmenter:
    """The segmenter of a manifest; a label map is the array of this name, of several that of its place."""
    members = record.get("members")
    if record.get("name") == "several" and isinstance(members, list):
        read = [_segmenter(_options(each), beside, f"segments_{place}") for place, each in enumerate(members)]
        return Segmentations(tuple(read))
    if record.get("name") != "label_map":
        return from_json(record, SEGMENTERS)
    return beside.label_map(name)


def _options(member: object) -> Mapping[str, Any]:
    if not isinstance(member, dict) or member.get("name") == "several":
        raise ValueError(f"a member of several segmentations is no segmenter, but {shown(member)}")
    return member


def _prior(record: Mapping[str, Any], beside: Beside) -> tuple[GlobalPrior | None, float]:
    """The prior of a manifest and its strength."""
    if "prior" not in record:
        return None, 0.0
    facts = _typed(record, "prior", dict)
    digest, strength = _typed(facts, "digest", str), _typed(facts, "strength", float)
    return beside.prior(digest), strength


def _activation(record: Mapping[str, Any]) -> float | None:
    """The strength of the model's class activation map; None where it was not the prior."""
    facts = record.get("prior")
    if not isinstance(facts, dict) or facts.get("name") != CLASS_ACTIVATION:
        return None
    if facts.get("digest") != activation_digest(_typed(record, "fingerprint", str)):
        raise ReplayMismatch("The manifest names the class activation map of another model than its own.")
    return number("strength", _typed(facts, "strength", float), 0)
