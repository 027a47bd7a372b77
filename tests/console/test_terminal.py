"""Progress: rewritten in place on a terminal, in lines elsewhere, at the pace of computing; and lines that are tame."""

import io

import pytest

import lime_core as lc
from lime_core.cli.main import main
from lime_core.console import terminal
from lime_core.console.terminal import PictureProgress


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


def test_progress_is_a_line_for_each_tenth_where_nobody_sees_it_move():
    stream = io.StringIO()
    progress = terminal.Progress(stream)
    for done in range(8, 1001, 8):
        progress(done, 1000)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 10
    assert lines[-1].startswith("1000/1000")


def test_progress_is_rewritten_in_place_on_a_terminal():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    stream = Terminal()
    progress = terminal.Progress(stream)
    for done in (50, 100):
        progress(done, 100)
    written = stream.getvalue()
    assert written.count("\r") == 2
    assert written.count("\n") == 1
    assert written.endswith("\n")
    assert f"[{'#' * 30}] 100/100" in written


@pytest.mark.parametrize(
    "name", ["\x1b[31mred\x1b[0m", "over\rwritten", "two\nlines", "\x9b2J", "\u202egnp.exe", "half \ud83d"]
)
def test_a_line_shows_names_and_obeys_nothing(name, capsys):
    terminal.say(f"explained {name}, 95\u00a0% sure")
    out = capsys.readouterr().out
    assert out.startswith("explained ")
    assert out.endswith(", 95\u00a0% sure\n")
    assert out[:-1].replace("\u00a0", " ").isprintable()


def test_an_error_shows_names_and_obeys_nothing(capsys):
    assert main(["no\x1b[2J\u202efile.png"]) == 2
    error = capsys.readouterr().err
    assert "file.png" in error
    assert error[:-1].isprintable()
