"""Each hiding makes the picture that it is named for."""

import numpy as np
import pytest

import lime_core as lc


@pytest.fixture
def scene():
    image = np.random.default_rng(0).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    return image, lc.segment(image, lc.Grid(3, 3)).labels


def test_superpixel_mean_is_limes_fudged_image(scene):
    image, labels = scene
    fudged = image.copy()
    for x in np.unique(labels):
        fudged[labels == x] = [np.mean(image[labels == x][:, c]) for c in range(3)]
    np.testing.assert_array_equal(lc.SuperpixelMean()(image, labels), fudged)


def test_a_flat_superpixel_stays_as_it_is_under_its_mean():
    image = np.zeros((4, 4, 3), dtype=np.uint8)
    image[:, 2:] = 7
    labels = lc.segment(image, lc.Grid(1, 2)).labels
    np.testing.assert_array_equal(lc.SuperpixelMean()(image, labels), image)


def test_color_fills_everything_with_that_color(scene):
    assert (lc.Color(color=(1, 2, 3))(*scene) == [1, 2, 3]).all()


def test_image_mean_is_one_color_rounded_down(scene):
    image, labels = scene
    assert (lc.ImageMean()(image, labels) == np.floor(image.mean(axis=(0, 1)))).all()


def test_blur_keeps_a_flat_picture_and_smooths_another(scene):
    image, labels = scene
    assert (lc.Blur()(np.full_like(image, 99), labels) == 99).all()
    assert lc.Blur(sigma=3.0)(image, labels).std() < image.std() / 3


def test_noise_depends_on_its_seed_only(scene):
    np.testing.assert_array_equal(lc.Noise(seed=4)(*scene), lc.Noise(seed=4)(*scene))
    assert (lc.Noise(seed=4)(*scene) != lc.Noise(seed=5)(*scene)).any()
