"""Explanations on disk: save writes one, replay asks the model again and compares.

A saved explanation is a folder: `manifest.json` has every setting and every figure, `arrays.npz` the arrays,
`weights.csv` the table, `overlay.png` the picture and `report.html` all of it to read; `prior.npz` the prior, where one
was used.  Replaying needs the manifest, the arrays and the prior beside it, and the photo, which is not saved: it is
recognised by its digest.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lime_core import files
from lime_core.drawing import heatmap
from lime_core.drawing import overlay as rendering
from lime_core.errors import ModelUnavailable, ReplayMismatch
from lime_core.explanation.explanation import Explanation
from lime_core.explanation.fitting import fit
from lime_core.files import write_files
from lime_core.knobs import plain
from lime_core.models.classifier import Classifier
from lime_core.models.zoo import find_model, load_model
from lime_core.pictures.picture import Picture
from lime_core.priors.files import prior_bytes
from lime_core.priors.prior import GlobalPrior
from lime_core.probing.growing import grow, open_probe
from lime_core.probing.spec import ProbeSpec
from lime_core.reports.html import page
from lime_core.reports.manifest import PRIOR, Saved, manifest, read
from lime_core.version import versions

TOLERANCE = 1e-6
"""How far a replayed weight may lie from the saved one, as a share of the largest |weight|."""

_ENGINE = re.compile(r"(?:torch · ((?:cpu|mps|cuda)(?::\d+)?)|OpenVINO · CPU) · (f32|bf16)(?: \(.*\))?")
_NOTE = re.compile(r" \(.*\)$")


@files.save.register
def save(explanation: Explanation, folder: str | Path) -> Path:
    """Write manifest.json, weights.csv, arrays.npz, overlay.png and report.html into `folder`; returns the folder.

    An explanation with a prior brings prior.npz along.

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
    prior = explanation.settings.prior
    if not isinstance(prior, GlobalPrior | None):
        raise ValueError(
            f"{type(prior).__name__} has no file, so it could not be read back; save what it explains without it"
        )
    contents = {
        **({} if prior is None else {PRIOR: prior_bytes(prior)}),
        "weights.csv": _csv(explanation).encode(),
        "arrays.npz": _npz(explanation),
        "overlay.png": overlay,
        "report.html": page(explanation, written, overlay).encode(),
        # Last, so that a folder with a manifest has everything that the manifest speaks of.
        "manifest.json": (json.dumps(written, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode(),
    }
    write_files(folder, {name: [content] for name, content in contents.items()})
    return folder


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
    saved = read(Path(manifest_path))
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


def _compare(saved: Saved, explanation: Explanation) -> None:
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


def _csv(explanation: Explanation) -> str:
    d = len(explanation.weights)
    sizes, inert = explanation.scene.segmentation.sizes, explanation.inert
    centers = heatmap.centroids(explanation.segments, d)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    with_prior = explanation.settings.prior is not None
    with_order, places = len(explanation.entered) > 0, explanation.entry_places
    last = ["prior_share"] * with_prior + ["entered"] * with_order
    table.writerow(["superpixel", "weight", "standard_error", "share", "inert", "center_row", "center_column", *last])
    for i in np.argsort(-np.abs(explanation.weights), kind="stable"):
        weight, error = float(explanation.weights[i]), float(explanation.standard_error[i])
        row, column = (int(place) for place in centers[i])
        share = float(sizes[i] / sizes.sum())
        last = [repr(float(explanation.prior_share[i]))] * with_prior + [str(places[i] or "")] * with_order
        fixed = "yes" if inert[i] else "no"
        table.writerow([int(i), repr(weight), plain(error), repr(share), fixed, row, column, *last])
    return text.getvalue()


def _npz(explanation: Explanation) -> bytes:
    buffer = io.BytesIO()
    with_prior = explanation.settings.prior is not None
    further: dict[str, Any] = {"prior_share": explanation.prior_share} if with_prior else {}
    if len(explanation.entered):
        further["entered"] = explanation.entered
    np.savez_compressed(
        buffer,
        weights=explanation.weights,
        standard_error=explanation.standard_error,
        segments=explanation.segments,
        features=explanation.features,
        image=explanation.image,
        **further,
    )
    return buffer.getvalue()
