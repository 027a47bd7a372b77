"""The symmetric relevance gain is the area on paper, asks about each picture once, and knows order alone."""

from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from tests.judging.conftest import BLACK_AND_GREY
from tests.support.planted import BLACK, GRID, AdditiveModel, PixelModel, textured_picture

FLIPPING = lc.PixelFlipping(steps=16, fills=BLACK_AND_GREY)


def on_paper(relevance, image, hidden, steps, score):
    """Areas under most first and least first, pixel by pixel: ranked, filled, scored."""
    order = np.argsort(-relevance.ravel(), kind="stable")
    areas = []
    for way in (order, order[::-1]):
        scores = []
        for step in range(steps + 1):
            filled = image.reshape(-1, 3).copy()
            gone = way[: -(-step * image[..., 0].size // steps)] if way is order else way[: step * len(way) // steps]
            filled[gone] = hidden.reshape(-1, 3)[gone]
            scores.append(score(filled.reshape(1, *image.shape))[0, 0])
        areas.append(np.trapezoid(scores, np.linspace(0, 1, steps + 1)))
    return areas


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_area_between_both_ways_on_paper(picture, of_pixels, seed):
    relevance = np.random.default_rng(seed).normal(size=(32, 32))
    found = lc.relevance_gain(relevance, of_pixels, picture, 0, FLIPPING)
    for fill, most, least, gain in zip(found.fills, found.most_first, found.least_first, found.by_fill, strict=True):
        hidden = fill(picture.pixels, None)
        areas = on_paper(relevance, picture.pixels, hidden, 16, PixelModel())
        assert [most.auc, least.auc] == pytest.approx(areas, abs=1e-9)
        assert gain == pytest.approx(areas[1] - areas[0], abs=1e-9)
    assert found.srg == pytest.approx(found.by_fill.mean(), abs=1e-12)
    assert (found.fills, found.space) == (BLACK_AND_GREY, "value")


def test_of_an_additive_model_each_bucket_takes_what_its_pixels_add(picture, pixels, of_pixels, shares):
    found = lc.relevance_gain(shares, of_pixels, picture, 0, lc.PixelFlipping(16, (BLACK,)))
    ranked = np.sort(shares.ravel())[::-1].reshape(16, 64).sum(axis=1)
    full = shares.sum()
    [most], [least] = found.most_first, found.least_first
    np.testing.assert_allclose(most.scores, full - np.append(0, ranked.cumsum()), atol=1e-9)
    np.testing.assert_allclose(least.scores, full - np.append(0, ranked[::-1].cumsum()), atol=1e-9)
    for curve in (most, least):
        assert curve.counts.tolist() == list(range(17))
        np.testing.assert_allclose(curve.shares, np.linspace(0, 1, 17), atol=1e-12)
    # Trapezoids of one width: bucket i counts by how far it stands from the middle.
    assert found.srg == pytest.approx((ranked * (15 - 2 * np.arange(16))).sum() / 16, abs=1e-9)


def test_no_shuffled_map_gains_as_much_as_the_true_one(picture, of_pixels, shares):
    rng = np.random.default_rng(0)
    maps = [shares, *(rng.permutation(shares.ravel()).reshape(32, 32) for _ in range(10))]
    true, *shuffled = (found.srg for found in lc.relevance_gains(maps, of_pixels, picture, 0, FLIPPING))
    assert true > 4 * max(map(abs, shuffled))


def test_the_true_explanation_gains_more_than_shuffled_ones(e, planted):
    rng = np.random.default_rng(0)
    maps = [e, *(replace(e, weights=rng.permutation(e.weights)) for _ in range(10))]
    true, *shuffled = (found.srg for found in lc.relevance_gains(maps, planted, flipping=FLIPPING))
    assert true > 1.2 * max(shuffled) > 0


@pytest.mark.parametrize("rescale", [np.exp, np.cbrt, lambda x: 3 * x - 7, np.argsort], ids=str)
def test_only_the_order_of_a_map_counts(picture, of_pixels, rescale):
    relevance = np.random.default_rng(1).normal(size=(32, 32))
    other = rescale(relevance)
    if rescale is np.argsort:
        other = np.argsort(np.argsort(relevance.ravel())).reshape(32, 32)
    one, same = lc.relevance_gains([relevance, other], of_pixels, picture, 0, FLIPPING)
    assert one.by_fill.tolist() == same.by_fill.tolist()
    assert one.srg != 0


def test_a_map_turned_around_has_the_negative(picture, of_pixels):
    relevance = np.random.default_rng(1).normal(size=(32, 32))
    one, against = lc.relevance_gains([relevance, -relevance], of_pixels, picture, 0, FLIPPING)
    np.testing.assert_allclose(against.by_fill, -one.by_fill, atol=1e-9)
    assert against.srg == pytest.approx(-one.srg, abs=1e-9)
    assert abs(one.srg) > 1e-3


def test_random_maps_gain_nothing_on_average(picture, of_pixels):
    rng = np.random.default_rng(0)
    maps = [rng.normal(size=(32, 32)) for _ in range(100)]
    found = np.array([gain.srg for gain in lc.relevance_gains(maps, of_pixels, picture, 0, FLIPPING)])
    assert abs(found.mean()) < 3 * found.std() / 10
    assert found.std() > 0.1


def test_the_other_class_of_a_zero_sum_has_the_negative(picture, of_pixels):
    relevance = np.random.default_rng(1).normal(size=(32, 32))
    one, other = (lc.relevance_gain(relevance, of_pixels, picture, index, FLIPPING).srg for index in (0, 1))
    assert other == pytest.approx(-one, abs=1e-9)


def test_an_explanation_is_its_map(e, picture, planted):
    own = lc.relevance_gain(e, planted)
    array = lc.relevance_gain(e.pixel_weights(), planted, picture, "first")
    assert own.by_fill.tolist() == array.by_fill.tolist()
    assert own.fills == array.fills == (lc.ImageMean(), lc.Blur())
    assert own.rows == array.rows == 79


def test_a_map_of_several_segmentations_is_judged_by_its_pixels(several, picture, planted, counting):
    before = counting.rows
    own = lc.relevance_gain(several, planted, flipping=FLIPPING)
    assert counting.rows - before == 63
    array = lc.relevance_gain(several.pixel_weights(), planted, picture, 0, FLIPPING)
    assert own.by_fill.tolist() == array.by_fill.tolist()
    assert own.srg > 0


@pytest.mark.parametrize(("steps", "fills"), [(20, (0,)), (20, (0, 40)), (2, (0, 40, 90)), (7, (0, "blur"))], ids=str)
def test_every_picture_is_asked_once_and_announced(picture, pixels, of_pixels, steps, fills):
    flipping, progress = lc.PixelFlipping(steps, fills), []
    relevance = np.random.default_rng(1).normal(size=(32, 32))
    found = lc.relevance_gain(relevance, of_pixels, picture, 0, flipping, on_progress=lambda *s: progress.append(s))
    assert pixels.rows == found.rows == 1 + len(fills) * (2 * steps - 1)
    assert progress[-1] == (pixels.rows, pixels.rows)
    assert [done for done, _ in progress] == sorted(done for done, _ in progress)


def test_several_maps_share_the_full_and_the_empty_pictures(e, picture, planted, counting):
    maps = [e, replace(e, weights=-e.weights), np.random.default_rng(0).normal(size=(32, 32))]
    alone = [lc.relevance_gain(each, planted, picture, 0) for each in maps]
    before, progress = counting.rows, []
    together = lc.relevance_gains(maps, planted, picture, 0, on_progress=lambda *step: progress.append(step))
    assert counting.rows - before == 1 + 2 + 3 * 2 * 38
    assert progress[-1] == (231, 231)
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_allclose(one.by_fill, other.by_fill, atol=1e-6)


def test_fills_that_differ_from_map_to_map_are_not_shared(picture, planted, counting):
    e, finer = (lc.explain_image(picture, planted, 0, 60, grid, BLACK) for grid in (GRID, lc.Grid(8, 8)))
    flipping, before = lc.PixelFlipping(fills=(BLACK, lc.SuperpixelMean())), counting.rows
    found = lc.relevance_gains([e, finer], planted, flipping=flipping)
    assert counting.rows - before == 1 + 3 + 2 * 2 * 38
    for one, gain in zip((e, finer), found, strict=True):
        np.testing.assert_allclose(gain.by_fill, lc.relevance_gain(one, planted, flipping=flipping).by_fill, atol=1e-6)
        assert gain.fills == (BLACK, lc.SuperpixelMean())


def test_what_was_asked_before_the_end_is_kept(picture, pixels, of_pixels):
    relevance, store = np.random.default_rng(1).normal(size=(32, 32)), lc.ProbeStore()
    specs = lc.PixelFlipping(40, BLACK_AND_GREY).specs(relevance, picture, of_pixels)
    growing = store.grow(specs[0], picture, of_pixels, 80)
    next(growing)
    growing.close()  # left halfway
    assert pixels.rows == 32
    part = lc.relevance_gain_of([store.get(specs[0])], 0)
    probes = [list(store.grow(spec, picture, of_pixels, 80))[-1] for spec in specs]
    assert pixels.rows == 160
    found = lc.relevance_gain_of(probes, 0)
    one_call = lc.relevance_gain(relevance, of_pixels, picture, 0, lc.PixelFlipping(40, BLACK_AND_GREY))
    assert found.by_fill.tolist() == one_call.by_fill.tolist()
    assert found.rows == one_call.rows == 159
    for whole, thin in ((found.most_first[0], part.most_first[0]), (found.least_first[0], part.least_first[0])):
        assert thin.counts[[0, -1]].tolist() == [0, 40]
        assert len(thin.counts) == 17
        np.testing.assert_array_equal(thin.scores, whole.scores[thin.counts])
        np.testing.assert_array_equal(thin.shares, whole.shares[thin.counts])


def test_cancelling_returns_within_one_batch(picture, pixels, of_pixels):
    class Cancelled(Exception):
        pass

    def cancel(done, total):
        raise Cancelled

    with pytest.raises(Cancelled):
        lc.relevance_gain(np.zeros((32, 32)), of_pixels, picture, 0, on_progress=cancel)
    assert pixels.rows == of_pixels.engine.batch_size


def test_a_score_that_never_changes_gains_nothing(picture):
    model = lc.wrap_model(lambda pictures: np.tile([0.25, 0.75], (len(pictures), 1)), name="constant")
    found = lc.relevance_gain(np.random.default_rng(1).normal(size=(32, 32)), model, picture)
    assert found.by_fill.tolist() == [0, 0]
    assert found.srg == 0
    assert found.most_first[0].auc == pytest.approx(0.75)  # the most likely class


def test_scores_are_probabilities_unless_asked_otherwise(picture, pixels):
    model = lc.wrap_model(pixels, kind="logits", name="logits")
    relevance = np.random.default_rng(1).normal(size=(32, 32))
    usual, own = (lc.relevance_gain(relevance, model, picture, 0, FLIPPING, space) for space in (None, "logit"))
    assert (usual.space, own.space) == ("probability", "logit")
    full = pixels(picture.pixels[None])[0, 0]
    assert own.most_first[0].scores[0] == pytest.approx(full)
    assert usual.most_first[0].scores[0] == pytest.approx(1 / (1 + np.exp(-2 * full)))


def test_the_border_of_a_padded_photo_stays_and_has_no_area():
    photo = textured_picture()
    wide, seen = lc.load_picture(photo.pixels[:16]), AdditiveModel(photo)
    model = lc.wrap_model(seen, kind="values", name="planted", input_size=(32, 32), fit="pad")
    e = lc.explain(lc.probe_image(wide, model, 100, GRID, BLACK), 0)
    before = seen.rows
    found = lc.relevance_gain(e, model, flipping=FLIPPING)
    assert seen.rows - before == found.rows == 63
    array = lc.relevance_gain(e.pixel_weights(), model, wide, 0, FLIPPING)
    assert array.by_fill.tolist() == found.by_fill.tolist()
    view = model.view(wide)
    empty = np.where(view.any(axis=2, keepdims=True) & (np.arange(32) // 8 % 3 > 0)[:, None, None], 40, view)
    for curve in (found.most_first[1], found.least_first[1]):
        assert curve.counts.tolist() == list(range(17))
        np.testing.assert_allclose(curve.shares, np.linspace(0, 1, 17), atol=1e-12)
        assert curve.scores[-1] == pytest.approx(seen(empty.astype(np.uint8)[None])[0, 0], abs=1e-6)


def test_probes_of_anything_else_are_refused(e, probe, picture, planted):
    def asked(relevance, rows=40):
        specs = lc.PixelFlipping().specs(relevance, picture, planted)
        return [list(lc.grow(lc.open_probe(spec, picture, planted), rows, planted))[-1] for spec in specs]

    removal = list(lc.grow(lc.open_probe(lc.Removal().spec(e), picture, planted), 32, planted))[-1]
    for wrong in ([], [probe], [removal], [asked(e)[0], asked(-e.pixel_weights())[1]]):
        with pytest.raises(ValueError, match=r"probes must be of the specs that PixelFlipping\.specs gives for one"):
            lc.relevance_gain_of(wrong, 0)
    with pytest.raises(ValueError, match="probes must each have the full and the empty picture"):
        lc.relevance_gain_of(asked(e, rows=1), 0)
    with pytest.raises(ValueError, match="class_index must lie in"):
        lc.relevance_gain_of(asked(e), 3)


def test_wrong_arguments_are_refused_before_the_model_is_asked(e, picture, planted, counting):
    before = counting.rows
    for arguments, said in (
        ({"space": "logit"}, "space must be one of value"),
        ({"class_index": "fourth"}, "class_index must be the number or the name of a class"),
        ({"picture": textured_picture(5)}, "picture must be the one that was explained"),
    ):
        with pytest.raises(ValueError, match=said):
            lc.relevance_gain(e, planted, **arguments)
    with pytest.raises(ValueError, match=r"relevance must have the shape \(32, 32\), got \(16, 16\)"):
        lc.relevance_gain(np.zeros((16, 16)), planted, picture)
    with pytest.raises(ValueError, match="the probe belongs to planted"):
        lc.relevance_gain(e, lc.wrap_model(counting, kind="values", name="other"))
    other = lc.explain_image(textured_picture(5), planted, 0, 60, GRID, BLACK)
    before += 60
    with pytest.raises(ValueError, match="maps must all be of one picture"):
        lc.relevance_gains([e, other], planted)
    assert counting.rows == before
    with pytest.raises(ValueError, match="class_index must lie in"):
        lc.relevance_gain(e, planted, class_index=3)
    assert counting.rows - before == planted.engine.batch_size


def test_results_cannot_be_written_to(e, planted):
    found = lc.relevance_gain(e, planted)
    for curve in (*found.most_first, *found.least_first):
        assert not any(array.flags.writeable for array in (curve.counts, curve.shares, curve.scores))
    assert not found.by_fill.flags.writeable


@pytest.mark.parametrize("half", [slice(0, 16), slice(16, 32)], ids=["top", "bottom"])
def test_what_a_map_says_nothing_of_gains_nothing_wherever_it_lies(half):
    """A model that sees one half: in the order of the raster a map that says nothing would be right or wrong."""
    picture = lc.load_picture(np.full((32, 32, 3), 200, dtype=np.uint8))
    model = lc.wrap_model(lambda shown: shown[:, half].mean(axis=(1, 2, 3))[:, None] / 200.0, kind="values")
    right, nothing, wrong = np.zeros((3, 32, 32))
    right[half] = 1.0
    wrong[slice(12, 20), 4:8] = 1.0  # as much in the one half as in the other
    gains = [gain.srg for gain in lc.relevance_gains([right, nothing, wrong], model, picture, 0, FLIPPING)]
    assert gains[0] > 0.2
    assert max(map(abs, gains[1:])) < 0.1 * gains[0]
