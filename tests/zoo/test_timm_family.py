"""timm's models: known by name and by no path, kept with a sum, fetched from the hub or from what lies there."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

import lime_core as lc
from lime_core.zoo import timm_family
from lime_core.zoo.weights import save_state

timm = pytest.importorskip("timm", reason="timm is not installed")
save_file = pytest.importorskip("safetensors.torch").save_file

TINY = "timm/test_vit"


def tiny(seed=0):
    torch.manual_seed(seed)
    return timm.create_model("test_vit", pretrained=False)


def test_a_timm_model_is_read_from_the_cache_folder(offline):
    torch.manual_seed(0)
    module = timm.create_model("legacy_xception", pretrained=False)
    entry = lc.find_model("timm/xception")
    entry.weights.parent.mkdir(parents=True)
    save_file(module.state_dict(), entry.weights)
    model = lc.load_model("timm/xception", download=False)
    assert (model.preprocessing.height, model.preprocessing.resize) == (299, 333)
    assert model.preprocessing.mean == (0.5, 0.5, 0.5)
    assert model.class_name(285) == "Egyptian cat"
    assert model.outputs(np.zeros((1, 299, 299, 3), dtype=np.uint8)).shape == (1, 1000)


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("resnet18", "https://huggingface.co/timm/resnet18.a1_in1k/resolve/main/model.safetensors"),
        ("xception", "https://github.com/rwightman/"),
    ],
)
def test_timm_weights_that_cannot_be_fetched_name_the_address_and_the_file(offline, name, published):
    with pytest.raises(lc.ModelUnavailable) as caught:
        lc.load_model(f"timm/{name}")
    assert f"could not be downloaded from {published}" in caught.value.public
    assert caught.value.public.endswith(": no network.")
    assert str(offline / "cache" / "lime_core" / "timm" / f"{name}.safetensors") in str(caught.value)
    assert not list((offline / "cache").rglob("*.part"))


def test_a_cache_folder_that_cannot_be_written_is_said_with_the_place(offline, monkeypatch):
    (offline / "cache").write_bytes(b"a file")
    with pytest.raises(lc.ModelUnavailable, match="could not be kept on this machine: Not a directory") as caught:
        lc.load_model(TINY)
    assert str(offline) not in caught.value.public
    assert str(offline / "cache" / "lime_core" / "timm" / "test_vit.safetensors") in str(caught.value)


def test_what_the_hub_gives_is_read_by_timm_and_kept_with_a_sum(offline, monkeypatch):
    asked = []

    def download(name, url, path, place, allowed):
        asked.append((name, url, allowed))
        save_file(tiny(seed=1).state_dict(), path)

    monkeypatch.setattr(timm_family, "download", download)
    entry = lc.find_model(TINY)
    entry.fetch(entry.weights, True)
    assert [(name, allowed) for name, _, allowed in asked] == [(TINY, True)]
    assert [path.name for path in entry.weights.parent.iterdir()] == ["test_vit.safetensors"]
    module, *_ = entry.build(entry.weights)
    assert all(torch.equal(a, b) for a, b in zip(module.parameters(), tiny(seed=1).parameters(), strict=True))
    damaged = bytearray(entry.weights.read_bytes())
    damaged[-1] ^= 1
    entry.weights.write_bytes(damaged)
    with pytest.raises(lc.ModelUnavailable, match="is damaged: it does not have the SHA-256 that was written into it"):
        entry.build(entry.weights)


def test_what_the_hub_gives_and_timm_cannot_read_is_not_kept(offline, monkeypatch):
    def download(name, url, path, place, allowed):
        save_file({"head.weight": torch.zeros(3)}, path)

    monkeypatch.setattr(timm_family, "download", download)
    entry = lc.find_model(TINY)
    with pytest.raises(lc.ModelUnavailable, match="does not fit the model timm/test_vit"):
        entry.fetch(entry.weights, True)
    assert not list(entry.weights.parent.iterdir())


def test_what_the_hubs_own_client_has_downloaded_needs_no_network(offline, monkeypatch):
    save_file(tiny().state_dict(), offline / "model.safetensors")
    found = str(offline / "model.safetensors")
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_, **__: found)
    entry = lc.find_model(TINY)
    entry.fetch(entry.weights, False)
    assert entry.ready


def test_weights_that_nobody_has_published_say_so(offline, monkeypatch):
    monkeypatch.setattr(timm, "get_pretrained_cfg", lambda name: None)
    monkeypatch.setattr(timm_family, "timm_network", lambda *_, **__: SimpleNamespace(pretrained_cfg={}))
    entry = lc.find_model("timm/resnet18")
    with pytest.raises(lc.ModelUnavailable, match="No weights of timm/resnet18 have been published"):
        entry.fetch(entry.weights, True)


def test_an_unknown_timm_model_and_a_missing_timm_say_so(monkeypatch):
    with pytest.raises(lc.ModelUnavailable, match="timm has no model 'resnet5000'"):
        lc.load_model("timm/resnet5000")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(lc.ModelUnavailable, match="pip install timm"):
        lc.load_model("timm/resnet18")


def test_a_name_with_one_of_timms_tags_is_known_and_one_with_another_is_not():
    assert lc.find_model("timm/resnet18.a1_in1k").weights.name == "resnet18.a1_in1k.safetensors"
    for name in ("resnet18.", "resnet18.other", "resnet18./../../x", "resnet18.a1_in1k.x", ".resnet18"):
        with pytest.raises(lc.ModelUnavailable, match="timm has no model"):
            lc.find_model(f"timm/{name}")


def test_every_name_that_is_listed_is_found_and_its_file_lies_in_the_folder():
    folder = timm_family.timm_folder()
    assert {lc.find_model(name).weights.parent for name in timm_family.timm_names()} == {folder}


def test_a_state_that_is_saved_is_read_again(tmp_path):
    from lime_core.zoo.weights import read_state

    state = {"a": torch.arange(6.0).reshape(2, 3).T, "b": torch.tensor(3)}
    save_state(state, tmp_path / "x.safetensors")
    read = read_state(tmp_path / "x.safetensors")
    assert set(read) == {"a", "b"}
    assert torch.equal(read["a"], state["a"])
    assert torch.equal(read["b"], state["b"])


def test_a_renamed_model_is_not_built_to_say_that_nothing_may_be_downloaded(offline, monkeypatch):
    built = []
    monkeypatch.setattr(timm, "create_model", lambda *given, **_: built.append(given))
    with pytest.raises(lc.ModelUnavailable, match="nothing may be downloaded here"):
        lc.load_model("timm/vit_giant_patch14_224_clip_laion2b", download=False)  # it would take 4 GB
    assert built == []
