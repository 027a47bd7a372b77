"""The guide's examples for models of one's own: each description fits its file, and commands do what it says."""

import re
import shlex
import tomllib
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from torch import nn

import lime_core as lc
from lime_core.cli.main import main
from lime_core.zoo.formats import REFUSED
from tests.support.own_models import export
from tests.truths.test_documents import PAGES, blocks

PAGE = "docs/guide/bring-your-model.md"
TRAINING, LOADING, EXPORTING = blocks(PAGE, "python")
DESCRIPTIONS = blocks(PAGE, "toml")
COMMANDS = [shlex.split(line) for block in blocks(PAGE, "sh") for line in block.splitlines()]


def test_a_checkpoint_needs_under_ten_lines():
    assert len([line for line in DESCRIPTIONS[0].splitlines() if line.strip()]) < 10
    assert [path for path, _ in _files(DESCRIPTIONS[0])] == ["digits.safetensors"]


def _files(description):
    read = tomllib.loads(description)
    return [(value, key) for key, value in read.items() if key in ("weights", "onnx")]


@pytest.mark.slow
def test_from_the_checkpoint_to_its_map(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "document"}
    exec(compile(TRAINING, PAGE, "exec", dont_inherit=True), names)
    Path("model.toml").write_text(DESCRIPTIONS[0])
    [check, explain, replay] = [words[1:] for words in COMMANDS if words[0] == "lime-core"]
    assert main(check) == 0
    assert "digits" in capsys.readouterr().out
    assert main([*explain, "--num-samples", "60"]) == 0
    assert capsys.readouterr().out.startswith("two: probability ")
    assert Path("two", "report.html").is_file()
    assert main(replay) == 0
    assert capsys.readouterr().out.startswith("the same weights again: two, digits")
    monkeypatch.setenv("LIME_MODELS", str(tmp_path))
    assert "digits" in lc.model_names()
    assert main(["explain", "two.png", "--model", "digits", "--segmenter", "grid", "--num-samples", "60"]) == 0
    exec(compile(LOADING, PAGE, "exec", dont_inherit=True), names)
    assert names["e"].class_name == "two"
    assert np.ptp(names["e"].weights) > 0


@pytest.mark.slow
def test_the_onnx_file_and_its_description_fit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(EXPORTING, PAGE, "exec", dont_inherit=True), {"__name__": "document"})
    Path("classes.txt").write_text("one\ntwo\n")
    Path("own.toml").write_text(DESCRIPTIONS[1])
    model = lc.load_model(Path("own.toml"))
    assert (model.preprocessing.fit, model.preprocessing.height) == ("squash", 64)
    assert model.preprocessing.mean == lc.Preprocessing(1, 1).mean
    assert model.class_names == ("one", "two")


def test_the_description_of_a_scan_fits(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    network = nn.Sequential(nn.Conv2d(1, 2, 64, 64), nn.ReLU(), nn.Flatten(), nn.Linear(128, 2))
    export(network, tmp_path / "scan.onnx", channels=1, side=512)
    Path("scan.toml").write_text(DESCRIPTIONS[2])
    seen = lc.load_model("scan.toml").preprocessing
    assert (seen.height, seen.width, seen.channels, seen.fit) == (512, 512, 1, "pad")
    assert (seen.mean, seen.std, seen.fill, seen.white) == ((0.5,), (0.25,), (0, 0, 0), 4095)


def test_the_table_has_every_key_of_a_description_and_every_word_for_the_output():
    table = PAGES[PAGE].split("## Every key")[1].split("\n## ")[0]
    keys = {field.name for kind in (lc.ModelFile, lc.ModelInput) for field in fields(kind)} - {"input", "path"}
    assert set(re.findall(r"`(\w+)`", table)) >= keys
    for word in ("logits", "probabilities", "independent probabilities", "sigmoid", "values"):
        assert f'`"{word}"`' in table


def test_what_the_table_says_is_refused_is_refused():
    table = PAGES[PAGE].split("| file | save instead |")[1].split("\n\n")[0]
    for words in ("torch.save(model)", "TorchScript", "torch.export", "Keras", "SavedModel", "TFLite", "scikit-learn"):
        assert words in table
    assert {"module", "torchscript", "exported", "keras", "savedmodel", "tflite", "estimator"} <= set(REFUSED)
