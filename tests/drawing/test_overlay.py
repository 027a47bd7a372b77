"""Truths about drawn explanations: equal to lime's own picture, the sign readable, nothing drawn without a weight."""

import io
from itertools import product

import numpy as np
import pytest
from lime.lime_image import ImageExplanation
from PIL import Image
from skimage.morphology import dilation

from lime_core.drawing.heatmap import centroids, heatmap, ranked, symmetric_limit
from lime_core.drawing.lime_mask import image_and_mask
from lime_core.drawing.overlay import View, overlay, png_bytes, superpixel_preview
from lime_core.drawing.palette import AGAINST_COLOR, DIVERGING, FOR_COLOR, color_bar, diverging

STYLES = ("outline", "tint", "hide", "block", "heatmap")
SIDE, CELL, D = 96, 24, 16


@pytest.fixture
def image():
    pixels = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    pixels.flags.writeable = False
    return pixels


@pytest.fixture
def segments():
    cells = np.arange(SIDE) // CELL
    labels = (cells[:, None] * (SIDE // CELL) + cells).astype(np.int32)
    labels.flags.writeable = False
    return labels


@pytest.fixture
def weights():
    values = np.random.default_rng(1).normal(0, 0.1, D)
    values[[3, 8]] = 0.0
    values[5] = -values[6]
    values[2] = 0.25
    values.flags.writeable = False
    return values


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


@pytest.mark.parametrize(("positive_only", "negative_only"), [(True, False), (False, True), (False, False)])
@pytest.mark.parametrize(
    ("hide_rest", "num_features", "min_weight"), list(product((False, True), (0, 5, 100), (0.0, 0.1)))
)
def test_image_and_mask_equals_limes_own_to_the_last_bit(
    image, segments, weights, positive_only, negative_only, hide_rest, num_features, min_weight
):
    features = np.random.default_rng(2).permutation(D)[:14]
    theirs = ImageExplanation(image, segments)
    theirs.local_exp[0] = sorted(
        zip(features, weights[features], strict=True), key=lambda pair: np.abs(pair[1]), reverse=True
    )
    flags = {
        "positive_only": positive_only,
        "negative_only": negative_only,
        "hide_rest": hide_rest,
        "num_features": num_features,
        "min_weight": min_weight,
    }
    wanted_image, wanted_mask = theirs.get_image_and_mask(0, **flags)
    drawn, mask = image_and_mask(image, segments, weights, features, **flags)
    np.testing.assert_array_equal(drawn, wanted_image)
    np.testing.assert_array_equal(mask, wanted_mask)
    assert drawn.dtype == wanted_image.dtype
    assert mask.dtype == wanted_mask.dtype == np.int32


def test_asking_for_only_positive_and_only_negative_says_how_to_ask(image, segments, weights):
    with pytest.raises(ValueError, match="set both to False"):
        image_and_mask(image, segments, weights, np.arange(D), positive_only=True, negative_only=True)


def test_ranked_goes_from_strong_to_weak_and_keeps_the_sign_that_is_shown():
    weights = np.array([0.1, -0.3, 0.0, 0.2, -0.05, 0.2])
    assert ranked(weights, "both", 10, 0.0).tolist() == [1, 3, 5, 0, 4]
    assert ranked(weights, "for", 2, 0.0).tolist() == [3, 5]
    assert ranked(weights, "against", 10, 0.0).tolist() == [1, 4]
    assert ranked(weights, "both", 10, 0.1).tolist() == [1, 3, 5, 0]
    assert ranked(np.zeros(4), "both", 10, 0.0).size == 0


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
    assert (rest == rest[:, :1]).all(), "the rest has no colour left"
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
def test_the_sign_can_be_read_without_colour(image, segments, weights, style, scale):
    view = View(style=style, for_color=(90, 90, 90), against_color=(90, 90, 90))
    drawn_for, drawn_against = (
        overlay(image, segments, w, view, scale=scale) for w in (np.abs(weights), -np.abs(weights))
    )
    assert (drawn_for != drawn_against).any()


def test_a_dashed_outline_has_gaps_and_a_solid_one_has_none(segments):
    black = np.zeros((SIDE, SIDE, 3), dtype=np.uint8)
    view = View(style="outline", for_color=(255, 0, 0), against_color=(255, 0, 0))
    one = np.zeros(D)
    one[5] = 0.1
    solid, dashed = (overlay(black, segments, w, view, scale=3).any(axis=2) for w in (one, -one))
    # A column that crosses the upper and the lower side of superpixel 5, for every column of its middle.
    columns = slice(3 * 30, 3 * 42)
    assert solid[3 * CELL : 3 * CELL + 6, columns].any(axis=0).all()
    crossed = dashed[3 * CELL : 3 * CELL + 6, columns].any(axis=0)
    assert crossed.any()
    assert not crossed.all()


@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize("sign", [1, -1])
def test_outlines_stand_out_on_dark_middle_and_light_photos(segments, value, sign):
    flat = np.full((SIDE, SIDE, 3), value, dtype=np.uint8)
    weights = np.zeros(D)
    weights[5] = sign * 0.1
    drawn = overlay(flat, segments, weights, View(style="outline"), scale=3).astype(int)
    assert np.abs(drawn.mean(axis=2) - value).max() > 40, "light or dark"
    assert np.ptp(drawn, axis=2).max() > 80, "with colour"


def test_outlines_of_neighbours_with_different_signs_are_both_visible(segments):
    grey = np.full((SIDE, SIDE, 3), 128, dtype=np.uint8)
    weights = np.zeros(D)
    weights[5], weights[6] = 0.1, -0.1
    border = overlay(grey, segments, weights, View(style="outline"), scale=3)[3 * 30 : 3 * 42, 3 * 46 : 3 * 50]
    redder = border[..., 0].astype(int) - border[..., 2]
    assert redder.max() > 60, "orange"
    assert redder.min() < -60, "blue"


def test_every_part_of_a_scattered_superpixel_has_its_outline():
    black = np.zeros((64, 64, 3), dtype=np.uint8)
    labels = np.zeros((64, 64), dtype=np.int32)
    labels[4:28, 4:28] = labels[36:60, 36:60] = 1
    drawn = overlay(black, labels, np.array([0.0, 1.0]), View(style="outline"), scale=2).any(axis=2)
    assert drawn[:64, :64].any()
    assert drawn[64:, 64:].any()
    assert not drawn[:60, 68:].any()


def test_a_superpixel_of_one_pixel_at_the_corner_can_be_drawn():
    labels = np.zeros((8, 8), dtype=np.int32)
    labels[0, 0] = 1
    for weights in (np.array([0.1, 1.0]), np.array([-0.1, -1.0])):
        assert overlay(np.zeros((8, 8, 3), dtype=np.uint8), labels, weights, View(), scale=3).any()


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


@pytest.mark.parametrize("upsampling", ["nearest", "bicubic", "none"])
def test_a_heat_map_turns_over_with_the_signs_and_keeps_its_range(segments, weights, upsampling):
    heat = heatmap(segments, weights, upsampling)
    np.testing.assert_array_equal(heat, -heatmap(segments, -weights, upsampling))
    assert heat.dtype == np.float32
    assert np.abs(heat).max() <= np.float32(symmetric_limit(weights))


def test_a_nearest_heat_map_is_the_weight_of_each_pixel(segments, weights):
    np.testing.assert_array_equal(heatmap(segments, weights), weights.astype(np.float32)[segments])


def test_a_bicubic_heat_map_is_smooth_and_keeps_the_weight_inside_large_regions():
    labels = np.zeros((100, 160), dtype=np.int32)
    labels[:, 80:] = 1
    labels[:4, :4] = 2
    weights = np.array([-0.4, 0.3, 0.1] + [0.0] * 30)
    heat = heatmap(labels, weights, "bicubic")
    assert heat.shape == labels.shape
    np.testing.assert_allclose(heat[60, [20, 140]], [-0.4, 0.3], atol=1e-6)
    assert np.abs(np.diff(heat, axis=1)).max() < 0.2
    rows, columns = heatmap(labels, weights, "none").shape
    assert rows * columns == pytest.approx(4 * len(weights), rel=0.1)


def test_centroids_lie_inside_their_superpixels():
    ring = np.zeros((41, 41), dtype=np.int32)
    y, x = np.indices(ring.shape) - 20
    ring[np.hypot(y, x) < 18] = 1
    ring[np.hypot(y, x) < 12] = 2
    places = centroids(ring, 3)
    assert places.shape == (3, 2)
    assert places.dtype == np.float64
    rows, columns = places.astype(int).T
    np.testing.assert_array_equal(ring[rows, columns], [0, 1, 2])
    np.testing.assert_array_equal(places[2], [20, 20])


def test_centroids_of_a_missing_superpixel_are_refused(segments):
    with pytest.raises(ValueError, match="every id from 0 to 16"):
        centroids(segments, D + 1)


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


def test_the_colour_scale_ends_in_the_two_colours_and_is_grey_in_the_middle():
    assert len(DIVERGING) == 10
    colors = diverging(np.array([[-1.0, 1.0], [-7.0, 7.0]]))
    np.testing.assert_array_equal(colors, [[AGAINST_COLOR, FOR_COLOR]] * 2)
    assert np.ptp(diverging(np.array(0.0)).astype(int)) < 10
    steps = diverging(np.linspace(-1, 1, 10))
    assert tuple("#{:02x}{:02x}{:02x}".format(*color) for color in steps) == DIVERGING


def test_the_colour_scale_grows_darker_towards_both_ends():
    luminance = diverging(np.linspace(-1, 1, 201)) @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(luminance)[:88] > 0).all()
    assert (np.diff(luminance)[112:] < 0).all()
    assert abs(luminance[0] - luminance[-1]) < 15


def test_a_colour_bar_runs_from_against_to_for():
    bar = color_bar(0.1, width=101, height=7)
    assert bar.shape == (7, 101, 3)
    np.testing.assert_array_equal(bar[3, [0, 100]], [AGAINST_COLOR, FOR_COLOR])
    with pytest.raises(ValueError, match="limit must be"):
        color_bar(0.0, width=10, height=1)


def test_a_png_holds_every_pixel(image):
    np.testing.assert_array_equal(np.array(Image.open(io.BytesIO(png_bytes(image)))), image)


@pytest.mark.parametrize("wrong", [{"style": "3d"}, {"num_features": 0}, {"opacity": 1.1}, {"for_color": (0, 0, 256)}])
def test_a_view_out_of_range_names_its_field(wrong):
    with pytest.raises(ValueError, match=f"View: {next(iter(wrong))}"):
        View(**wrong)
