"""What the steps say, in sentences with the numbers of this photo.  Text only: no streamlit, no charts."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import lime_core as lc
from lime_core.reports.numbers import score_text, two_decimals, weight_text
from lime_core.reports.sentences import count
from lime_core.reports.verdict import FITS_ANYTHING, NOTHING, fitted_to

INTRODUCTION = (
    "LIME shows a model many versions of a photo, each with other parts hidden, and learns from the answers which "
    "parts matter. Here is every step of it, with the real numbers of this photo."
)

POINTING = (
    "Point at a sample to see its picture, or walk through all of them with the arrow keys at the slider. Larger "
    "points count more; those of another color are the hidden versions above."
)


def photo_in_words(model: lc.Classifier, width: int, height: int) -> str:
    """What the model sees, and what it answers with."""
    answers = "answers with " + ("a number" if model.kind == "values" else "how likely it finds each class")
    return f"The model sees this crop of {width} × {height} pixels, and {answers}."


def weights_in_words(kernel: lc.Kernel, sampler: lc.Sampler) -> str:
    """Why samples count differently, where they do."""
    if isinstance(kernel, lc.NoKernel) or not sampler.weighted:
        counts = "Here it counts as much as any other."
    else:
        counts = "The more of the photo a sample shows, the more it counts."
    return f"A version that hides much is nearly another photo. {counts}"


def kernel_in_words(kernel: lc.Kernel, sampler: lc.Sampler) -> str:
    """What a sample counts, as a formula in words."""
    if not sampler.weighted:
        return (
            "Every sample counts 1: this sampler has the kernel already, and draws a sample as often as the kernel "
            "would count it."
        )
    match kernel:
        case lc.CosineKernel(width=width):
            how = f"exp(−distance² ÷ (2 × width²)), where distance is 1 − √(share shown) and width is {width:g}"
        case lc.L2Kernel(width=width):
            how = f"exp(−distance² ÷ (2 × width²)), where distance² is the number hidden and width is {width:g}"
        case lc.CosineSimilarity():
            how = "√(share shown)"
        case _:
            how = "1, whatever it shows"
    return f"A sample counts {how}."


def settings_in_words(option: Any, title: str, called: dict[str, str]) -> str:
    """An option and what is set of it; `called` is what its settings are called."""
    told = [f"{called[f.name]} {_value(getattr(option, f.name))}" for f in fields(option) if f.name in called]
    return f"{title}: {', '.join(told)}" if told else title


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return "#{:02x}{:02x}{:02x}".format(*value) if all(isinstance(part, int) for part in value) else str(value)
    return f"{value:g}" if isinstance(value, float) else str(value).lower()


def shown_in_words(samples: lc.FittedSamples, row: int) -> str:
    """How many superpixels of the photo a sample shows: 19 of 38."""
    return f"{samples.shown_in_photo[row]:.0f} of {samples.in_photo}"


def counted_in_words(samples: lc.FittedSamples, row: int) -> str:
    """How many superpixels a sample shows as the kernel counts them, with the border of a padded photo."""
    d = len(samples.by_shown) - 1
    return f"{samples.shown[row] * d:.0f} of {d}"


def border_in_words(samples: lc.FittedSamples) -> str:
    """What the kernel makes of a border; empty where there is none."""
    if len(samples.by_shown) - 1 == samples.in_photo:
        return ""
    return "The border around the photo counts as one superpixel more here: drawn as they are, and seen either way."


def sample_in_words(samples: lc.FittedSamples, row: int, of: str, unit: str) -> str:
    """A hidden version in a sentence, for those who do not see it; `of` is what is explained."""
    score = score_text(float(samples.scores[row]), unit)
    return f"Sample {row}: {shown_in_words(samples, row)} superpixels are shown; the model says {score} for {of}."


def telling_in_words(samples: lc.FittedSamples, chosen: int) -> str:
    """How the samples that are shown were chosen."""
    if chosen == len(samples) - 1:
        return f"These are all {count(chosen, 'sample')} but the first, the full picture, from the highest score down."
    return (
        f"{chosen} of the {len(samples)} samples, from the highest score to the lowest in equal steps of rank; the "
        "first, the full picture, is left out."
    )


def fit_in_words(e: lc.Explanation) -> str:
    """How a prediction comes about."""
    if not e.signed:
        return "The map is a tree of questions whether a superpixel is shown, fitted so that it predicts the scores."
    start = score_text(e.intercept, e.score_unit)
    return (
        f"Every superpixel is given a weight. What the map says of a sample is {start} plus the weights of the "
        "superpixels that it shows."
    )


def map_in_words(e: lc.Explanation) -> str:
    """The strongest superpixels with their numbers."""
    if e.constant:
        return "There is no map."
    told = ", ".join(f"superpixel {superpixel} ({weight_text(weight, e.unit)})" for superpixel, weight in e.top(3))
    if not told:
        return "No superpixel has a weight."
    meaning = "the change of the score when it is shown" if e.signed else "how much it matters"
    return f"The weights, laid over the photo. Strongest are {told}: a superpixel's weight is {meaning}."


def r2_in_words(e: lc.Explanation) -> str:
    """What R² is, with its number."""
    few = not e.exact and e.effective_samples < FITS_ANYTHING * fitted_to(e)
    return (
        f"R² is {two_decimals(e.r2)}: the share of the score's movement that the map explains. With 1 all samples "
        "would lie on the dashed line; with 0 it would be as good to say the same of all of them."
        + " So few samples fit almost any map, so R² flatters this one."
        * (few and not e.empty)
    )


def fit_alt(e: lc.Explanation, samples: lc.FittedSamples) -> str:
    """What the chart of the fit shows, for those who do not see it."""
    return (
        f"What the map says and what the model says, a point for each of {len(samples)} samples. "
        f"R² {two_decimals(e.r2)}. The table below has all of them."
    )


def kernel_alt(samples: lc.FittedSamples) -> str:
    """What the chart of the kernel shows, for those who do not see it."""
    low, high = samples.sample_weights.min(), samples.sample_weights.max()
    least, most = samples.shown.min(), samples.shown.max()
    return (
        f"What a sample counts by the share of superpixels shown. The samples show {least:.0%} to {most:.0%} of the "
        f"superpixels and count {low:.2f} to {high:.2f}."
    )


def nothing_in_words() -> str:
    """Of a score that is the same whatever is hidden."""
    return f"{NOTHING.headline}. {NOTHING.sentence}"
