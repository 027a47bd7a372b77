"""A torch module as a classifier: its fingerprint is its own, and what is unknown is named with what there is."""

import gc
import weakref

import numpy as np
import pytest
import torch

import lime_core as lc
from lime_core.devices.device import device_of
from lime_core.engines.openvino_graph import NotConverted
from lime_core.models import torch_classifier
from lime_core.models.torch_classifier import precise
from lime_core.networks.own import own_copy
from tests.support.networks import Net, answers, classifier
from tests.support.strided_network import SEEN, small


@pytest.mark.parametrize("engine", ["openvino", "torch"])
def test_the_copy_of_a_module_is_let_go_of_where_the_engine_does_not_need_it(engine, monkeypatch):
    copied = []
    monkeypatch.setattr(torch_classifier, "own_copy", lambda module: copied.append(own_copy(module)) or copied[0])
    module = small()
    model = lc.torch_classifier("small", module, SEEN, (), "cpu", "f32", engine)
    gone = weakref.ref(copied[0][-1].weight), weakref.ref(copied[0])
    own = weakref.ref(module)
    copied.clear()
    del module
    gc.collect()
    assert [reference() is None for reference in gone] == [engine == "openvino"] * 2
    assert own() is None
    assert model.early is not None


def test_a_wrong_kind_device_or_precision_says_what_there_is():
    seen = lc.Preprocessing(8, 8, 8)
    with pytest.raises(ValueError, match="kind must be one of logits, probabilities, sigmoid, values"):
        lc.wrap_model(lambda pictures: pictures, kind="scores")
    with pytest.raises(ValueError, match="precision must be one of auto, f32, tf32, f16, bf16"):
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


@pytest.mark.parametrize("digits", [torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("engine", ["auto", "torch"])
def test_weights_of_other_digits_are_refused_with_what_to_do(digits, engine):
    with pytest.raises(
        ValueError, match=f"has weights of {str(digits)[6:]}, .* give module.float\\(\\); precision= says"
    ):
        classifier(Net().to(digits), engine=engine)


def test_quantized_modules_are_refused_with_what_to_do():
    quantized = Net()  # torch's own class warns that it will go
    place = {"__module__": "torch.ao.nn.quantized.dynamic.modules.linear"}
    quantized.layers[4] = type("Linear", (torch.nn.Linear,), place)(32, 5)
    with pytest.raises(ValueError, match=r"module is quantized, .* give the one that it was made of"):
        classifier(quantized, kind="logits")


class Casting(Net):
    """Takes float32, whatever it calculates with."""

    def forward(self, pictures):
        return super().forward(pictures.to(self.layers[0].weight.dtype))

    def get_extra_state(self):
        return "kept beside the weights"

    def set_extra_state(self, state):
        pass


@pytest.mark.parametrize("digits", [torch.bfloat16, torch.float64])
def test_a_module_that_casts_what_it_is_given_is_taken(digits):
    model, usual = (classifier(Casting().to(each), engine="torch", kind="logits") for each in (digits, torch.float32))
    np.testing.assert_allclose(answers(model), answers(usual), atol=0.02)
    assert model.fingerprint != usual.fingerprint


def test_a_device_that_holds_no_numbers_is_refused():
    with pytest.raises(ValueError, match="device 'meta' holds no numbers to answer with; use 'auto' or 'cpu'"):
        classifier(Net(), device="meta")


@pytest.mark.parametrize("name", ["cpu", "cpu:0", "meta"])
def test_a_device_of_this_machine_is_the_one_of_its_name(name):
    assert device_of(name) == name


@pytest.mark.parametrize("name", ["abacus", "hpu", "privateuseone", "cuda:4242", "cuda:-1", "", "a\0b"])
def test_a_device_that_is_not_here_is_said(name):
    with pytest.raises(ValueError, match=r"device .* is not on this machine; use 'auto' or 'cpu'"):
        device_of(name)


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_of_all_devices_a_gpu_is_taken_first(cuda, mps, expected, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert device_of("auto") == expected


class Rounded:
    """An engine whose answers to masks are off by so much."""

    def __init__(self, off):
        self.off = off

    def scorer(self, image, hidden, labels):
        return lambda masks: (masks[:, :1] + self.off * masks[:, 1:2]).repeat(2, axis=1)


@pytest.mark.parametrize(
    ("precision", "fast", "off", "expected", "chosen"),
    [
        ("f32", True, 0.0, ["f32"], "f32"),
        ("bf16", False, 9.0, ["bf16"], "bf16"),
        ("auto", False, 0.0, ["f32"], "f32"),
        ("auto", True, 0.001, ["bf16", "f32"], "bf16"),
        ("auto", True, 9.0, ["bf16", "f32"], "f32"),
    ],
)
def test_few_digits_are_taken_where_they_are_fast_and_hardly_change_a_thing(precision, fast, off, expected, chosen):
    made = {}

    def make(digits):
        return made.setdefault(digits, Rounded(off if digits == "bf16" else 0.0))

    found = precise(make, precision, fast, SEEN)
    assert list(made) == expected
    assert found is made[chosen]


def test_what_was_tried_once_is_not_tried_again(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for off, expected in ((0.001, "bf16"), (9.0, "f32")):
        made = {}

        def make(digits, made=made, off=off):
            return made.setdefault(digits, Rounded(off if digits == "bf16" else 0.0))

        assert precise(make, "auto", True, SEEN, f"model {off}") is made[expected]
        assert sorted(made) == ["bf16", "f32"]
        made.clear()
        assert precise(make, "auto", True, SEEN, f"model {off}") is made[expected]
        assert list(made) == [expected]


@pytest.mark.parametrize("error", [NotConverted("no bf16"), lc.ModelUnavailable("no bf16")])
def test_all_digits_are_taken_where_few_cannot_be_had(error):
    exact = Rounded(0.0)

    def make(digits):
        if digits == "bf16":
            raise error
        return exact

    assert precise(make, "auto", True, SEEN) is exact
    with pytest.raises(type(error), match="no bf16"):
        precise(make, "bf16", True, SEEN)
