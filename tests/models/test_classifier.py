"""A classifier answers in classes and probabilities, and refuses what it cannot read."""

import numpy as np
import pytest
import torch

import lime_core as lc


def test_the_real_model_sees_a_cat(lite0, chelsea):
    top = lite0.top(chelsea, 5)
    names = [name for _, name, _ in top]
    assert "Egyptian cat" in names[:2]
    probabilities = [p for _, _, p in top]
    assert probabilities == sorted(probabilities, reverse=True)
    assert 0 < sum(probabilities) <= 1


@pytest.mark.parametrize(("photo", "name"), [("coffee", "espresso"), ("china", "palace")])
def test_the_real_model_names_what_the_photos_show(lite0, photo, name):
    assert lite0.top(lc.gallery_picture(photo), 1)[0][1] == name


def test_probabilities_of_whole_pictures_sum_to_one(lite0, chelsea):
    view = lite0.view(chelsea)
    probabilities = lite0.probabilities(np.stack([view, view[::-1]]))
    assert probabilities.shape == (2, 1000)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-5)
    assert probabilities[0].max() == pytest.approx(lite0.top(chelsea, 1)[0][2], abs=1e-6)


def test_pictures_of_another_size_or_kind_are_refused(lite0):
    with pytest.raises(ValueError, match=r"batch must have the shape \(any, 224, 224, 3\), got \(1, 100, 100, 3\)"):
        lite0.probabilities(np.zeros((1, 100, 100, 3), dtype=np.uint8))
    with pytest.raises(ValueError, match="batch must hold uint8"):
        lite0.probabilities(np.zeros((1, 224, 224, 3), dtype=np.float32))


def test_a_single_output_becomes_two_classes(picture):
    model = lc.wrap_model(lambda pictures: np.full(len(pictures), 0.8), class_names=("no", "yes"))
    assert model.top(picture, 2) == [(1, "yes", pytest.approx(0.8)), (0, "no", pytest.approx(0.2))]


def test_a_model_of_values_ranks_them(picture):
    model = lc.wrap_model(lambda pictures: np.tile([3.0, -1.0, 9.0], (len(pictures), 1)), kind="values")
    assert model.top(picture, 2) == [(2, "output 2", 9.0), (0, "output 0", 3.0)]


def test_two_functions_of_one_name_are_two_models():
    one, other = lc.wrap_model(lambda pictures: pictures), lc.wrap_model(lambda pictures: pictures)
    assert one.name != other.name


def test_an_input_size_crops_the_photo_as_a_model_would(picture):
    model = lc.wrap_model(lambda pictures: np.ones((len(pictures), 2)) / 2, input_size=(16, 24))
    assert model.view(picture).shape == (16, 24, 3)
    assert lc.wrap_model(lambda pictures: pictures).view(picture) is picture.pixels


def test_logits_called_probabilities_are_noticed(picture):
    model = lc.wrap_model(lambda pictures: np.tile([3.0, -1.0], (len(pictures), 1)))
    with pytest.raises(lc.BadScores, match='kind="logits"'):
        model.top(picture)


def test_a_single_logit_becomes_two_classes(picture):
    model = lc.wrap_model(lambda pictures: np.full(len(pictures), 2.0), kind="logits", class_names=("no", "yes"))
    assert model.top(picture, 1) == [(1, "yes", pytest.approx(1 / (1 + np.exp(-2.0))))]


def test_an_answer_without_classes_is_refused():
    module = torch.nn.Flatten(0)
    with pytest.raises(lc.BadScores, match=r"given 4 pictures and returned a tensor of shape \(768, 1\)"):
        lc.torch_classifier("flat", module, lc.Preprocessing(8, 8, 8), (), engine="torch")


def test_a_model_is_written_as_one_short_line(lite0):
    assert repr(lite0) == (
        f"<Classifier efficientnet_lite0: logits of 1000 classes, 224 × 224 pixels, {lite0.engine.description}>"
    )
    model = lc.wrap_model(lambda pictures: pictures, kind="values", name="m")
    assert repr(model) == "<Classifier m: values of unnamed classes, pictures of any size, Python function · m>"


def test_names_that_no_file_can_hold_are_written_so_that_it_can(counting, picture, tmp_path):
    model = lc.wrap_model(counting, kind="values", name="net \udce9", class_names=("one \ud800", "two", "three"))
    assert (model.name, model.class_names[0]) == ("net ?", "one ?")
    lc.explain_image(picture, model, 0, 20, segmenter=lc.Grid(2, 2)).save(tmp_path)


def test_a_function_may_work_in_place(picture):
    def in_place(pictures):
        pictures[:] = 255 - pictures
        return pictures.mean(axis=(1, 2))

    model = lc.wrap_model(in_place, kind="values")
    expected = 255 - picture.pixels.mean(axis=(0, 1))
    assert [score for _, _, score in sorted(model.top(picture, 3))] == pytest.approx(expected, abs=1e-3)
    assert lc.explain_image(picture, model, 0, 20, segmenter=lc.Grid(2, 2)).model_score == pytest.approx(
        expected[0], abs=1e-3
    )
