"""Descriptions are written so that they read back as the same, and made in Python under the same rules."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lime_core as lc
from lime_core.catalog.model_input import SCALINGS
from lime_core.files.names import printable

LINES = st.text(st.characters(codec="utf-8"), max_size=30).map(printable)
NAMES = LINES.map(lambda text: text.replace("/", "").replace("\\", "").strip()).filter(
    lambda text: text and not text.endswith(".toml") and text not in lc.MODELS
)
CLASSES = st.lists(LINES.filter(str.strip), max_size=4).map(tuple)
NUMBERS = st.floats(-10, 10) | st.integers(-3, 3)
SPREADS = st.floats(1e-3, 10) | st.integers(1, 3)
SIDES = st.integers(1, 16_384)


@st.composite
def inputs(draw):
    channels = draw(st.sampled_from([None, 1, 3]))
    count = draw(st.sampled_from([1, channels or 3]))
    way = draw(st.sampled_from(["scaling", "numbers"]))
    scalings = [name for name in SCALINGS if channels != 1 or name != "imagenet"]
    numbers = {
        "mean": tuple(draw(st.lists(NUMBERS, min_size=count, max_size=count))),
        "std": tuple(draw(st.lists(SPREADS, min_size=count, max_size=count))),
    }
    fit = draw(st.sampled_from(["", "crop", "squash", "pad"]))
    return lc.ModelInput(
        size=draw(st.none() | SIDES | st.tuples(SIDES, SIDES)),
        fit=fit,
        resize=draw(st.none() if fit == "pad" else st.none() | SIDES),
        interpolation=draw(st.sampled_from(["", "bicubic", "nearest-exact"])),
        fill=draw(st.none() | st.tuples(*[st.integers(0, 255)] * 3) | st.integers(0, 255)) if fit == "pad" else None,
        channels=channels,
        order=draw(st.sampled_from(["", "RGB", "BGR"])),
        white=draw(st.none() | st.integers(255, 65_535)),
        **({"scaling": draw(st.sampled_from(scalings))} if way == "scaling" else numbers),
    )


@st.composite
def files(draw):
    folder = Path("/nowhere")
    onnx = draw(st.booleans())
    output = draw(st.sampled_from(["", "logits", "independent probabilities", "values"]))
    units = st.sampled_from(["", "years", "µm²", '"', "°C"]) if output == "values" else st.just("")
    return lc.ModelFile(
        name=draw(NAMES),
        architecture="" if onnx else "resnet18",
        weights=None if onnx else folder / draw(st.sampled_from(["net.pt", "a b/ü'\"\\ net.pt"])),
        onnx=folder / "net.onnx" if onnx else None,
        classes=draw(CLASSES),
        output=output,
        unit=draw(units),
        source=draw(LINES),
        input=draw(inputs()),
    )


@given(files())
@settings(max_examples=60, deadline=None)
def test_what_is_written_reads_back_as_the_same(file):
    with TemporaryDirectory() as name:
        folder = Path(name)
        moved = {key: Path(name, *path.parts[2:]) for key in ("weights", "onnx") if (path := getattr(file, key))}
        for path in moved.values():
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"")
        (folder / "any.toml").write_text(file.to_toml(Path("/nowhere")), "utf-8")
        read = lc.read_model_file(folder / "any.toml")
    fields = {"name": file.name, "architecture": file.architecture, "classes": file.classes, "output": file.output}
    assert read == lc.ModelFile(**fields, unit=file.unit, source=file.source, input=file.input, **moved)
    assert all(type(a) is type(b) for a, b in zip(read.input.mean, file.input.mean, strict=True))


def test_paths_outside_of_the_folder_stay_whole(tmp_path):
    (tmp_path / "net.pt").write_bytes(b"")
    (tmp_path / "classes.txt").write_text("a\nb\n")
    file = lc.ModelFile("own", "resnet18", tmp_path / "net.pt", classes=tmp_path / "classes.txt")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "own.toml").write_text(file.to_toml(tmp_path / "elsewhere"))
    assert lc.read_model_file(tmp_path / "elsewhere" / "own.toml") == file
    assert file.to_toml(tmp_path) == (
        'name = "own"\narchitecture = "resnet18"\nweights = "net.pt"\nclasses = "classes.txt"\n'
    )


@pytest.mark.parametrize(
    ("scaling", "order", "channels", "mean", "std"),
    [
        ("imagenet", "", 3, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        ("imagenet", "BGR", 3, (0.406, 0.456, 0.485), (0.225, 0.224, 0.229)),
        ("0..1", "", 1, (0.0,), (1.0,)),
        ("-1..1", "", 3, (0.5,) * 3, (0.5,) * 3),
        ("0..255", "", 3, (0.0,) * 3, (1 / 255,) * 3),
    ],
)
def test_a_scaling_says_which_numbers_pixels_become(scaling, order, channels, mean, std):
    usual = lc.Preprocessing(8, 8, channels=channels, mean=(0.1,) * channels, std=(0.2,) * channels)
    seen = lc.ModelInput(scaling=scaling, order=order).preprocessing(usual)
    assert (seen.mean, seen.std, seen.channels) == (mean, std, channels)
    low, high = ((value - mean[0]) / std[0] for value in (0, 1))
    if ".." in scaling:
        assert (low, high) == pytest.approx(tuple(map(float, scaling.split(".."))))


def test_what_is_left_out_is_what_the_published_weights_are_given():
    usual = lc.Preprocessing(224, 224, 256, "bicubic")
    assert lc.ModelInput().preprocessing(usual) == usual
    assert lc.ModelInput(fit="crop").preprocessing(usual) == usual
    assert lc.ModelInput(size=64).preprocessing(usual) == lc.Preprocessing(64, 64, None, "bicubic")
    assert lc.ModelInput(fit="squash").preprocessing(usual) == lc.Preprocessing(224, 224, None, "bicubic", fit="squash")
    assert lc.ModelInput(resize=230).preprocessing(usual).resize == 230


def test_numbers_of_numpy_and_arrays_are_numbers():
    seen = lc.ModelInput(8, "pad", fill=np.array([1, 2, 3], dtype=np.uint8), white=np.int64(4095), scaling="0..1")
    assert (seen.fill, seen.white) == ((1, 2, 3), 4095)
    assert {type(value) for value in (*seen.fill, seen.white)} == {int}
    assert lc.ModelInput(8, "pad", fill=np.uint8(7)).fill == (7, 7, 7)
    assert lc.ModelInput(white=4095.0).white == 4095
    text = lc.ModelFile("net", onnx=Path("net.onnx"), input=seen).to_toml()
    assert "fill = [1, 2, 3]" in text
    assert "white = 4095\n" in text
    for fill in (True, [True, True, True], [1.5, 2, 3], "red"):
        with pytest.raises(ValueError, match="fill must be three numbers"):
            lc.ModelInput(8, "pad", fill=fill)
