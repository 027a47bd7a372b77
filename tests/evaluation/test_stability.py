import math
from dataclasses import dataclass, replace

import numpy as np
import pytest

import lime_core as lc
from lime_core.evaluation import agreement, variation
from lime_core.probing.spec import MAX_SEED
from tests.support.planted import BLACK, GRID, textured_picture

EXACT = lc.FitSettings(class_index=0, surrogate=lc.LeastSquares())


def ask(picture, model, **arguments):
    return lc.stability(picture, model, **{"num_samples": 60, "segmenter": GRID, "hiding": BLACK, **arguments})


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


def test_a_model_that_never_changes_is_perfectly_steady_and_says_nothing(picture):
    model = lc.wrap_model(lambda pictures: np.tile([0.25, 0.75], (len(pictures), 1)))
    metrics = {m.key: m for m in ask(picture, model, repeats=3).metrics(5)}
    assert metrics["jaccard"].value == metrics["jaccard"].chance == 1
    for key in ("spearman", "kendalls_w", "relative_spread", "sign_agreement", "r2"):
        assert math.isnan(metrics[key].value), key


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
