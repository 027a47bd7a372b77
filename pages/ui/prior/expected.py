"""What a prior expects of the photo at the left, before the model is asked."""

from __future__ import annotations

import numpy as np
import streamlit as st

import lime_core as lc
from lime_core.drawing.heatmap import symmetric_limit
from lime_core.drawing.overlay import png_bytes
from lime_core.explanation.prior import laid_over
from lime_core.reports.sentences import count
from pages.ui.figures.priors import expected_map
from pages.ui.prior.inside import weight_in_words
from pages.ui.runs import caches
from pages.ui.runs.messages import errors_as_messages


def expected_of(
    prior: lc.GlobalPrior, class_index: int, chosen: caches.Chosen, probing: lc.ProbeSettings
) -> tuple[lc.Segmentation, lc.Projection]:
    """The superpixels of a photo, and what the prior expects of them.

    Raises TooFewSuperpixels, TooManySuperpixels or BadPicture for a photo that cannot be cut so.
    """
    cut = caches.store().segmentation(chosen.picture, chosen.model, probing.segmenter)
    features = caches.described(chosen, cut).columns(prior.position)
    return cut, laid_over(prior, features, class_index, cut.border)


def show_expected(
    prior: lc.GlobalPrior, class_index: int, chosen: caches.Chosen, probing: lc.ProbeSettings, most: int
) -> bool:
    """What it expects, laid over the photo; `most` superpixels are drawn.  Whether it can be cut; if not, says why."""
    shown = False
    with errors_as_messages():
        cut, expected = expected_of(prior, class_index, chosen, probing)
        limit = symmetric_limit(prior.weights[class_index])
        order = np.argsort(-np.abs(expected.mean), kind="stable")[:3]
        strongest = "; ".join(
            f"word {expected.words[s]} {weight_in_words(prior, float(expected.mean[s]))}"
            for s in order
            if expected.mean[s]
        )
        number = min(most, int(np.count_nonzero(expected.mean)))
        said = {0: "none of them weighs anything", 1: "the strongest is drawn"}.get(
            number, f"the {number} strongest are drawn"
        )
        st.image(
            png_bytes(expected_map(cut, expected, limit, most)),
            width="stretch",
            output_format="PNG",
            alt=f"What the prior expects of {chosen.picture.name}. Strongest: {strongest or 'nothing'}.",
        )
        st.caption(
            f"What the prior expects here, before the model is asked: it knows **{expected.coverage:.0%}** of the "
            f"{count(cut.in_photo, 'superpixel')}, and {said}. Numbers are words."
        )
        shown = True
    return shown
