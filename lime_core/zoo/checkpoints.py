"""Somebody's own weights of a known architecture: how many classes and channels they are for is read from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from lime_core.arguments import shown
from lime_core.engines.preprocessing import Preprocessing
from lime_core.errors import ModelUnavailable
from lime_core.files.untrusted import untrusted
from lime_core.zoo.architectures import THOUSAND, first_convolution, network, shapes_of, usual_preprocessing
from lime_core.zoo.formats import REFUSED, form_of, refusal
from lime_core.zoo.integrity import refused
from lime_core.zoo.weights import fit_into, read_state

PREFIXES = ("module.", "model.", "_orig_mod.")
"""Before every name in a file where a network was inside of DataParallel, a LightningModule, or torch.compile."""

Shapes = Mapping[str, tuple[int, ...]]
"""The shape of each tensor, by its name."""


@dataclass(frozen=True, eq=False)
class OwnNetwork:
    """A network with somebody's own weights.

    Parameters
    ----------
    module : nn.Module
        With the weights.
    outputs : int
        How many numbers it returns for a picture.
    channels : {3, 1}
        Of its pictures.
    usual : Preprocessing
        What the published weights of its architecture are given: three channels, whatever it takes itself.
    """

    module: nn.Module
    outputs: int
    channels: int
    usual: Preprocessing


def own_network(architecture: str, weights: Path) -> OwnNetwork:
    """Build a network of a known architecture with the weights of a file.

    Parameters
    ----------
    architecture : str
        As torchvision names it, or `timm/NAME`.
    weights : Path
        A state dict of torch.save, alone or in a checkpoint, or safetensors; nothing in it is executed.

    Returns
    -------
    OwnNetwork
        With as many outputs and channels as the file is for.

    Raises
    ------
    ModelUnavailable
        When the file is of another format, damaged, holds anything but tensors, or does not fit the architecture.
    ValueError
        For an architecture that is not known.
    """
    state = without_prefix(read_own(weights))
    shapes = {key: tuple(tensor.shape) for key, tensor in state.items()}
    second_head = any(key.startswith(("aux", "AuxLogits.")) for key in shapes)
    expected = shapes_of(architecture, second_head)
    usual = usual_preprocessing(architecture, expected)
    outputs = counted(expected, shapes)
    channels = channels_of(expected, shapes)
    if len(outputs) > 1:
        found = " and ".join(map(str, sorted(outputs)))
        raise refused(weights, f"does not fit {architecture}: its last layers are for {found} classes")
    if channels not in (1, 3):
        raise refused(weights, f"is for pictures of {channels} channels, and only 1 or 3 can be shown")
    [count] = outputs or {THOUSAND}
    with untrusted(ModelUnavailable, f"The weights file {weights.name} does not fit {architecture}."):
        module = network(architecture, count, channels, second_head)
        fit_into(module, state, weights, count)
    return OwnNetwork(module, count, channels, usual)


def read_own(weights: Path) -> Mapping[str, torch.Tensor]:
    """Read the tensors of a file that may be of any format.

    Parameters
    ----------
    weights : Path
        The file.

    Returns
    -------
    mapping of str to Tensor
        On the CPU, as `read_state` gives them.

    Raises
    ------
    ModelUnavailable
        For a format that holds more than tensors, with what to save instead, and as `read_state` does.
    """
    form = form_of(weights)
    if form == "onnx":
        raise ModelUnavailable(
            f"{weights.name} is an ONNX file, which holds its network itself: name it with onnx = "
            f"{shown(weights.name)}, without architecture and weights.",
            f"It is {weights}.",
        )
    if form not in ("safetensors", "torch"):
        if not form and not weights.is_dir():  # perhaps damaged: the reader says at what
            return read_state(weights)
        raise refusal(weights, form if form in REFUSED else "")
    return read_state(weights)


def without_prefix(state: Mapping[str, torch.Tensor]) -> Mapping[str, torch.Tensor]:
    """Take off what wrappers put before every name.

    Parameters
    ----------
    state : mapping of str to Tensor
        The tensors by name.

    Returns
    -------
    mapping of str to Tensor
        Without each of `PREFIXES` that all names begin with.
    """
    while prefix := next((each for each in PREFIXES if all(key.startswith(each) for key in state)), ""):
        state = {key.removeprefix(prefix): tensor for key, tensor in state.items()}
    return state


def counted(expected: nn.Module, shapes: Shapes) -> set[int]:
    """How many outputs weights are for: the lengths of the tensors that differ in their first axis alone.

    Parameters
    ----------
    expected : nn.Module
        Of the architecture, with a thousand outputs.
    shapes : mapping of str to tuple
        Those of the file.

    Returns
    -------
    set of int
        Empty where none differs, so that there are a thousand; more than one where the file does not fit.
    """
    found = set()
    for key, tensor in expected.state_dict().items():
        wanted, own = tuple(tensor.shape), shapes.get(key, ())
        if wanted[:1] == (THOUSAND,) and own[:1] not in ((), (THOUSAND,)) and own[1:] == wanted[1:]:
            found.add(own[0])
    return found


def channels_of(expected: nn.Module, shapes: Shapes) -> int:
    """How many channels the pictures have that weights are for.

    Parameters
    ----------
    expected : nn.Module
        Of the architecture, with three channels.
    shapes : mapping of str to tuple
        Those of the file.

    Returns
    -------
    int
        Of the first convolution; 3 where the file has none of its name.
    """
    found = first_convolution(expected)
    if found is None:
        return 3
    shape, wanted = shapes.get(f"{found[0]}.weight", ()), tuple(found[1].weight.shape)
    return shape[1] if len(shape) == len(wanted) else 3
