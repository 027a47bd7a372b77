"""The three groups of controls, by what they cost; each returns settings objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import streamlit as st

import lime_core as lc
from pages.ui.runs.caches import Chosen, preview, store
from pages.ui.sidebar.controls import group, label_map, pick, pick_name, with_controls


@dataclass(frozen=True)
class Plan:
    """What the model would be asked: the spec, the superpixels that it leads to, and how many samples.

    num_samples is what the sampler can give of the samples asked for; settle is how many of the strongest superpixels
    have to be certain for the run to stop before, or 0.
    """

    spec: lc.ProbeSpec
    segmentation: lc.Segmentation
    asked_for: int
    num_samples: int
    settle: int


def asks_the_model(chosen: Chosen, button: str, samples: str, usual: int) -> Plan | None:
    """Segmentation with its preview, hide color, sampler, samples and seed; None while a file is waited for.

    button : what is pressed to ask
    samples, usual : which number of samples it is, as the key of its control, and what it is at first

    Raises TooFewSuperpixels or BadPicture for settings that do not cut this picture.
    """
    group("Asks the model again", f"A change here needs new samples: press {button}.")
    segmenter = pick_segmenter()
    if segmenter is None:
        return None
    segmenter = for_the_crop(segmenter, chosen)
    with st.spinner("Cutting the picture …", show_time=True):
        segmentation = store().segmentation(chosen.picture, chosen.model, segmenter)
    st.image(
        preview(chosen, segmentation),
        width="stretch",
        output_format="PNG",
        caption=f"{segmentation.d} superpixels",
        alt=f"The crop that the model sees, cut into {segmentation.d} superpixels.",
    )
    hiding = pick_hiding()
    num_samples = pick_num_samples(samples, usual)
    settle = _until_settled() if button == "Explain" else 0
    sampler, seed = pick_sampler_and_seed()
    spec = lc.ProbeSpec.of(chosen.picture, chosen.model, segmenter, hiding, sampler, seed)
    if button != "Explain":  # every method has a sampler of its own
        return Plan(spec, segmentation, num_samples, num_samples, 0)
    reachable = spec.reachable(num_samples, segmentation.d)
    return Plan(spec, segmentation, num_samples, reachable, min(settle, segmentation.d - 1))


def pick_segmenter() -> lc.Segmenter | None:
    """The control of the segmentation; None while a file is waited for."""
    name = pick_name("Segmentation", lc.SEGMENTERS, "segmenter", "How the picture is cut into superpixels.")
    segmenter = lc.SEGMENTERS[name]
    return label_map("segmenter") if segmenter is lc.LabelMap else with_controls(segmenter, f"segmenter-{name}")


def for_the_crop(segmenter: lc.Segmenter, chosen: Chosen) -> lc.Segmenter:
    """The same segmenter; of a label map of the whole photo the part that the model sees."""
    if isinstance(segmenter, lc.LabelMap) and segmenter.labels.shape == chosen.picture.pixels.shape[:2]:
        return segmenter.cropped(*chosen.model.crop_box(chosen.picture))
    return segmenter


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
