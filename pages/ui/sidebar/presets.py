"""Presets, one press each: every control is set as another tool has it, and can be moved on from there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, fields
from typing import Any

import streamlit as st

import lime_core as lc
from pages.ui.figures.sentences import sentence
from pages.ui.runs import priors
from pages.ui.runs.priors import NONE
from pages.ui.sidebar.controls import title

ROLES: dict[str, Mapping[str, type]] = {
    "segmenter": lc.SEGMENTERS,
    "hiding": lc.HIDINGS,
    "sampler": lc.SAMPLERS,
    "kernel": lc.KERNELS,
    "surrogate": lc.SURROGATES,
    "selection": lc.SELECTIONS,
}
"""How the keys of each role's controls begin, with its table."""

TOP = "view-top-"
"""How the keys of the control begin that says how many superpixels are drawn, of so many each."""

_UNSET = "not drawn yet"
"""Stands for the state of a control that has none yet."""

Changes = dict[str, tuple[Any, Any]]
"""Of controls, by their keys, what they had before and what they were set to."""

NEEDS_A_PRIOR = "It is a fit with a prior: choose one behind the dots beside Prior strength."


def offer_presets() -> None:
    """A button for each preset, behind one button."""
    with st.popover("Presets", type="tertiary", key="presets-more"):
        st.caption("The settings of other tools, one press each.")
        for name, preset in lc.PRESETS.items():
            st.button(
                sentence(preset.title),
                key=f"preset-{name}",
                on_click=take,
                args=(name,),
                width="stretch",
                help=sentence(preset.help),
            )
        if st.session_state.get("preset-needs-prior") and st.session_state.get("prior-name", NONE) == NONE:
            st.caption(NEEDS_A_PRIOR)


def take_setting(setting: lc.Setting) -> Changes:
    """Set every control of what a setting has as it has it; to be called before they are drawn.

    Returns what `give_back` needs to set them as they were.
    """
    states, fitting = dict[str, Any](), setting.fitting
    options = setting.options | {"selection": fitting.feature_selection}
    for role, table in ROLES.items():
        # Options that are not in use go back too: an earlier preset may have set them.
        usual = [cls() for cls in table.values() if cls is not lc.LabelMap]
        for option in (*usual, options[role]):
            states |= _controls(role, table, option)
    states["num-samples"] = states["stability-samples"] = setting.num_samples
    states["settle"] = 0
    for kind, spaces in lc.SPACES.items():
        states[f"space-{kind}"] = fitting.space if fitting.space in spaces else spaces[0]
    changes = {key: (st.session_state.get(key, _UNSET), value) for key, value in states.items()}
    st.session_state.update(states)
    return changes


def give_back(changes: Changes) -> None:
    """Set controls as they were before, but what has been moved since; to be called before they are drawn."""
    for key, (before, value) in changes.items():
        if st.session_state.get(key, _UNSET) != value:
            continue
        if before is _UNSET:
            del st.session_state[key]
        else:
            st.session_state[key] = before


def take(name: str) -> None:
    """Set every control as the preset has it; to be called before they are drawn."""
    preset = lc.PRESETS[name]
    take_setting(lc.Setting.of_preset(name))
    take_view(preset.view)
    _take_prior(preset)


def take_view(view: lc.View) -> None:
    """Set every control of the view, but whether numbers are drawn, which is a reader's own choice."""
    state = st.session_state
    for f in fields(lc.View):
        if f.name not in ("num_features", "numbers"):
            state[f"view-{f.name}"] = _state(f, getattr(view, f.name))
    state["view-top"] = view.num_features
    for key in state:
        if str(key).startswith(TOP):
            state[key] = min(view.num_features, int(str(key).removeprefix(TOP)))


def view_of(d: int) -> lc.View:
    """The view as its controls have it, of a map with so many superpixels; drawn or not yet."""
    state, chosen = st.session_state, {}
    for f in fields(lc.View):
        key = f"view-{f.name}"
        if f.name not in ("num_features", "numbers") and key in state:
            chosen[f.name] = state[key]  # a color as "#rrggbb"
    top = state.get(f"{TOP}{d}", state.get("view-top", lc.View().num_features))
    return lc.View(num_features=top, **chosen)


def _controls(role: str, table: Mapping[str, type], option: Any) -> dict[str, Any]:
    """The states of the controls of an option, by their keys."""
    plain: Any = lc.without_prior(option) if role == "surrogate" else option
    name = next(name for name, cls in table.items() if cls is type(plain))
    states: dict[str, Any] = {f"{role}-name": name}
    if isinstance(plain, lc.LabelMap):  # its file stays
        return states
    for f in fields(plain):
        value, key = getattr(plain, f.name), f"{role}-{name}"
        if value is not None:
            states[f"{key}-{f.name}"] = _state(f, value)
        if other := f.metadata.get("instead_of"):
            states[f"{key}-{other}-or-{f.name}"] = title(other if value is None else f.name)
    return states


def _take_prior(preset: lc.Preset) -> None:
    """Choose the prior that a preset needs, that is chosen or the first that there is, or none."""
    state, known = st.session_state, list(priors.by_name())
    state["preset-needs-prior"] = preset.needs_prior
    if not preset.needs_prior:
        state["prior-name"] = NONE
        return
    state["prior-strength-1"] = preset.settings.prior_strength
    if state.get("prior-name", NONE) not in known:
        state["prior-name"] = known[0] if known else NONE


def _state(f: Field[Any], value: Any) -> Any:
    """What the control of a field holds for a value."""
    if "color" in f.metadata:
        return "#{:02x}{:02x}{:02x}".format(*value)
    if named := f.metadata.get("several"):
        return [name for each in value for name, option in named.items() if option == each]
    return value
