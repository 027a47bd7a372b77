"""Widgets made from settings: a field's metadata says which control, which range and what help.

A page gets frozen settings objects, never loose numbers.  Keys hold the table, the option and the field, so that an
option remembers its settings while another one is chosen.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import Field, fields
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import lime_core as lc
from pages.ui.figures.sentences import sentence
from pages.ui.runs import caches

T = TypeVar("T")

SETTINGS = (
    "segmenter-", "hiding-", "sampler-", "kernel-", "surrogate-", "selection-", "space-", "view-", "soft-", "gain-",
    "num-samples", "seed", "settle", "precision", "model-name", "class-", "prior-name", "prior-strength-", "wanted-",
    "tune-", "compare-", "methods", "repeats", "ranking", "stability-", "closer", "curve",
    "what-if-mode", "what-if-shape", "what-if-top-",
)  # fmt: skip
"""How the keys of controls begin that stay what they are from photo to photo."""

NEVER_TOLD = ("-upload", "-forget-files")
"""How the keys of uploads and buttons end that begin as those do: only who sits there may give them a value."""

TITLES = {
    "slic": "SLIC",
    "label_map": "label map of your own",
    "several": "several at once",
    "superpixel_mean": "mean of the superpixel",
    "image_mean": "mean of the picture",
    "bernoulli": "Bernoulli",
    "foldover": "Fold-over Hadamard",
    "antithetic": "Antithetic pairs",
    "glime_binomial": "GLIME-Binomial",
    "uniform_k": "Uniform k",
    "enumerate": "All masks (exact)",
    "lime": "Masks of the lime package",
    "l2": "L2",
    "none": "none",
    "lasso_path": "lasso path",
    "bayesian_ridge": "Bayesian ridge",
    "n_segments": "number of superpixels",
    "num_features": "number of superpixels",
    "p": "share shown",
    "l1_ratio": "share of lasso",
    "share": "share of the largest alpha",
    "random_seed_given": "random_seed was given",
}


def settings_stay(page: str | None) -> None:
    """Tell the browser the settings again where the last drawing was of another page, or had none of them.

    It forgets a control that is not drawn, such as while one uploaded photo takes the place of another, and may have
    said before that it knows the value: then it shows the default, and sends that with the next press.  On another page
    a control is another one to it, and a value that a link or a preset gave the first is none that it would hand on.

    page : the path of the page that is drawn, or None where it has no settings
    """
    if page is not None and st.session_state.get("settings-drawn", page) != page:
        for key, value in st.session_state.items():
            setting = str(key).startswith(SETTINGS) and not str(key).endswith(NEVER_TOLD)
            if setting and isinstance(value, bool | int | float | str | list):
                st.session_state[key] = value
    st.session_state["settings-drawn"] = page


def title(name: str) -> str:
    """The name of an option or a setting as it stands on the screen."""
    shown = TITLES.get(name, name.replace("_", " "))
    return shown[:1].upper() + shown[1:]


def row(label: str, key: str) -> tuple[DeltaGenerator, DeltaGenerator]:
    """A place for a control, and the details that a press on the dots beside it opens.

    The dots are drawn by the shell in place of the button's name, which those have who hear the page.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", wrap=False, key=f"{key}-row"):
        place = st.container()
        details = st.popover(f"More about: {label}", key=f"{key}-more", type="tertiary")
    return place, details


def pick(label: str, table: Mapping[str, type[T]], key: str, help: str) -> T:
    """A select box for the options of a table, with the controls of the chosen one in its details."""
    place, details = row(label, key)
    with place:
        name = pick_name(label, table, key, help)
    with details:
        return with_controls(table[name], f"{key}-{name}")


def pick_here(label: str, table: Mapping[str, type[T]], key: str, help: str) -> T:
    """The same among the details of another control: its own controls stand below it."""
    name = pick_name(label, table, key, help)
    return with_controls(table[name], f"{key}-{name}", nothing="")


def pick_name(label: str, table: Mapping[str, object], key: str, help: str, first: str = "") -> str:
    """A select box for the options of a table; the first one is chosen, unless another is named."""
    names, index = list(table), list(table).index(first) if first else 0
    return st.selectbox(label, names, index, title, key=f"{key}-name", help=help, persist_state="session")


def with_controls(cls: type[T], key: str, nothing: str = "There is nothing to set.") -> T:
    """An option with the settings of its controls; where it has none, that is said."""
    chosen = chosen_settings(cls, key)
    if not chosen and nothing:
        st.caption(nothing)
    return cls(**chosen)


def chosen_settings(cls: type, key: str) -> dict[str, Any]:
    """The settings of an option's controls by the names of its fields; of two that exclude each other only one."""
    option: Any = cls  # a frozen dataclass, which is nothing that the protocol of its table could ask for
    instead = {f.metadata["instead_of"]: f for f in fields(option) if "instead_of" in f.metadata}
    chosen = {}
    for f in fields(option):
        if f.name in instead:
            f = _one_of(instead[f.name], f, f"{key}-{f.name}-or-{instead[f.name].name}")
        elif f in instead.values():
            continue
        chosen[f.name] = field_control(f, f"{key}-{f.name}")
    return chosen


def _one_of(first: Field[Any], second: Field[Any], key: str) -> Field[Any]:
    """The control that chooses which of two fields is given."""
    choices = {title(f.name): f for f in (first, second)}
    about = "  \n".join(f"**{name}**: {f.metadata['help']}" for name, f in choices.items())
    return choices[st.selectbox("Given as", list(choices), key=key, help=about, persist_state="session")]


def field_control(f: Field[Any], key: str) -> Any:
    """The control of one field: a slider, a number, a color, a switch or a choice."""
    rules, label, help = f.metadata, title(f.name), f.metadata["help"]
    default: Any = rules.get("usual", f.default)
    common: Any = {"key": key, "help": help, "persist_state": "session"}
    if "color" in rules:
        return _rgb(st.color_picker(label, value="#{:02x}{:02x}{:02x}".format(*default), **common))
    if "switch" in rules:
        return st.toggle(label, value=default, **common)
    if "several" in rules:
        picked = st.multiselect(label, list(rules["several"]), default, format_func=title, **common)
        return tuple(picked or default)
    if "options" in rules:
        return st.selectbox(label, rules["options"], index=rules["options"].index(default), **common)
    low, high, step = rules["low"], rules["high"], rules["step"]
    if rules["log"]:
        steps = with_set(log_steps(low, high, default), key)
        return st.select_slider(label, steps, value=default, format_func=lambda value: f"{value:g}", **common)
    if high - low > 1000 * step:
        return st.number_input(label, low, high, value=default, step=step, **common)
    return st.slider(label, low, high, value=default, step=step, **common)


def log_steps(low: float, high: float, default: float, first: float = 0.001) -> list[float]:
    """1, 2, 5, 10 … between `low` and `high`, with both ends and the default.

    first : the step after zero, where that is in the range
    """
    first = low if low > 0 else min(first, high)
    powers = range(math.floor(math.log10(first)), math.ceil(math.log10(high)) + 1)
    series = {float(f"{digit}e{power}") for power in powers for digit in (1, 2, 5)}
    return sorted({low, high, default} | {value for value in series if first <= value <= high})


def with_set(steps: list[T], key: str) -> list[T]:
    """The steps of a slider, with the value that something else has set it to, such as a preset."""
    value = st.session_state.get(key)
    return steps if value is None or value in steps else sorted([*steps, value])


def label_map(key: str) -> lc.LabelMap | None:
    """The user's own label map, or None while there is none; what is wrong with a file is said below its upload."""
    upload = st.file_uploader(
        "Label map (PNG or .npy)",
        key=f"{key}-file",
        max_upload_size=50,
        help="One whole number or one color for each superpixel, of the upright photo or of the crop that the model "
        "sees, in any size up to 16 megapixels.",
    )
    read, refused = (st.session_state.get(f"{key}-{what}", (None, "", None)) for what in ("read", "refused"))
    if upload is None:
        # Streamlit forgets the file with the page of its upload; the map stays until there is another one.
        st.caption(f"{sentence(read[1])}, given before." if read[2] else "Waiting for a label map.")
        return read[2]
    if upload.file_id not in (read[0], refused[0]):  # a file is read once, and not at every redraw
        try:
            labels = lc.load_label_map(upload.getvalue())
            caches.kept().take(labels, labels.nbytes)
            st.session_state[f"{key}-read"] = read = upload.file_id, upload.name, labels
        except lc.LimeError as error:
            refused = upload.file_id, error.public, None
            st.session_state[f"{key}-refused"] = refused
    if upload.file_id == refused[0]:
        st.error(sentence(refused[1]))
        return None
    if read[1] != upload.name:
        st.caption(f"{sentence(read[1])}, in place of the file.")
    return read[2]


def take_label_map(key: str, name: str, labels: lc.LabelMap) -> None:
    """Choose a label map that was made here, in place of one that was uploaded; before its controls are drawn."""
    upload = st.session_state.get(f"{key}-file")
    st.session_state[f"{key}-read"] = upload.file_id if upload else "", name, labels
    st.session_state.pop(f"{key}-refused", None)
    st.session_state[f"{key}-name"] = "label_map"


def _rgb(value: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(value.removeprefix("#"))
    return red, green, blue


def group_heading(heading: str, cost: str) -> None:
    """The heading of a group of controls, and what a change in it costs."""
    st.markdown(f"**{heading}**", help=cost)
