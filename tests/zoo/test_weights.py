"""Weights files: those that fit are read, and of all others the reason says what is wrong and what to do."""

import hashlib
from collections import OrderedDict

import pytest
import torch
from torch import nn

import lime_core as lc
from lime_core.zoo.weights import load_into, read_state, save_state

save_file = pytest.importorskip("safetensors.torch").save_file


def network(classes=3):
    torch.manual_seed(classes)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, classes))


def written(path, contents, **settings):
    torch.save(contents, path, **settings)
    return path


FORMS = {
    "net.pt": lambda path, state: torch.save(state, path),
    "old.pt": lambda path, state: torch.save(state, path, _use_new_zipfile_serialization=False),
    "net.safetensors": lambda path, state: save_file(state, path),
    "summed.safetensors": lambda path, state: save_state(state, path),
    "inside.pt": lambda path, state: torch.save({"state_dict": state}, path),
    "plain.pt": lambda path, state: torch.save(dict(state), path),
    "parameters.pt": lambda path, state: torch.save({k: nn.Parameter(v, False) for k, v in state.items()}, path),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_file_is_read(form, tmp_path):
    FORMS[form](tmp_path / form, network().state_dict())
    module = network(classes=3)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
    load_into(module, tmp_path / form, 3)
    assert all(torch.equal(a, b) for a, b in zip(module.parameters(), network().parameters(), strict=True))


@pytest.mark.parametrize("name", ["net-{}.pt", "net-{}.safetensors"])
def test_a_sum_in_the_name_is_compared(name, tmp_path):
    path = tmp_path / "net"
    torch.save(network().state_dict(), path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    load_into(network(), path.rename(tmp_path / name.format(digest[:8])), 3)
    (found,) = tmp_path.iterdir()
    other = found.rename(tmp_path / name.format("00000000"))
    with pytest.raises(lc.ModelUnavailable) as caught:
        load_into(network(), other, 3)
    assert caught.value.public == (
        f"The weights file {other.name} is damaged, or another file than its name says: its SHA-256 begins with "
        f"{digest[:8]}, not with 00000000. Remove or replace it."
    )
    assert str(caught.value).endswith(f"It is {other}.")
    with pytest.raises(lc.ModelUnavailable, match=r"not with 00000000.* it is for 3 classes, and the model has 5"):
        load_into(network(5), other, 5)


class Own(nn.Module):
    pass


def with_other_shapes(state):
    return {key: tensor.new_zeros(tuple(size + 1 for size in tensor.shape)) for key, tensor in state.items()}


KEYS = list(network().state_dict())


@pytest.mark.parametrize(
    ("contents", "says"),
    [
        ([torch.zeros(3)], "holds a value of type list and no tensors by name"),
        (3, "holds a value of type int and no tensors by name"),
        ({}, "holds a value of type dict and no tensors by name"),
        (torch.zeros(3), "holds a value of type Tensor and no tensors by name"),
        ({"epoch": 3}, "holds a value of type int under 'epoch', where a tensor should be"),
        ({3: torch.zeros(1)}, "holds a value of type Tensor under 3, where a tensor should be"),
        ({"a": {"b": torch.zeros(1)}}, "holds a value of type dict under 'a', where a tensor should be"),
        ({"state_dict": {"state_dict": {}}}, "holds a value of type dict under 'state_dict', where a tensor should be"),
        (network(), "a whole module or another object was saved, for it names"),
        ({"model": Own()}, r"it names 'tests\.zoo\.test_weights\.Own'.*save module\.state_dict\(\) instead"),
        ({"size": torch.Size([3])}, "holds more than tensors"),
        ({"a": bytearray(5)}, "it names '"),
        (network(7).state_dict(), "does not fit the model: it is for 7 classes, and the model has 3"),
        (
            {key: tensor for key, tensor in network().state_dict().items() if key != KEYS[0]},
            f"does not fit the model: missing: '{KEYS[0]}'",
        ),
        (
            {f"module.{key}": tensor for key, tensor in network().state_dict().items()},
            rf"missing: '{KEYS[0]}'.*; unexpected: 'module\.{KEYS[0]}'",
        ),
        (with_other_shapes(network().state_dict()), r"of another shape: '.+' is \(.*\) and should be \(.*\)"),
        ({f"key {i}": torch.zeros(1) for i in range(50)} | network().state_dict(), "unexpected: 'key 0', 'key 1', "
         r"'key 2' and 47 more"),
        ({"k" * 5000: torch.zeros(1)} | network().state_dict(), f"unexpected: '{'k' * 58}…"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("new", [True, False], ids=["zip", "pickle"])
def test_what_does_not_fit_says_what_differs_and_changes_nothing(contents, says, new, tmp_path):
    path = written(tmp_path / "net.pt", contents, _use_new_zipfile_serialization=new)
    module, before = network(), network().state_dict()
    with pytest.raises(lc.ModelUnavailable, match=says) as caught:
        load_into(module, path, 3)
    assert "\x1b" not in str(caught.value)
    assert "two options" not in str(caught.value)
    assert str(tmp_path) not in caught.value.public
    assert f"It is {path}." in str(caught.value)
    assert "Remove or replace it." in caught.value.public
    assert len(str(caught.value)) < 1000
    assert all(torch.equal(tensor, before[key]) for key, tensor in module.state_dict().items())


@pytest.mark.parametrize("call", ["reduce", "build"])
@pytest.mark.parametrize("settings", [{}, {"_use_new_zipfile_serialization": False}, {"pickle_protocol": 4}])
def test_a_pickle_that_would_run_code_runs_nothing(call, settings, tmp_path):
    canary = tmp_path / "canary"

    class Evil:
        def __reduce__(self):
            if call == "reduce":
                return open, (str(canary), "w")
            return OrderedDict, (), {"x": 1}, iter([]), iter([("y", eval)])

    path = written(tmp_path / "net.pt", {"a": Evil()}, **settings)
    with pytest.raises(lc.ModelUnavailable, match="holds more than tensors"):
        read_state(path)
    assert not canary.exists()


def test_a_file_that_cannot_be_opened_says_why(tmp_path):
    with pytest.raises(lc.ModelUnavailable, match=r"none\.pt cannot be read: No such file"):
        read_state(tmp_path / "none.pt")
    with pytest.raises(lc.ModelUnavailable, match=r"cannot be read: Is a directory"):
        load_into(network(), tmp_path, 3)


def test_batch_counts_that_old_files_do_not_have_are_no_difference(tmp_path):
    module = nn.Sequential(nn.BatchNorm2d(3))
    state = {key: value + 1 for key, value in module.state_dict().items() if "num_batches" not in key}
    load_into(module, written(tmp_path / "net.pt", state), 3)
    assert module[0].weight.tolist() == [2.0, 2.0, 2.0]
