"""Pixels go in the order of the map, in buckets of equal area, and fills are what they are said to be."""

import numpy as np
import pytest

import lime_core as lc
from lime_core.judging.flipping import buckets
from tests.judging.conftest import BLACK_AND_GREY
from tests.support.planted import textured_picture


def test_buckets_hold_the_pixels_in_the_order_of_the_map():
    relevance = np.array([[5.0, 1.0, 9.0], [7.0, 3.0, 2.0]])
    assert buckets(relevance, 3).tolist() == [[1, 2, 0], [0, 1, 2]]
    assert buckets(relevance, 2).tolist() == [[0, 1, 0], [0, 1, 1]]
    assert buckets(relevance, 6).tolist() == [[2, 5, 0], [1, 3, 4]]


def test_equal_pixels_go_in_an_order_that_knows_no_place():
    found = buckets(np.zeros((60, 60)), 6)
    rows, columns = np.indices(found.shape)
    for bucket in range(6):
        for places in (rows, columns):
            assert places[found == bucket].mean() == pytest.approx(29.5, abs=3.0)  # standard error 0.7
    np.testing.assert_array_equal(found, buckets(np.full((60, 60), 3.0), 6))
    first = buckets(np.array([[0.0, 1.0, 0.0, 1.0]]), 4)[0]
    assert sorted(first[[1, 3]]) == [0, 1]
    np.testing.assert_array_equal(buckets(np.array([[-0.0, 0.0]]), 2), buckets(np.array([[0.0, 0.0]]), 2))


@pytest.mark.parametrize(("shape", "steps"), [((7, 9), 20), ((32, 32), 20), ((16, 16), 2), ((5, 5), 25)], ids=str)
def test_areas_are_equal_to_one_pixel_and_none_is_empty(shape, steps):
    found = buckets(np.random.default_rng(0).normal(size=shape), steps)
    sizes = np.bincount(found.ravel())
    assert len(sizes) == steps
    assert 0 < sizes.max() - sizes.min() + 1 <= 2


def test_the_border_is_in_no_bucket():
    relevance = np.random.default_rng(0).normal(size=(8, 8))
    part = (slice(2, 6), slice(0, 8))
    found = buckets(relevance, 4, part)
    np.testing.assert_array_equal(found[part], buckets(relevance[part], 4))
    assert (np.delete(found, np.s_[2:6], axis=0) == 4).all()
    with pytest.raises(ValueError, match="steps must be at most 32, the photo's pixels"):
        buckets(relevance, 33, part)


def test_a_spec_for_each_fill_says_all_that_its_rows_depend_on(e, picture, planted):
    flipping = lc.PixelFlipping(fills=BLACK_AND_GREY)
    specs = flipping.specs(e)
    assert [spec.hiding for spec in specs] == list(BLACK_AND_GREY)
    assert specs == flipping.specs(e.pixel_weights(), picture, planted)
    assert specs == flipping.specs(3 * e.pixel_weights() + 1, picture, planted)
    assert specs != flipping.specs(-e.pixel_weights(), picture, planted)
    assert flipping.rows == 40


def test_superpixel_means_are_those_of_the_explanation_or_of_given_segments(e, picture, planted):
    own = lc.SuperpixelMean()(picture.pixels, e.segments)
    [spec] = lc.PixelFlipping(fills=(lc.SuperpixelMean(),)).specs(e)
    hidden = lc.open_probe(spec, picture, planted).scene.hidden
    np.testing.assert_array_equal(hidden, own)
    for segments in (e.segments, lc.LabelMap.of(e.segments), e.scene.segmentation):
        given = lc.PixelFlipping(fills=("superpixel_mean",), segments=segments)
        assert given.specs(e) == (spec,)
        assert given.specs(e.pixel_weights(), picture, planted) == (spec,)
    assert lc.ProbeSpec.bytes_of([spec]) == 2 * e.segments.nbytes  # the ranking, and the superpixels of the fill
    with pytest.raises(ValueError, match=r"fills with SuperpixelMean\(\) need superpixels: give PixelFlipping its seg"):
        lc.PixelFlipping(fills=(lc.SuperpixelMean(),)).specs(e.pixel_weights(), picture, planted)
    with pytest.raises(ValueError, match=r"segments must have the shape \(32, 32\)"):
        lc.PixelFlipping(fills=(lc.SuperpixelMean(),), segments=np.eye(16, dtype=int)).specs(e)


def test_a_function_sees_superpixels_and_never_the_buckets(e, picture, planted):
    seen = []

    def fill(image, labels):
        seen.append(labels)
        return np.zeros_like(image)

    flipping = lc.PixelFlipping(fills=(fill,))
    for relevance, labels in ((e, e.segments), (e.pixel_weights(), 0 * e.segments)):
        lc.open_probe(flipping.specs(relevance, picture, planted)[0], picture, planted)
        np.testing.assert_array_equal(seen.pop(), labels)


def test_settings_that_mean_nothing_are_refused():
    with pytest.raises(ValueError, match="PixelFlipping: steps must be a whole number"):
        lc.PixelFlipping(steps=1)
    for fills in ((), "blur", lc.Blur(), None):
        with pytest.raises(ValueError, match="fills must be a tuple of at least one hiding"):
            lc.PixelFlipping(fills=fills)
    with pytest.raises(ValueError, match="fills must differ, got one twice"):
        lc.PixelFlipping(fills=(0, lc.Color(0)))
    with pytest.raises(ValueError, match="each of fills must be a hiding: hiding must be one of"):
        lc.PixelFlipping(fills=("water",))
    with pytest.raises(TypeError, match="segments must be a LabelMap"):
        lc.PixelFlipping(segments="quickshift")


def test_there_are_no_more_steps_than_pixels():
    small, model = lc.load_picture(textured_picture().pixels[:16, :16]), lc.wrap_model(lambda x: x.mean(axis=(1, 2)))
    assert lc.PixelFlipping(steps=256).specs(np.zeros((16, 16)), small, model)
    with pytest.raises(ValueError, match="steps must be at most 256"):
        lc.PixelFlipping(steps=257).specs(np.zeros((16, 16)), small, model)
