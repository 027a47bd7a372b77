"""A Picture is its pixels, whatever it was read from, and what cannot be read is refused in a sentence."""

from __future__ import annotations

import io
import os

import numpy as np
import pytest
import torch
from PIL import Image

import lime_core as lc
from lime_core.pictures import decoding
from tests.pictures.conftest import FORMATS, LOSSLESS, PHOTO, refusal
from tests.support import badfiles
from tests.support.badfiles import blocks, encoded


@pytest.mark.parametrize("as_source", ["path", "str", "bytes", "file", "stream", "image", "array"])
def test_every_kind_of_source_gives_the_same_picture(as_source, tmp_path):
    path = tmp_path / "blocks.png"
    path.write_bytes(encoded(PHOTO))
    with path.open("rb") as file, Image.open(path) as image:
        source = {
            "path": path,
            "str": str(path),
            "bytes": path.read_bytes(),
            "file": file,
            "stream": io.BytesIO(path.read_bytes()),
            "image": image,
            "array": PHOTO,
        }[as_source]
        picture = lc.load_picture(source)
        assert picture == lc.load_picture(source) == lc.load_picture(PHOTO)
    assert picture.name == ("blocks.png" if as_source in ("path", "str", "file", "image") else "picture")


def test_a_file_of_more_than_20_megabytes_is_refused_unread(tmp_path, no_decoding):
    path = tmp_path / "large.png"
    path.write_bytes(encoded(PHOTO))
    os.truncate(path, 10 * 2**30)
    assert "larger than 20 MB" in refusal(path)
    assert "larger than 20 MB" in refusal(encoded(PHOTO) + bytes(decoding.MAX_BYTES))


def test_a_file_that_is_not_there_is_named(tmp_path):
    assert "nowhere.png" in refusal(tmp_path / "nowhere.png")
    assert "no file" in refusal(tmp_path)


@pytest.mark.parametrize("path", ["a\0b.png", "x" * 300 + ".png", "https://example.org/cat.jpg", ""])
def test_paths_that_cannot_be_are_refused(path):
    refusal(path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    assert "no file" in refusal(tmp_path / "pipe.png")


def test_a_closed_file_object_is_refused():
    file = io.BytesIO(encoded(PHOTO))
    file.close()
    assert "could not be read" in refusal(file)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((32, 32, 2), np.uint8),
        np.zeros((32, 32, 0), np.uint8),
        np.zeros(32, np.uint8),
        np.zeros((3, 32, 32), np.uint8),
        np.zeros((1, 32, 32)),
        np.zeros((2, 32, 32, 3), np.uint8),
    ],
    ids=lambda array: f"{array.shape} {array.dtype}",
)
def test_an_array_of_another_shape_is_a_wrong_argument_and_says_what_to_do(array):
    with pytest.raises(ValueError, match=r"source must be an array of the shape \(h, w, 3\).*, got \(") as raised:
        lc.load_picture(array)
    assert ("np.moveaxis(array, 0, -1)" in str(raised.value)) == (array.ndim == 3 and array.shape[0] < 32)
    assert ("array[0]" in str(raised.value)) == (array.ndim == 4)


NUMBERS = np.random.default_rng(0).integers(0, 256, (32, 40, 3), np.uint8)


@pytest.mark.parametrize(
    ("array", "value_range"),
    [
        (NUMBERS / 255.0, None),
        ((NUMBERS / 255.0).astype(np.float32), None),
        (NUMBERS / 127.5 - 1.0, (-1, 1)),
        (NUMBERS.astype(np.float32), (0, 255)),
        (NUMBERS.astype(np.int64), [0, 255]),
        (NUMBERS.astype(np.uint16) * 257, (0, 65535)),
        (NUMBERS, (0, 255)),
        (torch.from_numpy(NUMBERS), None),
    ],
    ids=lambda value: str(getattr(value, "dtype", value)),
)
def test_an_array_of_other_numbers_is_the_same_picture_where_its_range_is_known(array, value_range):
    np.testing.assert_array_equal(lc.load_picture(array, value_range=value_range).pixels, NUMBERS)


def test_grey_arrays_and_masks_are_pictures():
    grey = NUMBERS[..., 0]
    for array in (grey, grey[..., None], grey / 255.0):
        np.testing.assert_array_equal(lc.load_picture(array).pixels, np.stack([grey] * 3, axis=2))
    np.testing.assert_array_equal(lc.load_picture(grey > 99).pixels[..., 1], np.where(grey > 99, 255, 0))


@pytest.mark.parametrize(
    ("array", "value_range", "message"),
    [
        (
            NUMBERS / 127.5 - 1.0,
            None,
            r"numbers from 0 to 1, got float64 from -1 to 1; .*value_range=",
        ),
        (NUMBERS.astype(np.float32), None, r"numbers from 0 to 1, got float32 from 0 to 255; .*value_range="),
        (NUMBERS.astype(np.int64), None, r"uint8, or floats from 0 to 1, got int64 from 0 to 255; .*value_range="),
        (NUMBERS.astype(np.uint16), None, r"uint8, or floats from 0 to 1, got uint16"),
        (NUMBERS, (0, 100), r"numbers from 0 to 100, got uint8 from 0 to 255"),
        (NUMBERS, (1, 0), "value_range must rise from black to white, got 1 and 0"),
        (NUMBERS, (0, 0), "value_range must rise"),
        (NUMBERS, "0-255", "value_range must be two numbers, black and white, got '0-255'"),
        (NUMBERS, (0, float("nan")), "value_range must be two numbers"),
        (NUMBERS, 255, "value_range must be two numbers"),
        (NUMBERS.astype(complex), None, "an array of numbers, got the dtype complex128"),
        (NUMBERS.astype(str), None, "an array of numbers, got the dtype <U"),
        (NUMBERS.astype(object), None, "an array of numbers, got the dtype object"),
        ("photo.jpg", (0, 1), "value_range says what the numbers of an array mean; source is 'photo.jpg'"),
    ],
)
def test_numbers_that_are_not_known_to_be_a_brightness_say_what_they_would_have_to_be(array, value_range, message):
    with pytest.raises(ValueError, match=message):
        lc.load_picture(array, value_range=value_range)


def test_a_tensor_says_how_it_becomes_an_array():
    tensor = torch.zeros((3, 32, 32))
    with pytest.raises(ValueError, match=r"tensor\.permute\(1, 2, 0\)"):
        lc.load_picture(tensor)
    with pytest.raises(ValueError, match=r"tensor\.detach\(\)\.cpu\(\)\.numpy\(\)"):
        lc.load_picture(torch.zeros((32, 32, 3), requires_grad=True))


def test_values_that_are_not_finite_are_no_picture():
    assert "NaN or infinity" in refusal(np.full((32, 32), np.nan))


@pytest.mark.parametrize("source", [None, 3, [[1, 2], [3, 4]], io.StringIO("text"), np.float64(1), np.ndarray, {}])
def test_a_source_of_another_type_is_a_wrong_argument(source):
    with pytest.raises(ValueError, match="source must be"):
        lc.load_picture(source)


# What a Picture promises


def test_the_same_pixels_have_the_same_digest_whatever_the_file():
    read = [lc.load_picture(encoded(PHOTO, kind, **FORMATS[kind]), name=f"photo.{kind}") for kind in LOSSLESS]
    assert len({picture.digest for picture in read}) == 1
    assert len(set(read)) == 1
    assert len({picture.name for picture in read}) == len(LOSSLESS)


def test_one_pixel_in_a_large_picture_changes_the_digest():
    pixels = blocks(rows=15, columns=20, side=100)
    before = lc.load_picture(pixels)
    pixels[1234, 567, 2] ^= 1
    after = lc.load_picture(pixels)
    assert before.digest != after.digest
    assert before != after


def test_another_shape_of_the_same_bytes_is_another_picture():
    pixels = np.random.default_rng(0).integers(0, 255, (32, 64, 3), dtype=np.uint8)
    assert lc.load_picture(pixels).digest != lc.load_picture(pixels.reshape(64, 32, 3)).digest


@pytest.mark.parametrize("shape", [(48, 64, 3), (48, 64, 4), (48, 64)])
def test_the_callers_array_and_the_picture_leave_each_other_alone(shape):
    pixels = np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
    kept = pixels.copy()
    picture = lc.load_picture(pixels)
    read = picture.pixels.copy()
    np.testing.assert_array_equal(pixels, kept)
    pixels[:] = 7
    np.testing.assert_array_equal(picture.pixels, read)
    with pytest.raises(ValueError, match="read-only"):
        picture.pixels[0, 0, 0] = 1


def test_an_array_that_is_a_strided_view_is_read_as_it_looks():
    np.testing.assert_array_equal(lc.load_picture(PHOTO[::-1, ::2]).pixels, PHOTO[::-1, ::2])


def test_the_callers_image_keeps_its_size_and_its_pixels():
    with Image.open(io.BytesIO(badfiles.turned_file(blocks(rows=30, columns=40, side=64), 6, "JPEG"))) as image:
        assert lc.load_picture(image).pixels.shape == (1536, 2048, 3)
        assert image.size == (1920, 2560)
        assert image.getexif()[badfiles.ORIENTATION] == 6


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/cat.png", "cat.png"),
        ("C:\\photos\\cat.png", "cat.png"),
        ("c\0a\nt\u202egnp.png", "ca tgnp.png"),
        ("x" * 300, "x" * 100),
        ("🐈 Katze.png", "🐈 Katze.png"),
        ("", "picture"),
        ("..//", ".."),
    ],
)
def test_a_name_is_for_reading_and_never_a_path(given, kept):
    assert lc.load_picture(PHOTO, name=given).name == kept
