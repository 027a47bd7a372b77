"""The command on many pictures: it goes on where it stopped, and what goes wrong is one line."""

import csv
import errno
import json
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import lime_core as lc
from lime_core.batch import run as batch_run
from lime_core.batch import shards
from lime_core.batch.table import FIGURES
from lime_core.cli import batch
from lime_core.cli.main import main
from tests.cli.conftest import OPTIONS, one_line
from tests.support.planted import textured_picture

ROWS = 40 + 2 + 2 * 15


def job_folder(out):
    (folder,) = [path for path in out.iterdir() if path.is_dir()]
    return folder


def test_a_batch_is_explained_measured_and_summed_up(run, photos, counting, tmp_path):
    code, out, error = run("batch", photos, *OPTIONS, "--out", "many", "--classes", 2)
    assert code == 1
    assert counting.rows == 3 * (ROWS + 32)  # deletion and insertion for each class
    assert "5/5 pictures, 1 failed" in error
    lines = out.splitlines()
    assert [line.split()[0] for line in lines[1:5]] == list(FIGURES.values())
    assert lines[5] == "5 pictures, 3 computed now, 1 failed"
    assert lines[6].startswith("  photos/e.png: The file is not a picture")
    folder = job_folder(tmp_path / "many")
    assert lines[7] == f"files in {folder}"
    end = "lime-core: error: 1 of 5 pictures could not be explained; --resume tries them once more.\n"
    assert error.endswith(end)

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
    assert code == 1
    assert counting.rows == 3 * ROWS
    assert "5 pictures, 2 computed now, 1 failed" in out
    assert run("batch", photos, *OPTIONS, "--out", "many", "--resume", "--seed", 1)[0] == 1  # another job beside it
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
        (["--classes", "0"], "argument --classes: must be a whole number from 1 to 1000, got '0'"),
        (["--classes", "1001"], "argument --classes: must be a whole number from 1 to 1000, got '1001'"),
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
    assert run("batch", photos, *OPTIONS, "--out", "many")[0] == 1
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
    assert last.startswith("lime-core: error: The files could not be written to many: No space left on device.")
    assert last.endswith("1 finished pictures are there; make room and go on with --resume.")
    assert not list((job_folder(tmp_path / "many") / "pictures").glob(".*"))
    assert run("batch", photos, *OPTIONS, "--out", "many", "--resume")[0] == 1
    assert counting.rows == (3 + 1) * ROWS


def test_ctrl_c_says_what_stays_and_how_to_go_on(run, photos, counting, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(shards, "write_files", failing_after(2, KeyboardInterrupt()))
        code, out, error = run("batch", photos, *OPTIONS, "--out", "many")
    assert (code, out) == (130, "")
    assert error.splitlines()[-1] == (
        "lime-core: error: stopped; 2 finished pictures stay in many, and the same command with --resume goes on"
    )
    assert run("batch", photos, *OPTIONS, "--out", "many", "--resume")[0] == 1
    assert counting.rows == (3 + 1) * ROWS


def test_without_ray_one_line_says_what_to_install(run, photos, monkeypatch, counting):
    monkeypatch.setitem(sys.modules, "ray", None)
    code, out, error = run("batch", photos, *OPTIONS, "--out", "many", "--engine", "ray")
    assert (code, out, counting.rows) == (1, "", 0)
    assert "Ray is not installed: pip install 'ray>=2.51'" in one_line(error)


def test_a_pattern_in_quotes_stands_for_its_files(run, photos, counting, tmp_path):
    code, out, _ = run("batch", photos / "[ab].png", *OPTIONS, "--out", "many")
    assert code == 0
    assert out.splitlines()[5] == "2 pictures, 2 computed now, 0 failed"
    with (job_folder(tmp_path / "many") / "pictures.csv").open(encoding="utf-8", newline="") as file:
        assert [row["name"] for row in csv.DictReader(file)] == ["photos/a.png", "photos/b.png"]
    again = run("batch", photos / "a.png", photos / "b.png", *OPTIONS, "--out", "many", "--resume")[1]
    assert again.splitlines()[5] == "2 pictures, 0 computed now, 0 failed"  # results are not known by names


def test_a_pattern_that_matches_nothing_is_one_line_before_a_model_is_loaded(run, photos, counting):
    code, out, error = run("batch", photos, photos / "*.gif", *OPTIONS, "--out", "many")
    assert (code, out, counting.rows) == (2, "", 0)
    assert "no file matches the pattern" in one_line(error)


def test_results_inside_a_folder_that_a_pattern_names_are_refused(run, photos):
    code, _, error = run("batch", photos.parent / "photo?", *OPTIONS, "--out", photos / "many")
    assert code == 2
    assert "whose files are read as pictures; give another one" in one_line(error)


@pytest.mark.parametrize("pattern", ["photos/**/*.png", "photos/**", "photos/*", "photos/*/*", "./*/*/*/*/*.png"])
def test_results_that_a_pattern_would_find_the_next_time_are_refused(run, photos, counting, pattern):
    (photos / "d1" / "d2" / "d3").mkdir(parents=True)
    Image.fromarray(textured_picture(3).pixels).save(photos / "d1" / "d2" / "d3" / "f.png")
    code, out, error = run("batch", pattern, *OPTIONS, "--out", "photos/many", "--maps")
    assert (code, out, counting.rows) == (2, "", 0)
    assert f"--out photos/many is inside what {pattern!r} stands for" in one_line(error)


def test_results_that_a_pattern_does_not_find_may_lie_near(run, photos, counting):
    wanted = ("batch", "photos/[ab]*.png", *OPTIONS, "--out", "photos/many", "--maps")
    assert run(*wanted)[0] == 0
    assert "2 pictures, 0 computed now" in run(*wanted, "--resume")[1]


def test_maps_are_written_beside_the_results_and_drawn_for_those_that_lack_them(run, photos, counting, tmp_path):
    wanted = ("batch", photos, *OPTIONS, "--out", "many", "--classes", 2, "--no-faithfulness")
    assert run(*wanted)[0] == 1
    folder, before = job_folder(tmp_path / "many"), counting.rows
    assert not list(folder.glob("maps*"))
    assert run(*wanted, "--resume", "--maps", "--view", "heatmap")[0] == 1
    assert counting.rows == 2 * before  # only the samples hold the map, which nobody had kept
    (maps,) = folder.glob("maps-heatmap-*")
    digests = [textured_picture(seed).digest[:12] for seed in range(3)]
    names = sorted(path.name for path in maps.iterdir())
    assert len(names) == 6
    assert {(name.split("-")[0], name.split("-")[1]) for name in names} == set(zip("abc", digests, strict=True))
    assert run(*wanted, "--resume", "--maps", "--view", "heatmap")[0] == 1
    assert counting.rows == 2 * before
    job = lc.Job.of(run.model, lc.Grid(4, 4), lc.Color(), num_samples=40, classes=2, faithfulness=False)
    result = replace(job, view=lc.View(style="heatmap")).run(textured_picture(0), run.model)
    drawn = {path.read_bytes() for path in maps.glob("a-*.png")}
    assert drawn == set(result.maps)


@pytest.mark.parametrize("flag", [("--view", "hide"), ("--num-features", 3), ("--sign", "for"), ("--numbers",)])
def test_how_maps_are_drawn_is_said_of_maps_only(run, photos, counting, flag):
    code, _, error = run("batch", photos, *OPTIONS, "--out", "many", *flag)
    assert (code, counting.rows) == (2, 0)
    assert "add --maps" in one_line(error)
