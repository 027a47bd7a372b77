"""Settings in words: how an explanation was made, from its manifest alone; and a setting as Python writes it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from lime_core.arrays import Labels
from lime_core.files.names import printable
from lime_core.label_maps.label_map import LabelMap
from lime_core.priors.class_activation import CLASS_ACTIVATION
from lime_core.reports.sentences import count

_ROLES = {
    "segmenter": "Cut into superpixels by",
    "hiding": "Hidden by",
    "sampler": "Masks drawn by",
    "kernel": "Samples weighted by",
    "surrogate": "Fitted by",
    "feature_selection": "Superpixels selected by",
}


def how_it_was_made(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Say how an explanation was made, with every setting.

    Parameters
    ----------
    manifest : mapping
        As it is saved.

    Returns
    -------
    tuple of str
        Sentences.
    """
    results = manifest["results"]
    several = manifest.get("trust", {}).get("segmentations", 1)
    cut = told = count(results.get("in_photo", results["d"]), "superpixel")
    others = manifest.get("read_in")
    if several > 1:
        told = f"{several} segmentations" + f", read in the {cut} of the first" * (others is None)
    elif others is not None:  # how many were cut is not in the manifest
        told = "superpixels"
    return (
        f"By LIME: the photo was cut into {told}, some were hidden, others each time, and the model was asked "
        f"{count(manifest['num_samples'], 'time')} (seed {manifest['seed']}). "
        "A simple model was fitted to its answers.",
        *(f"{said} {option_in_words(manifest[role])}." for role, said in _ROLES.items() if role in manifest),
        *([] if others is None else [f"The map is read in the {cut} of {option_in_words(others)}."]),
        *_prior(manifest),
        f"The model ran on {printable(str(manifest['engine']))}; "
        + ", ".join(f"{name} {version}" for name, version in manifest.get("versions", {}).items())
        + ".",
    )


def _prior(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    facts = manifest.get("prior")
    if facts is None:
        return ()
    whose = "the class activation map" if facts["name"] == CLASS_ACTIVATION else "a global prior (G-LIME)"
    return (
        f"The fit was pulled towards {whose} with the digest {facts['digest'][:12]}, at a strength of "
        f"{facts['strength']:g}.",
    )


def option_in_words(record: Mapping[str, Any]) -> str:
    """Name an option of a manifest with all of its settings.

    Parameters
    ----------
    record : mapping
        Its name and its settings.

    Returns
    -------
    str
        The settings in brackets.
    """
    if record["name"] == "function":
        return f"the function {printable(str(record.get('function')))}, whose code is not in these files"
    settings = []
    for key, value in record.items():
        if key == "members":
            settings.append("; ".join(option_in_words(member) for member in value))
        elif key not in ("name", "revision"):
            settings.append(f"{key.replace('_', ' ')} {value}")
    name = str(record["name"]).replace("_", " ")
    return f"{name} ({', '.join(settings)})" if settings else name


def written(value: Any) -> str:
    """Write a setting as Python does.

    Parameters
    ----------
    value : object
        An option with all of its settings, a tuple of them, or a plain value; labels are those of `labels_of`, in
        `arrays`.

    Returns
    -------
    str
        Python, in which `lc` is this package.
    """
    if isinstance(value, LabelMap):
        return f"lc.LabelMap.of(arrays[{_labels_name(value)!r}])"
    if is_dataclass(value) and not isinstance(value, type):
        told = (f"{f.name}={written(getattr(value, f.name))}" for f in fields(value) if f.init and f.compare)
        return f"lc.{type(value).__name__}({', '.join(told)})"
    if isinstance(value, tuple):
        return f"({', '.join(map(written, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    return repr(value)


def labels_of(value: Any) -> dict[str, Labels]:
    """Take the labels out of a setting.

    Parameters
    ----------
    value : object
        As for `written`.

    Returns
    -------
    dict of str to ndarray (h, w) of int32
        Those of each label map in it, by the name that `written` gives them.
    """
    if isinstance(value, LabelMap):
        return {_labels_name(value): value.labels}
    inside = value if isinstance(value, tuple) else ()
    if is_dataclass(value) and not isinstance(value, type):
        inside = tuple(getattr(value, f.name) for f in fields(value) if f.init and f.compare)
    return {name: labels for each in inside for name, labels in labels_of(each).items()}


def _labels_name(map: LabelMap) -> str:
    return f"labels_{map.digest[:12]}"
