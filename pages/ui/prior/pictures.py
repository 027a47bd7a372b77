"""The pictures that a prior is built from: which of those of a source can be read.

A source is read one picture after another, as often as it is needed: of what was read, only names, digests and small
pictures are kept.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import lime_core as lc
from lime_core.arrays import Pixels
from pages.ui.figures.priors import thumbnail
from pages.ui.pictures.sources import Folder, Source
from pages.ui.runs import growing, running

MOST = 1000
"""Pictures of one prior, at most."""

RUN = "build"
"""The run that the button of the page starts."""


@dataclass(frozen=True)
class Row:
    """A picture of a source, without its pixels.

    error : why it is left out, or empty
    size : width × height
    small : (s, s, 3) uint8, its middle
    """

    name: str
    digest: str = ""
    error: str = ""
    size: str = ""
    small: Pixels | None = field(default=None, repr=False, compare=False)


def read_rows(source: Source, place: DeltaGenerator) -> list[Row]:
    """The pictures of a source, read once in a session; `place` says how far it has come.

    A folder is read anew for every run: what was added below its subfolders does not show from above.
    """
    last = st.session_state.get("prior-rows")
    if last is None or last[0] != source or (isinstance(source, Folder) and running.pressed(RUN)):
        rows: dict[str, Row] = {}
        last_note = time.perf_counter()
        for number, found in enumerate(source.read()):
            if len(rows) == MOST:
                rows["more"] = Row("…", error=f"A prior takes {MOST} pictures at most here: the others are left out.")
                break
            row = _row(found, rows)
            rows[row.digest or f"error {number}"] = row
            if time.perf_counter() - last_note >= growing.TELL:
                last_note = time.perf_counter()
                place.caption(f"Reading pictures: {number + 1} …")
        place.empty()
        st.session_state["prior-rows"] = last = (source, list(rows.values()))
    return last[1]


def _row(found: lc.Found, others: dict[str, Row]) -> Row:
    if found.picture is None:
        return Row(found.name, error=found.error)
    same = others.get(found.picture.digest)
    if same is not None:
        return Row(found.name, error=f"It is the same picture as {same.name}.")
    size = f"{found.picture.width} × {found.picture.height}"
    return Row(found.name, found.picture.digest, size=size, small=thumbnail(found.picture.pixels))
