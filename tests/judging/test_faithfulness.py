"""Deletion and insertion are the curves on paper, and no order is better than the true one."""

from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from lime_core.judging.removal import CURVES
from tests.judging.conftest import EXACT
from tests.support.planted import BLACK, GRID, AdditiveModel, PairModel, textured_picture


@pytest.fixture(scope="module")
def pairs():
    picture = textured_picture()
    return picture, lc.wrap_model(PairModel(picture), kind="values", name="pairs")


def bands(rows, effects, bias):
    """A picture in bands of so many rows, and a model that adds the effect of each band that is not black."""
    picture = textured_picture()
    labels = np.repeat(np.arange(len(rows)), rows)[:, None].repeat(32, axis=1)
    tops = np.cumsum(rows) - rows

    def predict(pictures):
        return (pictures[:, tops, 0].any(axis=2) @ np.array(effects) + bias)[:, None]

    model = lc.wrap_model(predict, kind="values", name="bands")
    segmenter = lc.LabelMap.of(labels)
    return lc.probe_image(picture, model, 99, segmenter, BLACK, lc.Enumerate()), model


def test_curves_of_an_additive_model_are_those_on_paper():
    probe, model = bands([16, 12, 4], [1.0, 4.0, -2.0], 0.5)
    f = lc.faithfulness(lc.explain(probe, 0, **EXACT), model)
    assert f.deletion.counts.tolist() == f.insertion.counts.tolist() == [0, 1, 2, 3]
    assert f.deletion.shares.tolist() == f.insertion.shares.tolist() == [0, 3 / 8, 7 / 8, 1]
    assert f.deletion.scores.tolist() == [3.5, -0.5, -1.5, 0.5]
    assert f.insertion.scores.tolist() == [0.5, 4.5, 5.5, 3.5]
    assert f.deletion.auc == pytest.approx(3 / 8 * 1.5 - 1 / 2 * 1.0 - 1 / 8 * 0.5)
    assert f.insertion.auc == pytest.approx(3 / 8 * 2.5 + 1 / 2 * 5.0 + 1 / 8 * 4.5)
    assert f.gain == pytest.approx(4.0)
    assert f.space == "value"


@pytest.mark.parametrize("class_index", [0, 1, 2])
def test_no_order_deletes_faster_or_inserts_faster_than_the_true_one(probe, planted, counting, class_index):
    f = lc.faithfulness(lc.explain(probe, class_index, **EXACT), planted, random_orders=50)
    assert len(f.random) == 100
    assert f.deletion.auc < f.random.min()
    assert f.insertion.auc > f.random.max()
    effects = np.sort(counting.effects[class_index])
    lost, bias = np.cumsum(effects[::-1]), counting.bias[class_index]
    np.testing.assert_allclose(f.deletion.scores, effects.sum() + bias - np.append(0, lost), atol=1e-5)
    np.testing.assert_allclose(f.insertion.scores, bias + np.append(0, lost), atol=1e-5)
    assert f.chance == pytest.approx(bias + effects.sum() / 2, abs=1e-5)


def test_an_explanation_turned_around_swaps_the_curves(e, planted):
    f, against = (lc.faithfulness(x, planted) for x in (e, replace(e, weights=-e.weights)))
    assert against.deletion.auc == pytest.approx(f.insertion.auc)
    assert against.insertion.auc == pytest.approx(f.deletion.auc)
    assert against.gain == pytest.approx(-f.gain) != 0


def test_a_random_order_counts_as_if_an_explanation_had_ranked_so():
    probe, model = bands([16, 8, 6, 2], [1.0, 4.0, -2.0, 3.0], 0.5)
    e = lc.explain(probe, 0, **EXACT)
    f = lc.faithfulness(e, model, random_orders=4)
    for i, order in enumerate(f.spec.sampler.orders(5, f.spec.seed)[1:]):
        so = lc.faithfulness(replace(e, weights=-np.argsort(order).astype(np.float64)), model)
        assert f.random[2 * i : 2 * i + 2].tolist() == pytest.approx([so.deletion.auc, so.insertion.auc])
    assert len(np.unique(f.random)) > 2


def test_random_orders_gain_nothing_on_average(pairs):
    picture, model = pairs
    e = lc.explain_image(picture, model, 0, 100, segmenter=GRID, hiding=BLACK)
    f = lc.faithfulness(e, model, random_orders=400)
    gains = f.random[1::2] - f.random[::2]
    assert abs(gains.mean()) < 4 * gains.std() / 20
    assert f.gain > 2 * gains.std()


@pytest.mark.parametrize("kind", CURVES)
@pytest.mark.parametrize(("removal", "rows"), [(lc.Removal(), 17), (lc.Removal(steps=5), 6)], ids=str)
def test_one_curve_alone_is_the_same_for_half_of_the_pictures(e, planted, counting, kind, removal, rows):
    both = getattr(lc.faithfulness(e, planted, removal), kind)
    before = counting.rows
    alone = getattr(lc, kind)(e, planted, removal)
    assert counting.rows - before == rows
    for name in ("counts", "shares", "scores"):
        np.testing.assert_allclose(getattr(alone, name), getattr(both, name), atol=1e-6)


def test_fewer_steps_are_points_of_the_same_curves(e, planted):
    f, fewer = lc.faithfulness(e, planted), lc.faithfulness(e, planted, lc.Removal(steps=5))
    for kind in CURVES:
        whole, thin = getattr(f, kind), getattr(fewer, kind)
        assert thin.counts.tolist() == [0, 3, 6, 9, 12, 16]
        np.testing.assert_array_equal(thin.shares, whole.shares[thin.counts])
        np.testing.assert_allclose(thin.scores, whole.scores[thin.counts], atol=1e-6)


@pytest.mark.parametrize("n", [2, 3, 4, 9, 31, 32, 40, 62, 91, 92])
def test_a_probe_that_is_still_growing_has_points_of_the_same_curves(e, picture, planted, n):
    spec = lc.Removal().spec(e)
    *_, probe = lc.grow(lc.open_probe(spec, picture, planted), lc.Removal().rows(e, 2), planted)
    f, part = lc.faithfulness_of(e, probe), lc.faithfulness_of(e, probe.first(n))
    for kind in CURVES:
        whole, thin = getattr(f, kind), getattr(part, kind)
        assert thin.counts[[0, -1]].tolist() == [0, 16]
        assert (np.diff(thin.counts) > 0).all()
        np.testing.assert_array_equal(thin.shares, whole.shares[thin.counts])
        np.testing.assert_array_equal(thin.scores, whole.scores[thin.counts])
    assert len(part.deletion.counts) + len(part.insertion.counts) == min(n, 32) + 2
    np.testing.assert_array_equal(part.random, f.random[: 2 * max(0, (n - 32) // 30)])
    assert np.isnan(part.chance) == (n < 62)


def test_a_store_is_asked_for_what_is_missing_only(e, picture, planted, counting):
    store, removal, before = lc.ProbeStore(), lc.Removal(), counting.rows
    for random_orders, rows in ((0, 32), (0, 32), (2, 92), (1, 92)):
        *_, probe = store.grow(removal.spec(e), picture, planted, removal.rows(e, random_orders))
        f = lc.faithfulness_of(e, probe)
        assert counting.rows - before == rows
        assert len(f.random) == 2 * random_orders


def test_inert_superpixels_are_flat_steps(planted):
    pixels = textured_picture().pixels.copy()
    pixels[:8, :8] = 0
    picture = lc.load_picture(pixels)
    probe = lc.probe_image(picture, planted, 200, segmenter=GRID, hiding=BLACK)
    e = lc.explain(probe, 0, **EXACT)
    f = lc.faithfulness(e, planted)
    place = lc.Removal().spec(e).sampler.order.index(0)
    for curve in (f.deletion, f.insertion):
        assert np.flatnonzero(np.abs(np.diff(curve.scores)) < 1e-6).tolist() == [place]


def test_a_score_that_never_changes_has_flat_curves(picture):
    model = lc.wrap_model(lambda pictures: np.tile([0.25, 0.75], (len(pictures), 1)), name="constant")
    probe = lc.probe_image(picture, model, 60, segmenter=GRID, hiding=BLACK)
    e = lc.explain(probe.first(50))
    f = lc.faithfulness(e, model, random_orders=2)
    assert (f.deletion.scores == 0.75).all()
    assert (f.insertion.scores == 0.75).all()
    assert (f.deletion.auc, f.insertion.auc, f.gain, f.chance) == pytest.approx((0.75, 0.75, 0, 0.75))
    assert np.isnan(lc.held_out_r2(e, probe))


def test_two_superpixels_take_four_pictures():
    probe, model = bands([8, 24], [1.0, 2.0], 0.0)
    e = lc.explain(probe, 0, **EXACT)
    assert lc.Removal().rows(e) == 4
    f = lc.faithfulness(e, model, random_orders=1)
    assert f.deletion.shares.tolist() == [0, 0.75, 1]
    assert f.deletion.scores.tolist() == [3, 1, 0]
    assert f.insertion.scores.tolist() == [0, 2, 3]
    assert f.chance == pytest.approx(1.5)


def test_a_trees_importances_are_the_order_either_way(probe, planted):
    e = lc.explain(probe, 0, surrogate=lc.Tree())
    order = lc.Removal().spec(e).sampler.order
    assert order == lc.Removal(ranking="absolute").spec(e).sampler.order
    assert (np.diff(e.weights[list(order)]) <= 0).all()
    assert len(lc.faithfulness(e, planted).deletion.scores) == 17
    assert np.isnan(lc.held_out_r2(lc.explain(probe.first(150), 0, surrogate=lc.Tree()), probe))


def test_scores_are_probabilities_unless_asked_otherwise(picture, counting):
    model = lc.wrap_model(counting, kind="logits", name="logits")
    probe = lc.probe_image(picture, model, 100, segmenter=GRID, hiding=BLACK)
    e = lc.explain(probe, 1, space="logit")
    f, own = lc.faithfulness(e, model), lc.faithfulness(e, model, space=e.settings.space)
    assert (f.space, own.space) == ("probability", "logit")
    assert f.deletion.scores[0] == pytest.approx(probe.scores(1, "probability")[0], abs=1e-6)
    assert own.deletion.scores[0] == pytest.approx(e.model_score, abs=1e-5)


@pytest.mark.parametrize("most", [1, 5])
def test_too_little_memory_makes_smaller_batches_and_the_same_curves(picture, planted, e, most):
    counted = AdditiveModel(picture)

    def predict(pictures):
        if len(pictures) > most:
            raise MemoryError
        return counted(pictures)

    cramped = replace(planted, engine=lc.wrap_model(predict, name="planted").engine)
    np.testing.assert_allclose(
        lc.faithfulness(e, cramped).deletion.scores, lc.faithfulness(e, planted).deletion.scores, atol=1e-6
    )
    assert counted.rows == 32


def test_cancelling_returns_within_one_batch(e, planted, counting):
    class Cancelled(Exception):
        pass

    def cancel(done, total):
        raise Cancelled

    before = counting.rows
    with pytest.raises(Cancelled):
        lc.faithfulness(e, planted, random_orders=9, on_progress=cancel)
    assert counting.rows - before == planted.engine.batch_size


def test_nan_is_refused_with_its_row(e, picture, planted):
    calls = []

    def predict(pictures):
        calls.append(1)
        answers = np.zeros((len(pictures), 3))
        answers[5 if len(calls) == 2 else len(answers) :] = np.nan
        return answers

    broken = replace(planted, engine=lc.wrap_model(predict, name="planted").engine)
    with pytest.raises(lc.BadScores, match="rows 37"):
        lc.faithfulness(e, broken, random_orders=1)


def test_another_model_is_refused_before_it_is_asked(e, picture):
    counted = AdditiveModel(picture)
    with pytest.raises(ValueError, match="the probe belongs to planted"):
        lc.faithfulness(e, lc.wrap_model(counted, kind="values", name="other"))
    assert counted.rows == 0


def test_wrong_arguments_are_refused(e, planted, counting):
    with pytest.raises(ValueError, match="random_orders must be at least 0, got -1"):
        lc.faithfulness(e, planted, random_orders=-1)
    before = counting.rows
    with pytest.raises(ValueError, match="space must be one of value"):
        lc.faithfulness(e, planted, random_orders=9, space="logit")
    assert counting.rows == before
    with pytest.raises(ValueError, match="Removal: ranking must be one of"):
        lc.Removal(ranking="random")
    with pytest.raises(ValueError, match="Removal: steps must be"):
        lc.Removal(steps=1)


def test_a_probe_of_anything_else_is_refused(e, probe, picture, planted):
    def asked(other):
        return next(lc.grow(lc.open_probe(lc.Removal().spec(other), picture, planted), 32, planted))

    for wrong in (probe, asked(lc.explain(probe, 1, **EXACT))):
        with pytest.raises(ValueError, match=r"the probe must have the spec that Removal\.spec gives"):
            lc.faithfulness_of(e, wrong)
    with pytest.raises(ValueError, match="the full and the empty picture, got 1 rows"):
        lc.faithfulness_of(e, asked(e).first(1))
    elsewhere = lc.explain_image(textured_picture(5), planted, 0, 200, GRID, BLACK, **EXACT)
    with pytest.raises(ValueError, match=r"the probe must have the spec that Removal\.spec gives"):
        lc.faithfulness_of(replace(elsewhere, weights=e.weights), asked(e))


def test_results_cannot_be_written_to(e, planted):
    f = lc.faithfulness(e, planted, random_orders=1)
    for array in (f.deletion.counts, f.deletion.shares, f.insertion.scores, f.random):
        assert not array.flags.writeable
