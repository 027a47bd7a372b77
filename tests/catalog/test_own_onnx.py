"""ONNX files that a description names: what the file says is compared with it."""

import pytest
import torch
from torch import nn

import lime_core as lc
from tests.support.own_models import export

HEAD = 'onnx = "net.onnx"\n'
SCALED = '[input]\nscaling = "0..1"\n'


def network(outputs, *last, channels=3):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layers = nn.Conv2d(channels, 4, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 7 * 7, outputs), *last
        return nn.Sequential(*layers)


@pytest.fixture
def write(tmp_path):
    """Exports a network for 16 × 16 pixels and writes a description of it; gives its path."""

    def written(module, text, channels=3):
        export(module, tmp_path / "net.onnx", channels, 16)
        (tmp_path / "own.toml").write_text(HEAD + text)
        return tmp_path / "own.toml"

    return written


def test_a_file_that_ends_in_a_sigmoid_says_what_its_number_is(write):
    model = lc.load_model(write(network(1, nn.Sigmoid()), 'classes = ["dog"]\n' + SCALED))
    assert (model.kind, model.class_names) == ("probabilities", ("not dog", "dog"))


MISFITS = {
    "single": (network(1), SCALED, 3, 'must give output, since the model returns a single number: output = "sigmoid"'),
    "names": (network(3), 'classes = ["a", "b"]\n' + SCALED, 3, "has 2 class names, and the model returns 3 numbers"),
    "size": (network(3), SCALED + "size = 20\n", 3, r"says size = \[20, 20\], and the ONNX file takes \[16, 16\]"),
    "channels": (network(3), SCALED + "channels = 1\n", 3, "says channels = 1, and the ONNX file is for 3"),
    "means": (network(3, channels=1), '[input]\nscaling = "imagenet"\n', 1, "does not fit a network of one channel"),
}


@pytest.mark.parametrize("case", MISFITS)
def test_a_file_that_does_not_fit_its_description_says_so(case, write):
    module, text, channels, says = MISFITS[case]
    path = write(module, text, channels)
    with pytest.raises(lc.ModelUnavailable, match=says) as caught:
        lc.load_model(path)
    assert str(path.parent) not in caught.value.public


def test_weights_are_told_where_they_belong(tmp_path):
    torch.save(network(3).state_dict(), tmp_path / "net.onnx")
    (tmp_path / "own.toml").write_text(HEAD + SCALED)
    with pytest.raises(lc.ModelUnavailable, match=r"names 'net\.onnx' as onnx, which holds weights"):
        lc.load_model(tmp_path / "own.toml")


def test_what_the_file_says_fills_a_form(write, tmp_path):
    write(network(3, nn.Softmax(1)), SCALED)
    guess = lc.guess_model_file(tmp_path / "net.onnx")
    assert (guess.form, guess.architecture, guess.size, guess.channels) == ("onnx", "", (16, 16), 3)
    assert (guess.outputs, guess.output) == (3, "probabilities")
