"""Depth: values of 10, 12 and 14 bits in 16 come out as bright as those of 8, and the notice says what was assumed."""

from __future__ import annotations

import gc
import io
import pickle
import re
import struct
import weakref

import numpy as np
import pytest
import tifffile
from PIL import Image

import lime_core as lc
from lime_core.pictures.gallery import crop
from tests.pictures.conftest import refusal
from tests.support.badfiles import ORIENTATION, encoded, png_of_16_bits, stored_turned

COLORS = lc.gallery_picture("chelsea").pixels[::3, ::3]
GREY = np.asarray(Image.fromarray(COLORS).convert("L"))
GUESSED = "Nothing says how many bits they have; the largest is {}."


def of_bits(pixels, bits):
    """8-bit pixels as values of so many bits."""
    return np.rint(pixels / 255 * (2**bits - 1)).astype(np.uint16)


def with_opacity(values, opacity):
    return np.dstack([values, np.full(values.shape[:2], opacity, np.uint16)])


def tiff(values, **settings):
    file = io.BytesIO()
    settings.setdefault("photometric", "rgb" if values.ndim == 3 else "minisblack")
    tifffile.imwrite(file, values, **settings)
    return file.getvalue()


def planes(values):
    return np.ascontiguousarray(values.transpose(2, 0, 1))


GREY_IN = {
    "png": png_of_16_bits,
    "png with opacity": lambda values: png_of_16_bits(with_opacity(values, 65535)),
    "tiff": tiff,
    "big-endian tiff": lambda values: tiff(values, byteorder=">"),
    "packed tiff": lambda values: tiff(values, compression="deflate"),
    "signed tiff": lambda values: tiff(values.astype(np.int16)),
    "32-bit tiff": lambda values: tiff(values.astype(np.uint32)),
    "float tiff": lambda values: tiff(values.astype(np.float32)),
    "image of int32": lambda values: Image.fromarray(values.astype(np.int32)),
    "image of uint16": Image.fromarray,
    "image of float": lambda values: Image.fromarray(values.astype(np.float32)),
}
COLORS_IN = {
    "png": png_of_16_bits,
    "png, opened": lambda values: Image.open(io.BytesIO(png_of_16_bits(values))),
    "png with opacity": lambda values: png_of_16_bits(with_opacity(values, 65535)),
    "png with the same opacity": lambda values: png_of_16_bits(
        with_opacity(values, next(2**bits - 1 for bits in (10, 12, 14, 16) if values.max() < 2**bits))
    ),
    "tiff": tiff,
    "big-endian tiff": lambda values: tiff(values, byteorder=">"),
    "packed tiff": lambda values: tiff(values, compression="deflate"),
    "packed big-endian tiff": lambda values: tiff(values, compression="deflate", byteorder=">"),
    "tiff in planes": lambda values: tiff(planes(values), planarconfig="separate"),
    "big-endian tiff in planes": lambda values: tiff(planes(values), planarconfig="separate", byteorder=">"),
}


@pytest.mark.parametrize("bits", [10, 12, 14])
@pytest.mark.parametrize("kind", GREY_IN)
def test_grey_of_fewer_bits_than_its_file_has_is_as_bright_as_of_8(kind, bits):
    values = of_bits(GREY, bits)
    picture = lc.load_picture(GREY_IN[kind](values))
    assert np.abs(picture.pixels.astype(int) - GREY[..., None]).max() <= 1
    assert picture.notice[0] == f"{bits}-bit grey values were scaled to 8 bits. {GUESSED.format(values.max())}"


@pytest.mark.parametrize("bits", [10, 12, 14])
@pytest.mark.parametrize("kind", COLORS_IN)
def test_colors_of_fewer_bits_than_their_file_has_are_as_bright_as_of_8(kind, bits):
    values = of_bits(COLORS, bits)
    picture = lc.load_picture(COLORS_IN[kind](values))
    assert np.abs(picture.pixels.astype(int) - COLORS).max() <= 1
    assert picture.notice == (f"{bits}-bit colors were scaled to 8 bits. {GUESSED.format(values.max())}",)


@pytest.mark.parametrize("kind", COLORS_IN)
def test_colors_of_16_bits_are_scaled_as_ever_and_said(kind):
    picture = lc.load_picture(COLORS_IN[kind](of_bits(COLORS, 16)))
    np.testing.assert_array_equal(picture.pixels, COLORS)
    assert picture.notice == ("16-bit colors were scaled to 8 bits.",)


@pytest.mark.parametrize("share", [0.35, 0.6, 1.0])
@pytest.mark.parametrize("values", [GREY, COLORS], ids=["grey", "colors"])
def test_a_dark_picture_of_16_bits_is_not_stretched(values, share):
    dark = np.rint(values.astype(float) * (257 * share)).astype(np.uint16)
    assert dark.max() >= 2**14
    picture = lc.load_picture(png_of_16_bits(dark))
    assert np.abs(picture.pixels.astype(int) - np.atleast_3d(dark) / 257).max() < 1
    assert picture.notice[0].startswith("16-bit")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda dark: png_of_16_bits(dark, bytes([16])), "16-bit"),
        (lambda dark: tiff(dark, extratags=[(281, "H", 1, 65535, True)]), "16-bit"),
        (lambda dark: tiff(dark, extratags=[(341, "H", 1, 65535, True)]), "16-bit"),
        (lambda dark: png_of_16_bits(dark, bytes([12])), "12-bit"),
        (lambda dark: tiff(dark, extratags=[(281, "H", 1, 4095, True)]), "12-bit"),
        (lambda dark: png_of_16_bits(dark, bytes([11])), "11-bit"),
    ],
    ids=["sBIT 16", "MaxSampleValue 16", "SMaxSampleValue 16", "sBIT 12", "MaxSampleValue 12", "sBIT 11"],
)
def test_what_the_file_says_of_its_bits_is_believed(make, told):
    dark = GREY.astype(np.uint16) * 4  # up to 776, which 10 bits would hold
    picture = lc.load_picture(make(dark))
    white = 2 ** int(told[:2]) - 1
    assert np.abs(picture.pixels[..., 0] - dark * (255 / white)).max() <= 0.5
    assert "Nothing says" not in picture.notice[0]
    assert picture.notice[0].startswith(told)


def packed_tiff(values):
    """A TIFF with 12 bits a value, two values in three bytes."""
    height, width = values.shape
    one, two = values.reshape(height, -1, 2).astype(np.uint16).transpose(2, 0, 1)
    packed = np.stack([one >> 4, (one & 15) << 4 | two >> 8, two & 255], axis=2).astype(np.uint8).tobytes()
    tags = {256: width, 257: height, 258: 12, 259: 1, 262: 1, 273: 8, 277: 1, 278: height, 279: len(packed)}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return struct.pack("<4sI", b"II*\0", 8 + len(packed)) + packed + struct.pack("<H", len(tags)) + entries + bytes(4)


def test_bits_that_are_packed_are_those_that_the_tag_says():
    dark = GREY[:, :150].astype(np.uint16) * 4
    picture = lc.load_picture(packed_tiff(dark))
    assert np.abs(picture.pixels[..., 0] - dark * (255 / 4095)).max() <= 0.5
    assert picture.notice[0] == "12-bit grey values were scaled to 8 bits."


def test_colors_too_are_believed():
    dark = COLORS.astype(np.uint16) * 4
    pixels = lc.load_picture(png_of_16_bits(dark, bytes([12, 12, 12]))).pixels
    assert np.abs(pixels - dark * (255 / 4095)).max() <= 0.5
    pixels = lc.load_picture(png_of_16_bits(with_opacity(dark, 65535), bytes([12, 12, 12, 16]))).pixels
    assert np.abs(pixels - dark * (255 / 4095)).max() <= 0.5


def test_values_beyond_the_bits_that_are_told_were_scaled_up_to_16_as_png_wants_it():
    twelve = of_bits(GREY, 12)
    picture = lc.load_picture(png_of_16_bits(twelve << 4 | twelve >> 8, bytes([12])))
    assert np.abs(picture.pixels.astype(int) - GREY[..., None]).max() <= 1
    assert picture.notice[0] == "16-bit values scaled to 8 bits."


@pytest.mark.parametrize("values", [GREY, COLORS], ids=["grey", "colors"])
def test_8_bits_written_twice_are_16_however_dark(values):
    dark = values // 16
    picture = lc.load_picture(png_of_16_bits(dark.astype(np.uint16) * 257))
    np.testing.assert_array_equal(picture.pixels, np.broadcast_to(np.atleast_3d(dark), picture.pixels.shape))
    assert picture.notice[0].startswith("16-bit")


@pytest.mark.parametrize("highest", [255, 256, 4095, 65535])
@pytest.mark.parametrize("dtype", [np.int32, np.float32, np.uint16])
def test_the_white_of_an_image_in_memory_is_that_of_the_fewest_bits_that_hold_it(highest, dtype):
    values = np.linspace(0, highest, 32 * 32).round().reshape(32, 32)
    white = {255: 255, 256: 1023, 4095: 4095, 65535: 65535}[highest]
    picture = lc.load_picture(Image.fromarray(values.astype(dtype)))
    assert np.abs(picture.pixels[..., 0] - values * (255 / white)).max() <= 0.5001
    assert "8 bits" in picture.notice[0]


@pytest.mark.parametrize("most", [1.02, 1.99, 2.01, 10.5, 63.5, 300.5])
def test_floats_that_are_neither_shares_nor_8_bits_are_scaled_from_least_to_greatest(most):
    values = np.linspace(0, most, 32 * 32, dtype=np.float32).reshape(32, 32)
    picture = lc.load_picture(Image.fromarray(values))
    assert (picture.pixels.min(), picture.pixels.max()) == (0, 255)
    assert f"Floating-point values from 0 to {most:g} scaled to 8 bits." in picture.notice


@pytest.mark.parametrize(("most", "white"), [(0.5, 1), (1.0, 1), (64.5, 255), (200.5, 255)])
def test_what_floats_are_taken_for_is_said(most, white):
    values = np.linspace(0, most, 32 * 32, dtype=np.float32).reshape(32, 32)
    picture = lc.load_picture(Image.fromarray(values))
    assert picture.pixels.max() == round(255 * most / white)
    assert f"Floating-point values taken as 0 to {white} were scaled to 8 bits." in picture.notice


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("settings", [{}, {"compression": "deflate"}], ids=["plain", "packed"])
def test_a_tiff_in_which_0_is_white_is_turned_round(bits, settings):
    values = (2**bits - 1 - of_bits(GREY, bits).astype(int)).astype(np.uint8 if bits == 8 else np.uint16)
    picture = lc.load_picture(tiff(values, photometric="miniswhite", **settings))
    assert np.abs(picture.pixels.astype(int) - GREY[..., None]).max() <= 1


def test_dark_colors_of_a_packed_tiff_in_planes_are_refused_for_half_of_them_cannot_be_had():
    text = refusal(tiff(planes(of_bits(COLORS, 12)), planarconfig="separate", compression="deflate"))
    assert "separate planes" in text


@pytest.mark.slow
@pytest.mark.parametrize("bits", [10, 12])
def test_a_model_sees_the_same_in_12_bits_as_in_8(lite0, chelsea, bits):
    grey = np.asarray(Image.fromarray(chelsea.pixels).convert("L"))
    expected = lite0.top(lc.load_picture(encoded(grey)), 1)
    found = lite0.top(lc.load_picture(png_of_16_bits(of_bits(grey, bits))), 1)
    assert [name for _, name, _ in found] == [name for _, name, _ in expected] == ["Egyptian cat"]
    assert found[0][2] == pytest.approx(expected[0][2], abs=0.02)
    assert found[0][2] == pytest.approx(0.62, abs=0.05)


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_a_tiff_of_12_bits_is_turned_upright_as_ever(orientation):
    for values, expected in ((of_bits(COLORS, 12), COLORS), (of_bits(GREY, 12), GREY)):
        stored = stored_turned(values, orientation)
        picture = lc.load_picture(tiff(stored, extratags=[(ORIENTATION, "H", 1, orientation, True)]))
        assert np.abs(picture.pixels.astype(int) - np.atleast_3d(expected)).max() <= 1
        white = {"photometric": "miniswhite", "extratags": [(ORIENTATION, "H", 1, orientation, True)]}
        if values.ndim == 2:
            picture = lc.load_picture(tiff(4095 - stored, **white))
            assert np.abs(picture.pixels.astype(int) - np.atleast_3d(expected)).max() <= 1


RAMP = np.linspace(0, 4095, 64 * 64).astype(np.uint16).reshape(64, 64)
"""All grey values of 12 bits, and some twice."""
TOLD = np.rint(RAMP.astype(float) * (255 / 4095)).astype(np.uint8)


def marked(value):
    """The ramp with a mark burned into it."""
    values = RAMP.copy()
    values[0, 0] = value
    return values


BY_WHITE = {
    "png": png_of_16_bits(RAMP),
    "dark": png_of_16_bits(RAMP // 5),
    "marked": png_of_16_bits(marked(65535)),
    "a little beyond": png_of_16_bits(marked(4200)),
    "tiff": tiff(RAMP),
    "signed, padded": tiff(np.where(RAMP > 0, RAMP.astype(np.int16), -1000)),
    "32 bits": tiff(RAMP.astype(np.uint32)),
    "floats": tiff(RAMP.astype(np.float32) + 0.01),
    "image": Image.fromarray(RAMP),
    "with opacity": png_of_16_bits(with_opacity(RAMP, 65535)),
    "colors": png_of_16_bits(np.dstack([RAMP] * 3)),
    "marked colors": png_of_16_bits(np.dstack([marked(65535)] * 3)),
}


@pytest.mark.parametrize("name", BY_WHITE)
def test_by_white_numbers_are_scaled_once_and_to_the_nearest(name):
    picture = lc.load_picture(BY_WHITE[name])
    by_white = picture.by_white(4095).pixels
    told = np.rint(RAMP // 5 * (255 / 4095)).astype(np.uint8) if name == "dark" else TOLD
    apart = np.abs(by_white[..., 0].astype(int) - told)
    apart[0, 0] = 0  # the mark
    assert apart.max() <= (1 if name == "floats" else 0)
    assert by_white.flags.writeable is False
    assert picture.by_white(4095).pixels is by_white
    assert picture.by_white(4095) == picture
    assert picture.by_white(4095).notice[0] == "Scaled to 8 bits with 4095 as white, as the model was trained."
    assert "Nothing says" not in " ".join(picture.by_white(4095).notice)
    assert picture.by_white(None) is picture


def test_a_tiff_in_which_zero_is_white_stays_one():
    picture = lc.load_picture(tiff(RAMP, photometric="miniswhite"))
    np.testing.assert_array_equal(picture.by_white(4095).pixels[..., 0], 255 - TOLD)


def test_a_png_that_says_its_bits_may_have_scaled_them_up():
    values = RAMP * 16 + RAMP // 256
    told = png_of_16_bits(values, b"\x0c")
    np.testing.assert_array_equal(lc.load_picture(told).by_white(4095).pixels[..., 0], TOLD)


@pytest.mark.parametrize(
    "source",
    [
        COLORS,
        tiff(GREY.astype(np.float32) / 255),
        tiff(GREY.astype(np.float32) * 0.99 + 0.3),
        png_of_16_bits(GREY.astype(np.uint16) * 257),
        png_of_16_bits(COLORS.astype(np.uint16) * 257),
        encoded(COLORS, "PNG"),
    ],
    ids=["array", "shares", "shares of 255", "8 bits written twice", "colors written twice", "8 bits"],
)
def test_what_has_8_bits_or_shares_knows_no_white(source):
    picture = lc.load_picture(source)
    assert picture.by_white(4095) is picture


def test_what_is_transparent_stays_white():
    values = np.dstack([RAMP, np.where(RAMP < 2000, 0, 65535).astype(np.uint16)])
    assert (lc.load_picture(png_of_16_bits(values)).by_white(8190).pixels[RAMP < 2000] == 255).all()


def test_the_same_pixels_of_other_numbers_are_another_picture():
    few = of_bits(GREY, 10)
    pictures = [lc.load_picture(png_of_16_bits(values)) for values in (few, np.rint(few / 1023 * 4095).astype("u2"))]
    assert (pictures[0].pixels == pictures[1].pixels).all()
    assert pictures[0] != pictures[1]
    assert lc.load_picture(pictures[0].pixels) != pictures[0]
    assert lc.load_picture(png_of_16_bits(few)) == pictures[0]


def test_a_crop_keeps_its_numbers_and_pictures_travel():
    wide = lc.load_picture(png_of_16_bits(marked(65535)))
    part = pickle.loads(pickle.dumps(crop(wide, 1)))
    assert part == crop(wide, 1)
    assert part != crop(lc.load_picture(wide.pixels), 1)
    left, top = map(int, re.search(r"at (\d+), (\d+)", part.name).groups())
    seen = wide.by_white(4095).pixels[top : top + part.height, left : left + part.width]
    np.testing.assert_array_equal(part.by_white(4095).pixels, seen)
    assert crop(lc.load_picture(COLORS), 1).wide is None


def test_a_picture_says_how_much_it_holds_also_of_the_file_that_its_numbers_are_in():
    assert lc.load_picture(COLORS).nbytes == COLORS.nbytes
    pixels, file = 64 * 64 * 3, tiff(RAMP) + bytes(2**20)
    wide = lc.load_picture(file)
    assert wide.nbytes == 2 * pixels + len(file)
    wide.by_white(4095)
    assert wide.nbytes == 2 * pixels + len(file), "what it keeps by a white is counted before"
    part = crop(wide, 1)
    assert part.nbytes == 2 * part.pixels.nbytes + len(file)
    assert lc.load_picture(Image.fromarray(RAMP)).nbytes >= 2 * pixels + RAMP.nbytes


def test_a_picture_keeps_what_the_last_white_made_of_it():
    picture = lc.load_picture(tiff(RAMP))
    first = weakref.ref(picture.by_white(4095))
    second = picture.by_white(8190)
    gc.collect()
    assert first() is None
    assert picture.by_white(8190) is second
    np.testing.assert_array_equal(picture.by_white(4095).pixels[..., 0], TOLD)
