"""Folders of descriptions: models that are known by their names as long as LIME_MODELS names their folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lime_core.arguments import shown
from lime_core.catalog.model_file import ModelFile
from lime_core.catalog.model_reading import read_model_file
from lime_core.errors import ModelUnavailable
from lime_core.files.names import printable
from lime_core.files.untrusted import untrusted

FOLDERS = "LIME_MODELS"
"""The environment variable with one folder, or several as in PATH."""


@dataclass(frozen=True)
class DescribedModels:
    """The models of the folders of LIME_MODELS.

    Parameters
    ----------
    files : mapping of str to ModelFile
        Each description by the name of its model.
    broken : mapping of str to ModelUnavailable
        By the name that it would have without one in it, why a description cannot be used.
    """

    files: Mapping[str, ModelFile]
    broken: Mapping[str, ModelUnavailable]


def described_models() -> DescribedModels:
    """The models that the folders of LIME_MODELS describe: each `*.toml` in them, and `*/model.toml`.

    Returns
    -------
    DescribedModels
        As the files are now: what has changed is read anew.  Empty where LIME_MODELS is not set.
    """
    files: dict[str, ModelFile] = {}
    broken: dict[str, ModelUnavailable] = {}
    for folder in dict.fromkeys(filter(None, os.environ.get(FOLDERS, "").split(os.pathsep))):
        try:
            with untrusted(ModelUnavailable, f"A folder of {FOLDERS} cannot be read."):
                paths = list(_descriptions(Path(folder).absolute()))
        except ModelUnavailable as error:
            broken[printable(Path(folder).name)] = error
            continue
        for path in paths:
            try:
                file = _read(path)
                if file.name in files:
                    first = files[file.name].path
                    raise ModelUnavailable(
                        f"The description {printable(path.name)} has the name {shown(file.name)}, which another one "
                        "has already: give it another name.",
                        f"They are {path} and {first}.",
                    )
                files[file.name] = file
            except ModelUnavailable as error:
                broken[_label(path, broken)] = error
    return DescribedModels(files, broken)


def described(name: str) -> ModelFile | None:
    """The description of a model by its name.

    Parameters
    ----------
    name : str
        As the description has it.

    Returns
    -------
    ModelFile or None
        None where no folder of LIME_MODELS has one.

    Raises
    ------
    ModelUnavailable
        When a description that would have this name cannot be used; says why.
    """
    if not os.environ.get(FOLDERS):
        return None
    models = described_models()
    if name not in models.files and name in models.broken:
        raise models.broken[name]
    return models.files.get(name)


_known: dict[Path, tuple[tuple[tuple[int, int], ...], ModelFile]] = {}


def _read(path: Path) -> ModelFile:
    """A description, read once as long as no file of it changes: pages ask for it at every drawing."""
    stamp, file = _known.get(path, ((), None))
    if file is not None and stamp == (_stamp(path), _stamp(file.file), _stamp(file.classes)):
        return file
    before = _stamp(path)
    file = read_model_file(path)
    if before == _stamp(path):  # else somebody has written it meanwhile, and what was read may be the old one
        _known[path] = (before, _stamp(file.file), _stamp(file.classes)), file
    return file


def _stamp(path: object) -> tuple[int, int]:
    """When a file was written, and how large it is; zeros for one that is missing, and for what is no path."""
    if isinstance(path, Path):
        with suppress(OSError):
            facts = path.stat()
            return facts.st_mtime_ns, facts.st_size
    return 0, 0


def _descriptions(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        raise ModelUnavailable(
            f"There is no folder {printable(folder.name)}, which {FOLDERS} names.", f"It would be {folder}."
        )
    yield from sorted(path for path in folder.glob("*.toml") if path.is_file())
    yield from sorted(path for path in folder.glob("*/model.toml") if path.is_file())


def _label(path: Path, taken: Mapping[str, object]) -> str:
    label = usual = printable(path.parent.name if path.name == "model.toml" else path.stem)
    number = 2
    while label in taken:
        label, number = f"{usual} ({number})", number + 1
    return label
