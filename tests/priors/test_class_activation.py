"""A model's own class activation map as a prior: shares of the logit, kept with an explanation and found again."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
import torchvision
from torch import nn

import lime_core as lc
from lime_core.priors.class_activation import CLASS_ACTIVATION
from lime_core.reports import sentences
from tests.support.networks import Attention, classifier

NAMES = ("red", "green", "blue")
LEFT = lc.Preprocessing(16, 16, 16, mean=(0.0,) * 3, std=(1.0,) * 3)


def shades():
    """A network that knows each color by itself: the map is the picture in cells of 4 × 4 pixels."""
    module = nn.Sequential(nn.AvgPool2d(4), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 3))
    with torch.no_grad():
        module[3].weight.copy_(4 * torch.eye(3))
        module[3].bias.copy_(torch.tensor([0.5, 0.0, -0.5]))
    return module


def shaded(module=None, **settings):
    usual = {"device": "cpu", "precision": "f32", "kind": "logits"}
    return lc.torch_classifier("shades", module or shades(), LEFT, NAMES, **{**usual, **settings})


@pytest.fixture
def module():
    return shades()


@pytest.fixture
def model(module):
    return shaded(module)


@pytest.fixture
def photo():
    """Red at the left, green at the right, in the top half; nearly black below."""
    pixels = np.full((16, 16, 3), 9, dtype=np.uint8)
    pixels[:8, :8, 0], pixels[:8, 8:, 1] = 255, 127
    return lc.load_picture(pixels)


@pytest.fixture
def prior(model, module):
    return lc.class_activation(model, module)


@pytest.fixture
def shades_probe(photo, model):
    return lc.probe_image(photo, model, 60, lc.Grid(2, 2), hiding=0)


def test_each_superpixel_has_its_share_of_the_logit(prior, shades_probe, model, photo):
    features = prior.look(shades_probe.scene)
    assert features.shape == (4, 3)
    logits = model.outputs(model.view(photo)[None])[0]
    for index, bias in enumerate((0.5, 0.0, -0.5)):
        shares = prior.project(features, index).mean
        assert shares.sum() + bias == pytest.approx(logits[index], abs=1e-5)
        np.testing.assert_allclose(shares, features @ (4 * np.eye(3)[index]), atol=1e-6)
    red, green = (prior.project(features, index).mean for index in (0, 1))
    assert (int(red.argmax()), int(green.argmax())) == (0, 1)
    assert red[0] > 0.7 > 0.3 > red[1] > red[3] > 0  # what bilinear resizing spreads
    assert prior.project(features, 2).coverage == 1.0


def test_a_strong_pull_gives_the_map_and_none_the_plain_fit(prior, shades_probe):
    plain, off, strong = (
        lc.explain(shades_probe, 0, "logit", **options)
        for options in ({}, {"prior": prior}, {"prior": prior, "prior_strength": 1e9})
    )
    np.testing.assert_array_equal(off.weights, plain.weights)
    shares = prior.project(prior.look(shades_probe.scene), 0).mean
    assert np.corrcoef(strong.weights, shares)[0, 1] > 0.999999
    assert strong.prior_scale == pytest.approx(strong.weights[0] / shares[0], rel=1e-5)
    assert plain.weights.argmax() == 0


def test_another_class_needs_no_further_pass(prior, shades_probe, monkeypatch):
    lc.explain(shades_probe, 0, prior=prior, prior_strength=3.0)
    monkeypatch.setattr(type(prior.last_map), "__call__", None)
    assert lc.explain(shades_probe, 1, prior=prior, prior_strength=3.0).prior_coverage == 1.0


def test_it_is_equal_to_another_of_the_same_model_and_to_none_of_another(prior, model, module):
    again = lc.class_activation(shaded(shades()), shades())
    assert again == prior
    assert hash(again) == hash(prior)
    other = shades()
    with torch.no_grad():
        other[3].bias.zero_()
    assert lc.class_activation(shaded(other), other) != prior
    assert prior != 3
    with pytest.raises(lc.PriorMismatch, match="that of shades, and the weights or settings of this model are others"):
        prior.check_model(shaded(other))
    assert prior.unit == "logit"
    assert isinstance(prior, lc.LookingPrior)
    assert not isinstance(3, lc.LookingPrior)
    assert prior.made_by["features"] == "last map, 4 × 4 × 3"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p, f: p.project(f[:, :2], 0), r"3 channels, and was given \(4, 2\)"),
        (lambda p, f: p.project(f, 3), "3 classes, class 3 is none of them"),
        (lambda p, f: p.check(p.kind, p.fingerprint, 4), "for 3 classes, and the model has 4"),
        (lambda p, f: p.check("corners", p.fingerprint, 3), "are others"),
    ],
)
def test_what_does_not_belong_to_it_is_refused(prior, shades_probe, change, message):
    with pytest.raises(lc.PriorMismatch, match=message):
        change(prior, prior.look(shades_probe.scene))


def test_models_without_the_form_say_so(planted):
    net = Attention()
    with pytest.raises(lc.PriorMismatch, match="net has no class activation map: its answers do not come from one lin"):
        lc.class_activation(classifier(net), net)
    with pytest.raises(lc.PriorMismatch, match="planted has no class activation map here: it is a function"):
        lc.class_activation(planted)


def test_a_module_that_is_not_the_models_is_refused(model):
    with pytest.raises(lc.PriorMismatch, match="There is no model 'shades'"):
        lc.class_activation(model)
    with pytest.raises(lc.PriorMismatch, match="another one than the torch module"):
        lc.class_activation(model, Attention())
    with pytest.raises(lc.PriorMismatch, match="another one than the torch module"):
        lc.class_activation(model, "efficientnet_lite0")


def test_a_described_model_is_built_by_its_description(own_models, tmp_path):
    path, photo = own_models / "digits" / "model.toml", own_models / "digits" / "photo.png"
    with pytest.raises(lc.PriorMismatch, match="no mean over a map"):  # of 32 pixels a ResNet's last map has one cell
        lc.class_activation(path)
    shutil.copytree(path.parent, tmp_path / "larger")
    path = tmp_path / "larger" / "model.toml"
    path.write_text(path.read_text().replace("size = 32", "size = 64"))
    model = lc.load_model(path, device="cpu", precision="f32")
    with pytest.raises(lc.PriorMismatch, match="no model"):
        lc.class_activation(model)
    prior = lc.class_activation(model, path)
    assert prior == lc.class_activation(path)
    e = lc.explain_image(photo, model, num_samples=40, segmenter=lc.Grid(3, 3), prior=prior, prior_strength=3.0)
    again = lc.replay(e.save(tmp_path / "digit"), photo, path)
    np.testing.assert_allclose(again.weights, e.weights, atol=1e-6)


def test_a_model_that_only_has_the_name_of_a_published_one_is_refused():
    named = replace(shaded(), name="efficientnet_lite0")
    with pytest.raises(lc.PriorMismatch, match="another one than the torch module"):
        lc.class_activation(named)


def test_what_the_map_did_is_said_in_its_name(prior, shades_probe):
    weak, strong = (lc.explain(shades_probe, 0, prior=prior, prior_strength=strength) for strength in (0.01, 1e6))
    assert "The class activation map makes" in sentences.prior_in_words(weak)
    assert sentences.prior_remarks(weak) == []
    (remark,) = sentences.prior_remarks(strong)
    assert "more about the model's last layer" in remark


@pytest.fixture(scope="module")
def cat(lite0, chelsea):
    prior = lc.class_activation(lite0)
    return lc.explain_image(chelsea, lite0, num_samples=60, prior=prior, prior_strength=3.0)


def test_a_saved_explanation_is_replayed_with_the_map_of_the_model(cat, chelsea, lite0, tmp_path):
    folder = cat.save(tmp_path / "cat")
    assert not (folder / "prior.npz").exists()
    told = json.loads((folder / "manifest.json").read_text())["prior"]
    assert (told["name"], told["strength"], told["digest"]) == (CLASS_ACTIVATION, 3.0, cat.settings.prior.digest)
    again = lc.replay(folder, chelsea, lite0)
    np.testing.assert_allclose(again.weights, cat.weights, atol=1e-6)
    assert again.settings.prior == cat.settings.prior


def test_the_shares_of_a_real_network_add_up_to_its_logit(cat, lite0):
    prior, scene = cat.settings.prior, cat.scene
    index = cat.settings.class_index
    shares = prior.project(prior.look(scene), index).mean
    logit = lite0.outputs(scene.image[None])[0, index]
    assert shares.sum() + prior.last_map.bias[index] == pytest.approx(logit, abs=1e-3)
    assert prior.kind == "last map, 7 × 7 × 1280"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"digest": "0" * 64}, "class activation map of another model than its own"),
        ({"strength": -1.0}, "strength must be a number of at least 0"),
        ({"strength": "much"}, "strength is no float"),
        ({"strength": float("inf")}, "strength must be"),
    ],
)
def test_a_manifest_that_says_something_else_of_the_map_is_refused(cat, chelsea, lite0, tmp_path, change, message):
    path = cat.save(tmp_path / "cat") / "manifest.json"
    record = json.loads(path.read_text())
    record["prior"] |= change
    path.write_text(json.dumps(record))
    with pytest.raises(lc.ReplayMismatch, match=message):
        lc.replay(path, chelsea, lite0)


def test_a_replay_on_a_model_whose_map_cannot_be_made_says_so(prior, shades_probe, model, photo, tmp_path):
    e = lc.explain(shades_probe, 0, prior=prior, prior_strength=3.0)
    with pytest.raises(lc.ReplayMismatch, match="The class activation map that was the prior cannot be made"):
        lc.replay(e.save(tmp_path / "shades"), photo, model)


def test_networks_of_torchvision_have_one_with_random_weights_too():
    with torch.random.fork_rng():
        resnet = torchvision.models.resnet18(weights=None)
    found = lc.class_activation(
        lc.torch_classifier("mine", resnet, lc.Preprocessing(64, 64), (), "cpu", "f32", "torch"), resnet
    )
    assert found.last_map.shape == (2, 2, 512)
