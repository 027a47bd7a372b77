"""Picture and mask as `lime`'s `get_image_and_mask` makes them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
    if positive_only and negative_only:
        raise ValueError(
            "positive_only and negative_only cannot both be True; set both to False to get both signs, "
            "or positive_only=False to get what speaks against the class"
        )
    ids = np.asarray(features, dtype=np.intp)
    order = ids[np.argsort(-np.abs(weights[ids]), kind="stable")]
    one_sign = positive_only or negative_only
    if one_sign:
        signed = weights[order] if positive_only else -weights[order]
        selected = order[(signed > 0) & (signed > min_weight)][:num_features]
    else:
        selected = order[:num_features]
        selected = selected[np.abs(weights[selected]) >= min_weight]

    sign_of = np.zeros(len(weights), dtype=np.int32)
    sign_of[selected] = 1 if one_sign else np.where(weights[selected] < 0, -1, 1)
    mask = sign_of[segments]
    picture = np.where((mask != 0)[..., None], image, 0.0) if hide_rest else image.copy()
    if not one_sign:
        picture[mask > 0, 1] = image.max()
        picture[mask < 0, 0] = image.max()
    return picture, mask
