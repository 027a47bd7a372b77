"""Repeats: each is an explanation with a seed of its own, every sample is asked for once, and fewer are a prefix."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest

import lime_core as lc
from lime_core.probing.spec import MAX_SEED
from tests.evaluation.conftest import ask
from tests.support.planted import BLACK, GRID

EXACT = lc.FitSettings(class_index=0, surrogate=lc.LeastSquares())


def test_what_is_additive_is_explained_the_same_every_time(picture, planted, counting):
    report = ask(picture, planted, repeats=4, class_index=1, surrogate=lc.LeastSquares())
    np.testing.assert_allclose(report.mean, counting.effects[1], atol=1e-4)
    assert report.relative_spread < 1e-5
    assert report.jaccard(5) == 1
    assert (report.spearman, report.kendalls_w, report.rank_biased_overlap()) == pytest.approx((1, 1, 1))
    assert (report.sign_agreement == 1).all()
    assert sorted(report.top_frequency(5)) == [0] * 11 + [1] * 5
    assert report.r2 == pytest.approx(1)


def test_repeats_are_explanations_with_the_seeds_that_follow(picture, planted):
    report = ask(picture, planted, repeats=3, class_index=2, seed=7)
    assert report.seeds == (7, 8, 9)
    assert report.n_samples == 60
    assert report.weights.shape == report.standard_errors.shape == (3, 16)
    for seed, weights, r2 in zip(report.seeds, report.weights, report.r2s, strict=True):
        alone = lc.explain_image(picture, planted, 2, 60, segmenter=GRID, hiding=BLACK, seed=seed)
        np.testing.assert_allclose(weights, alone.weights, atol=1e-6)
        assert r2 == pytest.approx(alone.r2)
    assert np.ptp(report.weights, axis=0).max() > 0


def test_the_model_is_asked_for_every_sample_once(picture, planted, counting):
    progress = []
    ask(picture, planted, repeats=3, on_progress=lambda *step: progress.append(step))
    assert counting.rows == 3 * 60
    assert progress[-1] == (2, 3, 60, 60)
    rows = [finished * 60 + done for finished, repeats, done, each in progress]
    assert rows == sorted(set(rows))


def test_reports_and_curves_ask_nothing(probes, counting):
    before = counting.rows
    for settings in (EXACT, lc.FitSettings(class_index=2), lc.FitSettings(surrogate=lc.Lasso())):
        lc.report_of(probes, settings).metrics(5)
        lc.curve(probes, settings, lc.curve_sizes(100))
    assert counting.rows == before


def test_superpixels_are_cut_once(picture, planted):
    cuts = []

    @dataclass(frozen=True)
    class Counted:
        def __call__(self, pixels):
            cuts.append(pixels.shape)
            return GRID(pixels)

    assert ask(picture, planted, repeats=3, segmenter=Counted()).weights.shape == (3, 16)
    assert len(cuts) == 1


def test_a_segmentation_that_is_there_is_used(picture, planted, probes):
    spec = replace(probes[0].spec, segmenter=lc.Grid(2, 2))
    *_, found = lc.grow_repeats(spec, picture, planted, 2, 20, probes[0].scene.segmentation)
    assert [probe.masks.shape for probe in found] == [(20, 16), (20, 16)]


def test_growing_repeats_can_be_left_with_what_is_there(picture, planted, probes):
    lengths = [
        [len(probe) for probe in longer] for longer in lc.grow_repeats(probes[0].spec, picture, planted, 3, 1500)
    ]
    assert lengths[-1] == [1500, 1500, 1500]
    assert all(each == 1500 for step in lengths for each in step[:-1])
    assert len(lengths) > 3


def test_the_class_of_the_first_repeat_is_that_of_all(probes):
    assert len({e.settings.class_index for e in lc.report_of(probes).explanations}) == 1
    first = probes[0].most_likely()[0]
    upset = replace(probes[1], outputs=-probes[1].outputs)
    assert upset.most_likely()[0] != first
    report = lc.report_of([probes[0], upset])
    assert [e.settings.class_index for e in report.explanations] == [first, first]


def test_a_curve_is_what_fewer_samples_would_have_given(picture, planted, probes):
    few = [lc.probe_image(picture, planted, 40, segmenter=GRID, hiding=BLACK, seed=seed) for seed in (3, 4, 5)]
    at_40, whole = lc.curve(probes, lc.FitSettings(), (40, 100))
    np.testing.assert_allclose(at_40.weights, lc.report_of(few).weights, atol=1e-6)
    np.testing.assert_array_equal(whole.weights, lc.report_of(probes).weights)
    assert at_40.n_samples == 40


def test_more_samples_are_steadier(pairs):
    spreads = [report.relative_spread for report in lc.curve(pairs, EXACT, (32, 64, 128, 200))]
    assert spreads == sorted(spreads, reverse=True)


@pytest.mark.parametrize(
    ("n", "sizes"), [(500, (32, 64, 128, 256, 500)), (128, (32, 64, 128)), (33, (32, 33)), (32, (32,)), (20, (20,))]
)
def test_a_curve_is_looked_at_powers_of_two_and_the_end(n, sizes):
    assert lc.curve_sizes(n) == sizes


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"repeats": 1}, "repeats must be at least 2, got 1"),
        ({"num_samples": 1}, "num_samples must be at least 2, got 1"),
        ({"ranking": "size"}, "ranking must be one of absolute, signed, got 'size'"),
        ({"seed": MAX_SEED - 1}, "seed must lie in"),
    ],
)
def test_wrong_arguments_cost_nothing(picture, planted, counting, arguments, message):
    with pytest.raises(ValueError, match=message):
        ask(picture, planted, **arguments)
    assert counting.rows == 0


def test_a_wrong_class_costs_one_batch(picture, planted, counting):
    with pytest.raises(ValueError, match="class_index must lie in"):
        ask(picture, planted, class_index=7, num_samples=5000)
    assert counting.rows <= planted.engine.batch_size


def test_nothing_is_left_to_chance_when_all_masks_are_asked(picture, planted):
    progress = []
    report = ask(picture, planted, repeats=2, num_samples=400, segmenter=lc.Grid(2, 3), sampler=lc.Enumerate(),
                 on_progress=lambda *step: progress.append(step))  # fmt: skip
    assert report.n_samples == 2**6
    assert progress[-1] == (1, 2, 64, 64)
    assert report.relative_spread < 1e-12
    assert math.isnan(report.predicted_over_observed)  # rounding over zero


@pytest.mark.parametrize("size", [1, 0, 101])
def test_a_curve_ends_where_the_samples_do(probes, size):
    with pytest.raises(ValueError, match=rf"sizes must lie in \[2, 100\], .* got {size}"):
        lc.curve(probes, None, (50, size))


def test_a_prior_of_another_model_costs_nothing(picture, planted, prior, counting):
    for explain in (lc.stability, lc.explain_image):
        with pytest.raises(lc.PriorMismatch, match="by other features"):
            explain(picture, planted, segmenter=GRID, hiding=BLACK, prior=prior, prior_strength=1.0)
    assert counting.rows == 0


def test_a_prior_reaches_every_repeat(picture, planted):
    settings = {"repeats": 3, "num_samples": 60, "class_index": 0, "segmenter": GRID, "hiding": BLACK}
    e = lc.explain_image(picture, planted, num_samples=200, segmenter=GRID, hiding=BLACK)
    prior = lc.build_prior([lc.PictureSummary.of([e])], classes=3, clusters=8, method="signed")
    pulled = lc.stability(picture, planted, prior=prior, prior_strength=1000.0, **settings)
    alone = lc.stability(picture, planted, prior=prior, prior_strength=0.0, **settings)
    assert all(each.prior_share.max() > 0.5 for each in pulled.explanations)
    assert all(each.prior_share.max() == 0 for each in alone.explanations)


def test_repeats_may_have_other_segmentations_where_they_are_read_in_one(picture, planted):
    probing = lc.ProbeSpec.of(picture, planted, GRID, BLACK)
    method = lc.METHODS["segmentations"]
    specs = [method.spec(replace(probing, seed=number), number) for number in range(3)]
    assert [type(spec.segmenter) for spec in specs] == [lc.Grid, lc.Quickshift, lc.Slic]
    cuts = [GRID, lc.Grid(2, 2), lc.Grid(3, 5)]
    specs = [replace(spec, segmenter=cut) for spec, cut in zip(specs, cuts, strict=True)]
    probes = [list(lc.grow(lc.open_probe(spec, picture, planted), 60, planted))[-1] for spec in specs]
    shown = probes[0].scene.segmentation
    report = lc.report_of(probes, lc.FitSettings(1), read=shown)
    for e, probe in zip(report.explanations, probes, strict=True):
        np.testing.assert_array_equal(e.weights, lc.read_in(lc.explain(probe, 1), shown).weights)
    (few,) = lc.curve(probes, lc.FitSettings(1), [30], read=shown)
    assert few.n_samples == 30
    with pytest.raises(ValueError, match="differ in their seed only"):
        lc.report_of(probes, lc.FitSettings(1))
    with pytest.raises(ValueError, match="differ in their seed only"):
        lc.report_of([probes[0], replace(probes[1], spec=replace(specs[1], hiding=lc.Blur()))], read=shown)


def test_several_segmentations_are_repeated_by_the_method_as_one_after_the_other(picture, planted):
    spec = lc.ProbeSpec.of(picture, planted, [GRID, lc.Slic()], BLACK)
    cuts = [lc.METHODS["segmentations"].spec(spec, number).segmenter for number in range(6)]
    assert cuts[:2] == [GRID, lc.Slic()]
    assert cuts[4] == GRID
    assert {type(cut) for cut in cuts} == {type(each) for each in lc.Segmentations().members}
    assert lc.METHODS["foldover"].spec(spec, 3).segmenter == spec.segmenter
    for name in ("lime", "glime_prior", "glime_binomial"):  # methods of one segmentation
        assert lc.METHODS[name].spec(spec, 3).segmenter == GRID
    left = lc.METHODS["segmentations"].segmenters(spec.segmenter)[1:3]
    cuts = [lc.METHODS["segmentations"].spec(spec, number, left).segmenter for number in range(4)]
    assert cuts == [*left, *left]
