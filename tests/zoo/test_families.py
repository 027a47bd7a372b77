"""Weights where a download would put them are read, and those that are missing or harmful name their file.

Nothing is downloaded: files stand where a download would put them, or the network is absent.
"""

import numpy as np
import pytest
import torch
from torchvision.models import get_model

import lime_core as lc
from lime_core.zoo.families import imagenet_names, torchvision_entry


@pytest.mark.parametrize("name", ["squeezenet1_1", "googlenet", "inception_v3"])
def test_a_torchvision_model_is_read_from_the_file_that_a_download_leaves(name, publish):
    torch.manual_seed(0)
    more = {} if name == "squeezenet1_1" else {"aux_logits": True, "init_weights": False}
    publish(name, get_model(name, weights=None, **more).state_dict())
    model = lc.load_model(name, download=False)
    side = model.preprocessing.height
    assert model.class_names == imagenet_names()
    assert model.outputs(np.zeros((1, side, side, 3), dtype=np.uint8)).shape == (1, 1000)


def test_densenet_is_read_with_the_names_that_its_layers_had_when_it_was_published(publish):
    state = get_model("densenet121", weights=None).state_dict()
    before = {}
    for key, tensor in state.items():
        for kind in ("norm", "conv"):
            if "denselayer" in key:
                key = key.replace(f"{kind}1.", f"{kind}.1.").replace(f"{kind}2.", f"{kind}.2.")
        if not key.endswith("num_batches_tracked"):
            before[key] = tensor
    assert any("denselayer1.norm.1.weight" in key for key in before)
    entry = publish("densenet121", before)
    module, *_ = entry.build(entry.weights)
    assert all(torch.equal(tensor, state[key]) for key, tensor in module.state_dict().items())


def test_weights_that_cannot_be_fetched_name_the_address_and_the_file(offline, monkeypatch):
    monkeypatch.setitem(lc.MODELS, "resnet50", torchvision_entry("resnet50"))
    with pytest.raises(lc.ModelUnavailable) as caught:
        lc.load_model("resnet50")
    place = offline / "torch" / "hub" / "checkpoints" / "resnet50-11ad3fa6.pth"
    assert caught.value.public == (
        "The weights of resnet50 are not on this machine, and could not be downloaded from "
        "https://download.pytorch.org/models/resnet50-11ad3fa6.pth: no network."
    )
    assert str(caught.value).endswith(f"Get the file on a machine with a network and put it there as {place}.")


def test_a_file_that_does_not_fit_names_itself(publish):
    entry = publish("squeezenet1_1", {"conv.weight": torch.zeros(1)})
    with pytest.raises(lc.ModelUnavailable, match=rf"{entry.weights.name} does not fit the model: .*{entry.weights}"):
        lc.load_model("squeezenet1_1")


def test_a_pickle_that_would_run_code_is_refused(publish, offline):
    class Evil:
        def __reduce__(self):
            return (open, (str(offline / "canary"), "w"))

    publish("squeezenet1_1", {"features": Evil()})
    with pytest.raises(lc.ModelUnavailable, match=r"it names 'io\.open'"):
        lc.load_model("squeezenet1_1")
    assert not (offline / "canary").exists()
