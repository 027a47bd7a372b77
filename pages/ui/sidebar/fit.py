"""The controls that answer at once: score, surrogate, prior, kernel and feature selection."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

import lime_core as lc
from pages.ui.runs.caches import Chosen
from pages.ui.sidebar.controls import group_heading, pick_here, pick_name, row, title, with_controls
from pages.ui.sidebar.prior import choose_prior, choose_strength, no_strength

SPACE_HELP = (
    "What is explained: the probability, its log-odds, or the model's raw answer. Effects often add up better in "
    "log-odds."
)
KERNEL_HELP = "How much a sample counts, by how much of the picture it shows."


def answers_at_once(chosen: Chosen) -> lc.FitSettings:
    """Score, surrogate, prior, kernel and feature selection.

    With a prior the surrogate is in the form that takes one; a surrogate that has no such form goes without.
    """
    return replace(_fitted(chosen.model.kind, chosen.model), class_index=chosen.class_index)


def fitted_to_many(kind: str) -> lc.FitSettings:
    """Score, surrogate, kernel and feature selection, for any class of a model with answers of this kind."""
    return _fitted(kind, None)


def _fitted(kind: str, model: lc.Classifier | None) -> lc.FitSettings:
    """The controls of the fit; with those of a prior for a model."""
    group_heading("Answers at once", "Fitted anew to the samples that are there; the model is not asked.")
    place, details = row("Surrogate", "surrogate")
    prior, strength = None, 0.0
    if model:
        strength_place, prior_details = row("Prior strength", "prior")
        with prior_details:
            prior = choose_prior(model)
    # By the usual names: with a prior, an option has the settings of its form that takes one.
    forms = lc.SURROGATES_WITH_PRIOR if prior else {}
    table = {
        name: forms.get(f"{name}_with_prior", option)
        for name, option in lc.SURROGATES.items()
        if name not in lc.SURROGATES_WITH_PRIOR
    }
    with place:
        name = pick_name("Surrogate", table, "surrogate", "The simple model that is fitted to the samples.")
    with details:
        surrogate = with_controls(table[name], f"surrogate-{name}", nothing="")
        space = st.selectbox(
            "Score",
            lc.SPACES[kind],
            key=f"space-{kind}",
            persist_state="session",
            help="The number that the model gives." if kind == "values" else SPACE_HELP,
        )
        kernel = pick_here("Kernel", lc.KERNELS, "kernel", KERNEL_HELP)
        selection = pick_here("Feature selection", lc.SELECTIONS, "selection", "Which superpixels are fitted.")
    if prior:
        try:
            surrogate = lc.with_prior(surrogate)
        except ValueError:
            prior_details.caption(f"{title(name)} takes no prior: the map goes on without it.")
            prior = None
    if model:
        with strength_place:
            named, wanted = st.session_state.pop("link-strength", ("", None))
            if named != st.session_state.get("prior-name"):
                wanted = None
            strength = choose_strength(prior, surrogate, wanted=wanted) if prior else no_strength()
    return lc.FitSettings(None, space, kernel, surrogate, selection, prior, strength)
