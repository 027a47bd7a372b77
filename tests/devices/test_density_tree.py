"""The tree that a GPU grows is scikit-image's, pixel by pixel; here it grows on the processor."""

import numpy as np
import pytest
from skimage import segmentation

import lime_core as lc
from lime_core.devices import density_tree as module
from lime_core.devices.density_tree import density_tree, fitting_device
from lime_core.superpixels import quickshift


def both(image, kernel_size=4.0, ratio=0.2, sigma=0.0):
    """Parents and distances of scikit-image and of ours; nothing uphill is infinitely far with both."""
    settings = {"kernel_size": kernel_size, "ratio": ratio, "sigma": sigma}
    _, parents, distances = segmentation.quickshift(image, return_tree=True, **settings)
    parents, distances = np.asarray(parents).ravel(), np.asarray(distances).ravel()
    return (parents, np.where(distances > 1e100, np.inf, distances)), density_tree(image, device="cpu", **settings)


@pytest.mark.parametrize("name", lc.GALLERY)
def test_it_is_scikit_images_on_every_photo_of_the_gallery(name):
    pixels = lc.gallery_picture(name).pixels
    expected, found = both(np.ascontiguousarray(pixels[: 96 * 2 : 2, : 128 * 2 : 2]))
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-12)


@pytest.mark.parametrize(
    "settings",
    [
        {"kernel_size": 1.0},
        {"kernel_size": 2.5, "ratio": 1.0},
        {"kernel_size": 9.0, "ratio": 0.0},
        {"kernel_size": 20.0, "sigma": 2.0},  # a window that is wider than the picture
    ],
)
def test_it_is_scikit_images_with_other_settings(settings):
    image = np.random.default_rng(0).integers(0, 256, (37, 53, 3), dtype=np.uint8)
    expected, found = both(image, **settings)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-12)


def test_one_color_is_cut_by_the_same_noise():
    expected, found = both(np.full((40, 40, 3), 90, dtype=np.uint8))
    np.testing.assert_array_equal(found[0], expected[0])


@pytest.mark.parametrize("shape", [(1, 30, 3), (30, 1, 3), (1, 1, 3)])
def test_a_picture_of_one_line_has_its_tree(shape):
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    expected, found = both(image)
    np.testing.assert_array_equal(found[0], expected[0])


def test_bands_of_a_large_picture_give_the_tree_of_the_whole(monkeypatch):
    image = np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    whole = density_tree(image, 4.0, 0.2, 0.0, "cpu")
    monkeypatch.setattr(module, "_AT_A_TIME", 30 * 25 * 7)  # bands of seven rows, and a last one of five
    banded = density_tree(image, 4.0, 0.2, 0.0, "cpu")
    for one, other in zip(whole, banded, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("there", "used", "device"), [(True, True, "cuda"), (True, False, None), (False, False, None)])
def test_it_grows_on_a_gpu_that_this_process_works_with(monkeypatch, there, used, device):
    monkeypatch.setattr("torch.cuda.is_available", lambda: there)
    monkeypatch.setattr("torch.cuda.is_initialized", lambda: used)
    assert fitting_device() == device


@pytest.mark.parametrize("error", [RuntimeError("CUDA out of memory"), lc.DeviceLost("gone")])
def test_where_the_gpu_cannot_the_processor_grows_the_same(monkeypatch, error):
    def fail(*given):
        raise error

    image = np.random.default_rng(0).integers(0, 256, (31, 33, 3), dtype=np.uint8)
    expected = lc.Quickshift()(image)
    monkeypatch.setattr(quickshift, "fitting_device", lambda: "cuda")
    monkeypatch.setattr(quickshift, "density_tree", fail)
    quickshift._tree.cache_clear()
    np.testing.assert_array_equal(lc.Quickshift()(image), expected)
    monkeypatch.setattr(quickshift, "density_tree", lambda *given: density_tree(*given[:-1], "cpu"))
    quickshift._tree.cache_clear()
    np.testing.assert_array_equal(lc.Quickshift()(image), expected)
