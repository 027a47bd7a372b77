"""Segmentations are cut once for all who want them, and leave when the room is full."""

import gc
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from lime_core.stores import segmentation_store
from lime_core.stores.segmentation_store import SegmentationStore
from lime_core.superpixels.segmentation import segment_view
from tests.support.planted import GRID, textured_picture


def label_map(seed, side=320):
    return lc.LabelMap.of(np.random.default_rng(seed).integers(0, 9, (side, side)).repeat(2, 0).repeat(2, 1))


def test_a_store_of_probes_keeps_them_in_a_tenth_of_its_room():
    assert lc.ProbeStore(max_bytes=200_000)._segmentations.max_bytes == 20_000


def test_visitors_who_open_a_photo_at_once_have_it_cut_once_and_nobody_waits_for_what_is_kept(
    picture, planted, monkeypatch
):
    store, cut, going_on = SegmentationStore(10**7), [], threading.Event()

    def slowly(*given):
        cut.append(given[2])
        assert going_on.wait(60)
        return segment_view(*given)

    kept = store.segmentation(picture, planted, GRID)
    monkeypatch.setattr(segmentation_store, "segment_view", slowly)
    several = lc.Segmentations((GRID, lc.Grid(2, 2), lc.Grid(3, 3)))
    with ThreadPoolExecutor(3) as visitors:
        found = [visitors.submit(store.segmentation, picture, planted, several) for _ in range(3)]
        assert store.segmentation(picture, planted, GRID) is kept
        assert store.segmentation(picture, planted, lc.Segmentations((GRID,))).parts == (kept,)
        going_on.set()
    assert sorted(cut, key=repr) == [lc.Grid(2, 2), lc.Grid(3, 3)]
    assert all(each.result().parts[0] is kept for each in found)
    assert len({each.result().parts for each in found}) == 1


@pytest.mark.parametrize("of_a_store", [False, True])
def test_a_photo_of_many_bits_is_decoded_once_for_all_its_segmentations(picture, planted, of_a_store):
    decoded, seen = [], lc.Preprocessing(32, 32, white=4095)

    def wide(white):
        decoded.append(white)
        time.sleep(0.1)  # so that all threads would begin
        return picture.pixels, ()

    several = lc.Segmentations((GRID, lc.Quickshift(), lc.Slic()))
    cut = SegmentationStore(10**7).segmentation if of_a_store else segment_view
    cut(replace(picture, wide=wide), replace(planted, preprocessing=seen), several)
    assert decoded == [4095]


def test_segmentations_are_kept_as_far_as_there_is_room(planted):
    store = SegmentationStore(20_000)
    for seed in range(5):
        store.segmentation(textured_picture(seed), planted, GRID)
    assert 1 <= len(store) < 5


def test_segmentations_are_found_by_a_label_map_that_is_not_kept(picture, planted):
    store, labels = SegmentationStore(10**8), label_map(0)
    found = store.segmentation(picture, planted, labels)
    gone = weakref.ref(labels)
    del labels
    gc.collect()
    assert gone() is None
    assert store.segmentation(picture, planted, label_map(0)) is found
    assert found.made_by.nbytes == 32 * 32 * 4


def test_the_maps_of_segmentations_count(picture, planted):
    store = SegmentationStore(30_000)  # holds two crops with labels and map
    for seed in range(5):
        store.segmentation(picture, planted, label_map(seed))
    assert len(store) == 2
