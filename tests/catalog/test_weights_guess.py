"""What a file says of its model is read from its header alone."""

import json
import struct

import pytest
import torch

import lime_core as lc
from lime_core.zoo.architectures import network

save_file = pytest.importorskip("safetensors.torch").save_file


def header_of(entries, size=0):
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text + b"\0" * size


def with_shapes_of(name, classes, channels, path, prefix=""):
    """A file of zeros with the header that such a network has; it takes no time to write."""
    with torch.device("meta"):
        state = network(name, classes, channels).state_dict()
    entries, at = {}, 0
    for key, tensor in state.items():
        size = tensor.numel() * 4
        entries[prefix + key] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, at + size]}
        at += size
    with path.open("wb") as file:
        file.write(header_of(entries))
        file.truncate(file.tell() + at)
    return at


@pytest.mark.parametrize(
    ("name", "classes", "channels", "prefix"),
    [("resnet18", 3, 1, "module."), ("wide_resnet50_2", 1000, 3, ""), ("resnet50", 2, 3, ""), ("vit_b_32", 5, 3, ""),
     ("squeezenet1_1", 7, 3, "model."), ("mobilenet_v3_small", 4, 1, ""), ("inception_v3", 5, 3, "")],
)  # fmt: skip
def test_an_architecture_of_torchvision_is_known_by_its_tensors(name, classes, channels, prefix, tmp_path):
    size = with_shapes_of(name, classes, channels, tmp_path / "net", prefix)
    guess = lc.guess_model_file(tmp_path / "net")
    side = 299 if name == "inception_v3" else 224
    assert (guess.form, guess.architecture, guess.size) == ("safetensors", name, (side, side))
    assert (guess.outputs, guess.channels, guess.output) == (classes, channels, "")
    assert guess.parameters == size
    assert guess.layers > 10


def test_another_network_leaves_open_what_nobody_knows(tmp_path):
    module = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.Flatten(), torch.nn.Linear(4, 9))
    save_file(module.state_dict(), tmp_path / "net")
    assert lc.guess_model_file(tmp_path / "net") == lc.FileGuess("safetensors", "", None, 1, None, "", 2, 340)
    state = {
        "conv.weight": torch.zeros(4, 3, 3, 3),
        "deep.weight": torch.zeros(4, 1, 3, 3),
        "fc.weight": torch.zeros(9, 4),
    }
    save_file(state, tmp_path / "named")
    assert lc.guess_model_file(str(tmp_path / "named")) == lc.FileGuess("safetensors", "", None, 3, 9, "", 3, 720)


GOOD = {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
DAMAGED = {
    "no tensors": header_of({}),
    "too long": struct.pack("<Q", 10**9) + b"{",
    "no shape": header_of({"a": {"dtype": "F32"}}, 8),
    "no JSON": struct.pack("<Q", 9) + b"{no JSON}",
    "short": header_of(GOOD, 4),
    "long": header_of(GOOD, 12),
    "negative": header_of({"a": {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]}}, 8),
    "beyond": header_of({"a": {"dtype": "F32", "shape": [2], "data_offsets": [8, 16]}}, 8),
    "a list": header_of([1]),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_header_is_one_sentence(case, tmp_path):
    (tmp_path / "net.safetensors").write_bytes(DAMAGED[case])
    with pytest.raises(lc.ModelUnavailable, match=r"net\.safetensors"):
        lc.guess_model_file(tmp_path / "net.safetensors")


def test_other_formats_say_what_to_save_instead(tmp_path):
    torch.save({"a": torch.zeros(1)}, tmp_path / "net.pt")
    with pytest.raises(lc.ModelUnavailable, match=r"is a file of torch\.save, .*safetensors\.torch\.save_file"):
        lc.guess_model_file(tmp_path / "net.pt")
    (tmp_path / "net.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(lc.ModelUnavailable, match=r"net\.h5 is a model of Keras, which is not read\. Instead"):
        lc.guess_model_file(tmp_path / "net.h5")
    with pytest.raises(lc.ModelUnavailable, match=r"cannot be read: No such file"):
        lc.guess_model_file(tmp_path / "none")
    with pytest.raises(lc.ModelUnavailable, match="is no file of weights and no ONNX file"):
        lc.guess_model_file(tmp_path)
