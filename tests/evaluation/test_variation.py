"""How far weights vary between repeats: signs, spreads and error bars, by hand and by coin flips."""

import math

import numpy as np
import pytest

from lime_core.evaluation import variation as va


def test_signs_by_hand():
    weights = np.array([[1.0, 1.0, 0.0, 0.0], [2.0, -1.0, 0.0, 0.0], [3.0, 1.0, 1.0, 0.0], [4.0, -1.0, 0.0, 0.0]])
    assert va.sign_agreement(weights).tolist() == [1, 0.5, 0.25, 0]
    assert va.sign_entropy(weights).tolist() == [0, 1, 0, 0]
    assert va.sign_entropy(np.array([[1.0], [1.0], [1.0], [-1.0]]))[0] == pytest.approx(0.8113, abs=1e-4)
    assert va.chance_sign_agreement(1) == 1
    assert va.chance_sign_agreement(3) == 0.75


def test_spreads_by_hand():
    weights = np.array([[3.0, 5.0], [3.0, 3.0]])
    assert va.spread(weights).tolist() == [0, math.sqrt(2)]
    assert va.relative_spread(weights) == pytest.approx(math.sqrt(2) / 5)
    assert va.relative_spread(np.array([[1.0], [-1.0]])) == math.inf
    assert math.isnan(va.relative_spread(np.zeros((3, 2))))


def test_csi_counts_pairs_that_touch_and_leaves_out_what_is_not_known():
    weights = np.array([[1.0, 0.0, 5.0], [3.0, 2.0, 5.0], [9.0, 2.0, 5.0]])
    errors = np.array([[1.0, np.nan, np.nan], [1.0, 0.1, np.nan], [1.0, 0.1, 0.1]])
    assert va.csi(weights, errors) == pytest.approx((1 / 3 + 1) / 2)
    assert math.isnan(va.csi(weights, np.full((3, 3), np.nan)))
    assert va.csi(np.array([[0.1 + 0.2, 1.0], [0.3, 1.0]]), np.zeros((2, 2))) == 1  # exact, and apart by rounding
    assert va.csi(weights, errors * 100) > va.csi(weights, errors)  # wider is "steadier": why it never stands alone


@pytest.mark.parametrize("r", [2, 3, 5])
def test_chance_sign_entropy_is_what_coin_flips_give(r):
    flips = np.sign(np.random.default_rng(0).random((r, 200_000)) - 0.5)
    assert va.sign_entropy(flips).mean() == pytest.approx(va.chance_sign_entropy(r), abs=0.005)
