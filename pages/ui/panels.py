"""The three groups of controls, by what they cost; each returns settings objects."""

from __future__ import annotations

from dataclasses import dataclass, fields

import streamlit as st

import lime_core as lc
from pages.ui import words
from pages.ui.controls import field_control, pick
from pages.ui.figures import preview_picture
from pages.ui.runner import Chosen, store

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
    st.subheader("Asks the model again", anchor=False, divider="gray")
    segmenter = pick("Segmentation", lc.SEGMENTERS, "segmenter", "How the picture is cut into superpixels.")
    if segmenter is None:
        return None
    if isinstance(segmenter, lc.LabelMap) and segmenter.labels.shape == chosen.picture.pixels.shape[:2]:
        segmenter = segmenter.cropped(*chosen.model.crop_box(chosen.picture))
    with st.spinner("Cutting the picture …", show_time=True):
        segmentation = store().segmentation(chosen.picture, chosen.model, segmenter)
    st.image(
        preview_picture(chosen.model.view(chosen.picture), segmentation.labels),
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
    st.subheader("Answers at once", anchor=False, divider="gray")
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
    first, second, third = st.columns([4, 3, 3], vertical_alignment="bottom")
    with first:
        style = st.segmented_control(
            "Style",
            controls["style"].metadata["options"],
            default="tint",
            required=True,
            key="view-style",
            persist_state="session",
            help=controls["style"].metadata["help"],
        )
    with second:
        show = st.segmented_control(
            "Show",
            controls["show"].metadata["options"],
            default="both",
            required=True,
            key="view-show",
            persist_state="session",
            help=controls["show"].metadata["help"],
        )
    with third:
        top = st.slider(
            "Number of superpixels",
            1,
            d,
            min(8, d),
            key=f"view-top-{d}",
            persist_state="session",
            help=controls["num_features"].metadata["help"],
        )
    with st.expander("More about the view"):
        left, middle, right = st.columns(3)
        with left:
            opacity = field_control(controls["opacity"], "view-opacity")
            numbers = st.toggle(
                "Numbers", True, key="view-numbers", persist_state="session", help="Write each superpixel's number."
            )
        with middle:
            min_weight = field_control(controls["min_weight"], "view-min-weight")
            upsampling = field_control(controls["upsampling"], "view-upsampling")
        with right:
            for_color = field_control(controls["for_color"], "view-for")
            against_color = field_control(controls["against_color"], "view-against")
    return lc.View(style, show, top, min_weight, opacity, for_color, against_color, upsampling), numbers


def budget(plan: Plan, have: int, rate: float) -> str:
    """What the plan costs, in one line: superpixels, samples, samples for each, and time."""
    missing = max(0, plan.num_samples - have)
    cost = f"≈ {words.seconds(missing / rate)}" if missing else "all there, costs nothing"
    each = plan.num_samples / plan.segmentation.d
    return (
        f"{words.count(plan.segmentation.d, 'superpixel')} · {plan.num_samples} samples · {each:.0f} for each · {cost}"
    )
