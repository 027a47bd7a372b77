"""The three groups of controls, by what they cost; each returns settings objects."""

from __future__ import annotations

from dataclasses import dataclass, fields

import streamlit as st

import lime_core as lc
from pages.ui import words
from pages.ui.controls import field_control, pick, title
from pages.ui.runner import Chosen, preview, store

SPACE_HELP = (
    "What is explained: the probability, its log-odds, or the model's raw answer. Effects often add up better in "
    "log-odds."
)


@dataclass(frozen=True)
class Plan:
    """What the model would be asked: the spec, the superpixels that it leads to, and how many samples."""

    spec: lc.ProbeSpec
    segmentation: lc.Segmentation
    num_samples: int


def asks_the_model(chosen: Chosen) -> Plan | None:
    """Segmentation with its preview, hide color, sampler, samples and seed; None while a file is waited for.

    Raises TooFewSuperpixels or BadPicture for settings that do not cut this picture.
    """
    _group("Asks the model again", "A change here needs new samples: press Explain.")
    segmenter = pick("Segmentation", lc.SEGMENTERS, "segmenter", "How the picture is cut into superpixels.")
    if segmenter is None:
        return None
    if isinstance(segmenter, lc.LabelMap) and segmenter.labels.shape == chosen.picture.pixels.shape[:2]:
        segmenter = segmenter.cropped(*chosen.model.crop_box(chosen.picture))
    with st.spinner("Cutting the picture …", show_time=True):
        segmentation = store().segmentation(chosen.picture, chosen.model, segmenter)
    st.image(
        preview(chosen, segmentation),
        width="stretch",
        output_format="PNG",
        caption=f"{segmentation.d} superpixels",
        alt=f"The crop that the model sees, cut into {segmentation.d} superpixels.",
    )
    hiding = pick("Hide color", lc.HIDINGS, "hiding", "What stands where a superpixel is hidden.")
    num_samples = st.slider(
        "num_samples",
        100,
        5000,
        1000,
        step=100,
        key="num-samples",
        persist_state="session",
        help="How often the model is asked. More steadies the map; ten for each superpixel is the least. "
        "Fewer than there are already costs nothing.",
    )
    sampler = pick("Sampler", lc.SAMPLERS, "sampler", "Which superpixels each sample shows.")
    seed = st.number_input(
        "Seed",
        0,
        2**31 - 1,
        0,
        key="seed",
        persist_state="session",
        help="The same seed draws the same samples. Another one shows how far the map moves by chance.",
    )
    spec = lc.ProbeSpec.of(chosen.picture, chosen.model, segmenter, hiding, sampler, seed)
    return Plan(spec, segmentation, num_samples)


def answers_at_once(chosen: Chosen) -> lc.FitSettings:
    """Score, kernel, surrogate and feature selection."""
    _group("Answers at once", "Fitted anew to the samples that are there; the model is not asked.")
    space = st.selectbox(
        "Score",
        lc.SPACES[chosen.model.kind],
        key=f"space-{chosen.model.kind}",
        persist_state="session",
        help=SPACE_HELP,
    )
    surrogate = pick("Surrogate", lc.SURROGATES, "surrogate", "The simple model that is fitted to the samples.")
    kernel = pick("Kernel", lc.KERNELS, "kernel", "How much a sample counts, by how much of the picture it shows.")
    selection = pick("Feature selection", lc.SELECTIONS, "selection", "Which superpixels the surrogate is given.")
    return lc.FitSettings(chosen.class_index, space, kernel, surrogate, selection)


def view(d: int) -> tuple[lc.View, bool]:
    """How the map is drawn, and whether numbers stand on it."""
    controls = {f.name: f for f in fields(lc.View)}

    def one_of(name: str) -> str:
        rules = controls[name].metadata
        return st.segmented_control(
            title(name),
            rules["options"],
            default=controls[name].default,
            required=True,
            key=f"view-{name}",
            persist_state="session",
            help=rules["help"],
        )

    with st.container(horizontal=True, gap="medium"):
        style, show = one_of("style"), one_of("show")
    top = st.slider(
        "Number of superpixels drawn",
        1,
        min(d, controls["num_features"].metadata["high"]),
        min(8, d),
        key=f"view-top-{d}",
        persist_state="session",
        help=controls["num_features"].metadata["help"],
    )
    with st.expander("More about the view · redraws only"):
        numbers = st.toggle(
            "Numbers", True, key="view-numbers", persist_state="session", help="Write each superpixel's number on it."
        )
        names = ("opacity", "min_weight", "for_color", "against_color", "upsampling")
        columns = st.columns(2)
        chosen = {}
        for number, name in enumerate(names):
            with columns[number % 2]:
                chosen[name] = field_control(controls[name], f"view-{name}")
    return lc.View(style=style, show=show, num_features=top, **chosen), numbers


def _group(heading: str, cost: str) -> None:
    st.subheader(heading, anchor=False, divider="gray")
    st.caption(cost)


def budget(plan: Plan, have: int, rate: float) -> str:
    """What the plan costs, in one line: superpixels, samples, samples for each, and time."""
    missing = max(0, plan.num_samples - have)
    cost = f"≈ {words.seconds(missing / rate)}" if missing else "all there, costs nothing"
    each = plan.num_samples / plan.segmentation.d
    return (
        f"{words.count(plan.segmentation.d, 'superpixel')} · {plan.num_samples} samples · {each:.0f} for each · {cost}"
    )
