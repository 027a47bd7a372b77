"""OpenVINO gives torch's answers, whatever the batch and the thread, and sends nothing."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import lime_core as lc
from lime_core.engines import openvino_engine
from lime_core.engines.openvino_engine import OpenVinoEngine
from lime_core.models import torch_classifier
from tests.support.networks import SEEN, Attention, Net, answers, classifier, scene

pytest.importorskip("openvino", reason="OpenVINO is not installed")
import openvino

pytestmark = pytest.mark.usefixtures("cache")

BF16 = "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


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


@pytest.mark.parametrize("module", [Net, Attention], ids=["network", "attention"])
def test_answers_do_not_depend_on_the_batch_and_are_torchs(module):
    model = classifier(module())
    together = answers(model)
    masks = lc.Bernoulli()(20, 16, 0)
    single = np.concatenate([model.engine.scorer(*scene())(masks[i : i + 1]) for i in range(20)])
    np.testing.assert_allclose(single, together, atol=1e-6)
    np.testing.assert_allclose(together, answers(classifier(module(), engine="torch")), atol=1e-5)
    assert model.engine.description == "OpenVINO · CPU · f32"


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


@pytest.mark.skipif(not BF16, reason="OpenVINO has no bf16 on this CPU")
@pytest.mark.parametrize(("amx", "near", "expected"), [(1, 1, "bf16"), (1, 0, "f32"), (0, 1, "f32")])
def test_precision_auto_takes_bf16_where_the_cpu_has_amx_and_answers_stay_near(monkeypatch, amx, near, expected):
    monkeypatch.setattr(torch_classifier, "bf16_in_hardware", lambda: bool(amx))
    monkeypatch.setattr(torch_classifier, "rounding", lambda *_: 0.0 if near else 1.0)
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
