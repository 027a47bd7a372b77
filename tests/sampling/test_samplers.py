"""Samplers show the share they are told, and lime's masks are those that lime draws."""

import numpy as np
import pytest
from lime import lime_image

import lime_core as lc


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_bernoulli_shows_the_share_it_is_told(p):
    masks = lc.Bernoulli(p=p)(4000, 25, 0)[1:]
    assert abs(masks.mean() - p) < 4 * np.sqrt(p * (1 - p) / masks.size)


def test_bernoulli_shows_superpixels_independently():
    masks = lc.Bernoulli()(20_000, 8, 3)[1:]
    correlation = np.corrcoef(masks.T) - np.eye(8)
    assert np.abs(correlation).max() < 5 / np.sqrt(len(masks))


def test_antithetic_masks_are_complements_in_pairs():
    masks = lc.Antithetic()(2001, 20, 5)
    np.testing.assert_array_equal(masks[1::2], 1 - masks[2::2])
    assert abs(masks[1::2].mean() - 0.5) < 4 * 0.5 / np.sqrt(masks[1::2].size)


@pytest.mark.parametrize("p", [0.2, 0.8])
def test_antithetic_masks_show_their_share_and_move_against_each_other(p):
    masks = lc.Antithetic(p=p)(8001, 10, 5)
    for half in (masks[1::2], masks[2::2]):
        assert abs(half.mean() - p) < 4 * np.sqrt(p * (1 - p) / half.size)
    agreement = np.corrcoef(masks[1::2].ravel(), masks[2::2].ravel())[0, 1]
    assert agreement == pytest.approx(-min(p / (1 - p), (1 - p) / p), abs=0.02)


def test_glime_binomial_is_told_by_its_share_and_knows_the_papers_width():
    sampler = lc.GlimeBinomial(p=0.9)
    assert abs(sampler(4000, 25, 0)[1:].mean() - 0.9) < 4 * np.sqrt(0.09 / 1e5)
    assert 1 / (1 + np.exp(-1 / sampler.sigma**2)) == pytest.approx(0.9)
    assert sampler.sigma == pytest.approx(0.675, abs=1e-3)
    assert lc.GlimeBinomial(p=0.5).sigma == np.inf


def test_uniform_k_shows_every_number_of_superpixels_equally_often():
    shown = lc.UniformK()(22_001, 10, 0)[1:].sum(axis=1).astype(int)
    counts = np.bincount(shown, minlength=11)
    assert np.abs(counts - 2000).max() < 4 * np.sqrt(2000)


@pytest.mark.parametrize("d", [2, 3, 7, 12])
def test_enumerate_asks_every_mask_once(d):
    masks = lc.Enumerate()(10_000, d, 4)
    assert len(masks) == lc.Enumerate().limit(d) == 2**d
    assert len(np.unique(masks, axis=0)) == 2**d
    assert masks[0].all()
    assert not masks[1].any()
    np.testing.assert_array_equal(masks[::2], 1 - masks[1::2])


def test_enumerate_says_what_to_do_about_too_many_superpixels():
    for call in (lambda: lc.Enumerate().limit(13), lambda: lc.Enumerate()(100, 13, 0)):
        with pytest.raises(lc.TooManySuperpixels, match=r"13 superpixels are too many .* Make them larger"):
            call()


@pytest.mark.parametrize("cls", [cls for cls in lc.SAMPLERS.values() if cls is not lc.Enumerate])
def test_rows_of_the_other_samplers_never_end(cls):
    assert cls().limit(2) is None
    assert len(cls()(500, 2, 0)) == 500


@pytest.mark.parametrize("seed", [0, 1, 77])
@pytest.mark.parametrize("random_seed", [None, 5])
def test_limes_masks_are_the_ones_lime_draws(seed, random_seed):
    image = np.random.default_rng(0).integers(0, 255, (12, 12, 3), dtype=np.uint8)
    labels = lc.segment(image, lc.Grid(3, 3)).labels
    seen = []

    def record(pictures):
        seen.extend((pictures == image).all(axis=3))
        return np.ones((len(pictures), 2)) / 2

    lime_image.LimeImageExplainer(random_state=seed).explain_instance(
        image, record, hide_color=0, num_samples=40, segmentation_fn=lambda _: labels, random_seed=random_seed
    )
    drawn = lc.LimeMasks(random_seed_given=random_seed is not None)(40, 9, seed)
    np.testing.assert_array_equal(np.array(seen), drawn[:, labels].astype(bool))
