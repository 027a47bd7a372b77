"""The file of studies: its name is no address, and what a database cannot do is one sentence."""

import optuna
import pytest

import lime_core as lc
from tests.tuning.small_study import Model, cases, limited, space


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


def test_a_storage_without_a_file_is_told_all_the_same(monkeypatch):
    def full(*given, **named):
        raise optuna.exceptions.StorageInternalError("full")

    storage = optuna.storages.InMemoryStorage()
    study = lc.Study(space(), cases(), file=storage)
    list(study.run(trials=1))
    monkeypatch.setattr(storage, "get_all_trials", full)
    with pytest.raises(lc.LimeError, match=r"^The file of studies cannot be read or written\. full\.$"):
        _ = study.trials
