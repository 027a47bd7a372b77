"""Where many pictures come from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import streamlit as st

import lime_core as lc
from lime_core.reports.sentences import count

FOLDERS = "LIME_PICTURES"
"""The environment variable with the folders that whoever runs the app has allowed."""


class Source(Protocol):
    """Pictures that can be read again and again; equal where they are the same."""

    @property
    def note(self) -> str:
        """Where they come from, for people to read."""

    def read(self) -> Iterator[lc.Found]:
        """The pictures, read one after another, and what could not be read."""


@dataclass(frozen=True)
class Photos:
    """Photos of the gallery."""

    names: tuple[str, ...]

    @property
    def note(self) -> str:
        return f"{count(len(self.names), 'gallery photo')}"

    def read(self) -> Iterator[lc.Found]:
        return lc.from_paths([f"gallery:{name}" for name in self.names])


class Contents(dict[str, bytes]):
    """What is in the files that were uploaded, by their ids."""


@dataclass(frozen=True)
class Files:
    """Files that were uploaded on a page, zip archives among them; `ids` tells them from others.

    What is in them stays in the session, and what has been made of them does not hold it.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    page: str

    @property
    def note(self) -> str:
        return self.names[0] if len(self.names) == 1 else count(len(self.names), "uploaded file")

    def read(self) -> Iterator[lc.Found]:
        by_id: Contents = st.session_state.get(f"{self.page}-contents", Contents())
        for file_id, name in zip(self.ids, self.names, strict=True):
            contents = by_id.get(file_id)
            if contents is None:  # forgotten
                continue
            if contents[:2] == b"PK":
                yield from lc.from_zip(contents, name)
                continue
            try:
                yield lc.Found(name, lc.load_picture(contents, name=name))
            except lc.BadPicture as error:
                yield lc.Found(name, None, error.public)


@dataclass(frozen=True)
class Folder:
    """A folder of the machine that the app runs on; `changed` is when something was last added to it."""

    path: str
    changed: int

    @property
    def note(self) -> str:
        return f"folder {Path(self.path).name}"

    def read(self) -> Iterator[lc.Found]:
        return lc.from_folder(self.path)
