"""Weights where a download would put them are read, and those that are missing, broken or harmful name their file.

Nothing is downloaded: files stand where a download would put them, or the network is absent.
"""

import urllib.error

import numpy as np
import pytest
import torch
from torchvision.models import get_model

import lime_core as lc
from lime_core.zoo.families import imagenet_names, torchvision_entry


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """An empty cache and no network."""

    def refuse(*_, **__):
        raise urllib.error.URLError("no network")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    monkeypatch.setattr("torch.hub.urlopen", refuse)
    monkeypatch.setattr("timm.models._builder.load_state_dict_from_hf", refuse)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


@pytest.mark.parametrize("name", ["squeezenet1_1", "googlenet", "inception_v3"])
def test_a_torchvision_model_is_read_from_the_file_that_a_download_leaves(name, offline, monkeypatch):
    entry = torchvision_entry(name)
    entry.weights.parent.mkdir(parents=True)
    torch.manual_seed(0)
    more = {} if name == "squeezenet1_1" else {"aux_logits": True, "init_weights": False}
    module = get_model(name, weights=None, **more)
    torch.save(module.state_dict(), entry.weights)
    monkeypatch.setitem(lc.MODELS, name, entry)
    model = lc.load_model(name)
    side = model.preprocessing.height
    assert model.class_names == imagenet_names()
    assert model.outputs(np.zeros((1, side, side, 3), dtype=np.uint8)).shape == (1, 1000)


def test_weights_that_cannot_be_fetched_name_the_file_and_the_folder(offline, monkeypatch):
    monkeypatch.setitem(lc.MODELS, "resnet50", torchvision_entry("resnet50"))
    with pytest.raises(lc.ModelUnavailable) as caught:
        lc.load_model("resnet50")
    assert "resnet50-11ad3fa6.pth" in str(caught.value)
    assert str(offline / "torch" / "hub" / "checkpoints") in str(caught.value)


def test_a_file_that_does_not_fit_names_itself(offline, monkeypatch):
    entry = torchvision_entry("squeezenet1_1")
    entry.weights.parent.mkdir(parents=True)
    monkeypatch.setitem(lc.MODELS, "squeezenet1_1", entry)
    torch.save({"conv.weight": torch.zeros(1)}, entry.weights)
    with pytest.raises(lc.ModelUnavailable, match=r"do not fit the model: .*squeezenet1_1-b8a52dc0.pth"):
        lc.load_model("squeezenet1_1")


def test_a_pickle_that_would_run_code_is_refused(offline, monkeypatch):
    class Evil:
        def __reduce__(self):
            return (open, (str(offline / "canary"), "w"))

    entry = torchvision_entry("squeezenet1_1")
    entry.weights.parent.mkdir(parents=True)
    monkeypatch.setitem(lc.MODELS, "squeezenet1_1", entry)
    torch.save({"features": Evil()}, entry.weights)
    with pytest.raises(lc.ModelUnavailable):
        lc.load_model("squeezenet1_1")
    assert not (offline / "canary").exists()


def test_a_timm_model_is_read_from_the_cache_folder(offline):
    timm = pytest.importorskip("timm", reason="timm is not installed")
    save_file = pytest.importorskip("safetensors.torch").save_file
    torch.manual_seed(0)
    module = timm.create_model("legacy_xception", pretrained=False)
    entry = lc.find_model("timm/xception")
    entry.weights.parent.mkdir(parents=True)
    save_file(module.state_dict(), entry.weights)
    model = lc.load_model("timm/xception")
    assert (model.preprocessing.height, model.preprocessing.resize) == (299, 333)
    assert model.preprocessing.mean == (0.5, 0.5, 0.5)
    assert model.class_name(285) == "Egyptian cat"
    assert model.outputs(np.zeros((1, 299, 299, 3), dtype=np.uint8)).shape == (1, 1000)


def test_timm_weights_that_cannot_be_fetched_name_the_file_and_the_folder(offline):
    pytest.importorskip("timm", reason="timm is not installed")
    with pytest.raises(lc.ModelUnavailable) as caught:
        lc.load_model("timm/resnet18")
    assert "resnet18.safetensors" in str(caught.value)
    assert str(offline / "cache" / "lime_core" / "timm") in str(caught.value)
    assert "model.safetensors" in str(caught.value)


def test_an_unknown_timm_model_and_a_missing_timm_say_so(monkeypatch):
    pytest.importorskip("timm", reason="timm is not installed")
    with pytest.raises(lc.ModelUnavailable, match="timm has no model 'resnet5000'"):
        lc.load_model("timm/resnet5000")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(lc.ModelUnavailable, match="pip install timm"):
        lc.load_model("timm/resnet18")
