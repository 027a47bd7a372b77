"""Patterns stand for what a shell would have made of them."""

import os

import pytest

from lime_core.files.patterns import is_pattern, matching


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
