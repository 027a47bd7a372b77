"""Many pictures: every good one comes, every bad one is a sentence, and no archive costs more than its length."""

import io
import os
import tracemalloc
import zipfile

import numpy as np
import pytest

import lime_core as lc
from lime_core.pictures import archives, crops
from lime_core.pictures.sources import count_pictures
from tests.support import badfiles
from tests.support.badfiles import Packed, blocks, deflated, encoded, zip_of

GOOD = encoded(blocks())
OTHER = encoded(blocks(seed=1))
GIGABYTES = deflated(bytes(2**20), 3072)


def archive(*members, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in members:
            file.writestr(name, content)
    return buffer.getvalue()


def only(found):
    (one,) = found
    assert (one.picture is None) == bool(one.error)
    assert not one.error or one.error.endswith(".")
    return one


def good_among(data):
    """A good picture is read from before and behind the only bad member, whose sentence is returned."""
    first, bad, last = lc.from_zip(data)
    assert first.picture == last.picture == lc.load_picture(GOOD)
    assert bad.picture is None
    return bad.error


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


# ---------------------------------------------------------------- zip


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


def test_names_hide_and_reorder_nothing_and_stay_short():
    name = "\u202egnp.tac\n" + "x" * 300 + ".png"
    shown = only(lc.from_zip(archive((name, GOOD)))).name
    assert shown.isprintable()
    assert shown.endswith("x.png")
    assert len(shown) <= 200


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


def test_an_archive_of_another_type_is_an_error_at_once():
    with pytest.raises(ValueError, match="archive must be bytes, a path or a binary file object, got int"):
        lc.from_zip(3)


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


# ---------------------------------------------------------------- memory


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


def test_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evil.zip").write_bytes(zip_of(Packed(b"../out.png", GOOD), Packed(b"in.png", GOOD)))
    for _ in lc.from_zip(tmp_path / "evil.zip"):
        assert os.listdir(tmp_path) == ["evil.zip"]
    assert not (tmp_path.parent / "out.png").exists()


# ---------------------------------------------------------------- folders and paths


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


# ---------------------------------------------------------------- crops


def test_crops_lie_in_the_picture_and_say_where(chelsea):
    found = lc.crops(chelsea, 40)
    shares = [crop.pixels.size / chelsea.pixels.size for crop in found]
    assert 0.19 < min(shares) < 0.35
    assert 0.85 < max(shares) <= 1
    assert len({crop.digest for crop in found}) == 40
    for number, crop in enumerate(found, start=1):
        width, height = crop.width, crop.height
        place = crop.name.removeprefix(f"chelsea (crop {number}: {width} × {height} at ").removesuffix(")")
        left, top = map(int, place.split(", "))
        np.testing.assert_array_equal(crop.pixels, chelsea.pixels[top : top + height, left : left + width])
        assert abs(width / height - chelsea.width / chelsea.height) < 0.02
        assert crop == lc.load_picture(crop.pixels)
        assert not crop.pixels.flags.writeable


def test_the_same_seed_gives_the_same_crops_and_more_of_them_begin_alike(chelsea):
    assert lc.crops(chelsea, 5, seed=3)[:3] == lc.crops(chelsea, 3, seed=3)
    assert crops.crop(chelsea, 4, seed=3) == lc.crops(chelsea, 5, seed=3)[3]
    assert not set(lc.crops(chelsea, 5, seed=3)) & set(lc.crops(chelsea, 5, seed=4))


@pytest.mark.parametrize("shape", [(16, 16), (16, 800), (300, 17), (20, 20)])
def test_crops_of_small_and_narrow_pictures_can_be_explained(shape):
    for crop in lc.crops(lc.load_picture(np.zeros((*shape, 3), dtype=np.uint8)), 20):
        assert lc.load_picture(crop.pixels) == crop


@pytest.mark.parametrize(("arguments", "message"), [((0,), "count must be at least 1"), ((1, -1), "seed must be")])
def test_crops_that_cannot_be_made_name_the_argument(chelsea, arguments, message):
    with pytest.raises(ValueError, match=message):
        lc.crops(chelsea, *arguments)
