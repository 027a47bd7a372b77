"""Own weights of a known architecture: outputs and channels come from the file, and wrappers are taken off."""

import pytest
import torch
from torch import nn

import lime_core as lc
from lime_core.zoo.architectures import check_architecture, network, shapes_of, usual_preprocessing
from lime_core.zoo.checkpoints import own_network, without_prefix

save_file = pytest.importorskip("safetensors.torch").save_file
pytest.importorskip("timm", reason="timm is not installed")

TINY = "squeezenet1_1"


def state(name=TINY, classes=3, channels=3):
    torch.manual_seed(classes)
    return network(name, classes, channels).state_dict()


WRAPPED = {
    "alone": lambda s: s,
    "checkpoint": lambda s: {"epoch": 3, "state_dict": s, "optimizer": {"state": {}, "param_groups": [{"lr": 0.1}]}},
    "model": lambda s: {"model": s, "best": 0.9},
    "model_state_dict": lambda s: {"model_state_dict": s},
    "parallel": lambda s: {f"module.{key}": value for key, value in s.items()},
    "lightning": lambda s: {"state_dict": {f"model.{key}": value for key, value in s.items()}},
    "compiled": lambda s: {f"_orig_mod.module.{key}": value for key, value in s.items()},
}


@pytest.mark.parametrize("form", WRAPPED)
def test_weights_are_found_in_checkpoints_and_behind_prefixes(form, tmp_path):
    torch.save(WRAPPED[form](state()), tmp_path / "net.pt")
    built = own_network(TINY, tmp_path / "net.pt")
    assert (built.outputs, built.channels) == (3, 3)
    own = built.module.state_dict()
    assert all(torch.equal(own[key], value) for key, value in state().items())


def test_a_prefix_stays_where_not_all_names_have_it():
    assert list(without_prefix({"model.a": torch.zeros(1), "b": torch.zeros(1)})) == ["model.a", "b"]


@pytest.mark.parametrize(
    "name", [TINY, "shufflenet_v2_x0_5", "timm/test_vit", "timm/test_resnet", "timm/test_convnext"]
)
@pytest.mark.parametrize("channels", [1, 3])
def test_outputs_and_channels_are_those_of_the_file(name, channels, tmp_path):
    save_file(state(name, 7, channels), tmp_path / "net.safetensors")
    built = own_network(name, tmp_path / "net.safetensors")
    assert (built.outputs, built.channels, built.usual.channels) == (7, channels, 3)
    with torch.inference_mode():
        side = built.usual.height
        assert built.module.eval()(torch.rand(1, channels, side, side)).shape == (1, 7)


def test_a_second_head_may_be_there_or_not(tmp_path):
    for second_head in (True, False):
        torch.save(network("googlenet", 5, second_head=second_head).state_dict(), tmp_path / "net.pt")
        assert own_network("googlenet", tmp_path / "net.pt").outputs == 5


def test_a_thousand_outputs_need_no_head_of_ones_own(tmp_path):
    torch.save(state(classes=1000), tmp_path / "net.pt")
    assert own_network(TINY, tmp_path / "net.pt").outputs == 1000


def changed(**tensors):
    return {**state(), **{key.replace("__", "."): value for key, value in tensors.items()}}


@pytest.mark.parametrize(
    ("contents", "says"),
    [
        (changed(classifier__1__bias=torch.zeros(4)), "not fit squeezenet1_1: its last layers are for 3 and 4 classes"),
        (changed(features__0__weight=torch.zeros(64, 5, 3, 3)), "is for pictures of 5 channels, and only 1 or 3"),
        (changed(extra=torch.zeros(1)), "does not fit the model: unexpected: 'extra'"),
        (state("shufflenet_v2_x0_5"), "does not fit the model: missing: 'features.0.weight'"),
        (nn.Linear(2, 2), "a whole module or another object was saved"),
    ],
)  # fmt: skip
def test_weights_that_do_not_fit_say_what_differs(contents, says, tmp_path):
    torch.save(contents, tmp_path / "net.pt")
    with pytest.raises(lc.ModelUnavailable, match=says) as caught:
        own_network(TINY, tmp_path / "net.pt")
    assert "net.pt" in caught.value.public


def test_an_onnx_file_is_told_where_it_belongs(tmp_path):
    (tmp_path / "net.pt").write_bytes(b"\x08\x01\x3a\x02ab")
    with pytest.raises(lc.ModelUnavailable, match=r"net\.pt is an ONNX file.*name it with onnx = 'net\.pt'"):
        own_network(TINY, tmp_path / "net.pt")


def test_a_damaged_file_says_so(tmp_path):
    torch.save(state(), tmp_path / "net.pt")
    contents = (tmp_path / "net.pt").read_bytes()
    (tmp_path / "net.pt").write_bytes(contents[: len(contents) // 2])
    with pytest.raises(lc.ModelUnavailable, match=r"net\.pt is damaged, or of no format that is known"):
        own_network(TINY, tmp_path / "net.pt")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("resnet81", "must be one of torchvision's, or timm/NAME for timm's, got 'resnet81'; near are resnet"),
        ("timm/resnet81", "architecture must be known to timm, which has no 'resnet81'; near are resnet"),
        ("timm//etc/passwd", "architecture must be known to timm, which has no '/etc/passwd'"),
    ],
)  # fmt: skip
def test_an_architecture_that_is_unknown_names_those_that_are_near(name, says):
    with pytest.raises(ValueError, match=says):
        check_architecture(name)


def test_timm_is_asked_for_where_it_is_missing(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ValueError, match="needs the package timm, which is not installed: pip install timm"):
        check_architecture("timm/resnet18")


def test_shapes_take_no_memory_where_they_can():
    assert shapes_of(TINY).features[0].weight.is_meta
    assert shapes_of("regnet_y_400mf").fc.weight.shape == (1000, 440)


def test_the_usual_preprocessing_is_that_of_the_published_weights():
    assert usual_preprocessing(TINY, shapes_of(TINY)) == lc.Preprocessing(224, 224, 256)
    seen = usual_preprocessing("timm/test_vit", shapes_of("timm/test_vit"))
    assert (seen.height, seen.channels, len(seen.mean)) == (160, 3, 3)
