"""Maps show the crop as it was explained: how large, where its numbers stand, and where the photo was cut."""

from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from lime_core.drawing.heatmap import ranked
from lime_core.label_maps.centroids import centroids
from pages.ui.figures import maps

ALL = lc.View(num_features=16)


@pytest.mark.parametrize("side", [32, 224, 260, 640, 700])
def test_the_map_is_enlarged_by_a_whole_number_to_at_least_640_pixels(side):
    scale = maps.enlargement(np.zeros((side, side // 2, 3), dtype=np.uint8))
    assert scale * side >= 640
    assert scale == 1 or (scale - 1) * side < 640


def test_the_map_has_the_shape_of_the_crop(e):
    pixels = maps.map_picture(e, ALL, limit=1.0)
    assert pixels.shape == (640, 640, 3)
    assert pixels.dtype == np.uint8
    assert maps.preview_picture(e.image, e.segments).shape == (640, 640, 3)


def test_numbers_stand_only_where_they_are_asked_for_and_only_on_what_is_drawn(e):
    view = lc.View(num_features=3)
    plain = maps.map_picture(e, view, limit=1.0)
    np.testing.assert_array_equal(plain, e.overlay(view, scale=20, limit=1.0))
    differs = (maps.map_picture(e, replace(view, numbers=True), limit=1.0) != plain).any(axis=2)
    cells = differs.reshape(4, 160, 4, 160).any(axis=(1, 3)).ravel()
    assert np.flatnonzero(cells).tolist() == sorted(ranked(e.weights, "both", 3, 0.0))


def test_a_number_stands_in_the_middle_of_its_superpixel(e):
    view = lc.View(num_features=1)
    plain = maps.map_picture(e, view, limit=1.0)
    rows, columns = np.nonzero((maps.map_picture(e, replace(view, numbers=True), limit=1.0) != plain).any(axis=2))
    (superpixel,) = ranked(e.weights, "both", 1, 0.0)
    row, column = (centroids(e.segments, 16)[superpixel] + 0.5) * 20
    assert (rows.min() + rows.max()) / 2 == pytest.approx(row, abs=2)
    assert (columns.min() + columns.max()) / 2 == pytest.approx(column, abs=2)


@pytest.mark.parametrize("size", [(100, 200), (900, 600)])
def test_the_photo_is_bright_inside_the_crop_and_dark_outside(size):
    picture = lc.load_picture(np.full((*size, 3), 200, dtype=np.uint8))
    model = lc.wrap_model(lambda batch: batch.mean(axis=(1, 2, 3)), kind="values", input_size=(32, 32))
    left, top, right, bottom = model.crop_box(picture)
    drawn = maps.crop_preview(picture, (left, top, right, bottom))
    scale = min(1.0, 320 / max(size))
    assert drawn.shape == (round(size[0] * scale), round(size[1] * scale), 3)
    rows, columns = (np.arange(length) / scale for length in drawn.shape[:2])
    deep = 3 / scale  # away from the white line around the crop
    down, across = (rows > top + deep) & (rows < bottom - deep), (columns > left + deep) & (columns < right - deep)
    beyond = ((rows < top - deep) | (rows > bottom + deep))[:, None] | (
        (columns < left - deep) | (columns > right + deep)
    )
    assert (drawn[np.ix_(down, across)] == 200).all()
    assert beyond.any()
    assert drawn[beyond].max() < 110


def test_a_photo_that_is_seen_whole_is_bright_everywhere():
    picture = lc.load_picture(np.full((40, 60, 3), 200, dtype=np.uint8))
    assert maps.crop_preview(picture, (0.0, 0.0, 60.0, 40.0)).min() == 200


@pytest.mark.parametrize("size", [(100, 200), (900, 600)])
def test_a_photo_that_is_padded_is_bright_with_a_line_along_its_edge(size):
    picture = lc.load_picture(np.full((*size, 3), 200, dtype=np.uint8))
    model = lc.wrap_model(lambda batch: batch.mean(axis=(1, 2, 3)), kind="values", input_size=(32, 32), fit="pad")
    box = model.crop_box(picture)
    assert min(box) < 0
    drawn = maps.crop_preview(picture, box)
    edge = np.ones(drawn.shape[:2], dtype=bool)
    edge[1:-1, 1:-1] = False
    assert (drawn[edge] == 255).all()
    assert (drawn[~edge] == 200).all()
