"""One call does what probing and explaining do, and what cannot be costs one batch."""

import numpy as np
import pytest

import lime_core as lc
from tests.explanation.conftest import prior_of
from tests.support.planted import BLACK, GRID


def test_one_call_does_what_probe_and_explain_do(picture, planted, probe):
    progress = []
    e = lc.explain_image(
        picture,
        planted,
        class_index=1,
        num_samples=200,
        segmenter=GRID,
        hiding=BLACK,
        on_progress=lambda done, total: progress.append((done, total)),
    )
    np.testing.assert_allclose(e.weights, lc.explain(probe, 1).weights, atol=1e-6)
    assert progress[-1] == (200, 200)
    assert [done for done, _ in progress] == sorted({done for done, _ in progress})


def test_a_plain_function_can_be_explained_without_more_words(picture):
    def brightness(pictures):
        share = pictures.mean(axis=(1, 2, 3)) / 255
        return np.stack([1 - share, share], axis=1)

    e = lc.explain_image(picture, brightness, class_index=1, num_samples=100, segmenter=GRID, hiding=BLACK)
    assert (e.weights > 0).all()
    assert e.class_name == "class 1"


def test_a_wrong_class_costs_one_batch_and_not_all_samples(picture, planted, counting):
    with pytest.raises(ValueError, match="class_index must lie in"):
        lc.explain_image(picture, planted, class_index=7, num_samples=5000, segmenter=GRID, hiding=BLACK)
    assert counting.rows <= planted.engine.batch_size


def test_a_prior_that_does_not_fit_is_refused_before_all_samples_are_paid_for(picture, planted, counting):
    probe = lc.probe_image(picture, planted, 50, segmenter=GRID, hiding=BLACK)
    other = prior_of(probe, fingerprint="another")
    counting.rows = 0
    with pytest.raises(lc.PriorMismatch, match="built with planted, whose weights or settings are others"):
        lc.explain_image(
            picture, planted, num_samples=5000, segmenter=GRID, hiding=BLACK, prior=other, prior_strength=1.0
        )
    assert counting.rows <= planted.engine.batch_size
    with pytest.raises(lc.PriorMismatch, match="by other features"):
        lc.explain(probe, prior=prior_of(probe, features="early layers"))
