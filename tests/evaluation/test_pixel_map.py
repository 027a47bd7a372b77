"""The map by pixel: its mean, its spread over segmentations, and the band where another segmentation's would lie."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from scipy.stats import t as student

import lime_core as lc
from tests.support.planted import BLACK, GRID, textured_picture

PLAIN = lc.FitSettings(0, surrogate=lc.LeastSquares(), kernel=lc.NoKernel())
MEMBERS = (GRID, lc.Grid(3, 5), lc.Grid(6, 2), lc.Grid(2, 6), lc.Grid(5, 5))


def test_mean_spread_and_error_are_those_of_the_maps_of_the_members(picture, planted):
    e = lc.explain(lc.probe_image(picture, planted, 200, MEMBERS[:3], BLACK, sampler=lc.Bernoulli()), 1)
    found = lc.pixel_map(e)
    maps, errors = [], []
    for member in e.members:
        area = np.bincount(member.segments.ravel())
        maps.append((member.weights / area)[member.segments])
        errors.append((member.standard_error / area)[member.segments])
    np.testing.assert_allclose(found.weights, np.mean(maps, axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.spread, np.std(maps, axis=0, ddof=1), rtol=1e-12)
    np.testing.assert_allclose(found.error, np.sqrt(np.sum(np.square(errors), axis=0)) / 3, rtol=1e-12)
    assert found.segmentations == 3
    assert not found.weights.flags.writeable
    assert found.weights.sum() == pytest.approx(e.weights.sum(), rel=1e-9)


def test_one_segmentation_has_no_spread_and_no_band(probe):
    found = lc.pixel_map(lc.explain(probe, 0))
    assert found.segmentations == 1
    assert np.isnan(found.spread).all()
    assert np.isnan(found.band()).all()
    np.testing.assert_array_equal(found.weights, lc.explain(probe, 0).pixel_weights())
    assert np.isnan(lc.pixel_map(lc.explain(probe, 0, surrogate=lc.Tree())).error).all()


def test_the_band_is_wider_where_segmentations_differ_and_never_of_no_width():
    weights, spread = np.zeros((2, 2)), np.array([[0.0, 1.0], [2.0, 3.0]])
    found = lc.PixelMap(weights, spread, spread, 4)
    low, high = found.band(0.9)
    variance = (3 * spread**2 + 2 * np.mean(spread**2)) / 5
    np.testing.assert_allclose(high, student.ppf(0.95, 5) * np.sqrt(variance * 1.25), rtol=1e-12)
    np.testing.assert_allclose(low, -high)
    assert (np.diff(high.ravel()) > 0).all()
    assert high.min() > 0
    assert (found.band(0.99)[1] > high).all()
    still = replace(found, spread=np.zeros((2, 2)))
    np.testing.assert_array_equal(still.band()[1], weights)


@pytest.mark.parametrize("level", [0, 1, -0.5, 2, float("nan")])
def test_a_level_is_a_probability(probe, level):
    with pytest.raises(ValueError, match="level must"):
        lc.pixel_map(lc.explain(probe, 0)).band(level)


def planted_by_pixel(seed, smooth=4.0):
    """A picture, the model, and what each pixel adds to its score: a smooth field."""
    picture = textured_picture(seed)
    field = gaussian_filter(np.random.default_rng(seed).normal(size=(32, 32)), smooth, mode="reflect")
    full = picture.pixels.astype(np.float64).mean(axis=2)
    share = field / full
    model = lc.wrap_model(
        lambda pictures: np.einsum("nhw,hw->n", pictures.astype(np.float64).mean(axis=3), share)[:, None], kind="values"
    )
    return picture, model, field


def test_the_band_covers_what_each_pixel_adds_where_that_is_known():
    covered = []
    for seed in range(20):
        picture, model, field = planted_by_pixel(seed)
        e = lc.fit(lc.probe_image(picture, model, 300, MEMBERS, BLACK), PLAIN)
        low, high = lc.pixel_map(e).band()
        covered.append(np.mean((low <= field) & (field <= high)))
        assert e.r2 == pytest.approx(1.0, abs=1e-6)
    assert np.mean(covered) >= 0.95
    assert min(covered) >= 0.9


def test_the_band_covers_the_map_of_a_segmentation_that_was_held_out():
    covered = []
    for seed in range(20):
        picture, model, _ = planted_by_pixel(seed)
        for place, held in enumerate(MEMBERS):
            rest = MEMBERS[:place] + MEMBERS[place + 1 :]
            low, high = lc.pixel_map(lc.fit(lc.probe_image(picture, model, 240, rest, BLACK), PLAIN)).band()
            other = lc.fit(lc.probe_image(picture, model, 60, held, BLACK), PLAIN).pixel_weights()
            covered.append(np.mean((low <= other) & (other <= high)))
    assert np.mean(covered) >= 0.9


@pytest.fixture
def padded():
    """A photo that fills half of what the model sees, and several segmentations of it."""
    picture = lc.load_picture(np.random.default_rng(0).integers(60, 250, (24, 48, 3), dtype=np.uint8))
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(4), torch.nn.Flatten(), torch.nn.Linear(48, 3))
    seen = lc.Preprocessing(32, 32, fit="pad")
    model = lc.torch_classifier("padded", module, seen, ("a", "b", "c"), "cpu", "f32", "torch")
    return lc.explain(lc.probe_image(picture, model, 200, (lc.Grid(2, 2), lc.Grid(3, 5), lc.Grid(1, 4)), BLACK), 1)


def test_a_border_counts_neither_for_the_agreement_nor_for_the_band(padded):
    part = padded.scene.segmentation.part
    maps = np.array([member.pixel_weights()[part].ravel() for member in padded.members])
    r = np.corrcoef(maps)[np.triu_indices(3, 1)].mean()
    assert lc.segmentation_agreement(padded) == pytest.approx(max(3 * r / (1 + 2 * r), 0), rel=1e-9)
    even = []
    for member in padded.members:
        sizes = member.scene.segmentation.sizes.astype(float)
        sizes[member.scene.segmentation.border] = 0.0
        even.append(replace(member, weights=sizes / sizes.sum()))
    assert lc.segmentation_agreement(replace(padded, members=tuple(even))) == 0
    found = lc.pixel_map(padded)
    photo = lc.PixelMap(found.weights[part], found.spread[part], found.error[part], 3)
    border = np.ones((32, 32), bool)
    border[part] = False
    for end, own in zip(found.band(), photo.band(), strict=True):
        np.testing.assert_array_equal(end[part], own)
        assert (end[border] == 0).all()


def test_a_hundredth_of_the_picture_is_one_of_the_photo(padded):
    part = padded.scene.segmentation.part
    photo = padded.pixel_weights()[part]
    assert photo.size == padded.scene.segmentation.pixels_in_photo == 512
    hundredths = np.abs(photo) * (photo.size / 100)
    assert padded.color_limit(lc.View(style="heatmap")) == pytest.approx(np.quantile(hundredths, 0.99))
    alone = padded.members[0]
    assert alone.color_limit(lc.View(style="heatmap")) == np.abs(alone.weights).max()


def test_superpixels_are_counted_for_and_against_by_segmentation(picture, planted):
    e = lc.explain(lc.probe_image(picture, planted, 200, MEMBERS, BLACK), 1)
    speaks_for, against = lc.segmentations_for(e)
    read = np.array([lc.read_in(member, GRID).weights for member in e.members])
    np.testing.assert_array_equal(speaks_for, (read > 0).sum(axis=0))
    np.testing.assert_array_equal(against, (read < 0).sum(axis=0))
    alone = lc.explain(lc.probe_image(picture, planted, 200, GRID, BLACK), 1)
    np.testing.assert_array_equal(lc.segmentations_for(alone)[0], alone.weights > 0)


def test_maps_that_agree_would_be_drawn_again_and_maps_of_chance_would_not(picture, planted, probe):
    one = lc.explain(probe, 0)
    assert np.isnan(lc.segmentation_agreement(one))
    e = lc.explain(lc.probe_image(picture, planted, 200, MEMBERS[:3], BLACK), 1)
    maps = [member.pixel_weights().ravel() for member in e.members]
    r = np.corrcoef(maps)[np.triu_indices(3, 1)].mean()
    assert lc.segmentation_agreement(e) == pytest.approx(3 * r / (1 + 2 * r), rel=1e-9)
    assert lc.segmentation_agreement(replace(e, members=(one, one, one))) == pytest.approx(1)
    assert lc.segmentation_agreement(replace(e, members=(one, one, one))) <= 1
    still = replace(one, weights=np.zeros(16))
    assert lc.segmentation_agreement(replace(e, members=(still, still))) == 0
    for level in (0.3, 1 / 3, 0.007, 0.1):  # the same everywhere, but for rounding
        even = replace(one, weights=level * one.scene.segmentation.sizes / 1024)
        assert lc.segmentation_agreement(replace(e, members=(even, even, even))) == 0
    assert lc.segmentation_agreement(replace(e, members=(one, replace(one, weights=-one.weights)))) == 0


def test_the_agreement_is_that_of_two_means_of_as_many_segmentations():
    """Cells around random places, half the samples that each would need: both means are of five of ten."""
    expected, found = [], []
    for seed in range(20):
        picture, model, _ = planted_by_pixel(seed, smooth=2.0)
        cuts = [places(10 * seed + number) for number in range(10)]
        halves = [
            lc.fit(lc.probe_image(picture, model, 150, half, BLACK, sampler=lc.Bernoulli()), PLAIN)
            for half in (cuts[:5], cuts[5:])
        ]
        expected += [lc.segmentation_agreement(half) for half in halves]
        found.append(np.corrcoef(*(half.pixel_weights().ravel() for half in halves))[0, 1])
    assert np.mean(expected) == pytest.approx(np.mean(found), abs=0.05)


def places(seed):
    """A label map of the cells around twelve random places."""
    at = np.random.default_rng(seed).random((12, 2)) * 32
    away = np.mgrid[:32, :32].transpose(1, 2, 0)[:, :, None] - at
    return np.square(away).sum(axis=3).argmin(axis=2)
