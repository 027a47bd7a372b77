"""The window in which a visitor brings a model: its files, what is asked about them, and what was wrong."""

from __future__ import annotations

import streamlit as st

import lime_core as lc
from pages.ui.brought.form import describe
from pages.ui.figures.sentences import sentence
from pages.ui.runs import models
from pages.ui.runs.messages import errors_as_messages

FORMS = {"onnx": "ONNX", "safetensors": "safetensors"}


@st.dialog("A model of your own", width="medium")
def bring() -> None:
    """Choose files, describe the model, and use it."""
    files = st.file_uploader(
        "ONNX or safetensors",
        accept_multiple_files=True,
        key="model-files",
        max_upload_size=models.FILE_MB,
        help="Where an ONNX file has its numbers in a second file (.onnx.data), give both.",
    )
    if not files:
        models.expect()
        st.caption(
            "ONNX holds a network and its weights; safetensors holds the weights of an architecture of torchvision or "
            "timm. Files that could run code, such as pickles, are not read. The model runs in a process of its own, "
            "for you alone, and is forgotten with this session."
        )
        return
    with errors_as_messages():
        brought = _looked_at(tuple(files))
        guess = brought.guess
        st.caption(
            sentence(
                f"{brought.file.name} · {FORMS[guess.form]} · {guess.layers} layers · {guess.parameters / 1e6:.1f} MB"
                + (f" · {guess.channels} {'channel' if guess.channels == 1 else 'channels'}" if guess.channels else "")
                + (f" · {guess.outputs} {'output' if guess.outputs == 1 else 'outputs'}" if guess.outputs else "")
            )
        )
        _describe_and_use(brought, f"model-{files[0].file_id}")


def _describe_and_use(brought: models.Brought, key: str) -> None:
    description, wrong = None, ""
    try:
        description = describe(brought, key)
    except (ValueError, TypeError) as error:
        wrong = str(error)
    with st.container(horizontal=True):
        use = st.button("Use this model", type="primary", key="model-use")
        st.download_button(
            "Take the description",
            description.to_toml(brought.folder.path) if description else "",
            "model.toml",
            "application/toml",
            disabled=description is None,
            key="model-toml",
            on_click="ignore",
            help="model.toml, with which the same file works from the command line and in Python.",
        )
    if not use:
        return
    if description is None:
        st.error(sentence(f"{wrong[:1].upper()}{wrong[1:]}."), icon=":material/error:")
        return
    with errors_as_messages(), st.spinner("Loading the model …"):
        st.session_state["model-brought"] = models.keep(brought, description)
        st.session_state.pop("model-looked-at", None)
        st.rerun()


def _looked_at(files: tuple[models.UploadedFile, ...]) -> models.Brought:
    """What these files say, found out once, whatever came of it."""
    key = tuple(file.file_id for file in files)
    last = st.session_state.get("model-looked-at")
    if last is None or last[0] != key:
        try:
            with st.spinner("Looking into the file …"):
                last = key, models.look_at(files), ""
        except lc.ModelBusy:
            raise
        except lc.LimeError as error:
            last = key, None, error.public
        st.session_state["model-looked-at"] = last
    _, brought, refused = last
    if brought is None:
        raise lc.LimeError(refused)
    return brought
