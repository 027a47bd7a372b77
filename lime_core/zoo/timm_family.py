"""The classifiers of timm: their names, where their weights are, and how they are fetched and built."""

from __future__ import annotations

import importlib.util
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from torch import nn

from lime_core.arguments import shown
from lime_core.engines.preprocessing import Preprocessing
from lime_core.errors import ModelUnavailable
from lime_core.files.untrusted import untrusted
from lime_core.files.writing import cache_folder, part_folder
from lime_core.zoo.architectures import timm_has, timm_network, usual_preprocessing
from lime_core.zoo.download import download
from lime_core.zoo.families import ModelEntry
from lime_core.zoo.weights import load_into, read_state, save_state


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


def ready_timm_names() -> list[str]:
    """The names of timm's classifiers whose weights are on this machine.

    Returns
    -------
    list of str
        Each as `timm/NAME`; empty where timm is not installed.
    """
    found = []
    for path in sorted(timm_folder().glob("*.safetensors")):
        with suppress(ModelUnavailable):  # a file that somebody else has put there
            found.append(timm_entry(f"timm/{path.stem}").name)
    return found


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
        raise ModelUnavailable(f"{shown(name)} needs the package timm, which is not installed: pip install timm")
    timm = importlib.import_module("timm")
    short = name.removeprefix("timm/")
    if not timm_has(short):
        raise ModelUnavailable(f"timm has no model {shown(short)}. `lime-core models --all` lists all.")

    def build(weights: Path) -> tuple[nn.Module, Preprocessing, tuple[str, ...]]:
        module = timm_network(short, {})
        load_into(module, weights, module.num_classes)
        preprocessing = usual_preprocessing(name, module)
        subset = timm.data.infer_imagenet_subset(module)
        if subset is None:
            return module, preprocessing, tuple(f"class {index}" for index in range(module.num_classes))
        info = timm.data.ImageNetInfo(subset)
        return module, preprocessing, tuple(info.index_to_description(index) for index in range(info.num_classes()))

    def fetch(weights: Path, allowed: bool) -> None:
        source = _timm_source(short, allowed)
        try:
            with part_folder(weights.parent) as folder:
                keep(source, folder, weights, allowed)
        except OSError as error:
            raise ModelUnavailable(
                f"The weights of {name} could not be kept on this machine: {error.strerror or error}.",
                f"Make room for {weights}, or name another cache folder in XDG_CACHE_HOME.",
            ) from error

    def keep(source: _Source, folder: Path, weights: Path, allowed: bool) -> None:
        file = source.cached()
        if file is None:
            file = folder / "published"  # timm does not vouch for the sums in its names
            download(name, source.url, file, weights, allowed)
        with untrusted(ModelUnavailable, f"What {source.url} gave does not fit the model {name}."):
            state = dict(read_state(file))
            module = timm_network(short, {"pretrained": True, "pretrained_cfg_overlay": {"state_dict": state}})
        save_state(module.state_dict(), folder / weights.name)
        (folder / weights.name).replace(weights)

    return ModelEntry(name, "timm", timm_folder() / f"{short}.safetensors", build, fetch)


def timm_folder() -> Path:
    """Where the weights of timm's models are kept.

    Returns
    -------
    Path
        A folder in the cache folder; it may be missing.
    """
    return (cache_folder() or Path(".lime_core")) / "timm"


@dataclass(frozen=True)
class _Source:
    """Where timm's weights of a model are published; without a repository, at the address alone."""

    url: str
    file: str = ""
    repository: str = ""
    revision: str | None = None

    def cached(self) -> Path | None:
        """The file that the hub's own client has downloaded earlier."""
        if not self.repository:
            return None
        hub = importlib.import_module("huggingface_hub")
        found = hub.try_to_load_from_cache(self.repository, self.file, revision=self.revision)
        return Path(found) if isinstance(found, str) else None


def _timm_source(short: str, allowed: bool) -> _Source:
    published = importlib.import_module("timm").get_pretrained_cfg(short)
    # A name from earlier versions of timm is in no list; the model that it stands for knows, and can take gigabytes.
    if not (published or allowed):
        raise ModelUnavailable(
            f"The weights of timm/{short} are not on this machine, and nothing may be downloaded here."
        )
    facts = asdict(published) if published else timm_network(short, {}).pretrained_cfg
    if facts.get("hf_hub_id"):
        repository, _, revision = facts["hf_hub_id"].partition("@")
        file = facts.get("hf_hub_filename") or "model.safetensors"
        hub = importlib.import_module("huggingface_hub")
        url = hub.hf_hub_url(repository, file, revision=revision or None)
        return _Source(url, file, repository, revision or None)
    url = facts.get("url")
    if not isinstance(url, str) or not url:
        raise ModelUnavailable(f"No weights of timm/{short} have been published; choose another model.")
    return _Source(url)
