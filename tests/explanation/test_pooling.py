"""Several segmentations in one explanation: exact where the truth is known, and one alone is itself."""

from dataclasses import fields

import numpy as np
import pytest
import torch

import lime_core as lc
from lime_core.superpixels.overlap import shares
from tests.support.planted import BLACK, GRID, AdditiveModel, PairModel, textured_picture

HALVES = lc.LabelMap.of(np.repeat(np.repeat([[0, 1]], 32, axis=0), 16, axis=1))
MEMBERS = (GRID, lc.Grid(3, 5), HALVES)
PLAIN = lc.FitSettings(0, surrogate=lc.LeastSquares(), kernel=lc.NoKernel())


@pytest.fixture
def several(picture, planted):
    return lc.probe_image(picture, planted, 300, segmenter=MEMBERS, hiding=BLACK)


def contributions(picture, counting, class_index=0):
    """(h, w) what each pixel adds: its share of the brightness of its cell, of the cell's effect."""
    bright = picture.pixels.mean(axis=2)
    cells = np.arange(32) // 8
    cell = cells[:, None] * 4 + cells
    return (counting.effects[class_index] / np.bincount(cell.ravel(), weights=bright.ravel()))[cell] * bright


def test_each_member_is_explained_as_if_it_were_alone(several, picture, planted):
    e = lc.fit(several, PLAIN)
    assert [member.n_samples for member in e.members] == [100, 100, 100]
    for member, spec in zip(e.members, several.spec.members, strict=True):
        alone = lc.probe_image(picture, planted, 100, spec.segmenter, BLACK, seed=spec.seed)
        assert member.spec == alone.spec == spec
        np.testing.assert_array_equal(member.weights, lc.fit(alone, PLAIN).weights)


def test_the_mean_map_is_exact_where_every_pixel_is_known(several, picture, counting):
    e, truth = lc.fit(several, PLAIN), contributions(picture, counting)
    maps = []
    for member in e.members:
        sums = np.bincount(member.segments.ravel(), weights=truth.ravel())
        np.testing.assert_allclose(member.weights, sums, atol=1e-4)
        maps.append((sums / np.bincount(member.segments.ravel()))[member.segments])
    np.testing.assert_allclose(e.pixel_weights(), np.mean(maps, axis=0), atol=1e-6)
    np.testing.assert_allclose(
        e.weights, np.bincount(e.segments.ravel(), weights=np.mean(maps, axis=0).ravel()), atol=1e-4
    )
    np.testing.assert_allclose(lc.readings(e).mean(axis=0), e.weights, rtol=1e-12)
    assert e.r2 == pytest.approx(1.0, abs=1e-6)
    assert e.weights.sum() == pytest.approx(counting.effects[0].sum(), abs=1e-4)
    assert e.local_prediction == pytest.approx(e.model_score, abs=1e-4)
    assert e.intercept == pytest.approx(counting.bias[0], abs=1e-4)


def test_superpixels_of_another_segmentation_weigh_what_lies_in_them(several, picture, counting):
    e = lc.fit(several, PLAIN)
    rows = counting.rows
    quarters = lc.read_in(e, lc.Grid(2, 2))
    expected = np.bincount(quarters.segments.ravel(), weights=e.pixel_weights().ravel())
    np.testing.assert_allclose(quarters.weights, expected, rtol=1e-9)
    assert quarters.members == e.members
    np.testing.assert_array_equal(lc.read_in(quarters, GRID).weights, e.weights)
    assert counting.rows == rows


@pytest.mark.parametrize("surrogate", [lc.Ridge(), lc.Tree(), lc.Lasso(alpha=0.05)])
@pytest.mark.parametrize("selection", [lc.AllFeatures(), lc.ForwardSelection(num_features=4)])
def test_one_member_is_its_own_explanation_to_the_last_digit(picture, planted, surrogate, selection):
    settings = lc.FitSettings(1, surrogate=surrogate, feature_selection=selection)
    own = lc.fit(lc.probe_image(picture, planted, 90, GRID, BLACK, seed=4), settings)
    one = lc.fit(lc.probe_image(picture, planted, 90, lc.Segmentations((GRID,)), BLACK, seed=4), settings)
    read = lc.read_in(own, GRID)
    for f in fields(own):
        if f.name not in ("scene", "spec", "members", "settings"):
            for other in (one, read):
                if f.name != "entered" and (f.name != "features" or other is one):
                    np.testing.assert_array_equal(getattr(other, f.name), getattr(own, f.name), err_msg=f.name)
    assert set(read.features) == set(own.features)
    assert read.spec == own.spec
    assert (one.limit, one.exact) == (own.limit, own.exact) == (None, False)


def test_the_first_rows_are_the_probe_of_fewer(several, picture, planted):
    for n in (4, 9, 100):
        fewer = lc.probe_image(picture, planted, n, segmenter=MEMBERS, hiding=BLACK)
        np.testing.assert_array_equal(several.first(n).masks, fewer.masks)
        np.testing.assert_allclose(lc.fit(several.first(n), PLAIN).weights, lc.fit(fewer, PLAIN).weights, atol=1e-9)
    assert len(lc.fit(several.first(4), PLAIN).members) == 1  # the others have the full picture alone
    with pytest.raises(ValueError, match="at least 4 samples, two of the first, got 3"):
        lc.fit(several.first(3), PLAIN)


def test_a_member_whose_score_never_moves_adds_nothing():
    pixels = np.zeros((32, 32, 3), dtype=np.uint8)
    pixels[:, :16], pixels[:, 16:] = 90, 200
    picture = lc.load_picture(pixels)
    model = lc.wrap_model(lambda shown: shown[:, :, :20].mean(axis=(1, 2, 3))[:, None], kind="values")
    e = lc.explain(lc.probe_image(picture, model, 80, segmenter=(lc.Grid(3, 3), HALVES)), 0)
    grid, halves = e.members  # the halves are flat: hidden in their mean they are what they were
    assert (grid.constant, halves.constant, e.constant) == (False, True, False)
    assert e.r2 == grid.r2
    np.testing.assert_allclose(e.weights, grid.weights / 2, rtol=1e-12)
    np.testing.assert_allclose(e.standard_error, grid.standard_error / 2, rtol=1e-12)
    swapped = lc.explain(lc.probe_image(picture, model, 80, segmenter=(HALVES, lc.Grid(3, 3))), 0)
    assert not swapped.inert.any()  # what cannot be explained by halves is explained by the grid


def test_nothing_to_explain_by_any_member_is_nothing(picture):
    still = lc.wrap_model(lambda pictures: np.full((len(pictures), 1), 3.0), kind="values")
    e = lc.explain(lc.probe_image(picture, still, 60, segmenter=MEMBERS), 0)
    assert e.constant
    assert e.empty
    assert np.isnan(e.standard_error).all()


def test_error_bars_are_the_spread_over_seeds():
    picture = textured_picture()
    model = lc.wrap_model(PairModel(picture), kind="values")
    probes = [
        lc.probe_image(picture, model, 240, MEMBERS, BLACK, sampler=lc.Bernoulli(), seed=seed) for seed in range(60)
    ]
    found = [lc.fit(probe, PLAIN) for probe in probes]
    spread = np.std([e.weights for e in found], axis=0, ddof=1)
    claimed = np.sqrt(np.mean([e.standard_error**2 for e in found], axis=0))
    assert np.median(spread / claimed) == pytest.approx(1.0, abs=0.15)


def test_r2_is_what_all_leave_of_what_moves_each_about_its_own_mean():
    picture = textured_picture()
    model = lc.wrap_model(PairModel(picture), kind="values")
    probe = lc.probe_image(picture, model, 300, MEMBERS, BLACK)
    e = lc.explain(probe, 0)
    left = moved = 0.0
    for member, own in zip(e.members, probe.members, strict=True):
        scores, weights = own.scores(0, "value"), lc.CosineKernel()(own.masks)
        predicted = member.intercept + own.masks @ member.weights
        left += weights @ (scores - predicted) ** 2
        moved += weights @ (scores - np.average(scores, weights=weights)) ** 2
    assert e.r2 == pytest.approx(1.0 - left / moved, rel=1e-9)
    assert e.r2 != pytest.approx(np.mean([member.r2 for member in e.members]), abs=1e-4)


@pytest.mark.parametrize("cut", [GRID, MEMBERS])
def test_a_map_of_a_report_is_read_without_errors(picture, planted, cut):
    e = lc.stability(picture, planted, 2, 90, 0, cut, BLACK).explanations[0]
    read = lc.read_in(e, lc.Grid(2, 2))
    whole = lc.fit(lc.probe_image(picture, planted, 90, cut, BLACK), e.settings)
    np.testing.assert_allclose(read.weights, lc.read_in(whole, lc.Grid(2, 2)).weights, rtol=1e-9)
    assert np.isnan(read.standard_error).all()


def test_too_few_samples_are_refused_before_the_model_is_asked(picture, planted, counting):
    for ask in (
        lambda: lc.explain_image(picture, planted, num_samples=3, segmenter=MEMBERS),
        lambda: lc.stability(picture, planted, 2, 3, 0, MEMBERS),
        lambda: lc.Job.of(lc.ModelFacts.of(planted), MEMBERS, num_samples=3),
    ):
        with pytest.raises(ValueError, match="num_samples must be at least 4"):
            ask()
    assert counting.rows == 0
    assert len(lc.explain_image(picture, planted, 0, 4, MEMBERS, BLACK).members) == 1


def test_covariance_is_that_of_the_members_read_in_its_superpixels(pairs):
    e = lc.read_in(lc.fit(pairs[0], PLAIN), lc.Grid(2, 3))
    lies = shares(e.members[0].segments, e.segments)
    np.testing.assert_allclose(e.covariance, lies @ e.members[0].covariance @ lies.T, rtol=1e-12)


def test_all_masks_of_few_superpixels_are_exact_where_all_have_been_asked_of_each(picture, planted):
    def asked(*cuts):
        return lc.explain(lc.probe_image(picture, planted, 10**6, cuts, BLACK, sampler=lc.Enumerate()))

    alike = asked(lc.Grid(2, 2), lc.Grid(1, 4))
    assert alike.n_samples == alike.limit == 2 * 2**4
    assert alike.exact
    assert (alike.standard_error == 0).all()
    e = asked(lc.Grid(2, 2), lc.Grid(1, 3))
    assert e.n_samples == e.limit == 2 * 2**3  # it ends with the member that has the fewest
    assert e.members[1].exact
    assert not e.members[0].exact
    assert not e.exact


def test_no_error_bar_of_a_member_that_has_weights_is_none_of_the_mean():
    picture = textured_picture()
    model = lc.wrap_model(PairModel(picture), kind="values")
    e = lc.fit(lc.probe_image(picture, model, 60, (lc.Grid(3, 3), lc.Grid(6, 6)), BLACK), lc.FitSettings(0))
    assert np.isnan(e.members[1].standard_error).all()
    assert e.members[1].weights.any()
    assert np.isnan(e.standard_error).all()
    assert np.isnan(lc.pixel_map(e).error).all()


def test_a_border_stays_one_in_other_superpixels(planted):
    picture = lc.load_picture(np.random.default_rng(0).integers(60, 250, (24, 48, 3), dtype=np.uint8))
    module = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(3, 3))
    model = lc.torch_classifier(
        "padded", module, lc.Preprocessing(32, 32, fit="pad"), ("a", "b", "c"), "cpu", "f32", "torch"
    )
    e = lc.explain(lc.probe_image(picture, model, 60, (lc.Grid(2, 2), lc.Grid(1, 3))), 0)
    read = lc.read_in(e, lc.Grid(3, 3))
    assert read.scene.segmentation.border == 9
    assert read.scene.segmentation.part == e.scene.segmentation.part
    assert read.weights[9] == 0
    with pytest.raises(ValueError, match="the border that the photo is padded with"):
        lc.read_in(e, lc.segment(e.image, lc.Grid(3, 3)))


def test_a_prior_pulls_each_member(picture, planted, own_prior):
    probe = lc.probe_image(picture, planted, 120, segmenter=MEMBERS, hiding=BLACK)
    e = lc.explain(probe, 1, prior=own_prior, prior_strength=5)
    assert sum(member.prior_share.any() for member in e.members) == 2  # no half looks like what it knows
    for member, own in zip(e.members, probe.members, strict=True):
        alone = lc.explain(own, 1, prior=own_prior, prior_strength=5)
        np.testing.assert_array_equal(member.prior_share, alone.prior_share)
        np.testing.assert_array_equal(member.weights, alone.weights)
    assert 0 < e.mean_prior_share < 1
    assert e.prior_share.max() <= max(member.prior_share.max() for member in e.members)


def test_another_picture_cannot_be_read(several, planted):
    e = lc.fit(several, PLAIN)
    other = textured_picture(5)
    with pytest.raises(ValueError, match="segmentation must be of the picture"):
        lc.read_in(e, lc.segment(other.pixels, GRID))
    with pytest.raises(ValueError, match=r"labels of the crop, \(32, 32\)"):
        lc.read_in(e, np.arange(6).reshape(2, 3))
    with pytest.raises(TypeError, match="segmentation must be"):
        lc.read_in(e, 3)


def test_growing_and_stopping_keep_rows_of_all_members(picture):
    counting = AdditiveModel(picture)
    model = lc.wrap_model(counting, kind="values", name="planted")
    spec = lc.ProbeSpec.of(picture, model, MEMBERS, BLACK)
    store = lc.ProbeStore()
    growth = store.grow(spec, picture, model, 300)
    half = next(growth)
    growth.close()
    assert 0 < len(half) < 300
    assert counting.rows == len(half)
    *_, whole = store.grow(spec, picture, model, 300)
    assert counting.rows == 300
    for n in (7, 8, 50, 113, 300):  # wherever a growth begins in the round of members, rows are those of one go
        *_, longer = lc.ProbeStore().grow(spec, picture, model, n)
        for end in (n + 1, n + 5, 300):
            longer = [longer, *lc.grow(longer, min(end, 300), model)][-1]
        np.testing.assert_array_equal(longer.masks, whole.masks[: len(longer)])
        np.testing.assert_allclose(longer.outputs, whole.outputs[: len(longer)], atol=1e-6)
    np.testing.assert_array_equal(whole.masks[: len(half)], half.masks)
    np.testing.assert_array_equal(whole.outputs[: len(half)], half.outputs)
    assert store.get(spec) is whole or len(store.get(spec)) == 300
    assert whole.spec == spec
    assert store.nbytes() >= whole.nbytes > whole.masks.nbytes + whole.outputs.nbytes
