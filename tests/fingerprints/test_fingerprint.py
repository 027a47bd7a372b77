"""Torch modules that answer differently have fingerprints of their own, and the same has the same everywhere."""

import functools
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from types import MethodType
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


class Remembering(Net):
    """Fills a memo, a list and an object of its own while it answers, and reads a property once."""

    def __init__(self, factor=1.0):
        super().__init__()
        self.memo, self.sizes, self.meter, self.factor = {}, [], Meter(), factor

    @functools.cached_property
    def scale(self):
        return self.factor

    def forward(self, pictures):
        answers = super().forward(pictures) * self.scale
        self.memo[len(pictures)] = answers
        self.sizes.append(len(pictures))
        self.meter.update(answers)
        return answers


class Meter:
    def __init__(self, base=0.0):
        self.base, self.count = base, 0

    def update(self, answers):
        self.count += 1
        return answers + self.base


class Keeping(Net):
    """A layer's hook keeps what it sees in the network around it."""

    def __init__(self):
        super().__init__()
        self.layers[0].register_forward_hook(self.keep)

    def keep(self, layer, given, answers):
        self.kept = answers.detach()


@pytest.mark.parametrize("make", [Remembering, Keeping])
def test_what_a_module_has_met_while_it_answered_is_no_part_of_it(make):
    module = make()
    before = own(module)
    with torch.no_grad():
        module(torch.zeros(2, 3, 16, 16))
    assert own(module) == before == own(make())


def test_what_an_object_was_made_with_is_seen_beside_what_it_counts():
    other = Remembering()
    other.meter = Meter(2.0)
    assert own(other) != own(Remembering()) != own(Remembering(2.0))


class Child(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, pictures):
        return self.net(pictures) * self.factor  # `net` is no variable of this file


class Around(Net):
    """Its layers hold on to it, in a list and by a hook."""

    def __init__(self, factor=1.0):
        super().__init__()
        self.child = Child(factor)
        self.child.parent = [self]
        self.layers[0].register_forward_hook(lambda layer, given, answers: self.child(answers))


net = Around()


def test_layers_that_hold_on_to_what_is_around_them_come_to_an_end():
    assert own(Around()) == own(Around()) != own(Around(2.0))


@functools.cache
def cached(factor):
    return factor * FACTOR


class Cached(Net):
    def forward(self, pictures):
        return super().forward(pictures) * cached(1)


def test_what_is_cached_is_seen(monkeypatch):
    before = own(Cached())
    monkeypatch.setitem(globals(), "FACTOR", 5.0)
    assert own(Cached()) != before


mean = np.zeros(3)


class Meaning(Net):
    def forward(self, pictures):
        return super().forward(pictures - pictures.mean())


def test_an_attribute_is_no_variable_of_the_file(monkeypatch):
    before = own(Meaning())
    monkeypatch.setitem(globals(), "mean", np.ones(3))
    assert own(Meaning()) == before


PROGRAM = """\
import dataclasses, enum, functools, torch
from lime_core.fingerprints.fingerprint import fingerprint_of
from lime_core.fingerprints.sources import is_of_package
from tests.support.networks import SEEN, Net

class Way(enum.Enum):
    ONE = 1

@dataclasses.dataclass(frozen=True)
class Config:
    way: Way = Way.ONE

def shared(x):
    return x

@functools.cache
def cached(x):
    return x

class Made(Net):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.config = Config()
        self.steps = {("a", lambda x: shared(x)), ("b", lambda x: shared(x) + 1), ("c", lambda x: shared(x) + 2)}

    def forward(self, pictures):
        return super().forward(pictures) * cached(1)

def told():
    return fingerprint_of(Made(), SEEN, "logits")

if __name__ == "__main__":
    print(told())
"""


def test_a_fingerprint_is_the_same_however_a_file_was_started_and_sets_are_ordered(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    root = str(Path(__file__).parents[2])
    started = [
        subprocess.Popen(
            [sys.executable, *command],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join((root, str(tmp_path)))},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed, command in (("1", ["program.py"]), ("2", ["-c", "import program; print(program.told())"]))
    ]
    found = [process.communicate()[0] for process in started]
    assert len(found[0].strip()) == 64
    assert found[0] == found[1]
