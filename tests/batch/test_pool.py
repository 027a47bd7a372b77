"""A pool takes run after run, and says why a model cannot be loaded."""

import lime_core as lc
from lime_core.batch import pool as batch_run
from lime_core.batch.run import InProcess
from tests.batch.conftest import finished


def test_a_pool_takes_a_second_run_after_one_that_was_left(job, pictures, planted, tmp_path):
    pool = InProcess(planted)
    missing = lc.Found("nowhere.png", None, "There is no file.")
    left = lc.run_batch(job, [pictures[0], missing, pictures[1]], tmp_path / "a", pool)
    assert next(left).error  # with a picture still inside
    left.close()
    assert [outcome.error for outcome in finished(job, pictures[1:], tmp_path / "b", pool)] == [""] * 3


def test_a_loader_that_fails_in_whatever_way_says_so():
    def broken():
        raise FileNotFoundError("weights.pt")

    assert str(batch_run.loaded(broken)) == "The model could not be loaded: FileNotFoundError: weights.pt"
