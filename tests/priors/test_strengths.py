"""What the strength of a prior does, read from samples that are there; deletion and insertion ask each picture once."""

from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from lime_core.priors.class_activation import ACTIVATION_STRENGTH
from tests.support.planted import BLACK, GRID, PairModel, textured_picture

STRENGTHS = (0.0, 10.0, 1e9)


@pytest.fixture
def settings(own_prior):
    return lc.FitSettings(1, prior=own_prior)


@pytest.fixture
def reports(probes, settings):
    return lc.at_strengths(probes, settings, STRENGTHS)


def ask(spec, picture, model):
    """A probe with all rows of the spec."""
    probe = lc.open_probe(spec, picture, model, segmentation=None)
    for longer in lc.grow(probe, 10_000, model):
        probe = longer
    return probe


def test_other_strengths_ask_the_model_nothing(probes, settings, counting):
    before = counting.rows
    reports = lc.at_strengths(probes, settings)
    lc.effect_of(reports, 3)
    assert counting.rows == before
    assert [report.explanations[0].settings.prior_strength for report in reports] == list(lc.STRENGTHS)


def test_each_strength_is_the_report_with_that_strength(probes, settings, reports):
    for strength, report in zip(STRENGTHS, reports, strict=True):
        other = lc.report_of(probes, replace(settings, prior_strength=strength))
        np.testing.assert_array_equal(report.weights, other.weights)
    plain = lc.report_of(probes, settings.without_prior())
    np.testing.assert_array_equal(reports[0].weights, plain.weights)


def test_a_prior_that_is_all_there_is_is_steady_whatever_the_truth(pairs):
    """The prior knows nothing of this model but noise: at its limit it is steady, and fits worse than without it."""
    scene = pairs[0].scene.description
    rng = np.random.default_rng(0)
    prior = lc.GlobalPrior(scene.features, rng.normal(0, 1, (3, 16)), np.ones((3, 16), dtype=int), True, "value")
    plain, _, strong = lc.effect_of(lc.at_strengths(pairs[:4], lc.FitSettings(0, prior=prior), STRENGTHS), 5)
    assert plain.prior_share == 0
    assert strong.prior_share > 0.99
    assert strong.jaccard == 1.0 > plain.jaccard > strong.chance
    assert strong.r2 < plain.r2
    assert plain.prior_coverage == strong.prior_coverage == 1.0


@pytest.mark.parametrize(
    ("surrogate", "unit"),
    [
        (lc.Ridge(), 1),
        (lc.ElasticNetWithPrior(), 1),
        (lc.BayesianRidge(), 3),
        (lc.BayesianRidgeWithPrior(), 3),
        (lc.BayesianRidgeWithPrior(fit_noise=False, noise_precision=50.0), 50),
    ],
    ids=str,
)
def test_a_strength_means_the_same_in_the_unit_of_each_surrogate(surrogate, unit, own_prior):
    assert lc.usual_strengths(surrogate) == tuple(unit * strength for strength in lc.STRENGTHS)
    assert lc.usual_strength(own_prior, surrogate) == unit * lc.USUAL_STRENGTH
    activation = lc.ClassActivation.__new__(lc.ClassActivation)  # of no model
    assert lc.usual_strength(activation, surrogate) == unit * ACTIVATION_STRENGTH
    assert lc.usual_strength(activation, surrogate, 250.0) == unit * 250


def test_a_bayesian_ridge_is_pulled_about_as_far_as_a_ridge(pairs, settings):
    shares = []
    for surrogate in (lc.RidgeWithPrior(0.0), lc.BayesianRidgeWithPrior()):
        strengths = lc.usual_strengths(surrogate)
        fits = [replace(settings, class_index=0, surrogate=surrogate, prior_strength=each) for each in strengths]
        shares.append([lc.fit(pairs[0], each).mean_prior_share for each in fits])
    np.testing.assert_allclose(shares[1], shares[0], atol=0.3)


def test_figures_are_those_of_the_reports(reports):
    for figures, report in zip(lc.effect_of(reports, 4), reports, strict=True):
        assert (figures.jaccard, figures.r2) == (report.jaccard(4), report.r2)
        assert figures.relative_spread == report.relative_spread
        shares = [e.prior_share[e.weights != 0].mean() for e in report.explanations]
        assert figures.prior_share == pytest.approx(np.mean(shares))
        assert figures.deletion is None
        assert figures.insertion is None


@pytest.mark.parametrize("removal", [lc.Removal(), lc.Removal(ranking="absolute", steps=5)], ids=str)
def test_every_distinct_picture_is_asked_once_and_every_curve_is_as_if_asked_alone(
    reports, picture, planted, counting, removal
):
    explanations = [e for report in reports for e in report.explanations]
    spec = removal.spec_of_all(explanations)
    wanted = {row.tobytes() for e in explanations for row in alone(removal, e)}
    assert spec.reachable(10_000, 16) == len(wanted) < sum(removal.rows(e) for e in explanations)
    before = counting.rows
    probe = ask(spec, picture, planted)
    assert counting.rows - before == len(wanted)
    assert {row.tobytes() for row in probe.masks} == wanted
    before = counting.rows
    found = lc.faithfulness_at(reports, probe, removal)
    assert counting.rows == before
    for each, report in zip(found, reports, strict=True):
        for f, e in zip(each, report.explanations, strict=True):
            own = lc.faithfulness(e, planted, removal)
            for kind in ("deletion", "insertion"):
                np.testing.assert_allclose(getattr(f, kind).scores, getattr(own, kind).scores, atol=1e-6)
                np.testing.assert_array_equal(getattr(f, kind).shares, getattr(own, kind).shares)
    figures = lc.effect_of(reports, 3, found)
    assert figures[1].deletion == pytest.approx(np.mean([f.deletion.auc for f in found[1]]))
    assert figures[1].insertion == pytest.approx(np.mean([f.insertion.auc for f in found[1]]))


def alone(removal, e):
    sampler = removal.spec(e).sampler
    return sampler(sampler.rows(), 16, 0)


def test_a_probe_that_is_not_finished_or_another_has_no_curves(reports, picture, planted, probe):
    spec = lc.Removal().spec_of_all([e for report in reports for e in report.explanations])
    whole = ask(spec, picture, planted)
    for other in (whole.first(len(whole) - 1), probe):
        with pytest.raises(ValueError, match="must have all rows"):
            lc.faithfulness_at(reports, other)
    with pytest.raises(ValueError, match="one of the orders"):
        lc.faithfulness_at(reports, ask(lc.Removal().spec_of_all(reports[0].explanations[:1]), picture, planted))


def test_explanations_of_other_scenes_are_not_asked_together(reports, pairs):
    with pytest.raises(ValueError, match="all of the same picture"):
        lc.Removal().spec_of_all([reports[0].explanations[0], lc.explain(pairs[0])])
    with pytest.raises(ValueError, match="at least one"):
        lc.Removal().spec_of_all([])


def test_another_hiding_is_that_of_the_probe(reports):
    asked = lc.Removal(hiding=lc.SuperpixelMean()).spec_of_all(reports[0].explanations)
    assert asked.hiding == lc.SuperpixelMean()


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"prior": None}, "must have a prior"), ({"surrogate": lc.Tree()}, "takes a prior"), ({}, "at least 0, got -1")],
    ids=["no prior", "tree", "below zero"],
)
def test_wrong_arguments_are_refused(probes, settings, changes, message):
    with pytest.raises(ValueError, match=message):
        lc.at_strengths(probes, replace(settings, **changes), (0.0, -1.0))


def test_the_order_of_entry_is_there_at_every_strength(probes, settings):
    for report in lc.at_strengths(probes, replace(settings, surrogate=lc.ElasticNet(0.01)), STRENGTHS):
        assert all(len(e.entered) for e in report.explanations)


def test_one_repeat_has_figures_of_its_fit_only(probes, settings):
    (figures,) = lc.effect_of(lc.at_strengths(probes[:1], settings, (5.0,)), 3)
    assert np.isnan(figures.jaccard)
    assert figures.chance is None
    assert np.isfinite(figures.r2)


def test_a_model_of_pairs_has_its_curves_in_probability_whatever_is_explained():
    picture = textured_picture()
    model = lc.wrap_model(PairModel(picture), kind="logits")
    probe = lc.probe_image(picture, model, 100, segmenter=GRID, hiding=BLACK)
    prior = lc.build_prior([lc.PictureSummary.of([lc.explain(probe, 0)])], 3, clusters=6)
    reports = lc.at_strengths([probe], lc.FitSettings(0, space="log-odds", prior=prior), (0.0, 100.0))
    spec = lc.Removal().spec_of_all([report.explanations[0] for report in reports])
    for f in lc.effect_of(reports, 3, lc.faithfulness_at(reports, ask(spec, picture, model))):
        assert 0 <= f.deletion <= 1
        assert 0 <= f.insertion <= 1
