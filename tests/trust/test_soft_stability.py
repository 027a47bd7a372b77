"""Soft stability is the share of all subsets in which the class wins, to within the bound that is said of it."""

import math
from dataclasses import FrozenInstanceError, replace
from itertools import combinations

import numpy as np
import pytest

import lime_core as lc
from lime_core.sampling import subsets
from lime_core.trust.soft_stability import SoftStability
from tests.support.planted import BLACK, GRID, AdditiveModel, textured_picture

TWELVE = lc.Grid(rows=3, columns=4)
NAMES = ("first", "second", "third")


@pytest.fixture(scope="module")
def photo():
    return textured_picture()


@pytest.fixture
def scored(photo):
    """Counts the pictures that it is asked about."""
    return AdditiveModel(photo)


@pytest.fixture
def model(scored):
    return lc.wrap_model(scored, NAMES, kind="logits", name="planted")


@pytest.fixture
def e(photo, model):
    """Class 0 of 16 superpixels whose effects on the logits are planted."""
    return lc.explain(lc.probe_image(photo, model, 200, GRID, BLACK), 0, space="logit")


@pytest.fixture(scope="module")
def small():
    """An explanation of twelve superpixels, whose weights and answers games take the place of."""
    picture = textured_picture()
    model = lc.wrap_model(AdditiveModel(picture), NAMES, kind="logits", name="planted")
    return lc.explain(lc.probe_image(picture, model, 40, TWELVE, BLACK), 0)


def game(rng, d=12, classes=3):
    """Answers to masks (n, d) with effects of superpixels and of pairs of them, and the effects on class 0."""
    alone, pairs = rng.normal(0, 1, (classes, d)), rng.normal(0, 0.5, (classes, d, d))
    alone[0] += 0.3

    def answers(masks):
        return masks @ alone.T + np.einsum("ni,cij,nj->nc", masks, pairs, masks)

    return answers, alone[0]


def true_rate(answers, top, r, d=12):
    others = [i for i in range(d) if i not in top]
    subsets = [s for size in range(r + 1) for s in combinations(others, size)]
    masks = np.zeros((len(subsets), d))
    masks[:, top] = 1
    for mask, subset in zip(masks, subsets, strict=True):
        mask[list(subset)] = 1
    return float((answers(masks).argmax(axis=1) == 0).mean())


def play(small, seed, addition):
    """What soft stability says of a game, and the rate itself."""
    answers, weights = game(np.random.default_rng(seed))
    e = replace(small, weights=weights)
    spec = addition.spec(e)
    masks = spec.sampler(addition.rows(e), 12, spec.seed)
    probe = lc.Probe(spec, e.scene, masks, answers(masks.astype(float)), "logits", NAMES)
    return lc.soft_stability_of(e, probe, addition), true_rate(answers, list(spec.sampler.top), spec.sampler.r)


@pytest.mark.parametrize("listed", [True, False], ids=["each subset once", "drawn again and again"])
def test_the_bound_holds_as_often_as_it_says(small, listed, monkeypatch):
    if not listed:
        monkeypatch.setattr(subsets, "MAX_LISTED", 0)
    held, rates = [], []
    for seed in range(200):
        found, rate = play(small, seed, lc.Addition(k=2, r=4 + seed % 6, seed=seed))
        low, high = found.interval
        assert found.rows == 150
        assert not found.exact
        held.append(low <= rate <= high)
        rates.append(rate)
    assert np.mean(held) >= 0.9
    assert np.mean(np.abs(np.array(rates) - 0.5) < 0.4) > 0.5  # not all of them games that are won or lost anyway


@pytest.mark.parametrize("seed", range(20))
def test_where_all_subsets_are_asked_it_is_exact(small, seed):
    addition = lc.Addition(k=6, r=1 + seed % 6, seed=seed)
    found, rate = play(small, seed, addition)
    assert found.exact
    assert found.rate == pytest.approx(rate, abs=1e-12)
    assert found.interval == (found.rate, found.rate)
    assert found.rows == sum(math.comb(12 - found.k, size) for size in range(found.r + 1))
    assert (found.epsilon, found.delta) == (0, 0)


@pytest.mark.parametrize(
    ("epsilon", "delta", "draws"),
    [(0.1, 0.1, 150), (0.05, 0.1, 600), (0.1, 0.05, 185), (0.5, 0.5, 3), (0.1, 0.01, 265)],
)
def test_the_number_of_subsets_is_hoeffdings(epsilon, delta, draws):
    assert lc.Addition(epsilon=epsilon, delta=delta).draws == draws
    assert 2 * math.exp(-2 * draws * epsilon**2) <= delta < 2 * math.exp(-2 * (draws - 1) * epsilon**2)


def test_every_picture_is_asked_once_and_announced(e, model, scored):
    progress, before = [], scored.rows
    found = lc.soft_stability(e, model, on_progress=lambda *step: progress.append(step))
    assert scored.rows - before == lc.Addition().rows(e) == 152
    assert progress[-1] == (152, 152)
    assert (found.k, found.r, found.rows, found.class_index) == (5, 8, 150, 0)
    assert (found.class_name, found.exact) == ("first", False)
    assert found.epsilon == pytest.approx(math.sqrt(math.log(20) / 300))
    assert found.epsilon <= lc.Addition().epsilon


def test_the_top_is_what_speaks_most_for_the_class(e):
    weights = np.zeros(16)
    weights[[2, 5, 7, 9, 11]] = 1.0, -3.0, 2.0, 1.0, 0.5
    for k, top in ((1, (7,)), (2, (2, 7)), (3, (2, 7, 9)), (16, (2, 7, 9, 11))):
        assert lc.Addition(k=k).spec(replace(e, weights=weights)).sampler.top == top


def test_more_others_than_there_are_are_cut(e, model):
    few, many = lc.Addition(k=3, r=13), lc.Addition(k=3, r=2000)
    assert few.spec(e) == many.spec(e)
    assert lc.soft_stability(e, model, many).r == 13


def test_with_all_superpixels_at_the_top_there_is_one_picture(e, model, scored):
    whole, before = replace(e, weights=np.ones(16)), scored.rows
    found = lc.soft_stability(whole, model, lc.Addition(k=16))
    assert scored.rows - before == 3
    assert (found.k, found.r, found.rows, found.exact) == (16, 0, 1, True)
    assert found.rate == float((scored.effects.sum(axis=1) + scored.bias).argmax() == 0)


def test_the_seed_draws_others_and_neither_bound_is_in_the_spec(e, model):
    one, two = (lc.Addition(seed=seed).spec(e) for seed in (0, 1))
    assert one != two
    assert one == lc.Addition(epsilon=0.02, delta=0.01).spec(e)
    assert lc.soft_stability(e, model) == lc.soft_stability(e, model)


def test_a_store_is_asked_for_what_is_missing_only(e, photo, model, scored):
    store, before = lc.ProbeStore(), scored.rows
    for epsilon, rows in ((0.1, 152), (0.05, 602), (0.1, 602)):
        addition = lc.Addition(epsilon=epsilon)
        *_, probe = store.grow(addition.spec(e), photo, model, addition.rows(e))
        assert scored.rows - before == rows
        assert lc.soft_stability_of(e, store.get(addition.spec(e)), addition).rows == addition.draws
    assert lc.soft_stability_of(e, probe) == lc.soft_stability(e, model)


def test_a_probe_that_is_still_growing_is_less_sure(e, photo, model):
    spec = lc.Addition().spec(e)
    *_, probe = lc.grow(lc.open_probe(spec, photo, model), 152, model)
    part = lc.soft_stability_of(e, probe.first(52))
    assert part.rows == 50
    assert part.epsilon == pytest.approx(math.sqrt(math.log(20) / 100))
    with pytest.raises(ValueError, match=r"the probe must have a row besides .* got 2 rows"):
        lc.soft_stability_of(e, probe.first(2))


def test_the_border_of_a_padded_photo_is_always_shown():
    photo = textured_picture()
    wide = lc.load_picture(photo.pixels[:16])
    seen = AdditiveModel(photo)
    model = lc.wrap_model(seen, NAMES, kind="logits", name="planted", input_size=(32, 32), fit="pad")
    e = lc.explain(lc.probe_image(wide, model, 100, GRID, BLACK), space="logit")
    border = e.scene.segmentation.border
    assert border == 16
    sampler = lc.Addition(k=3, r=40).spec(e).sampler
    assert border in sampler.top
    assert sampler(50, 17, 0)[:, border].all()
    found = lc.soft_stability(e, model, lc.Addition(k=3, r=40))
    assert (found.k, found.r) == (3, 13)


@pytest.mark.parametrize("class_index", [0, 1, 2])
def test_which_class_wins_with_the_top_alone_is_told(photo, model, scored, class_index):
    e = lc.explain(lc.probe_image(photo, model, 200, GRID, BLACK), class_index, space="logit")
    found = lc.soft_stability(e, model, lc.Addition(k=2))
    mask = np.zeros(16)
    mask[np.argsort(-e.weights)[:2]] = 1
    alone = int((scored.effects @ mask + scored.bias).argmax())
    assert (found.alone, found.alone_name) == (alone, NAMES[alone])
    assert found.stands == (alone == class_index)


def test_of_equal_classes_the_first_is_the_most_likely(e):
    spec = lc.Addition().spec(e)
    probe = lc.Probe(spec, e.scene, spec.sampler(152, 16, 0), np.ones((152, 3)), "logits", ())
    assert lc.soft_stability_of(e, probe).rate == 1
    second = replace(e, settings=replace(e.settings, class_index=1))
    found = lc.soft_stability_of(second, probe)
    assert (found.rate, found.alone, found.alone_name) == (0, 0, "class 0")


def test_a_class_that_everything_speaks_for_is_always_the_most_likely(photo):
    shown = lc.wrap_model(lambda pictures: pictures.mean((1, 2, 3))[:, None] * [0.1, 0.0], kind="logits", name="light")
    e = lc.explain(lc.probe_image(photo, shown, 100, GRID, BLACK), 0)
    found = lc.soft_stability(e, shown)
    assert found.rate == 1
    assert found.stands
    assert found.interval == (1 - found.epsilon, 1)
    never = lc.soft_stability(replace(e, settings=replace(e.settings, class_index=1)), shown)
    assert (never.rate, never.stands) == (0, False)


def test_what_has_no_most_likely_class_is_refused_before_it_is_asked(photo):
    seen = AdditiveModel(photo)
    values = lc.wrap_model(seen, kind="values", name="values")
    e = lc.explain(lc.probe_image(photo, values, 60, GRID, BLACK))
    before = seen.rows
    with pytest.raises(ValueError, match="e has no soft stability: The model gives values"):
        lc.soft_stability(e, values)
    assert seen.rows == before


def test_a_single_output_is_two_classes(photo):
    single = lc.wrap_model(AdditiveModel(photo, classes=1), ("cat",), kind="sigmoid", name="single")
    e = lc.explain(lc.probe_image(photo, single, 200, GRID, BLACK), 1)
    found, answers = lc.soft_stability(e, single), lc.probe_image(photo, single, 1, GRID, BLACK).outputs
    assert answers.shape == (1, 2)
    assert (found.class_name, found.alone_name) == ("cat", "cat" if found.stands else "not cat")


def test_a_map_without_a_top_is_refused(e, model, scored):
    before = scored.rows
    for weights in (np.zeros(16), -np.ones(16)):
        with pytest.raises(ValueError, match="No superpixel speaks for the class"):
            lc.soft_stability(replace(e, weights=weights), model)
    assert scored.rows == before


def test_answers_that_are_no_numbers_are_refused(e, model):
    broken = lc.wrap_model(lambda pictures: np.full((len(pictures), 3), np.nan), NAMES, kind="logits", name="planted")
    with pytest.raises(lc.BadScores, match="NaN or infinity"):
        lc.soft_stability(e, replace(model, engine=broken.engine))


def test_another_model_or_probe_is_refused(e, photo, model):
    with pytest.raises(ValueError, match="the probe belongs to planted"):
        lc.soft_stability(e, lc.wrap_model(AdditiveModel(photo), kind="logits", name="other"))
    other = lc.probe_image(photo, model, 60, GRID, BLACK)
    for probe in (other, lc.open_probe(lc.Addition(k=2).spec(e), photo, model)):
        with pytest.raises(ValueError, match=r"the probe must have the spec that Addition\.spec gives"):
            lc.soft_stability_of(e, probe)


def test_wrong_arguments_are_refused(e, model):
    for wrong in ({"k": 0}, {"r": 0}, {"epsilon": 0}, {"epsilon": 0.6}, {"delta": 0}, {"delta": 1}, {"k": 1.5}):
        with pytest.raises(ValueError, match=f"Addition: {next(iter(wrong))} must be"):
            lc.Addition(**wrong)
    with pytest.raises(ValueError, match="seed must"):
        lc.Addition(seed=-1)
    with pytest.raises(TypeError, match="e must be an Explanation"):
        lc.soft_stability(None, model)
    with pytest.raises(TypeError, match="addition must be an Addition or None"):
        lc.soft_stability(e, model, 5)
    with pytest.raises(TypeError, match="probe must be a Probe"):
        lc.soft_stability_of(e, None)


FOUND = SoftStability(0, "first", 0.93, math.sqrt(math.log(20) / 300), 0.1, 5, 8, 150, False, 0, "first")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {},
            "With the top 5 and up to 8 other superpixels shown, the class stays the most likely in 93% of cases "
            "(83% to 100%, with 90% confidence; 150 samples).",
        ),
        (
            {"rate": 0.43, "alone": 2, "alone_name": "third", "delta": 0.001},
            "With the top 5 alone third is the most likely, and not first. With up to 8 other superpixels beside them "
            "the class is the most likely in 43% of cases (33% to 53%, with 99.9% confidence; 150 samples).",
        ),
        (
            {"rate": 0.75, "epsilon": 0.0, "delta": 0.0, "k": 3, "r": 1, "rows": 4, "exact": True},
            "With the top 3 and up to 1 other superpixel shown, the class stays the most likely in 75% of cases "
            "(exact: 4 samples, which is all).",
        ),
        ({"rate": 149 / 150}, "in 99% of cases (89% to 100%,"),
        ({"rate": 1.0}, "in 100% of cases (90% to 100%,"),
        ({"rate": 0.001}, "in 1% of cases (0% to 11%,"),
        ({"rate": 0.0}, "in 0% of cases (0% to 10%,"),
    ],
)
def test_what_was_found_is_a_sentence(changes, words):
    assert words in replace(FOUND, **changes).in_words()


def test_a_result_cannot_be_written_to():
    with pytest.raises(FrozenInstanceError):
        FOUND.rate = 1.0
