"""Files are written whole or not at all."""

import os
import signal
import subprocess
import sys
import time

import pytest

from lime_core.files import writing
from lime_core.files.writing import part_folder, write_file, write_files


def test_parts_are_joined_and_files_of_the_same_name_replaced(tmp_path):
    (tmp_path / "a").write_bytes(b"before")
    write_files(tmp_path, {"a": (b"one ", b"two"), "b": (b"",)})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"one two", "b": b""}


@pytest.mark.parametrize(("letter", "count"), [("x", 255), ("漢", 85)])
def test_a_name_may_be_as_long_as_the_disk_takes(tmp_path, letter, count):
    name = letter * count
    write_file(tmp_path / name, b"one")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_folders_are_made(tmp_path):
    write_files(tmp_path / "new" / "folder", {"a": [b"x"]})
    assert (tmp_path / "new" / "folder" / "a").read_bytes() == b"x"


def parts():
    yield b"the first half"
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("failing", ["write", "replace"])
def test_a_disk_that_fails_leaves_what_was_there_and_nothing_else(tmp_path, monkeypatch, failing):
    (tmp_path / "a").write_bytes(b"before")
    if failing == "replace":
        monkeypatch.setattr(os, "replace", lambda *_: next(iter(list(parts()))))
    with pytest.raises(OSError, match="No space left"):
        write_files(tmp_path, {"a": [b"after"], "b": parts()})
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"before"


@pytest.mark.parametrize("killed", [1, 2, 3])
def test_the_last_file_is_there_only_where_it_belongs_to_the_others(tmp_path, monkeypatch, killed):
    write_files(tmp_path, {name: [b"old"] for name in "abz"})
    replace, replaced = os.replace, []

    class Killed(BaseException):
        pass

    def dying(part, path):
        if len(replaced) == killed:
            there = {each.name: each.read_bytes() for each in tmp_path.iterdir() if len(each.name) == 1}
            expected = [(name, b"new" if name in replaced else b"old") for name in "ab"]
            assert there == dict(expected)
            raise Killed
        replace(part, path)
        replaced.append(path.name)

    monkeypatch.setattr(os, "replace", dying)
    if killed < 3:
        with pytest.raises(Killed):
            write_files(tmp_path, {name: [b"new"] for name in "abz"})
    else:
        write_files(tmp_path, {name: [b"new"] for name in "abz"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", *(["z"] if killed == 3 else [])]


def test_a_disk_that_fails_leaves_the_old_file_whole_and_no_part_behind(monkeypatch, tmp_path):
    path = tmp_path / "file"
    writing.write_atomically(path, b"old ", b"content")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", fail)
    writing.write_atomically(path, b"new")
    assert path.read_bytes() == b"old content"
    assert list(tmp_path.iterdir()) == [path]


WRITER = """
import sys, time
from pathlib import Path
from lime_core.files.writing import write_files

def parts():
    yield bytes(1000)
    print("writing", flush=True)
    time.sleep(60)

write_files(Path(sys.argv[1]), {"large": parts()})
"""


@pytest.fixture
def writer(tmp_path):
    """Another process in the middle of writing a file."""
    with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"writing\n"
        yield process
        process.kill()


def made_older(path, seconds=2 * 3600):
    os.utime(path, (time.time() - seconds,) * 2)


def test_what_a_killed_process_left_is_cleared_an_hour_later(tmp_path, writer, monkeypatch):
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    [part] = tmp_path.iterdir()
    assert part.name.endswith(".part")
    write_files(tmp_path, {"small": [b"x"]})
    assert part.exists()  # it could still be somebody's
    made_older(part)
    write_files(tmp_path, {"small": [b"x"]})
    assert part.exists()  # an hour has to go by until it is looked for again
    monkeypatch.setattr(writing, "_cleared", {})
    write_files(tmp_path, {"small": [b"x"]})
    assert [path.name for path in tmp_path.iterdir()] == ["small"]


def test_a_part_that_another_process_writes_stays_however_old_it_is(tmp_path, writer):
    [part] = tmp_path.iterdir()
    made_older(part)
    write_files(tmp_path, {"small": [b"x"]})
    assert part.exists()
    assert writer.poll() is None


OLD, NEW = f".x.{'1' * 32}.part", f".y.{'2' * 32}.part"


def test_a_disk_without_locks_is_written_and_cleared_by_age(tmp_path, monkeypatch):
    def unsupported(*_):
        raise OSError(37, "No locks available")

    monkeypatch.setattr("fcntl.flock", unsupported)
    (tmp_path / OLD).write_bytes(b"x")
    made_older(tmp_path / OLD)
    (tmp_path / NEW).write_bytes(b"x")
    write_files(tmp_path, {"a": [b"x"]})
    assert sorted(path.name for path in tmp_path.iterdir()) == [NEW, "a"]


def test_folders_on_their_way_are_cleared_too_and_those_in_use_stay(tmp_path):
    old, used = tmp_path / OLD, tmp_path / NEW
    for folder in (old, used):
        folder.mkdir()
        (folder / "file").write_bytes(b"x")
        made_older(folder / "file", 2 * 3600 if folder == old else 60)
        made_older(folder)
    with part_folder(tmp_path) as folder:
        assert folder.parent == tmp_path
        assert folder.name.endswith(".part")
        (folder / "file").write_bytes(b"x")
        assert not old.exists()
        assert used.exists()
    assert list(tmp_path.iterdir()) == [used]


def test_files_of_others_are_never_cleared(tmp_path):
    others = ("film.part", ".hidden", "x.part.txt", ".film.iso.part", f"{'0' * 32}.part", f".{'0' * 32}.part")
    (tmp_path / ".volume1.part").mkdir()
    (tmp_path / ".volume1.part" / "data").write_bytes(b"x")
    made_older(tmp_path / ".volume1.part" / "data")
    made_older(tmp_path / ".volume1.part")
    for name in others:
        (tmp_path / name).write_bytes(b"x")
        made_older(tmp_path / name)
    write_files(tmp_path, {"a": [b"x"]})
    assert {path.name for path in tmp_path.iterdir()} == {*others, ".volume1.part", "a"}
