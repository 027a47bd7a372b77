"""The report on repeats: every metric with its direction and its chance, and what it cannot know is NaN."""

import math
from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from lime_core.evaluation import agreement, variation
from tests.evaluation.conftest import ask
from tests.support.planted import BLACK, GRID, textured_picture

EXACT = lc.FitSettings(class_index=0, surrogate=lc.LeastSquares())


def test_error_bars_of_one_run_predict_the_spread_of_many(pairs):
    report = lc.report_of(pairs, EXACT)
    assert report.predicted_over_observed == pytest.approx(1, abs=0.2)
    np.testing.assert_allclose(report.predicted_spread, np.sqrt((report.standard_errors**2).mean(axis=0)))


def test_what_has_no_error_predicts_nothing(pairs):
    report = lc.report_of(pairs, lc.FitSettings(0, surrogate=lc.Tree()))
    assert np.isnan(report.predicted_spread).all()
    assert math.isnan(report.predicted_over_observed)
    assert report.relative_spread > 0


def test_every_metric_knows_its_direction_and_its_chance(pairs):
    metrics = {m.key: m for m in lc.report_of(pairs, lc.FitSettings(0)).metrics(3)}
    assert [key for key, m in metrics.items() if m.better == "lower"] == ["sign_entropy", "relative_spread"]
    assert {m.better for m in metrics.values()} == {"higher", "lower"}
    assert metrics["r2"].chance is None
    assert metrics["jaccard"].chance == pytest.approx(agreement.chance_jaccard(16, 3))
    assert metrics["rank_biased_overlap"].chance == pytest.approx(agreement.chance_rank_biased_overlap(16))
    assert metrics["kendalls_w"].chance == pytest.approx(1 / 12)
    for m in metrics.values():
        better_than_chance = m.chance is None or (m.value < m.chance if m.better == "lower" else m.value > m.chance)
        assert better_than_chance, m
        assert m.name
        assert m.help.endswith(".")


def test_metrics_are_the_figures_of_the_report(pairs):
    report = lc.report_of(pairs, lc.FitSettings(0), "signed")
    metrics = {m.key: m.value for m in report.metrics(4)}
    assert metrics == {
        "jaccard": report.jaccard(4),
        "rank_biased_overlap": report.rank_biased_overlap(),
        "spearman": report.spearman,
        "kendalls_w": report.kendalls_w,
        "sign_agreement": report.sign_agreement.mean(),
        "sign_entropy": report.sign_entropy,
        "vsi": variation.vsi(report.weights, 4, "signed"),
        "csi": variation.csi(report.weights, report.standard_errors),
        "relative_spread": report.relative_spread,
        "r2": report.r2,
    }
    assert report.spearman == pytest.approx(agreement.mean_of_pairs(variation.spearman(report.weights, "signed")))
    assert report.jaccard(4) != lc.report_of(pairs, lc.FitSettings(0), "absolute").jaccard(4)


def test_chance_is_that_of_the_superpixels_which_are_really_in_the_sets(pairs):
    settings = lc.FitSettings(0, feature_selection=lc.HighestWeights(num_features=4))
    metrics = {m.key: m for m in lc.report_of(pairs, settings).metrics(10)}
    assert metrics["jaccard"].chance == pytest.approx(agreement.chance_jaccard(16, 4))
    assert metrics["rank_biased_overlap"].chance == pytest.approx(agreement.chance_rank_biased_overlap(16, 0.9, 4))
    assert metrics["vsi"].chance == pytest.approx(4 / 16)


def test_inert_superpixels_do_not_pass_for_agreement():
    pixels = textured_picture().pixels.copy()
    pixels[:16] = 0  # eight of sixteen cells are black already
    picture = lc.load_picture(pixels)
    rng = np.random.default_rng(5)
    noise = lc.wrap_model(lambda pictures: rng.normal(size=(len(pictures), 2)), kind="values")
    report = ask(picture, noise, repeats=12, class_index=0)
    assert (report.weights[:, :8] == 0).all()
    assert report.spearman == pytest.approx(0, abs=0.15)
    assert report.kendalls_w == pytest.approx(1 / 12, abs=0.1)
    metrics = {m.key: m for m in report.metrics(3)}
    assert metrics["jaccard"].chance == pytest.approx(agreement.chance_jaccard(8, 3))
    assert metrics["jaccard"].value == pytest.approx(metrics["jaccard"].chance, abs=0.1)
    assert metrics["relative_spread"].value == pytest.approx(metrics["relative_spread"].chance, rel=0.4)


def test_importances_have_no_signs_to_agree_and_no_noise_around_zero(pairs):
    metrics = {m.key: m for m in lc.report_of(pairs, lc.FitSettings(0, surrogate=lc.Tree())).metrics(3)}
    assert "sign_agreement" not in metrics
    assert metrics["relative_spread"].chance is None
    assert metrics["jaccard"].chance is not None


def test_two_empty_sets_are_alike_by_chance_too(pairs):
    explanations = lc.report_of(pairs, lc.FitSettings(0)).explanations
    empty = tuple(replace(e, weights=np.zeros(16)) for e in explanations[1:])
    metrics = {m.key: m for m in lc.StabilityReport((explanations[0], *empty)).metrics(4)}
    for name in ("jaccard", "vsi"):  # 11 of 12 repeats are empty: 55 of 66 pairs are alike, the others share nothing
        assert metrics[name].value == metrics[name].chance == pytest.approx(55 / 66)


def test_a_model_that_never_changes_has_nothing_to_compare(picture):
    model = lc.wrap_model(lambda pictures: np.tile([0.25, 0.75], (len(pictures), 1)))
    for metric in ask(picture, model, repeats=3).metrics(5):
        assert math.isnan(metric.value), metric.key
    chances = {m.key: m.chance for m in ask(picture, model, repeats=3).metrics(5)}
    assert chances["jaccard"] is chances["rank_biased_overlap"] is None


def test_maps_that_a_penalty_has_emptied_are_not_compared_either(pairs):
    for metric in lc.report_of(pairs, lc.FitSettings(0, surrogate=lc.Lasso(alpha=1.0))).metrics(5):
        if metric.key != "r2":
            assert math.isnan(metric.value), metric.key


def test_a_picture_without_anything_to_explain_has_a_report(planted):
    black = lc.load_picture(np.zeros((32, 32, 3), dtype=np.uint8))
    metrics = {m.key: m.value for m in ask(black, planted, repeats=2, class_index=0).metrics(5)}
    assert math.isnan(metrics["spearman"])
    assert math.isnan(metrics["kendalls_w"])


def test_one_repeat_has_nothing_to_agree_with(probes):
    report = lc.report_of(probes[:1])
    for m in report.metrics(5):
        assert math.isnan(m.value) == (m.key != "r2"), m
    assert np.isnan(report.spread).all()
    assert math.isnan(report.predicted_over_observed)


def test_arrays_cannot_be_written_to(probes):
    report = lc.report_of(probes)
    for array in (report.weights, report.standard_errors, report.r2s):
        assert not array.flags.writeable


def test_probes_that_cannot_be_compared_are_refused(picture, planted, probes):
    def probe(**changed):
        return lc.probe_image(picture, planted, **{"num_samples": 100, "segmenter": GRID, "hiding": BLACK, **changed})

    for other in (probe(sampler=lc.LimeMasks()), probe(hiding=lc.ImageMean()), probe(segmenter=lc.Grid(2, 2))):
        with pytest.raises(ValueError, match="probes must differ in their seed only"):
            lc.report_of([probes[0], other])
    with pytest.raises(ValueError, match="as many samples each, got 100 and 50"):
        lc.report_of([probes[0], probe(seed=4, num_samples=50)])
    with pytest.raises(ValueError, match="a seed of their own"):
        lc.report_of([probes[0], probe(seed=3)])
    with pytest.raises(ValueError, match="at least one, got none"):
        lc.report_of([])
    with pytest.raises(ValueError, match="at least one, got none"):
        lc.StabilityReport(())
    scene = probes[1].scene
    upside_down = replace(scene.segmentation, labels=scene.segmentation.labels[::-1].copy())
    turned = replace(probes[1], scene=replace(scene, segmentation=upside_down))
    with pytest.raises(ValueError, match="the same superpixels"):
        lc.report_of([probes[0], turned])
