"""Superpixels: cut as lime does, numbered without gaps, neither too few nor too many."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw
from skimage.segmentation import quickshift

import lime_core as lc
from lime_core.arrays import numbered
from lime_core.superpixels import quickshift as trees
from lime_core.superpixels.segmentation import segment_view
from tests.support.badfiles import encoded, stored_turned


def test_quickshift_cuts_as_lime_does(lite0, chelsea):
    crop = lite0.view(chelsea)
    expected = quickshift(crop, kernel_size=4, max_dist=200, ratio=0.2)
    np.testing.assert_array_equal(lc.segment(crop, lc.Quickshift()).labels, expected)


def test_labels_are_numbered_from_zero_without_gaps():
    class Gapped:
        to_get_more = ""

        def __call__(self, image):
            return np.where(np.arange(image.shape[1]) < 5, 7, 3) * np.ones((image.shape[0], 1), dtype=int)

    found = lc.segment(np.zeros((4, 10, 3), dtype=np.uint8), Gapped())
    assert np.unique(found.labels).tolist() == [0, 1]
    assert found.d == 2
    assert found.sizes.tolist() == [20, 20]


@pytest.mark.parametrize(
    ("segmenter", "setting"),
    [(lc.Slic(n_segments=2), "n_segments"), (lc.Felzenszwalb(), "scale"), (lc.Grid(1, 1), "rows")],
)
def test_one_superpixel_is_refused_and_names_the_setting_to_turn(segmenter, setting):
    flat = np.full((40, 40, 3), 128, dtype=np.uint8)
    with pytest.raises(lc.TooFewSuperpixels, match=setting):
        lc.segment(flat, segmenter)


def test_shares_are_of_the_photo_without_its_border():
    image = np.zeros((8, 8, 3), dtype=np.uint8)
    assert lc.segment(image, lc.Grid(2, 2)).photo_shares.tolist() == [0.25] * 4
    padded = lc.segment(image, lc.Grid(1, 2), (slice(2, 6), slice(0, 8)))
    assert padded.photo_shares.tolist() == [0.5, 0.5, 0.0]
    with_parts = lc.segment(image, lc.Segmentations((lc.Grid(2, 1), lc.Grid(1, 4))), (slice(2, 6), slice(0, 8)))
    assert [part.photo_shares.tolist() for part in with_parts.parts] == [[0.5, 0.5, 0.0], [0.25] * 4 + [0.0]]


def test_the_grid_has_equal_cells_in_reading_order():
    labels = lc.segment(np.zeros((6, 9, 3), dtype=np.uint8), lc.Grid(rows=2, columns=3)).labels
    assert labels[0].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert labels[:, 0].tolist() == [0, 0, 0, 3, 3, 3]


def test_a_grid_finer_than_the_picture_has_one_cell_a_pixel():
    assert lc.segment(np.zeros((5, 5, 3), dtype=np.uint8), lc.Grid(40, 40)).d == 25


def test_more_superpixels_than_can_be_explained_are_refused():
    noise = np.random.default_rng(0).integers(0, 256, (224, 224, 3), dtype=np.uint8)
    with pytest.raises(lc.TooManySuperpixels, match=r"into \d+ superpixels, and no more than 2000"):
        lc.segment(noise, lc.Quickshift(kernel_size=1.0, max_dist=1.0))
    with pytest.raises(lc.TooManySuperpixels):
        lc.segment(noise, lc.LabelMap.of(np.arange(224 * 224).reshape(224, 224)))


def planted_object(width, height):
    """A photo with an ellipse beside the middle, and the mask of the ellipse."""
    box = [0.3 * width, 0.25 * height, 0.6 * width, 0.7 * height]
    photo, mask = Image.new("RGB", (width, height), (40, 60, 90)), Image.new("L", (width, height))
    ImageDraw.Draw(photo).ellipse(box, fill=(220, 30, 30))
    ImageDraw.Draw(mask).ellipse(box, fill=1)
    return photo, np.asarray(mask)


def with_margin(model):
    """The model with the centre crop that most networks have: 224 pixels of 256."""
    return replace(model, preprocessing=lc.Preprocessing(224, 224, resize=256))


def red(picture, model):
    """(h, w) where the object is on the crop that the model sees."""
    return model.view(picture)[..., 0] > 130


def overlap(one, other):
    return (one & other).sum() / (one | other).sum()


BY_THE_WAYS = {
    "open_probe": lambda p, m, s: lc.open_probe(lc.ProbeSpec.of(p, m, s), p, m).scene.segmentation.labels,
    "probe_image": lambda p, m, s: lc.probe_image(p, m, 4, segmenter=s).scene.segmentation.labels,
    "explain_image": lambda p, m, s: lc.explain_image(p, m, num_samples=4, segmenter=s).segments,
    "stability": lambda p, m, s: lc.stability(p, m, repeats=2, num_samples=4, segmenter=s).explanations[1].segments,
    "ProbeStore.segmentation": lambda p, m, s: lc.ProbeStore().segmentation(p, m, s).labels,
    "ProbeStore.grow": lambda p, m, s: (
        list(lc.ProbeStore().grow(lc.ProbeSpec.of(p, m, s), p, m, 4))[-1].scene.segmentation.labels
    ),
}


@pytest.mark.parametrize("way", BY_THE_WAYS)
@pytest.mark.parametrize(
    ("size", "of_map"),
    [((3000, 3000), (3000, 3000)), ((3000, 1500), (3000, 1500)), ((1000, 500), (500, 250)), ((900, 1200), (900, 1200))],
)
def test_a_label_map_of_the_photo_lies_on_the_object_in_every_way(planted, way, size, of_map):
    photo, mask = planted_object(*size)
    picture, model = lc.load_picture(photo), with_margin(planted)
    mask = np.asarray(Image.fromarray(mask).resize(of_map, Image.Resampling.NEAREST))
    labels = BY_THE_WAYS[way](picture, model, lc.LabelMap.of(mask))
    assert labels.shape == (224, 224)
    assert overlap(labels == 1, red(picture, model)) > 0.98


@pytest.mark.parametrize("fit", ["squash", "pad"])
@pytest.mark.parametrize(("size", "of_map"), [((3000, 1500), (3000, 1500)), ((600, 900), (300, 450))])
def test_a_label_map_of_the_photo_is_squashed_and_padded_as_the_photo(planted, fit, size, of_map, tmp_path):
    photo, mask = planted_object(*size)
    picture, model = lc.load_picture(photo), replace(planted, preprocessing=lc.Preprocessing(224, 224, fit=fit))
    mask = np.asarray(Image.fromarray(mask).resize(of_map, Image.Resampling.NEAREST))
    saved = lc.explain_image(picture, model, num_samples=16, segmenter=lc.LabelMap.of(mask))
    assert overlap(saved.segments == 1, red(picture, model)) > 0.98
    assert len(np.unique(saved.segments)) == (3 if fit == "pad" else 2)
    again = lc.replay(saved.save(tmp_path), picture, model)
    np.testing.assert_array_equal(again.weights, saved.weights)
    np.testing.assert_array_equal(again.segments, saved.segments)


@pytest.mark.parametrize("size", [(3000, 3000), (900, 600)])
@pytest.mark.parametrize("side", [224, 448])
def test_a_label_map_of_the_crop_lies_on_the_object_too(planted, size, side):
    picture, model = lc.load_picture(planted_object(*size)[0]), with_margin(planted)
    if size[0] == size[1] and side != 224:
        return  # a square map of a square photo is of the photo, unless it has exactly the crop's pixels
    labels = lc.LabelMap.of(np.kron(red(picture, model), np.ones((side // 224, side // 224), dtype=int)))
    assert overlap(segment_view(picture, model, labels).labels == 1, red(picture, model)) > 0.98


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_label_map_is_of_the_photo_turned_upright(planted, orientation):
    photo, mask = planted_object(900, 600)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(stored_turned(np.asarray(photo), orientation))
    picture, model = lc.load_picture(encoded(stored, "PNG", exif=exif)), with_margin(planted)
    assert (picture.width, picture.height) == (900, 600)
    assert overlap(segment_view(picture, model, lc.LabelMap.of(mask)).labels == 1, red(picture, model)) > 0.98
    if orientation != 3:
        with pytest.raises(lc.BadPicture, match="turn the map as the photo is shown"):
            segment_view(picture, model, lc.LabelMap.of(np.rot90(mask)))


def test_the_spec_of_a_probe_holds_the_map_as_it_lies_on_the_crop(planted, tmp_path):
    photo, mask = planted_object(1000, 500)
    picture, model = lc.load_picture(photo), with_margin(planted)
    saved = lc.explain_image(picture, model, num_samples=16, segmenter=lc.LabelMap.of(mask))
    assert saved.spec.segmenter == lc.LabelMap.of(saved.segments)
    again = lc.replay(saved.save(tmp_path), picture, model)
    np.testing.assert_array_equal(again.weights, saved.weights)
    assert again.spec == saved.spec


@pytest.mark.parametrize("ratio", [0.2, 1.0])
def test_max_dist_cuts_a_tree_that_has_grown_already(ratio, monkeypatch):
    image = lc.gallery_picture("chelsea").pixels[40:140, 100:220]
    asked = {"kernel_size": 4, "ratio": ratio, "sigma": 0.5}
    expected = {each: quickshift(image, max_dist=each, **asked) for each in (1, 8, 30, 500)}
    trees._tree.cache_clear()
    grown = []
    monkeypatch.setattr(
        trees.skimage_segmentation,
        "quickshift",
        lambda image, **settings: grown.append(settings) or quickshift(image, **settings),
    )
    for each, labels in expected.items():
        np.testing.assert_array_equal(lc.Quickshift(max_dist=each, **asked)(image), labels)
    assert len(grown) == 1
    lc.Quickshift(4.5, ratio=ratio, sigma=0.5)(image)
    floats = image / 127.5 - 1.0
    np.testing.assert_array_equal(lc.Quickshift(max_dist=8, **asked)(floats), quickshift(floats, max_dist=8, **asked))
    assert len(grown) == 3


@pytest.mark.parametrize(
    "low_high", [(0, 7), (0, 1), (-3, 3), (100, 130), (2**40, 2**40 + 9), (0, 5000)], ids=lambda pair: f"from {pair[0]}"
)
@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint64, bool])
def test_labels_of_any_numbers_are_numbered_in_their_order(low_high, dtype):
    labels = np.random.default_rng(0).integers(*low_high, (20, 30)).astype(dtype)
    d, numbers = numbered(labels)
    values, places = np.unique(labels, return_inverse=True)
    assert (d, numbers.dtype) == (len(values), np.int32)
    np.testing.assert_array_equal(numbers, places.reshape(labels.shape))


def test_segmentations_cut_alike_however_they_are_numbered():
    image = np.zeros((6, 6, 3), dtype=np.uint8)

    def cut(labels):
        return lc.segment(image, lc.LabelMap.of(np.kron(np.array(labels), np.ones((2, 2), dtype=int))))

    one = cut([[0, 0, 1], [2, 2, 1], [3, 3, 3]])
    assert one.cuts_alike(cut([[3, 3, 1], [0, 0, 1], [2, 2, 2]]))
    assert not one.cuts_alike(cut([[0, 0, 1], [2, 2, 2], [3, 3, 3]]))
    assert not one.cuts_alike(cut([[0, 0, 1], [0, 0, 1], [3, 3, 3]]))
    assert not one.cuts_alike(cut([[0, 0, 1], [2, 4, 1], [3, 3, 3]]))
