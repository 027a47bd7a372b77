"""Label maps: read from PNG and .npy, scaled and cropped as the photo is, and refused where they are none."""

import io

import numpy as np
import pytest
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
    with pytest.raises(lc.BadPicture, match=r"no readable \.npy"):
        lc.load_label_map(file.getvalue())


def test_a_label_map_of_the_same_shape_is_scaled_and_of_another_is_refused():
    labels = lc.LabelMap.of(np.array([[0, 1], [2, 3]]))
    scaled = lc.segment(np.zeros((4, 4, 3), dtype=np.uint8), labels).labels
    np.testing.assert_array_equal(scaled, np.array([[0, 1], [2, 3]]).repeat(2, 0).repeat(2, 1))
    with pytest.raises(lc.BadPicture, match=r"2 × 2 pixels, but the model sees 8 × 4"):
        lc.segment(np.zeros((4, 8, 3), dtype=np.uint8), labels)


def test_a_label_map_of_the_whole_photo_is_cropped_as_the_model_crops():
    picture = lc.load_picture(np.random.default_rng(0).integers(0, 255, (64, 128, 3), dtype=np.uint8))
    model = lc.wrap_model(lambda pictures: pictures.mean(axis=(1, 2)), kind="values", input_size=(32, 32))
    whole = lc.LabelMap.of(np.arange(128)[None, :] // 32 * np.ones((64, 1), dtype=int))
    labels = lc.segment(model.view(picture), whole.cropped(*model.crop_box(picture))).labels
    assert labels[0].tolist() == [0] * 16 + [1] * 16


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
