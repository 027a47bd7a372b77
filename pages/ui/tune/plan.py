"""What a search is: photos with their classes, models, what may vary, and what a setting must hold."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache

import optuna
import streamlit as st

import lime_core as lc
from lime_core.reports.sentences import count
from lime_core.tuning.trial import FLOOR
from lime_core.tuning.trying import cost_of
from pages.ui.figures.sentences import seconds
from pages.ui.pictures.photos import choose_classes, choose_photos
from pages.ui.runs import caches, models
from pages.ui.runs.caches import Chosen
from pages.ui.sidebar.opening import SidebarForMany
from pages.ui.sidebar.probe import pick_num_samples
from pages.ui.tune.base import choose_base
from pages.ui.tune.varied import choose_space

STUDIES = "LIME_STUDIES"
"""The environment variable with the file that searches of all visitors are kept in."""

SUPERPIXELS = 300
"""As many as a photo hardly ever has, for what a trial takes in memory."""

BEGIN = ("chelsea", "coffee")
"""Photos of the gallery that are chosen at first."""

MOST_MODELS = 2
"""Models of one search."""


@dataclass(frozen=True, eq=False)
class Plan:
    """A search: the study, and what its models answer in a second."""

    study: lc.Study
    rate: float

    @property
    def seconds_each(self) -> float:
        """How long the first trial takes."""
        study = self.study
        return cost_of(study.space.base, len(study.cases), len(study.space.fittings)) / self.rate


def choose_plan(sidebar: SidebarForMany) -> Plan | None:
    """The controls; None where there is no photo, or what may vary cannot be."""
    grid = st.grid(2, min_column_width=370, gap="medium")
    with grid.cell():
        photos = choose_photos("tune", BEGIN)
        others = _choose_models(sidebar.model)
        classes = choose_classes("tune", photos, sidebar.model) if photos else ()
        num_samples = pick_num_samples("num-samples")
        floor = st.slider(
            "Least stability",
            0.0,
            1.0,
            FLOOR,
            0.05,
            key="tune-floor",
            persist_state="session",
            help="A condition, not an aim: the correlation that the maps of two seeds must have, on average. Of what "
            "reaches it, the relevance gain decides; an infinite prior would be perfectly stable.",
        )
    with grid.cell():
        base = choose_base(sidebar.probing, num_samples, sidebar.settings, sidebar.model.kind)
        space = choose_space(base, sidebar.model.kind)
    if not photos or space is None:
        return None
    cases = _cases(photos, [sidebar.model, *others], classes)
    rate = min(caches.rate(case.model) for case in cases[: 1 + len(others)])
    return Plan(lc.Study(space, cases, floor, file=_studies()), rate)


def _studies() -> optuna.storages.BaseStorage:
    """Where searches are kept: the file that whoever runs the server names, or the session's memory."""
    if file := os.environ.get(STUDIES):
        return _opened(file)
    storage: optuna.storages.BaseStorage = st.session_state.setdefault(
        "tune-studies", optuna.storages.InMemoryStorage()
    )
    return storage


@cache
def _opened(file: str) -> optuna.storages.BaseStorage:
    return lc.study_storage(file)


def _choose_models(first: lc.Classifier) -> list[lc.Classifier]:
    """Other models, which explain the same photos; a study refuses those that answer in another unit."""
    own = models.by_name()
    offered = [name for name in (*own, *lc.model_names(ready=True)) if name != first.name]
    names = st.multiselect(
        "Also with",
        offered,
        key="tune-models",
        max_selections=MOST_MODELS - 1,
        placeholder=f"{first.name} alone",
        persist_state="session",
        help="Another model of the same photos: what holds for both need not be tuned for each.",
    )
    return models.called(names)


def _cases(photos: tuple[lc.Picture, ...], asked: list[lc.Classifier], classes: tuple[int, ...]) -> tuple[lc.Case, ...]:
    """Each photo with each model; what another model calls the class is looked up once in a session."""
    key = classes, *(photo.digest for photo in photos), *((m.name, m.fingerprint, m.class_names) for m in asked)
    last = st.session_state.get("tune-cases")
    if last is None or last[0] != key:
        found = lc.cases_of(photos, asked, classes)
        st.session_state["tune-cases"] = last = (key, tuple(case.class_index for case in found))
    places = [(photo, model) for photo in photos for model in asked]
    return tuple(lc.Case(*place, index) for place, index in zip(places, last[1], strict=True))


def too_much(plan: Plan) -> str:
    """What to say when the answers of a trial would not stay in memory together; else empty."""
    study = plan.study
    samples = max(setting.num_samples for setting in study.space.probings) * len(study.cases)
    case = study.cases[0]
    return caches.too_much(samples, Chosen(case.picture, case.model, 0), SUPERPIXELS, "samples or photos")


def cost(plan: Plan | None) -> str:
    """What the search is, in one line."""
    if plan is None:
        return "Choose photos and what may vary."
    study = plan.study
    asked, fitted = len(study.space.probings), len(study.space.fittings)
    done = f"{asked - study.left} tried" if study.left else "all tried"
    cases, ways, fits = count(len(study.cases), "case"), count(asked, "way"), count(fitted, "way")
    return f"{cases} · {ways} of asking, {done} · {fits} of fitting each · ≈ {seconds(plan.seconds_each)} a trial"
