"""Files of label maps: no two labels become one, and none takes more than its header is allowed to say."""

from __future__ import annotations

import io
import os
import re
import struct
import time
import tracemalloc
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageFile

import lime_core as lc
from lime_core.superpixels.segmenters import segmenter_of
from tests.support import badfiles
from tests.support.badfiles import encoded, png_of_16_bits
from tests.support.mutations import mutations


def npy(array, **settings) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(array), **settings)
    return file.getvalue()


def npy_that_claims(shape, dtype="<i8") -> bytes:
    """An `.npy` file with nothing behind its header."""
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header


def refusal(source) -> str:
    with pytest.raises(lc.LimeError) as caught:
        lc.load_label_map(source)
    text = str(caught.value)
    assert text.endswith(".")
    assert len(text) < 400
    assert "\n" not in text
    return text


# Labels stay apart


WIDE = [
    np.array([[2**63, 2**63 + 1], [2**64 - 1, 0]], np.uint64),
    np.array([[-(2**63), -(2**63) + 1], [2**63 - 1, 2**63 - 2]], np.int64),
    np.array([[-128, 127], [0, -1]], np.int8),
    np.array([[2.0**52, 2.0**52 + 1], [-(2.0**53) + 1, 2.0**53 - 1]]),
    np.array([[2.0**23, 2.0**23 + 1], [2.0**24 - 1, -1]], np.float32),
    np.array([[2047.0, 2046.0], [1.0, -1.0]], np.float16),
    np.array([[1, 2], [3, 4]], ">i4"),
    np.array([[1.0, 2.0], [3.0, 4.0]], ">f8"),
    np.asfortranarray([[1, 2], [3, 4]]),
]


@pytest.mark.parametrize("labels", WIDE, ids=lambda labels: labels.dtype.str)
def test_no_two_numbers_become_one_label(labels):
    found = lc.load_label_map(npy(labels)).labels
    order = np.argsort(np.argsort(labels.ravel().astype(object))).reshape(2, 2)
    np.testing.assert_array_equal(found, order)


@pytest.mark.parametrize(
    ("dtype", "first"),
    [(np.float64, 2.0**53), (np.float64, -(2.0**53)), (np.float64, 1e300), (np.float32, 2.0**24), (np.float16, 2048.0)],
)
def test_floats_that_cannot_tell_whole_numbers_apart_are_refused_by_whoever_takes_labels(dtype, first):
    labels = np.array([[first, 0.0]], dtype)
    least = 2.0 ** (np.finfo(dtype).nmant + 1)
    message = (
        f"must be whole numbers, got {np.dtype(dtype)} of {least:g} and more, which cannot tell them apart: give "
        "integers"
    )
    assert refusal(npy(labels)) == f"The values of a label map {message}."
    with pytest.raises(lc.BadPicture, match=re.escape(message)):
        lc.LabelMap.of(labels)
    image = np.zeros((1, 2, 3), np.uint8)
    with pytest.raises(ValueError, match=f"^the labels that the segmenter returns {re.escape(message)}$"):
        lc.segment(image, segmenter_of(lambda image: labels))
    with pytest.raises(ValueError, match=f"^the labels that segmentation_fn returns {re.escape(message)}$"):
        lc.LimeImageExplainer().explain_instance(image, len, segmentation_fn=lambda image: labels)


@pytest.mark.parametrize("labels", [np.array([[2.0**23, 1.0]], np.float32), np.array([[-3.0, -0.0]]), np.eye(2)])
def test_whole_floats_are_labels_wherever_labels_are_given(labels):
    image = np.zeros((*labels.shape, 3), np.uint8)
    expected = lc.load_label_map(npy(labels)).labels
    for way in (labels, lambda image: labels, lc.LabelMap.of(labels)):
        np.testing.assert_array_equal(lc.segment(image, segmenter_of(way)).labels, expected)


def test_booleans_are_two_labels_and_minus_zero_is_zero():
    np.testing.assert_array_equal(lc.load_label_map(npy([[True, False]])).labels, [[1, 0]])
    np.testing.assert_array_equal(lc.LabelMap.of(np.array([[False, True]])).labels, [[0, 1]])
    np.testing.assert_array_equal(lc.load_label_map(npy([[-0.0, 0.0, 1.0]])).labels, [[0, 0, 1]])


@settings(deadline=None, database=None, max_examples=100)
@given(
    arrays.arrays(
        st.sampled_from(["u1", "u2", "<i4", ">i8", "u8", "?"]), st.tuples(st.integers(1, 20), st.integers(1, 20))
    )
)
def test_labels_are_those_of_the_file_whatever_they_are(labels):
    if len(np.unique(labels)) < 2:
        assert "single value" in refusal(npy(labels))
    else:
        numbered = np.unique(labels, return_inverse=True)[1].reshape(labels.shape)
        np.testing.assert_array_equal(lc.load_label_map(npy(labels)).labels, numbered)


def palette(bits):
    image = Image.fromarray(np.arange(2**bits, dtype=np.uint8)[None], "P")
    image.putpalette([0, 0, 0] * 256)  # what an index looks like does not matter
    return encoded(image, bits=bits)


@pytest.mark.parametrize(
    ("data", "count"),
    [
        *((palette(bits), 2**bits) for bits in (1, 2, 4, 8)),
        (encoded(Image.fromarray(np.array([[False, True]]))), 2),
        (encoded(np.arange(256, dtype=np.uint8)[None]), 256),
        (encoded(np.array([[0, 1, 256, 257, 65535]], np.uint16)), 5),
        (encoded(Image.fromarray(np.array([[[9, 0], [9, 128], [9, 255]]], np.uint8), "LA")), 3),
        (encoded(np.array([[[1, 2, 3, 0], [1, 2, 3, 128], [1, 2, 4, 128]]], np.uint8)), 3),
        (encoded(np.array([[[1, 0, 0], [0, 1, 0], [0, 0, 1]]], np.uint8)), 3),
        (png_of_16_bits(np.array([[[1, 0, 0], [2, 0, 0], [256, 0, 0], [0, 0, 1]]])), 4),
        (png_of_16_bits(np.array([[[1, 0, 0, 0], [1, 0, 0, 1], [1, 0, 0, 256]]])), 3),
        (png_of_16_bits(np.array([[[1, 0], [1, 1], [2, 0]]])), 3),
    ],
    ids=["P;1", "P;2", "P;4", "P;8", "1", "L", "16-bit", "LA", "RGBA", "RGB", "16-bit RGB", "16-bit RGBA", "16-bit LA"],
)
def test_no_two_colors_become_one_label(data, count):
    assert len(np.unique(lc.load_label_map(data).labels)) == count


def test_colors_are_numbered_as_ever():
    colors = np.array([[[9, 0, 0], [0, 9, 0]], [[0, 0, 9], [0, 0, 0]]], np.uint8)
    opaque = np.dstack([colors, np.full((2, 2), 255, np.uint8)])
    for image in (colors, opaque):
        np.testing.assert_array_equal(lc.load_label_map(encoded(image)).labels, [[3, 2], [1, 0]])


# How large one may be


@pytest.fixture
def no_decoding(monkeypatch):
    def decode(self):
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decode)


@pytest.mark.parametrize("make", [badfiles.png_of_zeros, badfiles.png_that_claims])
def test_a_png_is_refused_by_its_header(make, no_decoding):
    data = make(7071, 7071)
    start = time.perf_counter()
    assert "has 7071 × 7071 pixels, and no more than 16.8 megapixels are read" in refusal(data)
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("shape", [(7071, 7071), (2**40, 2**40), (4097, 4096)])
def test_an_npy_file_is_refused_by_its_header(shape):
    tracemalloc.start()
    try:
        assert "no more than 16777216 are read" in refusal(npy_that_claims(shape))
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_a_file_that_is_too_long_is_not_read_to_its_end(tmp_path):
    with open(tmp_path / "map.npy", "wb") as file:
        file.truncate(2**28)
    assert "more than 50 MB" in refusal(tmp_path / "map.npy")
    assert "more than 50 MB" in refusal(bytes(50_000_001))


def test_long_texts_in_a_png_are_never_unpacked():
    data = badfiles.png_with_a_long_text(megabytes=100)
    tracemalloc.start()
    try:
        with suppress(lc.LimeError):
            lc.load_label_map(data)
        assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("make", [npy, encoded])
def test_a_large_map_is_scaled_as_its_photo_is(make):
    labels = (np.arange(3000)[:, None] // 1000 * 3 + np.arange(2500) // 1000).astype(np.uint8)
    found = lc.load_label_map(make(labels)).labels
    assert found.shape == (2048, 1707)
    expected = np.arange(2048)[:, None] * 3000 // 2048 // 1000 * 3 + np.arange(1707) * 2500 // 1707 // 1000
    np.testing.assert_array_equal(found, expected)


def test_a_line_of_a_million_pixels_is_a_map():
    assert lc.load_label_map(npy(np.arange(10**6)[None])).labels.shape == (1, 2048)


@pytest.mark.slow
def test_the_largest_map_takes_no_more_than_photos_do():
    labels = np.random.default_rng(0).integers(0, 2**16, (4096, 4096)).astype(np.uint16)
    data = encoded(labels)
    start = time.perf_counter()
    tracemalloc.start()
    try:
        lc.load_label_map(data)
        assert tracemalloc.get_traced_memory()[1] < 300e6
    finally:
        tracemalloc.stop()
    assert time.perf_counter() - start < 10


# What is no map


@pytest.mark.parametrize(
    "data",
    [
        b"\x93NUMPY\x01\x00\x0a\x00{\"descr\": ",
        b"\x93NUMPY",
        b"\x93NUMPY\x09\x09",
        npy_that_claims((2, 2)),
        npy_that_claims((-1, 2)),
        npy_that_claims(("a", 2)),
        npy_that_claims((2, 2), "|O"),
        npy_that_claims((2, 2), "<U9"),
        npy_that_claims((2, 2), "<c16"),
        npy_that_claims((0, 0)),
        npy_that_claims("()"),
        npy_that_claims("[" * 3000),
        npy_that_claims((2, 2), "' + open('x') + '"),
    ],
)  # fmt: skip
def test_a_header_that_is_cut_or_odd_is_a_sentence(data):
    refusal(data)


@pytest.mark.parametrize("source", [np.eye(2), None, 3])
def test_what_is_neither_a_path_nor_contents_says_what_takes_an_array(source):
    with pytest.raises(TypeError, match=r"^source must be a path or .* LabelMap.of takes an array, got"):
        lc.load_label_map(source)


def test_what_is_no_file_is_a_sentence(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "is no file" in refusal(tmp_path)
    assert "is no file" in refusal(tmp_path / "pipe")
    assert "is no file" in refusal("/dev/zero")
    assert "No such file" in refusal(tmp_path / "missing.png")
    assert "could not be read" in refusal("map\0.png")
    assert "could not be read" in refusal("x" * 5000)


GOOD = {
    "npy": npy(np.arange(24).reshape(4, 6) // 5),
    "npy 2.0": npy(np.arange(24).reshape(4, 6) // 5, version=(2, 0)),
    "npy of floats": npy((np.arange(24).reshape(4, 6) // 5).astype(np.float32)),
    "png": encoded((np.arange(24).reshape(4, 6) // 5).astype(np.uint8)),
    "png of a palette": palette(4),
    "png of 16-bit colors": png_of_16_bits(np.arange(72).reshape(4, 6, 3) // 5, b"\x0c\x0c\x0c"),
}


@pytest.mark.parametrize("kind", GOOD)
def test_a_mutated_file_is_read_or_a_sentence(kind):
    read = 0
    for data in mutations(GOOD[kind], 1500, seed=7):
        with suppress(lc.LimeError):
            labels = lc.load_label_map(data).labels
            read += 1
            assert labels.ndim == 2
            assert labels.max() < labels.size
    assert 0 < read < 1500
