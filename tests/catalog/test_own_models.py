"""Models that a description names: built, asked about one photo, and refused where they do not fit it."""

import pytest
import torch

import lime_core as lc
from lime_core.zoo.architectures import network

save_file = pytest.importorskip("safetensors.torch").save_file
pytest.importorskip("timm", reason="timm is not installed")


@pytest.fixture
def described(tmp_path):
    """Writes weights of an architecture and a description of them; gives its path."""

    def write(text="", architecture="squeezenet1_1", classes=3, channels=3):
        torch.manual_seed(classes)
        save_file(network(architecture, classes, channels).state_dict(), tmp_path / "net.safetensors")
        start = f'architecture = "{architecture}"\nweights = "net.safetensors"\n'
        (tmp_path / "own.toml").write_text(start + text)
        return tmp_path / "own.toml"

    return write


def test_a_description_is_all_that_a_model_needs(described, chelsea):
    path = described('classes = ["a", "b", "c"]\n[input]\nsize = 64\n')
    model = lc.load_model(path)
    assert (model.name, model.kind, model.class_names) == ("own", "logits", ("a", "b", "c"))
    assert model.preprocessing == lc.Preprocessing(64, 64)
    assert len(lc.load_model(str(path)).top(chelsea)) == 3
    torch.manual_seed(3)
    same = lc.torch_classifier("own", network("squeezenet1_1", 3), lc.Preprocessing(64, 64), ["a", "b", "c"])
    assert model.fingerprint == same.fingerprint
    assert model.notice.endswith("Give output in its description where that is wrong.")
