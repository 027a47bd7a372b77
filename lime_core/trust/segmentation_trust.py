"""How far the segmentation decides a map: what several segmentations agree on, beside the noise of sampling."""

from __future__ import annotations

import numpy as np

from lime_core.arrays import Floats
from lime_core.evaluation.pixel_map import segmentations_for
from lime_core.explanation.explanation import Explanation
from lime_core.explanation.pooling import readings
from lime_core.reports.numbers import weight_text
from lime_core.reports.sentences import directions


def segmentations_in_words(e: Explanation, most: int = 3) -> list[str]:
    """Say in how many segmentations the strongest superpixels have their sign, and which spread is the larger.

    Parameters
    ----------
    e : Explanation
        Of several segmentations.
    most : int, default 3
        Name at most so many superpixels.

    Returns
    -------
    list of str
        A short clause for each superpixel, and last a sentence on both spreads; empty for one segmentation, and where
        there is nothing to explain or no sign.
    """
    count, strongest = len(e.members), e.top(most)
    if count < 2 or not strongest or not e.signed:
        return []
    counts, sides = segmentations_for(e), directions(e)
    told = []
    for superpixel, weight in strongest:
        agree, side = int(counts[weight < 0][superpixel]), sides[int(weight > 0)]
        side = f"{side} the class" if e.settings.space != "value" else f"makes the value {side}"
        told.append(f"superpixel {superpixel} {side} in {agree} of {count}")
    named = [superpixel for superpixel, _ in strongest]
    others, chance = (float(np.mean(each[named])) for each in (segmentation_error(e), e.standard_error))
    if np.isnan(chance):
        return told
    text = [weight_text(each, e.unit).lstrip("+") for each in (others, chance)]
    if others <= chance / 10:
        return [*told, f"In these they differ no more than chance does, which moves such a weight by ± {text[1]}."]
    decides = "segmentation decides more than chance" if others > chance else "chance decides more than segmentation"
    moves = f"As many other segmentations would move such a weight by ± {text[0]}, another seed by ± {text[1]}"
    return [*told, f"{moves}: {decides}."]


def segmentation_error(e: Explanation) -> Floats:
    """Estimate how far each weight would move with as many other segmentations, beside what chance moves.

    Parameters
    ----------
    e : Explanation
        Of m segmentations.

    Returns
    -------
    (d,) float64
        √(max(s² - m·SE², 0) / m) with s the standard deviation over the segmentations and SE the standard error of
        sampling, of which each segmentation alone has m·SE²; in the unit of the weights.  NaN for one segmentation, and
        where SE is not known.
    """
    count = len(e.members)
    if count < 2:
        return np.full(len(e.weights), np.nan)
    beyond = readings(e).var(axis=0, ddof=1) - count * e.standard_error**2
    return np.sqrt(np.maximum(beyond, 0.0) / count)
