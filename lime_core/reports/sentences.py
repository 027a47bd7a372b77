"""How far an explanation can be trusted, in figures and in words that a student understands."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lime_core.explanation.explanation import Explanation

ENOUGH_SAMPLES = 10
"""Samples for each superpixel below which much of a fit can be noise (the rule of thumb of lime's author)."""

FITS_ANYTHING = 3
"""Effective samples for each superpixel below which R² is high whatever the model does."""


MOSTLY_PRIOR = 0.5
"""Mean share of the prior above which a map says more about other pictures than about this one."""


@dataclass(frozen=True)
class Verdict:
    """How far a map can be trusted: "good", "fair" or "weak", a headline and a sentence."""

    level: str
    headline: str
    sentence: str


def verdict(e: Explanation) -> Verdict:
    """What the fit says about the map, from its weighted R²."""
    if math.isnan(e.r2):
        return Verdict(
            "weak",
            "Nothing to explain",
            "The score is the same whatever is hidden. Try another class, hide color or segmentation.",
        )
    if not e.exact and e.effective_samples < FITS_ANYTHING * len(e.features):
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


def remarks(e: Explanation) -> list[str]:
    """What else a reader of the map must know; empty when there is nothing."""
    found = []
    d = len(e.weights)
    if e.exact:
        pass  # nothing is left to chance, however few masks there are
    elif e.n_samples < ENOUGH_SAMPLES * d:
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
    return found + prior_remarks(e)


def prior_in_words(e: Explanation) -> str:
    """What the prior did to the weights; empty where it did nothing."""
    prior = e.settings.prior
    if prior is None or math.isnan(e.prior_scale):
        return ""
    unit = f" (in {prior.unit})" if prior.unit else ""
    scale = float(f"{e.prior_scale:.2g}")
    return (
        f"The prior makes {e.mean_prior_share:.0%} of a weight on average and knows {e.prior_coverage:.0%} of the "
        f"superpixels. Its weights{unit} were multiplied by {scale:g} to fit the {e.settings.space}. "
        "Error bars are about the samples: they do not tell where the prior is wrong."
    )


def prior_remarks(e: Explanation) -> list[str]:
    """What a reader of a map with a prior must know; empty when there is nothing."""
    if e.settings.prior is None:
        return []
    if e.prior_coverage == 0:
        assert e.settings.class_index is not None
        known = e.settings.prior.knows(e.settings.class_index)
        unknown = "no superpixel here by what it has seen of this class" if known else "nothing about this class"
        return [f"The prior knows {unknown}: the map is that of the plain surrogate."]
    if e.settings.prior_strength == 0 or len(e.features) == 0:
        return []
    if math.isnan(e.prior_scale):
        return ["The prior expects nothing of any superpixel here: the map is that of the plain surrogate."]
    if e.prior_scale == 0:
        return [
            "The samples contradict the prior, so its weights were multiplied by 0: what is left of it pulls all "
            "weights towards zero."
        ]
    if e.mean_prior_share > MOSTLY_PRIOR:
        return [
            f"The prior makes {e.mean_prior_share:.0%} of the weights: this map says more about other pictures than "
            "about this one. A lower strength lets this one speak."
        ]
    return []


def few_samples(samples: int, d: int) -> str:
    """The warning when there are fewer than `ENOUGH_SAMPLES` samples for each of `d` superpixels."""
    each = 10 * samples // d / 10  # rounded down: 9.98 is not yet enough
    return (
        f"{each} samples for each superpixel is little: below {ENOUGH_SAMPLES} much of the map can be noise. "
        f"Take {math.ceil(ENOUGH_SAMPLES * d / 100) * 100} samples or fewer superpixels."
    )


def count(number: int, noun: str) -> str:
    """1 superpixel, 3 superpixels."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def in_words(explanation: Explanation) -> str:
    """How far the map can be trusted, and the local prediction beside the model's score."""
    e = explanation
    found = verdict(e)
    return " ".join(
        (
            f"{found.headline} (R² {number(e.r2, 2)}). {found.sentence}",
            f"For the full picture the map predicts {number(e.local_prediction)}; the model says "
            f"{number(e.model_score)}.",
            *([told] if (told := prior_in_words(e)) else []),
            *remarks(e),
        )
    )


def number(value: float, digits: int = 3, *, signed: bool = False) -> str:
    """`value` with so many significant digits and a true minus sign; "not known" for NaN."""
    if math.isnan(value):
        return "not known"
    return f"{value:{'+' if signed else ''}.{digits}g}".replace("-", "−")
