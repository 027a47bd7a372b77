"""Classifiers of what a description says: a network of a known architecture with its weights, or an ONNX file."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
from torch import nn

from lime_core.arguments import shown
from lime_core.catalog.model_file import ModelFile
from lime_core.catalog.model_reading import class_names
from lime_core.ending import native_code
from lime_core.engines.preprocessing import Preprocessing
from lime_core.errors import BadScores, ModelUnavailable
from lime_core.files.names import printable
from lime_core.models.classifier import Classifier
from lime_core.models.module_answers import Asked, kind_of
from lime_core.models.torch_classifier import torch_classifier
from lime_core.networks.own import Fresh
from lime_core.onnx_models.onnx_classifier import onnx_classifier
from lime_core.onnx_models.onnx_file import read_onnx
from lime_core.zoo.checkpoints import own_network
from lime_core.zoo.families import ModelEntry
from lime_core.zoo.formats import form_of, refusal


def own_entry(file: ModelFile) -> ModelEntry:
    """The entry of a described model, beside those of the zoo.

    Parameters
    ----------
    file : ModelFile
        Its description.

    Returns
    -------
    ModelEntry
        Of the family "own".  Its `build` raises ModelUnavailable for an ONNX file, which is no torch module.
    """

    def build(weights: Path) -> tuple[nn.Module, Preprocessing, tuple[str, ...]]:
        if file.onnx is not None:
            raise ModelUnavailable(f"{file.name} is an ONNX file, of which no torch module is built.")
        return _built(file, weights)

    def fetch(weights: Path, allowed: bool) -> None:
        raise ModelUnavailable(
            f"The file {printable(weights.name)} of {file.name} is missing.", f"It would be {weights}."
        )

    return ModelEntry(file.name, "own", file.file, build, fetch)


def own_classifier(file: ModelFile, device: str = "auto", precision: str = "auto", engine: str = "auto") -> Classifier:
    """Load a described model; nobody has looked at its answers yet.

    Parameters
    ----------
    file : ModelFile
        Its description.
    device, precision, engine : str, default "auto"
        As for `torch_classifier`.

    Returns
    -------
    Classifier
        Ready to be asked; its class names are part of its fingerprint.

    Raises
    ------
    ModelUnavailable
        When a file is missing, damaged, of a format that is not read, or does not fit the description.
    ValueError
        For a device that is not on this machine, or an unknown precision or engine.
    """
    entry = own_entry(file)
    if not os.path.exists(entry.weights):
        entry.fetch(entry.weights, False)
    if file.onnx is not None:
        model = _of_onnx(file, file.onnx, device, precision, engine)
    else:
        with native_code():
            module, preprocessing, names = entry.build(entry.weights)
        _check_answers(file, module, preprocessing)
        settings = device, precision, engine, file.kind, file.unit
        model = torch_classifier(file.name, Fresh(module), preprocessing, names, *settings)
    fingerprint = with_names(model.fingerprint, model.class_names)
    notice = model.notice.replace("Give kind", "Give output in its description").replace("class_names", "classes")
    return replace(model, fingerprint=fingerprint, notice=notice)


def with_names(fingerprint: str, names: tuple[str, ...]) -> str:
    """The fingerprint of a described model.

    Names belong to a description: where they are corrected, nothing that was kept under the old ones is its own.

    Parameters
    ----------
    fingerprint : str
        That of its network.
    names : tuple of str
        Of its classes.

    Returns
    -------
    str
        SHA-256 of both.
    """
    return hashlib.sha256(repr((fingerprint, names)).encode()).hexdigest()


def _of_onnx(file: ModelFile, onnx: Path, device: str, precision: str, engine: str) -> Classifier:
    form = form_of(onnx)
    if form in ("safetensors", "torch"):
        raise _misfit(file, f"names {shown(onnx.name)} as onnx, which holds weights: it takes architecture and weights")
    if form != "onnx":
        raise refusal(onnx, form)
    names, said = class_names(file), file.input
    facts = read_onnx(onnx, names=len(names))
    if said.channels not in (None, facts.channels):
        raise _misfit(file, f"says channels = {said.channels}, and the ONNX file is for {facts.channels}")
    height, width = facts.height or (said.size or (0, 0))[0], facts.width or (said.size or (0, 0))[1]
    if not height or not width:
        raise _misfit(file, "must give size in [input], as [height, width], since the ONNX file leaves it open")
    if said.size is not None and said.size != (height, width):
        raise _misfit(
            file, f"says size = {list(said.size)}, and the ONNX file takes {[height, width]}, height and width"
        )
    usual = Preprocessing(
        height, width, mean=(0.0,) * facts.channels, std=(1.0,) * facts.channels, channels=facts.channels
    )
    if facts.outputs:
        check_count(file, names, facts.outputs, certain=facts.ending == "Sigmoid")
    try:
        return onnx_classifier(
            file.name, onnx, seen_by(file, usual), names, device, precision, engine, file.kind, file.unit
        )
    except (ValueError, BadScores) as error:
        if str(error).startswith(("device", "precision", "engine")):
            raise
        reason = str(error).replace("kind must be given", "output must be given in its description", 1)
        raise _misfit(file, f"does not fit: {reason}") from error


def _built(file: ModelFile, weights: Path) -> tuple[nn.Module, Preprocessing, tuple[str, ...]]:
    built = own_network(file.architecture, weights)
    said, names = file.input.channels, class_names(file)
    if said not in (None, built.channels):
        raise _misfit(file, f"says channels = {said}, and the weights are for {built.channels}")
    if built.channels == 1 and not file.input.says_numbers:
        raise _misfit(file, "must give scaling in [input], or mean and std: the weights are for one channel")
    check_count(file, names, built.outputs)
    usual = built.usual
    if built.channels == 1:
        usual = replace(usual, channels=1, mean=usual.mean[:1], std=usual.std[:1])
    return built.module, seen_by(file, usual), names


def seen_by(file: ModelFile, usual: Preprocessing) -> Preprocessing:
    """What a described model is given.

    Parameters
    ----------
    file : ModelFile
        Its description.
    usual : Preprocessing
        What is taken where it says nothing, with the channels of the network.

    Returns
    -------
    Preprocessing
        All of it.

    Raises
    ------
    ModelUnavailable
        When the description is for another number of channels.
    """
    try:
        return file.input.preprocessing(usual)
    except ValueError as error:
        raise _misfit(file, f"does not fit a network of {_channels(usual.channels)}: {error}") from error


def _channels(count: int) -> str:
    return "one channel" if count == 1 else f"{count} channels"


def check_count(file: ModelFile, names: tuple[str, ...], outputs: int, certain: bool = False) -> None:
    """Raise ModelUnavailable where there is another number of class names than of outputs, or one output of no kind.

    Parameters
    ----------
    file : ModelFile
        The description.
    names : tuple of str
        Its class names, or none.
    outputs : int
        How many numbers the network returns for a picture.
    certain : bool, default False
        Whether the file itself says what they are.

    Raises
    ------
    ModelUnavailable
        Gives both counts.
    """
    allowed = (0, outputs) if outputs > 1 or file.output == "values" else (0, 1, 2)
    if len(names) not in allowed:
        raise _misfit(
            file,
            f"has {len(names)} class {'name' if len(names) == 1 else 'names'}, and the model returns "
            f"{outputs} {'number' if outputs == 1 else 'numbers'} for a picture: give one name for each",
        )
    if outputs == 1 and not file.output and not certain:
        raise _misfit(
            file,
            "must give output, since the model returns a single number: "
            'output = "sigmoid" (a sigmoid makes it a probability), "probabilities" or "values"',
        )


def _check_answers(file: ModelFile, module: nn.Module, preprocessing: Preprocessing) -> None:
    """Raise ModelUnavailable where the network cannot answer to such pictures, or nobody knows what its answers are."""
    try:
        asked = Asked.about_noise(module, preprocessing, 4 if file.kind is None else 2)
        if not np.isfinite(asked.answers).all():
            raise BadScores("the network returns NaN or infinity, so its weights are damaged or of a broken training")
        kind_of(asked, file.kind)
    except (ValueError, BadScores) as error:
        reason = str(error).replace("kind must be given", "output must be given in its description", 1)
        raise _misfit(file, f"does not fit: {reason}") from error


def _misfit(file: ModelFile, what: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"The description of {shown(file.name)} {what}.", f"It is {file.path}." if file.path else ""
    )
