"""Many pictures, from archives, folders and paths: every good one comes in its order, every bad one is a sentence."""

import io
import os
import tracemalloc
import zipfile

import numpy as np
import pytest

import lime_core as lc
from lime_core.pictures.sources import count_pictures
from tests.pictures.conftest import GOOD, OTHER, archive, only
from tests.support.badfiles import encoded


@pytest.fixture
def folder(tmp_path):
    """Pictures, a folder of them, and files that are none."""
    (tmp_path / "b" / ".git").mkdir(parents=True)
    for place in ("z.png", "a.png", "b/10.png", "b/.git/x.png", ".hidden.png"):
        (tmp_path / place).write_bytes(GOOD)
    for place in (".DS_Store", "Thumbs.db", "b/desktop.ini"):
        (tmp_path / place).write_bytes(b"\0\0\0\1Bud1")
    (tmp_path / "notes.txt").write_text("of the pictures")
    return tmp_path


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_every_picture_of_an_archive_comes_in_its_order(method, tmp_path):
    data = archive(("b/cat.png", GOOD), ("a.jpg", OTHER), ("b/", b""), method=method)
    (tmp_path / "photos.zip").write_bytes(data)
    file = io.BytesIO(data)
    for source in (data, tmp_path / "photos.zip", str(tmp_path / "photos.zip"), file):
        first, second = lc.from_zip(source)
        assert (first.name, first.picture.name, first.error) == ("b/cat.png", "cat.png", "")
        assert (first.picture, second.picture) == (lc.load_picture(GOOD), lc.load_picture(OTHER))
    assert not file.closed


def test_names_hide_and_reorder_nothing_and_stay_short():
    name = "\u202egnp.tac\n" + "x" * 300 + ".png"
    shown = only(lc.from_zip(archive((name, GOOD)))).name
    assert shown.isprintable()
    assert shown.endswith("x.png")
    assert len(shown) <= 200


def test_an_archive_of_another_type_is_an_error_at_once():
    with pytest.raises(ValueError, match="archive must be bytes, a path or a binary file object, got int"):
        lc.from_zip(3)


def test_pictures_are_read_when_they_are_asked_for_and_let_go():
    rng = np.random.default_rng(0)
    noise = [encoded(rng.integers(0, 256, (500, 500, 3), dtype=np.uint8), compress_level=1) for _ in range(3)]
    data = archive(*((f"{i}.png", noise[i % 3]) for i in range(12)), method=zipfile.ZIP_STORED)
    found = lc.from_zip(data)
    tracemalloc.start()
    assert sum(1 for one in found if one.picture) == 12
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * 750_000  # half of what all of them take


def test_a_folder_is_read_in_order_without_what_is_hidden(folder):
    found = list(lc.from_folder(folder))
    assert [one.name for one in found] == ["a.png", "notes.txt", "z.png", "b/10.png"]
    assert [one.picture is None for one in found] == [False, True, False, False]
    assert "not a picture" in found[1].error
    assert found[3].picture.name == "10.png"
    assert list(lc.from_folder(str(folder))) == found


def test_a_folder_that_goes_round_ends(folder):
    (folder / "b" / "round").symlink_to(folder)
    os.mkfifo(folder / "b" / "pipe")
    found = list(lc.from_folder(folder / "b"))
    assert [one.name for one in found] == ["10.png", "pipe"]
    assert "no file" in found[1].error


def test_a_folder_that_is_missing_or_may_not_be_read_says_so(folder, monkeypatch):
    found = only(lc.from_folder(folder / "none"))
    assert (found.name, found.picture) == ("none", None)
    assert "could not be read (No such file or directory)" in found.error
    assert only(lc.from_folder(folder / "b" / ".git")).name == "x.png"
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("b"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = list(lc.from_folder(folder))
    assert [one.name for one in found] == ["a.png", "notes.txt", "z.png", "b"]
    assert "Permission denied" in found[3].error


def test_paths_of_every_kind_come_one_after_another(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("archives")
    (other / "photos.dat").write_bytes(archive(("b/cat.png", GOOD), ("dog.png", b"")))
    (other / "fake.zip").write_bytes(OTHER)
    (other / "broken.zip").write_bytes(b"PK\x03\x04 no archive")
    paths = [folder / "z.png", folder / "b", other / "photos.dat", str(other / "fake.zip"), other / "broken.zip"]
    found = list(lc.from_paths(paths))
    assert [one.name for one in found] == [
        "z.png", "b/10.png", "photos.dat/b/cat.png", "photos.dat/dog.png", "fake.zip", "broken.zip"
    ]  # fmt: skip
    assert [bool(one.error) for one in found] == [False, False, False, True, False, True]


def test_sample_photos_come_by_name():
    found = only(lc.from_paths(["gallery:chelsea"]))
    assert (found.name, found.picture) == ("chelsea", lc.gallery_picture("chelsea"))
    assert [one.name for one in lc.from_paths(["gallery:all"])] == list(lc.GALLERY)
    assert "there are chelsea, coffee" in only(lc.from_paths(["gallery:dog"])).error


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: lc.from_folder(None), "folder must be a path, as a str or a Path, got None"),
        (lambda: lc.from_folder("a\0b"), "folder must be a path, got 'a.x00b'"),
        (lambda: lc.from_paths([3]), "paths must be a sequence of str or Path, got 3"),
        (lambda: lc.from_paths(3), "paths must be a sequence of paths, got 3"),
        (lambda: lc.from_paths(["a.png", b"b.png"]), "paths must be a sequence of str or Path, got b'b.png'"),
    ],
)
def test_what_is_no_path_is_named_at_once(call, message):
    with pytest.raises((TypeError, ValueError), match=f"^{message}"):
        call()


def test_paths_that_lead_nowhere_say_so(tmp_path):
    found = list(lc.from_paths([tmp_path / "none.png", "", "nul\0.png"]))
    assert [one.picture for one in found] == [None] * 3
    assert "no file" in found[0].error
    assert list(lc.from_paths([])) == []
    with pytest.raises(ValueError, match=r"paths must be a sequence of paths, got the single 'cat\.png'"):
        lc.from_paths("cat.png")


def test_counting_opens_no_pipe_and_unpacks_nothing(folder, tmp_path_factory, monkeypatch):
    other = tmp_path_factory.mktemp("archives")
    os.mkfifo(other / "pipe")
    (other / "photos.zip").write_bytes(archive(("b/cat.png", GOOD), ("b/", b""), (".x", GOOD), ("../a.png", GOOD)))
    (other / "broken.zip").write_bytes(b"PK\x03\x04 no archive")
    paths = [str(path) for path in (folder, other / "pipe", other / "photos.zip", other / "broken.zip", "nul\0.png")]
    found = len(list(lc.from_paths(paths)))
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    assert count_pictures([*paths, "gallery:all"]) == found + len(lc.GALLERY) == 9 + len(lc.GALLERY)


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.png", ["a.png", "z.png"]),
        ("**/*.png", ["a.png", "b/10.png", "z.png"]),
        ("[!z].png", ["a.png"]),
        ("?", ["b/10.png"]),
        ("*", ["a.png", "b/10.png", "notes.txt", "z.png"]),
    ],
)
def test_a_pattern_that_no_shell_has_expanded_stands_for_its_files(folder, pattern, names):
    found = list(lc.from_paths([str(folder / pattern)]))
    assert [one.name for one in found] == [f"{folder.name}/{name}" for name in names]
    assert count_pictures([str(folder / pattern)]) == len(names)


@pytest.fixture
def alike(tmp_path, monkeypatch):
    """Folders whose photos have the same names."""
    for place in ("one/cats/1.png", "two/cats/1.png"):
        (tmp_path / place).parent.mkdir(parents=True)
        (tmp_path / place).write_bytes(GOOD)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["**/*.png"], ["one/cats/1.png", "two/cats/1.png"]),
        (["./*/cats"], ["one/cats/1.png", "two/cats/1.png"]),
        (["one/**/*.png", "two"], ["one/cats/1.png", "two/cats/1.png"]),
        (["one/cats/*", "two/cats/*"], ["one/cats/1.png", "two/cats/1.png"]),
        (["one/cats/1.png", "two/cats/1.png"], ["one/cats/1.png", "two/cats/1.png"]),
        (["one/cats", "two/cats", "gallery:chelsea"], ["one/cats/1.png", "two/cats/1.png", "chelsea"]),
        (["one/cats/1.png", "one/cats/1.png", "two/none.png"], ["1.png", "1.png", "none.png"]),
    ],
)
def test_photos_with_the_same_names_are_told_apart_by_their_folders(alike, paths, names):
    assert [found.name for found in lc.from_paths(paths)] == names


def test_a_file_whose_name_is_a_pattern_is_that_file(tmp_path):
    (tmp_path / "cat [1].png").write_bytes(GOOD)
    (tmp_path / "cat 1.png").write_bytes(OTHER)
    path = str(tmp_path / "cat [1].png")
    assert only(lc.from_paths([path])).picture == lc.load_picture(GOOD)
    assert count_pictures([path]) == 1


def test_a_pattern_that_matches_nothing_says_so(tmp_path):
    found = only(lc.from_paths([str(tmp_path / "*.jpg")]))
    assert found.picture is None
    assert found.name == f"{tmp_path.name}/*.jpg"
    assert "No file matches this pattern" in found.error
    assert count_pictures([str(tmp_path / "*.jpg")]) == 1
