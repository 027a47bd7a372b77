"""`LimeImageExplainer` gives what `lime` 0.2.0.1 gives for the same words: segments, masks, weights and images."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pytest
from lime import lime_image
from lime.wrappers.scikit_image import SegmentationAlgorithm
from sklearn import linear_model, tree

import lime_core as lc

SIDE = 48
SMOOTH = np.add.outer(np.linspace(0, 130, SIDE), np.linspace(0, 90, SIDE))[..., None] + [[[20, 0, 30]]]
PHOTO = (SMOOTH + 30 * (np.indices((SIDE, SIDE)).sum(0) // 12 % 2)[..., None]).clip(0, 255).astype(np.uint8)
EFFECTS = np.random.default_rng(3).normal(0, 1, (SIDE // 4, SIDE // 4, 3, 5))


class Asked:
    """A classifier that keeps every batch that it is given."""

    def __init__(self) -> None:
        self.batches: list[np.ndarray] = []

    def __call__(self, images: np.ndarray) -> np.ndarray:
        self.batches.append(images)
        scaled = images.astype(np.float64) / max(1.0, np.abs(images).max())
        cells = scaled.reshape(len(images), SIDE // 4, 4, SIDE // 4, 4, 3).mean(axis=(2, 4))
        logits = np.tanh(np.einsum("nhwc,hwck->nk", cells, EFFECTS) / 5.0)
        return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


def blocks(image):
    """Labels that begin at 1, which lime takes as they are."""
    rows, columns = np.indices(image.shape[:2]) // 12
    return rows * 4 + columns + 1


def hat(distances, kernel_width):
    return np.clip(1.0 - distances / (4 * kernel_width), 0.0, 1.0)


USUAL = {"top_labels": 3, "num_samples": 60}
CASES = {
    "tutorial": ({}, {"hide_color": 0}),
    "mean fill": ({}, {}),
    "one color": ({}, {"hide_color": (10, 20, 30)}),
    "labels": ({}, {"top_labels": None, "labels": [4, 0]}),
    "more labels than there are": ({}, {"top_labels": 9}),
    "forward selection": ({}, {"num_features": 4}),
    "highest weights": ({}, {"num_features": 8}),
    "lasso path": ({"feature_selection": "lasso_path"}, {"num_features": 5}),
    "highest weights by name": ({"feature_selection": "highest_weights"}, {"num_features": 3}),
    "no selection": ({"feature_selection": "none"}, {"num_features": 3}),
    "lasso": ({}, {"model_regressor": linear_model.Lasso(alpha=0.0003)}),
    "least squares": ({}, {"model_regressor": linear_model.LinearRegression(), "segmentation_fn": blocks}),
    "Bayesian ridge": ({}, {"model_regressor": linear_model.BayesianRidge()}),
    "blocks from 1": ({}, {"segmentation_fn": blocks, "hide_color": 0}),
    "slic": ({}, {"segmentation_fn": SegmentationAlgorithm("slic", n_segments=20, start_label=0)}),
    "felzenszwalb": ({}, {"segmentation_fn": SegmentationAlgorithm("felzenszwalb", scale=50, min_size=30)}),
    "a seed for the segmentation": ({}, {"random_seed": 7}),
    "another width": ({"kernel_width": 0.5}, {}),
    "another kernel": ({"kernel": hat}, {"segmentation_fn": blocks}),
    "l2": ({"kernel_width": 3}, {"distance_metric": "l2"}),
    "hamming": ({}, {"distance_metric": "hamming"}),
    "uneven batches": ({}, {"batch_size": 7}),
}
IMAGES = {
    "uint8": PHOTO,
    "float64 in -1..1": PHOTO / 127.5 - 1.0,
    "float32 in 0..1": (PHOTO / 255.0).astype(np.float32),
    "float64 in 0..255": PHOTO.astype(np.float64),
    "grey": PHOTO[..., 0],
}


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """lime's own warnings are its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def both(image, made_with, said, random_state=1):
    """Explain by lime and by us, and compare all that a result has."""
    asked, again = Asked(), Asked()
    theirs = lime_image.LimeImageExplainer(random_state=random_state, **made_with)
    expected = theirs.explain_instance(image, asked, **(USUAL | said))
    ours = lc.LimeImageExplainer(random_state=random_state, **made_with)
    found = ours.explain_instance(image, again, progress_bar=False, **(USUAL | said))
    same(found, expected)
    assert len(asked.batches) == len(again.batches)
    for batch, other in zip(asked.batches, again.batches, strict=True):
        assert batch.dtype == other.dtype
        np.testing.assert_array_equal(other, batch)
    return found, expected


def same(found, expected):
    np.testing.assert_array_equal(found.image, expected.image)
    np.testing.assert_array_equal(found.segments, expected.segments)
    assert found.top_labels == getattr(expected, "top_labels", None)
    assert list(found.local_exp) == list(expected.local_exp)
    for label, pairs in expected.local_exp.items():
        weights = dict(found.local_exp[label])
        assert set(weights) == {superpixel for superpixel, _ in pairs}
        np.testing.assert_allclose([weights[s] for s, _ in pairs], [w for _, w in pairs], rtol=0, atol=1e-9)
        assert found.intercept[label] == pytest.approx(expected.intercept[label], abs=1e-9)
    assert found.score == pytest.approx(expected.score, abs=1e-9)
    np.testing.assert_allclose(found.local_pred, expected.local_pred, rtol=0, atol=1e-9)
    flags = [{}, {"positive_only": False}, {"hide_rest": True}, {"positive_only": False, "negative_only": True}]
    flags += [{"num_features": 2}, {"positive_only": False, "min_weight": 0.001, "num_features": 10}]
    for label in expected.local_exp:
        for shown in flags:
            for ours, theirs in zip(
                found.get_image_and_mask(label, **shown), expected.get_image_and_mask(label, **shown), strict=True
            ):
                assert ours.dtype == theirs.dtype
                np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("case", CASES)
def test_the_words_of_lime_give_its_numbers(case):
    both(PHOTO, *CASES[case])


@pytest.mark.parametrize("num_features", [3, 100_000])
@pytest.mark.parametrize("selection", ["none", "auto", "highest_weights", "forward_selection", "lasso_path"])
@pytest.mark.parametrize("weak", [1.0, 1e-2, 1e-4, 1e-6])
def test_weak_classes_have_limes_weights_with_every_selection(weak, selection, num_features):
    """lime's lasso path leaves out what small scores move it by; the rest selects the same whatever the size."""

    def faint(images):
        answers = weak * Asked()(images)
        return np.column_stack([answers, 1.0 - answers.sum(axis=1)])

    made_with = {"random_state": 1, "feature_selection": selection}
    said = USUAL | {"labels": range(5), "top_labels": None, "num_features": num_features, "segmentation_fn": blocks}
    found = lc.LimeImageExplainer(**made_with).explain_instance(PHOTO, faint, progress_bar=False, **said)
    expected = lime_image.LimeImageExplainer(**made_with).explain_instance(PHOTO, faint, **said)
    same(found, expected)
    if (weak, selection, num_features) == (1e-2, "lasso_path", 100_000):
        assert 0 < len(found.local_exp[0]) < 15  # of 16


@pytest.mark.parametrize("kind", IMAGES)
@pytest.mark.parametrize("hide_color", [None, 0])
def test_images_of_every_kind_are_shown_to_the_classifier_as_they_are(kind, hide_color):
    both(IMAGES[kind], {}, {"hide_color": hide_color, "segmentation_fn": blocks})


def test_the_generator_goes_on_from_one_image_to_the_next():
    said = USUAL | {"segmentation_fn": blocks}
    theirs, ours = lime_image.LimeImageExplainer(random_state=4), lc.LimeImageExplainer(random_state=4)
    for further in ({}, {"random_seed": 3}, {}):
        found = ours.explain_instance(PHOTO, Asked(), progress_bar=False, **(said | further))
        same(found, theirs.explain_instance(PHOTO, Asked(), **(said | further)))


def test_a_random_state_is_taken_as_it_is_and_none_follows_numpys():
    both(PHOTO, {}, {"segmentation_fn": blocks}, random_state=np.random.RandomState(3).randint(100))
    np.random.seed(5)  # noqa: NPY002 - lime's own way
    expected = lime_image.LimeImageExplainer().explain_instance(PHOTO, Asked(), segmentation_fn=blocks, num_samples=50)
    np.random.seed(5)  # noqa: NPY002
    found = lc.LimeImageExplainer().explain_instance(
        PHOTO, Asked(), segmentation_fn=blocks, num_samples=50, progress_bar=False
    )
    same(found, expected)


def test_our_own_segmenters_and_their_names_do_too():
    explain = lc.LimeImageExplainer(random_state=0).explain_instance
    results = [
        explain(PHOTO, Asked(), num_samples=20, segmentation_fn=cut, random_seed=1, progress_bar=False).segments
        for cut in (lc.Grid(), "grid", lc.Grid)
    ]
    for result in results:
        np.testing.assert_array_equal(result, results[0])


def test_the_model_is_asked_as_often_as_lime_asks_it_and_the_image_stays():
    before, asked = PHOTO.copy(), Asked()
    lc.LimeImageExplainer().explain_instance(PHOTO, asked, num_samples=25, batch_size=10, progress_bar=False)
    assert [len(batch) for batch in asked.batches] == [10, 10, 5]
    np.testing.assert_array_equal(PHOTO, before)
    np.testing.assert_array_equal(asked.batches[0][0], PHOTO)


def test_verbose_says_what_lime_says(capsys):
    for explainer in (lc.LimeImageExplainer(verbose=True), lime_image.LimeImageExplainer(verbose=True)):
        explainer.explain_instance(PHOTO, Asked(), top_labels=2, num_samples=20, segmentation_fn=blocks)
        told = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line[:1].isalpha()]
        assert told == ["Intercept", "Prediction_local", "Right:"] * 2


def test_a_bar_is_shown_only_where_it_is_wanted(capsys):
    for wanted in (True, False):
        lc.LimeImageExplainer().explain_instance(
            PHOTO, Asked(), num_samples=20, segmentation_fn=blocks, progress_bar=wanted
        )
        assert bool(capsys.readouterr().err) == wanted


def told(**said):
    usual = {"image": PHOTO, "classifier_fn": Asked(), "num_samples": 20, "segmentation_fn": blocks}
    return lc.LimeImageExplainer(random_state=0).explain_instance(**(usual | said), progress_bar=False)


@pytest.mark.parametrize(
    ("said", "error", "message"),
    [
        ({"image": "cat.jpg"}, TypeError, r"image must be an array of numbers \(h, w, 3\) or \(h, w\)"),
        ({"image": PHOTO[None]}, TypeError, "image must be an array"),
        ({"hide_color": (1, 2)}, TypeError, "hide_color must be a number, one for each of the 3 channels, or None"),
        ({"hide_color": 256}, ValueError, "hide_color must fit into the image of uint8, got 256"),
        ({"labels": [5], "top_labels": None}, ValueError, r"labels must lie in \[-5, 4\], got 5"),
        ({"labels": [], "top_labels": 0}, ValueError, "labels must hold at least one class number"),
        ({"distance_metric": "nonsense"}, ValueError, "distance_metric must be one that sklearn"),
        ({"model_regressor": linear_model.LassoLars()}, TypeError, "whose fit takes sample_weight"),
        ({"model_regressor": tree.DecisionTreeRegressor()}, TypeError, "must have coef_ once it is fitted"),
        ({"segmentation_fn": lambda image: np.zeros((3, 3), int)}, ValueError, "must return labels of the shape"),
        ({"segmentation_fn": lambda image: np.random.default_rng(0).random((48, 48))}, ValueError, "whole numbers"),
        (
            {"segmentation_fn": lambda image: np.ones((48, 48), int)},
            lc.TooFewSuperpixels,
            "one superpixel of the",
        ),
        ({"classifier_fn": lambda images: np.zeros(len(images))}, lc.BadScores, "must return numbers of the shape"),
        ({"classifier_fn": lambda images: np.full((len(images), 2), np.nan)}, lc.BadScores, "NaN or infinity for 10"),
        ({"classifier_fn": lambda images: ["cat"] * len(images)}, lc.BadScores, "must return numbers of the shape"),
        ({"num_samples": 0}, ValueError, "num_samples must"),
        ({"num_features": 0}, ValueError, "num_features must be at least 1"),
    ],
)
def test_what_lime_answers_with_an_index_error_says_what_it_would_have_to_be(said, error, message):
    with pytest.raises(error, match=message):
        told(**said)


def test_a_kernel_that_weighs_nothing_is_refused():
    for kernel in (lambda d, kernel_width: d * 0, lambda d, kernel_width: d[:3], lambda d, kernel_width: "x"):
        with pytest.raises(ValueError, match="kernel must return 20 finite weights"):
            lc.LimeImageExplainer(kernel=kernel).explain_instance(
                PHOTO, Asked(), num_samples=20, segmentation_fn=blocks, progress_bar=False
            )


def test_a_label_that_was_not_explained_says_which_were():
    explanation = told(top_labels=2)
    missing = next(label for label in range(5) if label not in explanation.top_labels)
    with pytest.raises(ValueError, match=f"label must be one of .*, got {missing}"):
        explanation.get_image_and_mask(missing)
    with pytest.raises(ValueError, match="positive_only and negative_only cannot both be True"):
        explanation.get_image_and_mask(explanation.top_labels[0], negative_only=True)
