"""Bars and tables of weights say what the explanation says: order, signs, colors, units, error bars."""

from dataclasses import replace

import numpy as np
import pytest

import lime_core as lc
from lime_core.drawing.heatmap import ranked
from lime_core.reports.numbers import number
from pages.ui.figures import sentences, weights
from tests.support.planted import BLACK, GRID, textured_picture

ALL = lc.View(num_features=16)


@pytest.fixture
def in_probability(e) -> lc.Explanation:
    """The same numbers, read as probabilities."""
    return replace(e, settings=replace(e.settings, space="probability"))


@pytest.fixture
def with_inert(planted) -> lc.Explanation:
    """Superpixel 0 is black already, so that hiding it changes nothing."""
    pixels = textured_picture().pixels.copy()
    pixels[:8, :8] = 0
    return lc.explain(lc.probe_image(lc.load_picture(pixels), planted, 200, segmenter=GRID, hiding=BLACK), 0)


def test_bars_are_ordered_strongest_on_top(e):
    (bars,) = weights.weights_figure(e, ALL, limit=1.0).data
    order = ranked(e.weights, "both", 16, 0.0)
    assert list(bars.y) == [f"superpixel {s}" for s in reversed(order)]  # a chart's first bar is its lowest
    np.testing.assert_allclose(bars.x, e.weights[order][::-1])


def test_bars_show_what_the_view_draws(e):
    against = weights.weights_figure(e, lc.View(show="against", num_features=4), limit=1.0).data[0]
    assert len(against.x) == 4
    assert max(against.x) < 0
    strong = weights.weights_figure(e, lc.View(num_features=16, min_weight=1.0), limit=1.0).data[0]
    assert min(abs(np.array(strong.x))) >= 1.0


def test_signs_have_the_colors_of_the_view_and_a_pattern_for_those_who_do_not_see_them(e):
    view = lc.View(num_features=16, for_color=(1, 2, 3), against_color=(4, 5, 6))
    (bars,) = weights.weights_figure(e, view, limit=1.0).data
    signs = np.array(bars.x) > 0
    assert signs.any()
    assert not signs.all()
    assert list(bars.marker.color) == ["rgb(1, 2, 3)" if sign else "rgb(4, 5, 6)" for sign in signs]
    assert list(bars.marker.pattern.shape) == ["" if sign else "/" for sign in signs]


def test_error_bars_are_95_percent_of_the_standard_error(e):
    (bars,) = weights.weights_figure(e, ALL, limit=1.0).data
    order = ranked(e.weights, "both", 16, 0.0)[::-1]
    np.testing.assert_allclose(bars.error_x.array, 1.96 * e.standard_error[order])


def test_probabilities_are_drawn_in_percentage_points(e, in_probability):
    (plain,), (points,) = (weights.weights_figure(each, ALL, limit=1.0).data for each in (e, in_probability))
    np.testing.assert_allclose(points.x, 100 * np.array(plain.x))
    np.testing.assert_allclose(points.error_x.array, 100 * np.array(plain.error_x.array))


def test_the_axis_names_its_unit(probe, e, in_probability):
    tree = lc.explain(probe, 0, surrogate=lc.Tree())
    titles = [weights.weights_figure(each, ALL, 1.0).layout.xaxis.title.text for each in (e, in_probability, tree)]
    assert titles == ["value", "percentage points", "importance"]


def test_error_bars_of_a_tree_are_left_out_rather_than_broken(probe):
    (bars,) = weights.weights_figure(lc.explain(probe, 0, surrogate=lc.Tree()), ALL, limit=1.0).data
    assert (np.array(bars.error_x.array) == 0).all()


def test_the_share_of_the_prior_is_the_pale_end_of_a_bar(pulled):
    own, whole = weights.weights_figure(pulled, ALL, limit=1.0).data
    order = ranked(pulled.weights, "both", 16, 0.0)[::-1]
    np.testing.assert_allclose(whole.x, pulled.weights[order])
    np.testing.assert_allclose(1 - np.array(own.x) / np.array(whole.x), pulled.prior_share[order])
    assert own.y == whole.y
    assert own.marker.color == whole.marker.color
    assert (own.marker.opacity, whole.marker.opacity) == (None, 0.4)
    assert own.error_x.array is None
    assert whole.error_x.array is not None
    assert all(facts[2].endswith("% from the prior") for facts in whole.customdata)


def test_the_table_has_the_share_of_the_prior_and_the_order_of_entry_where_there_are_any(e, pulled, probe):
    assert not {"from the prior", "enters"} & set(weights.weights_table(e))
    table = weights.weights_table(pulled)
    assert table["from the prior"] == [f"{pulled.prior_share[s]:.0%}" for s in table["superpixel"]]
    assert "enters" not in table
    net = lc.explain(probe, 1, surrogate=lc.ElasticNetWithPrior(0.1), prior=pulled.settings.prior, prior_strength=7.0)
    table = weights.weights_table(net)
    places = dict(zip(table["superpixel"], table["enters"], strict=True))
    assert [places[s] for s in net.entered] == list(range(1, len(net.entered) + 1))
    assert [places[s] for s in set(range(16)) - set(net.entered.tolist())] == [None] * (16 - len(net.entered))


def test_nothing_of_bars_and_error_bars_is_cut_off(e):
    figure = weights.weights_figure(e, ALL, limit=1e-6)
    low, high = figure.layout.xaxis.range
    (bars,) = figure.data
    assert (np.array(bars.x) - bars.error_x.array).min() > low
    assert (np.array(bars.x) + bars.error_x.array).max() < high


def test_a_figure_without_bars_can_be_drawn(e):
    figure = weights.weights_figure(replace(e, weights=np.zeros(16)), ALL, limit=1.0)
    assert len(figure.data[0].y) == 0


def test_nothing_has_no_scale(e):
    axis = weights.weights_figure(replace(e, weights=np.zeros(16)), ALL, limit=1.0).layout.xaxis
    assert axis.range is None
    assert axis.showticklabels is False


@pytest.mark.parametrize("factor", [1e-9, 1e-4, 1.0, 1e9])
def test_the_scale_has_digits_for_weights_of_any_size(e, factor):
    small = replace(e, weights=factor * e.weights, standard_error=factor * e.standard_error)
    limit = float(np.abs(small.weights).max())
    axis = weights.weights_figure(small, ALL, limit).layout.xaxis
    assert axis.range[1] == pytest.approx(factor * weights.weights_figure(e, ALL, limit / factor).layout.xaxis.range[1])
    assert axis.exponentformat == "e"  # 1e-9, and not 1n
    table = weights.weights_table(small)
    assert not {"+0", "−0", "0"} & {*table["weight"], *table["± 95%"]}


def test_hovering_names_the_superpixel_of_the_bar(e):
    (bars,) = weights.weights_figure(e, ALL, limit=1.0).data
    for name, (superpixel, place, weight, size) in zip(bars.y, bars.customdata, strict=True):
        assert name == f"superpixel {superpixel}"
        s = int(superpixel)
        assert place == sentences.place(8 * (s // 4) + 4, 8 * (s % 4) + 4, 32, 32)
        assert weight.startswith(number(e.weights[s], signed=True))
        assert size == "6.2%"


def test_the_table_says_what_the_weights_say(e):
    table = weights.weights_table(e)
    assert {len(column) for column in table.values()} == {16}
    order = np.argsort(-np.abs(e.weights))
    assert table["superpixel"] == order.tolist()
    assert table["effect"] == ["higher" if weight > 0 else "lower" for weight in e.weights[order]]
    assert table["weight"] == [number(weight, signed=True) for weight in e.weights[order]]
    assert table["± 95%"] == [number(1.96 * error) for error in e.standard_error[order]]
    assert set(table["size"]) == {"6.2%"}


def test_the_table_writes_probabilities_in_percentage_points(e, in_probability):
    table = weights.weights_table(in_probability)
    strongest = np.argsort(-np.abs(e.weights))[0]
    assert table["weight"][0] == f"{number(100 * e.weights[strongest], signed=True)} pp"
    assert table["± 95%"][0] == number(196 * e.standard_error[strongest])


def test_the_table_tells_left_out_from_inexplicable_from_important(probe, with_inert):
    chosen = lc.explain(probe, 0, feature_selection=lc.ForwardSelection(num_features=3))
    assert weights.weights_table(chosen)["effect"].count("left out") == 13
    tree = lc.explain(probe, 0, surrogate=lc.Tree())
    assert set(weights.weights_table(tree)["effect"]) <= {"important", "left out"}
    assert set(weights.weights_table(tree)["± 95%"]) == {""}
    table = weights.weights_table(with_inert)
    assert table["effect"][table["superpixel"].index(0)] == "cannot be explained"
    assert table["± 95%"][table["superpixel"].index(0)] == ""


def test_sizes_are_shares_of_the_photo_without_its_border():
    photo = np.random.default_rng(0).integers(60, 250, (16, 64, 3), dtype=np.uint8)
    model = lc.wrap_model(lambda pictures: pictures.mean(axis=(1, 2)), kind="values", input_size=(32, 32), fit="pad")
    e = lc.explain_image(photo, model, 0, 50, lc.Grid(1, 4), BLACK)
    table = weights.weights_table(e)
    assert dict(zip(table["superpixel"], table["size"], strict=True)) == {**dict.fromkeys(range(4), "25.0%"), 4: ""}
    (bars,) = weights.weights_figure(e, ALL, limit=1.0).data
    assert {facts[3] for facts in bars.customdata} == {"25.0%"}
