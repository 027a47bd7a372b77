"""Loading by name: what is known, what is bundled, and what is taken as it is."""

import time

import pytest
import torch

import lime_core as lc
from lime_core.zoo.families import torchvision_entry


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


@pytest.mark.parametrize("prefix", ["", "timm/"])
@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "/", "../../etc/passwd", "/etc/passwd", "resnet18/", "resnet18/../../x", "resnet18.tag/../../x",
     "a\0b", "resnet18\0", "x" * 10_000, "hf-hub:timm/resnet18", "hf_hub:x/y@z", "local-dir:/tmp", "file:///etc/passwd",
     "http://127.0.0.1/x", "RESNET18", " resnet18", "résnet18", "\u202eresnet18", "\ud800", "resnet18\n",
     "timm/timm/resnet18", "..%2f..%2fx", "%s", "{}", "C:\\x"],
)  # fmt: skip
def test_a_name_that_is_none_is_refused_at_once_and_leads_nowhere(name, prefix, offline):
    start = time.monotonic()
    with pytest.raises(lc.ModelUnavailable) as caught:
        lc.load_model(prefix + name)
    assert time.monotonic() - start < 2
    assert "has no model" in str(caught.value) or "There is no model" in str(caught.value)
    assert len(str(caught.value)) < 300
    str(caught.value).encode()
    assert not list(offline.rglob("*"))


@pytest.mark.parametrize("name", ["resnet50", "timm/resnet18"])
def test_nothing_is_downloaded_where_that_is_not_allowed(name, offline, monkeypatch):
    monkeypatch.setitem(lc.MODELS, "resnet50", torchvision_entry("resnet50"))
    monkeypatch.setattr("urllib.request.urlopen", None)
    with pytest.raises(lc.ModelUnavailable) as caught:
        lc.load_model(name, download=False)
    assert caught.value.public == f"The weights of {name} are not on this machine, and nothing may be downloaded here."
    assert "Get https://" in str(caught.value)
    assert str(offline) in str(caught.value)


def test_names_begin_with_the_bundled_and_those_that_are_ready(offline, monkeypatch):
    pytest.importorskip("timm", reason="timm is not installed")
    for name in ("resnet50", "squeezenet1_1"):
        monkeypatch.setitem(lc.MODELS, name, torchvision_entry(name))
    for path in (lc.MODELS["squeezenet1_1"].weights, lc.find_model("timm/test_vit").weights):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"weights")
    for other in ("nobody_knows_this.safetensors", "resnet18.part", "..safetensors", ".resnet18.safetensors"):
        (lc.find_model("timm/test_vit").weights.parent / other).write_bytes(b"x")
    ready = [name for name in lc.MODELS if lc.MODELS[name].ready] + ["timm/test_vit"]
    assert list(lc.model_names(ready=True)) == ready
    every = lc.model_names()
    assert set(every) == {*lc.MODELS, "timm/test_vit"}
    assert list(every[: len(ready)]) == ready
    assert all(lc.find_model(name).name == name for name in every)


def test_a_function_or_a_classifier_is_taken_as_it_is(planted):
    assert lc.load_model(planted) is planted
    assert lc.load_model(lambda pictures: pictures).kind == "probabilities"


def test_a_bare_torch_module_says_what_it_needs():
    with pytest.raises(ValueError, match="use torch_classifier"):
        lc.load_model(torch.nn.Flatten())
