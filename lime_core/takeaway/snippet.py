"""Scripts that compute again what manifests say, with every setting written out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from lime_core.catalog.loading import MODELS
from lime_core.files.names import printable
from lime_core.files.records import from_json
from lime_core.pictures.gallery import gallery_name
from lime_core.priors.class_activation import CLASS_ACTIVATION
from lime_core.reports.beside import PRIOR
from lime_core.reports.manifest import TABLES
from lime_core.reports.replay import ran_on
from lime_core.takeaway.settings_in_words import written

_HEAD = '''"""{about}

It was made with lime_core {version}; the same versions and the same engine give the same weights to the last digit.
"""

from pathlib import Path

import numpy as np

import lime_core as lc

HERE = Path(__file__).parent
arrays = np.load(HERE / "arrays.npz", allow_pickle=False)
'''


def snippet(manifest: Mapping[str, Any]) -> str:
    """Write a script that computes an explanation again and prints its weights.

    Parameters
    ----------
    manifest : mapping
        As it is saved; the script expects arrays.npz beside it, and prior.npz where there is a prior.

    Returns
    -------
    str
        Python.  What no file holds is to be filled in, and marked so: a photo that is not in `GALLERY`, a model that is
        not in `MODELS`, options that were functions.

    Raises
    ------
    KeyError, TypeError, ValueError
        For what is no manifest of an explanation.
    """
    lines = [
        _head("Explains a photo again, as manifest.json says.", [manifest]),
        picture_line(manifest["picture"], "picture"),
        model_line(*_of(manifest), "model"),
        f"explanation = {_call(manifest, 'picture', 'model', repr(manifest['seed']), '')}",
        "for superpixel, weight in enumerate(explanation.weights):",
        "    print(superpixel, weight)",
    ]
    return "\n".join(lines) + "\n"


def snippet_of(manifests: Mapping[str, Sequence[Mapping[str, Any]]], about: str) -> str:
    """Write a script that computes several explanations again and prints their weights.

    Parameters
    ----------
    manifests : mapping of str to sequence of mappings
        By the name of each group, such as a method; those of one that differ in nothing but their seed are written as a
        loop.  Of label maps the superpixels are in arrays.npz by their group, as "NAME/segments".
    about : str
        What the script does, in a sentence.

    Returns
    -------
    str
        Python, as of `snippet`; its explanations are in a dict, by group and number.

    Raises
    ------
    KeyError, TypeError, ValueError
        For what are no manifests of explanations.
    """
    all_of_them = [manifest for group in manifests.values() for manifest in group]
    pictures = {digest: f"picture_{n}" for n, digest in enumerate(dict.fromkeys(m["picture"] for m in all_of_them), 1)}
    models: dict[tuple[str, str, str], str] = {}
    lines = [_head(about, all_of_them), *(picture_line(digest, name) for digest, name in pictures.items())]
    for manifest in all_of_them:
        if _of(manifest) not in models:
            models[_of(manifest)] = f"model_{len(models) + 1}"
            lines.append(model_line(*_of(manifest), models[_of(manifest)]))
    lines.append("explanations = {}")
    for name, group in manifests.items():
        number = 0
        for _, alike in groupby(group, key=_but_seed):
            first, *rest = alike
            seeds = tuple(manifest["seed"] for manifest in (first, *rest))
            call = _call(first, pictures[first["picture"]], models[_of(first)], "seed", f"{name}/", "    ")
            lines += [
                f"for number, seed in enumerate({seeds!r}, {number}):",
                f"    explanations[{name!r}, number] = {call}",
            ]
            number += len(seeds)
    lines += ["for key, explanation in explanations.items():", "    print(*key, explanation.weights)"]
    return "\n".join(lines) + "\n"


def _of(manifest: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(manifest["model"]), str(manifest["fingerprint"]), str(manifest["engine"])


def _but_seed(manifest: Mapping[str, Any]) -> str:
    """All that a call depends on but the seed; what came of it, and how it is drawn, is none of that."""
    left = {"seed", "results", "trust", "view", "versions"}
    return json.dumps({key: value for key, value in manifest.items() if key not in left}, sort_keys=True)


def _head(about: str, manifests: Sequence[Mapping[str, Any]]) -> str:
    versions = manifests[0].get("versions", {}) if manifests else {}
    return _HEAD.format(about=_comment(about), version=_comment(versions.get("lime_core", "of then")))


def prior_name(digest: str) -> str:
    """Name the file of a prior among several.

    Parameters
    ----------
    digest : str
        Of the prior.

    Returns
    -------
    str
        The name of its file.
    """
    return f"prior-{digest[:12]}.npz"


def _comment(text: object) -> str:
    """A text of anybody that ends neither a line nor the text around it."""
    return printable(str(text)).replace("\\", "/").replace('"', "'")


def picture_line(digest: str, name: str) -> str:
    """Write the lines that read a photo.

    Parameters
    ----------
    digest, name : str
        Of the photo, and what it is called in the script.

    Returns
    -------
    str
        Python; a photo that is not in `GALLERY` is to be filled in.
    """
    known = gallery_name(digest)
    read = f"lc.gallery_picture({known!r})" if known else 'lc.load_picture(HERE / "photo.jpg")  # fill in: the photo'
    return f'{name} = {read}\nassert {name}.digest == {str(digest)!r}, "this is another photo"\n'


def model_line(called: str, fingerprint: str, engine: str, name: str) -> str:
    """Write the lines that load a model.

    Parameters
    ----------
    called, fingerprint, engine, name : str
        As a manifest has them, and what it is called in the script.

    Returns
    -------
    str
        Python; a model that is not in `MODELS` is to be filled in.
    """
    if called in MODELS or called.startswith("timm/"):
        device, precision, ran = ran_on(engine)
        read = f"lc.load_model({called!r}, device={device!r}, precision={precision!r}, engine={ran!r})"
    else:
        read = f"...  # fill in: the model {_comment(called)}, as lc.load_model or lc.wrap_model give it"
    return f'{name} = {read}\nassert {name}.fingerprint == {fingerprint!r}, "this is another model"\n'


def _call(manifest: Mapping[str, Any], picture: str, model: str, seed: str, prefix: str, indent: str = "") -> str:
    """The call of `explain_image`, and of `read_in` around it where weights were read in other superpixels."""
    own = "segments_0" if "read_in" in manifest else "segments"
    options = {
        "class_index": repr(manifest["class_index"]),
        "num_samples": repr(manifest["num_samples"]),
        **{role: _option(manifest[role], role, prefix, own) for role in TABLES},
        "space": repr(manifest["space"]),
        **_prior(manifest, model, prefix),
        "seed": seed,
    }
    lines = [f"{indent}    {text}," for text in (picture, model, *(f"{key}={value}" for key, value in options.items()))]
    call = "\n".join(["lc.explain_image(", *lines, f"{indent})"])
    if "read_in" not in manifest:
        return call
    return f"lc.read_in({call}, {_option(manifest['read_in'], 'segmenter', prefix, 'segments')})"


def _option(record: Mapping[str, Any], role: str, prefix: str, array: str) -> str:
    """An option as its constructor writes it."""
    if record["name"] == "function":
        return f"...  # fill in: your function {_comment(record.get('function'))}\n   "
    if record["name"] == "label_map":
        return f"lc.LabelMap.of(arrays[{prefix + array!r}])"
    if record["name"] == "several":
        each = enumerate(record.get("members", ()))
        members = [_option(member, role, prefix, f"segments_{place}") for place, member in each]
        return f"lc.Segmentations(members=({', '.join(members)},))"
    return written(from_json(record, TABLES[role]))


def _prior(manifest: Mapping[str, Any], model: str, prefix: str) -> dict[str, str]:
    facts = manifest.get("prior")
    if facts is None:
        return {}
    file = prior_name(facts["digest"]) if prefix else PRIOR
    own = f"lc.class_activation({model})" if facts["name"] == CLASS_ACTIVATION else f"lc.load_prior(HERE / {file!r})"
    return {"prior": own, "prior_strength": repr(facts["strength"])}
