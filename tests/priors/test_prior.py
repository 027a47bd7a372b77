"""A prior gives each superpixel the weight of its word, and refuses what it was not built for."""

import gc
import json
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from lime_core.features.description import described_by
from tests.support.planted import GRID, PRIOR_CLASSES, blobs

THREE_WORDS = lc.Examples(np.zeros((3, 1, 32, 32, 3), dtype=np.uint8), np.zeros(3, dtype=np.int64))


def test_superpixels_that_look_alike_share_a_word(summaries, prior):
    features, which = blobs(np.random.default_rng(9), 50)
    words = prior.project(features, 0).words
    assert len({(word, kind) for word, kind in zip(words, which, strict=True)}) == 3


def test_a_projection_gives_each_superpixel_the_weight_of_its_word(prior):
    features, _ = blobs(np.random.default_rng(3), 8)
    found = prior.project(features, 1)
    np.testing.assert_array_equal(found.mean, prior.weights[1, found.words])
    assert found.coverage == 1.0
    assert not found.mean.flags.writeable


def test_coverage_is_the_share_of_superpixels_whose_word_was_seen():
    prior = lc.GlobalPrior(np.eye(3, 4, dtype=np.float32), [[1.0, 0.5, 0.0]], [[3, 1, 0]], signed=False, unit="value")
    features = np.eye(3, 4, dtype=np.float32)[[0, 2, 1, 2]]
    found = prior.project(features, 0)
    assert found.coverage == 0.5
    assert found.mean.tolist() == [1.0, 0.0, 0.5, 0.0]


def test_a_class_that_was_never_explained_is_no_error(prior):
    found = prior.project(blobs(np.random.default_rng(3), 8)[0], 3)
    assert found.coverage == 0.0
    assert not found.mean.any()


def test_other_features_classes_or_models_are_refused(prior):
    with pytest.raises(lc.PriorMismatch, match="by 5 features each, and was given"):
        prior.project(np.zeros((7, 6), dtype=np.float32), 0)
    with pytest.raises(lc.PriorMismatch, match="for 4 classes, class 4 is none"):
        prior.project(np.zeros((7, 5), dtype=np.float32), 4)
    prior.check("corners", "f", PRIOR_CLASSES)
    with pytest.raises(lc.PriorMismatch, match=r"by other features \(corners\)"):
        prior.check("color and texture", "f", PRIOR_CLASSES)
    with pytest.raises(lc.PriorMismatch, match="built with m, whose weights or settings are others"):
        prior.check("corners", "g", PRIOR_CLASSES)
    with pytest.raises(lc.PriorMismatch, match="for 4 classes, and the model has 5"):
        prior.check("corners", "f", 5)


def test_a_prior_is_checked_against_a_model_without_asking_it(own_prior, planted, counting, lite0):
    before = counting.rows
    own_prior.check_model(planted)
    with pytest.raises(lc.PriorMismatch, match="by other features"):
        own_prior.check_model(lite0)
    with pytest.raises(lc.PriorMismatch, match="whose weights or settings are others"):
        own_prior.check_model(lc.wrap_model(counting, kind="logits", name="planted"))
    narrow = replace(own_prior, centroids=own_prior.centroids[:, :5])
    with pytest.raises(lc.PriorMismatch, match="by 5 features each, and this model gives 14"):
        narrow.check_model(planted)
    placed = replace(own_prior, centroids=np.hstack([own_prior.centroids, own_prior.centroids[:, :2]]), position=0.5)
    placed.check_model(planted)
    with pytest.raises(lc.PriorMismatch, match="for 2 classes"):
        replace(own_prior, weights=own_prior.weights[:2], counts=own_prior.counts[:2]).check_model(planted)
    assert counting.rows == before


def test_a_model_describes_superpixels_by_as_many_features_as_it_says(lite0, chelsea, planted, picture):
    for model, photo in ((lite0, chelsea), (planted, picture)):
        image = model.view(photo)
        found = lc.describe(model, image, lc.segment(image, GRID).labels)
        assert described_by(model.early) == (found.kind, found.features.shape[1])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": [[1.0, np.nan]]}, "finite"),
        ({"centroids": [[np.inf], [0.0]]}, "finite"),
        ({"counts": [[-1, 2]]}, "must not be negative"),
        ({"counts": [[0, 2]]}, "0 where the count is"),
        ({"weights": [[1.0, -1.0]]}, "not be negative in a prior that is not signed"),
        ({"weights": [[1.0]]}, "weights must have the shape"),
        ({"counts": [[1]]}, "counts must have the shape"),
        ({"position": -1.0}, "position must be a number of at least 0"),
        ({"position": 1e39}, "position must be a number of at least 0 and at most 1000, got 1e\\+39"),
        ({"position": float("nan")}, "position must be a number of at least 0"),
        (
            {"weights": np.zeros((30_001, 2)), "counts": np.zeros((30_001, 2))},
            "a prior has 30000 classes at most, got 30001",
        ),
        (
            {"centroids": np.zeros((10_001, 1)), "weights": np.zeros((1, 10_001)), "counts": np.zeros((1, 10_001))},
            "a prior has 10000 words at most, got 10001",
        ),
        ({"examples": THREE_WORDS}, "examples must have the shape"),
    ],
)
def test_a_prior_cannot_hold_what_makes_no_sense(changes, message):
    usual = {"centroids": [[0.0], [1.0]], "weights": [[1.0, 2.0]], "counts": [[1, 2]], "signed": False, "unit": "value"}
    lc.GlobalPrior(**usual)
    with pytest.raises(ValueError, match=message):
        lc.GlobalPrior(**{**usual, **changes})


def test_a_prior_says_how_much_it_holds(prior):
    examples = lc.Examples(np.zeros((3, 2, 32, 32, 3), dtype=np.uint8), np.zeros(3, dtype=np.int64))
    told = replace(prior, examples=examples, digests=np.zeros((100, 32), dtype=np.uint8))
    assert told.nbytes - prior.nbytes == 3 * 2 * 32 * 32 * 3 + 3 * 8 + 100 * 32
    assert prior.nbytes > prior.centroids.nbytes + prior.weights.nbytes + prior.counts.nbytes


@pytest.mark.parametrize("fact", [{}, [], 1.5, {"": {"": {"": {"": {}}}}}, "text", [[[[]]]], None])
def test_what_a_prior_says_of_itself_counts_as_the_most_that_it_takes(prior, fact):
    text = json.dumps([fact] * 1000)
    gc.collect()
    tracemalloc.start()
    try:
        facts = json.loads(text)
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert replace(prior, made_by={"facts": facts}).nbytes - replace(prior, made_by={}).nbytes > held


def test_a_prior_cannot_be_written_to(prior):
    for array in (prior.centroids, prior.weights, prior.counts):
        assert not array.flags.writeable
