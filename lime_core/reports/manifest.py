"""The manifest: every setting and figure of an explanation as JSON, written and read back.

It may come from anywhere, so nothing in it is executed or imported: names are looked up in the tables of this package,
numbers are checked, and arrays beside it are read without pickles.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lime_core.arrays import Weights
from lime_core.errors import BadPrior, LimeError, ReplayMismatch
from lime_core.explanation.explanation import Explanation
from lime_core.explanation.settings import FitSettings
from lime_core.files.records import from_json, plain, to_json
from lime_core.pictures.label_map import LabelMap
from lime_core.priors.files import load_prior
from lime_core.priors.prior import GlobalPrior
from lime_core.probing.hiding import HIDINGS
from lime_core.probing.segmentation import Segmenter
from lime_core.probing.segmenters import SEGMENTERS
from lime_core.probing.spec import MAX_SAMPLES, ProbeSpec
from lime_core.sampling.kernels import KERNELS
from lime_core.sampling.samplers import SAMPLERS
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

PRIOR = "prior.npz"
"""The file beside a manifest that holds the prior of the explanation, where it has one."""


def manifest(explanation: Explanation) -> dict[str, Any]:
    """Write down everything about an explanation but its arrays.

    Parameters
    ----------
    explanation : Explanation
        Of any picture and model.

    Returns
    -------
    dict
        Ready for JSON: plain types, and None where a figure is NaN.

    Raises
    ------
    ValueError
        When an option is in no table, and so could not be read back.
    """
    spec, settings = explanation.spec, explanation.settings
    options = spec.settings.options | settings.options
    written: dict[str, Any] = plain(
        {
            "schema": SCHEMA,
            "picture": spec.picture,
            "model": spec.model,
            "fingerprint": spec.fingerprint,
            "engine": spec.engine,
            "class_index": settings.class_index,
            "class_name": explanation.class_name,
            "space": settings.space,
            "num_samples": explanation.n_samples,
            "seed": spec.seed,
            **{role: to_json(option, TABLES[role]) for role, option in options.items()},
            "results": {
                "r2": explanation.r2,
                "intercept": explanation.intercept,
                "local_prediction": explanation.local_prediction,
                "model_score": explanation.model_score,
                "effective_samples": explanation.effective_samples,
                "d": len(explanation.weights),
            },
            "versions": explanation.versions,
        }
    )
    if settings.prior is not None:
        facts = {"digest": settings.prior.digest, "made_by": settings.prior.made_by}
        written["prior"] = plain({"name": PRIOR, "strength": float(settings.prior_strength), **facts})
        figures = {"prior_scale": explanation.prior_scale, "prior_coverage": explanation.prior_coverage}
        written["results"] |= plain({**figures, "prior_share": explanation.mean_prior_share})
    return written


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
        The saved weights.
    """

    spec: ProbeSpec
    settings: FitSettings
    num_samples: int
    versions: Mapping[str, str]
    weights: Weights


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
    path = path / "manifest.json" if path.is_dir() else path
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReplayMismatch(f"The manifest {path} could not be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise ReplayMismatch(f"{path} is no manifest: it does not hold readable JSON.") from error
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        other = record.get("schema") if isinstance(record, dict) else None
        raise ReplayMismatch(f"{path} is no manifest of schema {SCHEMA}, the one that is known here (found {other!r}).")
    arrays = path.with_name("arrays.npz")
    try:
        spec = ProbeSpec(
            _typed(record, "picture", str),
            _typed(record, "model", str),
            _typed(record, "fingerprint", str),
            _typed(record, "engine", str),
            _segmenter(_typed(record, "segmenter", dict), arrays),
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
            *_prior(record, path.with_name(PRIOR)),
        )
        num_samples = _typed(record, "num_samples", int)
        if not 2 <= num_samples <= MAX_SAMPLES:
            raise ValueError(f"num_samples must lie in [2, {MAX_SAMPLES}], got {num_samples}")
        made_with = {str(name): str(version) for name, version in _typed(record, "versions", dict).items()}
    except (ValueError, TypeError) as error:
        raise ReplayMismatch(f"The manifest {path} cannot be replayed: {error}.") from error
    return Saved(spec, settings, num_samples, made_with, _array(arrays, "weights").astype(np.float64))


def _typed(record: Mapping[str, Any], key: str, kind: type) -> Any:
    value = record.get(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{key} is missing" if key not in record else f"{key} is no {kind.__name__}, but {value!r}")
    return value


def _segmenter(record: Mapping[str, Any], arrays: Path) -> Segmenter:
    if record.get("name") != "label_map":
        return from_json(record, SEGMENTERS)
    try:
        return LabelMap.of(_array(arrays, "segments"))
    except ReplayMismatch:
        raise
    except LimeError as error:
        raise ReplayMismatch(f"The superpixels in {arrays} cannot be used: {error}") from error


def _prior(record: Mapping[str, Any], path: Path) -> tuple[GlobalPrior | None, float]:
    """The prior of a manifest and its strength."""
    if "prior" not in record:
        return None, 0.0
    facts = _typed(record, "prior", dict)
    digest, strength = _typed(facts, "digest", str), _typed(facts, "strength", float)
    if not path.is_file():
        raise ReplayMismatch(f"{path} is missing: the explanation was made with that prior ({digest[:12]}…).")
    try:
        prior = load_prior(path)
    except BadPrior as error:
        raise ReplayMismatch(f"The prior {path} cannot be used: {error}") from error
    if prior.digest != digest:
        raise ReplayMismatch(f"{path} is another prior ({prior.digest[:12]}…, not {digest[:12]}…).")
    return prior, strength


def _array(path: Path, name: str) -> NDArray[Any]:
    try:
        # From memory: NumPy leaves a file open that turns out to be no archive.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            array = arrays[name]
        if not np.issubdtype(array.dtype, np.number) or np.iscomplexobj(array):
            raise ValueError(f"{name} holds {array.dtype}")
    except FileNotFoundError as error:
        raise ReplayMismatch(f"{path} is missing: it holds what the replay is compared with.") from error
    except Exception as error:  # a broken archive makes zipfile, zlib and NumPy raise almost anything
        raise ReplayMismatch(f"{path} is broken: its array {name!r} cannot be read.") from error
    return array
