"""Files are written whole or not at all."""

import os

import pytest

from lime_core.files import writing
from lime_core.files.writing import write_files


def test_parts_are_joined_and_files_of_the_same_name_replaced(tmp_path):
    (tmp_path / "a").write_bytes(b"before")
    write_files(tmp_path, {"a": (b"one ", b"two"), "b": (b"",)})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"one two", "b": b""}


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


def test_a_disk_that_fails_leaves_the_old_file_whole_and_no_part_behind(monkeypatch, tmp_path):
    path = tmp_path / "file"
    writing.write_atomically(path, b"old ", b"content")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", fail)
    writing.write_atomically(path, b"new")
    assert path.read_bytes() == b"old content"
    assert list(tmp_path.iterdir()) == [path]
