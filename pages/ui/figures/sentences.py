"""Results, and what each control costs, in words that a student understands.  Text only: no streamlit, no charts."""

from __future__ import annotations

import math
import re

import numpy as np

import lime_core as lc
from lime_core.evaluation.settling import AT_A_LOOK, CERTAIN
from lime_core.files.names import printable
from lime_core.reports.numbers import scale_ends, two_decimals, weight_text
from lime_core.reports.sentences import count, directions
from lime_core.reports.verdict import FITS_ANYTHING, NOTHING, fitted_to

TOP = 5
"""How many of the strongest superpixels are judged together, unless a reader says otherwise."""

LONGEST = 1000
"""Characters of a text of anybody that are shown, unless it is what somebody wants to read whole."""

JOINER = "\u2060"
"""A character without a width, at which no line is broken."""

COSTS = """
| control | what runs again |
|---|---|
| photo, segmentation and its settings | segmentation and all samples |
| model, precision, hide color, sampler, seed | all samples |
| num_samples up | only the extra samples |
| num_samples down | nothing: the first samples are taken |
| class, score, surrogate, prior and its strength, kernel, feature selection | the fit, a few milliseconds |
| style, signs, number drawn, opacity, colors | the drawing |
| Explain: whether the top carries the class | so many samples of its own, once for each top and number of others |
| Explain: whether the model agrees with the map | 80 samples of its own, once for each map |
| Explain: settings for this photo | at most four times the samples of the map; those that are there are taken |
| Stability: methods, repeats up | only the new repeats; G-LIME (global prior) has those of LIME |
| Stability: top k, ranking, closer looks | the fits of the repeats that are there |
| What if: a superpixel hidden or shown | one sample, once for each version |
| What if: superpixels joined, split or drawn | all samples |
| Compare: classes | the fit of the samples that are there |
| Compare: settings, models, photos | the samples of each that are not there yet |
| Compare: other methods | so many pictures as a method says, once for each class, score and setting |
| Compare: which map the model agrees with | 80 samples of each map, once |
| Learn: samples so far | the fits of the samples that are there |
| Prior: pictures, crops | only the new ones |
| Prior: classes of each, kind, words, position, examples | the fits and words, as long as the samples are kept |
| Prior: what its strength does | the fits of LIME's repeats |
| Prior: deletion and insertion at each strength | each picture on the way, once |
| Tune: photos, models, what may vary, least stability | another search, which takes the samples that are there |
| Tune: views, setting, files | the fits of the samples that are there |
| Tune: which do you prefer | nothing, and from the second round through the photos on other samples of both maps |
| Lessons: Reveal | its samples, once for everyone, and pictures with a few parts hidden: 2 for each guess |
"""
"""What each control costs, as the README has it."""


def certain_signs(e: lc.Explanation, superpixels: np.ndarray) -> str:
    """How many of these superpixels keep their sign with 95% certainty; empty where errors are not known."""
    error = e.standard_error[superpixels]
    if len(superpixels) == 0 or np.isnan(error).any() or e.effective_samples < FITS_ANYTHING * fitted_to(e):
        return ""
    sure = int((np.abs(e.weights[superpixels]) > 1.96 * error).sum())
    return f"{sure} of {count(len(superpixels), 'superpixel')} shown are certain in their sign (95%)."


def settled(k: int, samples: int) -> str:
    """The run stopped because it could."""
    return f"Settled with {samples} samples: the top {k} are certain to {CERTAIN:.0%} to be the strongest {k}."


def not_settled(k: int, samples: int, certainty: float) -> str:
    """The run came to its end before it was settled; `certainty` is NaN where error bars are missing."""
    if math.isnan(certainty):
        return f"With {samples} samples nobody knows whether the top {k} are settled: not all have error bars."
    return f"Not settled with {samples} samples: the top {k} may still change. More samples, or fewer at the top, help."


def top_certain(e: lc.Explanation, k: int) -> str:
    """How certain the set of the k strongest superpixels is, and what would settle it; empty where nobody knows."""
    certainty = lc.top_certainty(e, k)
    if math.isnan(certainty):
        return ""
    if e.exact:
        return f"The top {k} are exact: every mask was asked."
    samples = lc.samples_to_settle(e, k, certainty=AT_A_LOOK)
    if samples <= e.n_samples:
        remedy = ""
    elif math.isinf(samples):
        remedy = " A hundred times as many samples would not settle them: some are nearly equal."
    else:
        digits = 10 ** max(0, len(str(int(samples))) - 2)
        remedy = f" About {math.ceil(samples / digits) * digits} samples would settle them."
    return f"The top {k} are certain to {percent(min(certainty, 0.99))}.{remedy}"


def scale_in_words(e: lc.Explanation, limit: float) -> tuple[str, str]:
    """The two ends of the colors, in words."""
    low, high = scale_ends(limit, e.unit)
    if not e.signed:
        return low, f"{high} (orange: most important)"
    down, up = directions(e)
    return f"{low} (blue, dashed: {down})", f"{high} (orange: {up})"


def changed(old: lc.ProbeSpec, new: lc.ProbeSpec) -> list[str]:
    """Which settings differ between two specs of the same photo and model."""
    names = {"segmenter": "segmentation", "hiding": "hide color", "sampler": "sampler", "seed": "seed"}
    return [name for field, name in names.items() if getattr(old, field) != getattr(new, field)]


def percent(certainty: float) -> str:
    """A certainty, rounded down at its end: only what is exact is 100%; empty where it is not known."""
    if math.isnan(certainty):
        return ""
    return f"{certainty:.0%}" if certainty == 1.0 or certainty < 0.99 else "99%"


def sentence(text: object, longest: int = LONGEST) -> str:
    """A text that may come from anybody, so that Streamlit's Markdown shows it as it is, on one line.

    Everything that is drawn as Markdown and is no text of this project goes through here: messages of errors, names of
    files, classes, priors and models, and what is said about a prior.  It keeps emphasis, links, pictures, HTML,
    formulas, tables, colors, icons and emoji from being read in it, and addresses from becoming links.
    """
    line = printable(str(text)).strip()
    if len(line) > longest:
        line = f"{line[:longest]} …"
    # Streamlit looks for addresses, emoji, icons and arrows once more when it has read the backslashes: only a
    # character between theirs keeps it from finding them, one that is not seen and where no line is broken.
    for parts in (r"(?<=:)(?=\S)", r"(?<=@)(?=\S)", r"(?i)(?<=www)(?=\.)", r"(?<=[<>~=-])(?=[<>~=-])"):
        line = re.sub(parts, JOINER, line)
    line = re.sub(r"([\\`*_{}\[\]<>~$&|#])", r"\\\1", line)
    return re.sub(r"^(?=[-+=]|\d+[.)])", JOINER, line)  # nor does a list begin here


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


def summary(e: lc.Explanation) -> str:
    """The map in one sentence, for those who do not see it."""
    if e.constant:
        return f"Explanation of {e.class_name}. {NOTHING.headline}. {NOTHING.sentence}"
    centers = e.scene.segmentation.centers
    parts = [
        f"superpixel {superpixel} ({place(*centers[superpixel], *e.segments.shape)}) {weight_text(weight, e.unit)}"
        for superpixel, weight in e.top(3)
    ]
    strongest = "; ".join(parts) if parts else "no superpixel has a weight"
    return f"Explanation of {e.class_name}. Strongest: {strongest}. R² {two_decimals(e.r2)}."
