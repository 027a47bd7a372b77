"""Grad-CAM and integrated gradients on networks whose attributions are known by arithmetic."""

import numpy as np
import pytest
import torch
from torch import nn
from torchvision import models

import lime_core as lc
from tests.attributions.conftest import PROBING, values_of
from tests.support.networks import Attention, Net, classifier


def test_integrated_gradients_of_a_linear_network_are_weight_times_change(picture, linear):
    found = lc.attribute(picture, values_of(linear), "integrated_gradients", 1, PROBING, source=linear)
    weights = linear.layer.weight[1].detach().reshape(3, 32, 32).numpy()
    change = picture.pixels.transpose(2, 0, 1) / 255  # from black
    np.testing.assert_allclose(found.values, (weights * change).sum(axis=0), atol=1e-5)
    assert found.asked == 50


def test_they_sum_to_what_showing_the_picture_adds_in_every_space(lite0, chelsea):
    probing = lc.ProbeSettings(hiding=lc.Blur())
    for space in lc.SPACES[lite0.kind]:
        found = lc.attribute(chelsea, lite0, "integrated_gradients", None, probing, space)
        scene, question = found.question.scene, found.question
        shown, hidden = question.of_pictures(np.stack([scene.image, scene.hidden]))
        assert found.values.sum() == pytest.approx(shown - hidden, rel=0.05)


def test_grad_cam_is_the_maps_weighted_by_the_linear_layer_and_enlarged(picture, pooled):
    found = lc.attribute(picture, values_of(pooled), lc.GradCam(positive_only=False), 0, PROBING, source=pooled)
    pixels = torch.from_numpy(picture.pixels.copy()).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        maps = pooled.maps(pixels)
        cells = maps.shape[2] * maps.shape[3]
        expected = (maps * (pooled.layer.weight[0] / cells).view(1, -1, 1, 1)).sum(1, keepdim=True)
        large = nn.functional.interpolate(expected, (32, 32), mode="bilinear")
    np.testing.assert_allclose(found.values, large[0, 0].numpy(), atol=1e-6)
    only = lc.attribute(picture, values_of(pooled), "grad_cam", 0, PROBING, source=pooled)
    assert only.values.min() >= 0


def test_scores_of_the_network_are_those_of_the_classifier(lite0, chelsea):
    from lime_core.attributions.network import Network

    for space in lc.SPACES[lite0.kind]:
        question = lc.attribute(chelsea, lite0, "grad_cam", None, None, space).question
        network = Network(question, "test")
        score = network.score(network.pictures(question.scene.image)).item()
        assert score == pytest.approx(question.of_pictures(question.scene.image[None])[0], abs=2e-3)


@pytest.mark.parametrize("space", ["probability", "log-odds"])
def test_of_probabilities_and_sigmoids_too(picture, pooled, space):
    for kind, last in (("probabilities", nn.Softmax(1)), ("sigmoid", nn.Identity())):
        module = nn.Sequential(pooled, last)
        model = lc.torch_classifier(
            "net", module, values_of(pooled).preprocessing, (), device="cpu", engine="torch", kind=kind
        )
        found = lc.attribute(picture, model, "integrated_gradients", 0, PROBING, space, source=module)
        scene = found.question.scene
        shown, hidden = found.question.of_pictures(np.stack([scene.image, scene.hidden]))
        assert found.values.sum() == pytest.approx(shown - hidden, abs=1e-3)


def seen(module):
    return lc.torch_classifier(
        "net", module, lc.Preprocessing(64, 64, 64), (), device="cpu", engine="torch", kind="logits"
    )


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v3_small", "squeezenet1_1", "densenet121", "vgg11"])
def test_networks_of_torchvision_have_a_last_map(picture, name):
    module = models.get_model(name, num_classes=7)
    for method in ("grad_cam", lc.IntegratedGradients(8)):
        found = lc.attribute(picture, seen(module), method, 3, PROBING, source=module)
        assert found.values.shape == (64, 64)
        assert np.ptp(found.values) > 0


def test_a_vision_transformer_says_why_it_has_none_and_has_gradients(picture):
    module = models.VisionTransformer(64, 16, 2, 2, 32, 64, num_classes=7)
    nn.init.normal_(module.heads.head.weight)  # of zeros at first
    with pytest.raises(lc.UnfitMethod, match="goes on with tokens, as vision transformers do"):
        lc.attribute(picture, seen(module), "grad_cam", 3, PROBING, source=module)
    assert lc.attribute(picture, seen(module), lc.IntegratedGradients(8), 3, PROBING, source=module).values.any()


def test_other_networks_say_what_they_lack(picture, linear):
    with pytest.raises(lc.UnfitMethod, match="passes none on"):
        lc.attribute(picture, values_of(linear), "grad_cam", 0, PROBING, source=linear)
    module = Attention()
    with pytest.raises(lc.UnfitMethod, match="tokens"):
        lc.attribute(picture, classifier(module), "grad_cam", 0, PROBING, source=module)


class Shared(Net):
    """One activation for two layers, or for the maps and for what becomes of them."""

    def __init__(self, later):
        super().__init__()
        self.more, self.later = nn.Conv2d(8, 8, 1), later

    def forward(self, pictures):
        activation = self.layers[1]
        maps = activation(self.more(activation(self.layers[0](pictures))))
        pooled = nn.functional.adaptive_avg_pool2d(maps, 2).flatten(1)
        return self.layers[4](activation(pooled) if self.later else pooled)


def test_of_a_layer_that_is_called_several_times_the_last_map_is_taken(picture):
    module = Shared(later=False)
    model = classifier(module)
    found = lc.attribute(picture, model, lc.GradCam(positive_only=False), 2, PROBING, "logit", source=module)
    pixels = found.question.scene.image
    seen = model.preprocessing
    values = (torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255 - _channels(seen.mean)) / _channels(
        seen.std
    )
    maps = module.layers[1](module.more(module.layers[1](module.layers[0](values)))).detach().requires_grad_()
    score = module.layers[4](nn.functional.adaptive_avg_pool2d(maps, 2).flatten(1))[0, 2]
    weights = torch.autograd.grad(score, maps)[0].mean((2, 3), keepdim=True)
    large = nn.functional.interpolate((maps * weights).sum(1, keepdim=True), (16, 16), mode="bilinear")
    np.testing.assert_allclose(found.values, large[0, 0].detach().numpy(), atol=1e-5)


def _channels(values):
    return torch.tensor(values).view(1, -1, 1, 1)


def test_a_layer_that_goes_on_to_something_else_gives_no_last_map(picture):
    module = Shared(later=True)
    with pytest.raises(lc.UnfitMethod, match="goes on to use it"):
        lc.attribute(picture, classifier(module), "grad_cam", 0, PROBING, source=module)


def test_maps_in_another_order_of_axes_are_not_mistaken(picture):
    class Last(Net):
        def forward(self, pictures):
            return self.layers[4](self.layers[3](self.turn(self.layers[0](pictures))))

        def __init__(self):
            super().__init__()
            self.turn = Turn()

    class Turn(nn.Module):
        def forward(self, maps):
            return nn.functional.adaptive_avg_pool2d(maps, (2, 2)).permute(0, 2, 3, 1)

    module = Last()
    with pytest.raises(lc.UnfitMethod, match="another order"):
        lc.attribute(picture, classifier(module), "grad_cam", 0, PROBING, source=module)


def test_a_function_has_no_gradients_and_says_so(picture, planted):
    for method in ("grad_cam", "integrated_gradients"):
        with pytest.raises(lc.UnfitMethod, match="needs the gradients of a torch network, and of planted there are"):
            lc.attribute(picture, planted, method, 0, PROBING)


def test_a_network_that_is_known_by_name_needs_no_source_and_finds_the_cat(lite0, chelsea):
    found = lc.attribute(chelsea, lite0, "grad_cam")
    height, width = found.values.shape
    middle = found.values[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4]
    assert middle.mean() > found.values.mean() > 0


def test_the_module_at_hand_stays_as_it_is(picture, pooled):
    model = values_of(pooled)
    before = {name: value.clone() for name, value in pooled.state_dict().items()}
    answers = model.outputs(model.view(picture)[None])
    lc.attribute(picture, model, "grad_cam", 0, PROBING, source=pooled)
    assert all(torch.equal(before[name], value) for name, value in pooled.state_dict().items())
    assert not pooled.maps._forward_hooks
    np.testing.assert_array_equal(model.outputs(model.view(picture)[None]), answers)


def test_a_network_that_fails_on_its_way_back_says_so(picture):
    class Cut(Net):
        def forward(self, pictures):
            return super().forward(pictures).detach()

    module = Cut()
    for method in ("grad_cam", "integrated_gradients"):
        with pytest.raises(lc.UnfitMethod, match="cannot follow this network: it fails with RuntimeError"):
            lc.attribute(picture, classifier(module), method, 0, PROBING, source=module)


def test_a_probability_of_one_has_log_odds_with_gradients(picture, pooled):
    class Sure(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = pooled

        def forward(self, pictures):
            return (100 * self.layers(pictures).abs()).softmax(1)

    module = Sure()
    model = lc.torch_classifier(
        "net", module, values_of(pooled).preprocessing, (), device="cpu", engine="torch", kind="probabilities"
    )
    found = lc.attribute(picture, model, "integrated_gradients", None, PROBING, "log-odds", source=module)
    assert np.isfinite(found.values).all()


def test_progress_ends_gradients_too(picture, linear):
    for error in (KeyboardInterrupt, RuntimeError):

        def stop(done: int, total: int, error=error) -> None:
            raise error

        with pytest.raises(error):
            lc.attribute(
                picture, values_of(linear), "integrated_gradients", 0, PROBING, source=linear, on_progress=stop
            )
