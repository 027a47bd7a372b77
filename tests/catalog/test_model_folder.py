"""LIME_MODELS: the models of its folders are known by their names, and a broken description is told and not listed."""

import os

import pytest

import lime_core as lc
from lime_core.catalog import model_folder


@pytest.fixture
def folder(described, tmp_path, monkeypatch):
    """A folder with a description of its own and one in a folder of its own."""
    described("[input]\nsize = 64\n")
    (tmp_path / "birds").mkdir()
    (tmp_path / "birds" / "model.toml").write_text((tmp_path / "own.toml").read_text().replace("net.pt", "../net.pt"))
    (tmp_path / "birds" / "other.toml").write_text("not looked at")
    monkeypatch.setenv("LIME_MODELS", str(tmp_path))
    return tmp_path


def test_descriptions_are_known_by_their_names(folder):
    models = lc.described_models()
    assert (list(models.files), models.broken) == (["own", "birds"], {})
    names = lc.model_names()
    bundled = [name for name in names if name.startswith("efficientnet_lite")]
    assert names[: len(bundled) + 2] == (*bundled, "own", "birds")
    assert lc.model_names(ready=True)[: len(bundled) + 2] == (*bundled, "own", "birds")
    entry = lc.find_model("birds")
    assert (entry.name, entry.family, entry.ready) == ("birds", "own", True)
    _, preprocessing, classes = entry.build(entry.weights)
    assert (preprocessing.height, classes) == (64, ())
    assert lc.load_model("birds").name == "birds"


def test_several_folders_are_named_as_in_path(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("LIME_MODELS", os.pathsep.join(["", str(tmp_path / "birds"), str(tmp_path), str(tmp_path)]))
    models = lc.described_models()
    assert list(models.files) == ["birds", "own"]
    assert sorted(models.broken) == ["birds", "other"]  # found again in the second folder; no TOML


def test_a_broken_description_is_not_listed_and_says_why(folder):
    (folder / "old.toml").write_text("architecture = 3\nweights = 'net.pt'\n")
    models = lc.described_models()
    assert "old" not in {*models.files, *lc.model_names()}
    assert "architecture must be a text, got 3" in models.broken["old"].public
    assert str(folder) not in models.broken["old"].public
    for call in (lc.find_model, lc.load_model):
        with pytest.raises(lc.ModelUnavailable, match="architecture must be a text, got 3"):
            call("old")


def test_two_of_one_name_are_a_sentence(folder):
    (folder / "zebra.toml").write_text(f'name = "own"\n{(folder / "own.toml").read_text()}')
    models = lc.described_models()
    assert models.files["own"].path == folder / "own.toml"
    assert models.broken["zebra"].public == (
        "The description zebra.toml has the name 'own', which another one has already: give it another name."
    )


def test_broken_ones_of_one_name_are_numbered_and_name_no_path(folder, tmp_path, monkeypatch):
    others = [tmp_path / "more" / name for name in ("a", "b")]
    for other in others:
        (other / "birds").mkdir(parents=True)
        (other / "birds" / "model.toml").write_text("name = 3")
    monkeypatch.setenv("LIME_MODELS", os.pathsep.join(map(str, others)))
    assert list(lc.described_models().broken) == ["birds", "birds (2)"]


def test_descriptions_are_read_again_where_a_file_of_theirs_has_changed(folder, monkeypatch):
    (folder / "names.txt").write_text("a\nb\nc\n")
    (folder / "own.toml").write_text('classes = "names.txt"\n' + (folder / "own.toml").read_text())
    read = []
    real = model_folder.read_model_file
    monkeypatch.setattr(model_folder, "read_model_file", lambda path: read.append(path.name) or real(path))
    for _ in range(3):
        assert "own" in lc.described_models().files
    assert read == ["own.toml", "model.toml"]
    (folder / "names.txt").write_text("")
    assert "is empty" in str(lc.described_models().broken["own"])
    (folder / "names.txt").write_text("longer\nb\nc\n")
    assert "own" in lc.described_models().files
    stamp = (folder / "own.toml").stat()
    (folder / "own.toml").write_text((folder / "own.toml").read_text().replace("size = 64", "size = 32"))
    assert (folder / "own.toml").stat().st_size == stamp.st_size
    assert lc.described_models().files["own"].input.size == (32, 32)
    (folder / "names.txt").unlink()
    assert "there is no such file" in str(lc.described_models().broken["own"])


def test_what_is_written_while_it_is_read_is_read_again(folder, monkeypatch):
    real = model_folder.read_model_file

    def reading(path):
        file = real(path)
        if path.name == "own.toml" and file.input.size == (64, 64):
            path.write_text(path.read_text().replace("size = 64", "size = 32"))
        return file

    monkeypatch.setattr(model_folder, "read_model_file", reading)
    assert lc.described_models().files["own"].input.size == (64, 64)
    assert lc.described_models().files["own"].input.size == (32, 32)
    (folder / "net.pt").unlink()
    assert "own" in lc.described_models().broken


def test_a_folder_that_is_not_there_is_told(folder, monkeypatch):
    monkeypatch.setenv("LIME_MODELS", str(folder / "none"))
    models = lc.described_models()
    assert models.files == {}
    assert models.broken["none"].public == "There is no folder none, which LIME_MODELS names."
    with pytest.raises(lc.ModelUnavailable, match="There is no model 'own'"):
        lc.find_model("own")


def test_weights_that_are_gone_since_are_missed(folder, monkeypatch):
    entry = lc.find_model("own")
    (folder / "net.pt").unlink()
    assert not entry.ready
    with pytest.raises(lc.ModelUnavailable, match=r"The file net\.pt of own is missing"):
        entry.fetch(entry.weights, True)
    with pytest.raises(lc.ModelUnavailable, match=r"names net\.pt as weights, and there is no such file"):
        lc.load_model("own")


def test_without_the_variable_nothing_is_looked_for(monkeypatch):
    monkeypatch.delenv("LIME_MODELS", raising=False)
    assert lc.described_models().files == {}
