"""A manifest and its arrays from anybody: bounds before anything is read, and one error for all the rest."""

import io
import json
import os
import time
import zipfile

import numpy as np
import pytest

import lime_core as lc
from lime_core.reports import beside
from tests.reports.conftest import rewrite
from tests.support.badfiles import Packed, deflated, zip_of

ODD = [None, True, -1, 1e308, 10**400, float("nan"), float("inf"), "", "x" * 5000, [], {}, [[]] * 100, "\0",
       {"name": "x" * 5000}, {"name": []}, {"name": {}}, {"name": "label_map", "labels": [[1]]}, "\ud800"]  # fmt: skip
KEYS = ["schema", "picture", "model", "fingerprint", "engine", "class_index", "space", "num_samples", "seed",
        "segmenter", "hiding", "sampler", "kernel", "surrogate", "feature_selection", "versions", "prior"]  # fmt: skip


WRONG = [(key, value) for key in KEYS for value in ODD]
WRONG.remove(("versions", {}))
WRONG.remove(("space", ""))
WRONG.remove(("segmenter", {"name": "label_map", "labels": [[1]]}))  # its labels are in the arrays


@pytest.mark.parametrize(("key", "value"), WRONG, ids=lambda value: repr(value)[:20])
def test_a_wrong_value_anywhere_is_a_sentence(folder, picture, planted, key, value):
    path = rewrite(folder, **{key: value})
    with pytest.raises(lc.ReplayMismatch) as caught:
        lc.replay(path, picture, planted)
    assert len(str(caught.value)) < 1000
    assert str(folder) not in caught.value.public
    str(caught.value).encode()


@pytest.mark.parametrize("key", ["hiding", "sampler", "kernel", "surrogate", "feature_selection", "segmenter"])
@pytest.mark.parametrize("value", ODD, ids=lambda value: repr(value)[:20])
def test_a_wrong_setting_of_an_option_is_a_sentence(folder, picture, planted, key, value):
    record = json.loads((folder / "manifest.json").read_text("utf-8"))
    for setting in {*record[key], "alpha"} - {"name"}:
        path = rewrite(folder, **{key: record[key] | {setting: value}})
        with pytest.raises(lc.ReplayMismatch) as caught:
            lc.replay(path, picture, planted)
        assert len(str(caught.value)) < 1000


def test_texts_that_could_cost_time_cost_none(folder, picture, planted):
    start = time.monotonic()
    for key in ("engine", "model"):
        with pytest.raises(lc.ReplayMismatch, match=rf"{key} has 300000 characters, and 1000 are the most"):
            lc.replay(rewrite(folder, **{key: " (" * 150_000}), picture, planted)
        rewrite(folder, **{key: "planted"})
    assert time.monotonic() - start < 5


def test_a_manifest_without_end_or_that_is_no_file_is_not_read(folder, picture, planted, tmp_path):
    path = folder / "manifest.json"
    path.write_bytes(b" " * 1_000_001)
    with pytest.raises(lc.ReplayMismatch, match="more than 1 MB"):
        lc.replay(folder, picture, planted)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(lc.ReplayMismatch, match=r"manifest\.json is no file"):
        lc.replay(folder, picture, planted)


def test_arrays_without_end_or_that_are_no_file_are_not_read(folder, picture, planted, monkeypatch):
    path = folder / "arrays.npz"
    monkeypatch.setattr(beside, "MOST_ARRAYS", 100)
    with pytest.raises(lc.ReplayMismatch, match=r"arrays\.npz is broken: .* has more than 0\.0001 MB"):
        lc.replay(folder, picture, planted)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(lc.ReplayMismatch, match=r"arrays\.npz is broken: .* is no file"):
        lc.replay(folder, picture, planted)


def npy(shape, descr="<f8", content=b""):
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"shape": shape, "fortran_order": False, "descr": descr})
    return buffer.getvalue() + content


ARRAYS = {
    "more elements than allowed": zip_of(Packed(b"weights.npy", npy((10**6, 10**6)))),
    "a size below nothing": zip_of(Packed(b"weights.npy", npy((-1,)))),
    "less than it says": zip_of(Packed(b"weights.npy", npy((16,), content=bytes(8 * 15)))),
    "none": zip_of(Packed(b"other.npy", npy((0,)))),
    "two": zip_of(Packed(b"weights.npy", npy((1,), content=bytes(8))), Packed(b"weights.npy", npy((0,)))),
    "text": zip_of(Packed(b"weights.npy", npy((1,), "<U2", bytes(8)))),
    "objects": zip_of(Packed(b"weights.npy", npy((1,), "|O", bytes(8)))),
    "complex": zip_of(Packed(b"weights.npy", npy((1,), "<c16", bytes(16)))),
    "a wrong sum": zip_of(Packed(b"weights.npy", npy((1,), content=bytes(8)), checksum=7)),
    "a bomb": zip_of(Packed(b"weights.npy", deflated(bytes(10**6), 2000), 8, 2 * 10**9)),
    "a bomb that says little": zip_of(Packed(b"weights.npy", deflated(bytes(10**6), 2000), 8, 200)),
    "a header that is cut": zip_of(Packed(b"weights.npy", b'\x93NUMPY\x01\x00\x0a\x00{"descr": ')),
    "packed in another way": zip_of(Packed(b"weights.npy", npy((1,), content=bytes(8)), 14)),
    "locked": zip_of(Packed(b"weights.npy", npy((1,), content=bytes(8)), flags=1)),
}


@pytest.mark.parametrize("case", ARRAYS)
def test_odd_arrays_are_refused_before_they_are_unpacked(folder, picture, planted, case):
    (folder / "arrays.npz").write_bytes(ARRAYS[case])
    start = time.monotonic()
    with pytest.raises(lc.ReplayMismatch, match=r"arrays\.npz is broken: its array 'weights' cannot be read") as caught:
        lc.replay(folder, picture, planted)
    assert time.monotonic() - start < 2
    assert str(folder) not in caught.value.public
    assert str(folder) in str(caught.value)


def test_a_long_list_of_arrays_is_not_read(folder, picture, planted):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for i in range(2000):
            archive.writestr(f"{i}.npy", b"")
    (folder / "arrays.npz").write_bytes(buffer.getvalue())
    with pytest.raises(lc.ReplayMismatch, match="is broken"):
        lc.replay(folder, picture, planted)


@pytest.mark.parametrize(
    "labels",
    [np.zeros((0, 5), int), np.zeros(9, int), np.full((32, 32), np.nan), np.zeros((2, 2, 2), int), np.eye(3) / 0.3],
)
def test_labels_that_are_none_are_refused(picture, planted, tmp_path, labels):
    maps = np.arange(1024).reshape(32, 32) // 128
    probe = lc.probe_image(picture, planted, 60, segmenter=lc.LabelMap.of(maps))
    folder = lc.explain(probe).save(tmp_path)
    with np.load(folder / "arrays.npz") as arrays:
        kept = dict(arrays)
    np.savez(folder / "arrays.npz", **(kept | {"segments": labels}))
    with pytest.raises(lc.ReplayMismatch):
        lc.replay(folder, picture, planted)
