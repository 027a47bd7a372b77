"""Loading by name: what is known, what is bundled, and what is taken as it is."""

import pytest
import torch

import lime_core as lc


@pytest.mark.parametrize(("name", "side"), [("efficientnet_lite1", 240), ("efficientnet_lite2", 260)])
def test_bundled_models_come_with_their_weights(name, side):
    model = lc.load_model(name)
    assert lc.MODELS[name].ready
    assert model.view(lc.gallery_picture("coffee")).shape == (side, side, 3)
    assert model.top(lc.gallery_picture("coffee"), 1)[0][1] == "espresso"


def test_every_torchvision_classifier_is_known_by_name():
    families = {entry.family for entry in lc.MODELS.values()}
    assert families == {"bundled", "torchvision"}
    assert {"resnet50", "vit_b_16", "convnext_tiny", "inception_v3"} <= set(lc.MODELS)
    assert len(lc.MODELS) >= 80


def test_an_unknown_model_says_where_the_list_is():
    with pytest.raises(lc.ModelUnavailable, match=r"no model 'resnet5000'.*lime-core models"):
        lc.load_model("resnet5000")


def test_a_function_or_a_classifier_is_taken_as_it_is(planted):
    assert lc.load_model(planted) is planted
    assert lc.load_model(lambda pictures: pictures).kind == "probabilities"


def test_a_bare_torch_module_says_what_it_needs():
    with pytest.raises(ValueError, match="use torch_classifier"):
        lc.load_model(torch.nn.Flatten())
