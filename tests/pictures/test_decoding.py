"""Decoding photos: every odd file is read correctly, every bad one refused in a sentence."""

from __future__ import annotations

import io
import logging
import os
import struct
import subprocess
import tracemalloc
import warnings
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageFile

import lime_core as lc
from tests.pictures.conftest import FORMATS, LOSSLESS, PHOTO, refusal
from tests.support import badfiles
from tests.support.badfiles import blocks, encoded, png_of_16_bits
from tests.support.mutations import mutations

GREY = np.arange(48 * 64, dtype=np.uint16).reshape(48, 64) * 21 + 500
"""16-bit, from 500 to 64991."""


def read_or_refused(data: bytes) -> lc.Picture | None:
    try:
        picture = lc.load_picture(data)
    except lc.BadPicture:
        refusal(data)
        return None
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.ndim == 3
    assert picture.pixels.shape[2] == 3
    return picture


# What is read


@pytest.mark.parametrize("kind", FORMATS)
def test_every_allowed_format_is_read(kind):
    picture = lc.load_picture(encoded(PHOTO, kind, **FORMATS[kind]), name="blocks")
    difference = np.abs(picture.pixels.astype(int) - PHOTO).max()
    assert difference <= {"JPEG": 4, "AVIF": 12}.get(kind, 0)
    assert (picture.height, picture.width, picture.name) == (48, 64, "blocks")
    assert picture.notice == ()


def test_the_format_is_told_from_the_content_not_from_the_name(tmp_path):
    path = tmp_path / "really_a_png.jpg"
    path.write_bytes(encoded(PHOTO))
    np.testing.assert_array_equal(lc.load_picture(path).pixels, PHOTO)


def test_the_jpeg_with_an_attachment_that_phones_write_is_read_without_a_word():
    preview = Image.fromarray(blocks(seed=1))
    data = encoded(PHOTO, "MPO", save_all=True, append_images=[preview], quality=95, subsampling=0)
    picture = lc.load_picture(data)
    assert np.abs(picture.pixels.astype(int) - PHOTO).max() <= 4
    assert picture.notice == ()


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG", "WEBP", "AVIF"])
def test_all_eight_exif_orientations_give_the_same_array(kind):
    upright = lc.load_picture(badfiles.turned_file(PHOTO, 1, kind))
    assert upright.notice == ()
    for orientation in range(2, 9):
        picture = lc.load_picture(badfiles.turned_file(PHOTO, orientation, kind))
        # AVIF predicts blocks from their neighbours, so a turned file is not the same to the last bit.
        tolerance = 6 if kind == "AVIF" else 0
        np.testing.assert_allclose(picture.pixels.astype(int), upright.pixels.astype(int), atol=tolerance)
        assert picture.notice == ("Turned upright as its EXIF orientation says.",)


@pytest.mark.parametrize("exif", [b"", b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*" + b"\xff" * 60])
def test_corrupt_exif_is_ignored(exif):
    picture = lc.load_picture(encoded(PHOTO, "JPEG", quality=95, subsampling=0, exif=exif))
    assert np.abs(picture.pixels.astype(int) - PHOTO).max() <= 4


def test_thousands_of_exif_tags_and_a_noise_for_a_profile_are_ignored():
    picture = lc.load_picture(badfiles.jpeg_with_many_exif_tags())
    assert np.abs(picture.pixels.astype(int) - PHOTO).max() <= 4
    assert picture.notice == ()


@pytest.mark.parametrize("mode", ["1", "L"])
def test_grey_becomes_three_equal_channels(mode):
    image = Image.fromarray(PHOTO).convert(mode)
    picture = lc.load_picture(encoded(image))
    expected = np.asarray(image.convert("L"))
    np.testing.assert_array_equal(picture.pixels, np.stack([expected] * 3, axis=2))
    assert picture.notice == ("Grey picture: the three channels are equal.",)


def test_transparent_parts_are_shown_on_white():
    red = Image.new("RGBA", (32, 32), (255, 0, 0, 128))
    red.paste((0, 0, 255, 0), (0, 0, 16, 32))
    picture = lc.load_picture(encoded(red))
    assert picture.pixels[0, 0].tolist() == [255, 255, 255]
    assert picture.pixels[0, 31].tolist() == [255, 127, 127]
    assert picture.notice == ("Transparent parts are shown on white.",)


def test_an_opacity_that_hides_nothing_changes_nothing():
    picture = lc.load_picture(encoded(Image.fromarray(PHOTO).convert("RGBA")))
    np.testing.assert_array_equal(picture.pixels, PHOTO)
    assert picture.notice == ()


def test_grey_with_opacity_is_composited_too():
    picture = lc.load_picture(encoded(Image.new("LA", (32, 32), (0, 51))))
    assert (picture.pixels == 204).all()
    assert set(picture.notice) == {
        "Grey picture: the three channels are equal.",
        "Transparent parts are shown on white.",
    }


def test_grey_that_is_multiplied_by_its_opacity_is_the_same_picture():
    image = Image.new("LA", (32, 32), (0, 51))
    multiplied = lc.load_picture(image.convert("La"))
    assert multiplied == lc.load_picture(image)
    assert multiplied.notice == lc.load_picture(image).notice


KEYED = {"grey": (3000,), "colors": (3000, 2000, 1000)}
"""A transparent color of 16 bits, of which no byte is that of the whole."""


@pytest.mark.parametrize("most", [4095, 65535], ids=["12 bits", "16 bits"])
@pytest.mark.parametrize("kind", KEYED)
@pytest.mark.parametrize("opened", [False, True], ids=["bytes", "opened"])
def test_the_transparent_color_of_16_bits_is_that_color_and_no_other(kind, most, opened):
    key = KEYED[kind]
    values = np.full((32, 32, len(key)), key, np.uint16)
    values[:8] += 1  # another color, and the lower byte alone is another
    values[8:16] = values[8:16] % 256 * 257 if most > 4095 else values[8:16] % 256  # what Pillow takes for the color
    values[31, 31] = most
    data = png_of_16_bits(values if len(key) == 3 else values[..., 0], transparent=key)
    picture = lc.load_picture(Image.open(io.BytesIO(data)) if opened else data)
    expected = np.rint(values * (255 / most))
    expected[16:] = 255
    assert np.abs(picture.pixels - expected).max() <= 1
    assert "Transparent parts are shown on white." in picture.notice
    assert (picture.by_white(8190).pixels[16:31] == 255).all()
    assert picture.by_white(8190).pixels[0].max() < 255


def test_a_transparent_color_is_left_out_where_its_lower_bytes_are_not_there():
    image = Image.open(io.BytesIO(png_of_16_bits(np.full((32, 32, 3), 257 * 200), transparent=(200, 456, 200))))
    image.load()
    assert lc.load_picture(image).pixels[0, 0].tolist() == [200, 200, 200]


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_the_transparent_value_of_few_bits_is_that_value(bits):
    values = np.arange(32 * 32).reshape(32, 32) % 2**bits
    for key in range(2**bits):
        pixels = lc.load_picture(badfiles.png_of_few_bits(values, bits, key)).pixels[..., 0]
        np.testing.assert_array_equal(pixels, np.where(values == key, 255, values * (255 // (2**bits - 1))))


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_a_palette_with_a_transparent_color_is_read_in_its_colors(kind):
    image = Image.fromarray(PHOTO).quantize(12)
    hidden = image.getpixel((0, 0))
    picture = lc.load_picture(encoded(image, kind, transparency=hidden))
    expected = PHOTO.copy()
    expected[:16, :16] = 255
    np.testing.assert_array_equal(picture.pixels, expected)
    assert picture.notice == ("Transparent parts are shown on white.",)


@pytest.mark.parametrize("make", ["jpeg", "ycck", "tiff"])
@pytest.mark.parametrize(("ink", "color"), [((0, 255, 255, 0), (255, 0, 0)), ((255, 0, 0, 128), (0, 127, 127))])
def test_printing_inks_become_the_colors_they_print(make, ink, color):
    inks = Image.new("CMYK", (32, 32), ink)
    data = {
        "jpeg": lambda: encoded(inks, "JPEG", quality=100),
        "ycck": lambda: badfiles.ycck_jpeg(ink),
        "tiff": lambda: encoded(inks, "TIFF"),
    }[make]()
    picture = lc.load_picture(data)
    assert np.abs(picture.pixels.astype(int) - color).max() <= 4
    assert picture.notice == ("CMYK colors converted to RGB.",)


def test_lab_colors_are_converted():
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    picture = lc.load_picture(encoded(to_lab.apply(Image.fromarray(PHOTO)), "TIFF"))
    # Steps of 1/255 in LAB are up to a dozen steps of a strong color in RGB.
    difference = np.abs(picture.pixels.astype(int) - PHOTO)
    assert difference.max() <= 15
    assert difference.mean() <= 2
    assert picture.notice == ("LAB colors converted to RGB.",)


@pytest.mark.parametrize("make", ["png", "big_endian_tiff", "little_endian_tiff"])
def test_16_bit_grey_is_scaled_not_clipped(make):
    data = {
        "png": lambda: encoded(GREY),
        "little_endian_tiff": lambda: encoded(GREY, "TIFF"),
        "big_endian_tiff": lambda: encoded(Image.frombytes("I;16B", (64, 48), GREY.astype(">u2").tobytes()), "TIFF"),
    }[make]()
    picture = lc.load_picture(data)
    np.testing.assert_array_equal(picture.pixels[:, :, 0], np.rint(GREY / 257))
    assert picture.notice == ("16-bit values scaled to 8 bits.", "Grey picture: the three channels are equal.")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (GREY.astype(np.int32), np.rint(GREY / 257)),
        (GREY.astype(np.int32) % 256, GREY % 256),
        (GREY.astype(np.float32) / 65535, np.rint(GREY / 257)),
        ((GREY % 256).astype(np.float32), GREY % 256),
        (GREY.astype(np.float32) - 1000, np.rint((GREY - 500.0) / (GREY.max() - 500.0) * 255)),
        (np.full((32, 32), 1e9, np.float32), np.zeros((32, 32))),
    ],
    ids=["16 bits in 32", "8 bits in 32", "floats to 1", "floats to 255", "other floats", "one float"],
)
def test_whole_numbers_and_floats_of_a_tiff_are_scaled_to_what_they_mean(values, expected):
    picture = lc.load_picture(encoded(values, "TIFF"))
    np.testing.assert_allclose(picture.pixels[:, :, 1], expected, atol=1 if values.min() < 0 else 0)
    assert "scaled to 8 bits." in picture.notice[0]


@pytest.mark.parametrize("strange", [np.nan, np.inf])
def test_a_tiff_with_nan_or_infinity_is_refused(strange):
    values = np.zeros((32, 32), np.float32)
    values[3, 4] = strange
    assert "NaN" in refusal(encoded(values, "TIFF"))


def test_a_wide_gamut_profile_is_converted_to_srgb():
    with Image.open(str(files("skimage").joinpath("data/rocket.jpg"))) as rocket:
        adobe_rgb = rocket.info["icc_profile"]
    color = np.array([150, 100, 90])
    picture = lc.load_picture(encoded(Image.new("RGB", (32, 32), tuple(color.tolist())), icc_profile=adobe_rgb))
    to_xyz = np.array([[0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529], [0.02703, 0.07069, 0.99134]])
    to_srgb = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
    linear = to_srgb @ to_xyz @ (color / 255) ** 2.19921875
    expected = 255 * (1.055 * linear ** (1 / 2.4) - 0.055)
    assert expected[0] > color[0] + 10
    assert np.abs(picture.pixels[0, 0] - expected).max() <= 2
    assert picture.notice == ("Colors converted to sRGB from the picture's own profile.",)


def test_an_srgb_profile_changes_nothing():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = lc.load_picture(encoded(PHOTO, icc_profile=profile))
    np.testing.assert_array_equal(picture.pixels, PHOTO)
    assert picture.notice == ()


@pytest.mark.parametrize(
    ("kind", "count"), [("GIF", "several"), ("WEBP", "3"), ("PNG", "3"), ("TIFF", "several"), ("AVIF", "3")]
)
def test_of_several_frames_the_first_is_read(kind, count):
    others = [Image.fromarray(blocks(seed=seed)) for seed in (1, 2)]
    data = encoded(PHOTO, kind, save_all=True, append_images=others, **FORMATS[kind])
    picture = lc.load_picture(data)
    assert np.abs(picture.pixels.astype(int) - PHOTO).max() <= (0 if kind in LOSSLESS else 12)
    assert picture.notice == (f"First of {count} frames.",)


def test_a_huge_second_frame_does_no_harm():
    picture = lc.load_picture(badfiles.gif_whose_second_frame_is_huge())
    np.testing.assert_array_equal(picture.pixels, PHOTO)


def test_a_tiff_whose_pages_go_round_in_a_circle_is_read():
    np.testing.assert_array_equal(lc.load_picture(badfiles.tiff_whose_pages_go_round()).pixels, PHOTO)


@pytest.mark.parametrize("color", [(0, 0, 0), (255, 255, 255), (12, 200, 3)])
def test_a_picture_of_one_color_is_read(color):
    assert (lc.load_picture(encoded(Image.new("RGB", (16, 16), color))).pixels == color).all()


# How large it may be


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_picture_of_24_megapixels_is_scaled_down(kind, orientation):
    upright = blocks(rows=4, columns=6, side=1000)
    settings = {"quality": 60, "subsampling": 0} if kind == "JPEG" else {"compress_level": 1}
    exif = Image.Exif()
    exif[badfiles.ORIENTATION] = orientation
    data = encoded(badfiles.stored_turned(upright, orientation), kind, exif=exif, **settings)
    picture = lc.load_picture(data)
    assert picture.pixels.shape == (1365, 2048, 3)
    assert picture.notice[-1] == "Scaled from 6000 × 4000 to 2048 × 1365 pixels."
    rows, columns = np.arange(4) * 341 + 170, np.arange(6) * 341 + 170
    middles = picture.pixels[np.ix_(rows, columns)].astype(int)
    assert np.abs(middles - upright[500::1000, 500::1000]).max() <= 8


def test_scaling_keeps_what_is_transparent_from_bleeding_into_the_rest():
    pixels = np.zeros((100, 3000, 4), np.uint8)
    pixels[:, ::2] = (255, 0, 0, 255)
    picture = lc.load_picture(pixels)
    assert picture.pixels.shape == (68, 2048, 3)
    assert (picture.pixels[:, 100:-100, 0] >= 250).all(), "black, which is hidden, shows"


@pytest.mark.parametrize("side", [8_000, 10_000, 30_000])
def test_a_bomb_is_refused_before_anything_is_decoded(side, no_decoding):
    data = badfiles.png_of_zeros(side, side)
    assert len(data) < 200_000
    assert "more than 50 megapixels" in refusal(data)


@pytest.mark.parametrize("size", [(2**31 - 1, 2**31 - 1), (2**31 - 1, 1), (1, 65_000), (65_000, 1), (60, 3001)])
def test_impossible_and_extreme_sizes_are_refused_by_their_header(size, no_decoding):
    assert "pixels" in refusal(badfiles.png_that_claims(*size))


@pytest.mark.parametrize("side", [1, 2, 8, 15])
def test_a_tiny_picture_is_refused(side):
    assert "shorter side must have at least 16" in refusal(encoded(np.zeros((side, 40, 3), np.uint8)))
    assert "too few" in refusal(np.zeros((side, side, 3), np.uint8))


def test_a_strip_is_refused_and_one_at_the_limit_is_read():
    assert lc.load_picture(np.zeros((20, 1000, 3), np.uint8)).width == 1000
    assert "too long and narrow" in refusal(np.zeros((20, 1001, 3), np.uint8))


def test_a_long_text_in_a_png_is_never_unpacked():
    data = badfiles.png_with_a_long_text(megabytes=100)
    tracemalloc.start()
    try:
        read_or_refused(data)
        assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
    finally:
        tracemalloc.stop()


# What is refused


@pytest.mark.parametrize("kind", badfiles.FOREIGN)
def test_other_kinds_of_files_are_refused_and_start_no_program(kind, tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(subprocess, "Popen", lambda *arguments, **_: started.append(arguments))
    path = tmp_path / f"{kind}.png"
    path.write_bytes(badfiles.FOREIGN[kind])
    text = refusal(path)
    assert "JPEG, PNG, WebP, BMP, GIF, TIFF or AVIF" in text or kind == "heic"
    assert not started


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "empty.png").touch()
    assert "empty" in refusal(tmp_path / "empty.png")
    assert "empty" in refusal(b"")


def test_a_gif_of_width_zero_is_refused():
    refusal(badfiles.gif_of_width_zero())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_truncated_file_is_refused_in_one_sentence(kind):
    noise = np.random.default_rng(0).integers(0, 255, (64, 96, 3), dtype=np.uint8)
    for cut in badfiles.cut_short(encoded(noise, kind)):
        assert refusal(cut).count(". ") == 0


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_with_one_wrong_bit_is_read_or_refused(kind):
    for flipped in badfiles.with_one_bit_flipped(encoded(PHOTO, kind, **FORMATS[kind]), count=300):
        read_or_refused(flipped)


TIFFS = {
    name: encoded(Image.fromarray(PHOTO).convert(mode), "TIFF", compression=name)
    for name, mode in {
        **dict.fromkeys(["packbits", "tiff_lzw", "tiff_adobe_deflate", "jpeg", "lzma", "zstd"], "RGB"),
        **dict.fromkeys(["group3", "group4"], "1"),
    }.items()
} | {"16-bit": encoded(GREY, "TIFF"), "packed 16-bit": encoded(GREY, "TIFF", compression="tiff_lzw")}


@pytest.mark.parametrize("kind", [*(kind for kind in FORMATS if kind != "TIFF"), *TIFFS])
def test_a_mutated_file_is_read_or_refused_and_nothing_is_written_to_stderr(kind, capfd, monkeypatch):
    monkeypatch.setattr(logging.root, "handlers", [])  # as where nobody has set up logging
    data = TIFFS[kind] if kind in TIFFS else encoded(PHOTO, kind, **FORMATS[kind])
    pictures = [read_or_refused(mutated) for mutated in mutations(data, 200, seed=3)]
    assert len({picture is None for picture in pictures}) == 2
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("shape", [(48, 64), (48, 64, 2), (48, 64, 3), (48, 64, 4)])
def test_a_mutated_png_of_16_bits_is_read_or_refused(shape):
    values = np.random.default_rng(0).integers(0, 4096, shape)  # dark: it is decoded twice
    pictures = [read_or_refused(data) for data in mutations(png_of_16_bits(values, b"\x0c" * 4), 200, seed=4)]
    assert len({picture is None for picture in pictures}) == 2


def test_what_pillow_logs_stays_with_those_who_listen(capfd, monkeypatch, caplog):
    data = encoded(PHOTO, "TIFF").replace(struct.pack("<HHII", 277, 3, 1, 3), struct.pack("<HHII", 277, 3, 1, 48))
    refusal(data)
    assert "More samples per pixel" in caplog.text
    monkeypatch.setattr(logging.root, "handlers", [])
    refusal(data)
    assert capfd.readouterr().err == ""


def test_others_still_write_to_stderr(capfd):
    lc.load_picture(TIFFS["group4"])
    os.write(2, b"of somebody else")
    assert capfd.readouterr().err == "of somebody else"


@settings(max_examples=300, deadline=None, database=None)
@given(st.binary(max_size=400))
def test_random_bytes_are_refused(data):
    assert read_or_refused(data) is None


@settings(max_examples=150, deadline=None, database=None)
@given(st.sampled_from(sorted(FORMATS)), st.floats(0.02, 0.9), st.binary(max_size=300))
def test_a_good_beginning_with_a_random_end_is_read_or_refused(kind, share, tail):
    data = encoded(PHOTO, kind, **FORMATS[kind])
    read_or_refused(data[: int(len(data) * share)] + tail)


def test_too_little_memory_is_said_in_a_sentence(monkeypatch):
    def fail(self: Image.Image) -> None:
        raise MemoryError

    monkeypatch.setattr(ImageFile.ImageFile, "load", fail)
    assert "not enough memory" in refusal(encoded(PHOTO))


def test_reading_leaves_pillow_and_the_warning_filters_as_they_were():
    before = (list(warnings.filters), Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
    sources = [encoded(PHOTO), b"junk", badfiles.png_that_claims(10_000, 10_000)] * 20
    with ThreadPoolExecutor(8) as pool:
        digests = set(pool.map(lambda data: getattr(read_or_none(data), "digest", None), sources))
    assert digests == {None, lc.load_picture(PHOTO).digest}
    assert (list(warnings.filters), Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES) == before


def read_or_none(data: bytes) -> lc.Picture | None:
    try:
        return lc.load_picture(data)
    except lc.BadPicture:
        return None
