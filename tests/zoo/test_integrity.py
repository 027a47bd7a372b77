"""Sums of weights files: a changed byte is found wherever a file has a sum, and nothing is unpacked without bounds."""

import hashlib
import io
import json
import shutil
import struct
import time
import zipfile

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import nn

import lime_core as lc
from lime_core.zoo import integrity
from lime_core.zoo.weights import read_state, save_state
from tests.support.badfiles import Packed, deflated, zip_of

safetensors = pytest.importorskip("safetensors.torch")


def state():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(20, 10), nn.BatchNorm1d(10), nn.Linear(10, 3)).state_dict()


STATE = state()


def bytes_of(save):
    file = io.BytesIO()
    save(STATE, file)
    return file.getvalue()


ZIP = bytes_of(torch.save)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("weights")


@pytest.fixture(scope="module")
def summed(place):
    save_state(STATE, place / "summed.safetensors")
    return (place / "summed.safetensors").read_bytes()


def read(contents, place, name="net.pt"):
    path = place / name
    path.write_bytes(contents)
    return read_state(path)


def same(found):
    return set(found) == set(STATE) and all(torch.equal(found[key], STATE[key]) for key in STATE)


def test_a_changed_byte_anywhere_in_a_file_of_torch_is_found_or_changes_nothing(place):
    with zipfile.ZipFile(io.BytesIO(ZIP)) as archive:
        directory = archive.start_dir
    changed = bytearray(ZIP)
    found = 0
    # Bit 4 of a member's attributes makes a folder of it, which torch reads as noise.
    for at, bit in [*((at, at % 8) for at in range(0, directory, 7)), *((at, 4) for at in range(directory, len(ZIP)))]:
        changed[at] ^= 1 << bit
        try:
            assert same(read(changed, place)), at  # a byte that nothing depends on, such as a date or padding
        except lc.ModelUnavailable:
            found += 1
        changed[at] = ZIP[at]
    assert found > len(ZIP) / 20


def begin_of(member):
    """Where the contents of a member begin: behind its header, the name and what else stands there."""
    name, extra = struct.unpack_from("<HH", ZIP, member.header_offset + 26)
    return member.header_offset + 30 + name + extra


@given(at=st.integers(0, len(ZIP) - 1), other=st.integers(1, 255))
@example(at=2880, other=1)  # zeros in a header, as those of the member behind it
@settings(max_examples=200, deadline=None)
def test_a_byte_of_a_member_is_always_found(place, at, other):
    with zipfile.ZipFile(io.BytesIO(ZIP)) as archive:
        starts = {begin_of(member): member.file_size for member in archive.infolist()}
    if any(start <= at < start + size for start, size in starts.items()):
        changed = bytearray(ZIP)
        changed[at] ^= other
        with pytest.raises(lc.ModelUnavailable, match="is damaged"):
            read(changed, place)


def test_a_flipped_number_says_which_part_is_damaged(place):
    at = ZIP.index(STATE["0.weight"].numpy().tobytes())
    changed = bytearray(ZIP)
    changed[at + 2] ^= 1
    with pytest.raises(lc.ModelUnavailable, match=r"net\.pt is damaged: its part .*data/0 is not what was written"):
        read(changed, place)


def test_a_changed_byte_anywhere_in_safetensors_that_were_saved_here_is_found(summed, place):
    changed = bytearray(summed)
    for at in range(0, len(summed), 5):
        changed[at] ^= 1 << at % 8
        try:
            assert same(read(changed, place, "net.safetensors")), at
            assert b'"sha256"' not in changed  # the word itself, and nothing else
        except lc.ModelUnavailable:
            pass
        changed[at] = summed[at]


def test_safetensors_from_elsewhere_have_no_sum_and_must_be_covered_by_their_header(place):
    whole = safetensors.save(STATE)
    assert same(read(whole, place, "net.safetensors"))
    for contents in (whole + b"\0", whole[:-1], whole[:5], whole[:8], b"", whole[:8] + b"{" + whole[9:]):
        if contents != whole:
            with pytest.raises(lc.ModelUnavailable, match="is damaged, or is no weights file"):
                read(contents, place, "net.safetensors")
    changed = bytearray(whole)
    changed[-1] ^= 1
    assert not same(read(changed, place, "net.safetensors"))  # as the documents say


@pytest.mark.parametrize(
    "header",
    [
        b"{" * 100_000,
        b'{"a": 1' + b"0" * 5000 + b"}",
        b'{"__metadata__": {"sha256": 3}}',
        b'{"__metadata__": {"sha256": ""}}',
        b'{"__metadata__": []}',
        b'{"a": {"dtype": "F32", "shape": [1000000000000, 1000000000000], "data_offsets": [0, 4]}}',
        b'{"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}',
        b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [18446744073709551612, 0]}}',
        b'{"a": {"dtype": "O", "shape": [1], "data_offsets": [0, 4]}}',
        b'{"\xff": {}}',
    ],
)
def test_odd_headers_of_safetensors_are_one_error(header, place):
    with pytest.raises(lc.ModelUnavailable, match=r"net\.safetensors (is damaged|holds)"):
        read(struct.pack("<Q", len(header)) + header + bytes(4), place, "net.safetensors")


def test_a_header_without_end_is_not_read(place):
    with pytest.raises(lc.ModelUnavailable, match="its header is too long"):
        read(struct.pack("<Q", 2**62) + json.dumps({}).encode(), place, "net.safetensors")


def repacked(pickled=None, method=zipfile.ZIP_STORED, more=()):
    """The archive with another pickle, or packed in another way."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(ZIP)) as archive, zipfile.ZipFile(buffer, "w", method) as other:
        for member in archive.infolist():
            is_pickle = member.filename.endswith("data.pkl")
            other.writestr(member.filename, pickled if is_pickle and pickled is not None else archive.read(member))
        for name, contents in more:
            other.writestr(name, contents)
    return buffer.getvalue()


def test_an_archive_that_is_packed_is_not_unpacked(place):
    assert same(read(repacked(), place))
    bomb = zip_of(Packed(b"archive/data.pkl", deflated(bytes(10**6), 1000), 8, 10**9))
    for contents in (repacked(method=zipfile.ZIP_DEFLATED), bomb):
        with pytest.raises(lc.ModelUnavailable, match="is packed in another way than torch does it"):
            read(contents, place)


def test_members_that_lie_over_each_other_are_refused(place):
    big = bytes(10_000)
    over = zip_of(Packed(b"archive/data.pkl", big), *[Packed(b"archive/data/0", big, at=0)] * 20)
    with pytest.raises(lc.ModelUnavailable, match="is damaged: its part archive/data/0 is not what was written"):
        read(over, place)


def test_a_list_of_members_without_end_is_not_read(place, monkeypatch):
    monkeypatch.setattr(integrity, "_MAX_DIRECTORY", 50_000)
    with pytest.raises(lc.ModelUnavailable, match="is damaged, or is no weights file"):
        read(repacked(more=[(f"archive/data/{i:050}", b"") for i in range(2000)]), place)


@pytest.mark.parametrize(
    "pickled",
    [
        b"\x80\x02" + b"(" * 3_000_000 + b".",
        b"\x80\x02" + b"]" * 1_000_000 + b"a" * 999_999 + b".",  # lists in lists
        b"\x80\x02\x8e" + struct.pack("<Q", 2**62) + b".",
        b"\x80\x02]r\xff\xff\xff\xff.",  # a place far up in the memo
        b"I" + b"9" * 100_000 + b"\n.",
        b"cos\nsystem\n(S'false'\ntR.",
        b"(S'false'\nios\nsystem\n.",
        b"\x8c\x02os\x8c\x06system\x93.",
        b"cbuiltins\nbytearray\n(L100000000000L\ntR.",
        b"ctorch._utils\n_rebuild_tensor_v2\n(K\x01K\x02K\x03K\x04tR.",
        b"\x80\x02}U\x01aX\x01\x00\x00\x00as.",
        b".",
        b"",
    ],
)
def test_odd_pickles_are_one_error_in_little_time(pickled, place):
    for contents in (
        repacked(pickled),
        b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}." + pickled,
    ):
        start = time.monotonic()
        with pytest.raises(lc.ModelUnavailable, match=r"net\.pt (is|holds)"):
            read(contents, place)
        assert time.monotonic() - start < 10


def test_a_storage_that_claims_more_than_it_has_is_refused(place):
    with zipfile.ZipFile(io.BytesIO(ZIP)) as archive:
        pickled = archive.read("archive/data.pkl")
    claims = pickled.replace(b"K\xc8tq", b"J\x00\x00\x00\x7ftq", 1)  # 200 numbers
    assert claims != pickled
    with pytest.raises(lc.ModelUnavailable, match="is damaged"):
        read(repacked(claims), place)


def test_a_bundled_file_that_is_damaged_is_found_out_by_its_name(tmp_path):
    entry = lc.find_model("efficientnet_lite0")
    path = tmp_path / entry.weights.name
    shutil.copy(entry.weights, path)
    assert integrity.another_than_named(path) == ""
    with path.open("r+b") as file:
        file.seek(9_000_000)
        byte = file.read(1)[0]
        file.seek(9_000_000)
        file.write(bytes([byte ^ 1]))
    with pytest.raises(lc.ModelUnavailable, match="is damaged, or another file than its name says: its SHA-256 begins"):
        entry.build(path)


def test_every_published_name_has_a_sum():
    for name, entry in lc.MODELS.items():
        assert integrity.NAMED_SUM.search(entry.weights.name), name
    file = lc.MODELS["efficientnet_lite1"].weights
    assert integrity.NAMED_SUM.search(file.name)[1] == hashlib.sha256(file.read_bytes()).hexdigest()[:8]
