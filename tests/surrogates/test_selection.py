"""Selections choose what lime chooses, in its order."""

import numpy as np
import pytest
from lime.lime_base import LimeBase

import lime_core as lc


@pytest.fixture(params=range(4))
def samples(request):
    rng = np.random.default_rng(request.param)
    masks = lc.Bernoulli()(200, 15, request.param).astype(np.float64)
    scores = masks @ rng.normal(0, 1, 15) + rng.normal(0, 0.5, 200)
    return masks, scores, lc.CosineKernel()(masks)


@pytest.mark.parametrize("count", [1, 4, 6, 7, 15, 40])
@pytest.mark.parametrize("name", [name for name in lc.SELECTIONS if name != "none"])
def test_selections_choose_what_lime_chooses_in_its_order(samples, name, count):
    masks, scores, weights = samples
    theirs = LimeBase(None, random_state=0).feature_selection(masks, scores, weights, count, name)
    ours = lc.SELECTIONS[name](num_features=count)(lc.Samples(masks, scores, weights))
    assert ours.tolist() == list(theirs)


def test_the_default_of_auto_keeps_everything_as_limes_default_does(samples):
    assert sorted(lc.AutoSelection()(lc.Samples(*samples))) == list(range(15))


@pytest.mark.parametrize("count", [4, 8])
def test_the_largest_weights_are_chosen_whichever_sample_comes_first(samples, count):
    masks, scores, weights = samples
    one, other = np.arange(200), np.roll(np.arange(200), 1)
    for selection in (lc.HighestWeights(count), lc.AutoSelection(count)):
        first, second = (selection(lc.Samples(masks[rows], scores[rows], weights[rows])) for rows in (one, other))
        assert set(first) == set(second)


def test_forward_selection_takes_a_column_that_repeats_another_last():
    masks = lc.Bernoulli()(100, 4, 0).astype(np.float64)
    doubled = np.hstack([masks, masks[:, :1]])
    chosen = lc.ForwardSelection(num_features=5)(lc.Samples(doubled, masks @ [4.0, 1.0, 2.0, 3.0], np.ones(100)))
    assert chosen.tolist()[:4] == [0, 3, 2, 1]
    assert sorted(chosen) == [0, 1, 2, 3, 4]
