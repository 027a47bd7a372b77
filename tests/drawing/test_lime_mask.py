"""The picture and the mask are lime's own, to the last bit."""

from itertools import product

import numpy as np
import pytest
from lime.lime_image import ImageExplanation

from lime_core.drawing.lime_mask import image_and_mask
from tests.drawing.conftest import D


@pytest.mark.parametrize(("positive_only", "negative_only"), [(True, False), (False, True), (False, False)])
@pytest.mark.parametrize(
    ("hide_rest", "num_features", "min_weight"), list(product((False, True), (0, 5, 100), (0.0, 0.1)))
)
def test_image_and_mask_equals_limes_own_to_the_last_bit(
    image, segments, weights, positive_only, negative_only, hide_rest, num_features, min_weight
):
    features = np.random.default_rng(2).permutation(D)[:14]
    theirs = ImageExplanation(image, segments)
    theirs.local_exp[0] = sorted(
        zip(features, weights[features], strict=True), key=lambda pair: np.abs(pair[1]), reverse=True
    )
    flags = {
        "positive_only": positive_only,
        "negative_only": negative_only,
        "hide_rest": hide_rest,
        "num_features": num_features,
        "min_weight": min_weight,
    }
    wanted_image, wanted_mask = theirs.get_image_and_mask(0, **flags)
    drawn, mask = image_and_mask(image, segments, weights, features, **flags)
    np.testing.assert_array_equal(drawn, wanted_image)
    np.testing.assert_array_equal(mask, wanted_mask)
    assert drawn.dtype == wanted_image.dtype
    assert mask.dtype == wanted_mask.dtype == np.int32


def test_asking_for_only_positive_and_only_negative_says_how_to_ask(image, segments, weights):
    with pytest.raises(ValueError, match="set both to False"):
        image_and_mask(image, segments, weights, np.arange(D), positive_only=True, negative_only=True)
