"""Patterns stand for what a shell would have made of them."""

import os

import pytest

from lime_core.files.patterns import before_wildcards, below, is_pattern, matching, would_match


@pytest.fixture
def there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for place in ("photos/b.jpg", "photos/a.jpg", "photos/c.png", "photos/deep/er/d.jpg", "photos/.hidden.jpg"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(b"")
    (tmp_path / "cat [1].jpg").write_bytes(b"")
    (tmp_path / "cat 1.jpg").write_bytes(b"")


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("photos/*.jpg", ["photos/a.jpg", "photos/b.jpg"]),
        ("./photos/?.jpg", ["photos/a.jpg", "photos/b.jpg"]),
        ("photos/[ac].*", ["photos/a.jpg", "photos/c.png"]),
        ("photos/**/*.jpg", ["photos/a.jpg", "photos/b.jpg", "photos/deep/er/d.jpg"]),
        ("photos/**", ["photos/a.jpg", "photos/b.jpg", "photos/c.png", "photos/deep/er/d.jpg"]),
        ("photos/**/", ["photos/a.jpg", "photos/b.jpg", "photos/c.png", "photos/deep/er/d.jpg"]),
        ("**/*.png", ["photos/c.png"]),
        ("./**/er/**/*.jpg", ["photos/deep/er/d.jpg"]),
        ("photos/**/.h*", ["photos/.hidden.jpg"]),
        ("photos/**/*/*/*.jpg", ["photos/deep/er/d.jpg"]),
        ("p*/**/deep", ["photos/deep"]),
        ("phot*", ["photos"]),
        ("*", ["cat 1.jpg", "cat [1].jpg", "photos"]),
        ("photos/.h*", ["photos/.hidden.jpg"]),
        ("*.gif", []),
        ("nowhere/*", []),
        ("a*\0b", []),
    ],
)
def test_a_pattern_stands_for_what_is_there_each_once(there, pattern, paths):
    assert is_pattern(pattern)
    assert matching(pattern) == [os.path.normpath(path) for path in paths]


@pytest.mark.parametrize("path", ["cat [1].jpg", "photos", "photos/a.jpg", "nowhere.jpg", "", "gallery:all"])
def test_a_name_of_its_own_is_no_pattern(there, path):
    assert not is_pattern(path)


@pytest.mark.parametrize(
    ("path", "top"),
    [
        ("photos/**/*.jpg", "photos"),
        ("./photos/deep/../*/x", "photos"),
        ("**/*.jpg", "."),
        ("/*", "/"),
        ("cat [1].jpg", "cat [1].jpg"),
        ("nowhere/", "nowhere/"),
    ],
)
def test_what_stands_before_the_first_wildcard(there, path, top):
    assert before_wildcards(path) == top


def test_what_is_found_is_called_by_its_folder():
    assert below("photos", "/data/photos", "/data/photos/deep/a.jpg") == "photos/deep/a.jpg"
    assert below("", ".", "deep/a.jpg") == "deep/a.jpg"
    assert below("photos", "photos", "photos") == "photos"


@pytest.mark.parametrize("pattern", ["photos/**", "photos/**/*", "photos/**/*.jpg", "**/*.jpg", "photos/**/*/*/*.jpg"])
def test_links_to_folders_lead_nowhere_below_any_depth(there, tmp_path, pattern):
    before = matching(pattern)
    (tmp_path / "photos" / "deep" / "loop").symlink_to(tmp_path / "photos")
    (tmp_path / "photos" / "again").symlink_to(".")
    assert matching(pattern) == before


def test_a_link_that_is_named_and_a_link_to_a_file_are_followed(there, tmp_path):
    (tmp_path / "link").symlink_to("photos")
    (tmp_path / "photos" / "deep" / "e.jpg").symlink_to("../a.jpg")
    assert matching("link/**/*.jpg") == [f"link/{name}.jpg" for name in ("a", "b", "deep/e", "deep/er/d")]
    assert matching("lin*/*.jpg") == ["link/a.jpg", "link/b.jpg"]


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("photos/**/*.png", "photos/many/one.png", True),
        ("photos/**/*.png", "photos/many", False),
        ("photos/**/*.jpg", "photos/many/one.png", False),
        ("photos/**/*.[jp]*", "photos/many/one.png", True),
        ("photos/**/cat*", "photos/many/one.png", True),
        ("photos/**", "photos", True),
        ("photos/**", "photographs", False),
        ("./photos/deep/../**", "photos/new/one", True),
        ("photos/*", "photos/many", True),
        ("photos/*/*", "photos/many", False),
        ("photos/*.png", "photos/many", False),
    ],
)
def test_what_is_still_to_be_made_may_match(there, tmp_path, pattern, path, expected):
    assert would_match(pattern, tmp_path / path) == expected
    assert would_match(str(tmp_path / pattern), tmp_path / path) == expected
