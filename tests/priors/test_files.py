"""Files of priors: what is read is what was written, and nothing else is read."""

import contextlib
import io
import json
import os
import zipfile

import numpy as np
import pytest

import lime_core as lc
from lime_core import container
from lime_core.priors import files
from tests.support.planted import PRIOR_CLASSES


def test_a_prior_is_read_back_as_it_was_written(prior, tmp_path):
    path = prior.save(tmp_path / "new" / "prior.npz")
    for source in (path, str(path), path.read_bytes()):
        again = lc.load_prior(source)
        assert again == prior
        assert (again.signed, again.unit, again.position) == (prior.signed, prior.unit, prior.position)
        assert again.made_by == prior.made_by
    assert [entry.name for entry in path.parent.iterdir()] == ["prior.npz"]
    assert files.prior_bytes(again) == path.read_bytes()


def test_a_signed_prior_with_places_is_read_back(summaries, tmp_path):
    prior = lc.build_prior(summaries, PRIOR_CLASSES, clusters=3, method="signed", position=0.5)
    again = lc.load_prior(prior.save(tmp_path / "p.npz"))
    assert again == prior
    assert again.signed
    assert again.position == 0.5


def test_a_summary_is_read_back_as_it_was_written(summaries, tmp_path):
    again = lc.load_summary(lc.save_summary(summaries[3], tmp_path / "one.npz"))
    for name in ("features", "places", "weights", "classes"):
        np.testing.assert_array_equal(getattr(again, name), getattr(summaries[3], name))
        assert getattr(again, name).dtype == getattr(summaries[3], name).dtype
    assert (again.picture, again.made_by) == (summaries[3].picture, summaries[3].made_by)


def test_examples_and_looks_are_read_back(shown, tmp_path):
    prior = lc.build_prior(shown, PRIOR_CLASSES, clusters=3, examples=2)
    path = prior.save(tmp_path / "p.npz")
    again = lc.load_prior(path)
    assert again == prior
    np.testing.assert_array_equal(again.examples.pictures, prior.examples.pictures)
    np.testing.assert_array_equal(again.examples.counts, prior.examples.counts)
    assert lc.prior_bytes(again) == path.read_bytes()
    kept = lc.load_summary(lc.save_summary(shown[3], tmp_path / "one.npz"))
    np.testing.assert_array_equal(kept.looks, shown[3].looks)


def test_what_has_no_examples_is_read_back_without(prior, summaries, tmp_path):
    assert lc.load_prior(prior.save(tmp_path / "p.npz")).examples is None
    assert lc.load_summary(lc.save_summary(summaries[0], tmp_path / "one.npz")).looks is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"drop": ["examples"]}, "holds other arrays"),
        ({"drop": ["example_counts"]}, "holds other arrays"),
        ({"examples": np.zeros((3, 2, 32, 32, 3))}, "its examples is an array of float64"),
        (
            {"examples": np.zeros((3, 32, 32, 3), dtype=np.uint8)},
            r"its examples is an array of uint8 and shape \(3, 32",
        ),
        ({"examples": np.zeros((3, 2, 16, 32, 3), dtype=np.uint8)}, "pictures must have the shape"),
        ({"examples": np.zeros((4, 2, 32, 32, 3), dtype=np.uint8)}, "counts must have the shape"),
        ({"example_counts": np.full(3, 9)}, r"counts must lie in \[0, 2\]"),
        ({"example_counts": np.full(3, -1)}, r"counts must lie in \[0, 2\]"),
    ],
)
def test_examples_that_cannot_be_say_so(shown, changes, message):
    prior = lc.build_prior(shown, PRIOR_CLASSES, clusters=3, examples=2)
    assert lc.load_prior(rewritten(prior)).examples is not None
    with pytest.raises(lc.BadPrior, match=message):
        lc.load_prior(rewritten(prior, **changes))


def test_arrays_of_any_memory_order_can_be_written(tmp_path):
    columns = np.asfortranarray(np.random.default_rng(0).normal(0, 1, (3, 4)))
    prior = lc.GlobalPrior(columns, columns[:, :3].T, np.ones((3, 3), dtype=int, order="F"), signed=True, unit="value")
    assert lc.load_prior(prior.save(tmp_path / "p.npz")) == prior


def test_a_disk_that_fails_leaves_the_old_file_and_no_part(prior, tmp_path, monkeypatch):
    path = prior.save(tmp_path / "p.npz")
    before = path.read_bytes()

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        prior.save(path)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def rewritten(prior, header=None, drop=(), **arrays):
    """The bytes of a prior's file with entries of its header, or arrays, replaced."""
    with np.load(io.BytesIO(files.prior_bytes(prior)), allow_pickle=False) as archive:
        kept = dict(archive)
    told = json.loads(kept["header"].tobytes()) | (header or {})
    kept["header"] = np.frombuffer(json.dumps(told).encode(), dtype=np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, **{name: array for name, array in (kept | arrays).items() if name not in drop})
    return buffer.getvalue()


def test_the_helper_itself_breaks_nothing(prior):
    assert lc.load_prior(rewritten(prior)) == prior


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"header": {"schema": 2}}, "schema 2, and 1 is the one"),
        ({"header": {"schema": None}}, "schema None"),
        ({"header": {"kind": "picture summary"}}, "no prior"),
        ({"header": {"position": "far"}}, "position is no number"),
        ({"header": {"position": -3}}, "position must be at least 0"),
        ({"header": {"made_by": 3}}, "what no prior can hold"),
        ({"header": {"made_by": {"x": float("nan")}}}, "what no prior can hold"),
        ({"weights": np.zeros((4, 3), dtype=np.float32)}, "its weights is an array of float32"),
        ({"weights": np.zeros((4, 3), dtype=">f8")}, "its weights is an array of >f8"),
        ({"weights": np.zeros(12)}, r"shape \(12,\)"),
        ({"weights": np.zeros((0, 3))}, r"shape \(0, 3\)"),
        ({"weights": np.full((4, 3), np.nan)}, "must be finite"),
        ({"weights": np.full((4, 3), -1.0)}, "not be negative"),
        ({"counts": np.full((4, 3), -1)}, "counts must not be negative"),
        ({"counts": np.ones((4, 2), dtype=np.int64)}, "counts must have the shape"),
        ({"centroids": np.array([["a"]])}, "its centroids is an array of <U1"),
        ({"more": np.zeros(3)}, "holds other arrays"),
        ({"drop": ["counts"]}, "holds other arrays"),
        ({"header": {"filler": "x" * 1_100_000}}, "header of the prior is too large"),
    ],
)
def test_a_file_that_holds_something_else_says_so(prior, changes, message):
    with pytest.raises(lc.BadPrior, match=message):
        lc.load_prior(rewritten(prior, **changes))


def test_an_array_of_objects_is_never_unpickled(prior, tmp_path):
    class Evil:
        def __reduce__(self):
            return open, (str(tmp_path / "canary"), "w")

    buffer = io.BytesIO()
    np.savez(buffer, header=np.array([Evil()], dtype=object), centroids=np.eye(1), weights=np.eye(1), counts=np.eye(1))
    with pytest.raises(lc.BadPrior):
        lc.load_prior(buffer.getvalue())
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 no archive", b"\x93NUMPY\x01\x00", b"PK\x05\x06" + b"\0" * 18, b"x" * 99]
)
def test_what_is_no_archive_says_so(content):
    with pytest.raises(lc.BadPrior, match="no prior"):
        lc.load_prior(content)


def test_a_damaged_file_is_found_out_wherever_it_is_damaged(prior):
    whole = bytearray(files.prior_bytes(prior))
    for at in range(0, len(whole), 7):
        broken = whole.copy()
        broken[at] ^= 0xFF
        with contextlib.suppress(lc.BadPrior):
            assert lc.load_prior(bytes(broken)) == prior  # a byte that nothing depends on, such as a date
    for length in range(0, len(whole), 50):
        with pytest.raises(lc.BadPrior):
            lc.load_prior(bytes(whole[:length]))


def test_a_file_that_is_not_there_or_a_folder_says_so(tmp_path):
    with pytest.raises(lc.BadPrior, match="could not be read: No such file"):
        lc.load_prior(tmp_path / "none.npz")
    with pytest.raises(lc.BadPrior, match="could not be read: Is a directory"):
        lc.load_prior(tmp_path)


def archive(members, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in members:
            file.writestr(name, content)
    return buffer.getvalue()


def npy_header(shape, descr="<f8"):
    """The beginning of an .npy file that promises an array of this shape."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"shape": shape, "fortran_order": False, "descr": descr})
    return buffer.getvalue()


NAMES = ("header.npy", "centroids.npy", "weights.npy", "counts.npy")


def test_promises_of_endless_arrays_cost_no_memory(prior):
    huge = [(name, npy_header((10**6, 10**6), {"header.npy": "|u1"}.get(name, "<f8")) + b"\0" * 64) for name in NAMES]
    with pytest.raises(lc.BadPrior):
        lc.load_prior(archive(huge))
    with np.load(io.BytesIO(files.prior_bytes(prior))) as file:
        header = file["header"]
    buffer = io.BytesIO()
    np.save(buffer, header)
    huge[0] = ("header.npy", buffer.getvalue())
    huge[1] = ("centroids.npy", npy_header((10**6, 10**6), "<f4") + b"\0" * 64)
    with pytest.raises(lc.BadPrior, match="centroids of the prior is too large"):
        lc.load_prior(archive(huge))
    huge[1] = ("centroids.npy", npy_header((10, 10), "<f4") + b"\0" * 64)
    with pytest.raises(lc.BadPrior, match="not as long as it says"):
        lc.load_prior(archive(huge))
    huge[1] = ("centroids.npy", npy_header((2, 2), "<f4") + b"\0" * 64)
    with pytest.raises(lc.BadPrior, match="not as long as it says"):
        lc.load_prior(archive(huge))


def test_a_file_that_unpacks_to_far_more_than_it_has_is_refused(monkeypatch):
    monkeypatch.setattr(container, "MAX_BYTES", 3_000_000)
    bomb = archive([(name, b"\0" * 1_000_000) for name in NAMES])
    assert len(bomb) < 10_000
    with pytest.raises(lc.BadPrior, match="unpacks to more than 3 MB"):
        lc.load_prior(bomb)
    with pytest.raises(lc.BadPrior, match="has more than 3 MB"):
        lc.load_prior(b"\0" * 3_000_001)


def test_a_list_of_contents_without_end_is_not_read(monkeypatch):
    many = archive([(f"{i}.npy", b"") for i in range(1000)], zipfile.ZIP_STORED)
    monkeypatch.setattr(container.zipfile, "ZipFile", None)
    with pytest.raises(lc.BadPrior, match="no prior"):
        lc.load_prior(many)


def test_a_long_list_of_contents_is_not_read_whatever_number_it_states(monkeypatch):
    many = bytearray(archive([(f"{i}.npy", b"") for i in range(1000)], zipfile.ZIP_STORED))
    many[-14:-10] = (1).to_bytes(2, "little") * 2
    opened = []
    monkeypatch.setattr(container.zipfile, "ZipFile", opened.append)
    with pytest.raises(lc.BadPrior, match="no prior, or its file is damaged"):
        lc.load_prior(bytes(many))
    assert not opened


def test_a_member_that_comes_twice_or_is_packed_otherwise_is_refused(prior):
    with zipfile.ZipFile(io.BytesIO(files.prior_bytes(prior))) as file:
        members = [(name, file.read(name)) for name in file.namelist()]
    assert lc.load_prior(archive(members)) == prior
    with pytest.raises(lc.BadPrior, match="packed in another way"):
        lc.load_prior(archive(members, zipfile.ZIP_LZMA))
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = archive([*members, members[0]])
    with pytest.raises(lc.BadPrior, match="holds other arrays"):
        lc.load_prior(twice)


def test_a_summary_is_no_prior_and_the_other_way_round(summaries, prior, tmp_path):
    with pytest.raises(lc.BadPrior, match="no picture summary"):
        lc.load_summary(prior.save(tmp_path / "prior.npz"))
    with pytest.raises(lc.BadPrior, match="no prior"):
        lc.load_prior(lc.save_summary(summaries[0], tmp_path / "summary.npz"))
