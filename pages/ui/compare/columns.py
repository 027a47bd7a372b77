"""What is compared: maps of one photo and others that differ in one thing, each with all that it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

import lime_core as lc
from lime_core.arrays import Floats
from lime_core.attributions.side_by_side import map_of
from pages.ui.compare.answers import Answer, answer_of
from pages.ui.figures.sentences import sentence
from pages.ui.pictures.photos import choose_classes, choose_photos, likely
from pages.ui.runs import caches, growing, models
from pages.ui.runs.caches import Chosen
from pages.ui.sidebar.controls import title, with_controls
from pages.ui.sidebar.opening import Sidebar
from pages.ui.sidebar.probe import Plan

KINDS = {
    "classes": "Classes",
    "methods": "Methods",
    "settings": "Settings",
    "models": "Models",
    "photos": "Photos",
}
"""What maps may differ in."""

MOST = 6
"""Maps beside each other."""

LEFT = "as at the left"
BEGIN = ("grad_cam", "kernel_shap")
"""Methods that stand beside LIME at first."""


@dataclass(frozen=True, eq=False)
class Column:
    """One of the maps.

    chosen : photo, model and class
    plan : what the model is asked
    settings : of the fit, without a class
    method : another one than LIME, which takes the plan's superpixels and hide color
    """

    title: str
    chosen: Chosen
    plan: Plan
    settings: lc.FitSettings
    method: lc.AttributionMethod | None = None

    @property
    def wanted(self) -> growing.Wanted:
        """The probe that LIME needs."""
        samples = self.plan.spec.reachable(self.plan.num_samples, self.plan.segmentation.counts)
        return growing.Wanted(self.title, self.plan.spec, samples, self.chosen)

    @property
    def explanation(self) -> lc.Explanation | None:
        """The map of LIME, where its samples are all there; None for other methods."""
        wanted = self.wanted
        probe = None if self.method else caches.store().get(wanted.spec)
        if probe is None or len(probe) < wanted.samples:
            return None
        return lc.fit(probe.first(wanted.samples), replace(self.settings, class_index=self.chosen.class_index))

    @property
    def answer(self) -> Answer | None:
        """What another method said, or why it cannot; None where it was not asked, and for LIME."""
        return answer_of(self.plan.spec, self.chosen, self.settings, self.method) if self.method else None

    @property
    def values(self) -> Floats | None:
        """(h, w) the map by pixel; None while it is not there."""
        if self.method is None:
            e = self.explanation
            return None if e is None else map_of(e)
        answer = self.answer
        return None if answer is None or answer.values is None else answer.values

    @property
    def ready(self) -> bool:
        """Whether there is nothing to ask any more."""
        return (self.explanation if self.method is None else self.answer) is not None


def choose_columns(sidebar: Sidebar) -> tuple[str, list[Column]]:
    """The controls: what differs, and which maps, in one row that leaves the height to them."""
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    with row:
        kind = st.segmented_control(
            "Maps that differ in",
            list(KINDS),
            default="classes",
            required=True,
            format_func=KINDS.__getitem__,
            key="compare-kind",
            persist_state="session",
            width="content",
        )
    # Photos are too many for a place in the row.
    with st.expander("Which photos", key="compare-photos") if kind == "photos" else row.container():
        return kind, _BY_KIND[kind](sidebar)


def _of(sidebar: Sidebar, name: str) -> Column:
    return Column(name, sidebar.chosen, sidebar.plan, sidebar.settings)


def _classes(sidebar: Sidebar) -> list[Column]:
    """Classes of one probe."""
    chosen = sidebar.chosen
    first = [index for index, _, _ in likely(chosen.picture, chosen.model)]
    names = {index: chosen.model.class_name(index) for index in first}
    names |= dict(enumerate(chosen.model.class_names)) | {
        chosen.class_index: chosen.model.class_name(chosen.class_index)
    }
    rest = sorted(set(names) - set(first), key=names.__getitem__)
    begin = list(dict.fromkeys([chosen.class_index, *first]))[:2]
    found = st.multiselect(
        "Classes",
        [*first, *rest],
        default=begin,
        format_func=names.__getitem__,
        max_selections=MOST,
        key=f"compare-classes-{chosen.picture.digest}-{chosen.model.name}",
        persist_state="session",
        help="All of them come from the same samples.",
    )
    column = _of(sidebar, "")
    return [replace(column, title=names[index], chosen=replace(chosen, class_index=index)) for index in found]


def _methods(sidebar: Sidebar) -> list[Column]:
    """LIME and other methods, of the same crop, class and hidden picture."""
    titles = {name: cls.title for name, cls in lc.ATTRIBUTIONS.items()}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="compare-methods-row"):
        found = st.multiselect(
            "Beside LIME",
            list(titles),
            default=BEGIN,
            format_func=titles.__getitem__,
            max_selections=MOST - 1,
            key="compare-methods",
            persist_state="session",
            help="Of Captum and XAITK. Each answers the same question: this crop, this class, this hide color.",
        )
        details = st.popover("Settings of the methods", type="tertiary", key="compare-methods-more")
    columns = [_of(sidebar, "LIME")]
    with details:
        for name in found:
            st.markdown(f"**{sentence(titles[name])}**")
            method = with_controls(lc.ATTRIBUTIONS[name], f"compare-{name}")
            columns.append(replace(columns[0], title=titles[name], method=method))
    return columns


def _settings(sidebar: Sidebar) -> list[Column]:
    """The settings at the left, and presets."""
    presets = {name: preset for name, preset in lc.PRESETS.items() if not preset.needs_prior}
    found = st.multiselect(
        "Settings",
        [LEFT, *presets],
        default=(LEFT, "lime"),
        format_func=lambda name: title(LEFT) if name == LEFT else presets[name].title,
        max_selections=MOST,
        key="compare-settings",
        persist_state="session",
        help="Those at the left, and presets as they are, each with as many samples as it has.",
    )
    columns = []
    for name in found:
        if name == LEFT:
            columns.append(_of(sidebar, title(LEFT)))
            continue
        preset = presets[name]
        plan = _plan(preset.probing, sidebar.chosen, preset.num_samples)
        columns.append(Column(preset.title, sidebar.chosen, plan, preset.settings))
    return columns


def _models(sidebar: Sidebar) -> list[Column]:
    """Models of one photo, each by its own name for the class."""
    first = sidebar.chosen.model
    offered = [name for name in (*models.by_name(), *lc.model_names(ready=True)) if name != first.name]
    others = st.multiselect(
        "Beside the one at the left",
        offered,
        default=offered[:1],
        max_selections=caches.MODELS - 1,
        key=f"compare-models-{first.name}",
        persist_state="session",
        help="The same class by its name; a model that has none of that name explains its most likely one.",
    )
    asked = [first, *models.called(others)]
    found = lc.cases_of([sidebar.chosen.picture], asked, [sidebar.chosen.class_index])
    return [_elsewhere(sidebar, case.picture, case.model, case.class_index or 0, case.model.name) for case in found]


def _photos(sidebar: Sidebar) -> list[Column]:
    """Other photos beside the one at the left, each with its own class."""
    chosen = sidebar.chosen
    others = [p for p in choose_photos("compare", ("coffee",)) if p.digest != chosen.picture.digest][: MOST - 1]
    classes = choose_classes("compare", others, chosen.model) if others else ()
    columns = [_of(sidebar, chosen.picture.name)]
    for photo, index in zip(others, classes, strict=True):
        columns.append(_elsewhere(sidebar, photo, chosen.model, index, photo.name))
    return columns


def _elsewhere(sidebar: Sidebar, photo: lc.Picture, model: lc.Classifier, index: int, name: str) -> Column:
    """The settings at the left for another photo or model."""
    chosen, spec = Chosen(photo, model, index), sidebar.plan.spec
    probing = lc.ProbeSettings(spec.segmenter, spec.hiding, spec.sampler, spec.seed)
    space = sidebar.settings.space if sidebar.settings.space in lc.SPACES[model.kind] else None
    settings = replace(sidebar.settings, class_index=None, space=space)
    return Column(name, chosen, _plan(probing, chosen, sidebar.plan.num_samples), settings)


def _plan(probing: lc.ProbeSettings, chosen: Chosen, num_samples: int) -> Plan:
    cut = caches.store().segmentation(chosen.picture, chosen.model, probing.segmenter)
    spec = replace(probing, segmenter=cut.made_by).spec(chosen.picture, chosen.model)
    return Plan(spec, cut, num_samples)


_BY_KIND = {"classes": _classes, "methods": _methods, "settings": _settings, "models": _models, "photos": _photos}


def about(columns: Sequence[Column]) -> str:
    """What is compared, in a few words."""
    if not columns:
        return "Compare"
    first = columns[0].chosen
    return f"Compare · {first.model.class_name(first.class_index)}"
