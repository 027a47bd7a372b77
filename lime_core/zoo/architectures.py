"""Networks by the name of their architecture, in torchvision or timm, and what pictures they are usually given."""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import torch
import torchvision
from torch import nn
from torchvision.models import get_model, get_model_weights, list_models

from lime_core.arguments import near, shown
from lime_core.engines.preprocessing import Preprocessing

TWO_HEADED = ("inception_v3", "googlenet")
"""Models with a second head in training, which files of theirs may hold."""

THOUSAND = 1000
"""Outputs of a network that is built for the names and shapes of its tensors."""


@lru_cache(maxsize=1)
def torchvision_names() -> tuple[str, ...]:
    """The classifiers of torchvision.

    Returns
    -------
    tuple of str
        As torchvision names them.
    """
    return tuple(list_models(module=torchvision.models))


def timm_has(short: str) -> bool:
    """Whether timm, which is installed, has a classifier of this name.

    Parameters
    ----------
    short : str
        Without "timm/".

    Returns
    -------
    bool
        Nothing that leads elsewhere, such as a path, is a name.
    """
    timm = importlib.import_module("timm")
    # timm itself looks at what stands before the first dot only, and takes a path after some prefixes.
    return bool(timm.is_model(short)) if "." not in short else short in timm.list_models(include_tags=True)


def check_architecture(name: str) -> None:
    """Raise ValueError for an architecture that is not known.

    Parameters
    ----------
    name : str
        As torchvision names it, or `timm/NAME`.

    Raises
    ------
    ValueError
        Names those that are near, or the package that is missing.
    """
    if name in torchvision_names():
        return
    if not name.startswith("timm/"):
        meant = near(name, torchvision_names())
        hint = f"; near are {meant}" if meant else ""
        raise ValueError(f"architecture must be one of torchvision's, or timm/NAME for timm's, got {shown(name)}{hint}")
    if importlib.util.find_spec("timm") is None:
        raise ValueError(f"architecture {shown(name)} needs the package timm, which is not installed: pip install timm")
    short = name.removeprefix("timm/")
    if not timm_has(short):
        meant = near(short, importlib.import_module("timm").list_models())
        hint = f"; near are {meant}" if meant else ""
        raise ValueError(f"architecture must be known to timm, which has no {shown(short)}{hint}")


def network(name: str, classes: int | None = None, channels: int = 3, second_head: bool = True) -> nn.Module:
    """A network of an architecture, its weights drawn at random.

    Parameters
    ----------
    name : str
        As torchvision names it, or `timm/NAME`.
    classes : int, optional
        How many outputs; None takes as many as its published weights have.
    channels : {3, 1}
        Of its pictures.
    second_head : bool, default True
        Whether those that have a second head in training have it here.

    Returns
    -------
    nn.Module
        On the device that torch takes by default.

    Raises
    ------
    ValueError
        For a name that is not known.
    """
    wanted: dict[str, Any] = {} if classes is None else {"num_classes": classes}
    if name.startswith("timm/"):
        return timm_network(name.removeprefix("timm/"), wanted | ({} if channels == 3 else {"in_chans": channels}))
    if name in TWO_HEADED:
        # With the published weights these two scale their pictures once more, unless they are grey.
        wanted |= {"init_weights": False, "transform_input": channels == 3, "aux_logits": second_head}
    module: nn.Module = get_model(name, weights=None, **wanted)
    if channels != 3:
        _take_channels(module, channels)
    return module


def timm_network(short: str, settings: Mapping[str, Any]) -> Any:
    """A network of timm.

    Parameters
    ----------
    short : str
        Its name without "timm/".
    settings : mapping
        As `timm.create_model` takes them.

    Returns
    -------
    nn.Module
        With timm's own attributes.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names that timm has renamed still load, with a warning for programmers
        return importlib.import_module("timm").create_model(short, **settings)


def shapes_of(name: str, second_head: bool = True) -> nn.Module:
    """A network of an architecture with three channels and a thousand outputs, for its names and shapes.

    Parameters
    ----------
    name : str
        As torchvision names it, or `timm/NAME`.
    second_head : bool, default True
        As for `network`.

    Returns
    -------
    nn.Module
        Without memory for its weights, where it can be built so.

    Raises
    ------
    ValueError
        For a name that is not known.
    """
    try:
        with torch.device("meta"):
            return network(name, THOUSAND, second_head=second_head)
    except (NotImplementedError, RuntimeError):  # it computes its widths with tensors
        return network(name, THOUSAND, second_head=second_head)


def first_convolution(module: nn.Module) -> tuple[str, nn.Conv2d] | None:
    """The layer of a network that pictures come to.

    Parameters
    ----------
    module : nn.Module
        Any.

    Returns
    -------
    tuple of (str, nn.Conv2d), or None
        Its name in the network and itself; None where no layer is a convolution.
    """
    return next(((name, part) for name, part in module.named_modules() if isinstance(part, nn.Conv2d)), None)


def usual_preprocessing(name: str, module: nn.Module) -> Preprocessing:
    """What pictures the published weights of an architecture are given.

    Parameters
    ----------
    name : str
        As torchvision names it, or `timm/NAME`.
    module : nn.Module
        The network, which knows it in timm.

    Returns
    -------
    Preprocessing
        For three channels.
    """
    if not name.startswith("timm/"):
        preset = get_model_weights(name).DEFAULT.transforms()
        height = width = preset.crop_size[0]
        interpolation = preset.interpolation.value
        return Preprocessing(height, width, preset.resize_size[0], interpolation, tuple(preset.mean), tuple(preset.std))
    config = importlib.import_module("timm").data.resolve_model_data_config(module)
    _, height, width = config["input_size"]
    shorter = int(min(height, width) / config["crop_pct"])
    mean, std = (tuple(config[key]) * (3 if len(config[key]) == 1 else 1) for key in ("mean", "std"))
    return Preprocessing(height, width, shorter, config["interpolation"], mean, std)


def _take_channels(module: nn.Module, channels: int) -> None:
    """Replace the first convolution by one that takes so many channels."""
    found = first_convolution(module)
    if found is None:
        raise ValueError("channels must be 3 for this architecture, which begins with no convolution")
    name, old = found
    new = nn.Conv2d(
        channels,
        old.out_channels,
        old.kernel_size,  # type: ignore[arg-type]
        old.stride,  # type: ignore[arg-type]
        old.padding,  # type: ignore[arg-type]
        old.dilation,  # type: ignore[arg-type]
        bias=old.bias is not None,
        device=old.weight.device,
    )
    parent, _, own = name.rpartition(".")
    setattr(module.get_submodule(parent), own, new)
