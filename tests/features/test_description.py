"""Superpixels described: the same for the same picture, and by color and texture where no layers can be had."""

from dataclasses import replace

import numpy as np
import pytest
from torch import nn

import lime_core as lc
from lime_core.features.description import COLOR_AND_TEXTURE, _pooled
from tests.support.planted import BLACK, GRID
from tests.support.strided_network import SEEN, small


def test_each_superpixel_is_a_vector_of_length_one(lite0, chelsea):
    image = lite0.view(chelsea)
    labels = lc.segment(image, lc.Slic(40)).labels
    found = lc.describe(lite0, image, labels)
    assert found.features.shape[0] == labels.max() + 1
    assert found.features.dtype == found.places.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found.features, axis=1), 1.0, rtol=1e-5)
    assert found.kind.startswith("early layers, 28 × 28 × ")
    assert not found.features.flags.writeable


def test_the_same_picture_has_the_same_features(lite0, chelsea):
    image = lite0.view(chelsea)
    labels = lc.segment(image, GRID).labels
    one, other = lc.describe(lite0, image, labels), lc.describe(lite0, image, labels)
    np.testing.assert_array_equal(one.features, other.features)
    assert one.kind == other.kind


def test_the_features_do_not_depend_on_the_engine(crop):
    models = [lc.torch_classifier("small", small(), SEEN, (), "cpu", "f32", engine) for engine in ("openvino", "torch")]
    labels = lc.segment(crop, GRID).labels
    one, other = (lc.describe(model, crop, labels) for model in models)
    np.testing.assert_array_equal(one.features, other.features)
    assert one.kind == other.kind


class Stubborn(nn.Module):
    """Cannot be copied, or fails before there is a map."""

    def __init__(self, why):
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, stride=8, padding=1)
        self.why = (why for _ in ()) if why == "copy" else why  # a generator cannot be copied

    def forward(self, batch):
        if self.why == "fail" and not batch.any():
            raise RuntimeError("no empty pictures")
        return self.first(batch).mean(dim=(2, 3))


@pytest.mark.parametrize("why", ["copy", "fail"])
def test_a_module_that_cannot_be_followed_is_described_by_color_and_texture(why, crop):
    model = lc.torch_classifier("stubborn", Stubborn(why), SEEN, (), "cpu", "f32", "torch")
    assert model.early is None
    assert lc.describe(model, crop, lc.segment(crop, GRID).labels).kind == COLOR_AND_TEXTURE
    assert model.outputs(crop[None]).shape == (1, 4)


def test_a_plain_function_is_described_by_color_and_texture():
    half = np.zeros((20, 20, 3), dtype=np.uint8)
    half[:, 10:] = (200, 30, 30)
    half[::2, :5] = 255
    labels = lc.segment(half, lc.Grid(4, 4)).labels
    found = lc.describe(lc.wrap_model(lambda pictures: pictures), half, labels)
    assert found.kind == COLOR_AND_TEXTURE
    apart = np.linalg.norm(found.features[:, None] - found.features[None], axis=2)
    assert apart[3, 7] < 1e-6  # both red
    assert apart[3, 0] > 0.3  # red and stripes
    assert apart[3, 2] < apart[3, 0]  # the third column is red too


def test_a_cell_counts_with_the_share_of_the_superpixel_that_it_covers():
    cells = np.arange(4, dtype=np.float32).reshape(2, 2, 1)
    labels = np.zeros((4, 8), dtype=np.int32)
    labels[:, 3:] = 1
    places = np.array([[0.5, 0.2], [0.5, 0.7]])
    found = _pooled(cells, labels, places)
    # the first covers cells 0 and 2 alike; the second one column of each and all four of cells 1 and 3
    np.testing.assert_allclose(found[:, 1], [1.0, (2 * (0 + 2) + 8 * (1 + 3)) / 20])
    np.testing.assert_array_equal(found[:, 0], [2.0, 3.0])


def test_places_are_centres_and_count_as_much_as_they_are_told(crop):
    labels = lc.segment(crop, lc.Grid(2, 2)).labels
    found = lc.describe(lc.wrap_model(lambda pictures: pictures), crop, labels)
    np.testing.assert_allclose(found.places, [[0.25, 0.25], [0.25, 0.75], [0.75, 0.25], [0.75, 0.75]])
    assert found.columns() is found.features
    np.testing.assert_allclose(found.columns(0.5)[:, -2:], 0.5 * found.places)
    assert found.columns(0.5).dtype == np.float32


@pytest.mark.parametrize("labels", [np.zeros((4, 4), dtype=np.int32), np.zeros(64, dtype=np.int32)])
def test_labels_of_another_size_are_refused(crop, labels):
    with pytest.raises(ValueError, match=r"labels must have the shape \(64, 64\)"):
        lc.describe(lc.wrap_model(lambda pictures: pictures), crop, labels)


def test_a_probe_describes_its_superpixels_when_asked_and_asks_the_model_nothing(picture, planted, counting):
    probe = lc.open_probe(lc.ProbeSpec.of(picture, planted, GRID, BLACK), picture, planted)
    before = probe.nbytes
    assert probe.scene.description.features.shape == (16, 14)
    assert probe.scene.description is probe.scene.description
    assert probe.nbytes == before + probe.scene.description.nbytes
    assert counting.rows == 0


def test_explaining_without_a_prior_describes_nothing(probe):
    scene = replace(probe.scene)
    lc.explain(replace(probe, scene=scene))
    assert "description" not in vars(scene)


def test_a_line_of_pixels_can_be_described():
    line = np.random.default_rng(0).integers(0, 256, (1, 30, 3), dtype=np.uint8)
    labels = lc.segment(line, lc.Grid(1, 3)).labels
    found = lc.describe(lc.wrap_model(lambda pictures: pictures), line, labels)
    assert np.isfinite(found.features).all()
