"""What the model says of hidden versions: one row for each, none for one that is known, and what the map says."""

import numpy as np
import pytest

import lime_core as lc
from tests.support.planted import BLACK, GRID, AdditiveModel, PairModel, textured_picture

SPACE = "value"


def opened(picture, model, segmenter=GRID):
    return lc.open_probe(lc.ProbeSpec.of(picture, model, segmenter, BLACK), picture, model)


def versions(m, d=16, seed=3):
    return np.random.default_rng(seed).random((m, d)) < 0.5


def test_an_additive_model_is_the_map_and_its_effects_to_the_last_digits(picture, planted, counting):
    probe = lc.probe_image(picture, planted, 300, segmenter=GRID, hiding=BLACK)
    before, shown = counting.rows, versions(40)
    answers = lc.what_if(probe, planted, shown)
    assert counting.rows - before == 40
    for index in range(3):
        e = lc.explain(probe, index, space=SPACE, surrogate=lc.LeastSquares())
        said = answers.scores(index, SPACE)
        np.testing.assert_allclose(said, counting.bias[index] + shown @ counting.effects[index], atol=1e-5)
        np.testing.assert_allclose(e.local_map(shown), said, atol=1e-5)


def test_a_map_is_off_by_what_two_superpixels_do_together():
    picture = textured_picture()
    model = PairModel(picture)
    wrapped = lc.wrap_model(model, kind="values", name="pair")
    every = np.array(np.meshgrid(*[[False, True]] * 2)).reshape(2, -1).T
    shown = np.ones((4, 16), bool)
    shown[:, [3, 5]] = every
    # All masks of the two alone: the best line through a product is known.
    labels = np.full((32, 32), 2)
    cells = lc.Grid(4, 4)(np.zeros((32, 32, 3), np.uint8))
    labels[cells == 3], labels[cells == 5] = 0, 1
    probe = lc.probe_image(picture, wrapped, 8, lc.LabelMap.of(labels), BLACK, lc.Enumerate())
    e = lc.explain(probe, 0, space=SPACE, surrogate=lc.LeastSquares(), kernel=lc.NoKernel())
    two = np.column_stack([every, np.ones(4, bool)])
    said = lc.what_if(opened(picture, wrapped), wrapped, shown).scores(0, SPACE)
    off = e.local_map(two) - said
    # 2·a·b against a + b - ½, over the four: half of the effect divided by two, with alternating sign.
    np.testing.assert_allclose(np.sort(off), [-0.5, -0.5, 0.5, 0.5], atol=1e-5)
    np.testing.assert_allclose(off, np.where(every[:, 0] == every[:, 1], -0.5, 0.5), atol=1e-5)


def test_all_shown_is_what_the_explanation_says_of_the_full_picture(picture, planted):
    for segmenter in (GRID, lc.Segmentations((GRID, lc.Grid(3, 2)))):
        probe = lc.probe_image(picture, planted, 200, segmenter=segmenter, hiding=BLACK)
        for surrogate in (lc.Ridge(), lc.Lasso(alpha=0.01), lc.BayesianRidge(), lc.ElasticNet()):
            e = lc.explain(probe, 1, surrogate=surrogate)
            everything = np.ones((1, 16), bool)
            np.testing.assert_allclose(e.local_map(everything), e.local_prediction, atol=1e-9)
        answers = lc.what_if(probe, planted, everything)
        np.testing.assert_allclose(answers.scores(1, SPACE), e.model_score, atol=1e-6)


def test_a_superpixel_that_hiding_does_not_change_says_nothing(planted, counting):
    pixels = np.array(textured_picture().pixels)
    pixels[:8, :8] = 0
    picture = lc.load_picture(pixels)
    shown = np.ones((2, 16), bool)
    shown[1, 0] = False
    probe = lc.probe_image(picture, planted, 100, segmenter=GRID, hiding=BLACK)
    assert probe.scene.inert[0]
    answers = lc.what_if(probe, planted, shown)
    np.testing.assert_array_equal(answers.outputs[0], answers.outputs[1])
    said = lc.explain(probe).local_map(shown)
    assert said[0] == said[1]


def test_hidden_versions_are_rows_of_a_probe(picture, planted):
    probe = lc.probe_image(picture, planted, 60, segmenter=GRID, hiding=BLACK)
    answers = lc.what_if(probe, planted, probe.masks > 0.5)
    np.testing.assert_allclose(answers.outputs, probe.outputs, atol=1e-6)
    assert answers.most_likely(0, 3) == probe.most_likely(3)


def test_of_several_segmentations_those_of_the_first_are_hidden(picture, planted):
    several = lc.Segmentations((GRID, lc.Grid(2, 3)))
    shown = versions(5)
    one, other = (lc.what_if(opened(picture, planted, cut), planted, shown) for cut in (GRID, several))
    np.testing.assert_array_equal(one.outputs, other.outputs)


@pytest.mark.parametrize(
    ("shown", "message"),
    [
        (np.ones((1, 15), bool), "shown must have the shape"),
        (np.ones(16, bool), "shown must have the shape"),
        (np.ones((0, 16), bool), "shown must have the shape"),
        (np.ones((1, 16)), "shown must be True where"),
    ],
)
def test_what_is_shown_is_named_where_it_is_wrong(picture, planted, shown, message):
    probe = lc.probe_image(picture, planted, 50, segmenter=GRID)
    for ask in (lambda: lc.what_if(probe, planted, shown), lambda: lc.explain(probe).local_map(shown)):
        with pytest.raises(ValueError, match=message):
            ask()


def test_another_model_and_a_tree_are_refused(picture, planted):
    probe = lc.probe_image(picture, planted, 50, segmenter=GRID)
    other = lc.wrap_model(AdditiveModel(picture, seed=9), kind="values", name="another")
    with pytest.raises(ValueError, match="the probe belongs to"):
        lc.what_if(probe, other, np.ones((1, 16), bool))
    with pytest.raises(ValueError, match="no direction"):
        _ = lc.explain(probe, surrogate=lc.Tree()).local_map
