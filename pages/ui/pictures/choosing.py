"""The controls of where many pictures come from: the gallery, uploads, or a folder that is allowed.

`page` says whose controls they are: each page has its own, and keeps the files that were uploaded there.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

import lime_core as lc
from lime_core.reports.sentences import count
from pages.ui.figures.sentences import sentence
from pages.ui.pictures.sources import FOLDERS, Contents, Files, Folder, Photos, Source
from pages.ui.runs import caches
from pages.ui.sidebar.photo import FORMATS

MAX_BYTES = 300 * 2**20
"""Of all files that one reader uploads; less than the server keeps of a session, which has other uploads too."""

KINDS = {"gallery": "Gallery", "upload": "Upload", "folder": "Folder"}
TYPES = ("jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff", "avif", "zip")


def choose_source(page: str, photos: Sequence[str]) -> Source | None:
    """The controls; None where there are no pictures yet.

    photos : those of the gallery that are chosen at first
    """
    kind = st.segmented_control(
        "Pictures", list(KINDS), default="gallery", format_func=KINDS.__getitem__, required=True, key=f"{page}-source",
        persist_state="session",
    )  # fmt: skip
    if kind == "gallery":
        return _gallery(page, photos)
    return _upload(page) if kind == "upload" else _folder(page)


def _gallery(page: str, photos: Sequence[str]) -> Photos | None:
    names = st.pills(
        "Photos of the gallery",
        list(lc.GALLERY),
        selection_mode="multi",
        default=list(photos),
        format_func=lambda name: lc.GALLERY[name].title,
        label_visibility="collapsed",
        key=f"{page}-gallery",
        wrap=True,
        persist_state="session",
    )
    return Photos(tuple(name for name in lc.GALLERY if name in names)) if names else None


def _upload(page: str) -> Files | None:
    uploads = st.file_uploader(
        "Upload pictures or zip archives",
        type=TYPES,
        accept_multiple_files=True,
        key=f"{page}-upload",
        max_upload_size=200,
        on_change=_take,
        args=(page,),
        help=f"{FORMATS} Archives up to 200 MB. They are kept in memory only.",
    )
    if _too_large(uploads):
        st.error(f"These files have more than {MAX_BYTES // 2**20} MB together. Take fewer.")
        return None
    if full := st.session_state.get(f"{page}-full"):
        st.error(sentence(full))
    files: Files | None = st.session_state.get(f"{page}-files")
    if files is None:
        return None
    if not uploads:
        # Streamlit forgets files with the page of their upload; here they stay until there are others.
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{count(len(files.names), 'file')}, given before.", width="content")
            st.button("Forget them", type="tertiary", on_click=_forget, args=(page,), key=f"{page}-forget-files")
    return files


def _too_large(uploads: Sequence[UploadedFile] | None) -> bool:
    return sum(file.size for file in uploads or ()) > MAX_BYTES


def _take(page: str) -> None:
    _forget(page)
    uploads = st.session_state[f"{page}-upload"]
    if uploads and not _too_large(uploads):
        contents = Contents({file.file_id: file.getvalue() for file in uploads})
        try:
            caches.kept().take(contents, sum(file.size for file in uploads))
        except lc.LimeError as error:
            st.session_state[f"{page}-full"] = error.public
            return
        st.session_state[f"{page}-files"] = Files(tuple(contents), tuple(file.name for file in uploads), page)
        st.session_state[f"{page}-contents"] = contents


def _forget(page: str) -> None:
    for part in ("files", "contents", "rows", "photos", "full"):
        st.session_state.pop(f"{page}-{part}", None)


def _folder(page: str) -> Folder | None:
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
        key=f"{page}-folder",
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
