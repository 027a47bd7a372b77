"""Weights files: read without running what they say, and compared with the model before it is changed."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import nn

from lime_core.arguments import shown
from lime_core.errors import ModelUnavailable
from lime_core.files.untrusted import untrusted
from lime_core.zoo.integrity import (
    MAX_HEADER,
    another_than_named,
    check_pickle,
    check_safetensors,
    refused,
    sentence_about,
    sha256,
)

_INSIDE = ("state_dict", "model_state_dict", "model")
"""Under which of these a checkpoint of a training holds the state dict of its network."""

_SHOWN = 3  # names or shapes in a message


def load_into(module: nn.Module, weights: Path, classes: int, renamed: Callable[[str], str] | None = None) -> None:
    """Read a weights file into a network.

    Parameters
    ----------
    module : Module
        The network; it is changed only when the file is whole and fits.
    weights : Path
        A file of safetensors or of `torch.save`; its beginning decides which, not its name.
    classes : int
        How many classes the network has.
    renamed : callable, optional
        The name of a tensor in the network by that in the file, where they differ.

    Raises
    ------
    ModelUnavailable
        When the file cannot be read, is damaged, holds anything but tensors, or does not fit; the place of the file is
        in what only those at the machine read.
    """
    another = another_than_named(weights)
    try:
        state = read_state(weights)
        if renamed:
            state = {renamed(key): tensor for key, tensor in state.items()}
        fit_into(module, state, weights, classes, change=not another)
    except ModelUnavailable as error:
        if not another:
            raise
        raise refused(weights, another, error.public) from error
    if another:
        raise refused(weights, another)


def fit_into(
    module: nn.Module, state: Mapping[str, torch.Tensor], weights: Path, classes: int, change: bool = True
) -> None:
    """Put tensors into a network whose names and shapes they have.

    Parameters
    ----------
    module : Module
        The network; it is changed only when all of them fit.
    state : mapping of str to Tensor
        The tensors by name.
    weights : Path
        The file that they are from, for messages.
    classes : int
        How many classes the network has.
    change : bool, default True
        False only compares.

    Raises
    ------
    ModelUnavailable
        When they do not fit; says what differs.
    """
    misfit = _misfit(module, state, classes)
    if misfit:
        raise refused(weights, misfit)
    with untrusted(ModelUnavailable, f"The weights file {weights.name} does not fit the model."):
        if change:
            module.load_state_dict(state, strict=True)


def read_state(weights: Path) -> Mapping[str, torch.Tensor]:
    """Read the tensors of a weights file, its own sums checked first.

    Parameters
    ----------
    weights : Path
        As for `load_into`.

    Returns
    -------
    mapping of str to Tensor
        On the CPU; of a checkpoint, the state dict that it holds as "state_dict", "model_state_dict" or "model".

    Raises
    ------
    ModelUnavailable
        When the file cannot be read, is damaged, or holds anything but tensors by name.
    """
    with untrusted(ModelUnavailable, sentence_about(weights, "is damaged, or is no weights file")):
        try:
            with weights.open("rb") as file:
                start = file.read(9)
                file.seek(0)
                if start[8:] == b"{":  # after the length of its header
                    check_safetensors(file, weights)
                    state = importlib.import_module("safetensors.torch").load_file(weights)
                else:
                    check_pickle(file, weights)
                    file.seek(0)
                    state = torch.load(file, map_location="cpu", weights_only=True)
        except OSError as error:
            raise refused(weights, f"cannot be read: {error.strerror or error}") from error
    if isinstance(state, dict):
        state = next((state[key] for key in _INSIDE if isinstance(state.get(key), dict)), state)
    if not isinstance(state, dict) or not state:
        raise refused(weights, f"holds a value of type {type(state).__name__} and no tensors by name")
    for key, value in state.items():
        if not isinstance(key, str) or not isinstance(value, torch.Tensor):
            found = type(value).__name__
            raise refused(weights, f"holds a value of type {found} under {shown(key)}, where a tensor should be")
    return state


def save_state(state: Mapping[str, torch.Tensor], weights: Path) -> None:
    """Write tensors as safetensors with a SHA-256 of the whole file in its header.

    Parameters
    ----------
    state : mapping of str to Tensor
        The tensors by name.
    weights : Path
        Where to; the folder is there, and nobody else writes this file.

    Raises
    ------
    OSError
        When the file cannot be written.
    """
    blank = "0" * 64  # stands in the place of the sum while the sum is taken
    tensors = {key: tensor.detach().contiguous() for key, tensor in state.items()}
    importlib.import_module("safetensors.torch").save_file(tensors, weights, metadata={"sha256": blank})
    with weights.open("r+b") as file:
        digest = sha256(file)
        file.seek(0)
        at = file.read(MAX_HEADER).index(blank.encode())
        file.seek(at)
        file.write(digest.encode())


def _misfit(module: nn.Module, state: Mapping[str, torch.Tensor], classes: int) -> str:
    """What differs between the tensors of a file and those of a network, else an empty text."""
    expected = module.state_dict()
    counts = {key for key in expected if key.endswith("num_batches_tracked")}  # torch adds those that are missing
    missing = [key for key in expected if key not in state and key not in counts]
    unexpected = [key for key in state if key not in expected]
    shapes = {
        key: (tuple(state[key].shape), tuple(expected[key].shape))
        for key in expected
        if key in state and state[key].shape != expected[key].shape
    }
    heads = {(found[:1], wanted[:1]) for found, wanted in shapes.values() if found[1:] == wanted[1:]}
    if not missing and not unexpected and len(heads) == 1 and all(f[1:] == w[1:] for f, w in shapes.values()):
        [(found, wanted)] = heads
        if wanted == (classes,):
            return f"does not fit the model: it is for {found[0]} classes, and the model has {classes}"
    parts = [
        _several("missing", [shown(key) for key in missing]),
        _several("unexpected", [shown(key) for key in unexpected]),
        _several(
            "of another shape",
            [f"{shown(key)} is {found} and should be {wanted}" for key, (found, wanted) in shapes.items()],
        ),
    ]
    differences = "; ".join(part for part in parts if part)
    return f"does not fit the model: {differences}" if differences else ""


def _several(what: str, texts: list[str]) -> str:
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return f"{what}: {', '.join(texts[:_SHOWN])}{more}" if texts else ""
