"""The commands on many pictures, with a planted model in this process."""

import csv
import errno
import io
import json
import pickle
import re
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from sklearn.cluster import KMeans

import lime_core as lc
from lime_core import container
from lime_core.batch import run as batch_run
from lime_core.batch import shards
from lime_core.batch.table import FIGURES
from lime_core.cli import batch, terminal
from lime_core.cli import prior as cli_prior
from lime_core.cli.main import main
from lime_core.cli.terminal import PictureProgress
from tests.support.planted import textured_picture

OPTIONS = ("--segmenter", "grid", "--set", "grid.rows=4", "--set", "grid.columns=4", "--hiding", "color",
           "--set", "color.color=0,0,0", "--num-samples", "40")  # fmt: skip
ROWS = 40 + 2 + 2 * 15


@pytest.fixture
def run(monkeypatch, planted, capsys, tmp_path):
    """Runs a command with the planted model; gives its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(batch, "load_model", lambda name, device, precision: planted)

    def call(*arguments):
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def photos(tmp_path):
    """Three pictures in a folder, one of them twice, and a file that is none."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, seed in (("a", 0), ("b", 1), ("c", 2), ("d", 1)):
        Image.fromarray(textured_picture(seed).pixels).save(folder / f"{name}.png")
    (folder / "e.png").write_text("no picture")
    return folder


def one_line(error):
    assert error.startswith("lime_core: error: ")
    assert error.count("\n") == 1
    return error


def job_folder(out):
    (folder,) = [path for path in out.iterdir() if path.is_dir()]
    return folder


def test_a_batch_is_explained_measured_and_summed_up(run, photos, counting, tmp_path):
    code, out, error = run("batch", photos, *OPTIONS, "--out", "many", "--classes", 2)
    assert code == 0
    assert counting.rows == 3 * (ROWS + 32)  # deletion and insertion for each class
    assert "5/5 pictures, 1 failed" in error
    lines = out.splitlines()
    assert [line.split()[0] for line in lines[1:5]] == list(FIGURES.values())
    assert lines[5] == "5 pictures, 3 computed now, 1 failed"
    assert lines[6].startswith("  photos/e.png: The file is not a picture")
    folder = job_folder(tmp_path / "many")
    assert lines[7] == f"files in {folder}"

    with (folder / "pictures.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["index"], row["name"]) for row in rows] == [
        (str(index), f"photos/{name}.png") for index, name in enumerate("abcd") for _ in range(2)
    ] + [("4", "photos/e.png")]
    assert rows[2]["picture"] == rows[6]["picture"] == textured_picture(1).digest
    assert rows[2] == {**rows[6], "index": "1", "name": "photos/b.png"}

    with (folder / "summary.json").open(encoding="utf-8") as file:
        summary = json.load(file)
    assert (summary["pictures"], summary["failed"]) == (5, 1)
    each = [np.mean([float(row["r2"]) for row in rows[start : start + 2]]) for start in (0, 2, 4)]
    assert summary["means"]["r2"]["mean"] == pytest.approx(np.mean(each))
    assert summary["means"]["r2"]["standard_error"] == pytest.approx(np.std(each, ddof=1) / 3**0.5)
    assert summary["means"]["r2"]["pictures"] == 3  # the same picture counts once
    assert summary["job"]["segmenter"] == {"name": "grid", "rows": 4, "columns": 4}
    assert json.loads((folder / "job.json").read_text("utf-8"))["digest"] == summary["job"]["digest"]


def test_going_on_has_to_be_asked_for_and_asks_the_model_nothing(run, photos, counting):
    assert run("batch", photos / "a.png", *OPTIONS, "--out", "many")[0] == 0
    code, out, error = run("batch", photos, *OPTIONS, "--out", "many")
    assert (code, out, counting.rows) == (2, "", ROWS)
    assert "many holds 1 results of this job; add --resume to go on, or give another --out" in one_line(error)
    code, out, _ = run("batch", photos, *OPTIONS, "--out", "many", "--resume")
    assert code == 0
    assert counting.rows == 3 * ROWS
    assert "5 pictures, 2 computed now, 1 failed" in out
    assert run("batch", photos, *OPTIONS, "--out", "many", "--resume", "--seed", 1)[0] == 0  # another job beside it
    assert counting.rows == 6 * ROWS


def test_crops_come_after_their_picture_and_the_limit_counts_pictures(run, photos, tmp_path, monkeypatch):
    given = []
    monkeypatch.setattr(
        batch, "run_batch", lambda job, found, *rest: given.extend(found) or batch_run.run_batch(job, [], *rest)
    )
    assert run("batch", photos, *OPTIONS, "--out", "many", "--crops", 2, "--limit", 2)[0] == 2
    assert [found.name[:20] for found in given] == [
        *("photos/a.png", "photos/a.png (crop 1", "photos/a.png (crop 2"),
        *("photos/b.png", "photos/b.png (crop 1", "photos/b.png (crop 2"),
    ]


def test_without_faithfulness_only_samples_are_asked(run, photos, counting):
    code, out, _ = run("batch", photos / "a.png", *OPTIONS, "--out", "many", "--no-faithfulness")
    assert (code, counting.rows) == (0, 40)
    assert "deletion" not in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--classes", "0"], "argument --classes: must be a whole number of at least 1, got '0'"),
        (["--crops", "-1"], "argument --crops: must be a whole number of at least 0, got '-1'"),
        (["--engine", "spark"], "argument --engine: invalid choice: 'spark'"),
        (["--address", "auto"], "--address is that of a Ray cluster; add --engine ray"),
        (["--space", "probability"], "--space must be one of value for this model, got 'probability'"),
        (["--set", "slic.n_segments=9"], "slic is not in use; add --segmenter slic"),
        (["--out", "photos/a.png"], "--out photos/a.png is no folder"),
        (["--out", "photos/many"], "--out photos/many is inside "),
        (["--out", "photos/../photos"], "whose files are read as pictures; give another one"),
        (["--label-map", "m.png"], "unrecognized arguments: --label-map"),
    ],
)
def test_a_wrong_argument_is_one_line_and_exit_code_2(run, photos, counting, arguments, message):
    code, out, error = run("batch", photos, *OPTIONS, "--out", "many", *arguments)
    assert (code, out, counting.rows) == (2, "", 0)
    assert message in one_line(error)


def test_a_model_that_is_none_is_one_line_and_exit_code_2(photos, capsys, tmp_path):
    assert main(["batch", str(photos), "--out", str(tmp_path / "many"), "--model", "efficientnet_lite9"]) == 2
    assert "There is no model 'efficientnet_lite9'" in one_line(capsys.readouterr().err)


def test_nothing_to_explain_is_one_line(run, photos, tmp_path):
    (tmp_path / "empty").mkdir()
    code, out, error = run("batch", "empty", *OPTIONS, "--out", "many")
    assert (code, out) == (2, "")
    assert "there are no pictures in empty" in one_line(error)
    code, out, error = run("batch", photos / "e.png", "nowhere.png", *OPTIONS, "--out", "many")
    assert (code, out) == (1, "")
    assert "No picture could be explained. e.png: The file is not a picture" in error.splitlines()[-1]


def test_a_mistyped_path_leaves_the_summary_of_the_run_before(run, photos, tmp_path):
    assert run("batch", photos, *OPTIONS, "--out", "many")[0] == 0
    folder = job_folder(tmp_path / "many")
    before = {name: (folder / name).read_bytes() for name in ("pictures.csv", "summary.json")}
    code, out, error = run("batch", "photoz", *OPTIONS, "--out", "many", "--resume")
    assert (code, out) == (1, "")
    assert "No picture could be explained. photoz: " in error.splitlines()[-1]
    assert before == {name: (folder / name).read_bytes() for name in before}


def test_a_failure_is_not_counted_as_computed(run, photos):
    Image.fromarray(np.zeros((32, 32, 3), dtype=np.uint8)).save(photos / "black.png")
    _, out, error = run("batch", photos, *OPTIONS, "--out", "many", "--crops", 1, "--limit", 2)
    assert "4 pictures, 2 computed now, 2 failed" in out
    assert "4/4 pictures, 2 failed" in error


def failing_after(count, error):
    """A stand-in for `write_files` that writes so many shards and then fails."""
    written = []

    def write(folder, contents):
        if folder.name == "pictures":
            if len(written) == count:
                raise error
            written.extend(contents)
        real(folder, contents)

    real = shards.write_files
    return write


def test_a_full_disk_is_one_line_and_exit_code_1_and_resume_goes_on(run, photos, counting, monkeypatch, tmp_path):
    with monkeypatch.context() as patch:
        patch.setattr(shards, "write_files", failing_after(1, OSError(errno.ENOSPC, "No space left on device")))
        code, out, error = run("batch", photos, *OPTIONS, "--out", "many")
    assert (code, out) == (1, "")
    last = error.splitlines()[-1]
    assert last.startswith("lime_core: error: The files could not be written to many: No space left on device.")
    assert last.endswith("1 finished pictures are there; make room and go on with --resume.")
    assert not list((job_folder(tmp_path / "many") / "pictures").glob(".*"))
    assert run("batch", photos, *OPTIONS, "--out", "many", "--resume")[0] == 0
    assert counting.rows == (3 + 1) * ROWS


def test_ctrl_c_says_what_stays_and_how_to_go_on(run, photos, counting, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(shards, "write_files", failing_after(2, KeyboardInterrupt()))
        code, out, error = run("batch", photos, *OPTIONS, "--out", "many")
    assert (code, out) == (130, "")
    assert error.splitlines()[-1] == (
        "lime_core: error: stopped; 2 finished pictures stay in many, and the same command with --resume goes on"
    )
    assert run("batch", photos, *OPTIONS, "--out", "many", "--resume")[0] == 0
    assert counting.rows == (3 + 1) * ROWS


@pytest.mark.parametrize("where", ["build_prior", "report"])
def test_ctrl_c_after_the_last_picture_says_what_stays_too(run, photos, monkeypatch, where):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli_prior, where, interrupted)
    code, _, error = run("prior", "build", photos, *OPTIONS, "--out", "p.npz", "--work", "many")
    assert code == 130
    assert "stopped; 3 finished pictures stay in many, and the same" in error.splitlines()[-1]


def test_without_ray_one_line_says_what_to_install(run, photos, monkeypatch, counting):
    monkeypatch.setitem(sys.modules, "ray", None)
    code, out, error = run("batch", photos, *OPTIONS, "--out", "many", "--engine", "ray")
    assert (code, out, counting.rows) == (1, "", 0)
    assert "Ray is not installed: pip install 'ray>=2.51'" in one_line(error)


def test_a_prior_is_built_from_the_shards_of_a_batch(run, photos, counting, planted, tmp_path):
    assert run("batch", photos, *OPTIONS, "--out", "many", "--classes", 2)[0] == 0
    before = counting.rows
    arguments = ("--out", "prior.npz", "--work", "many", "--classes", 2, "--clusters", 7, "--source", "made up")
    assert run("prior", "build", photos, *OPTIONS, *arguments)[0] == 2
    code, out, _ = run("prior", "build", photos, *OPTIONS, *arguments, "--resume", "--kind", "signed", "--position", 1)
    assert (code, counting.rows) == (0, before)
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


def test_a_prior_can_be_given_away_without_parts_of_its_pictures(run, photos, tmp_path, monkeypatch):
    build = ("prior", "build", photos, *OPTIONS, "--work", "many", "--no-faithfulness", "--clusters", 7)
    assert run(*build, "--out", "shown.npz", "--examples", 2)[0] == 0
    held, real = [], cli_prior.build_prior
    monkeypatch.setattr(cli_prior, "build_prior", lambda given, *rest: held.extend(given) or real(held, *rest))
    assert run(*build, "--out", "kept.npz", "--examples", 0, "--resume")[0] == 0
    assert [summary.looks for summary in held] == [None] * 3
    shown, kept = (lc.load_prior(tmp_path / name) for name in ("shown.npz", "kept.npz"))
    assert shown.examples.counts.max() == 2
    assert kept.examples is None
    assert kept == shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "prior.npy"], "--out must be a file that ends in .npz, got 'prior.npy'"),
        (["--out", "p.npz", "--position", "-1"], "must be a number of at least 0, got '-1'"),
        (["--out", "p.npz", "--position", "nan"], "must be a number of at least 0, got 'nan'"),
        (["--out", "p.npz", "--kind", "best"], "argument --kind: invalid choice: 'best'"),
        (["--out", "photos/p.npz"], "--out photos/p.npz is inside "),
        (["--out", "p.npz", "--work", "photos/b/many"], "--work photos/b/many is inside "),
        (["--out", "p.npz", "--clusters", "0"], "must be a whole number of at least 1, got '0'"),
    ],
)
def test_a_wrong_argument_of_a_prior_is_one_line_and_exit_code_2(run, photos, counting, arguments, message):
    code, out, error = run("prior", "build", photos, *OPTIONS, "--work", "many", *arguments)
    assert (code, out, counting.rows) == (2, "", 0)
    assert message in one_line(error)


def test_a_prior_that_cannot_be_written_is_one_line(run, photos, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(container, "write_files", full)
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
    assert "  source: good[2Kbad\n" in out
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


@pytest.mark.parametrize("command", [["batch"], ["prior", "build"], ["prior", "show"], ["prior", "import"]])
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([*command, "--help"])
    assert stopped.value.code == 0
    assert "usage: lime_core" in capsys.readouterr().out


def outcome(error="", computed=True):
    return lc.Outcome(0, "name", "digest", None, error, computed)


def test_progress_counts_pictures_and_the_pace_is_that_of_computing(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    clock = iter([100.0, 110.0, 340.0])
    monkeypatch.setattr(terminal.time, "monotonic", lambda: next(clock))
    plain, screen = io.StringIO(), Terminal()
    progress = PictureProgress(plain, 4)
    for each in (outcome(computed=False), outcome(), outcome("broken")):
        progress(each)
    assert plain.getvalue().splitlines() == [
        "1/4 pictures  …",
        "2/4 pictures  10.0 s each, 20 s left",
        "3/4 pictures, 1 failed  120.0 s each, 2 min left",
    ]
    clock = iter([0.0, 60.0, 120.0])
    progress = PictureProgress(screen, 2)
    progress(outcome())
    progress(outcome())
    assert screen.getvalue().count("\r") == 2
    assert screen.getvalue().endswith(f"[{'#' * 30}] 2/2 pictures  60.0 s each, 0 s left\x1b[K\n")


def test_a_file_that_cannot_be_read_has_no_crops_to_wait_for(monkeypatch):
    monkeypatch.setattr(terminal.time, "monotonic", lambda: 0.0)
    progress, plain = PictureProgress(stream := io.StringIO(), 6, crops=2), lc.Outcome(0, "e.png", "", None, "none")
    for each in (outcome(), plain, outcome(), outcome()):
        progress(each)
    assert stream.getvalue().splitlines()[-1] == "4/4 pictures, 1 failed  …"
