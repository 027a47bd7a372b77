"""Objects that predict are models, and labels are no answers."""

import numpy as np
import pytest
import torch
from sklearn.svm import LinearSVC

import lime_core as lc

GRID = lc.Grid(3, 3)


@pytest.mark.parametrize(
    "labels",
    [
        np.zeros(1, int),
        np.zeros((1, 3), int),
        np.zeros((1, 3), np.uint8),
        np.ones((1, 2), bool),
        np.array(["cat"]),
        np.array([["cat", "dog"]]),
        np.array(["cat"], object),
    ],
    ids=lambda labels: f"{labels.dtype}{labels.shape}",
)
def test_labels_are_no_answers(labels, picture):
    class Labels:
        def predict(self, pictures):
            return np.repeat(labels, len(pictures), axis=0)

    message = r"Labels.predict returns a label for each picture .* give a predict_proba or another function"
    for model in (Labels(), Labels().predict):
        with pytest.raises(lc.BadScores, match=message):
            lc.explain_image(picture, model, segmenter=GRID)
        with pytest.raises(lc.BadScores, match=message):
            lc.wrap_model(model, kind="values").top(picture)


def test_a_classifier_without_probabilities_is_refused_though_its_labels_are_floats(picture):
    flat, labels = np.random.default_rng(0).random((20, 4)), np.arange(20) % 2
    flat[:, 0] += labels

    class Flat(LinearSVC):
        def predict(self, pictures):
            return super().predict(pictures.reshape(len(pictures), -1)[:, :4])

    fitted, later = Flat().fit(flat, labels.astype(float)), Flat()
    message = "must return probabilities, and the predict of a Flat, which has classes_, returns labels: give a predict"
    for model in (fitted, fitted.predict):
        for name, call in (("model", lc.load_model), ("predict", lc.wrap_model)):
            with pytest.raises(TypeError, match=f"^{name} {message}"):
                call(model)
        with pytest.raises(TypeError, match=f"^classifier_fn {message}"):
            lc.LimeImageExplainer().explain_instance(picture.pixels, model, segmentation_fn=GRID)
    wrapped = lc.load_model(later)
    later.fit(flat, labels.astype(float))
    with pytest.raises(lc.BadScores, match=r"Flat.predict returns a label for each picture \(float64\)"):
        wrapped.top(picture)
    assert lc.load_model(lambda pictures: fitted.predict(pictures)).top(picture)  # a plain function is believed


@pytest.mark.parametrize("returned", [object(), [[1.0], [1.0, 2.0]], torch.zeros(1, 2, requires_grad=True)])
def test_what_predict_returns_in_place_of_numbers_is_bad_scores(returned, picture):
    class Odd:
        def predict(self, pictures):
            return returned

    with pytest.raises(lc.BadScores):
        lc.load_model(Odd()).top(picture)


@pytest.mark.parametrize("take", [lc.load_model, lc.wrap_model])
def test_a_torch_module_says_which_call_takes_it(take):
    with pytest.raises(ValueError, match=r"^(model|predict) is a torch module, .*: use torch_classifier$"):
        take(torch.nn.Linear(2, 2))
