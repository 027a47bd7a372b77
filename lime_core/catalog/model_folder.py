"""Folders of descriptions: models that are known by their names as long as LIME_MODELS names their folder."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path

from lime_core.arguments import shown
from lime_core.catalog.model_file import ModelFile
from lime_core.catalog.model_reading import read_model_file
from lime_core.errors import ModelUnavailable
from lime_core.files.names import printable
from lime_core.files.untrusted import untrusted

FOLDERS = "LIME_MODELS"
"""The environment variable with one folder, or several as in PATH."""


_Stamp = tuple[int, ...]


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

    def stamp(self, name: str) -> tuple[int, ...]:
        """What is another when a file of a model is: a model that was written anew is to be loaded anew.

        Parameters
        ----------
        name : str
            Of a model.

        Returns
        -------
        tuple of int
            Which files it has, when they were written and how large they are; of an ONNX file also those beside it
            whose names it has in it, for they may hold its numbers.  Empty for a model of no description.
        """
        file = self.files.get(name)
        if file is None:
            return ()
        stamps = [_stamp(each) for each in (file.path, file.classes, file.file)]
        if file.onnx and file.file.is_file():
            beside = tuple(sorted(path.name for path in file.file.parent.iterdir() if path.is_file()))
            stamps += [_stamp(file.file.parent / each) for each in _named_in(file.file, stamps[-1], beside)]
        return tuple(chain.from_iterable(stamps))


@lru_cache(maxsize=50)
def _named_in(path: Path, stamp: _Stamp, names: tuple[str, ...]) -> list[str]:
    """Which names stand in a file, wherever; none of one that cannot be read, which who loads it hears."""
    with (
        suppress(OSError, ValueError),
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as contents,
    ):
        return [name for name in names if contents.find(os.fsencode(name)) >= 0]
    return []


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


_known: dict[Path, tuple[tuple[_Stamp, ...], ModelFile]] = {}


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


def _stamp(path: object) -> _Stamp:
    """Which file it is, when it was written, and how large it is; empty for one that is missing, and for no path.

    What was unpacked with its old time, as large as the file before, is another one all the same.
    """
    if isinstance(path, Path):
        with suppress(OSError):
            facts = path.stat()
            return facts.st_mtime_ns, facts.st_size, facts.st_ctime_ns, facts.st_ino
    return ()


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
