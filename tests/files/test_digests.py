"""Digests of pictures as an array: which are in it, and what cannot be."""

import hashlib

import numpy as np
import pytest

from lime_core.files import digests

NAMES = [hashlib.sha256(bytes([number])).hexdigest() for number in range(5)]


def test_each_digest_is_in_it_once_and_their_order_says_nothing():
    found = digests.digests_of([*NAMES[:4], NAMES[0]])
    assert found.shape == (4, 32)
    assert [row.tobytes().hex() for row in found] == sorted(NAMES[:4])
    np.testing.assert_array_equal(found, digests.digests_of(NAMES[3::-1]))
    assert [digests.among(found, name) for name in NAMES] == [True] * 4 + [False]


@pytest.mark.parametrize("name", ["", "00", "g" * 64, NAMES[0].upper(), NAMES[0] + "0", NAMES[0] + "\n"])
def test_what_is_no_sha256_is_left_out_and_in_none(name):
    assert digests.digests_of([name]) is None
    assert not digests.among(digests.digests_of(NAMES), name)


@pytest.mark.parametrize(
    "array",
    [np.zeros((0, 32), np.uint8), np.zeros((3, 31), np.uint8), np.zeros(32, np.uint8), np.zeros((3, 32), np.int64)],
)
def test_arrays_that_hold_no_digests_are_refused(array):
    with pytest.raises(ValueError, match="digests must"):
        digests.checked(array)


def test_there_is_a_most(monkeypatch):
    monkeypatch.setattr(digests, "MOST", 4)
    with pytest.raises(ValueError, match="at most 4, got 5"):
        digests.checked(digests.digests_of(NAMES))


def test_a_copy_is_kept_that_cannot_be_written_to():
    given = digests.digests_of(NAMES).copy()
    kept = digests.checked(given)
    given[:] = 0
    assert digests.among(kept, NAMES[2])
    assert not kept.flags.writeable
