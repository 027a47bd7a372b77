"""The same photo, model, seed and settings give what the `lime` package (0.2.0.1) gives."""

from __future__ import annotations

import numpy as np
import pytest
from lime import lime_image
from sklearn import linear_model

import lime_core as lc

SAMPLES = 300
CASES = [(photo, hide, seed) for photo in ("chelsea", "china") for hide in (None, 0) for seed in (0, 1)]
SURROGATES = {
    "ridge": (lc.Ridge(alpha=1.0), None),
    "lasso": (lc.Lasso(alpha=0.0005), linear_model.Lasso(alpha=0.0005)),
}
SELECTIONS = {5: lc.AutoSelection(num_features=5), 100_000: lc.AutoSelection()}


class Recorded:
    """`lime`'s classifier_fn: asks the model once for each picture, and tells a second run what it told the first."""

    def __init__(self, model: lc.Classifier | None, rows: list[np.ndarray]) -> None:
        self.model = model
        self.rows = rows
        self.next = 0

    def __call__(self, pictures: np.ndarray) -> np.ndarray:
        if self.next == len(self.rows):
            self.rows.extend(self.model.probabilities(pictures))
        start, self.next = self.next, self.next + len(pictures)
        return np.array(self.rows[start : self.next])


@pytest.fixture(scope="module", params=CASES, ids=lambda case: "-".join(map(str, case)))
def case(request, lite0):
    """One picture asked by lime and by us, each with its own masking and its own batches."""
    photo, hide, seed = request.param
    picture = lc.gallery_picture(photo)
    hiding = lc.SuperpixelMean() if hide is None else lc.Color(color=(0, 0, 0))
    probe = lc.probe_image(picture, lite0, SAMPLES, hiding=hiding, sampler=lc.LimeMasks(), seed=seed)
    recorded, cut = Recorded(lite0, []), []

    def explain_with_lime(num_features, regressor, answers=recorded):
        answers.next = 0
        explainer = lime_image.LimeImageExplainer(random_state=seed)
        expected = explainer.explain_instance(
            lite0.view(picture),
            answers,
            top_labels=2,
            hide_color=hide,
            num_features=num_features,
            num_samples=SAMPLES,
            model_regressor=regressor,
            segmentation_fn=(lambda _: cut[0]) if cut else None,  # what lime itself has cut, with the same seed
        )
        cut.append(expected.segments)
        return expected

    return probe, recorded, explain_with_lime


@pytest.mark.parametrize("num_features", SELECTIONS)
@pytest.mark.parametrize("surrogate", SURROGATES)
def test_an_explanation_equals_limes(case, surrogate, num_features):
    probe, recorded, explain_with_lime = case
    ours, theirs = SURROGATES[surrogate]
    expected = explain_with_lime(num_features, theirs)
    np.testing.assert_array_equal(probe.scene.segmentation.labels, expected.segments)
    np.testing.assert_allclose(np.array(recorded.rows), _probabilities(probe), atol=1e-5)
    assert probe.most_likely(2) == expected.top_labels

    for class_index in reversed(expected.top_labels):
        e = lc.explain(probe, class_index, surrogate=ours, feature_selection=SELECTIONS[num_features])
        np.testing.assert_allclose(e.weights, _weights(expected, class_index, len(e.weights)), atol=1e-6)
        assert e.intercept == pytest.approx(expected.intercept[class_index], abs=1e-6)
    # lime keeps score and prediction of the class that it explained last: the most likely one.
    assert e.r2 == pytest.approx(expected.score, abs=1e-5)
    assert e.local_prediction == pytest.approx(float(expected.local_pred[0]), abs=1e-6)

    for flags in ({}, {"positive_only": False}, {"positive_only": False, "negative_only": True}, {"hide_rest": True}):
        image, mask = e.image_and_mask(**flags)
        lime_picture, lime_mask = expected.get_image_and_mask(class_index, **flags)
        np.testing.assert_array_equal(image, lime_picture)
        np.testing.assert_array_equal(mask, lime_mask)


@pytest.mark.parametrize("surrogate", SURROGATES)
def test_the_fit_alone_equals_limes_to_the_last_digits(case, surrogate):
    """The same masks and scores go into both."""
    probe, _, explain_with_lime = case
    ours, theirs = SURROGATES[surrogate]
    expected = explain_with_lime(100_000, theirs, Recorded(None, list(_probabilities(probe))))
    class_index = expected.top_labels[0]
    e = lc.explain(probe, class_index, surrogate=ours)
    np.testing.assert_allclose(e.weights, _weights(expected, class_index, len(e.weights)), atol=1e-8)
    assert e.intercept == pytest.approx(expected.intercept[class_index], abs=1e-8)
    assert e.r2 == pytest.approx(expected.score, abs=1e-8)


def _weights(expected, class_index: int, d: int) -> np.ndarray:
    weights = np.zeros(d)
    for superpixel, weight in expected.local_exp[class_index]:
        weights[superpixel] = weight
    return weights


def _probabilities(probe: lc.Probe) -> np.ndarray:
    return np.stack([probe.scores(c, "probability") for c in range(probe.outputs.shape[1])], axis=1)
