"""The models that visitors bring: who may, the files that a model comes from, and those that a session keeps.

Each runs in a process of its own, and its files lie in a folder of its own; both go when the session has gone.
"""

from __future__ import annotations

import os
import re
import shutil
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

import lime_core as lc
from lime_core.files.names import printable

MOST = 2
"""Models that one session keeps."""

FILE_MB = 200
"""What the files of a model may have, together."""

LIMITS = lc.ModelLimits(file_bytes=FILE_MB * 2**20)
"""What a model may take; docs/guide/serving-a-workshop.md says it."""

_PLAIN = re.compile(r"\w[\w .()-]{0,150}")
"""Names under which files are kept in a folder of their own."""

HERE = {"localhost", "127.0.0.1", "::1"}


def may_bring() -> bool:
    """Whether visitors may bring models: on a server for this machine alone, unless who starts it says otherwise."""
    said = os.environ.get("LIME_MODEL_UPLOADS")
    return said == "1" if said else st.get_option("server.address") in HERE


class Folder:
    """A folder for this user alone, which goes with the last one who holds it."""

    def __init__(self) -> None:
        self.path = Path(mkdtemp(prefix="lime-model-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


@dataclass(frozen=True, eq=False)
class Brought:
    """The files of a model, and what they say.

    folder : theirs alone
    file : the one with the weights
    called : as the visitor calls it
    """

    folder: Folder
    file: Path
    called: str
    guess: lc.FileGuess


@dataclass(frozen=True, eq=False)
class Own:
    """A model of a session, and the files that it was loaded from."""

    model: lc.Classifier
    brought: Brought


def look_at(files: Sequence[UploadedFile]) -> Brought:
    """What uploaded files say of themselves: one with the weights, and beside an ONNX file that of its numbers.

    Raises LimeError where they are no model, or more than is taken.
    """
    main = [file for file in files if not file.name.endswith(".data")]
    if len(main) != 1:
        raise lc.LimeError(
            f"There are {len(main)} files of a model. Give one, and beside an ONNX file only the .data file that "
            "belongs to it."
        )
    if sum(file.size for file in files) > LIMITS.file_bytes:
        raise lc.LimeError(f"The files of a model have more than {FILE_MB} MB together.")
    for file in files:
        if file is not main[0] and not _PLAIN.fullmatch(file.name):
            raise lc.LimeError(f"The name {printable(file.name)!r} is none that an ONNX file can name. Rename both.")
    folder = Folder()
    for file in files:
        (folder.path / ("model" if file is main[0] else file.name)).write_bytes(file.getbuffer())
    place = folder.path / "model"
    return Brought(folder, place, printable(Path(main[0].name).name), lc.guess_isolated(place, LIMITS))


def put_names(brought: Brought, file: UploadedFile) -> Path:
    """Keep a file of class names beside the model, under its own name where that is a plain one and free."""
    taken = file.name.startswith("model") or (brought.folder.path / file.name).suffix == ".data"
    path = brought.folder.path / (file.name if _PLAIN.fullmatch(file.name) and not taken else "classes.txt")
    path.write_bytes(file.getbuffer())
    return path


def by_name() -> dict[str, Own]:
    """name -> model, in the order in which they came; the session's own dict."""
    own: dict[str, Own] = st.session_state.setdefault("models-own", {})
    return own


def keep(brought: Brought, description: lc.ModelFile) -> str:
    """Load the model as it is described, and keep it; returns the name that it got.

    Raises LimeError where it cannot be loaded, or there is no room for it.
    """
    if len(by_name()) >= MOST:
        raise lc.LimeError(f"A session keeps {MOST} models of its own. Remove one under the list of models.")
    name, number = description.name, 2
    while name in by_name() or name in lc.model_names():
        name, number = f"{description.name} ({number})", number + 1
    path = brought.folder.path / "model.toml"
    path.write_text(replace(description, name=name).to_toml(path.parent), "utf-8")
    by_name()[name] = Own(lc.load_isolated(path, LIMITS), brought)
    return name


def remove(name: str) -> None:
    """Take a model out of the session; its process ends with it."""
    by_name().pop(name, None)
