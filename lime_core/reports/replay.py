"""Replaying a saved explanation: the model is asked again, and the weights are compared.

It needs the manifest, the arrays and the prior beside it (see `saving`), and the photo, of which no more than
the crop is saved: it is recognised by its digest.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from lime_core.arguments import path_of
from lime_core.catalog.loading import ModelLike, find_model, load_model
from lime_core.errors import ModelUnavailable, PriorMismatch, ReplayMismatch
from lime_core.explanation.explanation import Explanation
from lime_core.explanation.fitting import fit
from lime_core.explanation.pooling import read_in
from lime_core.models.classifier import Classifier
from lime_core.pictures.picture import PictureLike, picture_of
from lime_core.priors.class_activation import class_activation
from lime_core.probing.growing import grow, open_probe
from lime_core.probing.probe import Probe
from lime_core.probing.spec import ProbeSpec
from lime_core.reports.manifest import Saved, read
from lime_core.roles import is_function
from lime_core.version import versions

TOLERANCE = 1e-6
"""How far a replayed weight may lie from the saved one, as a share of the largest |weight|."""

_ENGINE = re.compile(
    r"(?P<engine>torch(?:\.compile)?|OpenVINO|ONNX Runtime) · (?P<device>(?:cpu|CPU|mps|cuda)(?::\d+)?) · "
    r"(?P<precision>\w+)(?: \(.*\))?"
)
_NOTE = re.compile(r" \(.*\)$")


def replay(
    manifest_path: str | Path,
    picture: PictureLike,
    model: ModelLike | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Explanation:
    """Explain again what a manifest names, and return the result if its weights are the saved ones.

    Parameters
    ----------
    manifest_path : str or Path
        A `manifest.json`, or the folder that holds it.
    picture : Picture, or what `load_picture` takes
        The photo that was explained.
    model : Classifier, or what `load_model` takes, optional
        None loads the manifest's model by its name.  By name or description it is loaded on the device and in the
        precision that it ran with.
    on_progress : callable, optional
        Called as on_progress(done, num_samples) after each batch.

    Returns
    -------
    Explanation
        Its weights are the saved ones within `TOLERANCE`.

    Raises
    ------
    ReplayMismatch
        When picture, model, engine or weights differ, the manifest or its arrays cannot be read, or an option was a
        plain function, whose code no file holds; says which.
    LimeError
        What loading the model and asking it can raise.
    ValueError, TypeError
        For what is no path, picture or model.
    """
    return replay_with_samples(manifest_path, picture, model, on_progress)[0]


def replay_with_samples(
    manifest_path: str | Path,
    picture: PictureLike,
    model: ModelLike | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[Explanation, Probe]:
    """Replay, and return the samples too: what they say beside the map is in no file.

    Parameters
    ----------
    manifest_path, picture, model, on_progress : str or Path, Picture, Classifier and callable
        As of `replay`.

    Returns
    -------
    Explanation, Probe
        What `replay` returns, and what it was fitted to.

    Raises
    ------
    ReplayMismatch, LimeError, ValueError, TypeError
        As `replay`.
    """
    manifest = path_of("manifest_path", manifest_path)
    if on_progress is not None:
        is_function("on_progress", on_progress, "done", "num_samples")
    picture = picture_of(picture)
    saved = read(manifest)
    differences = []
    if picture.digest != saved.spec.picture:
        differences.append(f"the picture is another ({picture.digest[:12]}…, not {saved.spec.picture[:12]}…)")
    if differences and model is None:  # a model may have to be downloaded first
        raise _mismatch(differences)
    wanted = saved.spec.model if model is None else model
    classifier = _load_as_saved(saved.spec, wanted) if isinstance(wanted, str | Path) else load_model(wanted)
    # A description may lie in a folder of another name, which it has where it says none; its fingerprint holds weights.
    described = isinstance(wanted, str | Path) and str(wanted).endswith(".toml")
    same = described and classifier.fingerprint == saved.spec.fingerprint
    if classifier.name != saved.spec.model and not same:
        differences.append(f"the model is {classifier.name!r}, not {saved.spec.model!r}")
    elif classifier.fingerprint != saved.spec.fingerprint:
        differences.append(f"the weights of {classifier.name}, its input or its output are others")
    elif without_note(classifier.engine.description) != without_note(saved.spec.engine):
        differences.append(f"the model runs on {classifier.engine.description!r}, not {saved.spec.engine!r}")
    if differences:
        raise _mismatch(differences)

    settings = saved.settings
    if saved.activation is not None:
        try:
            prior = class_activation(classifier, wanted if isinstance(wanted, str | Path) else None)
            settings = replace(settings, prior=prior, prior_strength=saved.activation)
        except PriorMismatch as error:
            raise ReplayMismatch(f"The class activation map that was the prior cannot be made: {error}") from error
    spec = replace(saved.spec, model=classifier.name, engine=classifier.engine.description)
    probe = open_probe(spec, picture, classifier)
    for longer in grow(probe, saved.num_samples, classifier):
        probe = longer
        if on_progress:
            on_progress(len(probe), saved.num_samples)
    try:
        explanation = fit(probe, settings)
        if saved.read_in is not None:
            explanation = read_in(explanation, saved.read_in)
    except ValueError as error:
        raise ReplayMismatch(f"The manifest does not fit the model {classifier.name}: {error}.") from error
    if difference := apart(saved, explanation):
        raise _mismatch([difference, changed_versions(saved)])
    return explanation, probe


def _load_as_saved(spec: ProbeSpec, model: ModelLike) -> Classifier:
    """A model by name or description, on the engine that the manifest names."""
    if model == spec.model:
        try:
            find_model(spec.model)
        except ModelUnavailable as error:
            raise ReplayMismatch(
                f"The model {spec.model!r} of the manifest cannot be loaded by its name, so give the model itself, on "
                f"the command line with --model ({error})"
            ) from error
    try:
        return load_model(model, *ran_on(spec.engine))
    except ValueError as error:
        raise _mismatch([f"the model ran on {spec.engine!r}, and here {error}"]) from error


def ran_on(engine: str) -> tuple[str, str, str]:
    """Read the description of an engine.

    Parameters
    ----------
    engine : str
        Such as "OpenVINO · CPU · f32".

    Returns
    -------
    device, precision, engine : str
        As `load_model` takes them; "auto" for what is not known.
    """
    ran = _ENGINE.fullmatch(engine)
    return (ran["device"].lower(), ran["precision"], ran["engine"].lower().replace(" ", "")) if ran else ("auto",) * 3


def without_note(engine: str) -> str:
    """Take away why an engine, its device and its precision were chosen.

    Parameters
    ----------
    engine : str
        Its description.

    Returns
    -------
    str
        What is left of it.
    """
    return _NOTE.sub("", engine)


def apart(saved: Saved, explanation: Explanation) -> str:
    """Say how far weights are from those that were saved.

    Parameters
    ----------
    saved : Saved
        With weights.
    explanation : Explanation
        Of the same settings.

    Returns
    -------
    str
        Empty where they are the same within `TOLERANCE`.
    """
    before, now = saved.weights, explanation.weights
    if before.shape != now.shape:
        return f"there are {len(now)} superpixels, and the saved weights have the shape {before.shape}"
    furthest, largest = float(np.abs(before - now).max()), float(np.abs(before).max())
    if furthest <= TOLERANCE * largest:
        return ""
    return f"the weights are up to {furthest:.3g} apart, where the largest is {largest:.3g}"


def changed_versions(saved: Saved) -> str:
    """Say which packages are of another version than when an explanation was saved.

    Parameters
    ----------
    saved : Saved
        It has the versions of then.

    Returns
    -------
    str
        Each with both versions, or that all are the same.
    """
    here = versions(saved.spec.engine)
    changed = [
        f"{name} {saved.versions.get(name, 'missing')} then, {here.get(name, 'missing')} now"
        for name in sorted({*saved.versions, *here})
        if saved.versions.get(name) != here.get(name)
    ]
    return f"versions differ: {'; '.join(changed)}" if changed else "all versions are those of the manifest"


def _mismatch(differences: list[str]) -> ReplayMismatch:
    return ReplayMismatch(f"This is not what was saved: {', and '.join(differences)}.")
