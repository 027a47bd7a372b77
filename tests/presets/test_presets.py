"""Presets: every one can be loaded, and gives what the tool of its name gives."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from lime import lime_image
from skimage import segmentation
from sklearn import linear_model
from sklearn.tree import DecisionTreeRegressor

import lime_core as lc
from lime_core.explanation.stages import samples_of
from lime_core.reports.manifest import TABLES
from tests.support.planted import AdditiveModel

DOCS = Path(__file__).parents[2] / "docs" / "presets"
SAMPLES = {
    "recommended": 500,
    "lime": 1000,
    "r-lime": 1000,
    "imagelime": 2048,
    "imagelime-grid": 2048,
    "interpretdl": 1000,
    "g-lime": 500,
}


@pytest.fixture(scope="module")
def photo():
    """A small photo whose sides four cells divide."""
    return lc.load_picture(lc.gallery_picture("chelsea").pixels[:288:4, :448:4], name="small chelsea")


@pytest.fixture(scope="module")
def model(photo):
    return lc.wrap_model(AdditiveModel(photo), kind="values")


def probed(name, photo, model, n=200):
    """A probe with the settings of a preset, and its fit without a prior."""
    preset = lc.PRESETS[name]
    asked = preset.probing
    probe = lc.probe_image(photo, model, n, asked.segmenter, asked.hiding, asked.sampler)
    return probe, lc.fit(probe, replace(preset.settings, class_index=1))


def test_there_are_these_presets():
    assert {name: preset.num_samples for name, preset in lc.PRESETS.items()} == SAMPLES


@pytest.mark.parametrize("name", SAMPLES)
def test_its_page_says_its_settings_and_a_source_for_each(name):
    preset = lc.PRESETS[name]
    page = (DOCS / f"{name.removesuffix('-grid')}.md").read_text()
    told = {(setting, value) for setting, value, source in re.findall(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", page, re.M)}
    assert told >= {(role, f"`{option!r}`") for role, option in preset.options.items()}
    assert ("num_samples", str(preset.num_samples)) in told
    if preset.needs_prior:
        assert ("prior_strength", f"{preset.settings.prior_strength:g}") in told
    changed = [f.name for f in fields(lc.View) if getattr(preset.view, f.name) != f.default]
    shown = re.findall(r"^\| view \| (.+?) \|", page, re.M)
    wanted = ", ".join(f"`{key}={getattr(preset.view, key)!r}`" for key in changed) or "as usual"
    assert wanted in shown


@pytest.mark.parametrize("name", SAMPLES)
def test_a_preset_is_frozen_told_and_written_by_the_names_of_the_tables(name):
    preset = lc.PRESETS[name]
    assert preset.title
    assert preset.help.endswith(".")
    hash(preset)
    with pytest.raises(AttributeError):
        preset.num_samples = 1
    with pytest.raises(TypeError):
        lc.PRESETS[name] = preset
    assert {role: type(option) in TABLES[role].values() for role, option in preset.options.items()} == dict.fromkeys(
        TABLES, True
    )


@pytest.mark.parametrize("name", [name for name, preset in lc.PRESETS.items() if not preset.needs_prior])
def test_a_preset_explains_a_picture_with_exactly_its_settings(name, photo, model):
    preset = replace(lc.PRESETS[name], num_samples=60)
    e = preset.explain_image(photo, model, class_index=1, seed=3)
    assert (e.spec.settings.options, e.spec.seed, e.n_samples) == (preset.probing.options, 3, 60)
    assert e.settings.options == preset.settings.options
    assert e.settings.class_index == 1


def test_g_lime_takes_a_prior_and_refuses_to_go_without(photo, model):
    preset = replace(lc.PRESETS["g-lime"], num_samples=60)
    with pytest.raises(ValueError, match="prior must be given, since As InterpretDL's G-LIME is a fit with one"):
        preset.explain_image(photo, model)
    probe, _ = probed("g-lime", photo, model)
    summary = lc.PictureSummary.of([lc.explain(probe, index) for index in (0, 1)])
    prior = lc.build_prior([summary], 3, clusters=8, method="normlime")
    e = preset.explain_image(photo, model, 1, prior)
    assert (e.settings.prior, e.settings.prior_strength) == (prior, 250.0)
    assert e.settings.surrogate == lc.RidgeWithPrior(alpha=0.0)
    with pytest.raises(ValueError, match="prior must be left out, for no part of As lime is a fit with one"):
        lc.PRESETS["lime"].explain_image(photo, model, 1, prior)


def test_recommended_is_what_is_taken_where_nothing_is_said(photo, model):
    preset = lc.PRESETS["recommended"]
    several = lc.Segmentations()
    assert preset.probing == lc.ProbeSettings(several)
    assert lc.ProbeSettings() == lc.ProbeSettings.of() == lc.ProbeSettings(several.members[0])  # arrays of one shape
    assert preset.settings == lc.FitSettings()
    assert preset.view == lc.View()
    assert next(iter(lc.PRESETS)) == "recommended"
    e = lc.explain_image(photo, model)
    assert (e.n_samples, e.spec.sampler) == (500, lc.FoldOver())
    assert (lc.Job.of(model).num_samples, lc.Job.of(model).probing) == (500, lc.ProbeSettings())
    assert len(preset.explain_image(photo, model, 1).members) == 4


@pytest.mark.parametrize("name", ["chelsea", "china"])
def test_lime_gives_the_weights_of_the_package_with_nothing_but_its_defaults(name, lite0):
    picture, preset = lc.gallery_picture(name), replace(lc.PRESETS["lime"], num_samples=200)
    theirs = lime_image.LimeImageExplainer(random_state=0).explain_instance(
        lite0.view(picture), lite0.probabilities, top_labels=1, num_samples=200, batch_size=50
    )
    (label,) = theirs.top_labels
    e = preset.explain_image(picture, lite0)
    weights = np.zeros(len(e.weights))
    for superpixel, weight in theirs.local_exp[label]:
        weights[superpixel] = weight
    assert e.settings.class_index == label
    np.testing.assert_array_equal(e.segments, theirs.segments)
    np.testing.assert_allclose(e.weights, weights, atol=1e-6)
    assert e.r2 == pytest.approx(theirs.score, abs=1e-5)


def test_r_lime_weighs_by_the_cosine_similarity_hides_in_its_grey_and_keeps_twenty(photo, model):
    probe, e = probed("r-lime", photo, model)
    shown = probe.masks.mean(axis=1, dtype=np.float64)
    np.testing.assert_allclose(samples_of(probe, e.settings)[0].sample_weights, np.sqrt(shown))
    assert set(probe.scene.hidden.reshape(-1, 3).ravel()) == {190}
    assert np.count_nonzero(e.weights) == min(20, len(e.weights))
    labels = segmentation.slic(photo.pixels, n_segments=50, compactness=20, start_label=0)
    np.testing.assert_array_equal(e.segments, labels)


def test_imagelime_is_a_tree_on_superpixels_in_the_mean_of_the_picture(photo, model):
    probe, e = probed("imagelime", photo, model)
    tree = DecisionTreeRegressor(max_depth=20, min_samples_leaf=5, random_state=0)
    tree.fit(probe.masks, probe.scores(1, "value"))
    np.testing.assert_allclose(e.weights, tree.feature_importances_, atol=1e-9)
    assert (probe.scene.hidden == photo.pixels.mean(axis=(0, 1)).astype(np.uint8)).all()
    assert not e.signed


def test_imagelime_grid_is_a_lasso_on_a_hundred_cells_and_a_smooth_map(photo, model):
    probe, e = probed("imagelime-grid", photo, model)
    assert len(e.weights) == 100
    lasso = linear_model.Lasso(alpha=0.0005, tol=1e-8, max_iter=100_000).fit(
        probe.masks.astype(float), probe.scores(1, "value")
    )
    np.testing.assert_allclose(e.weights, lasso.coef_, atol=3e-5)
    assert lc.PRESETS["imagelime-grid"].view == lc.View(style="heatmap", upsampling="bicubic")


def test_interpretdl_is_least_squares_on_quickshift_with_its_own_defaults(photo, model):
    probe, e = probed("interpretdl", photo, model, n=600)
    labels = segmentation.quickshift(photo.pixels, sigma=1)
    np.testing.assert_array_equal(e.segments, np.unique(labels, return_inverse=True)[1].reshape(labels.shape))
    live = ~e.inert
    weights = lc.CosineKernel()(probe.masks)
    fitted = linear_model.LinearRegression().fit(probe.masks[:, live], probe.scores(1, "value"), weights)
    np.testing.assert_allclose(e.weights[live], fitted.coef_, atol=1e-6)


def test_the_strength_of_g_lime_is_interpretdls_force_on_columns_of_length_one():
    """Its formula: columns and scores centred and scaled to length one, then weighted, then ridge with the force."""
    rng, n, d = np.random.default_rng(0), 500, 30
    masks = (rng.random((n, d)) < 0.5).astype(float)
    masks[0] = 1
    scores = masks @ rng.normal(0, 1, d) + rng.normal(0, 0.1, n)
    weights = lc.CosineKernel()(masks.astype(np.float32))
    columns = masks - np.average(masks, axis=0, weights=weights)
    lengths = np.linalg.norm(columns, axis=0)
    target = scores - np.average(scores, weights=weights)
    root = np.sqrt(weights)[:, None]
    x, y = root * columns / lengths, root[:, 0] * target / np.linalg.norm(target)
    theirs = np.linalg.solve(x.T @ x + 2.0 * np.eye(d), x.T @ y) * np.linalg.norm(target) / lengths
    ours = lc.Ridge(alpha=lc.PRESETS["g-lime"].settings.prior_strength)(lc.Samples(masks, scores, weights)).weights
    np.testing.assert_allclose(ours, theirs, rtol=0.12)
    assert np.corrcoef(ours, theirs)[0, 1] > 0.999
