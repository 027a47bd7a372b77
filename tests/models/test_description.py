import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models import get_model

import lime_core as lc
from lime_core.models.description import COLOR_AND_TEXTURE, _pooled
from lime_core.models.early_layers import early_layers
from tests.support.planted import BLACK, GRID

SEEN = lc.Preprocessing(64, 64, 64)


def small(width=8):
    """Strides 2, 4, 8 and 16: the map of 8 × 8 cells is the one to find."""
    torch.manual_seed(0)
    layers = [nn.Conv2d(3 if i == 0 else width, width, 3, stride=2, padding=1) for i in range(4)]
    return nn.Sequential(*layers, nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 5))


def outputs_of_all_parts(module, image, seen):
    """Every output of any part of the module for a crop."""
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (seen.mean, seen.std))
    batch = (torch.tensor(image).permute(2, 0, 1)[None].float() / 255 - mean) / std
    found = []
    hooks = [part.register_forward_hook(lambda _, __, answer: found.append(answer)) for part in module.modules()]
    with torch.inference_mode():
        module(batch)
    for hook in hooks:
        hook.remove()
    return [answer.clone() for answer in found if isinstance(answer, torch.Tensor) and answer.ndim == 4]


@pytest.fixture
def crop():
    return np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)


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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "side", "rows"),
    [
        ("resnet18", 224, 28),
        ("vgg11", 224, 28),
        ("mobilenet_v3_small", 224, 28),
        ("squeezenet1_1", 224, 27),
        ("densenet121", 224, 28),
        ("alexnet", 224, 27),
        ("inception_v3", 299, 35),
        ("swin_t", 224, 28),
        ("convnext_tiny", 224, 28),
        ("vit_b_16", 224, 14),
    ],
)
def test_the_map_is_what_the_whole_model_answers_on_its_way(name, side, rows):
    torch.manual_seed(0)
    more = {"init_weights": False} if name == "inception_v3" else {}
    module, seen = get_model(name, weights=None, **more).eval(), lc.Preprocessing(side, side, side)
    early = early_layers(module, seen)
    image = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    found = early(image)
    assert found.shape[:2] == (rows, rows)
    same = [
        np.allclose(cells.numpy(), found, atol=1e-4)
        for answer in outputs_of_all_parts(module, image, seen)
        for cells in (answer[0], answer[0].permute(1, 2, 0))
        if cells.shape == found.shape
    ]
    assert any(same)
    kept = sum(weights.numel() for weights in early._layers.parameters())
    assert kept < 0.6 * sum(weights.numel() for weights in module.parameters())


def test_the_layers_are_those_up_to_a_cell_for_8_by_8_pixels(crop):
    module = small()
    found = early_layers(module, SEEN)(crop)
    assert found.shape == (8, 8, 8)
    mean, std = (np.array(values) for values in (SEEN.mean, SEEN.std))
    batch = torch.tensor((crop / 255 - mean) / std).float().permute(2, 0, 1)[None]
    np.testing.assert_allclose(found, module[:3](batch)[0].permute(1, 2, 0).detach(), atol=1e-5)


def test_only_the_first_layers_stay_in_memory_and_the_module_is_not_changed():
    module = small()
    before = [name for name, _ in module.named_modules()]
    early = early_layers(module, SEEN)
    assert sum(isinstance(part, nn.Conv2d) for part in early._layers.modules()) == 3
    assert not any(isinstance(part, nn.Linear) for part in early._layers.modules())
    assert [name for name, _ in module.named_modules()] == before
    assert not any(part._forward_hooks for part in (*module.modules(), *early._layers.modules()))


@pytest.mark.parametrize("engine", ["openvino", "torch"])
def test_the_module_is_let_go_of_where_the_engine_does_not_need_it(engine):
    module = small()
    model = lc.torch_classifier("small", module, SEEN, (), "cpu", "f32", engine)
    gone = weakref.ref(module[-1].weight), weakref.ref(module)
    del module
    gc.collect()
    assert [reference() is None for reference in gone] == [engine == "openvino"] * 2
    assert model.early is not None


def test_the_features_do_not_depend_on_the_engine(crop):
    models = [lc.torch_classifier("small", small(), SEEN, (), "cpu", "f32", engine) for engine in ("openvino", "torch")]
    labels = lc.segment(crop, GRID).labels
    one, other = (lc.describe(model, crop, labels) for model in models)
    np.testing.assert_array_equal(one.features, other.features)
    assert one.kind == other.kind


def test_other_weights_are_another_kind_of_features():
    module, other = small(), small()
    with torch.no_grad():
        other[0].bias += 1.0
    assert early_layers(module, SEEN).kind != early_layers(other, SEEN).kind
    assert early_layers(module, SEEN).kind != early_layers(small(), lc.Preprocessing(64, 64, 70)).kind


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


def test_a_module_without_a_map_is_described_by_color_and_texture():
    flat = nn.Sequential(nn.Flatten(), nn.Linear(64 * 64 * 3, 2))
    assert early_layers(flat, SEEN) is None


def test_a_part_that_is_used_without_being_called_gives_no_wrong_map(crop):
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.block = nn.ModuleDict({"weights": nn.Conv2d(3, 4, 3, bias=False)})
            self.act = nn.ReLU()
            self.last = nn.Linear(4, 2)

        def forward(self, batch):
            found = nn.functional.conv2d(batch, self.block["weights"].weight, stride=8, padding=1)
            return self.last(self.act(found).mean(dim=(2, 3)))

    assert early_layers(Odd(), SEEN) is None


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
