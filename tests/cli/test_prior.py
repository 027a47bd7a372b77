"""The commands for priors: built from shards, shown without harm, imported only when trusted."""

import errno
import pickle
import re
from dataclasses import replace

import numpy as np
import pytest
from sklearn.cluster import KMeans

import lime_core as lc
from lime_core.cli import prior as cli_prior
from lime_core.files import writing
from lime_core.priors import files
from tests.cli.conftest import OPTIONS, one_line
from tests.support.planted import textured_picture


@pytest.mark.parametrize("where", ["build_prior", "report"])
def test_ctrl_c_after_the_last_picture_says_what_stays_too(run, photos, monkeypatch, where):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli_prior, where, interrupted)
    code, _, error = run("prior", "build", photos, *OPTIONS, "--out", "p.npz", "--work", "many")
    assert code == 130
    assert "stopped; 3 finished pictures stay in many, and the same" in error.splitlines()[-1]


def test_a_prior_is_built_from_the_shards_of_a_batch(run, photos, counting, planted, tmp_path):
    assert run("batch", photos, *OPTIONS, "--out", "many", "--classes", 2)[0] == 1
    before = counting.rows
    arguments = ("--out", "prior.npz", "--work", "many", "--classes", 2, "--clusters", 7, "--source", "made up")
    assert run("prior", "build", photos, *OPTIONS, *arguments)[0] == 2
    code, out, _ = run("prior", "build", photos, *OPTIONS, *arguments, "--resume", "--kind", "signed", "--position", 1)
    assert (code, counting.rows) == (1, before)
    prior = lc.load_prior(tmp_path / "prior.npz")
    job = lc.Job.of(planted, lc.Grid(4, 4), lc.Color((0, 0, 0)), num_samples=40, classes=2)
    own = [job.run(textured_picture(seed), planted).summary for seed in range(3)]
    assert prior == lc.build_prior(own, 3, clusters=7, method="signed", position=1.0)
    assert prior.made_by["source"] == "made up"
    assert (prior.made_by["pictures"], prior.made_by["classes_explained"]) == (3, 2)
    assert f"prior in {tmp_path / 'prior.npz'}" in out

    code, out, _ = run("prior", "show", "prior.npz")
    assert code == 0
    assert "7 visual words of 16 features, weights for and against, of the value" in out
    assert "position counts 1 beside the features" in out
    assert "  source: made up\n" in out
    assert f"  digest: {prior.digest}\n" in out
    for index in prior.classes:
        total = prior.counts[index].sum()
        assert re.search(rf"^ +{index} +\d words of {total} superpixels$", out, re.MULTILINE)


def test_a_prior_that_would_be_too_large_to_be_read_says_what_makes_it_smaller(run, photos, tmp_path, monkeypatch):
    def refuse(*_):
        raise ValueError("a prior may have 256 MB, got 300 MB")

    monkeypatch.setattr(files, "packed", refuse)
    code, _, error = run("prior", "build", photos, *OPTIONS, "--out", "prior.npz", "--work", "many")
    assert code == 2
    assert "a prior may have 256 MB, got 300 MB; take fewer --clusters, --resume asks" in error.splitlines()[-1]
    assert not (tmp_path / "prior.npz").exists()


def test_a_model_of_more_classes_than_a_prior_has_is_refused_after_the_first_picture(
    run, photos, counting, monkeypatch
):
    monkeypatch.setattr(cli_prior, "MOST_OUTPUTS", 2)
    build = ("prior", "build", photos, *OPTIONS, "--no-faithfulness", "--out", "p.npz", "--work", "many")
    code, _, error = run(*build)
    assert (code, counting.rows) == (2, 40)
    assert "a prior has 2 classes at most, and the model has 3" in error.splitlines()[-1]


def test_a_prior_can_be_given_away_without_parts_of_its_pictures(run, photos, tmp_path, monkeypatch):
    build = ("prior", "build", photos, *OPTIONS, "--work", "many", "--no-faithfulness", "--clusters", 7)
    assert run(*build, "--out", "shown.npz", "--examples", 2)[0] == 1
    held, real = [], cli_prior.build_prior
    monkeypatch.setattr(cli_prior, "build_prior", lambda given, *rest: held.extend(given) or real(held, *rest))
    assert run(*build, "--out", "kept.npz", "--examples", 0, "--resume")[0] == 1
    assert [summary.looks for summary in held] == [None] * 3
    shown, kept = (lc.load_prior(tmp_path / name) for name in ("shown.npz", "kept.npz"))
    assert shown.examples.counts.max() == 2
    assert kept.examples is None
    assert kept == shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "prior.npy"], "--out must be a file that ends in .npz, got 'prior.npy'"),
        (["--out", "p.npz", "--position", "-1"], "must be a number of at least 0 and at most 1000, got '-1'"),
        (["--out", "p.npz", "--position", "nan"], "must be a number of at least 0 and at most 1000, got 'nan'"),
        (["--out", "p.npz", "--position", "1e39"], "must be a number of at least 0 and at most 1000, got '1e39'"),
        (["--out", "p.npz", "--examples", "2000"], "must be a whole number from 0 to 1000, got '2000'"),
        (["--out", "p.npz", "--clusters", "10001"], "must be a whole number from 1 to 10000, got '10001'"),
        (["--out", "p.npz", "--kind", "best"], "argument --kind: invalid choice: 'best'"),
        (["--out", "photos/p.npz"], "--out photos/p.npz is inside "),
        (["--out", "p.npz", "--work", "photos/b/many"], "--work photos/b/many is inside "),
        (["--out", "p.npz", "--clusters", "0"], "must be a whole number from 1 to 10000, got '0'"),
    ],
)
def test_a_wrong_argument_of_a_prior_is_one_line_and_exit_code_2(run, photos, counting, arguments, message):
    code, out, error = run("prior", "build", photos, *OPTIONS, "--work", "many", *arguments)
    assert (code, out, counting.rows) == (2, "", 0)
    assert message in one_line(error)


def test_a_prior_that_cannot_be_written_is_one_line(run, photos, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writing, "write_files", full)
    code, _, error = run("prior", "build", photos, *OPTIONS, "--work", "many", "--out", "p.npz")
    assert code == 1
    assert "could not be written to p.npz: No space left on device" in error.splitlines()[-1]
    assert not (tmp_path / "p.npz").exists()


def test_showing_what_is_no_prior_is_one_line(run, photos):
    code, out, error = run("prior", "show", "photos/a.png")
    assert (code, out) == (1, "")
    assert "This is no prior, or its file is damaged" in one_line(error)


def test_what_a_prior_says_of_itself_moves_no_cursor(run, prior, tmp_path):
    told = {"model": ["x"], "source": "good\r\x1b[2Kbad", "\x1b[31m": 1}
    replace(prior, made_by=told, unit="\x1b[1mvalue").save(tmp_path / "p.npz")
    code, out, _ = run("prior", "show", "p.npz")
    assert code == 0
    assert "  source: good [2Kbad\n" in out
    assert "\x1b" not in out
    assert "\r" not in out


def test_a_pickle_is_read_only_when_it_is_trusted(run, tmp_path):
    words = KMeans(n_clusters=3, n_init=1).fit(np.random.default_rng(0).random((20, 128)))
    np.save(tmp_path / "weights.npy", {281: {0: 0.5}})
    (tmp_path / "kmeans.pkl").write_bytes(pickle.dumps(words))
    code, out, error = run("prior", "import", tmp_path, "--out", "theirs.npz")
    assert (code, out) == (2, "")
    assert "a pickle can run any program; add --trust" in one_line(error)
    assert not (tmp_path / "theirs.npz").exists()
    code, out, _ = run("prior", "import", "--trust", "weights.npy", "kmeans.pkl", "--out", "theirs.npz")
    assert code == 0
    assert "its features are InterpretDL's stem, 128 values: explanations here refuse it" in out
    assert lc.load_prior(tmp_path / "theirs.npz").classes == [281]
    assert "1 of 1000 classes known" in run("prior", "show", "theirs.npz")[1]
