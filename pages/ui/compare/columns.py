"""What is compared: the map at the left and others that differ from it in one thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import streamlit as st

import lime_core as lc
from lime_core.files.names import noun_of
from pages.ui.compare.column import Column
from pages.ui.figures.sentences import sentence
from pages.ui.pictures.photos import choose_classes, choose_photos, likely
from pages.ui.runs import caches, models
from pages.ui.runs.caches import Chosen
from pages.ui.sidebar.controls import title, with_controls
from pages.ui.sidebar.model import names_apart
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
BEGIN, BEGIN_PHOTOS = ("grad_cam", "kernel_shap"), ("coffee",)
"""Methods that stand beside LIME at first, and photos beside the one at the left."""


def choose_columns(sidebar: Sidebar) -> tuple[str, list[Column]]:
    """The controls: what differs, and which maps, in one row that leaves the height to them."""
    names = KINDS | {"classes": "Outputs"} if sidebar.chosen.model.kind == "values" else KINDS
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    with row:
        kind = st.segmented_control(
            "Maps that differ in",
            list(KINDS),
            default="classes",
            required=True,
            format_func=names.__getitem__,
            key="compare-kind",
            persist_state="session",
            width="content",
        )
    left_out: list[str] = []
    # Photos are too many for a place in the row.
    with st.expander("Which photos", key="compare-photos") if kind == "photos" else row.container():
        columns = _BY_KIND[kind](sidebar, left_out)
    for reason in left_out:
        st.caption(f":material/warning: {sentence(reason)}")
    return kind, columns


@contextmanager
def _or_left_out(name: str, left_out: list[str]) -> Iterator[None]:
    """Around what makes one map: where it cannot be, the reason is added to those that are left out."""
    try:
        yield
    except lc.LimeError as error:
        left_out.append(f"{name} is left out: {error.public}")
    except ValueError as error:  # settings that exclude each other
        left_out.append(f"{name} is left out: {error}.")


def _of(sidebar: Sidebar, name: str) -> Column:
    return Column(name, sidebar.chosen, sidebar.plan, sidebar.settings)


def _classes(sidebar: Sidebar, left_out: list[str]) -> list[Column]:
    """Classes or outputs of one probe."""
    chosen = sidebar.chosen
    first = [index for index, _, _ in likely(chosen.picture, chosen.model) if index != chosen.class_index]
    names = names_apart(chosen.model, [*first, chosen.class_index])
    rest = sorted(set(names) - {*first, chosen.class_index}, key=names.__getitem__)
    found = st.multiselect(
        "Beside the one at the left",
        [*first, *rest],
        default=first[:1],
        format_func=lambda index: names.get(index, ""),  # what was chosen of another model of this name is dropped
        max_selections=MOST - 1,
        key=f"compare-classes-{chosen.picture.digest}-{chosen.model.name}-{chosen.class_index}",
        persist_state="session",
        help="All of them come from the same samples.",
    )
    if not first:
        st.caption("This model has one output: there is no other to compare.")
    column = _of(sidebar, names[chosen.class_index])
    return [column, *(replace(column, title=names[i], chosen=replace(chosen, class_index=i)) for i in found)]


def _methods(sidebar: Sidebar, left_out: list[str]) -> list[Column]:
    """LIME and other methods, of the same crop, class and hidden picture."""
    titles, noun = {name: cls.title for name, cls in lc.ATTRIBUTIONS.items()}, noun_of(sidebar.chosen.model.kind)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="compare-methods-row"):
        found = st.multiselect(
            "Beside LIME",
            list(titles),
            default=BEGIN,
            format_func=titles.__getitem__,
            max_selections=MOST - 1,
            key="compare-methods",
            persist_state="session",
            help=f"Of Captum and XAITK. Each answers the same question: this crop, this {noun}, this hide color.",
        )
        details = st.popover("Settings of the methods", type="tertiary", key="compare-methods-more")
    columns = [_of(sidebar, "LIME")]
    with details:
        for name in found:
            st.markdown(f"**{sentence(titles[name])}**")
            with _or_left_out(titles[name], left_out):
                method = with_controls(lc.ATTRIBUTIONS[name], f"compare-{name}")
                columns.append(replace(columns[0], title=titles[name], method=method))
    return columns


def _settings(sidebar: Sidebar, left_out: list[str]) -> list[Column]:
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
        with _or_left_out(preset.title, left_out):
            plan = _plan(preset.probing, sidebar.chosen, preset.num_samples)
            columns.append(Column(preset.title, sidebar.chosen, plan, preset.settings))
    return columns


def _models(sidebar: Sidebar, left_out: list[str]) -> list[Column]:
    """Models of one photo, each by its own name for the class."""
    if _of_one_photo(sidebar):
        return [_of(sidebar, sidebar.chosen.model.name)]
    first, noun = sidebar.chosen.model, noun_of(sidebar.chosen.model.kind)
    offered = [name for name in (*models.by_name(), *lc.model_names(ready=True)) if name != first.name]
    others = st.multiselect(
        "Beside the one at the left",
        offered,
        default=offered[:1],
        max_selections=caches.MODELS - 1,
        key=f"compare-models-{first.name}",
        persist_state="session",
        help=f"The same {noun} by its name; of a model that has none of that name "
        f"{'the one of the same number' if noun == 'output' else 'its most likely one'}.",
    )
    asked = [first, *models.called(others)]
    photo, classes = sidebar.chosen.picture, _classes_of(sidebar.chosen, asked)
    columns = []
    for model, index in zip(asked, classes, strict=True):
        with _or_left_out(model.name, left_out):
            columns.append(_elsewhere(sidebar, photo, model, index, model.name))
    return columns


def _classes_of(chosen: Chosen, asked: list[lc.Classifier]) -> tuple[int, ...]:
    """What each model calls the class; looked up once in a session."""
    key = chosen.picture.digest, chosen.class_index, *((m.name, m.fingerprint, m.class_names) for m in asked)
    last = st.session_state.get("cases-compared")
    if last is None or last[0] != key:
        found = lc.cases_of([chosen.picture], asked, [chosen.class_index])
        st.session_state["cases-compared"] = last = (key, tuple(case.class_index or 0 for case in found))
    classes: tuple[int, ...] = last[1]
    return classes


def _of_one_photo(sidebar: Sidebar) -> bool:
    """Whether the superpixels are those of a label map, which fits this photo and model alone; says so."""
    own = isinstance(sidebar.plan.segmenter, lc.LabelMap)
    if own:
        st.caption("A label map is of one photo and model: choose another segmentation to compare them.")
    return own


def _photos(sidebar: Sidebar, left_out: list[str]) -> list[Column]:
    """Other photos beside the one at the left, each with its own class."""
    chosen = sidebar.chosen
    if _of_one_photo(sidebar):
        return [_of(sidebar, chosen.picture.name)]
    found = [photo for photo in choose_photos("compare", BEGIN_PHOTOS) if photo.digest != chosen.picture.digest]
    others = found[: MOST - 1]
    if len(found) > len(others):
        st.caption(f"This page shows {MOST} photos at most: {len(found) - len(others)} are left out.")
    classes = choose_classes("compare", others, chosen.model) if others else ()
    columns = [_of(sidebar, chosen.picture.name)]
    for photo, index in zip(others, classes, strict=True):
        with _or_left_out(photo.name, left_out):
            columns.append(_elsewhere(sidebar, photo, chosen.model, index, photo.name))
    return columns


def _elsewhere(sidebar: Sidebar, photo: lc.Picture, model: lc.Classifier, index: int, name: str) -> Column:
    """The settings at the left for another photo or model; without its prior where that is of another model."""
    chosen, spec, settings, note = Chosen(photo, model, index), sidebar.plan.spec, sidebar.settings, ""
    probing = lc.ProbeSettings(sidebar.plan.segmenter or spec.segmenter, spec.hiding, spec.sampler, spec.seed)
    if settings.prior is not None and model.fingerprint != sidebar.chosen.model.fingerprint:
        settings, note = settings.without_prior(), "Without the prior, which is of another model."
    space = settings.space if settings.space in lc.SPACES[model.kind] else None
    settings = replace(settings, class_index=None, space=space)
    return Column(name, chosen, _plan(probing, chosen, sidebar.plan.num_samples), settings, note=note)


def _plan(probing: lc.ProbeSettings, chosen: Chosen, num_samples: int) -> Plan:
    """What is asked of another photo or model, or with other settings.

    Raises TooFewSuperpixels, TooManySuperpixels or BadPicture where it cannot be cut so, or not so be sampled.
    """
    cut = caches.store().segmentation(chosen.picture, chosen.model, probing.segmenter)
    spec = replace(probing, segmenter=cut.made_by).spec(chosen.picture, chosen.model)
    return Plan(spec, cut, spec.reachable(num_samples, cut.counts))


_BY_KIND = {"classes": _classes, "methods": _methods, "settings": _settings, "models": _models, "photos": _photos}


def about(columns: Sequence[Column]) -> str:
    """What is compared, in a few words."""
    if not columns:
        return "Compare"
    first = columns[0].chosen
    return f"Compare · {first.model.class_name(first.class_index)}"
