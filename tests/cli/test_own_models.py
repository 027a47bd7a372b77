"""Models of one's own on the command line: checked, listed, explained, in many pictures, and replayed."""

import re

import numpy as np
import pytest

import lime_core as lc
from lime_core.cli import arguments
from lime_core.cli.main import main
from tests.catalog.conftest import described as described
from tests.catalog.conftest import tensors as tensors
from tests.cli.conftest import one_line
from tests.support.badfiles import png_of_16_bits

FAST = ("--segmenter", "grid", "--set", "grid.rows=3", "--set", "grid.columns=3", "--num-samples", "20",
        "--device", "cpu", "--precision", "f32")  # fmt: skip
TEXT = 'classes = ["cat", "dog", "emu"]\noutput = "logits"\nsource = "random numbers"\n[input]\nsize = 64\n'


@pytest.fixture
def own(described, monkeypatch, tmp_path):
    """The path of a description, in the folder where commands run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LIME_MODELS", raising=False)
    return described(TEXT)


@pytest.fixture
def call(capsys):
    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_check_says_what_was_found(own, call, photo):
    code, out, _ = call("models", "check", "own.toml", "--photo", photo, "--device", "cpu", "--precision", "f32")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "own: squeezenet1_1, weights in net.pt (2.9 MB)"
    assert lines[1].startswith(
        "input: 64 × 64 pixels, 3 channels RGB, crop, bilinear, mean 0.485 0.456 0.406, standard"
    )
    assert lines[2] == "output: logits, 3 classes named"
    assert re.fullmatch(r"engine: .*, \S+ s to load, \S+ s for two pictures", lines[3])
    assert lines[4:6] == ["source: random numbers", "photo.png:"]
    assert sorted(line.split()[-1] for line in lines[6:]) == ["cat", "dog", "emu"]


def test_check_says_what_was_guessed_and_the_unit_of_values(described, own, call):
    described("[input]\nsize = 64\n")
    assert "The answers were taken for logits" in call("models", "check", "own.toml")[1]
    described('output = "values"\nunit = "years"\n[input]\nsize = 64\n', classes=1)
    code, out, _ = call("models", "check", own)
    assert code == 0
    assert "output: values in years, 1 value without names" in out
    assert "chelsea:" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("none.toml",), "There is no description 'none.toml'"),
        (("nobody",), "There is no model 'nobody'"),
        (("own.toml", "--photo", "none.png"), "none.png"),
        (("own.toml", "--device", "nowhere"), "device 'nowhere' is not on this machine"),
    ],
)
def test_check_of_what_cannot_be_is_one_line_and_exit_code_2(own, call, arguments, says):
    code, out, error = call("models", "check", *arguments)
    assert (code, out) == (2, "")
    assert says in one_line(error)


def test_models_lists_ones_own_and_says_what_is_broken(own, call, monkeypatch, tmp_path):
    (tmp_path / "old.toml").write_text("architecture = 3\n")
    monkeypatch.setenv("LIME_MODELS", str(tmp_path))
    code, out, _ = call("models")
    assert code == 0
    assert re.search(r"^own +own +ready$", out, re.MULTILINE)
    assert re.search(
        r"^old +own +broken: The description old\.toml cannot be used: architecture must", out, re.MULTILINE
    )
    assert call("models", "check", "own")[0] == 0


def test_a_model_of_ones_own_is_explained_and_replayed_by_file_or_by_name(own, call, photo, monkeypatch, tmp_path):
    code, out, error = call("explain", photo, "--model", "own.toml", *FAST, "--out", "e")
    assert code == 0, error
    assert '"own"' in (tmp_path / "e" / "manifest.json").read_text()
    code, _, error = call("replay", "e", photo)
    assert code == 1
    assert "The model 'own' of the manifest cannot be loaded by its name" in one_line(error)
    assert "with --model" in error
    code, out, error = call("replay", "e", photo, "--model", "own.toml")
    assert code == 0, error
    assert "the same weights again" in out
    monkeypatch.setenv("LIME_MODELS", str(tmp_path))
    assert call("replay", "e", photo)[0] == 0
    assert (
        call("stability", photo, "--model", "own", *FAST, "--repeats", "2", "--methods", "lime", "--out", "s")[0] == 0
    )


def test_a_folder_stands_for_its_description_and_a_file_of_weights_is_told_what_it_lacks(own, call, photo, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "model.toml").write_text(own.read_text())
    (folder / "net.pt").write_bytes((tmp_path / "net.pt").read_bytes())
    for named in ("mine/", "mine"):
        code, out, _ = call("models", "check", named, "--photo", photo)
        assert (code, out.splitlines()[0]) == (0, "mine: squeezenet1_1, weights in net.pt (2.9 MB)")
    folder.rename(tmp_path / "resnet18")  # a name that is known is that of the published model
    assert arguments.model("resnet18") == "resnet18"
    (tmp_path / "resnet18").rename(folder)
    for wrong in ("net.pt", folder / "net.pt"):
        code, _, error = call("explain", photo, "--model", wrong, *FAST)
        assert code == 2
        assert "got the file net.pt: write a model.toml beside it" in one_line(error)


def test_a_replay_with_another_model_says_so(own, described, call, photo):
    assert call("explain", photo, "--model", "own.toml", *FAST, "--out", "e")[0] == 0
    described(TEXT.replace("size = 64", "size = 48"), name="other.toml")
    code, _, error = call("replay", "e", photo, "--model", "other.toml")
    assert code == 1
    assert "the model is 'other', not 'own'" in one_line(error)
    described(TEXT, name="renamed.toml")  # the same model, whatever its file or its folder is called
    code, out, _ = call("replay", "e", photo, "--model", "renamed.toml")
    assert (code, out.splitlines()[0][:22]) == (0, "the same weights again")


def test_workers_are_told_where_the_description_is(own, call, photos, monkeypatch, tmp_path):
    loaded = []

    class Workers:
        def __init__(self, load, workers, gpus):
            loaded.append(load.args)
            raise lc.ModelUnavailable("seen")

    monkeypatch.setattr("lime_core.cli.batch.LocalPool", Workers)
    monkeypatch.setenv("LIME_MODELS", str(tmp_path))
    for name in ("own.toml", "own", "resnet18"):
        assert call("batch", photos, "--model", name, "--workers", "2", "--out", "many")[0] == 2
    assert [model for model, *_ in loaded] == [str(own), str(own), "resnet18"]


def test_many_pictures_and_a_prior_of_a_model_of_ones_own(own, call, photos, tmp_path):
    code, out, error = call("batch", photos, "--model", "own.toml", *FAST, "--no-faithfulness", "--out", "many")
    assert code == 1, error
    assert "files in " in out
    code, out, error = call(
        "prior", "build", photos, "--model", "own.toml", *FAST, "--no-faithfulness", "--work", "many", "--resume",
        "--out", "prior.npz", "--clusters", "3",
    )  # fmt: skip
    assert code == 1, error
    assert lc.load_prior(tmp_path / "prior.npz").made_by["model"] == "own"


def test_a_scan_is_seen_by_the_white_of_the_training(described, own, call, tmp_path):
    scan = np.random.default_rng(0).integers(0, 900, (80, 100), dtype=np.uint16)
    (tmp_path / "scan.png").write_bytes(png_of_16_bits(scan))
    border = 'fit = "pad"\nfill = 0\nwhite = 4095\n'
    description = described(f'output = "logits"\n[input]\nsize = 64\n{border}')
    code, out, _ = call("models", "check", description, "--photo", "scan.png", "--device", "cpu", "--precision", "f32")
    assert code == 0
    assert "pad with 0 0 0 around it, bilinear" in out
    assert "0.225, 4095 is white" in out
    said = "Scaled to 8 bits with 4095 as white, as the model was trained."
    assert said in out
    assert "Nothing says" not in out
    model = lc.load_model(description, "cpu", "f32")
    view = model.view(tmp_path / "scan.png")
    assert view[:, :, 0].max() <= 900 * 255 / 4095
    assert not view[:6].any()
    assert said in call("explain", "scan.png", "--model", description, *FAST)[1]
    guessed = described('output = "logits"\n[input]\nsize = 64\n')
    code, out, _ = call("models", "check", guessed, "--photo", "scan.png", "--device", "cpu", "--precision", "f32")
    assert "10-bit grey values were scaled to 8 bits. Nothing says how many bits they have; the largest is 899." in out
    assert "Where the training divided by a fixed number, give it as white in [input]." in out
