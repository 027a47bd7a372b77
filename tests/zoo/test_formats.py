"""Formats are told apart by their contents; those that hold code are refused, and what is in them never runs."""

import io
import json
import os
import pickle
import struct
import warnings
import zipfile

import joblib
import pytest
import torch
from sklearn.linear_model import Ridge
from torch import nn

import lime_core as lc
from lime_core.zoo.checkpoints import own_network
from lime_core.zoo.formats import REFUSED, form_of, refusal


class Mean(nn.Module):
    def forward(self, pictures):
        return pictures.mean((2, 3))


def scripted(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer versions of torch advise against it
        torch.jit.save(torch.jit.script(Mean()), path)


def exported(path):
    torch.export.save(torch.export.export(Mean(), (torch.zeros(1, 3, 8, 8),)), path)


def archive(names):
    def write(path):
        with zipfile.ZipFile(path, "w") as file:
            for name in names:
                file.writestr(name, b"x")

    return write


def holding(contents):
    return lambda path: path.write_bytes(contents)


def fields_of(*numbers):
    """A protocol buffer with a number in its first field and a text in each of the others."""
    return b"\x08\x01" + b"".join(varint(number << 3 | 2) + b"\x02ab" for number in numbers)


def varint(value):
    found = b""
    while value > 0x7F:
        found, value = found + bytes([value & 0x7F | 0x80]), value >> 7
    return found + bytes([value])


HEADER = json.dumps({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
FORMS = {
    "safetensors": holding(struct.pack("<Q", len(HEADER)) + HEADER + b"\0" * 4),
    "torch": lambda path: torch.save({"a": torch.zeros(1)}, path),
    "torch old": lambda path: torch.save({"a": torch.zeros(1)}, path, _use_new_zipfile_serialization=False),
    "onnx": holding(fields_of(2, 7, 8)),
    "torchscript": scripted,
    "exported": exported,
    "exported old": archive(["serialized_exported_program.json", "version"]),
    "estimator": lambda path: joblib.dump(Ridge(), path),
    "estimator packed": lambda path: joblib.dump(Ridge(), path, compress=3),
    "pickle": holding(pickle.dumps({"a": 3})),
    "keras": holding(b"\x89HDF\r\n\x1a\n" + bytes(100)),
    "keras archive": archive(["metadata.json", "config.json", "model.weights.h5"]),
    "savedmodel": holding(fields_of(2)),
    "savedmodel archive": archive(["net/saved_model.pb", "net/variables/variables.index"]),
    "tflite": holding(b"\x1c\0\0\0TFL3" + bytes(100)),
    "coreml": holding(fields_of(2, 500)),
    "coreml archive": archive(["net.mlpackage/Data/com.apple.CoreML/model.mlmodel"]),
    "numpy": archive(["weights.npy"]),
    "numpy single": holding(b"\x93NUMPY\1\0" + bytes(100)),
    " empty": holding(b""),
    " text": holding(b"no model at all"),
    " archive": archive(["a.txt"]),
}


@pytest.mark.parametrize("case", FORMS)
def test_a_format_is_told_by_its_contents_and_not_by_its_name(case, tmp_path):
    FORMS[case](path := tmp_path / "model.png")
    form = case.partition(" ")[0]
    assert form_of(path) == form
    if form in ("safetensors", "torch"):
        return
    with pytest.raises(lc.ModelUnavailable) as caught:
        own_network("squeezenet1_1", path)
    assert str(tmp_path) not in caught.value.public
    if form in REFUSED:
        what, instead = REFUSED[form]
        assert caught.value.public == f"model.png is {what}, which is not read. {instead}"
        assert str(caught.value).endswith(f"It is {path}.")


def test_folders_of_other_tools_are_known_too(tmp_path):
    (tmp_path / "coreml" / "Data" / "com.apple.CoreML").mkdir(parents=True)
    (tmp_path / "savedmodel").mkdir()
    (tmp_path / "savedmodel" / "saved_model.pb").write_bytes(b"x")
    for form in ("coreml", "savedmodel"):
        assert form_of(tmp_path / form) == form
        assert "which is not read. Instead, " in refusal(tmp_path / form, form_of(tmp_path / form)).public
    assert form_of(tmp_path) == ""
    assert "no file of weights and no ONNX file" in refusal(tmp_path, "").public


def test_a_file_that_cannot_be_read_says_why(tmp_path):
    with pytest.raises(lc.ModelUnavailable, match=r"'none\.pt' cannot be read: No such file"):
        form_of(tmp_path / "none.pt")


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "net.pt")
    with pytest.raises(lc.ModelUnavailable, match=r"net\.pt is no file"):
        form_of(tmp_path / "net.pt")


class Evil:
    """Its pickle would make a file."""

    def __init__(self, canary):
        self.canary = canary

    def __reduce__(self):
        return open, (str(self.canary), "w")


def bare(path, evil):
    path.write_bytes(pickle.dumps(evil))


def saved(path, evil):
    torch.save({"a": torch.zeros(1), "b": evil}, path)


def in_script(path, evil):
    """A TorchScript file whose constants are a pickle that runs something."""
    scripted(path)
    with_member(path, "constants.pkl", pickle.dumps(evil))


def in_export(path, evil):
    """A torch.export archive with pickled constants, as its own loader would read them."""
    exported(path)
    inside = io.BytesIO()
    torch.save({"a": evil}, inside)
    with_member(path, "data/constants/model_constants.pt", inside.getvalue())
    with_member(path, "data/sample_inputs/model.pt", inside.getvalue())


def crafted(path, evil):
    """An archive that looks like one of torch.save, and has the members that torch looks for."""
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("archive/data.pkl", pickle.dumps({"state_dict": evil}, protocol=2))
        file.writestr("archive/byteorder", "little")
        file.writestr("archive/version", "3\n")


def with_member(path, name, contents):
    with zipfile.ZipFile(path) as file:
        members = {member: file.read(member) for member in file.namelist()}
    top = next(iter(members)).partition("/")[0]
    with zipfile.ZipFile(path, "w") as file:
        for member, old in {**members, f"{top}/{name}": contents}.items():
            file.writestr(member, contents if member == f"{top}/{name}" else old)


@pytest.mark.parametrize("ending", ["pt", "safetensors", "onnx"])
@pytest.mark.parametrize("write", [bare, saved, in_script, in_export, crafted])
def test_code_in_a_file_never_runs(write, ending, tmp_path):
    canary = tmp_path / "canary"
    write(path := tmp_path / f"net.{ending}", Evil(canary))
    assert not canary.exists()
    with pytest.raises(lc.ModelUnavailable, match=r"would run code|could run code"):
        own_network("squeezenet1_1", path)
    (tmp_path / "net.toml").write_text(f'architecture = "squeezenet1_1"\nweights = "net.{ending}"\n')
    with pytest.raises(lc.ModelUnavailable, match=r"would run code|could run code"):
        lc.load_model(tmp_path / "net.toml")
    assert not canary.exists()


def test_the_canary_lives_where_a_pickle_is_trusted(tmp_path):
    bare(path := tmp_path / "net.pt", Evil(tmp_path / "canary"))
    pickle.loads(path.read_bytes()).close()
    assert (tmp_path / "canary").exists()
