"""Graphs of OpenVINO: converted once, kept on disk, made again when damaged, and left for torch where they differ."""

import os
import sys

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models import get_model

import lime_core as lc
from lime_core.devices.torch_engine import TorchEngine
from lime_core.engines import openvino_graph
from tests.support.networks import Attention, Net, answers, classifier, scene

pytest.importorskip("openvino", reason="OpenVINO is not installed")
import openvino

pytestmark = pytest.mark.usefixtures("cache")


class Undecided(Net):
    def forward(self, pictures):
        answers = super().forward(pictures)
        return answers.flip(1) if torch.jit.is_tracing() else answers


class Branching(Net):
    """Takes pictures in 0..255 and in 0..1."""

    def forward(self, pictures):
        return super().forward(pictures / 255 if pictures.max() > 2 else pictures)


class Spread(Net):
    """Divides by the spread of each picture, which a black one has none of."""

    def forward(self, pictures):
        return super().forward(pictures / pictures.std(dim=(1, 2, 3), keepdim=True))


class Untraceable(Net):
    def forward(self, pictures):
        if torch.jit.is_tracing():
            raise RuntimeError("this layer cannot be traced")
        return super().forward(pictures)


class NotANumber(Net):
    def forward(self, pictures):
        return super().forward(pictures) / 0.0 * 0.0


class Sign(Net):
    """The weights of Net and other layers."""

    def __init__(self):
        super().__init__()
        self.layers[1] = nn.Tanh()


@pytest.fixture
def calls(monkeypatch):
    """The names of what OpenVINO was asked for, in order."""
    asked = []

    def counted(owner, name):
        original = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *given, **named: asked.append(name) or original(*given, **named))

    counted(openvino, "convert_model")
    counted(openvino.Core, "compile_model")
    return asked


def test_a_torchvision_model_is_converted():
    torch.manual_seed(0)
    seen = lc.Preprocessing(64, 64, 64)
    module = get_model("squeezenet1_1", weights=None)
    fast, exact = (lc.torch_classifier("s", module, seen, (), "cpu", "f32", engine) for engine in ("auto", "torch"))
    assert fast.engine.description == "OpenVINO · CPU · f32"
    masks = lc.Bernoulli()(6, 16, 0)
    given = scene(side=64)
    answers = exact.engine.scorer(*given)(masks)
    # Each processor rounds in its own way, by the size of what is added: answers near 0 are small beside that.
    np.testing.assert_allclose(fast.engine.scorer(*given)(masks), answers, rtol=1e-4, atol=1e-6 * np.abs(answers).max())


def test_fast_attention_is_given_back_after_converting():
    for module in (Attention(), Untraceable()):
        classifier(module)
        assert torch.backends.mha.get_fastpath_enabled()


def test_a_new_photo_or_segmentation_compiles_nothing(calls):
    model = classifier(Net())
    assert calls == ["convert_model", "compile_model"]
    for seed, cells, n in ((0, 4, 20), (1, 4, 7), (2, 3, 20), (3, 8, 1)):
        answers(model, seed, cells, n)
    model.outputs(scene()[0][None])
    assert calls == ["convert_model", "compile_model"]


def test_a_kept_graph_is_not_converted_again(calls, cache):
    expected = answers(classifier(Net()))
    assert [path.suffix for path in cache.iterdir()] == [".graph"]
    np.testing.assert_array_equal(answers(classifier(Net())), expected)
    assert calls.count("convert_model") == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: content[:-1] + bytes([content[-1] ^ 1]),
        lambda content: bytes(40) + content[40:],
        lambda content: openvino_graph.hashlib.sha256(b"\xff" * 90).digest() + b"\xff" * 90,
    ],
    ids=["empty", "half", "one bit", "other head", "whole but no graph"],
)
def test_a_damaged_graph_is_made_again(calls, cache, damage):
    expected = answers(classifier(Net()))
    (path,) = cache.iterdir()
    content = path.read_bytes()
    path.write_bytes(damage(content))
    np.testing.assert_array_equal(answers(classifier(Net())), expected)
    assert calls.count("convert_model") == 2
    classifier(Net())
    assert calls.count("convert_model") == 2


def test_a_kept_graph_of_other_answers_is_made_again(calls, cache):
    classifier(Sign())
    (other,) = cache.iterdir()
    content = other.read_bytes()
    classifier(Net())
    (path,) = set(cache.iterdir()) - {other}
    path.write_bytes(content)
    np.testing.assert_allclose(answers(classifier(Net())), answers(classifier(Net(), engine="torch")), atol=1e-5)
    assert calls.count("convert_model") == 3


def test_modules_of_the_same_weights_are_not_confused():
    net, sign = classifier(Net()), classifier(Sign())
    assert net.fingerprint != sign.fingerprint
    assert np.abs(answers(net) - answers(sign)).max() > 1e-3


def test_a_disk_that_cannot_be_written_only_means_that_nothing_is_kept(calls, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    for _ in range(2):
        assert classifier(Net()).engine.description == "OpenVINO · CPU · f32"
    assert calls.count("convert_model") == 2


def test_a_graph_on_a_read_only_disk_is_used(calls, monkeypatch):
    classifier(Net())

    def refuse(*_, **__):
        raise PermissionError("Read-only file system")

    for name in ("os.utime", "os.replace", "tempfile.mkstemp", "tempfile.mkdtemp"):
        monkeypatch.setattr(name, refuse)
    assert classifier(Net()).engine.description == "OpenVINO · CPU · f32"
    assert calls.count("convert_model") == 1


def test_a_full_disk_leaves_nothing_behind(monkeypatch, cache):
    def fail(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr("os.replace", fail)
    assert classifier(Net()).engine.description == "OpenVINO · CPU · f32"
    assert list(cache.iterdir()) == []


def test_only_the_graphs_used_last_are_kept(monkeypatch, cache):
    monkeypatch.setattr(openvino_graph, "_KEPT_GRAPHS", 2)
    cache.mkdir(parents=True)
    for age, name in enumerate(["new", "old", "older"]):
        (cache / f"{name}.graph").write_text("")
        os.utime(cache / f"{name}.graph", (1000 - age, 1000 - age))
    classifier(Net())
    assert {path.stem for path in cache.glob("*.graph")} > {"new"}
    assert len(list(cache.iterdir())) == 2


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        (Untraceable, "OpenVINO could not convert it"),
        (Undecided, "OpenVINO answers differently"),
        (NotANumber, "OpenVINO answers differently"),
    ],
)
def test_a_model_that_openvino_cannot_run_runs_on_torch_and_says_why(module, reason, cache):
    model = classifier(module(), kind="logits")
    assert model.engine.description == f"torch · cpu · f32 ({reason})"
    assert isinstance(model.engine, TorchEngine)
    np.testing.assert_array_equal(answers(model), answers(classifier(module(), engine="torch", kind="logits")))
    assert not cache.exists()
    with pytest.raises(lc.ModelUnavailable, match=f"net does not run on OpenVINO: {reason}"):
        classifier(module(), engine="openvino", kind="logits")


WHOLE = lc.Preprocessing(16, 16, mean=(0.0,) * 3, std=(1 / 255,) * 3)


@pytest.mark.parametrize("kept", [False, True])
def test_a_graph_is_compared_on_pictures_as_the_model_sees_them(kept, monkeypatch, cache):
    def made(engine="auto"):
        return lc.torch_classifier("net", Branching(), WHOLE, (), "cpu", "f32", engine, "logits")

    if kept:  # a graph that another release took
        with monkeypatch.context() as patch:
            patch.setattr(openvino_graph, "_agrees", lambda *_: True)
            assert made().engine.description == "OpenVINO · CPU · f32"
        assert list(cache.iterdir())
    model, photo = made(), lc.gallery_picture("coffee")
    assert model.engine.description == "torch · cpu · f32 (OpenVINO answers differently)"
    np.testing.assert_array_equal(model.top(photo), made("torch").top(photo))


def test_a_black_picture_may_give_no_number():
    model = classifier(Spread(), kind="logits")
    assert model.engine.description == "OpenVINO · CPU · f32"
    np.testing.assert_allclose(answers(model), answers(classifier(Spread(), engine="torch", kind="logits")), atol=1e-4)


def test_without_openvino_there_is_torch(monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    assert classifier(Net()).engine.description == "torch · cpu · f32 (OpenVINO is not installed)"
    assert classifier(Net(), engine="torch").engine.description == "torch · cpu · f32"
    with pytest.raises(lc.ModelUnavailable, match="OpenVINO is not installed"):
        classifier(Net(), engine="openvino")


def test_bf16_that_openvino_does_not_have_runs_on_torch(monkeypatch):
    monkeypatch.setattr(openvino.Core, "get_property", lambda *_: ["FP32"])
    assert classifier(Net(), precision="bf16").engine.description == (
        "torch · cpu · bf16 (OpenVINO has no bf16 on this processor)"
    )
