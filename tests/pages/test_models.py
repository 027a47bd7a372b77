"""What visitors bring as a model: who may, which files are taken, and that they go with the session."""

import gc
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import streamlit as st

import lime_core as lc
from pages.ui.runs import models
from tests.browser.app import ROOT

GUESS = lc.FileGuess("onnx", "", (32, 32), 3, 2, "", 5, 1000)


class Upload:
    """An uploaded file, as Streamlit gives it."""

    def __init__(self, name: str, contents: bytes = b"weights") -> None:
        self.name, self.size, self._contents = name, len(contents), contents

    def getbuffer(self) -> memoryview:
        return memoryview(self._contents)


@pytest.fixture
def looked(monkeypatch):
    """Where files were looked at, instead of in a process; a session of its own."""
    seen = []

    def guess(path, limits):
        assert limits == models.LIMITS
        seen.append({each.name: each.read_bytes() for each in Path(path).parent.iterdir()})
        return GUESS

    def load(path, limits):
        return lc.wrap_model(lambda pictures: pictures.mean((1, 2)), name=lc.read_model_file(path).name, kind="values")

    monkeypatch.setattr(lc, "guess_isolated", guess)
    monkeypatch.setattr(lc, "load_isolated", load)
    monkeypatch.setattr(st, "session_state", {})
    return seen


@pytest.mark.parametrize(
    ("address", "said", "allowed"),
    [
        ("localhost", None, True),
        ("127.0.0.1", None, True),
        ("0.0.0.0", None, False),
        (None, None, False),
        ("0.0.0.0", "1", True),
        ("localhost", "0", False),
        ("localhost", "", True),
    ],
)
def test_models_are_brought_to_a_server_of_this_machine_unless_said_otherwise(monkeypatch, address, said, allowed):
    options = {"server.address": address, "server.corsAllowedOrigins": [], "server.allowedHosts": ["localhost"]}
    monkeypatch.setattr(st, "get_option", options.__getitem__)
    monkeypatch.delenv("LIME_MODEL_UPLOADS", raising=False)
    if said is not None:
        monkeypatch.setenv("LIME_MODEL_UPLOADS", said)
    assert models.may_bring() is allowed


@pytest.mark.parametrize(
    ("origins", "hosts"),
    [(["https://lime.example.org"], []), ([], ["localhost", "lime.example.org"]), ([], ["*.example.org"])],
)
def test_no_models_are_brought_through_a_proxy_unless_said_otherwise(monkeypatch, origins, hosts):
    options = {"server.address": "localhost", "server.corsAllowedOrigins": origins, "server.allowedHosts": hosts}
    monkeypatch.setattr(st, "get_option", options.__getitem__)
    monkeypatch.delenv("LIME_MODEL_UPLOADS", raising=False)
    assert not models.may_bring()
    monkeypatch.setenv("LIME_MODEL_UPLOADS", "1")
    assert models.may_bring()


@pytest.mark.parametrize("second", ["net.onnx.data", "model.onnx_data", "weights.bin"])
def test_the_files_of_a_model_lie_in_a_folder_of_their_own_until_nobody_holds_them(looked, second):
    brought = models.look_at([Upload(second, b"numbers"), Upload("net.onnx")])
    assert looked == [{"net.onnx": b"weights", second: b"numbers"}]
    assert (brought.file.name, brought.guess) == ("net.onnx", GUESS)
    folder = brought.folder.path
    assert folder.stat().st_mode & 0o077 == 0
    del brought
    gc.collect()
    assert not folder.exists()


def test_a_single_file_may_be_called_as_it_likes(looked):
    assert models.look_at([Upload("weights (1).bin")]).file.name == "weights (1).bin"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a.onnx", "b.onnx"], "Give one file that ends in .onnx or .safetensors, and with an ONNX file"),
        (["a.onnx", "b.onnx"], "there are 2 of that ending."),
        (["net.onnx.data"], "there are none of that ending."),
        (["a.data", "b.bin"], "there are none of that ending."),
        (["a.onnx", "../a.data"], "A file cannot be called '../a.data' here. Give it a plain name."),
        (["../a.onnx"], "A file cannot be called '../a.onnx' here."),
        (["a.onnx", "a\n.data"], "A file cannot be called"),
        (["a.onnx", ".data"], "A file cannot be called '.data' here."),
        (["a.onnx", "model.toml"], "A file cannot be called 'model.toml' here."),
        (["a.onnx", "Model.TOML"], "A file cannot be called 'Model.TOML' here."),
        ([f"{'字' * 70}.onnx"], "A file cannot be called"),
    ],
)
def test_other_files_are_refused_before_anything_is_written(looked, names, message):
    with pytest.raises(lc.LimeError) as refused:
        models.look_at([Upload(name) for name in names])
    assert message in str(refused.value)
    assert looked == []


def test_files_that_are_too_large_together_are_refused(looked, monkeypatch):
    monkeypatch.setattr(models, "LIMITS", lc.ModelLimits(file_bytes=10))
    with pytest.raises(lc.LimeError, match=f"more than {models.FILE_MB} MB together"):
        models.look_at([Upload("a.onnx"), Upload("a.onnx.data")])


@pytest.mark.parametrize(
    ("name", "kept"),
    [("names.txt", "names.txt"), ("../names.txt", models.CLASSES), ("net.onnx", models.CLASSES),
     ("model.toml", models.CLASSES), ("NET.onnx", models.CLASSES), ("字" * 80, models.CLASSES)],
)  # fmt: skip
def test_what_is_taken_away_names_files_as_the_visitor_does_and_no_folder(looked, name, kept):
    brought = models.look_at([Upload("net.onnx")])
    for _ in range(2):  # once each time the page is drawn
        path = models.put_names(brought, Upload(name, b"one\ntwo\n"))
    assert path == brought.folder.path / kept
    assert brought.file.read_bytes() == b"weights"
    description = lc.ModelFile("net", onnx=brought.file, classes=path, input=lc.ModelInput(scaling="0..1"))
    text = description.to_toml(brought.folder.path)
    assert f'classes = "{kept}"' in text
    assert 'onnx = "net.onnx"' in text
    assert str(brought.folder.path) not in text


def test_a_session_keeps_a_few_models_each_under_the_name_of_its_description(looked):
    brought = models.look_at([Upload("net.onnx")])

    def keep(name):
        return models.keep(brought, lc.ModelFile(name, onnx=brought.file, input=lc.ModelInput(scaling="0..1")))

    assert keep("flowers") == "flowers"
    assert (models.free_name("flowers"), models.free_name("resnet18")) == ("flowers (2)", "resnet18 (2)")
    with pytest.raises(lc.LimeError, match=r"There is a model 'flowers' already\. Give this one another name\."):
        keep("flowers")
    assert keep("flowers (2)") == "flowers (2)"
    assert [own.model.name for own in models.by_name().values()] == ["flowers", "flowers (2)"]
    with pytest.raises(lc.LimeError, match=f"A session keeps {models.MOST} models of its own. Remove one"):
        keep("third")
    models.remove("flowers")
    assert keep("flowers") == "flowers"


HOLDS = """
import sys, time
from pages.ui.runs import models
from tests.browser.app import ROOT

folder = models.Folder()
print(folder.path, flush=True)
time.sleep(float(sys.argv[1]))
"""


@pytest.mark.parametrize("killed", [True, False])
def test_what_killed_servers_have_left_behind_is_taken_away(killed, monkeypatch, tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, "60"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        cwd=ROOT,
    ) as server:
        try:
            left = Path(server.stdout.readline().strip())
            if killed:
                server.kill()
                server.wait()
            (tmp_path / "lime-model-new").mkdir()
            (tmp_path / "lime-model-file").touch()
            (tmp_path / "lime-model-link").symlink_to(tmp_path / "lime-model-new")
            for path in (left, tmp_path / "lime-model-file"):
                os.utime(path, (0, 0))
            monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
            own = models.Folder()
            os.utime(own.path, (0, 0))
            other = models.Folder()
            there = {path.name for path in tmp_path.iterdir()}
        finally:
            server.kill()
    kept = {"lime-model-new", "lime-model-file", "lime-model-link", own.path.name, other.path.name}
    assert there == (kept if killed else {*kept, left.name})
