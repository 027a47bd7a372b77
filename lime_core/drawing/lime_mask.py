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
    """What `lime` 0.2.0.1's `get_image_and_mask` returns, bit for bit.

    `features` (f,) are the superpixels that the surrogate was given, in the order of their selection.  The picture
    (h, w, 3) is uint8, or float64 with zeros around the superpixels when `hide_rest`; with both signs, superpixels
    for the class are full green and those against it full red.  The mask (h, w) int32 is 1 for, -1 against (with one
    sign only: 1 where shown) and 0 elsewhere.

    Raises
    ------
    ValueError
        for arrays that do not fit together, and when both flags are true.
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
        chosen = order[(signed > 0) & (signed > min_weight)][:num_features]
    else:
        chosen = order[:num_features]
        chosen = chosen[np.abs(weights[chosen]) >= min_weight]

    sign_of = np.zeros(len(weights), dtype=np.int32)
    sign_of[chosen] = 1 if one_sign else np.where(weights[chosen] < 0, -1, 1)
    mask = sign_of[segments]
    drawn = np.where((mask != 0)[..., None], image, 0.0) if hide_rest else image.copy()
    if not one_sign:
        drawn[mask > 0, 1] = image.max()
        drawn[mask < 0, 0] = image.max()
    return drawn, mask
