"""Pictures made of masks: shown above a half, new each time, and of what they are made nothing is changed."""

import numpy as np

from lime_core.engines.masking import Masking
from tests.engines.conftest import shown


def test_a_superpixel_is_shown_above_a_half(scene):
    masks = np.random.default_rng(0).choice([0.0, 0.25, 0.5, 0.75, 1.0], (7, 16)).astype(np.float32)
    pictures = Masking(*scene)(masks)
    np.testing.assert_array_equal(pictures, shown(np.float32(masks > 0.5), scene))
    assert pictures.dtype == np.uint8


def test_no_mask_makes_no_picture(scene):
    assert Masking(*scene)(np.zeros((0, 16), dtype=np.float32)).shape == (0, *scene[0].shape)


def test_pictures_may_be_written_to(scene):
    masking, kept = Masking(*scene), [part.copy() for part in scene]
    masks = np.ones((2, 16), dtype=np.float32)
    first = masking(masks)
    expected = first.copy()
    first[:] = 7
    np.testing.assert_array_equal(masking(masks), expected)
    for part, before in zip(scene, kept, strict=True):
        np.testing.assert_array_equal(part, before)
