"""The file of studies: its name is no address, and what a database cannot do is one sentence."""

import os
import subprocess
import sys

import optuna
import pytest

import lime_core as lc
from tests.tuning.small_study import Model, cases, limited, space

KILLED = """
import os, sys
from tests.tuning.small_study import cases, space
import lime_core as lc
os.getpid = lambda: int(sys.argv[2])
study = lc.Study(space(), cases(), file=sys.argv[1])
list(study.run(on_progress=lambda *_: os._exit(9)))
"""
"""A process that ends without a word, and believes that its number is that of another one."""


@pytest.mark.parametrize("name", ["a b.db", "what?x=1.db", "100%.db", "a%20b.db", "#1.db", "ü.db", "-x.db", "a+b.db"])
def test_the_file_has_the_name_that_was_given(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for file in (tmp_path / "folder" / name, name):
        folder = tmp_path / "folder"
        folder.mkdir(exist_ok=True)
        storage = lc.study_storage(file)
        storage.remove_session()
        storage.engine.dispose()
    assert [path.name for path in folder.iterdir()] == [name]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["folder", name])


@pytest.mark.parametrize(
    ("pragma", "reason"),
    [("max_page_count = 1", "database or disk is full"), ("query_only = 1", "attempt to write a readonly database")],
)
@pytest.mark.parametrize("done", [0, 2])
def test_a_database_that_takes_no_more_is_one_sentence_and_what_it_has_stays(tmp_path, pragma, reason, done):
    file = tmp_path / "s.db"
    storage = lc.study_storage(file)
    study = lc.Study(space(), cases(), file=storage)
    list(study.run(trials=done))
    limited(storage, pragma)
    with pytest.raises(lc.LimeError) as raised:
        list(study.run())
    assert raised.value.public == "The file of studies cannot be read or written."
    assert str(raised.value).endswith(f" {file}: {reason}.")
    assert done <= len(study.trials) < 13
    assert study.begun == bool(len(study.trials))


def test_an_error_of_the_model_is_told_also_where_nobody_can_write_that_it_failed(tmp_path):
    storage = lc.study_storage(tmp_path / "s.db")

    class Failing(Model):
        def __call__(self, shown):
            limited(storage, "query_only = 1")
            raise RuntimeError("out of order")

    study = lc.Study(space(), cases(Failing()), file=storage)
    with pytest.raises(RuntimeError, match="out of order"):
        list(study.run())


def test_a_trial_that_could_not_be_written_is_done_anew_as_soon_as_there_is_room(tmp_path):
    storage = lc.study_storage(tmp_path / "s.db")
    study = lc.Study(space(), cases(), file=storage)

    def fill(done, total):
        if done == total and len(study.trials) == 2:
            limited(storage, "query_only = 1")

    with pytest.raises(lc.LimeError, match="cannot be read or written"):
        list(study.run(on_progress=fill))
    assert len(study.trials) == 2
    limited(storage, "query_only = 0")
    assert study.rows_begun, "nobody could write that it failed"
    again = next(study.run())
    assert again.probing == study.trials[2].probing
    assert study.rows_begun == 0
    list(study.run())
    assert study.left == 0


def test_a_trial_of_another_run_of_this_process_is_left_to_it(tmp_path):
    storage = lc.study_storage(tmp_path / "s.db")
    study, other = (lc.Study(space(), cases(), file=storage) for _ in range(2))
    found = []

    def meanwhile(done, total):
        if not found:
            found.extend(other.run(trials=1))

    (own,) = study.run(trials=1, on_progress=meanwhile)
    assert own.probing != found[0].probing
    assert len(study.trials) == 2


def test_a_process_with_the_number_of_one_that_was_killed_does_its_trial_anew(tmp_path):
    """As the first process of a container that is started again."""
    storage = lc.study_storage(tmp_path / "s.db")
    study = lc.Study(space(), cases(), file=storage)
    list(study.run(trials=1))
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "s.db"), str(os.getpid())], check=False, timeout=60
    )
    assert killed.returncode == 9
    assert study.rows_begun
    list(study.run())
    assert study.left == 0


def test_a_storage_without_a_file_is_told_all_the_same(monkeypatch):
    def full(*given, **named):
        raise optuna.exceptions.StorageInternalError("full")

    storage = optuna.storages.InMemoryStorage()
    study = lc.Study(space(), cases(), file=storage)
    list(study.run(trials=1))
    monkeypatch.setattr(storage, "get_all_trials", full)
    with pytest.raises(lc.LimeError, match=r"^The file of studies cannot be read or written\. full\.$"):
        _ = study.trials
