"""A map of pixels sums to the weights of its superpixels, and what it is of is known or refused."""

import numpy as np
import pytest

import lime_core as lc
from lime_core.judging.relevance import Subject, relevance_map
from tests.support.planted import BLACK, GRID, AdditiveModel, textured_picture


def test_each_superpixel_spreads_its_weight_evenly(e):
    found = relevance_map(e)
    assert found.shape == (32, 32)
    sums = np.bincount(e.segments.ravel(), weights=found.ravel())
    np.testing.assert_allclose(sums, e.weights, atol=1e-12)
    for label in range(16):
        assert len(np.unique(found[e.segments == label])) == 1


def test_of_several_segmentations_it_is_the_mean(several, picture, planted):
    found = relevance_map(several)
    np.testing.assert_allclose(found, np.mean([relevance_map(member) for member in several.members], axis=0))
    sums = np.bincount(several.segments.ravel(), weights=found.ravel())
    np.testing.assert_allclose(sums, several.weights, atol=1e-12)
    subject = Subject.of(several, picture, planted, None)
    np.testing.assert_array_equal(subject.scene(subject.spec).segmentation.labels, several.segments)


def test_an_array_is_taken_as_it_is_and_cannot_be_written_to():
    given = np.arange(12, dtype=np.float32).reshape(3, 4)
    found = relevance_map(given)
    np.testing.assert_array_equal(found, given)
    assert found.dtype == np.float64
    assert not found.flags.writeable
    given[0, 0] = 7
    assert found[0, 0] == 0


@pytest.mark.parametrize(
    ("relevance", "said"),
    [
        (np.zeros(4), r"relevance must have the shape \(any, any\)"),
        (np.full((2, 2), np.nan), "relevance must be finite"),
        (np.zeros((2, 2), dtype=complex), "relevance must hold numbers"),
    ],
    ids=["shape", "nan", "complex"],
)
def test_what_is_no_map_is_refused(relevance, said):
    with pytest.raises(ValueError, match=said):
        relevance_map(relevance)
    with pytest.raises(TypeError, match="relevance must be an Explanation or an array"):
        relevance_map([[0.0, 1.0]])


def test_the_map_of_a_padded_photo_says_nothing_of_its_border():
    wide = lc.load_picture(textured_picture().pixels[:16])
    model = lc.wrap_model(AdditiveModel(textured_picture()), kind="values", input_size=(32, 32), fit="pad")
    e = lc.explain(lc.probe_image(wide, model, 100, GRID, BLACK), 0)
    found = relevance_map(e)
    assert not found[e.segments == e.scene.segmentation.border].any()
    own, array = Subject.of(e, None, None, None), Subject.of(np.zeros((32, 32)), wide, model, 0)
    assert own.part == array.part == (slice(8, 24), slice(0, 32))
    np.testing.assert_array_equal(own.image, array.image)


def test_an_array_needs_its_picture_and_has_the_size_of_the_view(picture, planted):
    with pytest.raises(ValueError, match="picture must be given for a relevance that is an array"):
        Subject.of(np.zeros((32, 32)), None, planted, None)
    with pytest.raises(ValueError, match="model must be given for a relevance that is an array"):
        Subject.of(np.zeros((32, 32)), picture, None, None)
    with pytest.raises(ValueError, match=r"relevance must have the shape \(32, 32\), got \(16, 32\)"):
        Subject.of(np.zeros((16, 32)), picture, planted, None)


def test_an_explanation_has_a_picture_and_a_class_of_its_own(e, picture, planted):
    assert Subject.of(e, picture, planted, None).class_index == 0
    assert Subject.of(e, None, planted, "third").class_index == 2
    with pytest.raises(ValueError, match="picture must be the one that was explained"):
        Subject.of(e, textured_picture(5), planted, None)
