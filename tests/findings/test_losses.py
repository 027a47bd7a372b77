"""What a setting loses is a share of the best of each case, and a search is judged on photos that it did not see."""

import csv
import io
import json

import numpy as np
import pytest

import lime_core as lc
from tests.tuning.small_study import cases, space

SETTINGS = tuple(
    lc.Setting(lc.ProbeSettings(cut), n, lc.FitSettings(surrogate=lc.Ridge(alpha=alpha)))
    for cut, n, alpha in ((lc.Grid(3, 3), 60, 1), (lc.Grid(4, 4), 60, 1), (lc.Slic(), 100, 1), (lc.Slic(), 200, 9))
)


def losses_of(
    gains, usable=(True, True, True, True), models=("one", "one", "two"), photos=(0, 1, 0), classes=(None,) * 4
):
    wrapped = {name: lc.wrap_model(lambda shown: np.zeros((len(shown), 1)), name=name) for name in models}
    pixels = lc.gallery_picture("coffee").pixels
    parts = [lc.load_picture(pixels[:32, 32 * n : 32 * n + 32]) for n in photos]
    told = classes[: len(photos)]
    where = tuple(lc.Case(part, wrapped[name], each) for part, name, each in zip(parts, models, told, strict=True))
    gains = np.array(gains, dtype=float)
    return lc.Losses(SETTINGS, where, gains, np.full(4, 0.5), np.full(4, 0.9), np.array(usable))


PLANTED = [[0.20, 0.10, 0.10], [0.40, 0.10, 0.20], [0.10, 0.20, 0.40], [0.30, 0.20, 0.30]]


def test_a_loss_is_a_share_of_the_best_of_its_case():
    losses = losses_of(PLANTED)
    np.testing.assert_allclose(losses.losses[0], [0.5, 0.5, 0.75])
    assert (losses.losses.min(axis=0) == 0).all()
    assert losses.best() == 3  # never the best of all, and never far from it
    assert [losses.best([place]) for place in range(3)] == [1, 2, 2]


def test_what_is_not_usable_is_not_chosen_and_sets_no_mark():
    losses = losses_of(PLANTED, usable=(True, True, False, True))
    assert losses.best([2]) == 3
    np.testing.assert_allclose(losses.losses[:, 2], [2 / 3, 1 / 3, -1 / 3, 0])
    nothing = losses_of(PLANTED, usable=(False,) * 4)
    assert nothing.best() == 3  # where nothing is steady enough, all is compared
    assert np.isnan(losses_of(np.full((4, 3), -0.1)).losses).all()
    assert losses_of(np.full((4, 3), np.nan)).best() == 0


def test_where_nothing_gains_anything_the_best_is_what_harms_least():
    losses = losses_of([[-0.05] * 3, [0.0] * 3, [-0.01] * 3, [-0.02] * 3])
    assert losses.best() == 1
    assert losses.ranked == (1, 2, 3, 0)
    assert losses_of([[-0.05] * 3, [0.0] * 3, [-0.01] * 3, [-0.02] * 3], (True, False, True, True)).best() == 2


def test_a_photo_is_left_out_with_all_its_models():
    losses = losses_of(PLANTED)
    # Photo 0 is in the first and the last case: without it, only the second case is there.
    chosen = losses.best([1])
    np.testing.assert_allclose(losses.left_out()[[0, 2]], losses.losses[chosen][[0, 2]])
    np.testing.assert_allclose(losses.left_out()[1], losses.losses[losses.best([0, 2]), 1])
    alone = losses_of(PLANTED, models=("one", "one", "one"), photos=(0, 0, 0))
    assert np.isnan(alone.left_out()).all()


def test_the_front_has_what_nothing_beats_in_gain_and_samples():
    assert losses_of(PLANTED).front() == (1, 3)  # equal means: fewer samples
    assert losses_of([[0.5] * 3, [0.4] * 3, [0.6] * 3, [0.55] * 3]).front() == (0, 2)


def test_a_study_is_gathered_whole():
    study = lc.Study(space(), cases())
    with pytest.raises(ValueError, match="run it first"):
        lc.Losses.of(study)
    trials = list(study.run(trials=3))
    losses = lc.Losses.of(study)
    assert losses.settings[0] == space().base
    assert losses.gains.shape == (sum(len(trial.judged) for trial in trials), 2)
    np.testing.assert_array_equal(losses.gains[:4], trials[0].gains.T)
    table = list(csv.DictReader(io.StringIO(losses.to_csv())))
    assert len(table) == losses.gains.size
    assert float(table[0]["gain"]) == pytest.approx(losses.gains[0, 0], abs=1e-4)
    assert table[0]["segmenter"] == "grid rows=3 columns=3"
    assert {row["usable"] for row in table} <= {"yes", "no"}
    own = [(case.picture.digest, "0", case.model.class_name(0)) for case in study.cases]
    assert [(row["picture"], row["class_index"], row["class"]) for row in table[:2]] == own


def test_the_record_has_every_setting_the_best_first_and_reads_back():
    losses = losses_of(PLANTED, usable=(True, True, False, True))
    record = json.loads(json.dumps(losses.to_record()))
    assert [case["model"] for case in record["cases"]] == ["one", "one", "two"]
    assert record["cases"][0]["picture"] == losses.cases[0].picture.digest
    assert record["cases"][0]["class"] is record["cases"][0]["class_index"] is None
    settings = [lc.Setting.of_record(each["setting"]) for each in record["settings"]]
    assert set(settings) == set(SETTINGS)
    means = [np.mean(each["losses"]) for each in record["settings"]]
    assert means[:3] == sorted(means[:3])
    assert [each["usable"] for each in record["settings"]] == [True, True, True, False]
    unknown = losses_of([[np.nan] * 3, *PLANTED[1:]]).to_record()["settings"][-1]
    assert unknown["gains"] == unknown["losses"] == [None] * 3


def test_a_case_that_no_setting_explains_does_not_hide_the_others():
    gains = np.array(PLANTED)
    gains[:, 1] = np.nan
    losses = losses_of(gains)
    assert losses.choosable.all()
    assert losses.best() == losses_of(PLANTED).best([0, 2])
    assert np.isnan(losses.losses[:, 1]).all()
    gains = np.array(PLANTED)
    gains[3, 1] = np.nan  # a setting that explains fewer than others
    assert losses_of(gains).choosable.tolist() == [True, True, True, False]


def test_the_base_comes_first_whoever_was_first_to_finish():
    study = lc.Study(space(), cases())
    trials = list(study.run(trials=3))
    study.__class__ = type("Late", (lc.Study,), {"trials": property(lambda self: tuple(reversed(trials)))})
    assert lc.Losses.of(study).settings[0] == study.space.base
    study.__class__ = type("Missing", (lc.Study,), {"trials": property(lambda self: tuple(trials[1:]))})
    assert not study.begun
    with pytest.raises(ValueError, match="a trial of its base"):
        lc.Losses.of(study)
