"""The command `tune` where something fails on the way: what was found is written, and what failed is named."""

import csv
import io
import json

import numpy as np
import pytest
from PIL import Image

import lime_core as lc
from lime_core.cli import tune
from tests.cli.conftest import one_line
from tests.cli.test_tune import BASE, VARY
from tests.support.planted import AdditiveModel, textured_picture
from tests.tuning.small_study import limited

COUNTS = ("--vary", "num_samples=20,40,60")


def save(path, pixels):
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(pixels).save(path)


class Failing(AdditiveModel):
    """Answers NaN after so many pictures, or raises what it is given."""

    def __init__(self, picture, most, error=None):
        super().__init__(picture)
        self.most, self.error = most, error

    def __call__(self, pictures):
        answers = super().__call__(pictures)
        if self.rows > self.most:
            if self.error:
                raise self.error
            answers[:] = np.nan
        return answers


def with_model(monkeypatch, function, **settings):
    settings = {"kind": "logits", "class_names": ("cat", "dog", "fox"), "name": "late"} | settings
    model = lc.wrap_model(function, **settings)
    monkeypatch.setattr(tune, "load_model", lambda name, device, precision: model)


@pytest.mark.parametrize(
    ("error", "told"),
    [(None, "a.png: The model"), (RuntimeError("gone\naway"), "a.png: RuntimeError: gone away. ")],
)
def test_an_error_in_a_later_trial_keeps_what_was_found(run, photos, picture, tmp_path, monkeypatch, error, told):
    with_model(monkeypatch, Failing(picture, 130, error))
    arguments = ("tune", photos / "a.png", *BASE, *COUNTS, "--out", tmp_path / "tuned")
    code, out, err = run(*arguments, "--study", tmp_path / "s.db")
    assert code == 1
    assert out.count("\ntrial ") == 1
    assert "best: " in out
    assert f"lime-core: error: {told}" in err
    assert err.endswith(f". 1 trials stay in {tmp_path / 's.db'}.\n")
    assert (tmp_path / "tuned" / tune.JSON).is_file()
    with_model(monkeypatch, Failing(picture, 130, error))
    code, _, err = run(*arguments)
    assert code == 1
    assert "stay in" not in err


def test_a_study_that_cannot_be_written_is_one_line_and_keeps_what_was_found(run, photos, tmp_path, monkeypatch):
    line = tune._line

    def filled(study, trial):
        limited(study._storage, "query_only = 1")
        return line(study, trial)

    monkeypatch.setattr(tune, "_line", filled)
    file = tmp_path / "s.db"
    code, out, err = run("tune", photos / "a.png", *BASE, *COUNTS, "--study", file, "--out", tmp_path / "tuned")
    assert code == 1
    assert "best: " in out
    assert "lime-core: error: The file of studies cannot be read or written. " in err
    assert err.endswith(f"{file}: attempt to write a readonly database. 1 trials stay in {file}.\n")
    assert (tmp_path / "tuned" / tune.JSON).is_file()


def test_the_photo_on_which_a_model_fails_is_named(run, tmp_path, monkeypatch, picture):
    for name, value in (("a", 200), ("b", 0)):
        save(tmp_path / "many" / f"{name}.png", np.full((32, 32, 3), value, np.uint8))

    def failing(pictures):
        answers = AdditiveModel(picture)(pictures)
        answers[pictures.max(axis=(1, 2, 3)) == 0] = np.nan
        return answers

    with_model(monkeypatch, failing)
    code, _, err = run("tune", tmp_path / "many", *BASE)
    assert code == 1
    assert one_line(err).startswith("lime-core: error: many/b.png: ")


def test_photos_that_cannot_be_explained_are_told_once_and_written(run, photos, tmp_path):
    save(photos / "flat.png", np.full((32, 32, 3), 120, np.uint8))
    (photos / "e.png").unlink()
    code, _, err = run("tune", photos, *BASE, *VARY, "--out", tmp_path / "tuned")
    assert code == 1
    told = "Hiding changes no superpixel of this picture: there is nothing to explain."
    assert err.count(f"photos/flat.png · planted: {told}\n") == 1
    assert err.endswith("lime-core: error: 1 of 4 photos could not be explained; the files are written all the same.\n")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "tuned" / tune.CSV).read_text())))
    flat = [row for row in rows if row["photo"] == "photos/flat.png"]
    assert {row["gain"] for row in flat} == {""}
    assert told in {row["problem"] for row in flat}
    assert "" not in {row["problem"] for row in flat}
    assert "" in {row["problem"] for row in rows if row["photo"] == "photos/a.png"}
    record = json.loads((tmp_path / "tuned" / tune.JSON).read_text())
    assert all(each["problems"][3] for each in record["settings"])
    assert [case["photo"] for case in record["cases"]] == [f"photos/{name}.png" for name in ("a", "b", "c", "flat")]


def test_photos_of_one_name_are_told_apart(run, tmp_path):
    for seed, folder in enumerate("ab"):
        save(tmp_path / folder / "x.png", textured_picture(seed).pixels)
    code, _, err = run("tune", tmp_path / "a", tmp_path / "b", *BASE, "--vary", "ridge.alpha=1,2", "--out", "tuned")
    assert code == 0, err
    record = json.loads((tmp_path / "tuned" / tune.JSON).read_text())
    assert [case["photo"] for case in record["cases"]] == ["a/x.png", "b/x.png"]


@pytest.mark.parametrize("vary", ["num_samples=30,60", "ridge.alpha=0.1,1"])
@pytest.mark.parametrize("budget", ["1m", "20000"])
def test_who_helps_says_that_another_process_has_the_settings_to_begin_with(
    run, photos, tmp_path, monkeypatch, vary, budget
):
    class Gone(BaseException):
        pass

    def elsewhere(study, asked):
        if not study.trials:
            raise Gone

    arguments = ("tune", photos / "a.png", *BASE, "--vary", vary, "--budget", budget, "--study", tmp_path / "s.db")
    tried_out = lc.Study._tried_out
    with monkeypatch.context() as patch:
        patch.setattr(lc.Study, "_tried_out", lambda study, _, asked, *rest: elsewhere(study, asked))
        patch.setattr("socket.gethostname", lambda: "another machine")
        with pytest.raises(Gone):
            run(*arguments)
    assert tried_out is lc.Study._tried_out
    code, _, err = run(*arguments)
    assert code == 1
    assert err.endswith(
        "error: The settings to begin with are being tried by another process; run the same command again when it is "
        "done.\n"
    )
    assert not (tmp_path / "lime-tuned").exists()


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        ("logits", ("--space", "logit"), "--space must be probability or log-odds for a search with this model"),
        ("logits", ("--space", "value"), "--space must be probability or log-odds for a search with this model"),
        ("logits", ("--vary", "space=log-odds, value"), "--vary: space must be probability or log-odds for a search"),
        ("values", ("--space", "probability"), "--space must be value for a search with this model"),
        ("values", ("--vary", "space=log-odds"), "--vary: space must be value for a search with this model"),
    ],
)
def test_a_score_that_a_search_does_not_have_is_refused(run, photos, monkeypatch, picture, kind, given, said):
    model = AdditiveModel(picture)
    with_model(monkeypatch, model, kind=kind)
    code, _, err = run("tune", photos / "a.png", *BASE, *given)
    assert (code, model.rows) == (2, 0)
    assert said in one_line(err)
