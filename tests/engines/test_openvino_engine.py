import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models import get_model

import lime_core as lc
from lime_core.engines import openvino_engine, openvino_graph
from lime_core.engines.openvino_engine import OpenVinoEngine
from lime_core.engines.torch_engine import TorchEngine
from lime_core.models import torch_classifier

pytest.importorskip("openvino", reason="OpenVINO is not installed")
import openvino

SEEN = lc.Preprocessing(16, 16, 16)
BF16 = "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


class Net(nn.Module):
    """A small network; the tests change how it goes on from its last layer."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(
            nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(32, 5)
        )

    def forward(self, pictures):
        return self.layers(pictures)


class Undecided(Net):
    def forward(self, pictures):
        answers = super().forward(pictures)
        return answers if pictures.mean() > 0 else answers.flip(1)


class Untraceable(Net):
    def forward(self, pictures):
        if torch.jit.is_tracing():
            raise RuntimeError("this layer cannot be traced")
        return super().forward(pictures)


class NotANumber(Net):
    def forward(self, pictures):
        return super().forward(pictures) / 0.0 * 0.0


class Scores(Net):
    """Answers of a shape that cannot be explained."""

    def forward(self, pictures):
        return super().forward(pictures)[:, :, None]


class Attention(Net):
    def __init__(self):
        super().__init__()
        self.block = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)

    def forward(self, pictures):
        tokens = self.layers[0](pictures)[:, :, ::5, ::5].flatten(2).transpose(1, 2)
        return self.block(tokens).mean(1)


class Sign(Net):
    """The weights of Net and other layers."""

    def __init__(self):
        super().__init__()
        self.layers[1] = nn.Tanh()


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "lime_core" / "openvino"


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


@pytest.fixture(scope="module")
def reference():
    return lc.load_model("efficientnet_lite0", device="cpu", precision="f32", engine="torch")


@pytest.fixture(scope="module")
def shared_cache(tmp_path_factory):
    """A cache folder in which the real model is converted only once."""
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def lite(shared_cache):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", shared_cache)
        yield lc.load_model("efficientnet_lite0", device="cpu", precision="f32", engine="openvino")


def classifier(module, **settings):
    return lc.torch_classifier("net", module, SEEN, (), **{"device": "cpu", "precision": "f32", **settings})


def scene(seed=0, cells=4, side=16):
    image, hidden = np.random.default_rng(seed).integers(0, 256, (2, side, side, 3), dtype=np.uint8)
    return image, hidden, lc.segment(image, lc.Grid(cells, cells)).labels


def answers(model, seed=0, cells=4, n=20):
    return model.engine.scorer(*scene(seed, cells))(lc.Bernoulli()(n, cells * cells, 0))


def probabilities(model, photo, segmenter, n=24):
    probe = lc.probe_image(lc.gallery_picture(photo), model, n, segmenter=segmenter)
    return np.stack([probe.scores(index, "probability") for index in range(1000)], axis=1)


@pytest.mark.slow
@pytest.mark.parametrize("segmenter", [lc.Quickshift(), lc.Grid(3, 5)], ids=["quickshift", "grid"])
def test_the_real_model_gives_torchs_probabilities(lite, reference, segmenter):
    assert lite.engine.description == "OpenVINO · CPU · f32"
    expected = probabilities(reference, "chelsea", segmenter)
    np.testing.assert_allclose(probabilities(lite, "chelsea", segmenter), expected, atol=1e-5)


@pytest.mark.slow
def test_whole_pictures_get_torchs_probabilities(lite, reference):
    views = np.stack([lite.view(lc.gallery_picture(name)) for name in ("chelsea", "coffee", "rocket")] * 4)
    np.testing.assert_allclose(lite.probabilities(views), reference.probabilities(views), atol=1e-5)


@pytest.mark.skipif(not BF16, reason="OpenVINO has no bf16 on this CPU")
def test_bf16_is_near_f32_and_says_so(lite, shared_cache, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", shared_cache)
    rough = lc.load_model("efficientnet_lite0", device="cpu", precision="bf16", engine="openvino")
    assert rough.engine.description == "OpenVINO · CPU · bf16"
    difference = np.abs(probabilities(rough, "chelsea", lc.Grid(4, 4)) - probabilities(lite, "chelsea", lc.Grid(4, 4)))
    assert 0 < difference.max() < 5e-2


def test_a_torchvision_model_is_converted():
    torch.manual_seed(0)
    seen = lc.Preprocessing(64, 64, 64)
    module = get_model("squeezenet1_1", weights=None)
    fast, exact = (lc.torch_classifier("s", module, seen, (), "cpu", "f32", engine) for engine in ("auto", "torch"))
    assert fast.engine.description == "OpenVINO · CPU · f32"
    masks = lc.Bernoulli()(6, 16, 0)
    given = scene(side=64)
    np.testing.assert_allclose(fast.engine.scorer(*given)(masks), exact.engine.scorer(*given)(masks), rtol=1e-4)


@pytest.mark.parametrize("module", [Net, Attention], ids=["network", "attention"])
def test_answers_do_not_depend_on_the_batch_and_are_torchs(module):
    model = classifier(module())
    together = answers(model)
    masks = lc.Bernoulli()(20, 16, 0)
    single = np.concatenate([model.engine.scorer(*scene())(masks[i : i + 1]) for i in range(20)])
    np.testing.assert_allclose(single, together, atol=1e-6)
    np.testing.assert_allclose(together, answers(classifier(module(), engine="torch")), atol=1e-5)
    assert model.engine.description == "OpenVINO · CPU · f32"


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


def test_answers_are_not_written_over_by_the_next_batch():
    model = classifier(Net())
    first = answers(model, seed=0)
    kept = first.copy()
    answers(model, seed=1)
    np.testing.assert_array_equal(first, kept)
    assert first.dtype == np.float32
    assert first.flags.owndata


def test_masks_may_be_real_valued_and_read_only():
    masks = np.random.default_rng(0).normal(size=(6, 16)).astype(np.float32)
    masks.flags.writeable = False
    fast, exact = (classifier(Net(), engine=engine).engine.scorer(*scene())(masks) for engine in ("openvino", "torch"))
    np.testing.assert_allclose(fast, exact, atol=1e-5)


def test_two_threads_get_what_one_gets():
    model = classifier(Net())
    expected = [answers(model, seed) for seed in range(4)]
    found = {}

    def ask(seed):
        found[seed] = [answers(model, seed) for _ in range(20)]

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in range(4):
        for again in found[seed]:
            np.testing.assert_array_equal(again, expected[seed])


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
        (Scores, "OpenVINO answers differently"),
    ],
)
def test_a_model_that_openvino_cannot_run_runs_on_torch_and_says_why(module, reason, cache):
    model = classifier(module())
    assert model.engine.description == f"torch · cpu · f32 ({reason})"
    assert isinstance(model.engine, TorchEngine)
    np.testing.assert_array_equal(answers(model), answers(classifier(module(), engine="torch")))
    assert not cache.exists()
    with pytest.raises(lc.ModelUnavailable, match=f"net does not run on OpenVINO: {reason}"):
        classifier(module(), engine="openvino")


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


@pytest.mark.skipif(not BF16, reason="OpenVINO has no bf16 on this CPU")
@pytest.mark.parametrize(("amx", "near", "expected"), [(1, 1, "bf16"), (1, 0, "f32"), (0, 1, "f32")])
def test_precision_auto_takes_bf16_where_the_cpu_has_amx_and_answers_stay_near(monkeypatch, amx, near, expected):
    monkeypatch.setattr(torch_classifier, "bf16_in_hardware", lambda: bool(amx))
    monkeypatch.setattr(torch_classifier, "near", lambda *_: bool(near))
    assert classifier(Net(), precision="auto").engine.description == f"OpenVINO · CPU · {expected}"


@pytest.mark.skipif(not BF16, reason="OpenVINO has no bf16 on this CPU")
def test_what_auto_takes_moves_no_weight_beyond_the_noise_of_sampling(lite, shared_cache, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", shared_cache)
    monkeypatch.setattr(torch_classifier, "bf16_in_hardware", lambda: True)
    model = lc.load_model("efficientnet_lite0", device="cpu", precision="auto", engine="openvino")
    found, exact = (lc.explain(lc.probe_image(lc.gallery_picture("chelsea"), m, 300)) for m in (model, lite))
    assert np.nanmax(np.abs(found.weights - exact.weights) / exact.standard_error) < 0.2


@pytest.mark.parametrize(("flags", "expected"), [("avx512_bf16 amx_bf16 amx_tile", True), ("avx512_bf16", False)])
def test_amx_is_read_from_the_flags_of_the_cpu(monkeypatch, flags, expected):
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: f"processor : 0\nflags : fpu {flags}\n")
    assert openvino_engine.bf16_in_hardware() is expected


def test_a_system_without_cpuinfo_has_no_known_amx(monkeypatch):
    def missing(*_, **__):
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", missing)
    assert openvino_engine.bf16_in_hardware() is False


def test_an_unknown_engine_says_what_there_is():
    with pytest.raises(ValueError, match=r"engine must be one of auto, torch, torch\.compile, openvino, got 'onnx'"):
        classifier(Net(), engine="onnx")
    with pytest.raises(ValueError, match="engine 'openvino' runs on the device 'cpu', got 'meta'"):
        classifier(Net(), engine="openvino", device="meta")


def test_the_batch_size_is_measured_when_it_is_first_asked_for(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "lime_core.engines.batch_size.best_batch_size", lambda score, *limits: asked.append(limits) or 16
    )
    engine = OpenVinoEngine(Net(), SEEN, "f32")
    engine.score(np.zeros((3, 16, 16, 3), dtype=np.uint8))
    assert asked == []
    assert engine.batch_size == engine.batch_size == 16
    assert asked == [(4, 64)]


@pytest.mark.slow
def test_a_replay_runs_on_the_engine_that_the_manifest_names(lite, chelsea, shared_cache, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", shared_cache)
    saved = lc.explain_image(chelsea, lite, num_samples=24, segmenter=lc.Grid(3, 3))
    again = lc.replay(saved.save(tmp_path / "out") / "manifest.json", chelsea)
    assert again.spec.engine == "OpenVINO · CPU · f32"
    np.testing.assert_allclose(again.weights, saved.weights, rtol=1e-6)


@pytest.mark.slow
def test_a_replay_does_not_mind_why_an_engine_was_chosen(reference, chelsea, tmp_path):
    folder = lc.explain_image(chelsea, reference, num_samples=24, segmenter=lc.Grid(3, 3)).save(tmp_path / "out")
    path = folder / "manifest.json"
    data = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(data | {"engine": "torch · cpu · f32 (OpenVINO is not installed)"}), "utf-8")
    assert lc.replay(path, chelsea).spec.engine == "torch · cpu · f32"


OFFLINE = """
import socket

def refuse(self, address):
    raise AssertionError(f"a connection to {address}")

def loopback_only(self, address, connect=socket.socket.connect):
    return connect(self, address) if address[0] in ("127.0.0.1", "::1") else refuse(self, address)

socket.socket.connect = loopback_only
socket.socket.connect_ex = loopback_only

import lime_core as lc

model = lc.load_model("efficientnet_lite0", device="cpu", precision="f32")
assert model.engine.description == "OpenVINO · CPU · f32", model.engine.description
lc.explain_image(lc.gallery_picture("chelsea"), model, num_samples=16, segmenter=lc.Grid(3, 3))
"""


@pytest.mark.slow
def test_nothing_is_sent_and_nothing_is_written_but_the_cache(tmp_path):
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "HOME"))}
    root = Path(__file__).parents[2]
    home = tmp_path / "home"
    home.mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-B", "-c", OFFLINE],
        env={**kept, "HOME": str(home), "PYTHONPATH": str(root)},
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    written = {path.relative_to(home) for path in home.rglob("*") if path.is_file()}
    assert written
    assert {path.parts[:2] for path in written} == {(".cache", "lime_core")}
