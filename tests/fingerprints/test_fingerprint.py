"""Torch modules that answer differently have fingerprints of their own, and the same has the same everywhere."""

import argparse
import enum
import functools
import hashlib
import importlib.util
import os
import subprocess
import sys
from types import MethodType, SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest
import timm
import torch
import torchvision
from torch import nn

from lime_core.fingerprints.fingerprint import fingerprint_of
from tests.support import beside
from tests.support.networks import SEEN, Net, classifier

FACTOR = 2.0


class Scaled(Net):
    """Its calls are counted, which is no setting; all else that tests change decides what it answers."""

    def __init__(self, temperature=1.0, shift=0.0, squash=torch.tanh):
        super().__init__()
        self.temperature, self.squash, self.calls = temperature, squash, 0
        self.register_buffer("shift", torch.tensor(shift), persistent=False)

    def forward(self, pictures):
        self.calls += 1
        return self.squash(super().forward(pictures)) * self.temperature * FACTOR + self.shift

    def other(self, pictures):
        return super().forward(pictures)


class Turned(Scaled):
    def forward(self, pictures):
        return -super().forward(pictures)


def compiled(text):
    """A module whose source is nowhere."""
    names = {"Net": Net}
    exec(f"class Made(Net):\n def forward(self, x):\n  return {text}", names)
    return names["Made"]()


def within(factor):
    class Within(Net):
        def forward(self, pictures):
            return self.layers(pictures) * factor

    return Within()


def own(module):
    return fingerprint_of(module, SEEN, "logits")


def hacked():
    module = Scaled()
    module.forward = MethodType(Scaled.other, module)
    return module


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Scaled, lambda: Scaled(temperature=3.0)),
        (Scaled, lambda: Scaled(temperature=(1.0, [2]))),
        (Scaled, lambda: Scaled(shift=1.0)),
        (Scaled, lambda: Scaled(squash=torch.sin)),
        (lambda: Scaled(squash=lambda x: x + 1), lambda: Scaled(squash=lambda x: x + 2)),
        (Scaled, lambda: nn.Sequential(Scaled())),
        (Turned, lambda: type("Turned", (Scaled,), {})()),
        (Scaled, hacked),
        (lambda: within(1), lambda: within(2)),
        (lambda: compiled("self.layers(x) * 2"), lambda: compiled("self.layers(x) * 3")),
        (lambda: compiled("self.layers(x).sin()"), lambda: compiled("self.layers(x).cos()")),
        (lambda: torch.fx.symbolic_trace(within(1)), lambda: torch.fx.symbolic_trace(within(2))),
    ],
)
def test_modules_that_answer_differently_have_fingerprints_of_their_own(one, other):
    assert own(one()) == own(one()) != own(other())


def test_a_constant_of_the_file_is_part_of_the_code_that_names_it(monkeypatch):
    before = own(Scaled())
    monkeypatch.setitem(globals(), "FACTOR", 3.0)
    assert own(Scaled()) != before


def test_a_module_that_has_answered_is_the_one_that_it_was():
    module = Scaled()
    module(torch.zeros(1, 3, 16, 16))
    assert module.calls > 0
    model = classifier(module, kind="logits")
    assert model.fingerprint == own(Scaled()) == own(module)


def test_a_fingerprint_is_the_same_in_another_process():
    text = "x + (x.sum().item() in {1, 'a', 'b'})"
    code = f"from tests.fingerprints.test_fingerprint import *; print(own(Turned()), own(compiled({text!r})))"
    for seed in "12":
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        out = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True).stdout
        assert out.decode().split() == [own(Turned()), own(compiled(text))]


@pytest.mark.parametrize(
    "make",
    [
        lambda: torchvision.models.googlenet(num_classes=2, init_weights=False),
        lambda: timm.create_model("swin_tiny_patch4_window7_224", num_classes=2),
    ],
)
def test_published_networks_have_fingerprints_of_layers_and_weights_as_ever(make):
    module = make()
    expected = hashlib.sha256(repr((module, SEEN)).encode())
    for key, tensor in sorted(module.state_dict().items()):
        expected.update(key.encode() + tensor.numpy().tobytes())
    assert own(module) == expected.hexdigest()


class Held(Net):
    """Answers by what it holds."""

    def __init__(self, held):
        super().__init__()
        self.held = held

    def forward(self, pictures):
        return super().forward(pictures) * float(str(len(str(self.held))))


class Scaler:
    """Somebody's own object, which counts its calls."""

    def __init__(self, factor, calls=0):
        self.factor, self.calls = factor, calls

    def __call__(self, answers):
        self.calls += 1
        return answers * self.factor

    def scaled(self, answers):
        return answers * self.factor


class Slotted:
    __slots__ = ("factor",)

    def __init__(self, factor):
        self.factor = factor


TIMES = [lambda x, k=k: x * k for k in (1, 2)]


class Way(enum.Enum):
    ONE = 1.0
    TWO = 2.0


def layer(seed):
    torch.manual_seed(seed)
    return nn.Linear(2, 2)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda: torch.ones(2), lambda: torch.zeros(2)),
        (lambda: np.ones(2), lambda: np.ones((2, 1))),
        (lambda: np.array([{"a": 1}]), lambda: np.array([{"a": 2}])),
        (lambda: {"a": 1.0, "b": 2}, lambda: {"a": 1.0, "b": 3}),
        (lambda: {"deep": [{"a": torch.ones(1)}]}, lambda: {"deep": [{"a": torch.zeros(1)}]}),
        (lambda: {1, "a"}, lambda: {1, "b"}),
        (lambda: frozenset("a"), lambda: frozenset("b")),
        (lambda: Way.ONE, lambda: Way.TWO),
        (lambda: torch.int32, lambda: torch.float32),
        (lambda: torch.device("cpu"), lambda: torch.device("meta")),
        (lambda: SimpleNamespace(a=1), lambda: SimpleNamespace(a=2)),
        (lambda: argparse.Namespace(a=1), lambda: argparse.Namespace(a=2)),
        (lambda: functools.partial(torch.clamp, max=1), lambda: functools.partial(torch.clamp, max=2)),
        (lambda: Scaler(1.0), lambda: Scaler(2.0)),
        (lambda: Scaler(1.0).scaled, lambda: Scaler(2.0).scaled),
        (lambda: Slotted(1.0), lambda: Slotted(2.0)),
        (lambda: SEEN, lambda: type(SEEN)(32, 32)),
        (lambda: [layer(0)], lambda: [layer(1)]),
        (lambda: TIMES[0], lambda: TIMES[1]),
        (lambda: torch.relu, lambda: torch.sigmoid),
        (lambda: Scaler, lambda: Slotted),
    ],
)
def test_what_a_layer_holds_is_seen_whatever_it_is(one, other):
    assert own(Held(one())) == own(Held(one())) != own(Held(other()))


def test_an_object_that_counts_its_calls_is_the_one_that_it_was():
    assert own(Held(Scaler(1.0, calls=0))) == own(Held(Scaler(1.0, calls=7)))


def test_what_refers_to_itself_comes_to_an_end():
    one, other = {"a": 1}, {"a": 2}
    one["self"], other["self"] = one, other
    module = Held(one)
    module.held["module"] = module
    assert own(module) != own(Held(other))


OPERATION, TABLE, TENSOR = None, {}, None


class Once(torch.autograd.Function):
    @staticmethod
    def forward(ctx, answers):
        return answers * 1


class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, answers):
        return answers * 2


class Using(Net):
    TABLE: ClassVar = {"a": 1.0}

    def forward(self, pictures):
        answers = OPERATION.apply(self.times(super().forward(pictures)))
        return beside.scaled(answers) * TENSOR + TABLE["a"] + self.TABLE["a"]

    def times(self, answers, factor=1.0):
        return answers * factor


HERE = sys.modules[__name__]


@pytest.mark.parametrize(
    ("where", "name", "value"),
    [
        (HERE, "OPERATION", Twice),
        (HERE, "TABLE", {"a": 5.0}),
        (HERE, "TENSOR", torch.zeros(1)),
        (beside, "FACTOR", 3.0),
        (beside, "scaled", lambda answers: answers * 7),
        (Using, "TABLE", {"a": 3.0}),
        (Using.times, "__defaults__", (4.0,)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_forward_names_is_seen_wherever_it_stands(monkeypatch, where, name, value):
    for key, usual in {"OPERATION": Once, "TABLE": {"a": 1.0}, "TENSOR": torch.ones(1)}.items():
        monkeypatch.setattr(HERE, key, usual)
    before = own(Using())
    assert own(Using()) == before
    monkeypatch.setattr(where, name, value)
    assert own(Using()) != before


def patched(module):
    before = module.forward
    module.forward = lambda pictures: before(pictures) * 3
    return module


def hooked(module):
    module.register_forward_hook(lambda module, given, answers: answers * 5)
    return module


def hooked_within(module):
    module.get_submodule("layers.0").register_forward_pre_hook(lambda module, given: (given[0] * 5,))
    return module


@pytest.mark.parametrize("changed", [patched, hooked, hooked_within])
@pytest.mark.parametrize("make", [Net, lambda: nn.Sequential(Net().layers)], ids=["own", "published"])
def test_what_was_hung_on_a_network_is_seen(make, changed):
    def module():
        torch.manual_seed(0)
        made = make()
        return made if hasattr(made, "layers") else nn.ModuleDict({"layers": made[0]})

    assert own(changed(module())) == own(changed(module())) != own(module())


class Attending(nn.Module):
    def __init__(self, make):
        super().__init__()
        torch.manual_seed(0)
        self.inner = make()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda: nn.MultiheadAttention(16, 1), lambda: nn.MultiheadAttention(16, 8)),
        (
            lambda: nn.TransformerEncoderLayer(16, 2, 32, norm_first=True),
            lambda: nn.TransformerEncoderLayer(16, 2, 32, norm_first=False),
        ),
        (
            lambda: nn.TransformerEncoderLayer(16, 2, 32, activation="relu"),
            lambda: nn.TransformerEncoderLayer(16, 2, 32, activation="gelu"),
        ),
    ],
)
def test_settings_of_published_layers_that_they_do_not_show_are_seen_within_ones_own(one, other):
    assert own(Attending(one)) == own(Attending(one)) != own(Attending(other))


WRITTEN = """\
import torch
from tests.support.networks import Net

class Made(Net):
    @torch.no_grad()
    def forward(self, pictures):
        return super().forward(pictures) * FACTOR
"""


def test_the_code_that_runs_is_seen_and_not_what_its_file_has_become(tmp_path, monkeypatch):
    def imported():
        spec = importlib.util.spec_from_file_location("made", path)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "made", module)
        spec.loader.exec_module(module)
        return module.Made()

    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    path = tmp_path / "made.py"
    path.write_text(WRITTEN.replace("FACTOR", "1"))
    running = imported()
    before = own(running)
    path.write_text(WRITTEN.replace("FACTOR", "25"))
    edited = own(running)
    assert edited != own(imported())
    path.write_text(WRITTEN.replace("FACTOR", "1"))
    assert own(imported()) == before != own_of(25, path, imported)


def own_of(factor, path, imported):
    path.write_text(WRITTEN.replace("FACTOR", str(factor)))
    return own(imported())
