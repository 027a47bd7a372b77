"""The command `tune`: a line for each trial, what was found in words and in files, and how it goes on."""

import csv
import io
import json

import pytest

import lime_core as lc
from lime_core.cli import tune
from tests.cli.conftest import one_line

BASE = ("--segmenter", "grid", "--set", "grid.rows=3", "--set", "grid.columns=3", "--num-samples", "60", "--floor", "0")
VARY = ("--vary", "segmenter=grid,slic", "--vary", "slic.n_segments=9,16", "--vary", "ridge.alpha=0.1,10")


def test_every_trial_is_told_and_every_setting_written(run, photos, tmp_path):
    code, out, err = run("tune", photos, *BASE, *VARY, "--budget", "5m", "--out", tmp_path / "tuned")
    assert code == 1, "one of the photos cannot be read"
    assert err.endswith("error: 1 of 4 photos could not be explained; the files are written all the same.\n")
    lines = out.splitlines()
    assert "left out: photos/e.png: " in out
    assert "3 cases, 3 ways of asking, 3 ways of fitting each" in lines
    assert [line.split(":")[0] for line in lines if line.startswith("trial")] == ["trial 1", "trial 2", "trial 3"]
    assert any(line.startswith("best: ") for line in lines)
    assert any(line.startswith("With each photo in turn left out") for line in lines)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "tuned" / tune.CSV).read_text())))
    record = json.loads((tmp_path / "tuned" / tune.JSON).read_text())
    assert len(record["cases"]) == 3
    assert len(rows) == 3 * len(record["settings"])
    assert lc.Setting.of_record(record["settings"][0]["setting"]).num_samples == 60


def test_the_same_command_goes_on_in_its_file(run, photos, tmp_path):
    arguments = ("tune", photos / "a.png", *BASE, *VARY, "--study", tmp_path / "s.db", "--out", tmp_path / "tuned")
    code, out, _ = run(*arguments, "--budget", "250")
    assert code == 0
    assert out.count("\ntrial ") == 1
    code, out, _ = run(*arguments, "--budget", "5m")
    assert code == 0
    assert "1 trials are there already" in out
    assert out.count("\ntrial ") == 2
    code, out, err = run(*arguments, "--budget", "5m")
    assert code == 0
    assert "3 trials are there already" in out
    assert "best: " in out
    assert [line.split(": ")[0] for line in err.splitlines()] == ["a.png · planted"], "nothing is asked for"


def test_ctrl_c_writes_what_was_found_and_says_how_to_go_on(run, photos, tmp_path, monkeypatch):
    line, told = tune._line, []

    def stopping(study, trial):
        told.append(line(study, trial))
        if len(told) == 2:
            raise KeyboardInterrupt
        return told[-1]

    monkeypatch.setattr(tune, "_line", stopping)
    arguments = ("tune", photos / "a.png", *BASE, *VARY, "--study", tmp_path / "s.db", "--out", tmp_path / "tuned")
    code, out, err = run(*arguments)
    assert code == 130
    assert "best: " in out
    assert err.endswith(f"stopped, 2 trials stay in {tmp_path / 's.db'}, and the same command goes on\n")
    assert (tmp_path / "tuned" / tune.JSON).is_file()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--vary", "nothing=1"), "--vary: nothing is called 'nothing'"),
        (("--vary", "slic.n_segments=9"), "belongs to an option that is not in use"),
        (("--budget", "soon"), "must be samples such as 20000 or minutes such as 10m, got 'soon'"),
        (("--budget", "0m"), "must be samples such as 20000 or minutes such as 10m"),
        (("--budget", "20"), "--budget is too small for one trial; give more samples"),
        (("--budget", "0.0000001m"), "--budget is too small for one trial; give more minutes"),
        (("--floor", "2"), "--floor must be at most 1"),
        (("--preset", "g-lime"), "settings are searched without"),
        (("--num-samples", "1"), "must be a whole number from 2 to 10000000"),
    ],
)
def test_what_cannot_be_is_said(run, photos, given, said):
    code, _, err = run("tune", photos / "a.png", *BASE, *given)
    assert code == 2
    assert said in one_line(err)


def test_no_photo_and_no_study_are_said(run, photos, tmp_path):
    code, _, err = run("tune", photos / "e.png", *BASE)
    assert code == 2
    assert "there are no photos in" in one_line(err)
    (tmp_path / "bad.db").write_text("no database")
    code, _, err = run("tune", photos / "a.png", *BASE, "--study", tmp_path / "bad.db")
    assert code == 1
    assert "The file of studies cannot be opened." in one_line(err)
