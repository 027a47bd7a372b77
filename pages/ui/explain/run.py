"""The run of one explanation: how a page that shows it begins, and how it asks the model at its end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import lime_core as lc
from pages.ui.explain.view import budget, too_few
from pages.ui.figures import sentences
from pages.ui.runs import caches, growing, running
from pages.ui.sidebar.opening import Sidebar
from pages.ui.sidebar.probe import Plan


@dataclass(frozen=True, eq=False)
class Run:
    """What a page knows of its run while it is drawn.

    key : which page's run it is
    press : what the button is called that starts it
    chosen, plan, settings : what is explained, what the model is asked, and how a map is fitted to that
    under_way : whether the model is asked
    settled : whether the samples that are there settle what was asked for
    progress : where is said how far it has come
    """

    key: str
    press: str
    chosen: caches.Chosen
    plan: Plan
    settings: lc.FitSettings
    under_way: bool
    settled: bool
    progress: DeltaGenerator

    def say_what_lacks(self, probe: lc.Probe) -> None:
        """How many samples a map has of those that are set, where nobody asks for the others."""
        wanted = self.plan.num_samples
        if len(probe) < wanted and not (self.settled or self.under_way):
            st.info(
                f"This map rests on {len(probe)} of {wanted} samples. Press {self.press} for the others.",
                icon=":material/hourglass_bottom:",
            )

    def say_whether_settled(self, probe: lc.Probe) -> None:
        """Whether the strongest of a map are settled, as soon as that is known; nothing of one that ranks none."""
        k, n = self.plan.settle, len(probe)
        if not k or not (self.settled or (n == self.plan.num_samples and not self.under_way)):
            return  # nothing was to be settled, or it may be yet
        e = lc.fit(probe, self.settings)
        if e.empty:
            return
        if self.settled:
            st.success(sentences.settled(min(k, int(np.count_nonzero(e.weights))), n), icon=":material/task_alt:")
        else:
            certain = lc.top_certainty(e, k)
            st.info(sentences.not_settled(k, n, certain), icon=":material/hourglass_disabled:")

    def go_on(self) -> None:
        """Ask the model, if the run is under way; at the end of the page, for it is drawn again."""
        if self.under_way:
            plan = self.plan
            steps = growing.grow(plan.spec, self.chosen, plan.num_samples, self.settings, plan.settle)
            running.run(self.key, steps, self.progress)


def open_run(key: str, press: str, before: str, sidebar: Sidebar, plan: Plan) -> Run:
    """The head of a page: what is explained, what it costs, the button, and what refuses or failed.

    before : what stands before the class
    plan : that of the sidebar, or one with other superpixels
    """
    chosen, settings = sidebar.chosen, sidebar.settings
    refusal = caches.too_much(plan.num_samples, chosen, sum(plan.segmentation.counts), "samples")
    under_way = running.end(key) if refusal else running.begin(key, plan.spec)
    have = len(caches.store().get(plan.spec) or ())
    head, progress = st.container(), st.empty()
    running.show_failure(key, progress)
    if refusal:
        progress.warning(refusal, icon=":material/memory:")
    if under_way and have < growing.least(plan.spec):
        with running.ends_at_an_error(key):
            growing.first_look(plan.spec, chosen, plan.num_samples)
    settled = growing.settled(plan.spec, plan.num_samples, settings, plan.settle)
    with head:
        cost = budget(plan, have, caches.rate(chosen.model), settled)
        running.header(key, press, under_way, before + chosen.model.class_name(chosen.class_index), cost)
        if warning := too_few(plan, have):
            st.warning(warning, icon=":material/warning:")
    return Run(key, press, chosen, plan, settings, under_way, settled, progress)
