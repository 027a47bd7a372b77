"""Compact watershed: scikit-image's flood from seeds off the edges; borders are kept, and sizes are alike."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from skimage.color import rgb2gray
from skimage.filters import gaussian, sobel
from skimage.measure import label
from skimage.segmentation import watershed

import lime_core as lc

SEEN = lc.wrap_model(lambda pictures: pictures.mean((1, 2)), kind="values", input_size=(224, 224))


@pytest.fixture(scope="module")
def gallery():
    """What a network of 224 pixels sees of each photo."""
    return {name: SEEN.view(lc.gallery_picture(name)) for name in lc.GALLERY}


def flat(height, width, color=(200, 13, 99)):
    return np.full((height, width, 3), color, dtype=np.uint8)


def sizes(labels):
    return np.bincount(labels.ravel())[1:]


def spread(labels):
    """Standard deviation of the sizes as a share of their mean."""
    counted = np.unique(labels, return_counts=True)[1]
    return counted.std() / counted.mean()


def seeds_one_by_one(gradient, rows, columns):
    """A seed in each cell: of the pixels within an eighth of it around its middle the flattest, then the nearest."""
    height, width = gradient.shape
    markers = np.zeros((height, width), dtype=int)
    for number in range(rows * columns):
        row, column = int((number // columns + 0.5) * height / rows), int((number % columns + 0.5) * width / columns)
        tall, wide = height // rows // 8, width // columns // 8
        around = [(y, x) for y in range(row - tall, row + tall + 1) for x in range(column - wide, column + wide + 1)]
        seed = min(around, key=lambda at: (round(gradient[at], 6), (at[0] - row) ** 2 + (at[1] - column) ** 2))
        markers[seed] = number + 1
    return markers


@pytest.mark.parametrize(
    ("segmenter", "rows", "columns"),
    [
        (lc.CompactWatershed(), 6, 8),
        (lc.CompactWatershed(20, compactness=0.0), 4, 5),
        (lc.CompactWatershed(100, compactness=50.0, sigma=1.5), 9, 11),
    ],
    ids=str,
)
def test_the_watershed_is_that_of_scikit_image(segmenter, rows, columns):
    image = lc.gallery_picture("coffee").pixels[100:280, 150:390]
    grey = rgb2gray(image) * 255.0
    gradient = sobel(gaussian(grey, segmenter.sigma) if segmenter.sigma else grey)
    seeds = seeds_one_by_one(gradient, rows, columns)
    step = np.sqrt(180 * 240 / (rows * columns))
    expected = watershed(gradient, markers=seeds, compactness=segmenter.compactness / step)
    np.testing.assert_array_equal(segmenter(image), expected)


@pytest.mark.parametrize("compactness", [1.0, 20.0, 50.0])
def test_no_superpixel_lies_on_both_sides_of_a_planted_border(compactness):
    drawn, inside = Image.new("RGB", (224, 224), (40, 60, 90)), Image.new("L", (224, 224))
    ImageDraw.Draw(drawn).ellipse([60, 40, 150, 170], fill=(250, 220, 90))
    ImageDraw.Draw(inside).ellipse([60, 40, 150, 170], fill=1)
    labels = lc.CompactWatershed(compactness=compactness)(np.asarray(drawn))
    clear = sobel(np.asarray(inside, dtype=float)) == 0  # one pixel on each side is as much of the border as the other
    within = np.asarray(inside) == 1
    assert not set(labels[clear & within]) & set(labels[clear & ~within])


def test_the_number_is_nearly_met_on_every_photo(gallery):
    for image in gallery.values():
        for asked, found in {2: 2, 50: 49, 100: 100, 130: 132, 400: 400}.items():
            assert len(np.unique(lc.CompactWatershed(asked)(image))) == found


@pytest.mark.parametrize("shape", [(224, 224), (200, 300), (300, 200), (100, 700), (3, 900), (900, 1)])
def test_the_number_is_nearly_met_in_every_shape(shape):
    for asked in (2, 20, 37, 50, 111, 390):
        found = lc.CompactWatershed(asked)(flat(*shape)).max()
        assert found == pytest.approx(asked, rel=0.15)


def test_every_superpixel_is_in_one_piece(gallery):
    for image in gallery.values():
        labels = lc.CompactWatershed()(image)
        assert label(labels, connectivity=1).max() == labels.max()


@pytest.mark.parametrize("compactness", [0.1, 20.0, 200.0])
@pytest.mark.parametrize("sigma", [0.0, 2.0])
def test_a_flat_picture_falls_into_the_cells_of_a_grid(compactness, sigma):
    image = flat(7 * 31, 7 * 31)  # with odd cells no pixel is as near to one middle as to the next
    labels = lc.CompactWatershed(compactness=compactness, sigma=sigma)(image)
    np.testing.assert_array_equal(labels - 1, lc.Grid(7, 7)(image))


def test_sizes_are_more_alike_the_larger_the_compactness(gallery):
    spreads = [
        np.mean([spread(lc.CompactWatershed(compactness=each)(image)) for image in gallery.values()])
        for each in (0.0, 1.0, 20.0, 50.0, 200.0)
    ]
    assert spreads == sorted(spreads, reverse=True)
    assert spreads[0] > 0.9
    assert spreads[-1] < 0.1


def test_sizes_are_more_alike_than_those_of_slic_and_quickshift(gallery):
    compact, slic, quickshift = (
        np.mean([spread(segmenter(image)) for image in gallery.values()])
        for segmenter in (lc.CompactWatershed(), lc.Slic(), lc.Quickshift())
    )
    assert compact < 0.35 < 0.4 < slic < quickshift


def test_a_seed_on_an_edge_moves_off_it(gallery):
    image = flat(210, 210, (90, 90, 90))
    image[15::30] = 255  # a line through the middle of all cells
    assert sizes(lc.CompactWatershed()(image)).min() > 30 * 30 / 4
    for photo in gallery.values():
        assert sizes(lc.CompactWatershed()(photo)).min() >= 50


def test_colors_of_the_same_grey_have_no_border():
    one, other = (200, 0, 0), (0, 59, 4)
    assert rgb2gray(np.float64([[one]])) == pytest.approx(rgb2gray(np.float64([[other]])), abs=0.01)
    image = flat(217, 217, one)
    image[:, 120:] = other
    assert (lc.CompactWatershed()(image) == lc.CompactWatershed()(flat(217, 217, one))).mean() > 0.99


@pytest.mark.parametrize("shape", [(1, 2), (2, 1), (1, 9), (9, 1), (2, 2), (3, 7), (7, 7)])
def test_with_fewer_pixels_than_superpixels_each_is_one(shape):
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert lc.segment(noise, lc.CompactWatershed(400)).d == shape[0] * shape[1]
    assert lc.segment(noise, lc.CompactWatershed(2)).d == 2


def test_a_single_pixel_is_refused():
    with pytest.raises(lc.TooFewSuperpixels, match="single pixel: give a larger picture"):
        lc.segment(flat(1, 1), lc.CompactWatershed())


def test_a_setting_out_of_range_names_itself():
    with pytest.raises(ValueError, match=r"CompactWatershed: compactness must be a number in \[0.0, 200.0\], got -1"):
        lc.CompactWatershed(compactness=-1)
    with pytest.raises(ValueError, match="CompactWatershed: n_segments must be a whole number"):
        lc.CompactWatershed(n_segments=1)
