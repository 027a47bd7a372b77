"""The three groups of controls, by what they cost; each returns settings objects."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Literal

import streamlit as st

import lime_core as lc
from lime_core.reports.sentences import count
from pages.ui.figures import sentences
from pages.ui.runs.growing import Chosen, preview, store
from pages.ui.sidebar import prior as prior_choice
from pages.ui.sidebar.controls import field_control, label_map, pick, pick_name, title, with_controls

SPACE_HELP = (
    "What is explained: the probability, its log-odds, or the model's raw answer. Effects often add up better in "
    "log-odds."
)


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


def answers_at_once(chosen: Chosen) -> lc.FitSettings:
    """Score, surrogate, prior, kernel and feature selection.

    With a prior the surrogate is in the form that takes one; a surrogate that has no such form goes without.
    """
    return replace(_fitted(chosen.model.kind, chosen.model), class_index=chosen.class_index)


def fitted_to_many(kind: str) -> lc.FitSettings:
    """Score, surrogate, kernel and feature selection, for any class of a model with answers of this kind."""
    return _fitted(kind, None)


def _fitted(kind: str, model: lc.Classifier | None) -> lc.FitSettings:
    """The controls of the fit; with those of a prior for a model."""
    group("Answers at once", "Fitted anew to the samples that are there; the model is not asked.")
    space = st.selectbox(
        "Score",
        lc.SPACES[kind],
        key=f"space-{kind}",
        persist_state="session",
        help=SPACE_HELP,
    )
    above = st.container()
    prior, strength = prior_choice.choose(model) if model else None, 0.0
    # By the names that are known: with a prior, an option has the settings of its form that takes one.
    forms = lc.SURROGATES_WITH_PRIOR if prior else {}
    table = {
        name: forms.get(f"{name}_with_prior", option)
        for name, option in lc.SURROGATES.items()
        if name not in lc.SURROGATES_WITH_PRIOR
    }
    with above:
        surrogate = pick("Surrogate", table, "surrogate", "The simple model that is fitted to the samples.")
    if prior:
        try:
            surrogate = lc.with_prior(surrogate)
        except ValueError:
            st.caption(f"{title(st.session_state['surrogate-name'])} takes no prior: the map goes on without it.")
            prior = None
        else:
            strength = prior_choice.strength(lc.usual_strengths(surrogate))
    kernel = pick("Kernel", lc.KERNELS, "kernel", "How much a sample counts, by how much of the picture it shows.")
    selection = pick("Feature selection", lc.SELECTIONS, "selection", "Which superpixels the surrogate is given.")
    return lc.FitSettings(None, space, kernel, surrogate, selection, prior, strength)


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


def group(heading: str, cost: str) -> None:
    """The heading of a group of controls, and what a change in it costs."""
    st.subheader(heading, anchor=False, divider="gray")
    st.caption(cost)


def budget(plan: Plan, have: int, rate: float, settled: bool) -> str:
    """What the plan costs, in one line: superpixels, samples, samples for each, and time."""
    n, missing = plan.num_samples, max(0, plan.num_samples - have)
    cost = f"{'at most' if plan.settle else '≈'} {sentences.seconds(missing / rate)}" if missing else "all there"
    if settled and missing:
        n, missing, cost = have, 0, "settled"
    nothing = "" if missing else ", costs nothing"
    each = n / plan.segmentation.d
    return f"{count(plan.segmentation.d, 'superpixel')} · {n} samples · {each:.0f} for each · {cost}{nothing}"
