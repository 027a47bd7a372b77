"""The verdict on the mean of several segmentations: how far they agree, and what keeps them from it."""

from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from lime_core.explanation.pooling import _shortfall
from lime_core.explanation.shortfall import Shortfall
from lime_core.reports.verdict import _apart, verdict
from tests.support.planted import BLACK, GRID, AdditiveModel, PairModel, textured_picture

MEMBERS = (GRID, lc.Grid(3, 5), lc.Grid(5, 3))


def probed(kind, n=300):
    picture = textured_picture()
    model = lc.wrap_model(kind(picture), kind="values", name="planted")
    return lc.probe_image(picture, model, n, MEMBERS, BLACK, sampler=lc.Bernoulli())


@pytest.fixture(scope="module")
def pairs():
    return probed(PairModel)


@pytest.fixture(scope="module")
def additive():
    return probed(AdditiveModel)


def test_few_samples_for_each_are_said_and_no_r2_is_praised(pairs):
    e = lc.explain(pairs.first(60), 0)
    assert verdict(e, 0.42) == verdict(e)
    weak = verdict(e, -0.1)
    assert (weak.level, weak.headline) == ("weak", "Nothing beyond chance in each segmentation")
    assert weak.sentence.startswith("Each of the 3 segmentations has 20 samples for up to 16 superpixels: too few.")
    assert verdict(e.members[0], 0.9).headline == "Too few samples to tell"  # of one segmentation R² is its own
    many = lc.explain(pairs, 0)
    assert verdict(many, 0.1) == verdict(many)


def test_a_kernel_that_leaves_each_few_samples_is_to_blame(pairs):
    e = lc.explain(pairs, 0, kernel=lc.L2Kernel(1.0))
    assert len(e.features) > 0
    told = verdict(e, -0.1)
    assert told.headline == "Nothing beyond chance in each segmentation"
    effective = f"{e.effective_samples / 3:.0f}"
    assert told.sentence.startswith("Each of the 3 segmentations has 100 samples for up to 16 superpixels, of which ")
    assert told.sentence.endswith(f"{effective} are effective: too few. It is the kernel that leaves so few: widen it.")


def test_more_samples_never_make_it_too_few(additive):
    for n in range(100, 301, 10):  # three for each superpixel are 138
        assert verdict(lc.explain(additive.first(n), 0)).headline.startswith("The segmentations ")


def with_map(member, pixels, error):
    """The member with each pixel a superpixel of this weight and error."""
    cut = replace(member.scene.segmentation, labels=np.arange(pixels.size, dtype=np.int32).reshape(pixels.shape))
    scene = replace(member.scene, segmentation=cut)
    return replace(member, scene=scene, weights=pixels.ravel(), standard_error=np.full(pixels.size, error))


def agreeing(e, agreement, share_of_chance=0.2):
    """The same with maps that agree so far, and differ by chance for this share."""
    r = agreement / (3 - 2 * agreement)  # of two of the three maps
    chances = np.random.default_rng(0).normal(size=(4, 32, 32))
    common, *own = np.linalg.qr((chances - chances.mean(axis=(1, 2), keepdims=True)).reshape(4, -1).T)[0].T
    maps = [(np.sqrt(r) * common + np.sqrt(1 - r) * each).reshape(32, 32) for each in own]
    error = np.sqrt(share_of_chance * np.var(maps, axis=0, ddof=1).mean())
    members = tuple(with_map(member, pixels, error) for member, pixels in zip(e.members, maps, strict=True))
    return replace(e, members=members, r2=0.9)


@pytest.mark.parametrize(("agreement", "level"), [(0.9, "good"), (0.6, "fair"), (0.3, "weak")])
def test_it_is_judged_by_how_far_they_agree(pairs, agreement, level):
    e = agreeing(lc.explain(pairs, 0), agreement)
    assert lc.segmentation_agreement(e) == pytest.approx(agreement)
    assert verdict(e).level == level
    assert f"the map of 3 others would correlate with this one by about {agreement:.2f}." in verdict(e).sentence
    assert verdict(replace(e, r2=0.3)).headline == "Weak fit: read this map with care"


def test_where_they_differ_it_says_whether_more_samples_would_help(pairs):
    e = lc.explain(pairs, 0)
    assert "Most of the difference is chance, and more samples would help." in verdict(agreeing(e, 0.3, 0.8)).sentence
    assert "Most of the difference is made by their borders." in verdict(agreeing(e, 0.3, 0.2)).sentence
    unknown = verdict(agreeing(e, 0.3, float("nan"))).sentence
    assert "Most of the difference" not in unknown
    assert "Each of the 3 segmentations has 100 samples" in unknown
    even = [with_map(member, np.full((32, 32), 0.3), 0.0) for member in e.members]
    assert "Most of the difference" not in verdict(replace(e, members=tuple(even), r2=0.9)).sentence


@pytest.mark.parametrize("n", [60, 300])
def test_a_penalty_that_leaves_no_weight_is_named_however_few_samples(additive, n):
    judged = verdict(lc.explain(additive.first(n), 0, surrogate=lc.Lasso(alpha=1.0)), 0.0)
    assert judged.headline == "No superpixel has a weight"
    assert "The penalty of 1 removes every weight; lower alpha" in judged.sentence


def test_a_penalty_that_holds_them_back_is_named(additive):
    judged = verdict(lc.explain(additive, 0, surrogate=lc.Ridge(300.0)))
    assert judged.level == "weak"
    assert "The penalty of 300 takes too much off the weights; lower alpha." in judged.sentence
    fair = lc.explain(additive, 0, surrogate=lc.Ridge(15.0))
    assert 0.5 < fair.r2 < 0.8
    assert "The penalty of 15 takes too much off the weights" in verdict(fair).sentence


def test_what_at_least_half_of_them_lack_it_for_is_the_cause():
    held, none = Shortfall(0.9, "surrogate"), Shortfall(0.2)
    assert _shortfall([held, held, held, none]).cause == "surrogate"
    assert _shortfall([held, none]).cause == "surrogate"
    assert _shortfall([held, none, none]).cause == ""
    assert _shortfall([none, none]).cause == ""


def test_a_prior_that_makes_them_agree_makes_them_no_better_than_fair(additive):
    summary = lc.PictureSummary.of([lc.explain(additive, index) for index in (0, 1)])
    prior = lc.build_prior([summary], 3, clusters=8, method="signed")
    e = lc.explain(additive, 1, surrogate=lc.RidgeWithPrior(), prior=prior, prior_strength=1e4)
    assert e.mean_prior_share > 0.5
    judged = verdict(replace(agreeing(e, 0.95), prior_share=e.prior_share))
    assert (judged.level, judged.headline) == ("fair", "The prior makes the segmentations agree")


@pytest.mark.parametrize("kind", ["padded", "inert"])
def test_where_nothing_is_known_of_a_pixel_the_others_say_what_makes_maps_differ(kind):
    picture, fit = textured_picture(), "crop"
    model = PairModel(picture)
    if kind == "padded":
        picture, fit = lc.load_picture(picture.pixels[:16]), "pad"
    else:
        pixels = picture.pixels.copy()
        pixels[:12, :12] = 0  # hidden in black it is the same
        picture = lc.load_picture(pixels)
    model = lc.wrap_model(model, kind="values", name="planted", input_size=(32, 32), fit=fit)
    e = lc.explain(lc.probe_image(picture, model, 300, MEMBERS, BLACK, sampler=lc.Bernoulli()), 0)
    found = lc.pixel_map(e)
    assert np.isnan(found.error).any()
    assert not np.isnan(found.error).all()
    told = _apart(e, "Each.")
    assert told in ("Most of the difference is made by their borders.",
                    "Most of the difference is chance, and more samples would help. Each.")  # fmt: skip
