"""What a file does not say of its model: the controls that ask for it, filled with what can be guessed."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

import lime_core as lc
from pages.ui.brought.model_input import describe_input
from pages.ui.figures.sentences import sentence
from pages.ui.runs.models import Brought, free_name, put_names

OUTPUTS = {
    "": "find out",
    "logits": "logits of classes that compete",
    "probabilities": "probabilities of classes that compete",
    "independent probabilities": "probabilities, each class for itself",
    "sigmoid": "raw answers, a sigmoid makes each a probability",
    "values": "values (a regression, a distance)",
}
NAMES = {"typed": "Typed", "file": "File", "none": "None"}


def describe(brought: Brought, key: str) -> lc.ModelFile:
    """The model as the controls describe it.  Raises ValueError where it cannot be so."""
    guess = brought.guess
    onnx = guess.form == "onnx"
    name = st.text_input("Name", free_name(brought.file.stem), key=f"{key}-name", max_chars=60)
    architecture = "" if onnx else _architecture(guess, key)
    classes = _classes(brought, key)
    output, unit = _output(guess, key)
    seen = describe_input(guess, key)
    if classes is None:  # not before all controls are there
        raise ValueError("type a name for each output, or choose None under Class names")
    return lc.ModelFile(
        name.strip(),
        architecture,
        None if onnx else brought.file,
        brought.file if onnx else None,
        classes,
        output,
        unit,
        input=seen,
    )


def _architecture(guess: lc.FileGuess, key: str) -> str:
    known = [name for name, entry in lc.MODELS.items() if entry.family == "torchvision"]
    chosen = st.selectbox(
        "Architecture",
        known,
        index=known.index(guess.architecture) if guess.architecture in known else None,
        placeholder="Choose one",
        accept_new_options=True,
        key=f"{key}-architecture",
        help="The network of torchvision that the weights are for. Type timm/NAME for one of timm, where that is "
        "installed.",
    )
    return chosen or ""


def _classes(brought: Brought, key: str) -> tuple[str, ...] | Path | None:
    """The names, or their file; None where there should be some and are none yet."""
    way = st.segmented_control(
        "Class names",
        list(NAMES),
        default="typed",
        format_func=NAMES.__getitem__,
        required=True,
        key=f"{key}-names",
        help="In the order of the outputs. None calls them by their numbers. A single output takes one name, or two: "
        "that without it and that with it.",
    )
    if way == "none":
        return ()
    if way == "file":
        given = st.file_uploader(
            "A file of names",
            key=f"{key}-names-file",
            max_upload_size=1,
            help="Plain text with a name in each line, a JSON list, or a JSON object from index to name.",
        )
        if given is None:
            return None
        return put_names(brought, given)
    typed = st.text_area(
        "One name in each line", key=f"{key}-names-typed", height=110, label_visibility="collapsed", max_chars=100_000,
        placeholder="One name in each line",
    )  # fmt: skip
    names = tuple(name.strip() for name in typed.splitlines() if name.strip())
    outputs = brought.guess.outputs
    if names and outputs and len(names) != outputs and not (outputs == 1 and len(names) == 2):
        st.caption(sentence(f"The model answers with {outputs} numbers, and there are {len(names)} names."))
    return names or None


def _output(guess: lc.FileGuess, key: str) -> tuple[str, str]:
    output = st.selectbox(
        "It answers with",
        list(OUTPUTS),
        index=list(OUTPUTS).index(guess.output),
        format_func=OUTPUTS.__getitem__,
        key=f"{key}-output",
        help="What its numbers are, before anything is done to them.",
    )
    unit = ""
    if output == "values":
        unit = st.text_input("Unit", key=f"{key}-unit", max_chars=32, placeholder="such as years; may be empty")
    return output, unit.strip()
