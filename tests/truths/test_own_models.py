"""Models as people bring them: explained from Python and by the command line; ONNX gives the weights of its module."""

import numpy as np
import pytest
from lime import lime_image

import lime_core as lc
from lime_core.cli.main import main
from tests.support.own_models import MODELS

GRID = lc.Grid(4, 4)
UNITS = {"regression": "years"}
SINGLE = {"sigmoid": ("not furry", "furry"), "regression": ("age",)}


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_it_is_explained_from_python(own_models, name):
    model = lc.load_model(own_models / name / "model.toml", precision="f32")
    assert model.name == name
    assert model.unit == UNITS.get(name, "")
    assert model.class_names == SINGLE.get(name, model.class_names)
    e = lc.explain_image(own_models / name / "photo.png", model, num_samples=100, segmenter=GRID)
    assert np.ptp(e.weights) > 0
    assert e.class_name in model.class_names
    assert e.unit == UNITS.get(name, "value" if model.kind == "values" else "probability")
    # The map adds up to what the model says of the photo, as far as it explains it.
    score = model.outputs(model.view(own_models / name / "photo.png")[None])[0]
    assert e.model_score == pytest.approx(_score(score, model.kind)[e.settings.class_index], rel=1e-4)


def _score(answers, kind):
    if kind == "logits":
        return np.exp(answers - answers.max()) / np.exp(answers - answers.max()).sum()
    return 1 / (1 + np.exp(-answers)) if kind == "sigmoid" else answers


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_it_is_explained_by_the_command_line_and_replayed(own_models, name, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LIME_MODELS", str(own_models))
    photo, file = str(own_models / name / "photo.png"), str(own_models / name / "model.toml")
    common = ["--precision", "f32", "--segmenter", "grid", "--num-samples", "60"]
    assert main(["models", "check", file, "--photo", photo]) == 0
    checked = capsys.readouterr().out
    assert name in checked
    assert main(["explain", photo, "--model", file, *common, "--out", str(tmp_path / "file")]) == 0
    assert main(["explain", photo, "--model", name, *common, "--out", str(tmp_path / "name")]) == 0
    told = capsys.readouterr().out
    assert UNITS.get(name, "pp") in told
    weights = [(tmp_path / each / "weights.csv").read_text() for each in ("file", "name")]
    assert weights[0] == weights[1]
    assert main(["replay", str(tmp_path / "file"), photo]) == 0


@pytest.mark.slow
@pytest.mark.parametrize(("module", "onnx"), [("digits", "digits_onnx"), ("timm_model", "timm_onnx")])
@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_onnx_gives_the_weights_of_the_module(own_models, module, onnx, engine):
    photo = own_models / module / "photo.png"
    of_module = lc.load_model(own_models / module / "model.toml", "cpu", "f32", "torch")
    of_onnx = lc.load_model(own_models / onnx / "model.toml", "cpu", "f32", engine)
    for index in range(len(of_module.class_names)):
        for space in ("probability", "logit"):
            first, second = (
                lc.explain(lc.probe_image(photo, model, 100, GRID), class_index=index, space=space)
                for model in (of_module, of_onnx)
            )
            assert np.abs(first.weights - second.weights).max() <= 1e-4 * max(1.0, np.abs(first.weights).max())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", MODELS)
def test_limes_own_interface_gives_limes_numbers(own_models, name):
    model = lc.load_model(own_models / name / "model.toml", precision="f32")
    image = model.view(own_models / name / "photo.png")
    predict = model.outputs if model.kind == "values" else model.probabilities
    said = {"num_samples": 40, "hide_color": 0, "segmentation_fn": lambda image: lc.segment(image, GRID).labels}
    theirs = lime_image.LimeImageExplainer(random_state=0).explain_instance(image, predict, **said)
    ours = lc.LimeImageExplainer(random_state=0).explain_instance(image, predict, progress_bar=False, **said)
    assert list(ours.top_labels) == list(theirs.top_labels)
    for label in theirs.top_labels:
        (mine, wanted) = (dict(each.local_exp[label]) for each in (ours, theirs))
        largest = max(map(abs, wanted.values()))
        assert largest > 0
        assert mine == pytest.approx(wanted, abs=1e-5 * largest)
