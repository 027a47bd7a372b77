"""Classifiers by name, by their description or from what predicts.

`efficientnet_lite0`, `1` and `2` come with their ImageNet weights as Python packages and need no network.  Every
torchvision classifier is known by its name, every timm classifier as `timm/NAME` where timm is installed; their weights
are downloaded on first use, where that is allowed, and where it fails the message says which file to put where.  What
is checked before a file is read stands in `integrity`; nothing in it is executed, and its keys and shapes must be the
model's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torchvision
from torch import nn
from torchvision.models import list_models

from lime_core.arguments import is_a, shown
from lime_core.catalog.first_photo import first_answers
from lime_core.catalog.model_file import ModelFile
from lime_core.catalog.model_folder import described, described_models
from lime_core.catalog.model_reading import read_model_file
from lime_core.catalog.own_models import own_classifier, own_entry, with_names
from lime_core.ending import native_code
from lime_core.engines.preprocessing import Preprocessing
from lime_core.errors import ModelUnavailable
from lime_core.files.untrusted import untrusted
from lime_core.fingerprints.fingerprint import fingerprint_of
from lime_core.models.classifier import Classifier
from lime_core.models.estimators import Predict, predict_of
from lime_core.models.functions import wrap_model
from lime_core.models.torch_classifier import precisions_of, torch_classifier
from lime_core.networks.own import Fresh
from lime_core.onnx_models.onnx_classifier import onnx_precisions
from lime_core.zoo.families import LITE, ModelEntry, lite_entry, torchvision_entry
from lime_core.zoo.timm_family import ready_timm_names, timm_entry

ModelLike = Classifier | str | Path | Predict | Any
"""What `load_model` reads; the last stands for objects of other libraries that predict."""


def load_model(
    name: ModelLike,
    device: str = "auto",
    precision: str = "auto",
    engine: str = "auto",
    download: bool = True,
) -> Classifier:
    """A classifier by name or by its description; a function becomes one by `wrap_model`, a Classifier stays as it is.

    Parameters
    ----------
    name : str, Path, Classifier, callable, or object that predicts
        A key of `MODELS`, `timm/NAME`, the path of a description (a Path, or a str that ends in .toml; see
        `read_model_file`), the name of one in a folder of LIME_MODELS, or what `wrap_model` takes.  Of an object with
        `predict_proba` or `predict`, as in scikit-learn and Keras, that method is wrapped; it is given pictures
        (n, h, w, 3) uint8, or flat where it was fitted so, and returns probabilities (n, k).  A pipeline of Hugging
        Face says its classes and size itself.
    device, precision, engine : str, default "auto"
        As for `torch_classifier`; only for a model by name or description.  `model_precisions` says what it can have.
    download : bool, default True
        Whether weights that are not on this machine may be downloaded.

    Returns
    -------
    Classifier
        Ready to be asked.

    Raises
    ------
    ModelUnavailable
        For an unknown name, weights that are not here and cannot or may not be downloaded, a file that is damaged or
        does not fit the model, or an engine that cannot run it; for a description in which something is wrong, or that
        the model's answers to one photo do not fit.
    ValueError
        For a device that is not on this machine, an unknown precision or engine, or a torch module.
    TypeError
        For a model of another type.
    """
    if isinstance(name, Classifier):
        return name
    if file := model_file(name):
        model = own_classifier(file, device, precision, engine)
        first_answers(model, output=file.output)
        return model
    if not isinstance(name, str):
        return wrap_model(predict_of(name))
    entry = find_model(name)
    if not entry.ready:
        entry.fetch(entry.weights, download)
    with untrusted(ModelUnavailable, f"The model {name} cannot be built from its weights."), native_code():
        module, preprocessing, class_names = entry.build(entry.weights)
    return torch_classifier(name, Fresh(module), preprocessing, class_names, device, precision, engine, kind="logits")


def model_file(name: object) -> ModelFile | None:
    """The description that is meant, by its path or by its name in a folder of LIME_MODELS.

    Parameters
    ----------
    name : object
        A Path, a str that ends in .toml, or a name; anything else means none.

    Returns
    -------
    ModelFile or None
        None for a model that is published, a function, and a name that nobody knows.

    Raises
    ------
    ModelUnavailable
        When it is missing, or something is wrong with it.
    """
    if isinstance(name, Path) or (isinstance(name, str) and name.endswith(".toml")):
        return read_model_file(name)
    if not isinstance(name, str) or name in MODELS or name.startswith("timm/"):
        return None
    return described(name)


def find_model(name: str) -> ModelEntry:
    """The entry of a model by name.

    Parameters
    ----------
    name : str
        A key of `MODELS`, `timm/NAME`, or the name of a description in a folder of LIME_MODELS.

    Returns
    -------
    ModelEntry
        Where its weights are, how they are fetched, and how the network is built.

    Raises
    ------
    ModelUnavailable
        For an unknown name, saying what is known, one of timm's where timm is not installed, or a description that
        cannot be used.
    """
    is_a("name", name, str, "the name of a model")
    if name in MODELS:
        return MODELS[name]
    if name.startswith("timm/"):
        return timm_entry(name)
    if file := described(name):
        return own_entry(file)
    raise ModelUnavailable(
        f"There is no model {shown(name)}. `lime-core models` lists all; bundled are {', '.join(LITE)}."
    )


def network_of(model: Classifier, source: nn.Module | str | Path | None = None) -> tuple[nn.Module, Preprocessing]:
    """The torch module of a classifier, which engines do not keep: built once more, or the one at hand.

    Parameters
    ----------
    model : Classifier
        Any.
    source : nn.Module, str or Path, optional
        The module that it was made of, or the name or description that it was loaded by; None takes its own name.

    Returns
    -------
    module, preprocessing : nn.Module, Preprocessing
        What `torch_classifier` makes the same classifier of.

    Raises
    ------
    ModelUnavailable
        For a classifier that is known by no name, was made of no torch module, or of another one than that.
    """
    seen = model.preprocessing
    if seen is None:
        raise ModelUnavailable("it is a function, which is asked from outside.")
    if isinstance(source, nn.Module):
        module = source
    else:
        name = model.name if source is None else source
        file = model_file(name)
        entry = own_entry(file) if file else find_model(str(name))
        if not entry.ready:
            raise ModelUnavailable("its weights are not on this machine.")
        with untrusted(ModelUnavailable, "its network cannot be built once more."), native_code():
            module, seen, _ = entry.build(entry.weights)
    plain = fingerprint_of(module, seen, model.kind, model.unit)
    if model.fingerprint not in (plain, with_names(plain, model.class_names)):
        raise ModelUnavailable("its network is another one than the torch module.")
    return module, seen


def model_names(ready: bool = False) -> tuple[str, ...]:
    """The models to choose from, without those of timm that would have to be downloaded.

    Parameters
    ----------
    ready : bool, default False
        Only those whose weights are on this machine.

    Returns
    -------
    tuple of str
        The bundled models, those that the folders of LIME_MODELS describe, then others whose weights are on this
        machine, timm's last, then the rest of `MODELS`.
    """
    here = [name for name, entry in MODELS.items() if entry.ready]
    bundled = tuple(name for name in here if name in LITE)
    others = tuple(name for name in here if name not in LITE)
    missing = () if ready else tuple(name for name, entry in MODELS.items() if not entry.ready)
    return (*bundled, *described_models().files, *others, *ready_timm_names(), *missing)


def model_precisions(name: str, device: str = "auto") -> tuple[str, ...]:
    """The precisions that a model has on a device; an ONNX file has fewer than a torch module.

    Parameters
    ----------
    name : str
        As for `find_model`; of a name that nobody knows those of torch modules.
    device : str, default "auto"
        As for `load_model`.

    Returns
    -------
    tuple of str
        Of `PRECISIONS`; "auto" first.

    Raises
    ------
    ValueError, TypeError
        When the device is not on this machine, or is no name.
    """
    file = described_models().files.get(name)
    return precisions_of(device) if file is None or file.onnx is None else onnx_precisions(device)


MODELS: dict[str, ModelEntry] = {
    **{name: lite_entry(name) for name in LITE},
    **{name: torchvision_entry(name) for name in list_models(module=torchvision.models)},
}
"""Bundled and torchvision models by name; timm's are found by `find_model`, since there are over a thousand."""
