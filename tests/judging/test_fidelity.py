"""Fidelity is 1 where scores fall by what the map says, and the correlation of SciPy elsewhere."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr

import lime_core as lc
from tests.judging.conftest import EXACT
from tests.support.planted import BLACK, GRID, AdditiveModel, PairModel, textured_picture

CELLS = lc.HiddenSubsets(hiding=BLACK)


def test_of_an_additive_model_the_score_falls_by_what_is_hidden(e, planted, counting):
    before = counting.rows
    found = lc.fidelity(e, planted)
    assert counting.rows - before == lc.HiddenSubsets().rows == 201
    np.testing.assert_allclose(found.falls, found.sums, atol=1e-5)
    assert len(found.falls) == 200
    assert found.pearson == pytest.approx(1, abs=1e-9)
    assert found.spearman == pytest.approx(1, abs=1e-3)
    assert found.space == "value"


def test_of_a_map_of_pixels_the_cells_of_a_grid_are_hidden(picture, pixels, of_pixels, shares):
    found = lc.fidelity(shares, of_pixels, picture, 0, CELLS)
    assert pixels.rows == 201
    np.testing.assert_allclose(found.falls, found.sums, atol=1e-9)
    assert found.pearson == pytest.approx(1, abs=1e-12)
    spec = CELLS.spec(shares, picture, of_pixels)
    assert spec.segmenter == lc.Grid(9, 9)
    assert ((1 - spec.sampler(5, 81, 0)[1:]).sum(axis=1) == 16).all()  # a fifth of 81


def test_no_shuffled_map_is_as_faithful_as_the_true_one(e, planted, picture, of_pixels, shares):
    rng = np.random.default_rng(0)
    for _ in range(10):
        shuffled = replace(e, weights=rng.permutation(e.weights))
        assert abs(lc.fidelity(shuffled, planted).pearson) < 0.9
        shuffled = rng.permutation(shares.ravel()).reshape(32, 32)
        assert abs(lc.fidelity(shuffled, of_pixels, picture, 0, CELLS).pearson) < 0.5


@pytest.mark.parametrize("scale", [2.0, 0.001, -1.0])
def test_it_knows_proportions_and_the_sign(e, planted, scale):
    found, scaled = lc.fidelity(e, planted), lc.fidelity(replace(e, weights=scale * e.weights), planted)
    sign = np.sign(scale)
    assert (scaled.pearson, scaled.spearman) == pytest.approx((sign * found.pearson, sign * found.spearman))


def test_it_sees_sizes_that_no_order_shows(e, planted):
    cubed = replace(e, weights=e.weights**3)
    flipping = lc.PixelFlipping(16, (BLACK,))
    one, other = (lc.relevance_gain(each, planted, flipping=flipping).srg for each in (e, cubed))
    assert one == other
    assert lc.fidelity(cubed, planted).pearson < 0.95 < lc.fidelity(e, planted).pearson


def test_it_is_scipys_correlation():
    picture = textured_picture()
    model = lc.wrap_model(PairModel(picture), kind="values", name="pairs")
    e = lc.explain_image(picture, model, 0, 100, segmenter=GRID, hiding=BLACK)
    found = lc.fidelity(e, model, hidden=lc.HiddenSubsets(share=0.5, subsets=80, seed=3))
    assert found.pearson == pytest.approx(pearsonr(found.falls, found.sums).statistic, abs=1e-12)
    assert found.spearman == pytest.approx(spearmanr(found.falls, found.sums).statistic, abs=1e-12)
    assert 0 < found.pearson < 0.999
    masks = lc.HiddenSubsets(share=0.5, seed=3).spec(e).sampler(81, 16, 3)
    np.testing.assert_allclose(found.sums, (1 - masks[1:]) @ e.weights, atol=1e-12)


def test_maps_of_two_segmentations_are_compared_on_one_grid(e, picture, planted):
    finer = lc.explain_image(picture, planted, 0, 1500, lc.Grid(8, 8), BLACK, **EXACT)
    grid = lc.HiddenSubsets(segmenter=GRID)
    one, other = lc.fidelity(e, planted, hidden=grid), lc.fidelity(finer, planted, hidden=grid)
    np.testing.assert_allclose(one.falls, other.falls, atol=1e-6)
    np.testing.assert_allclose(one.sums, other.sums, atol=1e-4)


def test_a_map_of_several_segmentations_is_read_in_the_superpixels_of_the_first(several, picture, planted):
    found = lc.fidelity(several, planted)
    masks = lc.HiddenSubsets().spec(several).sampler(201, 16, 0)
    np.testing.assert_allclose(found.sums, (1 - masks[1:]) @ several.weights, atol=1e-12)
    assert found.pearson > 0.5
    with pytest.raises(ValueError, match="segmenter must be one segmentation"):
        lc.HiddenSubsets(segmenter=lc.Segmentations())


@pytest.mark.parametrize("weights", [np.zeros(16), np.full(16, 0.1)], ids=["empty", "the same everywhere"])
def test_a_constant_map_has_no_fidelity(e, planted, weights):
    found = lc.fidelity(replace(e, weights=weights), planted)
    assert np.isnan([found.pearson, found.spearman]).all()
    assert len(found.falls) == 200


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_a_score_that_never_falls_or_always_by_the_same_has_none(picture, share):
    def predict(pictures):
        return 1 - share * (pictures == 0).any(axis=(1, 2, 3))

    model = lc.wrap_model(predict, kind="values", name="constant")
    relevance = np.random.default_rng(0).normal(size=(32, 32))
    found = lc.fidelity(relevance, model, picture, 0, CELLS)
    assert np.isnan([found.pearson, found.spearman]).all()
    np.testing.assert_allclose(found.falls, share, atol=1e-12)


def test_more_subsets_ask_for_further_ones_only(e, picture, planted, counting):
    store, before = lc.ProbeStore(), counting.rows
    for subsets, rows in ((50, 51), (50, 51), (120, 121), (80, 121)):
        hidden = lc.HiddenSubsets(subsets=subsets)
        *_, probe = store.grow(hidden.spec(e), picture, planted, hidden.rows)
        assert counting.rows - before == rows
        found, one_call = lc.fidelity_of(e, probe), lc.fidelity(e, planted, hidden=hidden)
        before += hidden.rows
        assert found.pearson == pytest.approx(one_call.pearson)
        np.testing.assert_allclose(found.falls, one_call.falls, atol=1e-6)


def test_the_border_of_a_padded_photo_is_never_hidden():
    photo = textured_picture()
    wide, seen = lc.load_picture(photo.pixels[:16]), AdditiveModel(photo)
    model = lc.wrap_model(seen, kind="values", name="planted", input_size=(32, 32), fit="pad")
    e = lc.explain(lc.probe_image(wide, model, 100, GRID, BLACK), 0)
    assert lc.HiddenSubsets().spec(e).sampler(50, 17, 0)[:, 16].all()
    assert lc.HiddenSubsets().spec(e.pixel_weights(), wide, model).sampler.bordered
    assert np.isfinite(lc.fidelity(e, model).pearson)


def test_cancelling_returns_within_one_batch(e, planted, counting):
    class Cancelled(Exception):
        pass

    def cancel(done, total):
        raise Cancelled

    before = counting.rows
    with pytest.raises(Cancelled):
        lc.fidelity(e, planted, on_progress=cancel)
    assert counting.rows - before == planted.engine.batch_size


def test_wrong_arguments_are_refused(e, probe, picture, planted, counting):
    with pytest.raises(ValueError, match="HiddenSubsets: share must be"):
        lc.HiddenSubsets(share=1.0)
    with pytest.raises(ValueError, match="HiddenSubsets: subsets must be"):
        lc.HiddenSubsets(subsets=1)
    before = counting.rows
    with pytest.raises(ValueError, match="space must be one of value"):
        lc.fidelity(e, planted, space="logit")
    with pytest.raises(ValueError, match=r"relevance must have the shape \(32, 32\)"):
        lc.fidelity(np.zeros((8, 8)), planted, picture)
    with pytest.raises(ValueError, match="the probe belongs to planted"):
        lc.fidelity(e, lc.wrap_model(counting, kind="values", name="other"))
    assert counting.rows == before
    with pytest.raises(ValueError, match=r"the probe must have a spec that HiddenSubsets\.spec gives"):
        lc.fidelity_of(e, probe)
    *_, asked = lc.grow(lc.open_probe(lc.HiddenSubsets().spec(e), picture, planted), 32, planted)
    with pytest.raises(ValueError, match="the full picture and two subsets, got 2 rows"):
        lc.fidelity_of(e, asked.first(2))
    with pytest.raises(ValueError, match=r"relevance must have the shape \(32, 32\)"):
        lc.fidelity_of(np.zeros((8, 8)), asked)
    elsewhere = lc.explain_image(textured_picture(5), planted, 0, 60, GRID, BLACK)
    with pytest.raises(ValueError, match=r"the probe must have a spec that HiddenSubsets\.spec gives"):
        lc.fidelity_of(elsewhere, asked)


def test_results_cannot_be_written_to(e, planted):
    found = lc.fidelity(e, planted)
    assert not found.falls.flags.writeable
    assert not found.sums.flags.writeable


def test_labels_are_of_the_view_and_no_others(e, picture, planted):
    labels = np.arange(4).repeat(8)[:, None] + np.zeros((1, 32), dtype=int)
    found = lc.fidelity(e, planted, hidden=lc.HiddenSubsets(segmenter=labels, subsets=20))
    spec = lc.HiddenSubsets(segmenter=labels, subsets=20).spec(e)
    *_, probe = lc.ProbeStore().grow(spec, picture, planted, 21)
    np.testing.assert_allclose(lc.fidelity_of(e, probe).falls, found.falls, atol=1e-6)
    twice = lc.HiddenSubsets(segmenter=labels.repeat(2, axis=0).repeat(2, axis=1))
    for ask in (lambda: lc.fidelity(e, planted, hidden=twice), lambda: twice.spec(e)):
        with pytest.raises(ValueError, match=r"must be of the view, \(32, 32\), got \(64, 64\)"):
            ask()
