"""Summaries of a picture's explanations: what they keep, and what makes none."""

from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from lime_core.priors.summary import summary_bytes
from tests.support.planted import BLACK, GRID, AdditiveModel, textured_picture


def test_a_summary_keeps_looks_unless_it_is_told_not_to(probe):
    e = lc.explain(probe, 0)
    found = lc.PictureSummary.of([e])
    assert found.looks.shape == (16, 32, 32, 3)
    assert found.nbytes > found.looks.nbytes
    hidden = lc.PictureSummary.of([e], looks=False)
    assert hidden.looks is None
    assert hidden.nbytes == found.nbytes - found.looks.nbytes
    for looks in (found.looks[:3], found.looks.astype(float)):
        with pytest.raises(ValueError, match="looks must"):
            replace(found, looks=looks)


def test_superpixels_that_cannot_be_explained_are_left_out(planted):
    pixels = textured_picture().pixels.copy()
    pixels[:8, :8] = 0
    probe = lc.probe_image(lc.load_picture(pixels), planted, 100, segmenter=GRID, hiding=BLACK)
    found = lc.PictureSummary.of([lc.explain(probe, 0)])
    assert found.features.shape[0] == found.weights.shape[1] == len(found.looks) == 15


def test_a_picture_that_hiding_does_not_change_makes_no_summary(planted):
    flat = lc.load_picture(np.full_like(textured_picture().pixels, 90))
    probe = lc.probe_image(flat, planted, 20, segmenter=GRID)
    with pytest.raises(lc.BadPicture, match="Hiding changes no superpixel"):
        lc.PictureSummary.of([lc.explain(probe, 0)])


def test_explanations_of_different_probes_make_no_summary(probe, picture, planted):
    other = lc.probe_image(picture, planted, 50, segmenter=GRID, hiding=BLACK, seed=1)
    with pytest.raises(ValueError, match="must be of one probe"):
        lc.PictureSummary.of([lc.explain(probe, 0), lc.explain(other, 1)])


def test_explanations_of_different_scores_make_no_summary(probe):
    with pytest.raises(ValueError, match="weights of one kind"):
        lc.PictureSummary.of([lc.explain(probe, 0), lc.explain(probe, 1, surrogate=lc.Tree())])
    photo = textured_picture()
    logits = lc.wrap_model(AdditiveModel(photo), kind="logits", name="planted")
    asked = lc.probe_image(photo, logits, 60, segmenter=GRID, hiding=BLACK)
    with pytest.raises(ValueError, match="probability of probability, log-odds of log-odds"):
        lc.PictureSummary.of([lc.explain(asked, 0, space="probability"), lc.explain(asked, 1, space="log-odds")])


@pytest.mark.parametrize("size", [1.0, 2.0**140, 2.0**-200, 2.0**1020])
def test_weights_of_any_size_are_kept_with_the_digits_of_32_bits(probe, size):
    e = lc.explain(probe, 0)
    found = lc.PictureSummary.of([replace(e, weights=e.weights * size)])
    np.testing.assert_array_equal(found.weights[0], e.weights.astype(np.float32).astype(np.float64) * size)
    np.testing.assert_array_equal(lc.load_summary(summary_bytes(found)).weights, found.weights)


def test_a_summary_of_before_with_weights_of_32_bits_is_read(summaries):
    earlier = replace(summaries[3], weights=summaries[3].weights.astype(np.float32))
    read = lc.load_summary(summary_bytes(earlier)).weights
    assert read.dtype == np.float64
    np.testing.assert_array_equal(read, earlier.weights)


def test_crops_know_the_photo_that_they_were_cut_from():
    photo = textured_picture()
    planted = lc.wrap_model(AdditiveModel(photo), kind="values", name="planted", input_size=(32, 32))
    parts = lc.crops(photo, 3)
    for segmenter in (GRID, [lc.Grid(2, 2), GRID]):
        explained = [lc.explain_image(part, planted, 0, 60, segmenter=segmenter, hiding=BLACK) for part in parts]
        found = [lc.PictureSummary.of([e]) for e in explained]
        assert {one.crop_of for one in found} == {photo.digest}
        prior = lc.build_prior(found, 3, clusters=4)
        assert prior.built_from(photo.digest)
        assert prior.built_from(parts[1].digest)
    whole = lc.PictureSummary.of([lc.explain_image(photo, planted, 0, 60, segmenter=GRID, hiding=BLACK)])
    assert whole.crop_of == ""


def test_a_summary_is_read_back_as_it_was_written(summaries, tmp_path):
    again = lc.load_summary(lc.save_summary(summaries[3], tmp_path / "one.npz"))
    for name in ("features", "places", "weights", "classes"):
        np.testing.assert_array_equal(getattr(again, name), getattr(summaries[3], name))
        assert getattr(again, name).dtype == getattr(summaries[3], name).dtype
    assert (again.picture, again.made_by) == (summaries[3].picture, summaries[3].made_by)


def test_a_summary_keeps_the_photo_it_was_cut_from(summaries, tmp_path):
    part = replace(summaries[3], crop_of="a" * 64)
    assert lc.load_summary(lc.save_summary(part, tmp_path / "one.npz")).crop_of == "a" * 64
    assert lc.load_summary(lc.save_summary(summaries[3], tmp_path / "two.npz")).crop_of == ""
