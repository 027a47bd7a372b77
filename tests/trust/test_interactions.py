"""Pairs that act together are those of the game on all masks, and chance passes for one as seldom as is said."""

from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations

import numpy as np
import pytest

import lime_core as lc
from lime_core.surrogates.surrogate import Samples
from lime_core.trust.pair_products import additive_basis
from lime_core.trust.pair_search import search
from tests.support.planted import BLACK, GRID, AdditiveModel, PairModel, textured_picture

SAMPLERS = {name: cls() for name, cls in lc.SAMPLERS.items() if name != "enumerate"}
VALUE = lc.FitSettings(0, "value")


@cache
def frame(d):
    """A probe with d superpixels, of which the sampler, the masks and the answers are replaced."""
    picture = textured_picture()
    model = lc.wrap_model(AdditiveModel(picture), kind="values", name="planted")
    return lc.probe_image(picture, model, 2, segmenter=lc.Grid(1, d), hiding=BLACK)


def probe_of(sampler, n, d, game, seed=0, kind="values"):
    """What a game (n, d) -> (n,) says of the masks of a sampler."""
    probe, masks = frame(d), sampler(n, d, seed)
    spec = replace(probe.spec, sampler=sampler, seed=seed)
    outputs = np.asarray(game(masks.astype(float)))
    return replace(probe, spec=spec, masks=masks, outputs=outputs.reshape(len(masks), -1), kind=kind)


@dataclass(frozen=True)
class Game:
    """Main effects, planted pairs, odd and even terms of more superpixels, and noise."""

    d: int
    seed: int
    pairs: int = 1
    noise: float = 0.5

    @property
    def planted(self):
        rng = np.random.default_rng([self.seed, 1])
        found = [tuple(sorted(rng.choice(self.d, 2, replace=False).tolist())) for _ in range(self.pairs)]
        return found, rng.choice([-1.0, 1.0], self.pairs) * rng.uniform(1.0, 2.0, self.pairs)

    def __call__(self, masks):
        rng, (pairs, effects) = np.random.default_rng([self.seed, 2]), self.planted
        scores = masks @ rng.normal(0.0, 1.0, self.d) + rng.normal(0.0, self.noise, len(masks))
        for (i, j), effect in zip(pairs, effects, strict=True):
            scores += effect * masks[:, i] * masks[:, j]
        for _ in range(10 if self.pairs else 0):
            three = rng.choice(self.d, 3, replace=False)
            scores += rng.normal(0.0, 0.1) * (2.0 * (masks[:, three] - masks.mean())).prod(axis=1)
        return scores


def found_in(sampler, n, game):
    """Pairs with what may stand for them, found without a probe, which costs more."""
    masks = sampler(n + 1, game.d, game.seed)[1:].astype(float)
    clusters = sampler.clusters(n + 1, game.d, game.seed)[1:]
    samples = Samples(masks, game(masks), np.ones(n), clusters)
    found = search(samples, additive_basis(masks), 0.05, 10)
    return [{pair, *others} for pair, others in zip(found.pairs, found.alternatives, strict=True)]


@pytest.mark.parametrize("d", [2, 3, 5, 8])
def test_of_all_masks_it_is_the_banzhaf_interaction_index(d):
    scores = np.random.default_rng(d).normal(0.0, 1.0, 1 << d)

    def game(masks):
        return scores[(masks @ (1 << np.arange(d))).astype(int)]

    found = lc.interactions(probe_of(lc.Enumerate(), 1 << d, d, game), VALUE, most=100)
    assert sorted(map(tuple, found.pairs)) == list(combinations(range(d), 2))
    others = np.arange(1 << d)
    for (i, j), effect in zip(found.pairs, found.effects, strict=True):
        rest = others[(others >> i & 1 | others >> j & 1) == 0]
        both, one, other = rest | 1 << i | 1 << j, rest | 1 << i, rest | 1 << j
        assert effect == pytest.approx(np.mean(scores[both] - scores[one] - scores[other] + scores[rest]), abs=1e-10)
    assert (np.diff(np.abs(found.effects)) <= 0).all()
    assert not found.standard_error.any()
    assert not found.q_values.any()


def test_it_is_the_coefficient_of_the_product_beside_all_masks():
    probe = probe_of(lc.Bernoulli(), 401, 12, Game(12, 0, noise=0.1))
    found = lc.interactions(probe, VALUE, most=1)
    (i, j), masks = found.pairs[0], probe.masks[1:].astype(float)
    design = np.column_stack([np.ones(400), masks, masks[:, i] * masks[:, j]])
    fitted = np.linalg.lstsq(design, probe.outputs[1:, 0], rcond=None)[0]
    assert found.effects[0] == pytest.approx(fitted[-1], abs=1e-9)


@pytest.mark.parametrize("sampler", SAMPLERS.values(), ids=SAMPLERS)
def test_a_planted_pair_is_found_in_95_of_100_games(sampler):
    games = [Game(40, seed) for seed in range(100)]
    hits = sum(any(game.planted[0][0] in members for members in found_in(sampler, 1000, game)) for game in games)
    assert hits >= 95


@pytest.mark.parametrize("sampler", SAMPLERS.values(), ids=SAMPLERS)
@pytest.mark.parametrize("pairs", [0, 3])
def test_false_alarms_are_as_rare_as_is_said(sampler, pairs):
    shares = []
    for seed in range(150):
        game = Game(24, seed, pairs)
        real, found = set(game.planted[0]), found_in(sampler, 500, game)
        shares.append(np.mean([not real & members for members in found]) if found else 0.0)
    # Three standard errors of a share of 0.05 in 150 games.
    assert np.mean(shares) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150)


def test_error_bars_and_the_share_explained_are_those_of_other_seeds():
    effects, errors, shares = [], [], []
    for seed in range(60):

        def game(masks, seed=seed):
            noise = np.random.default_rng(seed).normal(0.0, 0.5, len(masks))
            return masks.sum(axis=1) + 2.0 * masks[:, 1] * masks[:, 7] + noise

        found = lc.interactions(probe_of(lc.Bernoulli(), 301, 10, game, seed), VALUE, most=1)
        assert found.pairs.tolist() == [[1, 7]]
        effects.append(found.effects[0])
        errors.append(found.standard_error[0])
        shares.append(found.explained)
    assert np.mean(effects) == pytest.approx(2.0, abs=0.1)
    assert np.mean(errors) == pytest.approx(np.std(effects), rel=0.25)
    assert np.mean(shares) == pytest.approx(0.25 / (0.25 + 0.25), abs=0.02)  # 2²/16 beside the noise


def test_chance_explains_nothing():
    found = lc.interactions(probe_of(lc.FoldOver(), 1001, 30, Game(30, 3, pairs=0)), VALUE)
    assert len(found) == 0
    assert found.explained == 0.0
    assert found.tried == 30 * 29 // 2
    assert found.alternatives == ()
    assert found.pairs.shape == (0, 2)


def test_a_triple_is_three_pairs_of_half_its_effect():
    def game(masks):
        return masks.sum(axis=1) + 4.0 * masks[:, [2, 5, 6]].prod(axis=1)

    exact = lc.interactions(probe_of(lc.Enumerate(), 256, 8, game), VALUE, most=100)
    assert sorted(map(tuple, exact.pairs)) == [(2, 5), (2, 6), (5, 6)]
    assert exact.effects == pytest.approx(2.0, abs=1e-10)
    assert exact.explained == pytest.approx(0.75 / (0.75 + 0.25), abs=1e-3)  # 3 · 2²/16 beside the triple's 4²/64
    drawn = lc.interactions(probe_of(lc.Antithetic(), 1001, 20, game), VALUE)
    assert {(2, 5), (2, 6), (5, 6)} <= set(map(tuple, drawn.pairs))


def test_exact_and_additive_is_no_pair():
    def game(masks):
        return masks @ np.arange(1.0, 9.0) / 3.0

    for sampler, n in ((lc.Enumerate(), 256), (lc.Bernoulli(), 300), (lc.FoldOver(), 301)):
        assert len(lc.interactions(probe_of(sampler, n, 8, game), VALUE)) == 0


@pytest.mark.parametrize("sampler", SAMPLERS.values(), ids=SAMPLERS)
def test_too_few_samples_tell_nothing(sampler):
    for n in (2, 20, 41, 45):
        assert len(lc.interactions(probe_of(sampler, n, 40, Game(40, 0, noise=0.0)), VALUE)) == 0


def test_of_a_score_that_does_not_move_there_is_none():
    found = lc.interactions(probe_of(lc.Bernoulli(), 100, 8, lambda masks: np.ones(len(masks))), VALUE)
    assert len(found) == 0
    assert lc.interactions_in_words(found) == ["No two superpixels were found to act only together, beyond chance."]


@pytest.mark.parametrize("sampler", [lc.FoldOver(), lc.Antithetic()], ids=repr)
def test_which_of_two_complements_comes_first_does_not_matter(sampler):
    probe = probe_of(sampler, 601, 20, Game(20, 4, pairs=3))
    swapped = np.arange(601)
    swapped[1:] = swapped[1:].reshape(-1, 2)[:, ::-1].ravel()
    other = replace(probe, masks=probe.masks[swapped], outputs=probe.outputs[swapped])
    same(lc.interactions(probe, VALUE), lc.interactions(other, VALUE), np.arange(20))


@pytest.mark.parametrize("sampler", SAMPLERS.values(), ids=SAMPLERS)
def test_other_numbers_of_superpixels_are_other_numbers_of_pairs(sampler):
    probe = probe_of(sampler, 601, 20, Game(20, 5, pairs=3))
    moved = np.random.default_rng(0).permutation(20)  # column c becomes column moved[c]
    other = replace(probe, masks=probe.masks[:, np.argsort(moved)])
    found = lc.interactions(probe, VALUE)
    assert len(found) >= 2
    same(found, lc.interactions(other, VALUE), moved)
    same(found, lc.interactions(probe, VALUE), np.arange(20))


def same(found, other, moved):
    """The second is the first with other numbers of superpixels."""
    assert np.sort(moved[found.pairs], axis=1).tolist() == other.pairs.tolist()
    assert found.effects == pytest.approx(other.effects, abs=1e-9)
    assert found.standard_error == pytest.approx(other.standard_error, abs=1e-9)
    assert found.explained == pytest.approx(other.explained, abs=1e-9)


def test_the_unit_of_the_score_does_not_matter():
    game = Game(20, 6, pairs=2)
    found = lc.interactions(probe_of(lc.Bernoulli(), 601, 20, game), VALUE)
    tiny = lc.interactions(probe_of(lc.Bernoulli(), 601, 20, lambda masks: 1e-200 * game(masks)), VALUE)
    assert found.pairs.tolist() == tiny.pairs.tolist()
    assert found.effects == pytest.approx(1e200 * tiny.effects, rel=1e-6)
    assert found.standard_error == pytest.approx(1e200 * tiny.standard_error, rel=1e-6)
    assert found.explained == pytest.approx(tiny.explained, abs=1e-9)


def test_masks_of_a_fold_over_that_do_not_tell_two_pairs_apart_name_both():
    def game(masks):
        return masks[:, 4] + masks[:, 9] + 3.0 * masks[:, 4] * masks[:, 9]

    probe = probe_of(lc.FoldOver(), 513, 40, game)
    found = lc.interactions(probe, VALUE, most=1)
    signs, members = 2.0 * probe.masks[1:] - 1.0, np.vstack([found.pairs[:1], found.alternatives[0]])
    assert [4, 9] in members.tolist()
    products = signs[:, members[:, 0]] * signs[:, members[:, 1]]
    assert np.abs(products.T @ products).min() == 512
    assert found.pairs[0].tolist() == [4, 9]  # of these pairs the one that matters


@dataclass(frozen=True)
class Together:
    """Main effects, and superpixels of which the score has something only where all of them are shown."""

    number: int
    d: int
    seed: int

    @property
    def members(self):
        return set(np.random.default_rng([self.seed, 1]).choice(self.d, self.number, replace=False).tolist())

    def __call__(self, masks):
        effects = np.random.default_rng([self.seed, 2]).normal(0.0, 0.1, self.d)
        return masks @ effects + masks[:, sorted(self.members)].prod(axis=1)


@pytest.mark.parametrize("n", [300, 500, 1000])
def test_the_pairs_of_a_triple_are_among_those_that_a_fold_over_does_not_tell_apart(n):
    found = [
        (each, game) for game in (Together(3, 40, s) for s in range(20)) for each in found_in(lc.FoldOver(), n, game)
    ]
    wrong = [each for each, game in found if not any(set(pair) <= game.members for pair in each)]
    assert len(found) > 40
    assert len(wrong) <= 0.05 * len(found)


def test_four_that_act_together_hardly_pass_for_pairs_of_others():
    games = [Together(4, 40, seed) for seed in range(20)]
    found = [(each, game) for game in games for each in found_in(lc.FoldOver(), 1000, game)]
    wrong = [each for each, game in found if not any(set(pair) <= game.members for pair in each)]
    assert len(found) > 100
    assert len(wrong) <= 0.1 * len(found)  # without looking at fours it is a third


def test_a_kernel_that_leaves_one_sample_does_not_count():
    probe = probe_of(lc.Bernoulli(), 401, 32, Game(32, 0))
    found = lc.interactions(probe, replace(VALUE, kernel=lc.L2Kernel(0.1)))
    assert len(found)
    same(found, lc.interactions(probe, VALUE), np.arange(32))


def test_a_class_is_looked_at_in_its_own_score():
    def game(masks):
        odds = masks.sum(axis=1) / 4.0 - 2.0 + 1.5 * masks[:, 0] * masks[:, 3]
        return np.column_stack([np.zeros(len(masks)), odds])

    probe = probe_of(lc.Enumerate(), 256, 8, game, kind="logits")
    found = lc.interactions(probe, lc.FitSettings(1, "log-odds"))
    assert found.pairs.tolist() == [[0, 3]]
    assert found.effects == pytest.approx(1.5, abs=1e-10)
    assert found.unit == "log-odds"
    assert lc.interactions(probe, lc.FitSettings(0, "log-odds")).effects == pytest.approx(-1.5, abs=1e-10)
    assert len(lc.interactions(probe, lc.FitSettings(1, "probability"), most=100)) == 28  # a curve bends every pair


def test_a_pair_of_a_picture_is_found_and_the_model_is_not_asked():
    picture = textured_picture()
    model = PairModel(picture)
    probe = lc.probe_image(picture, lc.wrap_model(model, kind="values"), 300, segmenter=GRID, hiding=BLACK)
    before = model.rows
    found = lc.interactions(probe, lc.FitSettings(0))
    assert model.rows == before
    assert found.pairs.tolist() == [[3, 5]]
    assert found.effects == pytest.approx(2.0, abs=0.01)
    assert found.explained > 0.99
    assert len(lc.interactions(probe, lc.FitSettings(1))) == 0


def test_arrays_are_read_only(probe):
    found = lc.interactions(probe_of(lc.Bernoulli(), 301, 10, Game(10, 0)), VALUE)
    for array in (found.pairs, found.effects, found.standard_error, found.q_values, *found.alternatives):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_pairs_are_said_in_words():
    found = lc.interactions(probe_of(lc.Bernoulli(), 301, 10, Game(10, 0)), VALUE)
    several = replace(
        found,
        pairs=np.array([[17, 24], [1, 2], [3, 4], [5, 6]]),
        effects=np.array([-0.041, 0.03, 0.02, 0.01]),
        alternatives=(np.zeros((0, 2), int), np.array([[7, 8]]), np.zeros((3, 2), int), np.zeros((0, 2), int)),
        explained=0.384,
        unit="probability",
    )
    assert lc.interactions_in_words(several) == [
        "17 and 24 together: −4.1 pp",
        "1 and 2 together: +3 pp (or it is 7 and 8: more samples would tell)",
        "3 and 4 together: +2 pp (or it is one of 3 other pairs: more samples would tell)",
        "The 4 strongest such pairs explain 38% of what single superpixels leave unexplained. A pair's number is what "
        "both add beyond the sum of each alone; below zero, one does for both.",
    ]


@pytest.mark.parametrize(
    ("rate", "error"), [(0, ValueError), (1, ValueError), (float("nan"), ValueError), ("5", TypeError)]
)
def test_a_rate_lies_between_0_and_1(probe, rate, error):
    with pytest.raises(error, match="rate must"):
        lc.interactions(probe, lc.FitSettings(0), rate)
    with pytest.raises(ValueError, match="most must be at least 1"):
        lc.interactions(probe, lc.FitSettings(0), most=0)
    with pytest.raises(TypeError, match="probe must be a Probe"):
        lc.interactions(None, lc.FitSettings(0))
    with pytest.raises(TypeError, match="settings must be FitSettings"):
        lc.interactions(probe, None)
