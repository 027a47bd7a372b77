"""Objects that predict are models, and labels are no answers."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
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


@pytest.mark.parametrize("returned", [object(), [[1.0], [1.0, 2.0]], None])
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


def photos(n=24, side=8):
    pictures = np.random.default_rng(0).integers(0, 256, (n, side, side, 3), dtype=np.uint8)
    return pictures, np.where(pictures[..., 0].mean(axis=(1, 2)) > 127, "red", "blue")


def test_an_estimator_of_flat_pictures_is_given_them_flat_and_names_its_classes():
    pictures, labels = photos()
    flat = pictures.reshape(len(pictures), -1)
    fitted = make_pipeline(StandardScaler(), LogisticRegression()).fit(flat, labels)
    model = lc.load_model(fitted)
    assert model.class_names == ("blue", "red")
    np.testing.assert_array_equal(model.outputs(pictures), fitted.predict_proba(flat))
    assert lc.wrap_model(fitted, ("cold", "warm")).class_names == ("cold", "warm")


def test_an_estimator_of_grey_pictures_is_given_their_luma():
    pictures, labels = photos()
    grey = np.repeat(pictures[..., :1], 3, axis=3)
    flat = grey[..., 0].reshape(len(grey), -1)
    fitted = LogisticRegression(max_iter=1000).fit(flat, labels)
    np.testing.assert_array_equal(lc.load_model(fitted).outputs(grey), fitted.predict_proba(flat))


def test_a_pipeline_that_flattens_itself_is_given_pictures():
    pictures, labels = photos()
    flatten = FunctionTransformer(lambda given: given.reshape(len(given), -1))
    fitted = make_pipeline(flatten, LogisticRegression(max_iter=1000)).fit(pictures, labels)
    np.testing.assert_array_equal(lc.load_model(fitted).outputs(pictures), fitted.predict_proba(pictures))


def test_a_regressor_gives_values():
    pictures, _ = photos(300)
    flat, age = pictures.reshape(len(pictures), -1), pictures.mean(axis=(1, 2, 3))
    fitted = LinearRegression().fit(flat, age)
    model = lc.wrap_model(fitted, ("age",), "values", unit="years")
    np.testing.assert_allclose(model.outputs(pictures)[:, 0], age)


class Keras:
    """A model of Keras with a single sigmoid: `predict` says so much as it is not told to be silent."""

    output_names = ("dense_1",)

    def __init__(self):
        self.said = []

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        self.said.append(verbose)
        return x.mean(axis=(1, 2, 3), keepdims=True).reshape(-1, 1).astype(np.float32)


def test_keras_is_silent_and_a_sigmoid_is_two_classes():
    pictures, _ = photos()
    keras = Keras()
    for predict in (keras, keras.predict):
        model = lc.wrap_model(predict, ("bright",), pixel_range=(0, 1))
        assert model.class_names == ("not bright", "bright")
        np.testing.assert_allclose(model.outputs(pictures)[:, 1], pictures.mean(axis=(1, 2, 3)) / 255, atol=1e-6)
    assert keras.said == [0, 0]


class Config:
    def __init__(self, labels, problem_type):
        self.id2label, self.problem_type = labels, problem_type


class Network:
    def __init__(self, labels, problem_type):
        self.config = Config(labels, problem_type)


class Processor:
    def __init__(self, size, crop_size=None, do_center_crop=None):
        self.size, self.crop_size, self.do_center_crop = size, crop_size, do_center_crop


class Pipeline:
    """As transformers' ImageClassificationPipeline: lists of labels with scores, the highest first."""

    def __init__(self, labels, processor=None, problem_type=None):
        self.model = Network(labels, problem_type)
        self.image_processor = processor or Processor({"height": 8, "width": 8})
        self.given = []

    def __call__(self, inputs, top_k=5, function_to_apply=None, batch_size=1, timeout=None):
        self.given.extend(inputs)
        return [self.postprocess(np.asarray(image), top_k) for image in inputs]

    def predict(self, inputs):
        return self(inputs)

    def postprocess(self, pixels, top_k):
        labels = self.model.config.id2label
        logits = np.resize(pixels.mean(axis=(0, 1)) / 64, len(labels)) * np.arange(1, len(labels) + 1)
        alone = self.model.config.problem_type == "multi_label_classification" or len(labels) == 1
        scores = 1 / (1 + np.exp(-logits)) if alone else np.exp(logits) / np.exp(logits).sum()
        found = [{"label": labels[i], "score": score} for i, score in enumerate(scores.tolist())]
        return sorted(found, key=lambda one: -one["score"])[:top_k]


@pytest.mark.parametrize("problem_type", [None, "multi_label_classification"])
def test_a_pipeline_of_hugging_face_answers_in_the_order_of_its_labels(problem_type):
    names = ("cat", "crane", "dog", "crane", "tiger, cat", "0", "bird")
    pipe = Pipeline(dict(enumerate(names)), problem_type=problem_type)
    pictures, _ = photos()
    for model in (lc.load_model(pipe), lc.wrap_model(pipe, name="vit")):
        assert model.class_names == names
        answers = model.outputs(pictures)
        for picture, row in zip(pictures, answers, strict=True):
            scores = pipe.postprocess(picture, 7)
            assert sorted(row, reverse=True) == [one["score"] for one in scores]
            assert [names[i] for i in np.argsort(-row, kind="stable")] == [one["label"] for one in scores]
        assert np.allclose(answers.sum(axis=1), 1.0) == (problem_type is None)
    assert pipe.model.config.id2label == dict(enumerate(names))  # the caller's own stays


def test_what_a_pipeline_sees_is_cut_where_its_processor_looks():
    photo = lc.gallery_picture("coffee")
    labels = {0: "cup", 1: "spoon"}
    squashed = lc.load_model(Pipeline(labels, Processor({"height": 24, "width": 32})))
    assert squashed.preprocessing == lc.Preprocessing(24, 32, fit="squash")
    covered = lc.load_model(Pipeline(labels, Processor({"shortest_edge": 24})))
    assert covered.preprocessing == lc.Preprocessing(24, 24, 24)
    pipe = Pipeline(labels, Processor({"shortest_edge": 40}, {"height": 32, "width": 32}, True))
    cut = lc.load_model(pipe)
    assert cut.preprocessing == lc.Preprocessing(32, 32, 40)
    cut.outputs(cut.view(photo)[None])
    assert pipe.given[0].size == (40, 40)  # so that resizing changes nothing, and the middle is what was shown
    np.testing.assert_array_equal(np.asarray(pipe.given[0])[4:36, 4:36], cut.view(photo))
    for processor in (Processor(None), Processor({"longest_edge": 40})):
        assert lc.load_model(Pipeline(labels, processor)).preprocessing is None
    own = lc.wrap_model(Pipeline(labels), input_size=(48, 48))
    assert own.preprocessing == lc.Preprocessing(48, 48, 48)


def test_a_pipeline_with_one_label_is_two_classes_and_what_it_cannot_do_is_said():
    assert lc.load_model(Pipeline({0: "nsfw"})).class_names == ("not nsfw", "nsfw")
    assert lc.load_model(Pipeline({"1": "b", "0": "a"})).class_names == ("a", "b")
    for said in ({"kind": "logits"}, {"pixel_range": (0, 1)}):
        with pytest.raises(ValueError, match="a pipeline takes pictures as they are and gives probabilities"):
            lc.wrap_model(Pipeline({0: "a", 1: "b"}), **said)
    for labels in ({}, {1: "a", 2: "b"}, {"a": 0}):
        with pytest.raises(ValueError, match=r"^model must have labels of the numbers from 0 in model.config.id2label"):
            lc.load_model(Pipeline(labels))
