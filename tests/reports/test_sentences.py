"""What is said about a result, checked on results whose figures are set by hand."""

from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from lime_core.reports import sentences
from lime_core.reports.sentences import in_words
from lime_core.reports.verdict import NOTHING, verdict
from tests.support.planted import BLACK, GRID, textured_picture


@pytest.fixture
def e(probe) -> lc.Explanation:
    return lc.explain(probe, 0)


@pytest.mark.parametrize(
    ("r2", "level"),
    [(1.0, "good"), (0.8, "good"), (0.799, "fair"), (0.5, "fair"), (0.499, "weak"), (0.0, "weak"), (-0.3, "weak")],
)
def test_the_verdict_follows_r2(e, r2, level):
    assert verdict(replace(e, r2=r2)).level == level


def test_the_verdict_names_the_share_that_is_explained(e):
    assert " 64%" in verdict(replace(e, r2=0.64)).sentence
    assert " 0%" in verdict(replace(e, r2=-0.3)).sentence


@pytest.mark.parametrize("r2", [0.99, 0.6, 0.1])
def test_a_high_r2_of_a_few_samples_is_not_praised(e, r2):
    few = replace(e, r2=r2, effective_samples=3 * len(e.features) - 0.1)
    assert verdict(few).level == "weak"
    assert verdict(few).headline == "Too few samples to tell"
    enough = replace(few, effective_samples=3.0 * len(e.features))
    assert verdict(enough).headline != "Too few samples to tell"


def test_of_a_constant_score_it_is_said_once_that_there_is_nothing(picture):
    model = lc.wrap_model(lambda pictures: np.tile([0.25, 0.75], (len(pictures), 1)))
    e = lc.explain(lc.probe_image(picture, model, 20, segmenter=GRID, hiding=BLACK))
    assert in_words(e) == (f"{NOTHING.headline}. {NOTHING.sentence} For the full picture the model says 75.0%.")


def test_log_odds_that_are_only_bounds_are_counted(picture):
    def certain(pictures):
        p = (pictures[:, :16].mean(axis=(1, 2, 3)) > 60).astype(float)
        p[1] = 0.7
        return np.stack([1 - p, p], axis=1)

    probe = lc.probe_image(picture, lc.wrap_model(certain), 320, segmenter=GRID, hiding=BLACK)
    remark = "For 310 samples of 320 the model gave a probability of exactly 0 or 1: their log-odds are only bounds."
    assert remark in sentences.remarks(lc.explain(probe, 1, "log-odds"))
    assert remark not in sentences.remarks(lc.explain(probe, 1, "probability"))


def test_a_good_map_needs_no_remark(e):
    assert sentences.remarks(e) == []


def test_too_few_samples_are_remarked_upon(e):
    (remark,) = sentences.remarks(replace(e, n_samples=159))
    assert remark == sentences.few_samples(159, 16)


def test_samples_are_few_for_the_superpixels_that_were_fitted(e):
    few = replace(e, n_samples=159)
    for rows, columns in ((2, 2), (8, 8)):
        assert sentences.remarks(lc.read_in(few, lc.Grid(rows, columns))) == sentences.remarks(few)


def test_a_kernel_that_leaves_few_samples_is_remarked_upon(e):
    (remark,) = sentences.remarks(replace(e, n_samples=320, effective_samples=159.4))
    assert remark.startswith("159 effective samples of 320 are few for 16 superpixels.")
    assert remark.endswith("It is the kernel that leaves so few: widen it.")
    assert sentences.remarks(replace(e, effective_samples=160.0)) == []


def test_a_kernel_that_leaves_most_samples_is_not_to_blame(e):
    (remark,) = sentences.remarks(replace(e, effective_samples=159.4))
    assert remark == "159 effective samples of 200 are few for 16 superpixels. Ask for more."
    few = replace(e, n_samples=50, effective_samples=47.0)
    assert verdict(few).sentence.startswith("So few samples (47 effective, for 16 superpixels)")
    assert verdict(few).sentence.endswith("Ask for more.")


def test_superpixels_that_cannot_be_explained_are_counted(planted):
    pixels = textured_picture().pixels.copy()
    pixels[:8, :8] = 0
    e = lc.explain(lc.probe_image(lc.load_picture(pixels), planted, 200, segmenter=GRID, hiding=BLACK), 0)
    (remark,) = sentences.remarks(e)
    assert remark.startswith("1 superpixel cannot be explained")


def test_a_tree_is_remarked_upon(probe):
    (remark,) = sentences.remarks(lc.explain(probe, 0, surrogate=lc.Tree()))
    assert "without a sign" in remark


@pytest.mark.parametrize(
    ("samples", "d", "each", "ask"), [(100, 38, "2.6", "400"), (100, 20, "5.0", "200"), (1000, 101, "9.9", "1100")]
)
def test_the_warning_says_how_many_samples_to_take(samples, d, each, ask):
    sentence = sentences.few_samples(samples, d)
    assert sentence.startswith(f"{each} samples for each superpixel")
    assert f"Take {ask} samples" in sentence
    assert int(ask) >= sentences.ENOUGH_SAMPLES * d


@pytest.mark.parametrize(("samples", "d"), [(5000, 501), (999, 100)])
def test_too_few_samples_are_never_rounded_up_to_enough(samples, d):
    assert not sentences.few_samples(samples, d).startswith("10.0")


def test_one_superpixel_is_no_plural():
    assert sentences.count(1, "superpixel") == "1 superpixel"
    assert sentences.count(0, "superpixel") == "0 superpixels"
    assert sentences.count(38, "superpixel") == "38 superpixels"


def test_all_masks_of_few_superpixels_are_never_too_few(picture, planted):
    e = lc.explain(lc.probe_image(picture, planted, 100, lc.Grid(1, 3), BLACK, lc.Enumerate()), 0)
    assert e.exact
    assert verdict(e).headline in ("Good fit", "Fair fit")
    assert sentences.remarks(e) == []


def test_what_the_prior_did_is_said_plainly(pulled):
    told = sentences.prior_in_words(pulled)
    assert f"makes {pulled.mean_prior_share:.0%} of a weight on average" in told
    assert "knows 100% of the superpixels" in told
    scale = float(f"{pulled.prior_scale:.2g}")
    assert f"Its weights (in value) were multiplied by {scale:g} to fit the value." in told
    assert "Error bars are about the samples" in told
    assert sentences.prior_in_words(replace(pulled, settings=pulled.settings.without_prior())) == ""


def test_a_map_that_is_mostly_the_priors_is_warned_about(probe, own_prior):
    prior = replace(own_prior, digests=None)
    weak, strong = (lc.explain(probe, 1, prior=prior, prior_strength=strength) for strength in (0.1, 1e6))
    assert weak.mean_prior_share < sentences.MOSTLY_PRIOR < strong.mean_prior_share
    assert sentences.prior_remarks(weak) == []
    (remark,) = sentences.prior_remarks(strong)
    assert "says more about other pictures" in remark
    assert sentences.remarks(strong)[-1] == remark


def test_a_class_that_the_prior_never_saw_has_the_plain_map_and_a_remark(probe, own_prior):
    e = lc.explain(probe, 2, prior=own_prior, prior_strength=50.0)
    np.testing.assert_array_equal(e.weights, lc.explain(probe, 2).weights)
    assert sentences.prior_remarks(e) == [
        "The prior knows nothing about this output: the map is that of the plain surrogate."
    ]
    assert sentences.prior_in_words(e) == ""


def test_a_prior_that_the_samples_contradict_is_remarked_upon(probe, own_prior):
    turned = replace(own_prior, weights=-own_prior.weights)
    e = lc.explain(probe, 1, prior=turned, prior_strength=5.0)
    assert e.prior_scale == 0.0
    assert "contradict the prior" in sentences.prior_remarks(e)[0]


def test_a_prior_of_nothing_or_without_strength_is_none(probe, own_prior):
    nothing = replace(own_prior, weights=np.zeros_like(own_prior.weights))
    assert "expects nothing" in sentences.prior_remarks(lc.explain(probe, 1, prior=nothing, prior_strength=5.0))[0]
    assert sentences.prior_remarks(lc.explain(probe, 1, prior=own_prior)) == []


def test_a_class_that_the_prior_saw_in_other_superpixels_only_is_not_called_unknown(probe, own_prior):
    words, (k, c) = own_prior.centroids, own_prior.weights.shape
    elsewhere = np.hstack([np.zeros((k, c), dtype=np.int64), np.ones((k, c), dtype=np.int64)])
    prior = lc.GlobalPrior(np.vstack([words, -words]), 0.1 * elsewhere, elsewhere, True, own_prior.unit)
    e = lc.explain(probe, 2, prior=prior, prior_strength=50.0)
    (remark,) = sentences.prior_remarks(e)
    assert remark.startswith("The prior knows no superpixel here by what it has seen of this output")


def test_too_few_samples_are_said_to_flatter_the_fit(probe):
    assert "R² flatters" in in_words(lc.explain(probe.first(40)))
    assert "R² flatters" not in in_words(lc.explain(probe, kernel=lc.NoKernel()))


def test_a_photo_that_helped_to_build_the_prior_is_told_so(probe, own_prior):
    e = lc.explain(probe, 1, prior=own_prior, prior_strength=1.0)
    (remark,) = sentences.prior_remarks(e)
    assert remark == sentences.CONFIRMS_ITSELF
    assert remark in in_words(e)
    nobody_knows = replace(own_prior, digests=None)
    assert sentences.prior_remarks(lc.explain(probe, 1, prior=nobody_knows, prior_strength=1.0)) == []
    assert sentences.prior_remarks(lc.explain(probe, 1, prior=own_prior)) == []


def test_a_crop_of_a_photo_that_helped_to_build_the_prior_is_told_so(picture, planted, own_prior):
    crop = replace(lc.load_picture(picture.pixels[::-1]), crop_of=picture.digest)
    assert not own_prior.built_from(crop.digest)
    assert own_prior.built_from(crop.digest, crop.crop_of)
    probe = lc.probe_image(crop, planted, 200, GRID, BLACK)
    remarks = sentences.prior_remarks(lc.explain(probe, 1, prior=own_prior, prior_strength=1.0))
    assert sentences.CONFIRMS_ITSELF in remarks
