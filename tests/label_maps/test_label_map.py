"""Label maps: read from PNG and .npy, laid on the crop as the photo is, and refused where they are none."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import lime_core as lc


def npy(array) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def png(array, mode=None) -> bytes:
    file = io.BytesIO()
    Image.fromarray(array, mode).save(file, "PNG") if mode else Image.fromarray(array).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        npy(np.array([[10, 10, 20], [10, 30, 20]])),
        npy(np.array([[1.0, 1.0, 2.0], [1.0, 5.0, 2.0]])),
        png(np.array([[10, 10, 20], [10, 30, 20]], dtype=np.uint8)),
        png(np.array([[10, 10, 2000], [10, 30000, 2000]], dtype=np.uint16)),
        png(np.array([[[0, 0, 9], [0, 0, 9], [9, 0, 0]], [[0, 0, 9], [9, 9, 0], [9, 0, 0]]], dtype=np.uint8)),
    ],
    ids=["npy", "whole floats", "8-bit", "16-bit", "colors"],
)
def test_a_label_map_is_read_from_png_and_npy(data):
    labels = lc.load_label_map(data).labels
    assert labels.shape == (2, 3)
    assert len(np.unique(labels)) == 3
    assert labels[0, 0] == labels[0, 1] == labels[1, 0]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no readable"),
        (b"\x93NUMPY garbage", "no readable .npy"),
        (npy(np.zeros((2, 2, 2), dtype=int)), "two dimensions"),
        (npy(np.array([[0.5, 1.0]])), "whole number"),
        (npy(np.array([[np.nan, 1.0]])), "whole number"),
        (png(np.zeros((4, 4), dtype=np.uint8)), "single value"),
        (png(np.zeros((4, 4), dtype=np.uint8))[:40], "no readable PNG"),
    ],
)
def test_a_bad_label_map_says_what_is_wrong(data, message):
    with pytest.raises(lc.LimeError, match=message):
        lc.load_label_map(data)


def test_an_array_of_python_objects_is_never_unpickled():
    file = io.BytesIO()
    np.save(file, np.array([[print, 1]], dtype=object), allow_pickle=True)
    with pytest.raises(lc.BadPicture, match="holds object, and no plain numbers"):
        lc.load_label_map(file.getvalue())


def test_a_label_map_of_the_same_shape_is_scaled_and_of_another_is_refused():
    labels = lc.LabelMap.of(np.array([[0, 1], [2, 3]]))
    scaled = lc.segment(np.zeros((4, 4, 3), dtype=np.uint8), labels).labels
    np.testing.assert_array_equal(scaled, np.array([[0, 1], [2, 3]]).repeat(2, 0).repeat(2, 1))
    with pytest.raises(lc.BadPicture, match=r"2 × 2 pixels, but the model sees 8 × 4"):
        lc.segment(np.zeros((4, 8, 3), dtype=np.uint8), labels)


def columns(height, width, count):
    return lc.LabelMap.of(np.broadcast_to(np.arange(width) * count // width, (height, width)))


@pytest.mark.parametrize(
    ("own", "photo", "crop", "part"),
    [
        ((1500, 3000), (1024, 2048), (224, 224), "photo"),  # of the file, which was scaled on reading
        ((250, 500), (500, 1000), (224, 224), "photo"),
        ((3000, 3000), (2048, 2048), (224, 224), "photo"),
        ((100, 100), (2048, 2048), (224, 224), "photo"),  # fits both alike
        ((224, 224), (2048, 2048), (224, 224), "crop"),  # exactly its pixels
        ((224, 224), (500, 1000), (224, 224), "crop"),
        ((448, 448), (500, 1000), (224, 224), "crop"),
        ((448, 448), (990, 1000), (224, 224), "crop"),  # fits both, this one better
        ((495, 500), (990, 1000), (224, 224), "photo"),
        ((2999, 3000), (2047, 2048), (224, 224), "photo"),
    ],
)
def test_a_label_map_is_of_the_photo_or_of_the_crop_by_its_shape(own, photo, crop, part):
    assert columns(*own, 2).covers(photo, crop) == part


@pytest.mark.parametrize(
    ("own", "remedy"),
    [((90, 20), "give a map with the ratio of width to height of one of them."),
     ((1000, 500), "turn the map as the photo is shown, upright.")],
)  # fmt: skip
def test_a_map_of_neither_is_refused_with_all_three_sizes_and_what_to_do(own, remedy):
    with pytest.raises(lc.BadPicture) as caught:
        columns(*own, 2).on_crop((500, 1000), (224, 240), (0, 0, 1000, 500))
    assert str(caught.value) == (
        f"The label map has {own[1]} × {own[0]} pixels, the photo 1000 × 500 and the crop that the model sees "
        f"240 × 224: {remedy}"
    )


def test_what_reaches_beyond_the_photo_is_a_superpixel_of_its_own():
    padded = columns(10, 30, 3).on_crop((10, 30), (30, 30), (0, -10, 30, 20))
    expected = np.full((30, 30), 3)
    expected[10:20] = np.arange(30) // 10
    np.testing.assert_array_equal(padded.labels, expected)


def test_a_map_is_squashed_as_the_photo_is():
    squashed = columns(10, 40, 4).on_crop((10, 40), (8, 8), (0, 0, 40, 10))
    np.testing.assert_array_equal(squashed.labels, np.broadcast_to(np.arange(8) // 2, (8, 8)))


def test_a_crop_in_a_single_superpixel_of_the_map_is_said():
    with pytest.raises(lc.TooFewSuperpixels, match="The crop that the model sees lies in a single superpixel"):
        columns(10, 40, 2).on_crop((10, 40), (8, 8), (0, 0, 10, 10))


@settings(deadline=None, database=None, max_examples=50)
@given(
    st.tuples(st.integers(16, 400), st.integers(16, 400)),
    st.tuples(st.integers(8, 64), st.integers(8, 64)),
    st.floats(0.3, 0.99),
    st.integers(1, 4),
)
def test_each_pixel_of_the_crop_has_the_label_of_its_place_on_the_photo(photo, crop, share, finer):
    height, width = photo
    labels = np.arange(height * width).reshape(photo)  # each pixel of the photo is a superpixel
    size = share * min(photo)
    left, top = (width - size) / 2 + 0.0137, (height - size) / 2 - 0.0219  # no middle between two pixels
    whole = lc.LabelMap.of(labels.repeat(finer, 0).repeat(finer, 1))
    if whole.labels.shape == crop:
        return
    found = whole.on_crop(photo, crop, (left, top, left + size, top + size)).labels
    rows = np.floor(top + (np.arange(crop[0]) + 0.5) * size / crop[0]).astype(int)
    across = np.floor(left + (np.arange(crop[1]) + 0.5) * size / crop[1]).astype(int)
    expected = np.unique(labels[rows[:, None], across], return_inverse=True)[1].reshape(crop)
    np.testing.assert_array_equal(found, expected)


def test_label_maps_compare_by_what_they_hold():
    one, same = lc.LabelMap.of(np.array([[0, 1]])), lc.LabelMap.of(np.array([[5, 9]]))
    assert one == same
    assert hash(one) == hash(same)
    assert one != lc.LabelMap.of(np.array([[1, 0]]))


@pytest.mark.parametrize("box", [(-8, -8, -2, -2), (0, -6, 10, -2), (-6, 0, -1, 10), (20, 0, 30, 10), (0, 12, 10, 20)])
def test_a_box_beside_the_map_holds_nothing_of_it(box):
    with pytest.raises(lc.BadPicture):
        lc.LabelMap.of(np.arange(100).reshape(10, 10)).cropped(*box)


def test_a_box_that_reaches_beyond_the_map_is_cut_off():
    cropped = lc.LabelMap.of(np.arange(100).reshape(10, 10)).cropped(-3, 4, 5, 30)
    assert cropped.labels.shape == (6, 5)


def test_a_path_that_cannot_be_one_is_a_message():
    with pytest.raises(lc.BadPicture, match="could not be read"):
        lc.load_label_map("map\0.png")
