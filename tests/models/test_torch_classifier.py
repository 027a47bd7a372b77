"""A torch module as a classifier: its fingerprint is its own, and what is unknown is named with what there is."""

import gc
import weakref

import pytest
import torch

import lime_core as lc
from tests.support.networks import Net, classifier
from tests.support.strided_network import SEEN, small


@pytest.mark.parametrize("engine", ["openvino", "torch"])
def test_the_module_is_let_go_of_where_the_engine_does_not_need_it(engine):
    module = small()
    model = lc.torch_classifier("small", module, SEEN, (), "cpu", "f32", engine)
    gone = weakref.ref(module[-1].weight), weakref.ref(module)
    del module
    gc.collect()
    assert [reference() is None for reference in gone] == [engine == "openvino"] * 2
    assert model.early is not None


def test_a_wrong_kind_device_or_precision_says_what_there_is():
    seen = lc.Preprocessing(8, 8, 8)
    with pytest.raises(ValueError, match="kind must be one of logits, probabilities, sigmoid, values"):
        lc.wrap_model(lambda pictures: pictures, kind="scores")
    with pytest.raises(ValueError, match="precision must be one of auto, f32, bf16"):
        lc.torch_classifier("m", torch.nn.Flatten(), seen, (), precision="int8")
    with pytest.raises(ValueError, match="device 'abacus' is not on this machine"):
        lc.torch_classifier("m", torch.nn.Flatten(), seen, (), device="abacus")


def test_the_fingerprint_is_that_of_the_weights():
    seen = lc.Preprocessing(8, 8, 8)
    torch.manual_seed(0)
    layer = torch.nn.Linear(192, 3)
    module = torch.nn.Sequential(torch.nn.Flatten(), layer)
    before = lc.torch_classifier("m", module, seen, ()).fingerprint
    assert lc.torch_classifier("other name", module, seen, ()).fingerprint == before
    with torch.no_grad():
        layer.bias += 1
    assert lc.torch_classifier("m", module, seen, ()).fingerprint != before


def test_the_fingerprint_tells_other_crops_and_other_layers_apart():
    def fingerprint(module, resize):
        return lc.torch_classifier("m", module, lc.Preprocessing(8, 8, resize), ()).fingerprint

    relu, tanh = (torch.nn.Sequential(torch.nn.Flatten(), layer) for layer in (torch.nn.ReLU(), torch.nn.Tanh()))
    assert len({fingerprint(relu, 8), fingerprint(relu, 16), fingerprint(tanh, 8)}) == 3


def test_an_unknown_engine_says_what_there_is():
    with pytest.raises(ValueError, match=r"engine must be one of auto, torch, torch\.compile, openvino, got 'onnx'"):
        classifier(Net(), engine="onnx")
    with pytest.raises(ValueError, match="engine 'openvino' runs on the device 'cpu', got 'meta'"):
        classifier(Net(), engine="openvino", device="meta")
