"""Truths about drawn explanations: the sign readable, the rest told apart, nothing drawn without a weight."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from skimage.color import rgb2lab
from skimage.morphology import dilation, erosion

import lime_core as lc
from lime_core.drawing.heatmap import heatmap, ranked, symmetric_limit
from lime_core.drawing.lime_mask import image_and_mask
from lime_core.drawing.overlay import overlay, png_bytes, superpixel_preview
from lime_core.drawing.view import View
from lime_core.label_maps.centroids import centroids
from tests.drawing.conftest import CELL, SIDE, D

STYLES = ("outline", "tint", "hide", "block", "heatmap")


def enlarged(pixels, scale):
    h, w = pixels.shape[:2]
    return np.array(Image.fromarray(pixels).resize((w * scale, h * scale), Image.Resampling.BICUBIC))


def away_from_edges(segments, scale, pixels=8):
    """Where no outline can be: pixels that are farther than `pixels` from every other superpixel and from the edge."""
    labels = np.pad(segments.repeat(scale, 0).repeat(scale, 1), 1, constant_values=-1)
    edges = np.zeros(labels.shape, dtype=bool)
    for axis in (0, 1):
        steps = np.diff(labels, axis=axis) != 0
        edges |= np.pad(steps, [(0, int(a == axis)) for a in (0, 1)]) | np.pad(
            steps, [(int(a == axis), 0) for a in (0, 1)]
        )
    inner = ~dilation(edges, np.ones((2 * pixels + 1, 2 * pixels + 1)))[1:-1, 1:-1]
    assert inner.any()
    return inner


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("scale", [1, 2, 3])
def test_an_overlay_is_as_large_as_the_scale_says(image, segments, weights, style, scale):
    drawn = overlay(image[:, :72], segments[:, :72], weights, View(style=style), scale=scale)
    assert drawn.shape == (SIDE * scale, 72 * scale, 3)
    assert drawn.dtype == np.uint8


@pytest.mark.parametrize("style", ["outline", "tint"])
def test_without_superpixels_worth_drawing_the_photo_stays_as_it_is(image, segments, weights, style):
    np.testing.assert_array_equal(overlay(image, segments, np.zeros(D), View(style=style), scale=2), enlarged(image, 2))
    np.testing.assert_array_equal(
        overlay(image, segments, weights, View(style=style, min_weight=1.0), scale=2), enlarged(image, 2)
    )


@pytest.mark.parametrize("style", STYLES)
def test_a_superpixel_without_weight_is_drawn_like_the_rest(image, segments, style):
    few = np.zeros(D)
    few[10] = 0.2
    every = View(style=style, num_features=400)
    one = View(style=style, num_features=1)
    np.testing.assert_array_equal(overlay(image, segments, few, every), overlay(image, segments, few, one))


@pytest.mark.parametrize("style", ["hide", "block"])
def test_what_is_ranked_stays_untouched_and_the_rest_does_not(image, segments, weights, style):
    view = View(style=style, num_features=4)
    drawn = overlay(image, segments, weights, view, scale=3)
    kept = np.isin(segments, ranked(weights, "both", 4, 0.0)).repeat(3, 0).repeat(3, 1)
    inner = away_from_edges(segments, 3)
    photo = enlarged(image, 3)
    np.testing.assert_array_equal(drawn[kept & inner], photo[kept & inner])
    rest = drawn[~kept & inner]
    assert (rest == rest[:, :1]).all(), "the rest has no color left"
    if style == "hide":
        assert len(np.unique(rest)) == 1


def test_a_tint_is_the_stronger_the_larger_the_weight(segments):
    grey = np.full((SIDE, SIDE, 3), 128, dtype=np.uint8)
    weights = np.zeros(D)
    weights[[0, 5, 10]] = 0.1, 0.3, -0.3
    drawn = overlay(grey, segments, weights, View(), scale=3).astype(int)
    weak, strong, against = (drawn[row, row] - 128 for row in (36, 108, 180))
    assert 0 < weak[0] < strong[0], "orange adds red"
    assert against[2] > 0 > against[0], "blue adds blue and takes red"


@pytest.mark.parametrize("style", ["outline", "tint", "hide", "block"])
@pytest.mark.parametrize("scale", [1, 3])
def test_the_sign_can_be_read_without_color(image, segments, weights, style, scale):
    view = View(style=style, for_color=(90, 90, 90), against_color=(90, 90, 90))
    drawn_for, drawn_against = (
        overlay(image, segments, w, view, scale=scale) for w in (np.abs(weights), -np.abs(weights))
    )
    assert (drawn_for != drawn_against).any()


def test_one_limit_gives_one_weight_the_same_look_in_every_picture(image, segments, weights):
    other = np.zeros(D)
    other[4] = weights[4]
    assert symmetric_limit(other) != symmetric_limit(weights)
    here = (segments == 4).repeat(3, 0).repeat(3, 1) & away_from_edges(segments, 3)
    for style in ("tint", "heatmap"):
        view = View(style=style, num_features=400)
        shared = [overlay(image, segments, w, view, scale=3, limit=0.5)[here] for w in (weights, other)]
        own = [overlay(image, segments, w, view, scale=3)[here] for w in (weights, other)]
        np.testing.assert_array_equal(*shared)
        assert (own[0] != own[1]).any()


@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan"), float("inf")])
def test_a_limit_that_ends_no_scale_is_refused(image, segments, weights, limit):
    with pytest.raises(ValueError, match="limit must be"):
        overlay(image, segments, weights, View(), limit=limit)


def test_arrays_that_do_not_belong_together_are_refused(image, segments, weights):
    with pytest.raises(ValueError, match="segments must have the shape"):
        overlay(image, segments[:-1], weights, View())
    with pytest.raises(ValueError, match="one for each weight"):
        overlay(image, segments, weights[:-1], View())
    with pytest.raises(ValueError, match="image must be uint8"):
        overlay(image / 255.0, segments, weights, View())
    with pytest.raises(ValueError, match="scale must be"):
        overlay(image, segments, weights, View(), scale=0)


def test_the_callers_arrays_stay_as_they_were(image, segments, weights):
    arrays = image.copy(), segments.copy(), weights.copy()
    before = [array.copy() for array in arrays]
    for style in STYLES:
        overlay(*arrays, View(style=style), scale=1)
    image_and_mask(*arrays, np.arange(D), positive_only=False)
    heatmap(*arrays[1:], "bicubic")
    superpixel_preview(*arrays[:2])
    centroids(arrays[1], D)
    for array, old in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, old)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("size", [2.0**140, 2.0**-200])
def test_weights_of_any_size_are_drawn_alike(image, segments, weights, style, size):
    """Beyond the largest and below the smallest numbers of 32 bits."""
    view = View(style=style)
    np.testing.assert_array_equal(
        overlay(image, segments, weights * size, view), overlay(image, segments, weights, view)
    )


@pytest.mark.parametrize("value", [0, 255])
def test_superpixel_boundaries_show_on_dark_and_on_light_photos(segments, value):
    flat = np.full((SIDE, SIDE, 3), value, dtype=np.uint8)
    drawn = superpixel_preview(flat, segments, scale=3).astype(int)
    assert drawn.shape == (3 * SIDE, 3 * SIDE, 3)
    assert np.abs(drawn[:, 3 * CELL - 3 : 3 * CELL + 3] - value).max() > 40
    inner = away_from_edges(segments, 3)
    assert (drawn[inner] == value).all()


def test_hiding_the_rest_leaves_the_ranked_superpixels_as_they_are_and_grey_around_them(image, segments):
    weights = np.zeros(D)
    weights[[2, 7]] = 0.5, -0.25
    drawn = overlay(image, segments, weights, View(style="hide"))
    inner = away_from_edges(segments, 1)
    kept = (segments == 2) | (segments == 7)
    np.testing.assert_array_equal(drawn[kept & inner], image[kept & inner])
    assert (drawn[~kept & inner] == 128).all()
    assert drawn.dtype == np.uint8


def test_a_png_holds_every_pixel(image):
    np.testing.assert_array_equal(np.array(Image.open(io.BytesIO(png_bytes(image)))), image)


@pytest.mark.parametrize("wrong", [{"style": "3d"}, {"num_features": 0}, {"opacity": 1.1}, {"for_color": (0, 0, 256)}])
def test_a_view_out_of_range_names_its_field(wrong):
    with pytest.raises(ValueError, match=f"View: {next(iter(wrong))}"):
        View(**wrong)


def apart_in_color(drawn, inside, ring):
    """How far the mean colors are apart in the plane of CIELAB without its lightness; 2 is just seen."""
    colors = rgb2lab(drawn)[..., 1:]
    return float(np.linalg.norm(colors[inside].mean(axis=0) - colors[ring].mean(axis=0)))


@pytest.mark.slow
def test_the_weakest_that_is_drawn_stands_out_from_its_surround_on_any_photo():
    seen, rng, least = lc.Preprocessing(112, 112), np.random.default_rng(0), {"grey": [], "color": []}
    for name in lc.GALLERY:
        for photo in lc.crops(lc.gallery_picture(name), 15):
            image = seen.view(photo.pixels)
            labels = lc.Grid(6, 6)(image)
            weights = rng.normal(size=36)
            shown = ranked(weights, "both", 8, 0.0)
            weakest = labels == shown[-1]
            near = dilation(weakest, np.ones((17, 17))) & ~dilation(weakest, np.ones((5, 5)))
            ring, inside = near & ~np.isin(labels, shown), erosion(weakest, np.ones((7, 7)))
            if ring.any():
                for ground, found in least.items():
                    drawn = overlay(image, labels, weights, View(ground=ground))
                    found.append(apart_in_color(drawn, inside, ring))
    assert len(least["grey"]) >= 100
    assert min(least["grey"]) > 10
    assert min(least["color"]) < 5, "orange on orange: else the ground were no matter"


@pytest.mark.parametrize("style", ["tint", "heatmap"])
def test_the_ground_of_colors_is_grey_unless_color_is_asked_for(image, segments, style):
    few = np.zeros(D)
    few[10] = 0.2
    rest = ~np.isin(segments, [10]) & away_from_edges(segments, 1, 5)
    grey = np.asarray(Image.fromarray(image).convert("L").convert("RGB"))
    # Between dark and light grey, so that the brightness of the photo is not taken for that of a color.
    ground = 50 + grey[rest].astype(float) * (205 - 50) / 255
    np.testing.assert_allclose(overlay(image, segments, few, View(style=style))[rest], ground, atol=0.51)
    colored = overlay(image, segments, few, View(style=style, ground="color"))
    np.testing.assert_array_equal(colored[rest], image[rest])


def test_a_heat_map_paints_every_superpixel(image, segments, weights):
    one, every = (overlay(image, segments, weights, View(style="heatmap", num_features=n)) for n in (1, 400))
    np.testing.assert_array_equal(one, every)


def test_outlines_have_a_light_and_a_dark_line(segments):
    for value in (0, 255, 128):
        flat = np.full((SIDE, SIDE, 3), value, dtype=np.uint8)
        drawn = overlay(flat, segments, np.eye(D)[5], View(style="outline"), scale=3).astype(int)
        greys = drawn[np.ptp(drawn, axis=2) < 40].mean(axis=1)
        assert greys.max() > 200
        assert greys.min() < 70


def test_a_line_joins_each_pair_from_middle_to_middle(probe):
    e = lc.explain(probe, 0)
    view = lc.View(num_features=16)
    plain = e.overlay(view, scale=10)
    joined = e.overlay(view, scale=10, pairs=np.array([[0, 5]]))
    rows, columns = np.nonzero((joined != plain).any(axis=2))
    (top, left), (bottom, right) = (centroids(e.segments, 16)[[0, 5]] + 0.5) * 10
    assert (rows.min(), rows.max()) == pytest.approx((top, bottom), abs=8)
    assert (columns.min(), columns.max()) == pytest.approx((left, right), abs=8)
    middle = joined[round((top + bottom) / 2), round((left + right) / 2)]
    assert middle.min() > 200
    np.testing.assert_array_equal(e.overlay(view, scale=10, pairs=np.zeros((0, 2), dtype=int)), plain)
    strongest = replace(view, num_features=1)  # nobody could tell what a line to the others means
    one = e.overlay(strongest, scale=10, pairs=np.array([[0, 5]]))
    np.testing.assert_array_equal(one, e.overlay(strongest, scale=10))
    for wrong in ([[0, 16]], [[-1, 2]], [[0.5, 1]], [0, 1]):
        with pytest.raises(ValueError, match="pairs"):
            e.overlay(pairs=wrong)
