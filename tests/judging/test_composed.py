"""Of composed pictures the truth is known, and what lies inside of it is counted."""

from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from tests.judging.conftest import EXACT
from tests.support.planted import BLACK, textured_picture

LEFT = lc.load_picture(np.full((40, 60, 3), 200, dtype=np.uint8), name="light")
RIGHT = lc.load_picture(np.full((90, 30, 3), 20, dtype=np.uint8), name="dark")


def test_each_photo_fills_its_half():
    composed = lc.compose(LEFT, RIGHT, 64, 81)
    assert (composed.picture.height, composed.picture.width) == (64, 81)
    assert (composed.picture.pixels[:, :40] == 200).all()
    assert (composed.picture.pixels[:, 40:] == 20).all()
    assert composed.picture.name == "light beside dark"


def test_photos_are_cut_around_their_middle_and_never_squashed():
    pixels = np.zeros((64, 128, 3), dtype=np.uint8)
    pixels[24:40, 56:72] = 255  # a square in the middle
    half = lc.compose(lc.load_picture(pixels), LEFT, 64, 64).picture.pixels[:, :32]
    rows, columns = np.nonzero(half[..., 0] > 127)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (24, 39, 8, 23)


@pytest.mark.parametrize("fit", ["crop", "squash", "pad"])
@pytest.mark.parametrize("size", [(32, 32), (32, 48), (48, 30)], ids=str)
@pytest.mark.parametrize(
    "composed", [lc.compose(LEFT, RIGHT), lc.compose(LEFT, RIGHT, 200, 300)], ids=["square", "wide"]
)
def test_the_truth_is_where_the_model_sees_the_photo(fit, size, composed):
    model = lc.wrap_model(lambda pictures: pictures.mean(axis=(1, 2)), kind="values", input_size=size, fit=fit)
    view = model.view(composed.picture)[..., 0]
    left, right = composed.truth(model), composed.truth(model, side="right")
    assert left.shape == view.shape == size
    assert not left.flags.writeable
    assert not (left & right).any()
    # Pixels on the seam are a mixture of both photos.
    assert left[view == 200].all()
    assert right[view == 20].all()
    assert left.any()
    assert right.any()
    if fit != "pad":
        assert (left | right).all()


def test_what_explains_the_left_photo_lies_on_the_left():
    composed = lc.compose(textured_picture(1, 64), textured_picture(2, 64), 32, 32)
    effects = np.random.default_rng(0).uniform(0.1, 1, (32, 16))

    def predict(pictures):
        return (pictures[:, :, :16].mean(axis=3) * effects).sum(axis=(1, 2))[:, None]

    model = lc.wrap_model(predict, kind="values", name="left only")
    e = lc.explain_image(composed.picture, model, 0, 100, lc.Grid(4, 4), BLACK, **EXACT)
    left, right = composed.truth(model), composed.truth(model, "right")
    assert lc.pointing_game(e, left) == 1
    assert lc.pointing_game(e, right) == 0
    assert lc.relevance_mass_accuracy(e, left) == pytest.approx(1, abs=1e-6)
    assert lc.relevance_mass_accuracy(e, right) == pytest.approx(0, abs=1e-6)
    rng = np.random.default_rng(0)
    shuffled = [replace(e, weights=rng.permutation(e.weights)) for _ in range(10)]
    assert np.mean([lc.pointing_game(each, left) for each in shuffled]) < 1
    assert max(lc.relevance_mass_accuracy(each, left) for each in shuffled) < 0.9


def test_a_model_that_looks_beside_the_object_is_explained_faithfully_and_fails_the_pointing_game(e, planted):
    truth = np.zeros((32, 32), dtype=bool)
    truth[e.segments == int(e.weights.argmin())] = True  # what people would point at
    assert lc.fidelity(e, planted).pearson == pytest.approx(1)
    assert lc.pointing_game(e, truth) == lc.relevance_mass_accuracy(e, truth) == 0


def test_the_highest_pixel_counts_and_equal_ones_share():
    truth = np.array([[True, True, False, False]])
    assert lc.pointing_game(np.array([[1.0, 5.0, 4.0, -9.0]]), truth) == 1
    assert lc.pointing_game(np.array([[1.0, 4.0, 5.0, -9.0]]), truth) == 0
    assert lc.pointing_game(np.array([[1.0, 5.0, 5.0, 5.0]]), truth) == pytest.approx(1 / 3)
    assert lc.pointing_game(np.zeros((1, 4)), truth) == 0.5  # the truth's share of the area


def test_the_border_of_a_padded_photo_is_never_the_highest():
    photo = np.random.default_rng(0).integers(60, 250, (16, 64, 3), dtype=np.uint8)
    model = lc.wrap_model(lambda pictures: pictures.mean(axis=(1, 2)), kind="values", input_size=(32, 32), fit="pad")
    e = lc.explain_image(photo, model, 0, 50, lc.Grid(1, 4), BLACK)
    truth = np.zeros((32, 32), dtype=bool)
    truth[12:20, 16:] = True
    assert lc.pointing_game(replace(e, weights=np.array([-3.0, -2.0, -1.0, -1.0, 0.0])), truth) == 1


def test_the_mass_is_that_of_what_speaks_for_the_class():
    truth = np.array([[True, True, False, False]])
    assert lc.relevance_mass_accuracy(np.array([[1.0, 2.0, 1.0, 0.0]]), truth) == pytest.approx(0.75)
    assert lc.relevance_mass_accuracy(np.array([[1.0, 2.0, 1.0, -5.0]]), truth) == pytest.approx(0.75)
    assert lc.relevance_mass_accuracy(np.ones((1, 4)), truth) == pytest.approx(0.5)
    assert np.isnan(lc.relevance_mass_accuracy(np.array([[0.0, -1.0, 0.0, 0.0]]), truth))


@pytest.mark.parametrize("figure", [lc.pointing_game, lc.relevance_mass_accuracy])
def test_a_truth_of_anything_else_is_refused(figure):
    with pytest.raises(ValueError, match=r"relevance and truth must have the same shape, got \(2, 2\) and \(2, 3\)"):
        figure(np.zeros((2, 2)), np.ones((2, 3), dtype=bool))
    with pytest.raises(ValueError, match="truth must be bool with at least one True"):
        figure(np.zeros((2, 2)), np.ones((2, 2)))
    with pytest.raises(ValueError, match="truth must be bool with at least one True"):
        figure(np.zeros((2, 2)), np.zeros((2, 2), dtype=bool))


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match=r"height must lie in \[32, 2048\], got 8"):
        lc.compose(LEFT, RIGHT, height=8)
    with pytest.raises(ValueError, match="side must be one of left, right"):
        lc.compose(LEFT, RIGHT).truth(lc.wrap_model(lambda pictures: pictures.mean(axis=(1, 2))), "top")
    with pytest.raises(ValueError, match="right must be a photo"):
        lc.compose(LEFT, 7)
