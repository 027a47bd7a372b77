"""Archives: what is bad in one is a sentence and the rest is read, and none costs more than its length."""

import os
import tracemalloc

import pytest

import lime_core as lc
from lime_core.pictures import archives
from tests.pictures.conftest import GOOD, OTHER, archive, only
from tests.support import badfiles
from tests.support.badfiles import Packed, deflated, zip_of

GIGABYTES = deflated(bytes(2**20), 3072)


def good_among(data):
    """A good picture is read from before and behind the only bad member, whose sentence is returned."""
    first, bad, last = lc.from_zip(data)
    assert first.picture == last.picture == lc.load_picture(GOOD)
    assert bad.picture is None
    return bad.error


def test_two_members_of_one_name_both_come():
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = archive(("cat.png", GOOD), ("cat.png", OTHER))
    assert [found.picture for found in lc.from_zip(data)] == [lc.load_picture(GOOD), lc.load_picture(OTHER)]


def test_what_operating_systems_add_is_passed_over_in_silence():
    names = ["__MACOSX/._cat.png", ".DS_Store", "a/.DS_Store", "Thumbs.db", "a/thumbs.db", ".git/x.png", "._cat.png"]
    assert only(lc.from_zip(archive(*((name, b"junk") for name in names), ("a/cat.png", GOOD)))).name == "a/cat.png"
    assert list(lc.from_zip(archive())) == []


def test_an_archive_with_a_comment_or_behind_something_else_is_read():
    assert only(lc.from_zip(zip_of(Packed(b"a.png", GOOD), comment=b"holiday"))).picture
    assert only(lc.from_zip(b"MZ this unpacks itself" + zip_of(Packed(b"a.png", GOOD)))).picture


@pytest.mark.parametrize(
    "name",
    ["/etc/cat.png", "../cat.png", "a/../../cat.png", "C:cat.png", "c:/cat.png", "a\\cat.png", "\\\\host\\x.png"],
)
def test_a_name_that_leads_outside_is_not_read(name):
    bad = Packed(name.encode(), OTHER)
    assert "leads outside" in good_among(zip_of(Packed(b"a.png", GOOD), bad, Packed(b"b.png", GOOD)))


def test_a_name_with_nul_is_not_read_as_what_stands_before_it():
    data = zip_of(Packed(b"a.png", GOOD), Packed(b"x.png\0.exe", OTHER), Packed(b"b.png", GOOD))
    assert "leads outside" in good_among(data)
    assert [found.name for found in lc.from_zip(data)] == ["a.png", "x.png.exe", "b.png"]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (Packed(b"x.png", OTHER, flags=0x1), "encrypted"),
        (Packed(b"x.png", OTHER, flags=0x40), "encrypted"),
        (Packed(b"x.png", OTHER, checksum=1), "damaged inside"),
        (Packed(b"x.png", OTHER, size=len(OTHER) + 5), "damaged inside"),
        (Packed(b"x.png", OTHER, size=len(OTHER) - 5), "damaged inside"),
        (Packed(b"x.png", OTHER, method=8), "damaged inside"),
        (Packed(b"x.png", deflated(OTHER)[:-9], 8, len(OTHER), 1), "damaged inside"),
        (Packed(b"x.png", b"", 8, len(OTHER), 1), "damaged inside"),
        (Packed(b"x.png", OTHER, method=12), "packed in a way"),
        (Packed(b"x.png", OTHER, method=14), "packed in a way"),
        (Packed(b"x.png", OTHER, method=99), "packed in a way"),
        (Packed(b"x.png", OTHER, size=2**32 - 2), "larger than 20 MB"),
        (Packed(b"x.png", deflated(bytes(2**20), 15), 8, 15 * 2**20, 0), "more than 200 times"),
        (Packed(b"x.zip", archive(("a.png", GOOD))), "archive inside an archive"),
        (Packed(b"x.zip", archive()), "archive inside an archive"),
        (Packed(b"x.png", b""), "empty"),
        (Packed(b"x.png", badfiles.FOREIGN["html"]), "not a picture"),
        (Packed(b"x.png", OTHER[:-60]), "broken or cut off"),
        (Packed(b"x.png", badfiles.png_that_claims(30_000, 30_000)), "more than 50 megapixels"),
    ],
)
def test_a_bad_member_is_a_sentence_and_the_rest_is_read(bad, message):
    assert message in good_among(zip_of(Packed(b"a.png", GOOD), bad, Packed(b"b.png", GOOD)))


def test_a_checksum_is_compared_even_where_the_stated_size_ends_a_picture():
    cut = Packed(b"x.png", deflated(OTHER + bytes(2**20)), 8, len(OTHER), 1)
    assert "damaged inside" in good_among(zip_of(Packed(b"a.png", GOOD), cut, Packed(b"b.png", GOOD)))


def test_members_that_overlap_are_refused_together():
    inside = zip_of(Packed(b"b.png", GOOD))
    quoted = zip_of(Packed(b"a.png", inside), Packed(b"b.png", GOOD, at=35))
    same = zip_of(Packed(b"a.png", GOOD), Packed(b"a.png", GOOD, at=0))
    for data in (quoted, same):
        found = only(lc.from_zip(data, "bomb.zip"))
        assert found.name == "bomb.zip"
        assert "overlap" in found.error


@pytest.mark.parametrize(
    "data", [b"", b"just words", GOOD, b"PK\x03\x04" + bytes(60), zip_of(Packed(b"a.png", GOOD))[:-30]]
)
def test_what_is_no_archive_says_so(data):
    found = only(lc.from_zip(data))
    assert found.name == "archive"
    assert "no zip archive" in found.error


def test_an_archive_that_is_not_there_says_so(tmp_path):
    found = only(lc.from_zip(tmp_path / "none.zip"))
    assert (found.name, found.picture) == ("none.zip", None)
    assert "no file" in found.error
    assert "no file" in only(lc.from_zip(tmp_path)).error
    with (tmp_path / "closed").open("wb") as file:
        pass
    assert only(lc.from_zip(file)).name == "closed"


def test_a_list_of_contents_without_end_is_not_read():
    many = zip_of(*[Packed(b"%d" % i, b"") for i in range(archives.MAX_MEMBERS + 1)])
    assert "more than 10000 files" in only(lc.from_zip(many)).error
    long = zip_of(*[Packed(b"%d" % i + b"x" * 60_000, b"") for i in range(60)])
    tracemalloc.start()
    assert "more than 10000 files" in only(lc.from_zip(long)).error
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_a_damaged_archive_never_ends_in_an_exception():
    whole = bytearray(zip_of(Packed(b"a.png", GOOD), Packed(b"b.png", deflated(OTHER), 8, len(OTHER))))
    good = {lc.load_picture(GOOD).digest, lc.load_picture(OTHER).digest}
    for at in [*range(0, 60), *range(len(whole) - 130, len(whole))]:
        broken = whole.copy()
        broken[at] ^= 0xFF
        for found in lc.from_zip(bytes(broken)):
            assert found.error if found.picture is None else found.picture.digest in good
    for length in range(0, len(whole), 40):
        assert only(lc.from_zip(bytes(whole[:length]))).error


@pytest.mark.parametrize("stated", [3 * 2**30, 20 * 2**20, 15 * 2**20, 900_000])
def test_gigabytes_of_zeros_cost_no_memory(stated):
    bombs = [Packed(b"%d.png" % i, GIGABYTES, 8, stated, 0) for i in range(2)]
    data = zip_of(*bombs, Packed(b"good.png", GOOD))
    assert len(data) < 8_000_000
    tracemalloc.start()
    first, second, good = lc.from_zip(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert first.error
    assert second.error
    assert good.picture
    assert peak < 64_000_000


def test_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evil.zip").write_bytes(zip_of(Packed(b"../out.png", GOOD), Packed(b"in.png", GOOD)))
    for _ in lc.from_zip(tmp_path / "evil.zip"):
        assert os.listdir(tmp_path) == ["evil.zip"]
    assert not (tmp_path.parent / "out.png").exists()
