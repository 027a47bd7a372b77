"""Explanations on disk: save writes one, replay asks the model again and compares.

A saved explanation is a folder: `manifest.json` has every setting and every figure, `arrays.npz` the arrays,
`weights.csv` the table, `overlay.png` the picture and `report.html` all of it to read.  Replaying needs the manifest,
the arrays beside it, and the photo, which is not saved: it is recognised by its digest.  A manifest may come from
anywhere, so nothing in it is executed or imported; names are looked up in the tables of this package.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lime_core import rendering
from lime_core.arrays import Weights
from lime_core.errors import LimeError, ModelUnavailable, ReplayMismatch
from lime_core.explanation import Explanation, FitSettings, fit, versions
from lime_core.hiding import HIDINGS
from lime_core.html_report import page
from lime_core.kernels import KERNELS
from lime_core.knobs import from_json, to_json
from lime_core.models import Classifier
from lime_core.pictures import Picture
from lime_core.probing import ProbeSpec, grow, open_probe
from lime_core.sampling import SAMPLERS
from lime_core.segmentation import SEGMENTERS, LabelMap, Segmenter
from lime_core.selection import SELECTIONS
from lime_core.surrogates import SURROGATES
from lime_core.zoo import find_model, load_model

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

TOLERANCE = 1e-6
"""How far a replayed weight may lie from the saved one, as a share of the largest |weight|."""

_MOST_SAMPLES = 10_000_000
_ENGINE = re.compile(r"(?:torch · ((?:cpu|mps|cuda)(?::\d+)?)|OpenVINO · CPU) · (f32|bf16)(?: \(.*\))?")
_NOTE = re.compile(r" \(.*\)$")


def save(explanation: Explanation, folder: str | Path) -> Path:
    """Write manifest.json, weights.csv, arrays.npz, overlay.png and report.html into `folder`; returns the folder.

    The folder is made if it is missing, and files of these names in it are replaced, each at once.

    Raises
    ------
    ValueError
        when an option of the explanation is in no table, and so could not be read back.
    OSError
        when the folder cannot be written; no part of a file stays behind.
    """
    folder = Path(folder)
    written = manifest(explanation)
    overlay = rendering.png_bytes(explanation.overlay(rendering.View(), scale=3))
    contents = {
        "weights.csv": _csv(explanation).encode(),
        "arrays.npz": _npz(explanation),
        "overlay.png": overlay,
        "report.html": page(explanation, written, overlay).encode(),
        # Last, so that a folder with a manifest has everything that the manifest speaks of.
        "manifest.json": (json.dumps(written, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    parts = {folder / name: folder / f".{name}.{uuid.uuid4().hex}.part" for name in contents}
    try:
        for path, part in parts.items():
            part.write_bytes(contents[path.name])
        for path, part in parts.items():
            os.replace(part, path)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
    return folder


def manifest(explanation: Explanation) -> dict[str, Any]:
    """Everything about an explanation but its arrays, ready for JSON: plain types, and None where a figure is NaN.

    Raises ValueError when an option is in no table, and so could not be read back.
    """
    spec, settings = explanation.spec, explanation.settings
    options = {
        "segmenter": spec.segmenter,
        "hiding": spec.hiding,
        "sampler": spec.sampler,
        "kernel": settings.kernel,
        "surrogate": settings.surrogate,
        "feature_selection": settings.feature_selection,
    }
    plain: dict[str, Any] = _plain(
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
    return plain


def replay(
    manifest_path: str | Path,
    picture: Picture,
    model: Classifier | str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Explanation:
    """Explain again what a manifest names, and return the result if its weights are the saved ones.

    manifest_path : a `manifest.json`, or the folder that holds it
    model : None loads the manifest's model by its name, on the device and in the precision that it ran with
    on_progress : called as on_progress(done, num_samples) after each batch

    Raises
    ------
    ReplayMismatch
        when picture, model, engine or weights differ, or the manifest or its arrays cannot be read; says which.
    LimeError
        what loading the model and asking it can raise.
    """
    saved = _read(Path(manifest_path))
    differences = []
    if picture.digest != saved.spec.picture:
        differences.append(f"the picture is another ({picture.digest[:12]}…, not {saved.spec.picture[:12]}…)")
    if differences and model is None:  # a model may have to be downloaded first
        raise _mismatch(differences)
    classifier = _load_as_saved(saved.spec) if model is None else load_model(model)
    if classifier.name != saved.spec.model:
        differences.append(f"the model is {classifier.name!r}, not {saved.spec.model!r}")
    elif classifier.fingerprint != saved.spec.fingerprint:
        differences.append(f"the weights of {classifier.name} are others")
    elif _without_note(classifier.engine.description) != _without_note(saved.spec.engine):
        differences.append(f"the model runs on {classifier.engine.description!r}, not {saved.spec.engine!r}")
    if differences:
        raise _mismatch(differences)

    probe = open_probe(replace(saved.spec, engine=classifier.engine.description), picture, classifier)
    for longer in grow(probe, saved.num_samples, classifier):
        probe = longer
        if on_progress:
            on_progress(len(probe), saved.num_samples)
    try:
        explanation = fit(probe, saved.settings)
    except ValueError as error:
        raise ReplayMismatch(f"The manifest does not fit the model {classifier.name}: {error}.") from error
    _compare(saved, explanation)
    return explanation


@dataclass(frozen=True, eq=False)
class _Saved:
    """What a folder says: weights (d,) float64 and how they were made."""

    spec: ProbeSpec
    settings: FitSettings
    num_samples: int
    versions: Mapping[str, str]
    weights: Weights


def _read(path: Path) -> _Saved:
    path = path / "manifest.json" if path.is_dir() else path
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReplayMismatch(f"The manifest {path} could not be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise ReplayMismatch(f"{path} is no manifest: it does not hold readable JSON.") from error
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        found = data.get("schema") if isinstance(data, dict) else None
        raise ReplayMismatch(f"{path} is no manifest of schema {SCHEMA}, the one that is known here (found {found!r}).")
    arrays = path.with_name("arrays.npz")
    try:
        spec = ProbeSpec(
            _typed(data, "picture", str),
            _typed(data, "model", str),
            _typed(data, "fingerprint", str),
            _typed(data, "engine", str),
            _segmenter(_typed(data, "segmenter", dict), arrays),
            from_json(_typed(data, "hiding", dict), HIDINGS),
            from_json(_typed(data, "sampler", dict), SAMPLERS),
            _typed(data, "seed", int),
        )
        settings = FitSettings(
            _typed(data, "class_index", int),
            _typed(data, "space", str),
            from_json(_typed(data, "kernel", dict), KERNELS),
            from_json(_typed(data, "surrogate", dict), SURROGATES),
            from_json(_typed(data, "feature_selection", dict), SELECTIONS),
        )
        num_samples = _typed(data, "num_samples", int)
        if not 2 <= num_samples <= _MOST_SAMPLES:
            raise ValueError(f"num_samples must lie in [2, {_MOST_SAMPLES}], got {num_samples}")
        made_with = {str(name): str(version) for name, version in _typed(data, "versions", dict).items()}
    except (ValueError, TypeError) as error:
        raise ReplayMismatch(f"The manifest {path} cannot be replayed: {error}.") from error
    return _Saved(spec, settings, num_samples, made_with, _array(arrays, "weights").astype(np.float64))


def _typed(data: Mapping[str, Any], key: str, kind: type) -> Any:
    value = data.get(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{key} is missing" if key not in data else f"{key} is no {kind.__name__}, but {value!r}")
    return value


def _segmenter(data: Mapping[str, Any], arrays: Path) -> Segmenter:
    if data.get("name") != "label_map":
        return from_json(data, SEGMENTERS)
    try:
        return LabelMap.of(_array(arrays, "segments"))
    except ReplayMismatch:
        raise
    except LimeError as error:
        raise ReplayMismatch(f"The superpixels in {arrays} cannot be used: {error}") from error


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


def _load_as_saved(spec: ProbeSpec) -> Classifier:
    try:
        find_model(spec.model)
    except ModelUnavailable as error:
        raise ReplayMismatch(
            f"The model {spec.model!r} of the manifest cannot be loaded by its name, so give the model itself ({error})"
        ) from error
    ran = _ENGINE.fullmatch(spec.engine)
    device, precision = ran.groups() if ran else ("auto", "auto")
    engine = ("torch" if device else "openvino") if ran else "auto"
    try:
        return load_model(spec.model, device or "cpu", precision, engine)
    except ValueError as error:
        raise _mismatch([f"the model ran on {spec.engine!r}, and here {error}"]) from error


def _without_note(engine: str) -> str:
    """The engine, device and precision of a description, without why they were chosen."""
    return _NOTE.sub("", engine)


def _compare(saved: _Saved, explanation: Explanation) -> None:
    before, now = saved.weights, explanation.weights
    if before.shape != now.shape:
        what = f"there are {len(now)} superpixels, and the saved weights have the shape {before.shape}"
    else:
        apart, largest = float(np.abs(before - now).max()), float(np.abs(before).max())
        if apart <= TOLERANCE * largest:
            return
        what = f"the weights are up to {apart:.3g} apart, where the largest is {largest:.3g}"
    here = versions()
    changed = [
        f"{name} {saved.versions.get(name, 'missing')} then, {here.get(name, 'missing')} now"
        for name in sorted({*saved.versions, *here})
        if saved.versions.get(name) != here.get(name)
    ]
    why = f"versions differ: {'; '.join(changed)}" if changed else "all versions are those of the manifest"
    raise _mismatch([what, why])


def _mismatch(differences: list[str]) -> ReplayMismatch:
    return ReplayMismatch(f"This is not what was saved: {', and '.join(differences)}.")


def _plain(value: Any) -> Any:
    """The same value in types that JSON has, with None for NaN and infinity."""
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _csv(explanation: Explanation) -> str:
    d = len(explanation.weights)
    sizes, inert = explanation.scene.segmentation.sizes, explanation.inert
    centers = rendering.centroids(explanation.segments, d)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["superpixel", "weight", "standard_error", "share", "inert", "center_row", "center_column"])
    for i in np.argsort(-np.abs(explanation.weights), kind="stable"):
        weight, error = float(explanation.weights[i]), float(explanation.standard_error[i])
        row, column = (int(place) for place in centers[i])
        share = float(sizes[i] / sizes.sum())
        table.writerow([int(i), repr(weight), _plain(error), repr(share), "yes" if inert[i] else "no", row, column])
    return text.getvalue()


def _npz(explanation: Explanation) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        weights=explanation.weights,
        standard_error=explanation.standard_error,
        segments=explanation.segments,
        features=explanation.features,
        image=explanation.image,
    )
    return buffer.getvalue()
