"""Several segmentations: what may be a member, and what a picture cut in several ways is."""

import threading
import time

import numpy as np
import pytest

import lime_core as lc
from lime_core.files.records import from_json, to_json
from lime_core.superpixels import quickshift
from lime_core.superpixels.segmentations import MEMBERS, at_once, comes_of
from lime_core.superpixels.segmenters import FunctionSegmenter, segmenter_of

HALVES = np.repeat([[0, 1]], 12, axis=0).repeat(8, axis=1)


def test_names_classes_functions_and_labels_may_be_members():
    read = segmenter_of(["grid", lc.Slic, lc.Grid(3, 4), HALVES, lambda image: HALVES])
    assert isinstance(read, lc.Segmentations)
    assert read.members[:3] == (lc.Grid(), lc.Slic(), lc.Grid(3, 4))
    assert isinstance(read.members[3], lc.LabelMap)
    assert segmenter_of("several") == segmenter_of(lc.Segmentations) == lc.Segmentations()
    assert lc.Segmentations(("grid", "slic")) == lc.Segmentations([lc.Grid(), lc.Slic()])


def test_a_picture_is_cut_in_several_ways_at_a_time_and_by_a_function_in_the_thread_of_its_user():
    members = segmenter_of(["grid", lambda image: HALVES, "slic"]).members
    together = threading.Barrier(2, timeout=60)

    def cut(member):
        if member in MEMBERS.values():
            together.wait()
        return member, threading.get_ident()

    cuts = at_once(members, cut)
    assert [member for member, _ in cuts] == list(members)
    threads = [thread for _, thread in cuts]
    assert threads[1] == threading.get_ident()
    assert threading.get_ident() not in (threads[0], threads[2])


def test_what_else_goes_wrong_is_raised_once_all_are_through():
    cut, broken = [], threading.Event()

    def cutting(member):
        if member == lc.Grid():
            raise lc.TooFewSuperpixels("one")
        if member == lc.Slic():
            broken.set()
            raise lc.BadPicture("broken")
        if cut:  # after the one that fails
            assert broken.wait(60)
            time.sleep(0.2)
        cut.append(member)
        return member

    grid, quickshift = at_once((lc.Grid(), lc.Quickshift()), cutting)
    assert isinstance(grid, lc.TooFewSuperpixels)
    assert quickshift == lc.Quickshift()
    with pytest.raises(lc.BadPicture, match="broken"):
        at_once((lc.Slic(), lc.Quickshift()), cutting)
    assert cut == [lc.Quickshift()] * 2


def test_where_no_thread_can_be_started_this_one_cuts(monkeypatch):
    def refused(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    members = (lc.Grid(), lc.Slic(), FunctionSegmenter("len", len), lc.Quickshift())
    cuts = at_once(members, lambda member: (member, threading.get_ident()))
    assert cuts == [(member, threading.get_ident()) for member in members]


def test_quickshifts_that_are_cut_at_a_time_grow_one_tree(monkeypatch):
    grown, image = [], np.random.default_rng(0).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    cut = quickshift.skimage_segmentation.quickshift
    monkeypatch.setattr(
        quickshift.skimage_segmentation, "quickshift", lambda *given, **how: grown.append(1) or cut(*given, **how)
    )
    segmenter = lc.Segmentations(tuple(lc.Quickshift(max_dist=float(far)) for far in (5, 10, 20, 40)))
    assert len(lc.segment(image, segmenter).parts) >= 2
    assert len(grown) == 1


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ((), "members must be 1 to 20 segmenters, got 0"),
        ((lc.Grid(),) * 2, "members must differ"),
        (tuple(lc.Grid(rows) for rows in range(1, 22)), "members must be 1 to 20 segmenters, got 21"),
        (("watersheds",), "members must be names of"),
        ((lc.Segmentations(),), "members must be options such as"),
        ((lc.Grid,), "members must be options such as"),
        (3, "members must be a tuple of segmenters"),
    ],
)
def test_what_cannot_be_several_is_refused_by_name(members, said):
    with pytest.raises((ValueError, TypeError), match=said):
        lc.Segmentations(members)
    if isinstance(members, tuple) and "watersheds" not in members and lc.Grid not in members:
        with pytest.raises((ValueError, TypeError), match="segmenter: members must"):
            segmenter_of(members)


def test_they_read_back_as_written():
    several = lc.Segmentations((lc.Quickshift(max_dist=20), lc.Grid(3, 5)))
    assert from_json(to_json(several, lc.SEGMENTERS), lc.SEGMENTERS) == several


def test_a_picture_is_cut_by_each_and_shows_the_first():
    image = np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    found = lc.segment(image, lc.Segmentations((lc.Grid(2, 2), lc.LabelMap.of(HALVES))), (slice(0, 12), slice(0, 14)))
    first, second = found.parts
    np.testing.assert_array_equal(found.labels, first.labels)
    assert found.counts == (5, 3)  # the border is a superpixel of each
    assert (found.d, first.border, second.border) == (5, 4, 2)
    assert lc.segment(image, lc.Grid(2, 2)).counts == (4,)


def test_what_cannot_cut_the_picture_is_left_out_unless_nothing_can():
    flat = np.zeros((9, 9, 3), dtype=np.uint8)
    found = lc.segment(flat, segmenter_of(["felzenszwalb", "grid"]))
    assert found.made_by == lc.Segmentations(("grid",))
    assert found.counts == (49,)
    with pytest.raises(lc.TooFewSuperpixels, match="min_size"):
        lc.segment(flat, lc.Segmentations(("felzenszwalb",)))
    with pytest.raises(lc.TooManySuperpixels):
        lc.segment(np.zeros((60, 60, 3), dtype=np.uint8), segmenter_of([np.arange(3600).reshape(60, 60), "grid"]))


def test_a_store_cuts_each_once(picture, planted):
    store = lc.ProbeStore()
    alone = store.segmentation(picture, planted, lc.Grid(3, 3))
    found = store.segmentation(picture, planted, segmenter_of([lc.Grid(2, 2), lc.Grid(3, 3)]))
    assert found.parts[1] is alone


def test_names_are_read_alike_in_a_list_and_in_the_option():
    names = ("felzenszwalb", "grid", "quickshift")
    assert segmenter_of(list(names)) == lc.Segmentations(names)
    assert segmenter_of("felzenszwalb") == lc.Felzenszwalb()


def test_members_that_cut_a_picture_alike_are_one(picture, planted):
    image = np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    twin = np.repeat(np.repeat(HALVES, 2, axis=0), 2, axis=1)
    found = lc.segment(image, segmenter_of([HALVES, twin, lc.Grid(1, 2), 9 - HALVES, "grid"]))
    assert found.counts == (2, 49)
    store = lc.ProbeStore()
    quarters = np.array([[3, 2], [1, 0]]).repeat(16, axis=0).repeat(16, axis=1)
    asked = lc.ProbeSpec.of(picture, planted, [lc.Grid(2, 2), quarters, lc.Grid(3, 3)])
    for probe in (lc.open_probe(asked, picture, planted), next(store.grow(asked, picture, planted, 30))):
        assert probe.scene.counts == (4, 9)
        assert probe.spec.segmenter == lc.Segmentations((lc.Grid(2, 2), lc.Grid(3, 3)))


def test_lime_itself_has_one_segmentation():
    image = np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    with pytest.raises(ValueError, match="segmentation_fn must be one segmentation"):
        lc.LimeImageExplainer().explain_instance(
            image, lambda p: np.ones((len(p), 2)) / 2, segmentation_fn=["grid", "slic"]
        )


def test_a_cut_comes_of_what_was_asked_for_where_only_members_are_left_out():
    grid, slic, labels, others = lc.Grid(), lc.Slic(), lc.LabelMap.of(HALVES), lc.LabelMap.of(HALVES.T)
    asked = lc.Segmentations((grid, slic, labels))
    assert comes_of(grid, grid)
    assert comes_of(asked, asked)
    assert comes_of(lc.Segmentations((grid, labels)), asked)
    assert comes_of(lc.Segmentations((others,)), asked)  # the part of the map in the crop is another map
    for cut in (grid, lc.Segmentations((slic, grid)), lc.Segmentations((grid, lc.Grid(2, 2))), labels):
        assert not comes_of(cut, asked)
    assert not comes_of(asked, grid)
    assert not comes_of(labels, grid)
