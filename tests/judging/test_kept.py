"""Scores with the first superpixels kept are points of the insertion curve, and nothing else is asked about."""

from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from lime_core.sampling.orders import FirstAlone
from tests.support.planted import BLACK, GRID, AdditiveModel, textured_picture


@pytest.mark.parametrize(
    ("counts", "rows"), [(5, 1), (range(1, 11), 10), ([16, 0, 3], 3), (np.arange(17), 17), (99, 1)], ids=str
)
@pytest.mark.parametrize("ranking", ["signed", "absolute"])
def test_they_are_points_of_the_insertion_curve(e, planted, counting, counts, rows, ranking):
    curve = lc.insertion(e, planted, lc.Removal(ranking))
    before, progress = counting.rows, []
    kept = lc.kept_scores(e, planted, lc.Kept(counts, ranking), on_progress=lambda *step: progress.append(step))
    assert counting.rows - before == len(kept.scores) == rows
    assert progress[-1] == (rows, rows)
    wanted = np.minimum(counts if np.ndim(counts) else [counts], 16)
    assert kept.counts.tolist() == list(wanted)
    np.testing.assert_allclose(kept.scores, curve.scores[wanted], atol=1e-6)
    np.testing.assert_allclose(kept.shares, curve.shares[wanted], atol=1e-12)
    assert kept.space == "value"


def test_of_an_additive_model_they_are_the_sums_of_the_largest_effects(e, planted, counting):
    kept = lc.kept_scores(e, planted)
    effects = np.sort(counting.effects[0])[::-1]
    assert kept.counts.tolist() == list(range(1, 11))
    np.testing.assert_allclose(kept.scores, counting.bias[0] + effects.cumsum()[:10], atol=1e-5)


def test_of_several_segmentations_the_superpixels_of_the_first_are_kept(several, planted):
    curve = lc.insertion(several, planted)
    np.testing.assert_allclose(lc.kept_scores(several, planted, lc.Kept(range(17))).scores, curve.scores, atol=1e-6)


def test_no_shuffled_explanation_keeps_as_much_as_the_true_one(e, planted):
    rng = np.random.default_rng(0)
    true = lc.kept_scores(e, planted).scores
    for _ in range(10):
        scores = lc.kept_scores(replace(e, weights=rng.permutation(e.weights)), planted).scores
        assert (scores <= true + 1e-6).all()
        assert scores.sum() < true.sum() - 1


def test_another_hiding_stands_in_the_place_of_the_others(e, planted, counting):
    white = lc.kept_scores(e, planted, lc.Kept(0, hiding=255))
    empty = counting(np.full((1, 32, 32, 3), 255, dtype=np.uint8))[0, 0]
    assert white.scores == pytest.approx([empty], abs=1e-4)
    assert lc.kept_scores(e, planted, lc.Kept(0)).scores == pytest.approx(counting.bias[:1], abs=1e-6)


def test_the_border_of_a_padded_photo_is_always_kept_and_counts_for_none():
    photo = textured_picture()
    wide, seen = lc.load_picture(photo.pixels[:16]), AdditiveModel(photo)
    model = lc.wrap_model(seen, kind="values", name="planted", input_size=(32, 32), fit="pad")
    e = lc.explain(lc.probe_image(wide, model, 100, GRID, BLACK), 0)
    spec = lc.Kept([2, 99]).spec(e)
    masks = spec.sampler(2, 17, 0)
    assert masks[:, e.scene.segmentation.border].all()
    assert masks.sum(axis=1).tolist() == [3, 17]
    kept = lc.kept_scores(e, model, lc.Kept([0, 2, 99]))
    assert kept.counts.tolist() == [0, 2, 16]
    assert kept.shares[[0, 2]].tolist() == [0, 1]
    assert kept.scores[2] == pytest.approx(e.model_score, abs=1e-6)


def test_a_store_has_the_first_counts_while_it_grows(e, picture, planted):
    spec = lc.Kept(range(17)).spec(e)
    *_, probe = lc.ProbeStore().grow(spec, picture, planted, 17)
    whole, part = lc.kept_scores_of(e, probe), lc.kept_scores_of(e, probe.first(4))
    np.testing.assert_array_equal(whole.scores, lc.kept_scores(e, planted, lc.Kept(range(17))).scores)
    for name in ("counts", "shares", "scores"):
        np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[:4])
        assert not getattr(whole, name).flags.writeable


@pytest.mark.parametrize("n", [0, 1, 2, 3, 9])
def test_masks_show_the_first_of_an_order_and_what_is_not_in_it(n):
    masks = FirstAlone((3, 0, 2), (1, 3, 0))(n, 5, 7)
    assert masks.dtype == np.float32
    np.testing.assert_array_equal(masks, [[0, 1, 0, 1, 1], [1, 1, 1, 1, 1], [0, 1, 0, 0, 1]][:n] or np.empty((0, 5)))
    sampler = FirstAlone((3, 0, 2), (1, 3, 0))
    assert sampler.limit(5) == 3
    assert sampler.clusters(3, 5, 7).tolist() == [0, 1, 2]


def test_wrong_arguments_are_refused(e, probe, picture, planted, counting):
    for counts, said in (
        ([], "counts must hold at least one"),
        (-1, "counts must be at least 0"),
        ([1.5], "counts must"),
    ):
        with pytest.raises(ValueError, match=said):
            lc.Kept(counts)
    with pytest.raises(ValueError, match="Kept: ranking must be one of"):
        lc.Kept(ranking="random")
    before = counting.rows
    with pytest.raises(ValueError, match="space must be one of value"):
        lc.kept_scores(e, planted, space="logit")
    with pytest.raises(ValueError, match="the probe belongs to planted"):
        lc.kept_scores(e, lc.wrap_model(counting, kind="values", name="other"))
    assert counting.rows == before
    against = replace(e, weights=-e.weights)
    asked = next(lc.grow(lc.open_probe(lc.Kept(2).spec(against), picture, planted), 1, planted))
    for wrong in (probe, asked):
        with pytest.raises(ValueError, match=r"the probe must have a spec that Kept\.spec gives for this explanation"):
            lc.kept_scores_of(e, wrong)
