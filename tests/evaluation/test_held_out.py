"""Held-out R² is that of samples the fit has not seen."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import r2_score

import lime_core as lc
from tests.support.planted import BLACK, GRID, PairModel, textured_picture

EXACT = {"surrogate": lc.LeastSquares(), "kernel": lc.NoKernel()}


@pytest.fixture(scope="module")
def pairs():
    picture = textured_picture()
    return picture, lc.wrap_model(PairModel(picture), kind="values", name="pairs")


def test_held_out_r2_of_what_is_additive_is_one(probe, picture, planted, counting):
    e = lc.explain(probe.first(100), 0, **EXACT)
    other = lc.probe_image(picture, planted, 50, segmenter=GRID, hiding=BLACK, seed=1)
    before = counting.rows
    assert lc.held_out_r2(e, probe) == pytest.approx(1)
    assert lc.held_out_r2(e, other) == pytest.approx(1)
    assert counting.rows == before


@pytest.mark.parametrize("sampler", [lc.Bernoulli(), lc.GlimeBinomial()], ids=str)
@pytest.mark.parametrize("seed", [0, 3])
def test_held_out_r2_is_scikit_learns_score_of_the_fresh_samples(pairs, sampler, seed):
    picture, model = pairs
    scene = {"segmenter": GRID, "hiding": BLACK, "sampler": sampler}
    e = lc.explain_image(picture, model, 0, 60, **scene)
    probe = lc.probe_image(picture, model, 160, **scene, seed=seed)
    fresh = slice(1 if seed else 60, None)
    masks, scores = probe.masks[fresh].astype(np.float64), probe.scores(0, "value")[fresh]
    weights = e.settings.kernel(masks) if sampler.weighted else None
    theirs = r2_score(scores, e.intercept + masks @ e.weights, sample_weight=weights)
    assert lc.held_out_r2(e, probe) == pytest.approx(theirs)


def test_what_few_samples_take_from_chance_is_not_held_out(pairs):
    picture, model = pairs
    probe = lc.probe_image(picture, model, 3000, segmenter=GRID, hiding=BLACK, sampler=lc.Bernoulli())
    few, many = (lc.explain(probe.first(n), 0, **EXACT) for n in (19, 1000))
    assert few.r2 > 0.98
    assert lc.held_out_r2(few, probe) < few.r2 - 0.02
    assert lc.held_out_r2(many, probe) == pytest.approx(many.r2, abs=0.02)
    assert lc.held_out_r2(few, probe) < lc.held_out_r2(many, probe)


def test_the_partner_of_a_fitted_sample_is_not_held_out(picture, planted):
    probe = lc.probe_image(picture, planted, 103, segmenter=GRID, hiding=BLACK, sampler=lc.Antithetic())
    e = lc.explain(probe.first(100), 0)  # row 100 is the complement of row 99
    assert np.isfinite(lc.held_out_r2(e, probe))
    with pytest.raises(ValueError, match="at least 2 samples that were not fitted, got 1"):
        lc.held_out_r2(e, probe.first(102))


def test_samples_that_are_not_fresh_are_refused(probe, picture, planted):
    e = lc.explain(probe, 0, **EXACT)
    with pytest.raises(ValueError, match="at least 2 samples that were not fitted, got 0"):
        lc.held_out_r2(e, probe)
    with pytest.raises(ValueError, match="at least 2 samples that were not fitted, got 0"):
        lc.held_out_r2(e, lc.open_probe(e.spec, picture, planted))
    other = lc.probe_image(picture, planted, 20, segmenter=GRID, hiding=lc.SuperpixelMean())
    with pytest.raises(ValueError, match="in its seed or its length only"):
        lc.held_out_r2(e, other)


def test_with_all_masks_to_come_only_those_after_the_fitted_are_fresh(picture, planted):
    probe = lc.probe_image(picture, planted, 99, lc.Grid(2, 2), BLACK, lc.Enumerate())
    e = lc.explain(probe.first(10), 0, **EXACT)
    assert lc.held_out_r2(e, probe) == pytest.approx(1)
    with pytest.raises(ValueError, match="the same masks with any seed"):
        lc.held_out_r2(e, replace(probe, spec=replace(probe.spec, seed=1)))


def test_held_out_samples_without_any_weight_have_no_r2(picture, planted):
    probe = lc.probe_image(picture, planted, 60, segmenter=lc.Grid(8, 8), hiding=BLACK)
    e = lc.explain(probe.first(30), 0)
    narrow = replace(e, settings=replace(e.settings, kernel=lc.L2Kernel(0.1)))
    assert np.isnan(lc.held_out_r2(narrow, probe))
