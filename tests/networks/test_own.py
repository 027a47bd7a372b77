"""A classifier has a module of its own: what becomes of the one that was given changes nothing, nor is it changed."""

import copy
import threading
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

import lime_core as lc
from lime_core.networks.own import Fresh, InEvaluation, at_rest, own_copy
from tests.support.networks import SEEN, Net, answers, classifier, scene

ENGINES = ["torch", "openvino"]


class Trained(Net):
    """With layers that behave otherwise in training."""

    def __init__(self):
        super().__init__()
        self.layers.insert(1, nn.BatchNorm2d(8))
        self.layers.insert(4, nn.Dropout(0.5))


class Uncopied(Trained):
    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()


class Closed(Trained):
    """A function in it holds on to its layers."""

    def __init__(self):
        super().__init__()
        self.run = lambda pictures: self.layers(pictures)

    def forward(self, pictures):
        return self.run(pictures)


class Listed(Trained):
    def __init__(self):
        super().__init__()
        self.runs = [{"run": partial(lambda run, pictures: run(pictures), lambda pictures: self.layers(pictures))}]

    def forward(self, pictures):
        return self.runs[0]["run"](pictures)


class Patched(Trained):
    def __init__(self):
        super().__init__()
        before = self.forward
        self.forward = lambda pictures: before(pictures)


class Given(Trained):
    def __init__(self):
        super().__init__()
        self.forward = lambda pictures, layers=self.layers: layers(pictures)


def state(module):
    return {key: (value.clone(), value.stride()) for key, value in module.state_dict().items()}


@pytest.mark.parametrize("engine", ENGINES)
def test_what_becomes_of_a_module_later_changes_no_answer(engine):
    pytest.importorskip("openvino") if engine == "openvino" else None
    module = Trained()
    model = classifier(module, engine=engine, kind="logits")
    before = answers(model)
    module.train()
    with torch.no_grad():
        for weights in module.parameters():
            weights.mul_(3.0)
    np.testing.assert_array_equal(answers(model), before)
    np.testing.assert_array_equal(model.outputs(scene()[0][None]), model.outputs(scene()[0][None]))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_module_is_trained_on_as_if_nothing_had_been_explained(engine):
    pytest.importorskip("openvino") if engine == "openvino" else None
    module = Trained().train()
    kept = state(module)
    model = classifier(module, engine=engine, kind="logits")
    answers(model)
    model.outputs(scene()[0][None])
    assert all(part.training for part in module.modules())
    assert all(weights.requires_grad for weights in module.parameters())
    for key, (value, strides) in state(module).items():
        assert torch.equal(value, kept[key][0])
        assert strides == kept[key][1]
    module(torch.rand(2, 3, 16, 16)).sum().backward()


def test_two_classifiers_of_a_module_do_not_take_it_from_each_other(monkeypatch):
    module = Net()
    one = classifier(module, engine="torch")
    before = answers(one)
    other = classifier(module, engine="torch")
    other.engine._module.to("meta")
    np.testing.assert_array_equal(answers(one), before)
    assert all(weights.device.type == "cpu" for weights in module.parameters())


@pytest.mark.parametrize("kind", [Uncopied, Closed, Listed, Patched, Given])
def test_one_that_cannot_be_copied_is_put_into_evaluation_mode_again(kind):
    module = kind()
    assert isinstance(own_copy(module), InEvaluation)
    model = classifier(module, engine="torch", kind="logits")
    before = answers(model)
    module.train()
    np.testing.assert_array_equal(answers(model), before)
    np.testing.assert_array_equal(before, answers(classifier(Trained(), engine="torch", kind="logits")))
    assert not module.training


def test_a_copy_is_another_and_a_fresh_module_is_the_same():
    module = Net()
    assert own_copy(module) is not module
    model = classifier(Fresh(module), engine="torch")
    assert model.engine._module is module
    assert model.fingerprint == classifier(Net(), engine="torch").fingerprint


def scripted():
    return torch.jit.script(Net())


def traced():
    return torch.jit.trace(Net().eval(), torch.zeros(1, 3, 16, 16))


def frozen(bias=0.0):
    net = Net().eval()
    net.layers[-1].bias.data += bias
    return torch.jit.freeze(torch.jit.script(net))


def followed():
    return torch.fx.symbolic_trace(Net())


def exported():
    batch = {0: torch.export.Dim.DYNAMIC}
    return torch.export.export(Net().eval(), (torch.zeros(2, 3, 16, 16),), dynamic_shapes=(batch,)).module()


MADE = [scripted, traced, frozen, followed, exported]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("engine", ["auto", "torch"])
@pytest.mark.parametrize("make", MADE)
def test_modules_that_torch_has_made_of_others_are_explained(make, engine):
    model = classifier(make(), engine=engine)
    np.testing.assert_allclose(answers(model), answers(classifier(Net(), engine="torch")), atol=1e-5)
    assert model.fingerprint == classifier(make(), engine="torch").fingerprint


@pytest.mark.filterwarnings("ignore")
def test_the_weights_of_a_frozen_module_are_part_of_its_fingerprint():
    one, other = (classifier(frozen(bias), engine="torch") for bias in (0.0, 1.0))
    assert one.fingerprint != other.fingerprint


@pytest.mark.filterwarnings("ignore")
def test_a_scripted_module_is_put_at_rest():
    module = at_rest(scripted().train())
    assert not module.training
    assert not any(weights.requires_grad for weights in module.parameters())


def test_layers_that_had_not_run_yet_are_there_once_they_have():
    lazy = nn.Sequential(nn.Flatten(), nn.LazyLinear(4))
    model = lc.torch_classifier("lazy", lazy, SEEN, (), "cpu", "f32", "torch", "logits")
    assert model.outputs(scene()[0][None]).shape == (1, 4)
    assert isinstance(copy.deepcopy(lazy)[1], nn.LazyLinear)
