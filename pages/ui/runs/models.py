"""The models that visitors bring: who may, the files that a model comes from, and those that a session keeps.

Each runs in a process of its own, and its files lie in a folder of its own; both go when the session has gone.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import time
import weakref
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import gettempdir, mkdtemp
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

import lime_core as lc
from lime_core.files.names import printable
from pages.ui.runs import caches

fcntl: Any = import_module("fcntl") if os.name == "posix" else None

MOST = 2
"""Models that one session keeps."""

FILE_MB = 200
"""What the files of a model may have, together."""

LIMITS = lc.ModelLimits(file_bytes=FILE_MB * 2**20)
"""What a model may take; docs/guide/serving-a-workshop.md says it."""

ENDINGS = (".onnx", ".safetensors")
"""Of the names of files with weights."""

NUMBERS = "data"
"""How the name of a second file of ONNX mostly ends, as in net.onnx.data and model.onnx_data."""

CLASSES = "classes of the model.txt"
DESCRIPTION = "model.toml"
TAKEN = (CLASSES, DESCRIPTION)
"""Names of files that are put beside those of a visitor."""

_PLAIN = re.compile(r"\w[\w .()-]*")
"""Names under which files are kept in a folder of their own."""

PREFIX = "lime-model-"
"""Of the names of their folders."""

MINUTE = 60

LONGEST = 200
"""Bytes of a name, as file systems count."""

HERE = {"localhost", "127.0.0.1", "::1"}


def may_bring() -> bool:
    """Whether visitors may bring models: on a server for this machine alone, unless who starts it says otherwise."""
    if said := os.environ.get("LIME_MODEL_UPLOADS"):
        return said == "1"
    # Other names are those of a proxy, which passes on what comes from elsewhere.
    others = [*st.get_option("server.corsAllowedOrigins"), *(set(st.get_option("server.allowedHosts")) - HERE)]
    return st.get_option("server.address") in HERE and not others


class Folder:
    """A folder for this user alone, which goes with the last one who holds it, or once its server has ended."""

    def __init__(self) -> None:
        _sweep()
        self.path = Path(mkdtemp(prefix=PREFIX))
        weakref.finalize(self, _end, self.path, _locked(self.path))


def _locked(path: Path) -> int | None:
    """Hold a folder as long as this process runs; None where another one holds it, and where there are no locks."""
    if fcntl is None:
        return None
    held = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        return None
    return held


def _end(path: Path, held: int | None) -> None:
    shutil.rmtree(path, ignore_errors=True)
    if held is not None:
        os.close(held)


def _sweep() -> None:
    """Take away what servers have left behind that were killed."""
    for path in Path(gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            facts = path.lstat()
            # One that is just being made is not locked yet.
            old, mine = time.time() - facts.st_mtime > MINUTE, fcntl is not None and facts.st_uid == os.getuid()
            if stat.S_ISDIR(facts.st_mode) and old and mine and (held := _locked(path)) is not None:
                _end(path, held)


@dataclass(frozen=True, eq=False)
class Brought:
    """The files of a model, and what they say.

    folder : theirs alone
    file : the one with the weights
    names : of all files that were given
    """

    folder: Folder
    file: Path
    names: frozenset[str]
    guess: lc.FileGuess


@dataclass(frozen=True, eq=False)
class Own:
    """A model of a session, and the files that it was loaded from."""

    model: lc.Classifier
    brought: Brought


def expect() -> None:
    """Start the process of a model while its visitor chooses files; without one, it is started when they are there."""
    with suppress(lc.LimeError):
        lc.prepare_isolated(LIMITS)


def look_at(files: Sequence[UploadedFile]) -> Brought:
    """What uploaded files say of themselves: one with the weights, and beside an ONNX file those of its numbers.

    Raises LimeError where they are no model, or more than is taken.
    """
    alone = len(files) == 1 and not files[0].name.endswith(NUMBERS)
    main = [file for file in files if alone or file.name.lower().endswith(ENDINGS)]
    if len(main) != 1:
        raise lc.LimeError(
            f"Give one file that ends in {' or '.join(ENDINGS)}, and with an ONNX file those that hold its numbers; "
            f"there are {len(main) or 'none'} of that ending."
        )
    if sum(file.size for file in files) > LIMITS.file_bytes:
        raise lc.LimeError(f"The files of a model have more than {FILE_MB} MB together.")
    for file in files:
        if not _plain(file.name):
            raise lc.LimeError(f"A file cannot be called {printable(file.name)!r} here. Give it a plain name.")
    folder = Folder()
    for file in files:
        (folder.path / file.name).write_bytes(file.getbuffer())
    place = folder.path / main[0].name
    return Brought(folder, place, frozenset(file.name for file in files), lc.guess_isolated(place, LIMITS))


def put_names(brought: Brought, file: UploadedFile) -> Path:
    """Keep a file of class names beside the model, under its own name where that is a plain one and free."""
    free = _plain(file.name) and file.name.casefold() not in {name.casefold() for name in brought.names}
    path = brought.folder.path / (file.name if free else CLASSES)
    path.write_bytes(file.getbuffer())
    return path


def _plain(name: str) -> bool:
    """Whether a file can have this name, in a folder where some are taken; some systems know no capitals."""
    return bool(_PLAIN.fullmatch(name)) and len(os.fsencode(name)) <= LONGEST and name.casefold() not in TAKEN


def by_name() -> dict[str, Own]:
    """name -> model, in the order in which they came; the session's own dict."""
    own: dict[str, Own] = st.session_state.setdefault("models-own", {})
    return own


def called(names: Sequence[str]) -> list[lc.Classifier]:
    """The models of these names, the session's own or any; they calculate as the one at the left does, where they can.

    Raises ModelUnavailable where one cannot be had.
    """
    own, precision = by_name(), st.session_state.get("precision", lc.PRECISIONS[0])
    return [own[name].model if name in own else caches.model(name, precision) for name in names]


def keep(brought: Brought, description: lc.ModelFile) -> str:
    """Load the model as it is described, and keep it; returns its name.

    Raises LimeError where it cannot be loaded, there is no room for it, or its name is taken.
    """
    if len(by_name()) >= MOST:
        raise lc.LimeError(f"A session keeps {MOST} models of its own. Remove one under the list of models.")
    name = description.name
    if free_name(name) != name:  # results name their model: another name than that of the description would be lost
        raise lc.LimeError(f"There is a model {printable(name)!r} already. Give this one another name.")
    path = brought.folder.path / DESCRIPTION
    path.write_text(description.to_toml(path.parent), "utf-8")
    by_name()[name] = Own(lc.load_isolated(path, LIMITS), brought)
    return name


def free_name(name: str) -> str:
    """This name, or with a number where another model has it."""
    free, number, taken = name, 2, {*by_name(), *lc.model_names()}
    while free in taken:
        free, number = f"{name} ({number})", number + 1
    return free


def remove(name: str) -> None:
    """Take a model out of the session; its process ends with it."""
    by_name().pop(name, None)
