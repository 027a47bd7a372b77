"""How an explanation was made, in sentences, from its manifest alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lime_core.files.names import printable
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
    cut = f"{count(results['d'], 'superpixel')}"
    if several > 1:
        cut = f"{several} segmentations, read in the {cut} of the first"
    return (
        f"By LIME: the photo was cut into {cut}, some were hidden, others each time, and the model was asked "
        f"{count(manifest['num_samples'], 'time')} (seed {manifest['seed']}). "
        "A simple model was fitted to its answers.",
        *(f"{said} {option_in_words(manifest[role])}." for role, said in _ROLES.items() if role in manifest),
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
