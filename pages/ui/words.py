"""Results in words that a student understands.  Text only: no streamlit, no charts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

import lime_core as lc
from lime_core.rendering import centroids

ENOUGH_SAMPLES = 10
"""Samples for each superpixel below which a fit is mostly noise (the rule of thumb of lime's author)."""


COSTS = """
| control | what runs again |
|---|---|
| photo, segmentation and its settings | segmentation and all samples |
| model, hide color, sampler, seed | all samples |
| num_samples up | only the extra samples |
| num_samples down | nothing: the first samples are taken |
| class, score, surrogate, kernel, feature selection | the fit, a few milliseconds |
| style, signs, number drawn, opacity, colors | the drawing |
"""
"""What each control costs, as the README has it."""

FITS_ANYTHING = 3
"""Effective samples for each superpixel below which R² is high whatever the model does."""


@dataclass(frozen=True)
class Verdict:
    """How far a map can be trusted: "good", "fair" or "weak", a headline and a sentence."""

    level: str
    headline: str
    sentence: str


def verdict(e: lc.Explanation) -> Verdict:
    """What the fit says about the map, from its weighted R²."""
    if math.isnan(e.r2):
        return Verdict(
            "weak",
            "Nothing to explain",
            "The score is the same whatever is hidden. Try another class, hide color or segmentation.",
        )
    if e.effective_samples < FITS_ANYTHING * len(e.features):
        return Verdict(
            "weak",
            "Too few samples to tell",
            f"So few samples ({e.effective_samples:.0f} effective, for {len(e.features)} superpixels) fit almost "
            "any map: R² flatters it. Ask for more.",
        )
    share = f"{max(e.r2, 0.0):.0%}"
    if e.r2 >= 0.8:
        return Verdict("good", "Good fit", f"The map explains {share} of how the score moves when parts are hidden.")
    if e.r2 >= 0.5:
        return Verdict(
            "fair",
            "Fair fit",
            f"The map explains {share} of how the score moves when parts are hidden. Trust the strongest superpixels, "
            "not their exact order.",
        )
    return Verdict(
        "weak",
        "Weak fit: read this map with care",
        f"The map explains only {share} of how the score moves when parts are hidden. The model does something that "
        f"adding up superpixels cannot show. Try {'log-odds, ' if e.settings.space == 'probability' else ''}other "
        "superpixels, or another hide color.",
    )


def remarks(e: lc.Explanation) -> list[str]:
    """What else a reader of the map must know; empty when there is nothing."""
    found = []
    d = len(e.weights)
    if e.n_samples < ENOUGH_SAMPLES * d:
        found.append(few_samples(e.n_samples, d))
    elif e.effective_samples < ENOUGH_SAMPLES * d:
        found.append(
            f"The kernel leaves {e.effective_samples:.0f} effective samples of {e.n_samples}: too few for {d} "
            "superpixels. Widen it."
        )
    inert = int(e.inert.sum())
    if inert:
        found.append(
            f"{count(inert, 'superpixel')} cannot be explained: hiding changes no pixel there. "
            "Another hide color helps."
        )
    if not e.signed:
        found.append(
            "A tree gives importances without a sign: a superpixel may speak for the class or against it. Its R² is "
            "that of the samples it was grown on, and flatters it."
        )
    return found


def few_samples(samples: int, d: int) -> str:
    """The warning when there are fewer than `ENOUGH_SAMPLES` samples for each of `d` superpixels."""
    each = 10 * samples // d / 10  # rounded down: 9.98 is not yet enough
    return (
        f"{each} samples for each superpixel is little: below {ENOUGH_SAMPLES} the map is mostly noise. "
        f"Take {math.ceil(ENOUGH_SAMPLES * d / 100) * 100} samples or fewer superpixels."
    )


def certain_signs(e: lc.Explanation, superpixels: np.ndarray) -> str:
    """How many of these superpixels keep their sign with 95 % certainty; empty where errors are not known."""
    error = e.standard_error[superpixels]
    if len(superpixels) == 0 or np.isnan(error).any() or e.effective_samples < FITS_ANYTHING * len(e.features):
        return ""
    sure = int((np.abs(e.weights[superpixels]) > 1.96 * error).sum())
    return f"{sure} of {count(len(superpixels), 'superpixel')} shown are certain in their sign (95\u00a0%)."


def changed(old: lc.ProbeSpec, new: lc.ProbeSpec) -> list[str]:
    """Which settings differ between two specs of the same photo and model."""
    names = {"segmenter": "segmentation", "hiding": "hide color", "sampler": "sampler", "seed": "seed"}
    return [name for field, name in names.items() if getattr(old, field) != getattr(new, field)]


def score_text(value: float, space: str) -> str:
    """A score in its own unit: probabilities in percent, others as they are."""
    return f"{value:.1%}" if space == "probability" else f"{value:.2f}"


def unit(e: lc.Explanation) -> str:
    """The unit of the weights: the score's, or "importance" where they have no sign."""
    return (e.settings.space or "") if e.signed else "importance"


def weight_text(value: float, space: str) -> str:
    """A weight in the unit of its score: percentage points for probabilities."""
    if space == "importance":
        return f"{value:.3f}"
    return f"{100 * value:+.2f} pp" if space == "probability" else f"{value:+.3f}"


def r2_text(value: float) -> str:
    """R², or a dash where the score never changes and there is none."""
    return "–" if math.isnan(value) else f"{value:.2f}"


def place(row: float, column: float, height: int, width: int) -> str:
    """Where a point lies on the picture, in words."""
    vertical = ("upper", "middle", "lower")[min(2, int(3 * row / height))]
    horizontal = ("left", "center", "right")[min(2, int(3 * column / width))]
    return "center" if (vertical, horizontal) == ("middle", "center") else f"{vertical} {horizontal}"


def seconds(value: float) -> str:
    """A duration, rounded to what one reads: 0.4 s, 13 s, 2 min 10 s."""
    if value < 9.5:
        return f"{value:.1f} s"
    whole = round(value)
    return f"{whole} s" if whole < 90 else f"{whole // 60} min {whole % 60} s"


def count(number: int, noun: str) -> str:
    """1 superpixel, 3 superpixels."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def summary(e: lc.Explanation) -> str:
    """The map in one sentence, for those who do not see it."""
    height, width = e.segments.shape
    centers = centroids(e.segments, len(e.weights))
    parts = [
        f"superpixel {superpixel} ({place(*centers[superpixel], height, width)}) {weight_text(weight, unit(e))}"
        for superpixel, weight in e.top(3)
    ]
    strongest = "; ".join(parts) if parts else "no superpixel has a weight"
    return f"Explanation of {e.class_name}. Strongest: {strongest}. R² {r2_text(e.r2)}."
