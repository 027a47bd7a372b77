"""The early layers give the map that the whole model computes on its way, and keep nothing else of it."""

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models import get_model

import lime_core as lc
from lime_core.features.early_layers import early_layers
from tests.support.strided_network import SEEN, small


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


def test_other_weights_are_another_kind_of_features():
    module, other = small(), small()
    with torch.no_grad():
        other[0].bias += 1.0
    assert early_layers(module, SEEN).kind != early_layers(other, SEEN).kind
    assert early_layers(module, SEEN).kind != early_layers(small(), lc.Preprocessing(64, 64, 70)).kind


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
