"""The picture with its tools and answers, drawn alone at a press: the sidebar and the run need not be drawn with it."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import streamlit as st

import lime_core as lc
from lime_core.files.names import noun_of
from pages.ui.explain.view import cut_as_chosen
from pages.ui.runs import caches, growing
from pages.ui.runs.messages import errors_as_messages
from pages.ui.sidebar.model import names_apart
from pages.ui.sidebar.opening import Sidebar
from pages.ui.sidebar.probe import Plan
from pages.ui.what_if.answers import Weighed, classes_of, rows_of, show_all, show_first
from pages.ui.what_if.canvas import pictures_of, show_canvas
from pages.ui.what_if.hand import Hand, hand
from pages.ui.what_if.taking import offer_version
from pages.ui.what_if.tools import choose_mode, cut_along, draw_inside, leave_if_asked, show_edits, show_tools


@dataclass(frozen=True, eq=False)
class Lent:
    """What a drawing of the page leaves to those of the picture alone.

    Streamlit keeps it as long as the page is open, so it holds neither the model nor a prior, which may be of a model.

    edition : that of the superpixels, see `Hand`
    asked, scene : what hidden versions depend on; of several segmentations that of the first
    pictures : what the picture shows
    several : whether there are several segmentations, of which the first one's superpixels are hidden
    map : that of the explained class, None while there are no samples
    maps : the linear maps of the classes that were asked for, None for a tree
    """

    plan: Plan
    picture: lc.Picture
    class_index: int
    model: weakref.ref[lc.Classifier]
    settings: lc.FitSettings
    surrogate: lc.Surrogate
    prior: weakref.ref[Any] | None
    strength: float
    edition: int
    asked: lc.ProbeSpec
    scene: lc.Scene
    pictures: dict[str, Any]
    several: bool
    map: Weighed | None
    maps: dict[int, lc.LocalMap | None] = field(default_factory=dict)

    @staticmethod
    def of(sidebar: Sidebar, plan: Plan, hand: Hand, probe: lc.Probe | None) -> Lent:
        """Of this drawing; `probe` has the samples of the map, None where there are none."""
        chosen, settings = sidebar.chosen, sidebar.settings
        e = None if probe is None else lc.fit(probe, settings)
        first = first_of(plan, chosen)
        scene = replace(first.scene, describing=None)  # which has layers of the model
        return Lent(
            plan=plan,
            picture=chosen.picture,
            class_index=chosen.class_index,
            model=weakref.ref(chosen.model),
            settings=settings.without_prior(),
            surrogate=settings.surrogate,
            prior=None if settings.prior is None else weakref.ref(settings.prior),
            strength=settings.prior_strength,
            edition=hand.edition,
            asked=first.spec,
            scene=scene,
            pictures=pictures_of(scene, e),
            several=len(sidebar.plan.segmentation.parts) > 1,
            map=None if e is None else Weighed(e.weights, e.unit, e.r2, e.signed),
        )

    def taken(self) -> tuple[caches.Chosen, lc.FitSettings]:
        """The choices and settings; draws the page again where the model or the prior is gone."""
        model, prior = self.model(), self.prior() if self.prior else None
        if model is None or (self.prior and prior is None):
            st.rerun()
        settings = self.settings
        if prior is not None:
            settings = replace(settings, surrogate=self.surrogate, prior=prior, prior_strength=self.strength)
        return caches.Chosen(self.picture, model, self.class_index), settings


def first_of(plan: Plan, chosen: caches.Chosen) -> lc.Probe:
    """A probe of the superpixels that are hidden: of several segmentations those of the first."""
    cut = cut_as_chosen(plan.segmentation, 0)
    return lc.open_probe(replace(plan.spec, segmenter=cut.made_by), chosen.picture, chosen.model, cut)


def samples_of(plan: Plan) -> lc.Probe | None:
    """The samples that the map is fitted to; None while there are too few."""
    probe = caches.store().get(plan.spec)
    return None if probe is None or len(probe) < growing.least(plan.spec) else probe.first(plan.num_samples)


def draw(lent: Lent) -> None:
    """The picture with its tools, and beside it what the model and the map say."""
    with errors_as_messages():
        _draw(lent, hand())


alone = st.fragment(draw)


def _draw(lent: Lent, by: Hand) -> None:
    leave_if_asked()
    if by.edition != lent.edition:
        st.rerun()  # what is explained has changed with the superpixels
    (chosen, settings), plan = lent.taken(), lent.plan
    cut = cut_as_chosen(plan.segmentation, 0)
    probe, weighed = samples_of(plan), lent.map
    grid = st.grid(2, min_column_width=370, gap="medium")
    left, right = grid.cell(), grid.cell()
    with left:
        mode, shape = choose_mode()
        show_canvas(
            lent.pictures,
            by,
            mode,
            shape,
            lambda line: cut_along(by, cut, line),
            lambda points: draw_inside(by, cut, shape, points),
        )
    shown = np.ones((2, cut.d), dtype=bool)
    shown[1, [superpixel for superpixel in by.hidden if superpixel < cut.d]] = False
    versions = lc.Probe.empty(lent.asked, lent.scene, chosen.model)
    answers = caches.store().answers.what_if(versions, chosen.model, shown)
    classes = classes_of(answers, chosen.class_index)
    for index in classes:
        if probe is not None and index not in lent.maps:
            fitted = lc.fit(probe, replace(settings, class_index=index))
            lent.maps[index] = fitted.local_map if fitted.signed else None
    space = settings.space or lc.SPACES[chosen.model.kind][0]
    names = list(map(names_apart(chosen.model, classes).__getitem__, classes))
    with right:
        unit = chosen.model.unit or space if space == "value" else space
        rows = rows_of(answers, classes, names, space, lent.maps)
        show_first(rows[0], space, chosen.model.unit, len(by.hidden), cut.in_photo)
        show_tools(by, mode, shape, cut, weighed)
        show_edits(by, mode, plan, lent.several and not by.maps)
        show_all(rows, noun_of(chosen.model.kind), unit, weighed)
        offer_version(rows, versions, answers, probe, lambda samples: lc.fit(samples, lent.taken()[1]))
