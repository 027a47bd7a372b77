"""The controls that ask the model again, as plans: segmentation, hide color, samples, sampler and seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import lime_core as lc
from pages.ui.runs.caches import Chosen, preview, store
from pages.ui.sidebar.controls import (
    group_heading,
    label_map,
    pick,
    pick_here,
    pick_name,
    row,
    with_controls,
    with_set,
)
from pages.ui.sidebar.presets import offer_presets

NUM_SAMPLES = [
    *(10, 20, 30, 40, 50, 60, 80, 100, 120, 150, 200, 250, 300, 400, 500, 600, 800, 1000, 1200, 1500, 2000, 2500, 3000),
    *(4000, 5000, 6000, 8000, 10_000, 12_000, 15_000, 20_000),
]
"""The steps of its slider."""

SMALL = 320
"""Pixels across of the preview among the details."""

RECOMMENDED = {cls: name for name, cls in lc.SEGMENTERS.items()}[type(lc.PRESETS["recommended"].probing.segmenter)]
"""The segmentation that is chosen while nobody has chosen another."""


@dataclass(frozen=True)
class Plan:
    """What the model would be asked about a photo.

    spec : what the samples depend on
    segmentation : the crop and its superpixels
    num_samples : of one explanation what the sampler can give of the samples asked for, of repeats what is asked for
    settle : how many of the strongest superpixels have to be certain for the run to stop before, or 0
    segmenter : as it was chosen; that of the spec has what this photo left of it
    """

    spec: lc.ProbeSpec
    segmentation: lc.Segmentation
    num_samples: int
    settle: int = 0
    segmenter: lc.Segmenter | None = None


def plan_explanation(chosen: Chosen, press: str = "Explain") -> Plan | None:
    """The controls of one explanation; None while there is no label map yet.

    press : what the button is called that asks the model

    Raises TooFewSuperpixels or BadPicture for settings that do not cut this picture.
    """
    plan = _plan(chosen, press, "num-samples", settling=True)
    if plan is None:
        return None
    cut = plan.segmentation
    return replace(
        plan,
        num_samples=plan.spec.reachable(plan.num_samples, cut.counts),
        settle=min(plan.settle, cut.in_photo - 1),
    )


def plan_comparison(chosen: Chosen) -> Plan | None:
    """The controls of maps that are compared, which are those of one explanation; as `plan_explanation`."""
    return _plan(chosen, "Compare", "num-samples", settling=False)


def plan_repeats(chosen: Chosen) -> Plan | None:
    """The controls of repeated explanations, whose methods have samplers of their own; as `plan_explanation`."""
    return _plan(chosen, "Compare", "stability-samples", settling=False)


def _plan(chosen: Chosen, press: str, samples: str, settling: bool) -> Plan | None:
    """The controls of what is asked where `press` does; `samples` is the key of how many, as they are set."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", wrap=False):
        group_heading("Asks the model again", f"A change here needs new samples: press {press}.")
        offer_presets()
    place, details = row("num_samples", "samples")
    with place:
        num_samples = pick_num_samples(samples)
    with details:
        settle = _until_settled() if settling else 0
        sampler, seed = pick_sampler_and_seed()
    segmenter, segmentation = _cut(chosen)
    hiding = pick_hiding()
    if segmentation is None:
        return None
    spec = lc.ProbeSettings(segmentation.made_by, hiding, sampler, seed).spec(chosen.picture, chosen.model)
    return Plan(spec, segmentation, num_samples, settle, segmenter)


def plan_with(settings: lc.ProbeSettings, chosen: Chosen, num_samples: int) -> Plan:
    """The plan of repeats with settings that are meant for many pictures.

    Raises TooFewSuperpixels or BadPicture for settings that do not cut this picture.
    """
    segmentation = store().segmentation(chosen.picture, chosen.model, settings.segmenter)
    spec = replace(settings, segmenter=segmentation.made_by).spec(chosen.picture, chosen.model)
    return Plan(spec, segmentation, num_samples)


def settings_for_many(press: str) -> lc.ProbeSettings | None:
    """The controls of what every one of many pictures is asked with; None while there is no label map yet."""
    group_heading("Asks the model again", f"A change here needs new samples of every picture: press {press}.")
    segmenter, _ = pick_segmenter()
    hiding = pick_hiding()
    sampler, seed = pick_sampler_and_seed()
    return None if segmenter is None else lc.ProbeSettings(segmenter, hiding, sampler, seed)


def _cut(chosen: Chosen) -> tuple[lc.Segmenter | None, lc.Segmentation | None]:
    """The control of the segmentation, and what it makes, with its preview among the details."""
    segmenter, details = pick_segmenter()
    if segmenter is None:
        return None, None
    with st.spinner("Cutting the picture …", show_time=True):
        segmentation = store().segmentation(chosen.picture, chosen.model, segmenter)
    if isinstance(segmenter, lc.LabelMap):
        part = segmenter.covers(chosen.picture.pixels.shape[:2], segmentation.labels.shape)
        st.caption("Read as a map of the whole photo." if part == "photo" else "Read as a map of the crop.")
    details.image(
        preview(chosen, segmentation, SMALL),
        width=SMALL,
        output_format="PNG",
        caption=f"{segmentation.in_photo} superpixels"
        + (f", the first of {len(segmentation.parts)} segmentations" if len(segmentation.parts) > 1 else ""),
        alt=f"The crop that the model sees, cut into {segmentation.in_photo} superpixels.",
    )
    return segmenter, segmentation


def pick_segmenter() -> tuple[lc.Segmenter | None, DeltaGenerator]:
    """The control of the segmentation, None while there is no label map yet; and the place of its details."""
    place, details = row("Segmentation", "segmenter")
    with place:
        help = "How the picture is cut into superpixels; several share the samples, and their maps are averaged."
        name = pick_name("Segmentation", lc.SEGMENTERS, "segmenter", help, first=RECOMMENDED)
    segmenter, above = lc.SEGMENTERS[name], details.container()
    if segmenter is lc.LabelMap:  # its file is asked for in sight
        return label_map("segmenter"), above
    with details:
        return with_controls(segmenter, f"segmenter-{name}"), above


def pick_hiding() -> lc.Hiding:
    """The control of the hide color."""
    return pick("Hide color", lc.HIDINGS, "hiding", "What stands where a superpixel is hidden.")


def pick_num_samples(key: str, width: int | Literal["stretch"] = "stretch") -> int:
    """How many samples, in steps that grow; pages that have the same key share it."""
    return st.select_slider(
        "num_samples",
        with_set(NUM_SAMPLES, key),
        lc.PRESETS["recommended"].num_samples,
        key=key,
        persist_state="session",
        width=width,
        help="How often the model is asked. More steadies the map; ten for each superpixel is the least of one "
        "segmentation, and of several three for each of theirs. Fewer than there are already costs nothing.",
    )


def pick_sampler_and_seed() -> tuple[lc.Sampler, int]:
    """The controls of which superpixels each sample shows."""
    sampler = pick_here("Sampler", lc.SAMPLERS, "sampler", "Which superpixels each sample shows.")
    if isinstance(sampler, lc.GlimeBinomial):
        st.caption(f"σ = {sampler.sigma:.2f}, the width of the kernel: it is in the sampling, so Kernel does nothing.")
    seed = st.number_input(
        "Seed",
        0,
        2**31 - 1,
        0,
        key="seed",
        persist_state="session",
        help="The same seed draws the same samples. Another one shows how far the map moves by chance.",
    )
    return sampler, seed


def _until_settled() -> int:
    """How many of the strongest superpixels the run has to settle; 0 asks for all samples."""
    return st.segmented_control(
        "Until settled",
        (0, 3, 5, 8),
        default=0,
        required=True,
        format_func=lambda k: f"top {k}" if k else "off",
        key="settle",
        persist_state="session",
        help="Stop as soon as these superpixels are certain to be the strongest (95%). num_samples is then the most "
        "that is asked for.",
    )
