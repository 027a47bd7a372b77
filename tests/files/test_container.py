"""The container of priors and summaries: nothing else is read from it, whole or damaged, and never at a high cost."""

import contextlib
import io
import os
import zipfile

import numpy as np
import pytest

import lime_core as lc
from lime_core.files import container
from lime_core.priors import files


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
    with pytest.raises(lc.BadPrior, match=r"could not be read: .* is no file"):
        lc.load_prior(tmp_path)
    os.mkfifo(tmp_path / "pipe")  # which would be waited for
    with pytest.raises(lc.BadPrior, match="pipe is no file"):
        lc.load_prior(tmp_path / "pipe")


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
    monkeypatch.setattr(container, "MAX_BYTES", 3 * 2**20)
    bomb = archive([(name, b"\0" * 1_000_000) for name in NAMES])
    assert len(bomb) < 10_000
    with pytest.raises(lc.BadPrior, match="unpacks to more than 3 MB"):
        lc.load_prior(bomb)
    with pytest.raises(lc.BadPrior, match="has more than 3 MB"):
        lc.load_prior(bytes(3 * 2**20 + 1))


def test_nothing_is_packed_that_could_not_be_read_back(monkeypatch):
    most, layout = container._MAX_HEADER, {"x": (np.uint8, 1)}
    room = most - len('{"kind": "thing", "note": "", "schema": 1}')
    header, arrays = container.unpacked(
        container.packed("thing", {"note": "n" * room}, {"x": np.ones(3, np.uint8)}), "thing", layout, ()
    )
    assert (len(header["note"]), arrays["x"].tolist()) == (room, [1, 1, 1])
    with pytest.raises(ValueError, match=r"facts of a thing may have 1000000 bytes beside its arrays, got 1000001"):
        container.packed("thing", {"note": "n" * (room + 1)}, {"x": np.ones(3, np.uint8)})
    monkeypatch.setattr(container, "MAX_BYTES", 2**20)
    fitting = 2**20 - 2 * 128 - len('{"kind": "thing", "schema": 1}')
    container.unpacked(container.packed("thing", {}, {"x": np.ones(fitting, np.uint8)}), "thing", layout, ())
    with pytest.raises(ValueError, match="a thing may have 1 MB, got 1 MB"):
        container.packed("thing", {}, {"x": np.ones(fitting + 1, np.uint8)})


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
