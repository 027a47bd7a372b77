"""Crops lie in their picture, say where, and are the same for the same seed."""

from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from lime_core.pictures import gallery


def test_crops_lie_in_the_picture_and_say_where(chelsea):
    found = lc.crops(chelsea, 40)
    shares = [crop.pixels.size / chelsea.pixels.size for crop in found]
    assert 0.19 < min(shares) < 0.35
    assert 0.85 < max(shares) <= 1
    assert len({crop.digest for crop in found}) == 40
    for number, crop in enumerate(found, start=1):
        width, height = crop.width, crop.height
        place = crop.name.removeprefix(f"chelsea (crop {number}: {width} × {height} at ").removesuffix(")")
        left, top = map(int, place.split(", "))
        np.testing.assert_array_equal(crop.pixels, chelsea.pixels[top : top + height, left : left + width])
        assert abs(width / height - chelsea.width / chelsea.height) < 0.02
        assert crop == lc.load_picture(crop.pixels)
        assert not crop.pixels.flags.writeable


def test_the_same_seed_gives_the_same_crops_and_more_of_them_begin_alike(chelsea):
    assert lc.crops(chelsea, 5, seed=3)[:3] == lc.crops(chelsea, 3, seed=3)
    assert gallery.crop(chelsea, 4, seed=3) == lc.crops(chelsea, 5, seed=3)[3]
    assert not set(lc.crops(chelsea, 5, seed=3)) & set(lc.crops(chelsea, 5, seed=4))


@pytest.mark.parametrize("shape", [(16, 16), (16, 800), (300, 17), (20, 20)])
def test_crops_of_small_and_narrow_pictures_can_be_explained(shape):
    for crop in lc.crops(lc.load_picture(np.zeros((*shape, 3), dtype=np.uint8)), 20):
        assert lc.load_picture(crop.pixels) == crop


@pytest.mark.parametrize(("arguments", "message"), [((0,), "count must be at least 1"), ((1, -1), "seed must be")])
def test_crops_that_cannot_be_made_name_the_argument(chelsea, arguments, message):
    with pytest.raises(ValueError, match=message):
        lc.crops(chelsea, *arguments)


def test_crops_know_the_photo_and_not_the_crop_that_they_were_cut_from(chelsea):
    part = gallery.crop(chelsea, 1)
    assert chelsea.crop_of == ""
    assert part.crop_of == gallery.crop(part, 1).crop_of == chelsea.digest
    assert replace(part, wide=lambda white: (part.pixels, ())).by_white(4095).crop_of == chelsea.digest
