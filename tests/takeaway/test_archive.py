"""Archives: the same to the last byte whenever they are made, and read without trusting them."""

import io
import zipfile

import numpy as np
import pytest

import lime_core as lc
from lime_core.takeaway.archive import csv_bytes, npz_bytes, pack, safe_name, unpack


def test_what_is_packed_is_read_again_in_its_order_and_has_no_date():
    files = {"b.txt": b"two", "maps/a.png": b"one"}
    packed = pack(files)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files
        assert archive.namelist() == list(files)
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert pack(dict(files)) == packed


@pytest.mark.parametrize("name", ["../up", "/root", "a//b", "", ".", "a/..", "line\nbreak", "back\\slash", ".hidden"])
def test_a_name_that_would_leave_its_folder_is_refused(name):
    with pytest.raises(ValueError, match="plain names"):
        pack({name: b""})


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Grad-CAM", "Grad-CAM"),
        ("../../etc", "etc"),
        ("κόσμε", "file"),
        ("a b/c", "a-b-c"),
        ("x" * 200, "x" * 60),
        ("x" * 58 + "--y", "x" * 58),
    ],
)
def test_any_text_becomes_a_name_that_can_be_packed(text, name):
    assert safe_name(text) == name
    assert pack({name: b""})


def test_arrays_are_read_without_pickles_and_nothing_else_is_written():
    arrays = {"m/weights": np.arange(6.0).reshape(2, 3), "n": np.zeros((1, 2), np.int32)}
    with np.load(io.BytesIO(npz_bytes(arrays)), allow_pickle=False) as read:
        for name, array in arrays.items():
            np.testing.assert_array_equal(read[name], array)
    with pytest.raises(ValueError, match="pickle"):
        npz_bytes({"objects": np.array([object()])})


def test_a_table_is_commas_and_lines():
    assert csv_bytes(["a", "b"], [[1, 0.1], ["x,y", None]]) == b'a,b\n1,0.1\n"x,y",\n'


def test_only_what_is_wanted_is_unpacked_in_whatever_folder_it_lies():
    packed = pack({"explanation/manifest.json": b"{}", "explanation/arrays.npz": b"x" * 100})
    assert unpack(packed, {"manifest.json": 10, "prior.npz": 10}, lc.ReplayMismatch) == {"manifest.json": b"{}"}


def _bomb() -> bytes:
    return pack({"manifest.json": b"0" * 1_000_001})


def _lying() -> bytes:
    """A file that is said to be shorter than it is."""
    packed = bytearray(pack({"manifest.json": b"1234567890"}))
    place = packed.rindex(b"PK\x01\x02")
    packed[place + 24 : place + 28] = (3).to_bytes(4, "little")
    return bytes(packed)


def _otherwise() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("manifest.json", b"{}")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (b"PK nothing", "no readable ZIP"),
        (_bomb(), "more than 1 MB"),
        (_lying(), "no readable ZIP"),
        (_otherwise(), "another way"),
        (pack({"a/manifest.json": b"", "b/manifest.json": b""}), "2 files"),
        (pack({f"{'long' * 10}-{n}": b"" for n in range(2000)}), "no readable ZIP"),
    ],
    ids=["no ZIP", "a bomb", "a wrong length", "bzip2", "twice", "a long list"],
)
def test_an_archive_of_anybody_ends_in_a_sentence(packed, message):
    with pytest.raises(lc.ReplayMismatch, match=message):
        unpack(packed, {"manifest.json": 1_000_000}, lc.ReplayMismatch)
