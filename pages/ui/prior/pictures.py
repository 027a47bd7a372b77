"""The pictures that a prior is built from: where they come from, and which of them can be read.

A source is read one picture after another, as often as it is needed: of what was read, only names, digests and small
pictures are kept.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

import lime_core as lc
from lime_core.arrays import Pixels
from lime_core.reports.sentences import count
from pages.ui.figures.priors import thumbnail
from pages.ui.figures.sentences import sentence
from pages.ui.prior.sources import FOLDERS, Contents, Files, Folder, Photos, Source
from pages.ui.runs import caches, growing, running
from pages.ui.sidebar.photo import FORMATS

MOST = 1000
"""Pictures of one prior, at most."""

MAX_BYTES = 300 * 2**20
"""Of all files that one reader uploads; less than the server keeps of a session, which has other uploads too."""

RUN = "build"
"""The run that the button of the page starts."""

KINDS = {"gallery": "Gallery", "upload": "Upload", "folder": "Folder"}
TYPES = ("jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff", "avif", "zip")


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


def choose_source() -> Source | None:
    """The controls of where pictures come from; None where there are none yet."""
    kind = st.segmented_control(
        "Pictures", list(KINDS), default="gallery", format_func=KINDS.__getitem__, required=True, key="prior-source",
        persist_state="session",
    )  # fmt: skip
    return {"gallery": _gallery, "upload": _upload, "folder": _folder}[kind]()


def _gallery() -> Photos | None:
    names = st.pills(
        "Photos of the gallery",
        list(lc.GALLERY),
        selection_mode="multi",
        default=list(lc.GALLERY),
        format_func=lambda name: lc.GALLERY[name].title,
        label_visibility="collapsed",
        key="prior-gallery",
        wrap=True,
        persist_state="session",
    )
    return Photos(tuple(name for name in lc.GALLERY if name in names)) if names else None


def _upload() -> Files | None:
    uploads = st.file_uploader(
        "Upload pictures or zip archives",
        type=TYPES,
        accept_multiple_files=True,
        key="prior-upload",
        max_upload_size=200,
        on_change=_take,
        help=f"{FORMATS} Archives up to 200 MB. They are kept in memory only.",
    )
    if _too_large(uploads):
        st.error(f"These files have more than {MAX_BYTES // 2**20} MB together. Take fewer.")
        return None
    if full := st.session_state.get("prior-full"):
        st.error(sentence(full))
    files: Files | None = st.session_state.get("prior-files")
    if files is None:
        return None
    if not uploads:
        # Streamlit forgets files with the page of their upload; here they stay until there are others.
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{count(len(files.names), 'file')}, given before.", width="content")
            st.button("Forget them", type="tertiary", on_click=_forget, key="prior-forget-files")
    return files


def _too_large(uploads: Sequence[UploadedFile] | None) -> bool:
    return sum(file.size for file in uploads or ()) > MAX_BYTES


def _take() -> None:
    _forget()
    uploads = st.session_state["prior-upload"]
    if uploads and not _too_large(uploads):
        contents = Contents({file.file_id: file.getvalue() for file in uploads})
        try:
            caches.kept().take(contents, sum(file.size for file in uploads))
        except lc.LimeError as error:
            st.session_state["prior-full"] = error.public
            return
        st.session_state["prior-files"] = Files(tuple(contents), tuple(file.name for file in uploads))
        st.session_state["prior-contents"] = contents


def _forget() -> None:
    for key in ("prior-files", "prior-contents", "prior-rows", "prior-full"):
        st.session_state.pop(key, None)


def _folder() -> Folder | None:
    allowed = [path for path in os.environ.get(FOLDERS, "").split(os.pathsep) if path]
    here = [path for path in dict.fromkeys(allowed) if Path(path).is_dir()]
    if not here:
        none = "None of the allowed folders is there." if allowed else "No folder of this machine is allowed."
        st.info(
            f"{none} Whoever runs the app allows some by starting it with `{FOLDERS}` set to them, separated by "
            f"`{os.pathsep}`.",
            icon=":material/folder_off:",
        )
        return None
    path = st.selectbox(
        "Folder",
        here,
        format_func=_titles(here).__getitem__,
        label_visibility="collapsed",
        key="prior-folder",
        persist_state="session",
    )
    return Folder(path, Path(path).stat().st_mtime_ns)


def _titles(folders: Sequence[str]) -> dict[str, str]:
    """What each folder is called here: its name, with a number where others have it too.

    Where it lies on the machine is nothing for visitors.
    """
    names = [Path(path).name for path in folders]
    return {
        path: name if names.count(name) == 1 else f"{name} ({names[: place + 1].count(name)})"
        for place, (path, name) in enumerate(zip(folders, names, strict=True))
    }


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
