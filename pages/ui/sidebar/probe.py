"""The controls that ask the model again, as plans: segmentation, hide color, samples, sampler and seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import streamlit as st

import lime_core as lc
from pages.ui.runs.caches import Chosen, preview, store
from pages.ui.sidebar.controls import group_heading, label_map, pick, pick_name, with_controls


@dataclass(frozen=True)
class Plan:
    """What the model would be asked about a photo.

    spec : what the samples depend on
    segmentation : the crop and its superpixels
    num_samples : of one explanation what the sampler can give of the samples asked for, of repeats what is asked for
    settle : how many of the strongest superpixels have to be certain for the run to stop before, or 0
    """

    spec: lc.ProbeSpec
    segmentation: lc.Segmentation
    num_samples: int
    settle: int = 0


def plan_explanation(chosen: Chosen) -> Plan | None:
    """The controls of one explanation; None while there is no label map yet.

    Raises TooFewSuperpixels or BadPicture for settings that do not cut this picture.
    """
    segmentation = _cut(chosen, "Explain")
    if segmentation is None:
        return None
    hiding, num_samples, settle = pick_hiding(), pick_num_samples("num-samples", 1000), _until_settled()
    spec = _settings(segmentation, hiding).spec(chosen.picture, chosen.model)
    d = segmentation.d
    return Plan(spec, segmentation, spec.reachable(num_samples, d), min(settle, d - 1))


def plan_repeats(chosen: Chosen) -> Plan | None:
    """The controls of repeated explanations, whose methods have samplers of their own; as `plan_explanation`."""
    segmentation = _cut(chosen, "Compare")
    if segmentation is None:
        return None
    hiding, num_samples = pick_hiding(), pick_num_samples("stability-samples", 500)
    return Plan(_settings(segmentation, hiding).spec(chosen.picture, chosen.model), segmentation, num_samples)


def plan_with(settings: lc.ProbeSettings, chosen: Chosen, num_samples: int) -> Plan:
    """The plan of repeats with settings that are meant for many pictures.

    Raises TooFewSuperpixels or BadPicture for settings that do not cut this picture.
    """
    segmentation = store().segmentation(chosen.picture, chosen.model, settings.segmenter)
    spec = replace(settings, segmenter=segmentation.made_by).spec(chosen.picture, chosen.model)
    return Plan(spec, segmentation, num_samples)


def settings_for_many() -> lc.ProbeSettings | None:
    """The controls of what every one of many pictures is asked with; None while there is no label map yet."""
    group_heading("Asks the model again", "A change here needs new samples of every picture: press Build.")
    segmenter = pick_segmenter()
    if segmenter is None:
        return None
    return lc.ProbeSettings(segmenter, pick_hiding(), *pick_sampler_and_seed())


def _cut(chosen: Chosen, press: str) -> lc.Segmentation | None:
    """The control of the segmentation with its preview; `press` is the button that asks."""
    group_heading("Asks the model again", f"A change here needs new samples: press {press}.")
    segmenter = pick_segmenter()
    if segmenter is None:
        return None
    with st.spinner("Cutting the picture …", show_time=True):
        segmentation = store().segmentation(chosen.picture, chosen.model, segmenter)
    if isinstance(segmenter, lc.LabelMap):
        part = segmenter.covers(chosen.picture.pixels.shape[:2], segmentation.labels.shape)
        st.caption("Read as a map of the whole photo." if part == "photo" else "Read as a map of the crop.")
    st.image(
        preview(chosen, segmentation),
        width="stretch",
        output_format="PNG",
        caption=f"{segmentation.d} superpixels",
        alt=f"The crop that the model sees, cut into {segmentation.d} superpixels.",
    )
    return segmentation


def _settings(segmentation: lc.Segmentation, hiding: lc.Hiding) -> lc.ProbeSettings:
    return lc.ProbeSettings(segmentation.made_by, hiding, *pick_sampler_and_seed())


def pick_segmenter() -> lc.Segmenter | None:
    """The control of the segmentation; None while there is no label map yet."""
    name = pick_name("Segmentation", lc.SEGMENTERS, "segmenter", "How the picture is cut into superpixels.")
    segmenter = lc.SEGMENTERS[name]
    return label_map("segmenter") if segmenter is lc.LabelMap else with_controls(segmenter, f"segmenter-{name}")


def pick_hiding() -> lc.Hiding:
    """The control of the hide color."""
    return pick("Hide color", lc.HIDINGS, "hiding", "What stands where a superpixel is hidden.")


def pick_num_samples(key: str, usual: int, width: int | Literal["stretch"] = "stretch") -> int:
    """How many samples; pages that have the same key share it."""
    return st.slider(
        "num_samples",
        100,
        5000,
        usual,
        step=100,
        key=key,
        persist_state="session",
        width=width,
        help="How often the model is asked. More steadies the map; ten for each superpixel is the least. "
        "Fewer than there are already costs nothing.",
    )


def pick_sampler_and_seed() -> tuple[lc.Sampler, int]:
    """The controls of which superpixels each sample shows."""
    sampler = pick("Sampler", lc.SAMPLERS, "sampler", "Which superpixels each sample shows.")
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
        help="Stop as soon as these superpixels are certain to be the strongest (95 %). num_samples is then the most "
        "that is asked for.",
    )
