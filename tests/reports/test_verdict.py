"""The verdict follows R², and where that is low it names what is to blame: the model, or a setting of the fit."""

import math
from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from lime_core.explanation.shortfall import Shortfall, left_out_r2
from lime_core.reports.verdict import NOTHING, verdict, without_weights
from tests.explanation.conftest import prior_of
from tests.support.planted import BLACK, GRID, textured_picture

THE_MODEL = "The model does something that adding up superpixels cannot show."


@pytest.fixture(scope="module")
def additive():
    """Scores that are exactly additive in 16 superpixels, with effects of about 0.02, as probabilities have."""
    picture = textured_picture()
    effects = 0.02 * np.random.default_rng(3).normal(0, 1, 16)
    full = picture.pixels.reshape(4, 8, 4, 8, 3).mean(axis=(1, 3, 4)).ravel()

    def answer(pictures):
        shown = pictures.reshape(-1, 4, 8, 4, 8, 3).mean(axis=(2, 4, 5)).reshape(-1, 16) / full
        p = 0.5 + shown @ effects
        return np.stack([1 - p, p], axis=1)

    return lc.probe_image(picture, lc.wrap_model(answer, name="additive"), 400, segmenter=GRID, hiding=BLACK)


@pytest.fixture(scope="module")
def parity():
    """Scores that no sum of superpixels can show: whether an even number of four of them is shown."""
    picture = textured_picture()

    def answer(pictures):
        shown = pictures.reshape(-1, 4, 8, 4, 8, 3).any(axis=(2, 4, 5)).reshape(-1, 16)[:, :4]
        even = 0.3 + 0.4 * (shown.sum(axis=1) % 2 == 0)
        return np.stack([1 - even, even], axis=1)

    return lc.probe_image(picture, lc.wrap_model(answer, name="parity"), 400, segmenter=GRID, hiding=BLACK)


BLAMED = {
    "ridge": ({"surrogate": lc.Ridge(1000.0)}, "The penalty of 1000 takes too much off the weights; lower alpha."),
    "lasso": ({"surrogate": lc.Lasso(alpha=0.05)}, "The penalty of 0.05 removes every weight; lower alpha, or give a"),
    "elastic net": ({"surrogate": lc.ElasticNet(alpha=0.1)}, "The penalty of 0.1 removes every weight; lower alpha,"),
    "share": ({"surrogate": lc.Lasso(share=0.9)}, "The penalty, 0.9 of the largest, takes too much off the weights; "
                                                   "lower its share."),
    "selection": ({"feature_selection": lc.HighestWeights(1)}, "Feature selection leaves 1 of 16 superpixels; let it"),
    "both": ({"surrogate": lc.Ridge(9.0), "feature_selection": lc.HighestWeights(1)}, "Feature selection leaves 1 of"),
    "tree": ({"surrogate": lc.Tree(1, 100)}, "A tree of depth 1 with 100 samples in a leaf is too coarse; let it"),
}  # fmt: skip


@pytest.mark.parametrize("name", BLAMED)
def test_where_least_squares_fits_a_setting_is_to_blame(additive, name):
    settings, remedy = BLAMED[name]
    e = lc.explain(additive, 1, **settings)
    judged = verdict(e)
    assert judged.level == "weak"
    assert f"It is not the model: plain least squares on the same samples explains 100%. {remedy}" in judged.sentence
    assert THE_MODEL not in judged.sentence
    assert e.empty == (judged.headline == "No superpixel has a weight")


def test_the_default_penalties_leave_an_additive_map(additive):
    for surrogate in (lc.Lasso(), lc.ElasticNet(), lc.Ridge(), lc.BayesianRidge(), lc.LeastSquares()):
        e = lc.explain(additive, 1, surrogate=surrogate)
        assert verdict(e).level == "good"
        assert e.shortfall == Shortfall()


def test_a_strong_prior_that_says_something_else_is_to_blame(additive):
    other = prior_of(additive, (0, 1))
    weights, known = other.weights.copy(), other.counts[1] > 0
    weights[1, known] = np.roll(weights[1, known], 1)
    other = replace(other, weights=weights)
    e = lc.explain(additive, 1, prior=other, prior_strength=1e5)
    assert e.shortfall.cause == "prior"
    assert "The prior, at a strength of 100000, pulls harder than they do; lower it." in verdict(e).sentence
    weak = lc.explain(additive, 1, surrogate=lc.RidgeWithPrior(1000.0), prior=other, prior_strength=1e-3)
    assert weak.shortfall.cause == "surrogate"


SETTINGS = [{}, {"surrogate": lc.Ridge(1000.0)}, {"surrogate": lc.Lasso()}, {"surrogate": lc.Lasso(alpha=0.5)},
            {"feature_selection": lc.HighestWeights(1)}, {"surrogate": lc.LeastSquares()}]  # fmt: skip


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_where_least_squares_does_not_fit_either_it_is_the_model(parity, settings):
    e = lc.explain(parity, 1, **settings)
    judged = verdict(e)
    assert judged.level == "weak"
    assert e.shortfall.cause == ""
    assert e.shortfall.additive_r2 < 0.2
    assert f"{THE_MODEL} Try log-odds, other superpixels, or another hide color." in judged.sentence


def test_a_fair_fit_says_what_keeps_it_from_a_good_one(additive):
    e = lc.explain(additive, 1, surrogate=lc.Ridge(80.0))
    assert 0.5 <= e.r2 < 0.8
    judged = verdict(e)
    assert judged.level == "fair"
    assert "plain least squares on the same samples explains 100%. The penalty of 80 takes" in judged.sentence


def test_a_kernel_that_leaves_few_samples_is_to_blame_for_few_samples(additive):
    narrow = lc.explain(additive, 1, kernel=lc.L2Kernel(0.5))
    assert narrow.effective_samples < 48
    assert verdict(narrow).headline == "Too few samples to tell"
    assert "effective of 400, for 16 superpixels" in verdict(narrow).sentence
    assert "It is the kernel that leaves so few: widen it." in verdict(narrow).sentence
    few = verdict(lc.explain(additive.first(40), 1))
    assert few.headline == "Too few samples to tell"
    assert few.sentence.endswith("Ask for more.")


@pytest.mark.parametrize(
    ("segmenter", "remedy"),
    [
        (GRID, "It is the kernel that leaves so few: widen it."),
        (lc.Grid(10, 10), "Widen the kernel, and ask for more."),
        (lc.Segmentations((GRID, lc.Grid(4, 3))), "It is the kernel that leaves so few: widen it."),
        (lc.Segmentations((lc.Grid(10, 10), lc.Grid(8, 8))), "Widen the kernel, and ask for more."),
    ],
    ids=["one", "large", "several", "several large"],
)
def test_a_kernel_that_leaves_a_single_sample_is_to_blame_and_not_the_model(planted, picture, segmenter, remedy):
    probe = lc.probe_image(picture, planted, 200, segmenter=segmenter, hiding=BLACK)
    e = lc.explain(probe, 0, kernel=lambda masks: masks.all(axis=1) * 1.0)
    assert len(e.features) == 0
    judged = verdict(e)
    assert (judged.level, judged.headline) == ("weak", "Too few samples to tell")
    assert f"for {sum(probe.scene.counts)} superpixels) tell nothing. {remedy}" in judged.sentence


def test_few_samples_never_blame_a_setting():
    rng = np.random.default_rng(0)
    masks = lc.Bernoulli()(30, 25, 0).astype(np.float64)
    for n in (30, 27):  # least squares passes through all of these
        assert left_out_r2(lc.Samples(masks[:n], rng.normal(0, 1, n), np.ones(n))) < 0.1


def test_left_out_samples_are_predicted_by_the_others(pairs):
    masks, scores = pairs[0].masks.astype(np.float64), pairs[0].scores(0, "value")
    weights = lc.CosineKernel()(pairs[0].masks)
    predicted = []
    for one in range(len(masks)):
        rest = np.arange(len(masks)) != one
        found = lc.LeastSquares()(lc.Samples(masks[rest], scores[rest], weights[rest]))
        predicted.append(found.intercept + masks[one] @ found.weights)
    left = weights @ (scores - predicted) ** 2 / (weights @ (scores - np.average(scores, weights=weights)) ** 2)
    assert left_out_r2(lc.Samples(masks, scores, weights)) == pytest.approx(1 - left, abs=1e-6)


def test_a_score_that_never_moves_leaves_nothing_to_explain(picture):
    model = lc.wrap_model(lambda pictures: np.tile([0.25, 0.75], (len(pictures), 1)))
    e = lc.explain(lc.probe_image(picture, model, 50, segmenter=GRID, hiding=BLACK))
    assert e.constant
    assert verdict(e) == verdict(replace(e, r2=math.nan, effective_samples=1e6)) == NOTHING


def test_repeats_without_weights_are_spoken_of_in_one_sentence(additive, parity):
    one, other = (lc.report_of([additive], lc.FitSettings(1, surrogate=lc.Lasso(alpha=alpha))) for alpha in (1e-5, 1.0))
    constant = lc.report_of([replace(parity, outputs=np.full((400, 2), 0.5))])
    assert without_weights(one) == without_weights(one, other) == without_weights(one, constant) == ""
    assert without_weights(other) == without_weights(other, constant) == "No superpixel has a weight in any repeat."
    assert without_weights(constant) == f"{NOTHING.headline}. {NOTHING.sentence}"


@pytest.mark.parametrize("surrogate", [lc.Ridge(), lc.Tree()], ids=["ridge", "tree"])
def test_what_explains_nothing_of_other_samples_is_not_called_fair(probe, surrogate):
    e = replace(lc.explain(probe, 0, surrogate=surrogate), r2=0.68)
    assert verdict(e).level == "fair"
    assert verdict(e, 0.4) == verdict(e)
    weak = verdict(e, -0.35)
    assert (weak.level, weak.headline) == ("weak", "Nothing beyond chance")
    assert weak.sentence.startswith("The map explains 68% of the samples that it was fitted to, and nothing of others.")
    assert verdict(replace(e, r2=0.3), -0.35) == verdict(replace(e, r2=0.3))  # it is weak, and says why
