"""What a living report holds, as JSON: the picture, the samples of each segmentation, and the fits as made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lime_core.arrays import Labels
from lime_core.drawing import overlay
from lime_core.drawing.outlines import loops, members
from lime_core.drawing.palette import DIVERGING, color_bar
from lime_core.drawing.view import View
from lime_core.explanation.explanation import Explanation
from lime_core.explanation.settings import FitSettings
from lime_core.files.names import noun_of, told_apart
from lime_core.living.packing import packed, packed_labels, picture_uri
from lime_core.living.refitting import kernel_of, penalty_of, pull_of, to_fit, why_not
from lime_core.probing.probe import Probe
from lime_core.reports.sentences import of_values

_FINE = 2
"""Outlines are traced in a picture that is so many times larger than the photo."""


def classes_of(probe: Probe, settings: FitSettings, classes: int) -> list[int]:
    """Choose the classes of a report.

    Parameters
    ----------
    probe : Probe
        Whose most likely classes count.
    settings : FitSettings
        With the class, which is always among them.
    classes : int, at least 1
        How many.

    Returns
    -------
    list of int
        The most likely first.
    """
    likely = probe.most_likely(classes)
    explained = settings.class_index or 0
    return likely if explained in likely else [*likely[: classes - 1], explained]


def contents(probe: Probe, explanations: Sequence[Explanation], shown: int, view: View) -> dict[str, Any]:
    """Gather what the page needs to refit, draw and write.

    Parameters
    ----------
    probe : Probe
        What is fitted.
    explanations : sequence of Explanation
        One for each class of the page, all with the same settings.
    shown : int
        Which of them is shown first.
    view : View
        How it is shown first.

    Returns
    -------
    dict
        Ready for JSON; NaN stands only in packed arrays.
    """
    first = explanations[0]
    settings, named = first.settings, {e.settings.class_index or 0: e.class_name for e in explanations}
    classes = list(named)
    tints = color_bar(1.0, width=len(DIVERGING), height=1, ends=(view.against_color, view.for_color))[0]
    called = told_apart(dict(enumerate(probe.class_names)) | named, noun_of(probe.kind))
    why = why_not(probe, settings)
    fitted = [member for member in probe.members if len(member) >= 2]
    return {
        "model": probe.spec.model,
        "unit": first.unit,
        "scoreUnit": first.score_unit,
        "valueUnit": first.value_unit,
        "values": of_values(first),
        "signed": first.signed,
        "image": picture_uri(probe.scene.image),
        "height": probe.scene.image.shape[0],
        "width": probe.scene.image.shape[1],
        "pixelsInPhoto": probe.scene.segmentation.pixels_in_photo,
        "border": fitted[0].scene.segmentation.border,
        "first": shown,
        "classes": [_fitted(e) | {"called": called[index]} for e, index in zip(explanations, classes, strict=True)],
        "parts": [
            {
                "d": member.scene.segmentation.d,
                "labels": packed_labels(member.scene.segmentation.labels),
                **({} if why else to_fit(member, settings, classes)),
            }
            for member in fitted
        ],
        "inert": packed(probe.scene.inert, "u1"),
        "centers": packed(probe.scene.segmentation.centers),
        "photoShares": packed(probe.scene.segmentation.photo_shares),
        "outlines": _outlines(probe.scene.segmentation.labels),
        "why": why,
        "kernel": {"why": why} if why else kernel_of(probe, settings),
        "penalty": {"why": why} if why else penalty_of(settings),
        "prior": None if settings.prior is None else {"why": why} if why else pull_of(settings),
        "view": {
            "style": view.style,
            "show": view.show if first.signed else "both",
            "top": min(view.num_features, len(first.weights)),
            "opacity": view.opacity,
            "numbers": view.numbers,
            "least": view.min_weight,
            "grey": view.ground == "grey",
            "colors": [view.against_color, view.for_color],
        },
        "drawing": {
            "line": overlay.LINE,
            "weakest": overlay.WEAKEST,
            "flat": overlay.FLAT,
            "texture": overlay.TEXTURE,
            "scale": DIVERGING,
            "tints": ["#{:02x}{:02x}{:02x}".format(*color) for color in tints.tolist()],
        },
    }


def _fitted(e: Explanation) -> dict[str, Any]:
    """The numbers of a class as they were made; those of the fit in the order in which the page reads them."""
    figures = [e.intercept, e.r2, e.local_prediction, e.model_score, e.effective_samples]
    return {
        "index": e.settings.class_index,
        "name": e.class_name,
        "weights": packed(e.weights),
        "errors": packed(e.standard_error),
        "share": packed(e.prior_share),
        **({"entered": packed(e.entry_places, "<u4")} if len(e.entered) else {}),
        "figures": packed(np.array(figures)),
        "parts": [packed(member.weights) for member in e.members or (e,)],
    }


def _outlines(labels: Labels) -> list[list[str]]:
    """For each superpixel its outlines, as `overlay` draws them: points (column, row) in pixels of the photo."""
    width = overlay.LINE * _FINE * max(labels.shape)
    found: list[list[str]] = [[] for _ in range(int(labels.max()) + 1)]
    for superpixel, mask, corner in members(labels):
        # Moved inwards by half of the line and its casing, so that neighbors have theirs side by side.
        for loop in loops(mask, corner, _FINE, inset=0.9 * width, shortest=12 * width):
            found[superpixel].append(packed(loop[::3, ::-1] / _FINE, "<f4"))
    return found
