"""A small search for one photo asks for no more than it may, and chooses by what all searches choose by."""

import numpy as np
import pytest

import lime_core as lc
from tests.tuning.small_study import Model, cases

PHOTO = cases()[0].picture
FLAT = lc.load_picture(np.full((64, 64, 3), 128, dtype=np.uint8))


def base(num_samples=200, segmenter=None):
    return lc.Setting(
        lc.ProbeSettings(lc.Grid(4, 4) if segmenter is None else segmenter),
        num_samples,
        lc.FitSettings(feature_selection=lc.AllFeatures()),
    )


def asking():
    model = Model()
    return model, lc.wrap_model(model, name="small")


@pytest.mark.parametrize("count", [60, 200, 500])
def test_the_budget_is_kept_and_every_row_counted(count):
    (model, wrapped), told = asking(), []
    found = lc.find_setting(PHOTO, wrapped, 0, base(count), on_progress=lambda *step: told.append(step))
    assert model.rows == found.rows <= 4 * count
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] <= found.rows
    assert {total for _, total in told} == {4 * count}


def test_the_better_segmentation_gets_what_is_left():
    found = lc.find_setting(PHOTO, asking()[1], 0, base(500))
    probings = list(dict.fromkeys((s.values["segmenter"], s.num_samples) for s in found.losses.settings))
    assert [count for _, count in probings] == [500, 500, 1000]
    assert probings[0] == ("grid rows=4 columns=4", 500)
    gains = found.losses.mean_gains
    better = max(range(8), key=lambda place: gains[place])
    assert probings[2][0] == found.losses.settings[better].values["segmenter"]
    alone = lc.find_setting(PHOTO, asking()[1], 0, base(500, lc.Segmentations((lc.Grid(4, 4), lc.Grid(3, 3)))))
    assert {s.num_samples for s in alone.losses.settings} == {500, 1500}


def test_what_is_found_is_best_by_the_rules_of_every_search():
    found = lc.find_setting(PHOTO, asking()[1], 0, base(500))
    losses = found.losses
    assert found.setting == losses.settings[losses.best()]
    assert losses.usable[losses.best()]
    assert losses.losses[losses.best(), 0] == 0
    e = found.setting.explain(PHOTO, asking()[1], 0)
    gain = lc.relevance_gain(e, asking()[1], flipping=lc.PixelFlipping(steps=10)).srg
    assert losses.mean_gains[losses.best()] == pytest.approx(gain, abs=1e-3)


def test_samples_that_are_there_are_not_asked_for_again():
    model, wrapped = asking()
    store, setting = lc.ProbeStore(), base(500)
    list(store.grow(setting.probing.spec(PHOTO, wrapped), PHOTO, wrapped, 500))
    before = model.rows
    found = lc.find_setting(PHOTO, wrapped, 0, setting, store=store)
    assert model.rows - before == found.rows - 500


def test_it_says_what_and_why():
    begin = base(500, lc.Grid(2, 2))
    found = lc.find_setting(PHOTO, asking()[1], 0, begin)
    told = found.in_words()
    assert told.startswith(f"Best of {len(found.losses.settings)} settings: ")
    assert found.setting.apart_in_words(begin) in told
    assert "The relevance gain is +" in told


@pytest.mark.parametrize(
    ("gains", "stability", "said"),
    [
        ([0.3, 0.2], [0.9, 0.9], "Of 2 settings none is better: the relevance gain is +30 pp."),
        ([0.2, 0.3], [0.9, 0.9], "Best of 2 settings: samples 60. The relevance gain is +30 pp, and was +20 pp."),
        ([0.3, 0.2], [0.1, 0.9], "Stability is 0.90, and was 0.10, too low to choose by the relevance gain."),
        ([-0.05, -0.02], [0.9, 0.9], "Best of 2 settings: samples 60. The relevance gain is −2 pp, and was −5 pp."),
        ([np.nan, 0.2], [np.nan, 0.9], "The relevance gain is +20 pp; with the settings before there is no map."),
    ],
)
def test_every_outcome_has_its_words(gains, stability, said):
    gains, stability = np.array(gains)[:, None], np.array(stability)
    losses = lc.Losses((base(40), base(60)), cases()[:1], gains, np.ones(2), stability, stability > 0.5)
    assert lc.BestSetting(losses, 0).in_words().endswith(said)


def test_a_photo_that_the_base_cannot_cut_is_explained_by_several():
    black = lc.Setting(lc.ProbeSettings(lc.Felzenszwalb(), lc.Color((0, 0, 0))), 200)
    found = lc.find_setting(FLAT, asking()[1], 0, black)
    assert found.setting.values["segmenter"] == "several"
    assert "with the settings before there is no map" in found.in_words()


def test_scores_that_have_no_log_odds_and_other_kernels_stay_as_they_are():
    values = lc.wrap_model(lambda shown: Model()(shown)[:, :1], ["temperature"], kind="values", name="values")
    flat = lc.Setting(lc.ProbeSettings(lc.Grid(4, 4)), 200, lc.FitSettings(kernel=lc.NoKernel()))
    found = lc.find_setting(PHOTO, values, 0, flat)
    assert {s.fitting.kernel for s in found.losses.settings} == {lc.NoKernel()}
    assert {s.fitting.space for s in found.losses.settings} == {None}


def test_a_prior_is_kept():
    model, picture = lc.load_model("efficientnet_lite0"), lc.gallery_picture("chelsea")
    prior = lc.class_activation(model)
    pulled = lc.FitSettings.of(prior=prior, prior_strength=5.0)
    found = lc.find_setting(picture, model, base=lc.Setting(lc.ProbeSettings(lc.Grid(3, 3)), 60, pulled))
    assert all(s.fitting.prior == prior and s.fitting.prior_strength == 5.0 for s in found.losses.settings)


def test_what_cannot_be_searched_is_refused():
    with pytest.raises(lc.LimeError, match="begins with 49 samples or more"):
        lc.find_setting(PHOTO, asking()[1], 0, base(48))
    several = lc.Segmentations((lc.Felzenszwalb(), lc.Felzenszwalb(scale=50)))
    with pytest.raises(lc.LimeError, match="superpixel"):
        lc.find_setting(FLAT, asking()[1], 0, base(60, several))
    logits = lc.wrap_model(Model(), name="logits", kind="logits")
    with pytest.raises(ValueError, match="space must be"):
        lc.find_setting(PHOTO, logits, 0, lc.Setting(fitting=lc.FitSettings(space="logit")))
