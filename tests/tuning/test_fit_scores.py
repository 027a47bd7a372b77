"""Ways of fitting are scored by the samples alone: what they predict of others, and how steady their maps are."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import lime_core as lc
from lime_core.tuning.fit_scores import whole_agreement

PICTURE = lc.load_picture(lc.gallery_picture("coffee").pixels[:96, :96])
RIDGES = [lc.FitSettings(surrogate=lc.Ridge(alpha=alpha), feature_selection="none") for alpha in (0.01, 1.0, 1000.0)]


@pytest.fixture
def asked():
    """How many rows a model was asked, and a model that adds up what its cells show, with some noise."""
    rows = []
    effects = np.random.default_rng(0).normal(size=(4, 4))

    def predict(shown):
        rows.append(len(shown))
        cells = shown.reshape(len(shown), 4, 24, 4, 24, 3).mean(axis=(2, 4, 5)) / 255
        noise = np.sin(1e4 * cells.sum(axis=(1, 2)))
        return np.stack([(cells * effects).sum(axis=(1, 2)) + 0.3 * noise, noise], axis=1)

    return rows, lc.wrap_model(predict, kind="values")


def probe_of(model, n, seed=0, segmenter=None, sampler="foldover"):
    cut = lc.Grid(4, 4) if segmenter is None else segmenter
    return lc.probe_image(PICTURE, model, n, segmenter=cut, hiding=0, sampler=sampler, seed=seed)


def test_no_model_is_asked(asked):
    rows, model = asked
    probe = probe_of(model, 200)
    before = sum(rows)
    fits = [replace(RIDGES[0], surrogate=lc.Ridge(alpha=alpha)) for alpha in np.geomspace(0.01, 100, 500)]
    scores = lc.fit_scores(probe, fits)
    assert scores.held_out_r2.shape == scores.stability.shape == (500,)
    assert sum(rows) == before


def test_r2_is_that_of_each_half_on_the_other(asked):
    probe = probe_of(asked[1], 512)
    (score,) = lc.fit_scores(probe, [replace(RIDGES[1], class_index=0, kernel=lc.NoKernel())]).held_out_r2
    own, others = slice(0, 257), slice(257, 512)  # the full picture, and 128 pairs
    predicted = np.empty(512)
    for fitted, held in ((own, others), (others, own)):
        part = replace(probe, masks=probe.masks[fitted], outputs=probe.outputs[fitted])
        e = lc.fit(part, replace(RIDGES[1], class_index=0, kernel=lc.NoKernel()))
        predicted[held] = e.intercept + probe.masks[held] @ e.weights
    values = probe.outputs[:, 0].astype(float)
    expected = 1 - ((values - predicted) ** 2).sum() / ((values - values.mean()) ** 2).sum()
    assert score == pytest.approx(expected, abs=1e-9)


def test_stability_is_that_of_the_photo_without_its_border():
    torch.manual_seed(0)
    layers = torch.nn.AdaptiveAvgPool2d(4), torch.nn.Flatten(), torch.nn.Linear(48, 8), torch.nn.Tanh()
    module = torch.nn.Sequential(*layers, torch.nn.Linear(8, 2))
    seen = lc.Preprocessing(32, 32, fit="pad")
    model = lc.torch_classifier("padded", module, seen, (), "cpu", "f32", "torch", kind="values")
    photo = lc.load_picture(lc.gallery_picture("coffee").pixels[:60, :120])
    probe = lc.probe_image(photo, model, 65, segmenter=lc.Grid(3, 4), hiding=0)
    settings = replace(RIDGES[1], class_index=0)
    maps = []
    for rows in (slice(0, 33), slice(33, 65)):
        half = lc.fit(replace(probe, masks=probe.masks[rows], outputs=probe.outputs[rows]), settings)
        maps.append(half.pixel_weights()[probe.scene.segmentation.part].ravel())
    expected = whole_agreement(float(np.corrcoef(maps)[0, 1]), 33, 32)
    assert lc.fit_scores(probe, [settings]).stability[0] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("sampler", ["bernoulli", "foldover"])
@pytest.mark.parametrize("cut", [lc.Grid(4, 4), lc.Segmentations((lc.Grid(4, 4), lc.Grid(3, 5)))])
def test_stability_is_what_other_seeds_have(asked, sampler, cut):
    n = 100 * len(cut.members) if isinstance(cut, lc.Segmentations) else 100
    settings = replace(RIDGES[1], class_index=0)
    probes = [probe_of(asked[1], n, seed, cut, sampler) for seed in range(6)]
    maps = [lc.fit(probe, settings).pixel_weights().ravel() for probe in probes]
    between = np.corrcoef(maps)[np.triu_indices(len(maps), 1)].mean()
    expected = np.mean([lc.fit_scores(probe, [settings]).stability[0] for probe in probes])
    assert expected == pytest.approx(between, abs=0.05)
    assert between < 0.995


def test_a_strong_penalty_predicts_worse_and_log_odds_are_judged_by_the_probability():
    model = lc.wrap_model(lambda shown: 1 / (1 + np.exp(-shown[:, :48].mean(axis=(1, 2, 3)) / 40 + 2))[:, None])
    probe = probe_of(model, 256)
    scores = lc.fit_scores(probe, [*RIDGES, replace(RIDGES[0], space="log-odds")])
    assert scores.held_out_r2[0] > scores.held_out_r2[2] + 0.2
    assert scores.held_out_r2[3] > scores.held_out_r2[0]  # on that scale the model is additive
    assert (scores.held_out_r2 <= 1).all()


def test_weights_that_are_nearly_nothing_have_a_stability_too(asked):
    narrow = replace(RIDGES[0], kernel=lc.CosineKernel(0.01))
    with np.errstate(divide="raise", invalid="raise"):
        stability = lc.fit_scores(probe_of(asked[1], 256), [narrow]).stability[0]
    assert np.isnan(stability) or -1 < stability < 1


def test_a_score_that_does_not_move_has_no_figures():
    probe = probe_of(lc.wrap_model(lambda shown: np.full((len(shown), 1), 0.5)), 64)
    scores = lc.fit_scores(probe, RIDGES)
    assert np.isnan(scores.held_out_r2).all()
    assert np.isnan(scores.stability).all()


def test_a_prior_is_laid_over_both_halves():
    model = lc.load_model("efficientnet_lite0")
    prior = lc.load_prior("assets/priors/efficientnet_lite0.npz")
    probe = lc.probe_image(lc.gallery_picture("coffee"), model, 64)
    fits = [lc.FitSettings(prior=prior, prior_strength=strength) for strength in (0.0, 1e6)]
    stability = lc.fit_scores(probe, fits).stability
    assert stability[1] == pytest.approx(1.0, abs=1e-3) != stability[0]  # a prior without end is perfectly steady


def test_parts_say_what_the_whole_is():
    assert lc.whole_agreement(0.5, 100, 100) == pytest.approx(2 * 0.5 / 1.5)
    noise = 30.0
    apart = 1 / np.sqrt((1 + noise / 64) * (1 + noise / 256))
    assert lc.whole_agreement(float(apart), 64, 256) == pytest.approx(1 / (1 + noise / 320))
    assert lc.whole_agreement(1.0, 10, 20) == 1.0
    assert lc.whole_agreement(-0.2, 10, 20) == -0.2
    assert np.isnan(lc.whole_agreement(float("nan"), 10, 20))


def test_too_few_samples_and_other_scores_are_refused(asked):
    with pytest.raises(lc.LimeError, match="4 is the least"):
        lc.fit_scores(probe_of(asked[1], 3), RIDGES)
    model = lc.load_model("efficientnet_lite0")
    probe = lc.probe_image(lc.gallery_picture("coffee"), model, 8, segmenter=lc.Grid(2, 2))
    with pytest.raises(ValueError, match="space must be"):
        lc.fit_scores(probe, [lc.FitSettings(space="logit")])
