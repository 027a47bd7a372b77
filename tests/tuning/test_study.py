"""A study tries each way of asking once, can be stopped and resumed, and is kept whole whoever works on it."""

import csv
import io
import signal
import subprocess
import sys
import time

import numpy as np
import optuna
import pytest

import lime_core as lc
from tests.tuning.small_study import Model, cases, space

SMALL = ["segmenter=felzenszwalb", "felzenszwalb.scale=5", "felzenszwalb.min_size=20"]
COUNT = 13
"""The base, and twelve others."""


def facts(trials):
    """All that is found, but for how long it took."""
    return [{**trial.to_record(), "seconds": 0, "probing": trial.probing.values} for trial in trials]


@pytest.fixture(scope="module")
def undisturbed():
    study = lc.Study(space(), cases())
    list(study.run())
    return study


def test_each_way_of_asking_is_tried_once_the_base_first(undisturbed):
    trials = undisturbed.trials
    assert len(trials) == len({trial.probing for trial in trials}) == COUNT
    assert trials[0].probing == space().base
    assert undisturbed.left == 0
    for trial in trials:
        assert trial.held_out_r2.shape == trial.stability.shape == (2, 5)
        assert trial.gains.shape == (2, len(trial.judged))
        assert trial.judged[0] == 0
        assert len(set(trial.judged)) == len(trial.judged)
        assert trial.problems == ("", "")
    assert list(undisturbed.run()) == []


def test_what_is_found_is_what_the_core_says(undisturbed):
    trial = undisturbed.trials[3]
    case = undisturbed.cases[1]
    setting = lc.Setting(trial.probing.probing, trial.probing.num_samples, space().fittings[trial.judged[1]])
    e = setting.explain(case.picture, case.model, 0)
    gain = lc.relevance_gain(e, case.model, flipping=lc.PixelFlipping(steps=10)).srg
    assert trial.gains[1, 1] == pytest.approx(gain, abs=1e-4)


def test_the_unit_of_the_values_chooses_nothing():
    found = []
    for size in (1.0, 1e-6, 1e6):
        model = lc.wrap_model(lambda shown, size=size: size * Model()(shown), kind="values", name="small")
        study = lc.Study(space(), [lc.Case(case.picture, model, 0) for case in cases()])
        list(study.run(trials=4))
        losses = lc.Losses.of(study)
        found.append((losses.best(), losses.ranked, losses.front(), losses.losses, losses.gains / size))
        assert [
            float(row["gain"]) for row in csv.DictReader(io.StringIO(losses.to_csv()))
        ] == losses.gains.ravel().tolist()
    for other in found[1:]:
        assert other[:3] == found[0][:3]
        np.testing.assert_allclose(other[3], found[0][3], atol=1e-4)
        np.testing.assert_allclose(other[4], found[0][4], rtol=1e-3)


def test_what_cannot_be_explained_is_told_as_below_everything_else():
    study = lc.Study(
        space(),
        [
            lc.Case(case.picture, lc.wrap_model(lambda shown: 1000 * Model()(shown), kind="values"), 0)
            for case in cases()
        ],
    )
    assert study._below() < 0
    list(study.run(trials=2))
    assert study._below() < min(trial.values[0] for trial in study._study.trials)


def test_every_row_is_counted_and_fits_ask_nothing():
    model = Model()
    study = lc.Study(space(), cases(model))
    before = model.rows
    told = []
    (trial,) = study.run(trials=1, on_progress=lambda done, total: told.append((done, total)))
    looked_at = model.rows - before
    assert trial.rows == looked_at
    assert trial.rows == 2 * (60 + 1 + 2 * (1 + 4 * 18))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] <= told[-1][1] == trial.rows


def test_a_budget_of_rows_is_kept():
    study = lc.Study(space(), cases())
    trials = list(study.run(rows=2000))
    assert 1 <= len(trials) < COUNT
    assert sum(trial.rows for trial in trials) <= 2000
    assert list(study.run(rows=2000)) == []
    assert list(lc.Study(space(), cases()).run(rows=100)) == []
    assert list(lc.Study(space(), cases()).run(minutes=0)) == []


def test_a_study_goes_on_in_its_file_as_if_it_had_not_stopped(undisturbed, tmp_path):
    file = tmp_path / "study.db"
    list(lc.Study(space(), cases(), file=file).run(trials=5))
    resumed = lc.Study(space(), cases(), file=file)
    assert len(resumed.trials) == 5
    list(resumed.run())
    assert facts(resumed.trials) == facts(undisturbed.trials)
    (name,) = optuna.get_all_study_names(f"sqlite:///{file}")
    opened = optuna.load_study(study_name=name, storage=f"sqlite:///{file}")
    assert len(opened.best_trials) >= 1


def test_what_is_killed_is_done_anew(undisturbed, tmp_path):
    file = tmp_path / "study.db"
    command = [sys.executable, "-m", "tests.tuning.small_study", str(file), "0.02"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for _ in range(3):
            assert process.stdout.readline()
        time.sleep(0.1)
        process.send_signal(signal.SIGKILL)
    resumed = lc.Study(space(), cases(), file=file)
    kept = len(resumed.trials)
    assert 3 <= kept < COUNT
    list(resumed.run())
    assert facts(resumed.trials) == facts(undisturbed.trials)


def test_two_processes_share_the_work(tmp_path):
    file = tmp_path / "study.db"
    lc.Study(space(), cases(), file=file)
    command = [sys.executable, "-m", "tests.tuning.small_study", str(file), "0.005"]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    lines = [process.communicate()[0].splitlines() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    trials = lc.Study(space(), cases(), file=file).trials
    assert len({trial.probing for trial in trials}) == len(trials) == COUNT
    assert sum(map(len, lines)) == COUNT


def test_a_look_at_a_study_leaves_nothing_behind(tmp_path):
    storage = lc.study_storage(tmp_path / "study.db")
    study = lc.Study(space(), cases(), file=storage)
    assert (study.trials, study.left, study.begun) == ((), COUNT, False)
    assert optuna.get_all_study_names(storage) == []
    list(study.run(trials=1))
    assert len(lc.Study(space(), cases(), file=storage).trials) == 1


def test_what_was_given_up_in_a_long_silence_is_found_anew(undisturbed, tmp_path):
    storage = lc.study_storage(tmp_path / "study.db")
    study, given_up = lc.Study(space(), cases(), file=storage), []

    def give_up(done, total):
        kept = optuna.load_study(study_name=optuna.get_all_study_names(storage)[0], storage=storage)
        if len(study.trials) == 2 and not given_up:
            given_up.append(kept.trials[-1].number)
            kept.tell(given_up[0], state=optuna.trial.TrialState.FAIL)

    list(study.run(on_progress=give_up))
    assert given_up == [2]
    assert facts(study.trials) == facts(undisturbed.trials)


def test_what_progress_raises_ends_the_trial_and_nothing_else():
    study = lc.Study(space(), cases())

    def stop(done, total):
        if len(study.trials) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(study.run(on_progress=stop))
    assert len(study.trials) == 2
    list(study.run(trials=1))
    assert len(study.trials) == 3


def test_another_floor_space_photo_or_seed_is_another_study(tmp_path):
    own = lc.Study(space(), cases())
    others = [
        lc.Study(space(), cases(), floor=0.6),
        lc.Study(space(), cases(), seed=1),
        lc.Study(space(), cases()[:1]),
        lc.Study(lc.Space.of(["num_samples=40,80"]), cases()),
    ]
    assert len({study.digest for study in (own, *others)}) == 5
    assert lc.Study(space(), cases()).digest == own.digest


def test_the_floor_decides_what_is_judged():
    (steady,) = lc.Study(space(), cases(), floor=0.0).run(trials=1)
    (none,) = lc.Study(space(), cases(), floor=1.0).run(trials=1)
    assert steady.usable(0.0)
    assert not none.usable(1.0)
    means = np.nanmean(steady.held_out_r2, axis=0)
    assert list(steady.judged[1:]) == [place for place in np.argsort(-means, kind="stable") if place][:3]


def test_a_photo_that_cannot_be_explained_so_is_told_and_the_rest_goes_on():
    flat = lc.Case(lc.load_picture(np.full((64, 64, 3), 7, dtype=np.uint8)), cases()[0].model, 0)
    study = lc.Study(lc.Space.of(SMALL, space().base), [*cases(), flat])
    trials = list(study.run())
    assert trials[0].problems[:2] == ("", "")
    assert "there is nothing to explain" in trials[0].problems[2]  # a grid cuts anything, and nothing of it changes
    assert np.isnan(trials[0].gains[2]).all()
    assert not trials[0].usable(-1.0)
    assert trials[1].problems[:2] == ("", "")
    assert "superpixel" in trials[1].problems[2]
    assert np.isnan(trials[1].gains[2]).all()
    assert not trials[1].usable(-1.0)
    alone = lc.Study(lc.Space.of(SMALL, space().base), [flat])
    assert len(list(alone.run())) == 2  # and is not asked again and again


def test_too_few_samples_are_a_problem_of_that_setting_alone():
    study = lc.Study(
        lc.Space.of(["segmenter=several", "several.members=grid,slic", "num_samples=6,40"], space().base), cases()
    )
    trials = {trial.probing.num_samples: trial for trial in study.run()}
    assert set(trials) == {60, 6, 40}
    assert "4 is the least" in trials[6].problems[0]
    assert trials[6].rows == 2 * 6  # they were asked all the same
    assert not trials[6].usable(-1.0)
    assert trials[40].problems == ("", "")


def test_a_score_that_models_of_values_do_not_have_is_refused_before_they_are_asked():
    model = lc.wrap_model(Model(), kind="values", name="small")
    with pytest.raises(lc.LimeError, match="small has no log-odds"):
        lc.Study(lc.Space.of(["space=log-odds,value"], space().base), [lc.Case(cases()[0].picture, model, 0)])


def test_no_study_without_cases():
    with pytest.raises(ValueError, match="at least one Case"):
        lc.Study(space(), [])
    with pytest.raises(ValueError, match="floor must be at most 1"):
        lc.Study(space(), cases(), floor=2)


@pytest.mark.parametrize("calls", range(1, 10))
def test_wherever_a_process_dies_its_trial_is_done_anew(undisturbed, tmp_path, monkeypatch, calls):
    """Of the first trial that is asked for, so many things are written before the process is gone."""
    file = tmp_path / "study.db"
    storage = optuna.storages.RDBStorage(f"sqlite:///{file}")
    study = lc.Study(space(), cases(), file=storage)
    list(study.run(trials=2))
    left = calls

    def dying(write):
        def call(*given, **named):
            nonlocal left
            left -= 1
            if left < 0:
                raise SystemExit
            return write(*given, **named)

        return call

    for name in ("_create_new_trial", "set_trial_user_attr", "_set_trial_param", "set_trial_state_values"):
        monkeypatch.setattr(storage, name, dying(getattr(storage, name)))
    with pytest.raises(SystemExit):
        next(study.run())

    def gone(pid, signal):
        raise ProcessLookupError

    monkeypatch.setattr("os.kill", gone)
    resumed = lc.Study(space(), cases(), file=file)
    list(resumed.run())
    assert facts(resumed.trials) == facts(undisturbed.trials)
