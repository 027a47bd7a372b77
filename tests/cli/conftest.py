"""Photos, and a way to run a command with a planted model in this process."""

import pytest
from PIL import Image

from lime_core.cli import batch, explain, tune
from lime_core.cli.main import main
from tests.support.planted import textured_picture

OPTIONS = ("--segmenter", "grid", "--set", "grid.rows=4", "--set", "grid.columns=4", "--hiding", "color",
           "--set", "color.color=0,0,0", "--num-samples", "40")  # fmt: skip


@pytest.fixture
def photos(tmp_path):
    """Three pictures in a folder, one of them twice, and a file that is none."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, seed in (("a", 0), ("b", 1), ("c", 2), ("d", 1)):
        Image.fromarray(textured_picture(seed).pixels).save(folder / f"{name}.png")
    (folder / "e.png").write_text("no picture")
    return folder


@pytest.fixture
def photo(tmp_path, picture):
    path = tmp_path / "photo.png"
    Image.fromarray(picture.pixels).save(path)
    return str(path)


@pytest.fixture
def run(monkeypatch, planted, capsys, tmp_path):
    """Runs a command with the planted model; gives its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    for module in (batch, explain, tune):
        monkeypatch.setattr(module, "load_model", lambda name, device, precision: planted)

    def call(*arguments):
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    call.model = planted
    return call


def one_line(error):
    assert error.startswith("lime-core: error: ")
    assert error.count("\n") == 1
    assert error.endswith("\n")
    return error
