"""The order of removal, the masks it makes, and what they cost."""

from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from lime_core.judging.removal import InOrder
from tests.judging.conftest import EXACT
from tests.support.planted import BLACK, GRID, AdditiveModel, textured_picture


@pytest.mark.parametrize(
    ("removal", "random_orders", "rows"),
    [
        (lc.Removal(), 0, 32),
        (lc.Removal(ranking="absolute"), 0, 32),
        (lc.Removal(), 3, 32 + 3 * 30),
        (lc.Removal(steps=4), 0, 8),
        (lc.Removal(steps=4), 2, 8 + 2 * 6),
        (lc.Removal(steps=2), 0, 4),
    ],
    ids=str,
)
def test_every_picture_is_asked_once_and_announced(e, planted, counting, removal, random_orders, rows):
    before, progress = counting.rows, []
    lc.faithfulness(e, planted, removal, random_orders, on_progress=lambda *step: progress.append(step))
    assert counting.rows - before == removal.rows(e, random_orders) == rows
    assert progress[-1] == (rows, rows)


def test_signed_order_puts_zeros_in_the_middle_and_equals_by_their_number(e):
    weights = np.zeros(16)
    weights[[2, 5, 7, 9, 11]] = 1.0, -3.0, 2.0, 1.0, -3.0
    unclear = replace(e, weights=weights)
    zeros = [s for s in range(16) if weights[s] == 0]
    assert lc.Removal().spec(unclear).sampler.order == (7, 2, 9, *zeros, 5, 11)
    assert lc.Removal(ranking="absolute").spec(unclear).sampler.order == (5, 11, 7, 2, 9, *zeros)


def test_another_hiding_is_another_way_to_empty(e, picture, planted, counting):
    white = lc.Removal(hiding=lc.Color((255, 255, 255)))
    own, other = lc.faithfulness(e, planted), lc.faithfulness(e, planted, white)
    empty = counting(np.full((1, 32, 32, 3), 255, dtype=np.uint8))[0, 0]
    assert other.deletion.scores[[0, -1]] == pytest.approx([own.deletion.scores[0], empty], abs=1e-4)
    assert other.spec.hiding == white.hiding
    same = lc.faithfulness(e, planted, lc.Removal(hiding=BLACK))
    np.testing.assert_array_equal(same.deletion.scores, own.deletion.scores)


@pytest.mark.parametrize("d", [2, 3, 7, 16])
@pytest.mark.parametrize("steps", [2, 3, 8, 100])
def test_masks_in_order_keep_the_promises_of_a_sampler(d, steps):
    sampler = InOrder(tuple(np.random.default_rng(d).permutation(d).tolist()), steps)
    n = sampler.rows(3)
    masks = sampler(n, d, 7)
    assert masks.shape == (n, d)
    assert masks.dtype == np.float32
    assert masks[0].all()
    assert not masks[1].any()
    assert len(np.unique(masks[: sampler.rows()], axis=0)) == sampler.rows() == 2 * min(d, steps)
    np.testing.assert_array_equal(masks[2::2], 1 - masks[3::2])
    for m in (0, 1, 2, 3, n // 2, n - 1):
        np.testing.assert_array_equal(sampler(m, d, 7), masks[:m])
    np.testing.assert_array_equal(sampler(sampler.rows(), d, 8), masks[: sampler.rows()])
    with pytest.raises(ValueError, match=f"d must be {d}"):
        sampler(n, d + 1, 7)


def test_the_border_of_a_padded_photo_is_no_part_of_an_area():
    photo = textured_picture()
    wide, seen = lc.load_picture(photo.pixels[:16]), AdditiveModel(photo)
    model = lc.wrap_model(seen, kind="values", name="planted", input_size=(32, 32), fit="pad")
    e = lc.explain(lc.probe_image(wide, model, 100, GRID, BLACK), 0, **EXACT)
    found = lc.faithfulness(e, model)
    for curve in (found.deletion, found.insertion):
        steps = np.diff(curve.shares)
        assert steps.sum() == pytest.approx(1.0)
        assert sorted(steps)[0] == 0.0  # the border's, wherever it stands in the order
        np.testing.assert_allclose(sorted(steps)[1:], 1 / 16)
    weights = np.sort(np.delete(e.weights, e.scene.segmentation.border))[::-1]
    empty = e.model_score - weights.sum()
    deletion = np.trapezoid(e.model_score - np.append(0.0, weights.cumsum()), dx=1 / 16)
    insertion = np.trapezoid(empty + np.append(0.0, weights.cumsum()), dx=1 / 16)
    assert [found.deletion.auc, found.insertion.auc] == pytest.approx([deletion, insertion], abs=1e-6)
