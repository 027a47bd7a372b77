"""Models that differ say in what, and torch modules that answer differently are no longer one."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from types import MethodType

import pytest
import timm
import torch
import torchvision
from torch import nn

import lime_core as lc
from lime_core.models.facts import fingerprint_of
from tests.support.networks import SEEN, Net, classifier, scene
from tests.support.planted import BLACK, GRID


@pytest.fixture
def job(planted):
    return lc.Job.of(planted, segmenter=GRID, hiding=BLACK, num_samples=40)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (
            {"token": "random"},
            r"functions without a name \(planted\) as models, which may differ; give wrap_model a name",
        ),
        ({"engine": "torch"}, r"in different ways \(Python function · planted and torch\)"),
        ({"versions": (("torch", "0"),)}, "different versions of lime_core, .*torch.*; install the same ones"),
        ({"name": "other"}, r"different models \(planted and other\)"),
    ],
)
def test_processes_whose_models_differ_say_in_what(job, other, message):
    job.model.check_same(replace(job.model))
    with pytest.raises(lc.LimeError, match=message):
        job.model.check_same(replace(job.model, **other))


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
    model = classifier(module, kind="logits")
    assert module.calls > 0
    assert model.fingerprint == own(Scaled()) == own(module)


def test_a_fingerprint_is_the_same_in_another_process():
    text = "x + (x.sum().item() in {1, 'a', 'b'})"
    code = f"from tests.models.test_facts import *; print(own(Turned()), own(compiled({text!r})))"
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


def test_results_of_another_temperature_are_not_taken_on_resuming(tmp_path):
    photo = lc.load_picture(scene()[0])
    settings = {"segmenter": GRID, "num_samples": 40, "faithfulness": False}
    for temperature in (1.0, 5.0):
        model = classifier(Scaled(temperature), kind="logits")
        [outcome] = lc.run_batch(lc.Job.of(model, **settings), [photo], tmp_path, model, resume=True)
        assert outcome.computed
