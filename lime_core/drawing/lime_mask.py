"""Picture and mask as `lime`'s `get_image_and_mask` makes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lime_core.arguments import number, switch, whole
from lime_core.arrays import Labels, Pixels, Weights
from lime_core.drawing.heatmap import check_explained


def image_and_mask(
    image: Pixels,
    segments: Labels,
    weights: Weights,
    features: NDArray[np.integer],
    *,
    positive_only: bool = True,
    negative_only: bool = False,
    hide_rest: bool = False,
    num_features: int = 5,
    min_weight: float = 0.0,
) -> tuple[NDArray[np.uint8] | NDArray[np.float64], Labels]:
    """Make what `lime` 0.2.0.1's `get_image_and_mask` returns, bit for bit.

    Parameters
    ----------
    image : (h, w, 3) uint8
        The crop that was explained.
    segments : (h, w) int32
        Its superpixels, 0..d-1.
    weights : (d,) float64
        Their weights, in the unit of the score.
    features : (f,) integers
        The superpixels that the surrogate was given, in the order of their selection.
    positive_only : bool, default True
        Whether to show only superpixels with a weight above zero and above `min_weight`.
    negative_only : bool, default False
        Whether to show only those with a weight below zero and below -`min_weight`.
    hide_rest : bool, default False
        Whether to put zeros around the superpixels that are shown.
    num_features : int, default 5
        How many superpixels at most, those with the largest |weight| first.
    min_weight : float, default 0
        With both signs, superpixels below this |weight| are left out, of the first `num_features`.

    Returns
    -------
    picture : (h, w, 3) uint8, or float64 when `hide_rest`
        With both signs, superpixels for the class are full green and those against it full red.
    mask : (h, w) int32
        1 for, -1 against (with one sign only: 1 where shown) and 0 elsewhere.

    Raises
    ------
    ValueError
        For arrays that do not fit together, and when both flags are true.

    References
    ----------
    Package `lime` 0.2.0.1, `lime_image.ImageExplanation.get_image_and_mask`.
    """
    check_explained(image, segments, weights)
    ids = np.asarray(features, dtype=np.intp)
    order = ids[np.argsort(-np.abs(weights[ids]), kind="stable")]
    return picture_and_mask(
        image,
        segments,
        [(int(superpixel), float(weights[superpixel])) for superpixel in order],
        positive_only=switch("positive_only", positive_only),
        negative_only=switch("negative_only", negative_only),
        hide_rest=switch("hide_rest", hide_rest),
        num_features=whole("num_features", num_features, 0),
        min_weight=number("min_weight", min_weight, 0),
    )


def picture_and_mask(
    image: NDArray[Any],
    segments: NDArray[Any],
    ranked: Sequence[tuple[int, float]],
    *,
    positive_only: bool,
    negative_only: bool,
    hide_rest: bool,
    num_features: int,
    min_weight: float,
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Do the same for an image of any dtype and superpixels of any ids.

    Parameters
    ----------
    image : (h, w, c) array
        What was explained.
    segments : (h, w) array
        Its superpixels.
    ranked : sequence of (int, float)
        Superpixels and their weights, the largest |weight| first.
    positive_only, negative_only, hide_rest, num_features, min_weight : bool, bool, bool, int and float
        As of `image_and_mask`.

    Returns
    -------
    picture, mask : (h, w, c) array and (h, w) array
        As of `image_and_mask`; the mask in the dtype of the segments, where that has a sign.

    Raises
    ------
    ValueError
        When both flags are true.
    """
    if positive_only and negative_only:
        raise ValueError(
            "positive_only and negative_only cannot both be True; set both to False to get both signs, "
            "or positive_only=False to get what speaks against the class"
        )
    if positive_only or negative_only:
        sign = 1.0 if positive_only else -1.0
        chosen = [(s, 1) for s, weight in ranked if sign * weight > 0 and sign * weight > min_weight][:num_features]
    else:
        chosen = [(s, -1 if weight < 0 else 1) for s, weight in ranked[:num_features] if abs(weight) >= min_weight]
    picture = np.zeros(image.shape) if hide_rest else image.copy()
    mask = np.zeros(segments.shape, segments.dtype if segments.dtype.kind in "if" else np.int64)
    for superpixel, side in chosen:
        inside = segments == superpixel
        picture[inside], mask[inside] = image[inside], side
        if not (positive_only or negative_only):
            picture[inside, 1 if side > 0 else 0] = image.max()
    return picture, mask
