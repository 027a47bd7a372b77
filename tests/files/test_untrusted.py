"""Files from anybody: whatever goes wrong is one error, and nothing is taken before its size is known."""

import io
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lime_core.errors import BadPicture, BadPrior, BadScores
from lime_core.files.untrusted import contents_of, npy_array, untrusted


def npy(array) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


WHOLE = npy(np.arange(12).reshape(3, 4))


@pytest.mark.parametrize("cause", [ValueError, SyntaxError, MemoryError, RecursionError, OverflowError, KeyError])
def test_any_error_becomes_the_one_with_the_sentence(cause):
    with pytest.raises(BadPicture, match=r"^This is damaged\.$") as raised, untrusted(BadPicture, "This is damaged."):
        raise cause("inside of a library")
    assert isinstance(raised.value.__cause__, cause)


def test_an_error_that_says_more_passes_and_so_does_an_interruption():
    with pytest.raises(BadScores, match="more"), untrusted(BadPicture, "less"):
        raise BadScores("more")
    with pytest.raises(KeyboardInterrupt), untrusted(BadPicture, "less"):
        raise KeyboardInterrupt


@pytest.mark.parametrize("array", [np.arange(6).reshape(2, 3), np.asfortranarray(np.eye(3)), np.array(True)])
def test_arrays_of_numbers_come_back(array):
    read = npy_array(npy(array), "map", 100, BadPicture)
    assert np.array_equal(read, array)
    assert read.dtype == array.dtype
    assert not read.flags.writeable


@pytest.mark.parametrize(
    ("contents", "says"),
    [
        (b'\x93NUMPY\x01\x00\x0a\x00{"descr": ', "no readable .npy file"),
        (WHOLE[:-1], "no readable .npy file"),
        (WHOLE.replace(b"(3, 4)", b"(3,-4)"), "is damaged"),
        (WHOLE.replace(b"(3, 4)", b"'3, 4"), "no readable .npy file"),
        (WHOLE.replace(b"\x93NUMPY\x01", b"\x93NUMPY\x09"), "no readable .npy file"),
        (npy(np.zeros(101)), "101 elements, and no more than 100"),
        (npy(np.array(["text"])), "no plain numbers"),
        (npy(np.zeros(2, dtype=[("a", "i4")])), "no plain numbers"),
        (b"", "no readable .npy file"),
    ],
)
def test_others_are_one_error(contents, says):
    with pytest.raises(BadPrior, match=says):
        npy_array(contents, "map", 100, BadPrior)


def test_a_header_that_claims_much_takes_nothing():
    with pytest.raises(BadPicture, match="and no more than 100 are read"):
        npy_array(WHOLE.replace(b"(3, 4)", b"(9999999, 99999)")[:128], "map", 100, BadPicture)


@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=8))
def test_no_mutation_escapes(place, other):
    mutated = WHOLE[:place] + other + WHOLE[place + len(other) :]
    try:
        read = npy_array(mutated, "map", 100, BadPicture)
    except BadPicture:
        return
    assert read.size <= 100


def test_contents_come_from_paths_bytes_and_files(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    sources = (b"abc", tmp_path / "file", str(tmp_path / "file"), io.BytesIO(b"abc"))
    assert {contents_of(source, "map", 3, BadPicture) for source in sources} == {b"abc"}


@pytest.mark.parametrize("kind", ["bytes", "path", "file"])
def test_no_more_is_read_than_is_allowed(tmp_path, kind):
    (tmp_path / "file").write_bytes(b"abcdef")
    file = io.BytesIO(b"abcdef")
    source = {"bytes": b"abcdef", "path": tmp_path / "file", "file": file}[kind]
    with pytest.raises(BadPicture, match="The map has more than 3e-06 MB"):
        contents_of(source, "map", 3, BadPicture)
    assert file.tell() in (0, 4)


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for source, says in (
        (tmp_path / "pipe", "pipe is no file"),
        (tmp_path, "is no file"),
        ("a\0b", "no readable name"),
    ):
        with pytest.raises(BadPicture, match=says):
            contents_of(source, "map", 10, BadPicture)
    with pytest.raises(BadPicture, match="No such file"):
        contents_of(tmp_path / "missing", "map", 10, BadPicture)
