"""How far repeats agree: by hand, against scipy, and noise against every chance level."""

import math

import numpy as np
import pytest
from scipy import stats

from lime_core.drawing.heatmap import ranked
from lime_core.evaluation import agreement as ag
from lime_core.evaluation import variation as va

RNG = np.random.default_rng(0)
NOISE = RNG.normal(size=(400, 50))
SAME = np.tile(RNG.normal(size=12), (4, 1))
RANKED = [lambda w, r: ag.top_sets(w, 3, r), lambda w, r: ag.jaccard(w, 3, r), va.spearman, va.kendalls_w,
          ag.rank_biased_overlap, lambda w, r: ag.top_frequency(w, 3, r), lambda w, r: va.vsi(w, 3, r)]  # fmt: skip
UNRANKED = [va.sign_agreement, va.sign_entropy, va.spread, va.relative_spread, lambda w: va.csi(w, np.ones(w.shape))]


@pytest.mark.parametrize("ranking", ag.RANKINGS)
def test_repeats_that_are_the_same_agree_fully(ranking):
    for matrix in (ag.jaccard(SAME, 5, ranking), va.spearman(SAME, ranking), ag.rank_biased_overlap(SAME, ranking)):
        np.testing.assert_allclose(matrix, np.ones((4, 4)), atol=1e-12)
    assert va.kendalls_w(SAME, ranking) == pytest.approx(1)
    assert va.vsi(SAME, 3, ranking) == 1
    assert va.csi(SAME, np.zeros(SAME.shape)) == 1
    assert (va.sign_agreement(SAME) == 1).all()
    assert (va.sign_entropy(SAME) == 0).all()
    np.testing.assert_allclose(va.spread(SAME), 0, atol=1e-15)
    assert va.relative_spread(SAME) == pytest.approx(0, abs=1e-15)
    assert set(ag.top_frequency(SAME, 3, ranking)) == {0.0, 1.0}


def test_noise_agrees_as_much_as_chance_says():
    for k in (5, 10, 20):
        found = ag.mean_of_pairs(ag.jaccard(NOISE, k, "absolute"))
        assert found == pytest.approx(ag.chance_jaccard(50, k), abs=0.002)
    assert va.vsi(NOISE, 10, "absolute") == pytest.approx(10 / 50, abs=0.002)
    assert ag.mean_of_pairs(va.spearman(NOISE, "signed")) == pytest.approx(0, abs=0.002)
    overlap = ag.mean_of_pairs(ag.rank_biased_overlap(NOISE[:200], "absolute"))
    assert overlap == pytest.approx(ag.chance_rank_biased_overlap(50), abs=0.003)
    for p in (0.2, 0.9):
        assert ag.chance_rank_biased_overlap(50, p) == pytest.approx((1 - p**50) / (50 * (1 - p)))
    assert va.kendalls_w(NOISE, "absolute") == pytest.approx(1 / 400, rel=0.2)
    assert ag.top_frequency(NOISE, 10, "absolute").mean() == pytest.approx(0.2)
    assert va.relative_spread(NOISE) == pytest.approx(math.sqrt(400), rel=0.3)
    five = NOISE.reshape(80, 5, 50)
    assert np.mean([va.sign_agreement(w) for w in five]) == pytest.approx(va.chance_sign_agreement(5), abs=0.01)
    assert va.csi(NOISE, np.ones(NOISE.shape)) == pytest.approx(0.994, abs=0.002)


@pytest.mark.parametrize(("k", "level"), [(5, 0.058), (10, 0.116), (20, 0.254)])
def test_chance_of_the_jaccard_index_is_the_published_one(k, level):
    assert ag.chance_jaccard(50, k) == pytest.approx(level, abs=5e-4)


def test_chance_by_counting_all_pairs_of_sets():
    from itertools import combinations

    def mean(a, b):
        pairs = [(set(s), set(t)) for s in combinations(range(6), a) for t in combinations(range(6), b)]
        return np.mean([len(s & t) / len(s | t) for s, t in pairs])

    assert ag.chance_jaccard(6, 2) == pytest.approx(mean(2, 2))
    assert ag.chance_jaccard(6, 4, 2) == pytest.approx(mean(4, 2))
    assert ag.chance_jaccard(6, 6) == ag.chance_jaccard(6, 9) == ag.chance_jaccard(6, 0) == 1
    assert ag.chance_jaccard(6, 0, 3) == 0


@pytest.mark.parametrize(("ranking", "show"), [("absolute", "both"), ("signed", "for")])
def test_top_sets_are_what_the_maps_show(ranking, show):
    weights = RNG.integers(-3, 4, (30, 9)).astype(np.float64)  # many ties, many zeros
    for k in (1, 3, 9, 20):
        sets = ag.top_sets(weights, k, ranking)
        for row, members in zip(weights, sets, strict=True):
            assert set(np.flatnonzero(members)) == set(ranked(row, show, k, 0.0))


def test_a_zero_is_in_no_set_and_two_empty_sets_agree():
    weights = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 2.0, -1.0]])
    assert ag.top_sets(weights, 3, "absolute").sum(axis=1).tolist() == [0, 0, 2]
    assert ag.top_sets(weights, 3, "signed").sum(axis=1).tolist() == [0, 0, 1]
    for matrix in (ag.jaccard(weights, 3, "absolute"), ag.rank_biased_overlap(weights, "absolute")):
        assert matrix.tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 1]]


def test_jaccard_by_hand_and_the_choice_of_ranking():
    weights = np.array([[3.0, -4.0, 2.0, 1.0], [3.0, 4.0, -2.0, 1.0]])
    assert ag.jaccard(weights, 2, "absolute")[0, 1] == 1  # {0, 1} and {0, 1}
    assert ag.jaccard(weights, 2, "signed")[0, 1] == pytest.approx(1 / 3)  # {0, 2} and {0, 1}
    assert va.vsi(weights, 2, "signed") == 0.5
    assert ag.top_frequency(weights, 2, "signed").tolist() == [1, 0.5, 0.5, 0]


@pytest.mark.parametrize("ranking", ag.RANKINGS)
def test_spearman_is_scipys(ranking):
    weights = RNG.integers(-5, 6, (6, 15)).astype(np.float64)
    values = np.abs(weights) if ranking == "absolute" else weights
    np.testing.assert_allclose(va.spearman(weights, ranking), stats.spearmanr(values.T).statistic, atol=1e-12)


def test_spearman_of_a_repeat_without_an_order_is_not_known():
    weights = np.array([[1.0, 2.0, 3.0], [2.0, 2.0, 2.0], [3.0, 2.0, 1.0]])
    found = va.spearman(weights, "signed")
    assert np.isnan(found[1]).all()
    assert found[0, 2] == pytest.approx(-1)
    assert math.isnan(ag.mean_of_pairs(found))


@pytest.mark.parametrize("high", [4, 10**6])
def test_kendalls_w_is_friedmans_statistic_with_and_without_ties(high):
    weights = RNG.integers(0, high, (7, 9)).astype(np.float64)
    friedman = stats.friedmanchisquare(*weights.T).statistic
    assert va.kendalls_w(weights, "signed") == pytest.approx(friedman / (7 * 8))


def test_kendalls_w_is_zero_for_opposite_ranks_and_sees_only_size_if_asked():
    weights = np.array([[1.0, 2.0, 3.0, 4.0], [-1.0, -2.0, -3.0, -4.0]])
    assert va.kendalls_w(weights, "signed") == pytest.approx(0)
    assert va.kendalls_w(weights, "absolute") == pytest.approx(1)
    assert math.isnan(va.kendalls_w(np.ones((3, 4)), "signed"))


def overlap_by_definition(first, second, p, depth=3000):
    """RBO_ext summed term by term: lists continue with unseen items that agree as the visible ones do."""
    short, long = sorted((first, second), key=len)
    total, share = 0.0, 0.0
    for m in range(1, depth + 1):
        if m <= len(short):
            share = len(set(short[:m]) & set(long[:m])) / m
        elif m <= len(long):
            at_end = len(set(short) & set(long[: len(short)])) / len(short)
            share = (len(set(short) & set(long[:m])) + at_end * (m - len(short))) / m
        total += (1 - p) * p ** (m - 1) * share
    return total


def weights_of(order, d):
    weights = np.zeros(d)
    weights[order] = np.arange(len(order), 0, -1)
    return weights


def test_rank_biased_overlap_by_hand():
    weights = np.stack([weights_of([0, 1, 2], 3), weights_of([1, 0, 2], 3), weights_of([2, 1, 0], 3)])
    found = ag.rank_biased_overlap(weights, "absolute", p=0.5)
    assert found[0, 1] == pytest.approx(0.5 * 0 + 0.25 * 1 + 0.125 * 1 + 0.125)  # agreement 0, 1, 1, and 1 for ever
    assert found[0, 2] == pytest.approx(0.5 * 0 + 0.25 * 0.5 + 0.125 * 1 + 0.125)
    np.testing.assert_array_equal(found, found.T)


@pytest.mark.parametrize("p", [0.2, 0.9, 0.99])
def test_rank_biased_overlap_is_its_definition(p):
    d = 9
    lists = [RNG.permutation(d)[: RNG.integers(1, d + 1)] for _ in range(12)]
    found = ag.rank_biased_overlap(np.stack([weights_of(order, d) for order in lists]), "absolute", p)
    for a, first in enumerate(lists):
        for b, second in enumerate(lists):
            expected = overlap_by_definition(list(first), list(second), p)
            assert found[a, b] == pytest.approx(expected, abs=1e-10)


def test_the_chance_of_rank_biased_overlap_holds_for_short_lists():
    d = 12
    weights = np.stack([weights_of(RNG.permutation(d)[: 4 + 3 * (i % 2)], d) for i in range(300)])
    found = ag.rank_biased_overlap(weights, "absolute")
    assert found[::2, 1::2].mean() == pytest.approx(ag.chance_rank_biased_overlap(d, 0.9, 7, 4), abs=0.005)


def test_only_the_first_places_count_at_p_02():
    weights = np.stack([weights_of([0, 1, 2, 3, 4, 5], 6), weights_of([0, 1, 5, 4, 3, 2], 6)])
    assert ag.rank_biased_overlap(weights, "absolute", 0.2)[0, 1] > 0.97
    assert ag.rank_biased_overlap(weights, "absolute", 0.9)[0, 1] < 0.93


def test_one_repeat_has_nothing_to_agree_with():
    one = SAME[:1]
    assert ag.jaccard(one, 3, "absolute").tolist() == [[1]]
    for figure in (ag.mean_of_pairs(ag.jaccard(one, 3, "absolute")), va.kendalls_w(one, "absolute"),
                   va.relative_spread(one), va.vsi(one, 3, "absolute"), va.csi(one, np.ones(one.shape))):  # fmt: skip
        assert math.isnan(figure)
    assert np.isnan(va.spread(one)).all()


def test_figures_do_not_depend_on_the_order_of_repeats_or_the_scale():
    weights = NOISE[:6]
    for other in (weights[::-1], 7.0 * weights):
        for ranking in ag.RANKINGS:
            assert va.kendalls_w(other, ranking) == pytest.approx(va.kendalls_w(weights, ranking))
            for pairwise in (va.spearman, ag.rank_biased_overlap):
                assert ag.mean_of_pairs(pairwise(other, ranking)) == pytest.approx(
                    ag.mean_of_pairs(pairwise(weights, ranking))
                )
        assert va.relative_spread(other) == pytest.approx(va.relative_spread(weights))


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.zeros(3), r"weights must have the shape \(any, any\)"),
        (np.zeros((0, 3)), "weights must have the shape"),
        (np.zeros((3, 0)), "weights must have the shape"),
        (np.array([[1.0, np.nan]]), "weights must be finite"),
        (np.array([[1.0, np.inf]]), "weights must be finite"),
    ],
)
def test_broken_weights_are_refused_by_all(weights, message):
    for figure in (*UNRANKED, *(lambda w, f=f: f(w, "absolute") for f in RANKED)):
        with pytest.raises(ValueError, match=message):
            figure(weights)


def test_wrong_arguments_are_named():
    for figure in RANKED:
        with pytest.raises(ValueError, match="ranking must be one of absolute, signed, got 'size'"):
            figure(SAME, "size")
    with pytest.raises(ValueError, match="k must be at least 1, got 0"):
        ag.jaccard(SAME, 0, "absolute")
    for p in (0.0, 1.0, -1.0, math.nan):
        with pytest.raises(ValueError, match=r"p must lie in \(0, 1\)"):
            ag.rank_biased_overlap(SAME, "absolute", p)
    with pytest.raises(ValueError, match="standard_errors must have the shape"):
        va.csi(SAME, np.zeros(3))
    with pytest.raises(ValueError, match="matrix must have the shape"):
        ag.mean_of_pairs(np.zeros((2, 3)))
