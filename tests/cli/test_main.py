"""Every command has help, and a wrong one is one line."""

import os
import subprocess
import sys

import pytest

import lime_core as lc
from lime_core.cli import explain
from lime_core.cli.main import main
from tests.cli.conftest import OPTIONS, one_line


@pytest.mark.parametrize(
    "command", [["batch"], ["models", "check"], ["prior", "build"], ["prior", "show"], ["prior", "import"]]
)
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([*command, "--help"])
    assert stopped.value.code == 0
    assert "usage: lime-core" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["explode"], ["explain"], ["explain", "gallery:nobody"]])
def test_a_wrong_command_is_one_line_and_exit_code_2(run, arguments):
    code, _, error = run(*arguments)
    assert code == 2
    one_line(error)


@pytest.mark.parametrize("command", [[], ["explain"], ["stability"], ["replay"], ["models"]])
def test_help_has_examples(command, capsys):
    with pytest.raises(SystemExit, match="0"):
        main([*command, "--help"])
    assert "lime-core explain cat.jpg" in capsys.readouterr().out


def test_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"lime_core {lc.__version__}\n"


LONG = "x" * 300


@pytest.mark.parametrize("place", ["photo.png/deep", f"{LONG}/deep", "new/photo.png/../../photo.png/deep"])
@pytest.mark.parametrize(
    ("command", "flag"),
    [
        (["explain", "photo.png"], "--out"),
        (["stability", "photo.png"], "--out"),
        (["batch", "photo.png"], "--out"),
        (["tune", "photo.png"], "--out"),
        (["prior", "build", "photo.png", "--out", "p.npz"], "--work"),
    ],
)
def test_a_folder_that_cannot_be_written_is_one_line_before_anything_is_asked(
    run, photo, counting, command, flag, place
):
    code, out, error = run(*command, flag, place)
    assert (code, out, counting.rows) == (2, "", 0)
    assert f"{flag}: no files can be written to {place} (" in one_line(error)


@pytest.mark.parametrize("out", ["photo.png/p.npz", f"{LONG}.npz"])
def test_a_prior_that_could_not_be_written_is_one_line_before_anything_is_asked(run, photo, counting, out):
    code, said, error = run("prior", "build", photo, "--work", "many", "--out", out)
    assert (code > 0, said, counting.rows) == (True, "", 0)
    one_line(error)


def test_a_folder_that_is_tried_is_taken_away_again(run, photo, tmp_path):
    assert run("explain", photo, *OPTIONS, "--class", "nobody", "--out", "new/folder")[0] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]


@pytest.mark.parametrize("command", [["explain", "x.png", "--model"], ["models", "check"]])
@pytest.mark.parametrize("name", [LONG, f"{LONG}/b", f"{LONG}.toml", f"photo.png{os.sep}"])
def test_a_model_that_cannot_be_a_file_is_one_line(photo, capsys, command, name):
    assert main([*command, name]) in (1, 2)
    one_line(capsys.readouterr().err)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--num-samples", "2"], "--num-samples must be at least 5 for 4 segmentations, got 2"),
        (["--num-samples", "10000001"], "must be a whole number from 2 to 10000000, got '10000001'"),
    ],
)
@pytest.mark.parametrize("command", ["explain", "stability", "batch", "tune"])
def test_too_few_and_too_many_samples_are_one_line_before_anything_is_asked(
    run, photo, counting, command, arguments, message
):
    code, out, error = run(command, photo, *arguments, "--out", "out")
    assert (code, out, counting.rows) == (2, "", 0)
    assert message in one_line(error)


@pytest.mark.parametrize(
    ("raised", "code", "message"),
    [
        (PermissionError(13, "Permission denied", "/root/x"), 1, "/root/x: Permission denied"),
        (OSError("no room"), 1, "no room"),
        (ValueError("n must be at least 1, got 0"), 2, "n must be at least 1, got 0"),
    ],
)
def test_what_a_file_or_a_function_refuses_is_one_line(run, photo, monkeypatch, raised, code, message):
    def refuse(_):
        raise raised

    monkeypatch.setattr(explain, "picture_named", refuse)
    found, out, error = run("explain", photo)
    assert (found, out) == (code, "")
    assert one_line(error) == f"lime-core: error: {message}\n"


@pytest.mark.parametrize("command", ["explain", "stability", "batch", "tune"])
@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (RuntimeError("shape mismatch\nline two"), "RuntimeError: shape mismatch line two"),
        (KeyError("x"), "KeyError: 'x'"),
        (ValueError("val"), "ValueError: val"),
        (OSError(28, "no space"), "OSError: [Errno 28] no space"),
    ],
)
def test_whatever_the_runtime_of_a_model_raises_is_one_line_and_exit_code_1(
    run, photo, monkeypatch, command, raised, told
):
    def fail(self, pictures):
        raise raised

    engine = type(run.model.engine)
    monkeypatch.setattr(engine, "score", fail)
    code, _, error = run(command, photo, "--out", "out")
    assert code == 1
    assert told in one_line(error.splitlines(keepends=True)[-1])


def test_what_nobody_expects_is_one_line(run, photo, monkeypatch):
    monkeypatch.setattr(explain, "picture_named", lambda _: {}["x"])
    assert run("explain", photo)[::2] == (1, "lime-core: error: KeyError: 'x'\n")


def shell(line):
    command = line.replace("lime-core", f"'{sys.executable}' -m lime_core")
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)


def test_output_that_takes_no_more_is_one_line():
    done = shell("lime-core options > /dev/full")
    assert (done.returncode, one_line(done.stderr)) == (1, "lime-core: error: No space left on device\n")


@pytest.mark.parametrize("line", ["lime-core options >&-", "lime-core options >&- 2>&-", "lime-core options 2>&-"])
def test_output_may_be_closed(line):
    done = shell(line)
    assert (done.returncode, done.stderr) == (0, "")
