"""ONNX files that a description names: loaded by what both say, and refused where they do not fit."""

import re

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper

import lime_core as lc
from tests.support.onnx_files import WEIGHTS, tiny, value

ALL = '[input]\nscaling = "0..1"\n'
LOGITS = f'output = "logits"\n{ALL}'


def test_classes_choose_among_outputs(load):
    both = tiny(outputs=[value("means", ("b", 3)), value("answers", ("b", 4))])
    model = load(both, f'classes = ["a", "b", "c", "d"]\n{LOGITS}')
    assert model.outputs(np.zeros((1, 8, 8, 3), np.uint8)).shape == (1, 4)
    assert model.notice.endswith("'answers' is explained, not 'means'; classes choose the one with as many numbers.")
    with pytest.raises(lc.ModelUnavailable, match="has 5 class names, and the model returns 3 numbers"):
        load(both, f'classes = ["a", "b", "c", "d", "e"]\n{LOGITS}')


def with_last(operator, **facts):
    """The answers behind one more operator."""
    return tiny(last=[helper.make_node(operator, ["answers"], ["y"])], outputs=[value("y", ("b", 4))], **facts)


OPEN = tiny(("b", 3, "h", "w"))
HALF = tiny(("b", 3, "h", 16))
GREY = tiny((1, 1, 8, 8), weights=WEIGHTS[:1])
SIGMOIDS = with_last("Sigmoid")
SOFTMAX = with_last("Softmax", shape=("b", 3, "h", "w"))


@pytest.fixture
def load(tmp_path):
    """Writes an ONNX file and a description of it, and loads them."""

    def loaded(model, text):
        (tmp_path / "net.onnx").write_bytes(model.SerializeToString())
        (tmp_path / "own.toml").write_text(f'onnx = "net.onnx"\n{text}')
        return lc.load_model(tmp_path / "own.toml", "cpu", "f32")

    return loaded


def test_the_file_says_what_the_description_leaves_open(load, tmp_path):
    model = load(tiny(("b", 3, 8, 10)), f'classes = ["a", "b", "c", "d"]\n{LOGITS}')
    zeros, ones = (0.0,) * 3, (1.0,) * 3
    assert model.preprocessing == lc.Preprocessing(8, 10, mean=zeros, std=ones)
    assert (model.name, model.kind, model.class_names, model.notice) == ("own", "logits", ("a", "b", "c", "d"), "")
    same = lc.onnx_classifier("x", tmp_path / "net.onnx", model.preprocessing, kind="logits")
    assert model.engine.description == same.engine.description
    named = load(tiny(("b", 3, 8, 10)), f'classes = ["a", "b", "c", "e"]\n{LOGITS}')
    again = load(tiny(("b", 3, 8, 10)), f'classes = ["a", "b", "c", "d"]\n{LOGITS}')
    assert named.fingerprint != model.fingerprint == again.fingerprint


@pytest.mark.parametrize(
    ("model", "text", "size", "channels"),
    [
        (OPEN, f"{LOGITS}size = [16, 24]\n", (16, 24), 3),
        (HALF, f"{LOGITS}size = [32, 16]\n", (32, 16), 3),
        (tiny(), f"{LOGITS}size = 8\n", (8, 8), 3),
        (tiny(("b", 8, 10, 3)), LOGITS, (8, 10), 3),
        (GREY, LOGITS, (8, 8), 1),
        (GREY, f"{LOGITS}channels = 1\n", (8, 8), 1),
        (tiny(dtype=TensorProto.UINT8), 'output = "logits"\n[input]\nscaling = "0..255"\n', (8, 8), 3),
    ],
)
def test_size_and_channels_are_those_of_the_file(model, text, size, channels, load):
    seen = load(model, text).preprocessing
    assert ((seen.height, seen.width), seen.channels) == (size, channels)


def test_a_kind_is_guessed_where_the_file_says_it(load):
    model = load(SIGMOIDS, ALL)
    assert model.kind == "probabilities"
    assert model.notice.endswith("Give output in its description where that is wrong.")


def test_a_file_that_ends_in_a_sigmoid_says_what_its_number_is(load):
    single = tiny(
        weights=WEIGHTS[:, :1], last=[helper.make_node("Sigmoid", ["answers"], ["y"])], outputs=[value("y", ("b", 1))]
    )
    model = load(single, f'classes = ["dog"]\n{ALL}')
    assert (model.kind, model.class_names) == ("probabilities", ("not dog", "dog"))


def test_weights_are_told_where_they_belong(tmp_path):
    torch.save({"fc.weight": torch.ones(2, 2)}, tmp_path / "net.onnx")
    (tmp_path / "own.toml").write_text(f'onnx = "net.onnx"\n{ALL}')
    with pytest.raises(lc.ModelUnavailable, match=r"names 'net\.onnx' as onnx, which holds weights"):
        lc.load_model(tmp_path / "own.toml")


MISFITS = {
    "no scaling": (tiny(), 'output = "logits"\n[input]\nsize = 8\n', "scaling must be given in [input] with onnx"),
    "size": (tiny(), f"{LOGITS}size = 16", "says size = [16, 16], and the ONNX file takes [8, 8], height and width."),
    "width": (HALF, f"{LOGITS}size = 32", "says size = [32, 32], and the ONNX file takes [32, 16], height and width."),
    "open": (OPEN, LOGITS, "must give size in [input], as [height, width], since the ONNX file leaves it open."),
    "half open": (HALF, LOGITS, "must give size in [input], as [height, width], since the ONNX file leaves it open."),
    "channels": (tiny(), f"{LOGITS}channels = 1", "says channels = 1, and the ONNX file is for 3."),
    "grey": (GREY, f"{LOGITS}channels = 3", "says channels = 3, and the ONNX file is for 1."),
    "three means": (GREY, 'output = "logits"\n[input]\nmean = [0, 0, 0]\nstd = [1, 1, 1]',
                    "does not fit a network of one channel: mean and std must have an entry for each"),
    "whole numbers": (tiny(dtype=TensorProto.UINT8), LOGITS, "does not fit: preprocessing must have mean 0 and std 1/"),
    "two names": (tiny(), f'classes = ["a", "b"]\n{LOGITS}',
                  "has 2 class names, and the model returns 4 numbers for a picture: give one name for each."),
    "two names, open": (tiny(outputs=[value("answers", ("b", "k"))]), f'classes = ["a", "b"]\n{LOGITS}',
                        "does not fit: the model returns 4 numbers for a picture, and there are 2 class names"),
    "single": (tiny(weights=WEIGHTS[:, :1]), ALL,
               'must give output, since the model returns a single number: output = "sigmoid"'),
    "single, open": (tiny(weights=WEIGHTS[:, :1], outputs=[value("answers", ("b", "k"))]), ALL,
                     "does not fit: output must be given in its description, since the module returned a single"),
    "uncertain": (tiny(weights=0.1 * abs(WEIGHTS)), ALL, "does not fit: output must be given in its description"),
    "constant": (tiny(weights=0 * WEIGHTS), LOGITS, "it answers the same to the photo and to the photo with"),
    "NaN": (tiny(weights=WEIGHTS * np.float32("nan")), LOGITS, "The model returned NaN or infinity for 2 samples"),
    "NaN, guessed": (tiny(weights=WEIGHTS * np.float32("nan")), ALL,
                     "The ONNX file net.onnx answers with NaN or infinity, so its numbers are damaged"),
    "no sum of one": (SIGMOIDS, f'output = "probabilities"\n{ALL}', "its probabilities sum to 2.29 and not to one."),
    "beyond": (tiny(weights=99 * WEIGHTS), f'output = "probabilities"\n{ALL}', "so they are no probabilities; say"),
    "labels": (tiny(outputs=[value("label", ("b",), TensorProto.INT64)]), LOGITS,
               "The ONNX file net.onnx answers with 'label' (int64, any), and a classifier's answers are floats"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISFITS)
def test_a_file_that_does_not_fit_its_description_says_so(case, load, tmp_path):
    model, text, says = MISFITS[case]
    with pytest.raises(lc.ModelUnavailable, match=re.escape(says)) as caught:
        load(model, f"{text}\n")
    assert str(tmp_path) not in caught.value.public
    assert "kind" not in caught.value.public
    assert len(caught.value.public) < 400


def test_what_is_no_fault_of_the_description_is_an_argument(load, tmp_path):
    load(tiny(), LOGITS)
    for arguments in ({"device": "nowhere"}, {"precision": "f8"}, {"engine": "steam"}):
        with pytest.raises(ValueError, match=next(iter(arguments))):
            lc.load_model(tmp_path / "own.toml", **arguments)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (tiny(("b", 8, 10, 3)), lc.FileGuess("onnx", "", (8, 10), 3, 4, "", 3, 48)),
        (GREY, lc.FileGuess("onnx", "", (8, 8), 1, 4, "", 3, 16)),
        (HALF, lc.FileGuess("onnx", "", None, 3, 4, "", 3, 48)),
        (SOFTMAX, lc.FileGuess("onnx", "", None, 3, 4, "probabilities", 4, 48)),
        (SIGMOIDS, lc.FileGuess("onnx", "", (8, 8), 3, 4, "independent probabilities", 4, 48)),
        (with_last("LogSoftmax"), lc.FileGuess("onnx", "", (8, 8), 3, 4, "logits", 4, 48)),
        (tiny(outputs=[value("answers", ("b", "k"))]), lc.FileGuess("onnx", "", (8, 8), 3, None, "", 3, 48)),
    ],
)
def test_what_a_file_says_is_a_guess(model, expected, tmp_path):
    (tmp_path / "net").write_bytes(model.SerializeToString())  # its contents say what it is
    assert lc.guess_model_file(tmp_path / "net") == expected


def test_no_guess_is_made_of_a_damaged_file(tmp_path):
    model = tiny()
    model.graph.initializer[0].dims[0] = 2**40
    (tmp_path / "net.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(lc.ModelUnavailable, match=r"net\.onnx is damaged: its numbers are not as many as it says"):
        lc.guess_model_file(tmp_path / "net.onnx")
