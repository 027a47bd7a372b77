"""Descriptions: what they say is read, and each thing that is wrong with one is a sentence."""

import json
import re

import pytest

import lime_core as lc
from lime_core.catalog import model_reading
from lime_core.catalog.model_reading import read_class_names

pytest.importorskip("timm", reason="timm is not installed")

GOOD = 'architecture = "squeezenet1_1"\nweights = "net.pt"\n'
ONNX = 'onnx = "net.onnx"\n[input]\nscaling = "imagenet"\n'


@pytest.fixture
def write(tmp_path):
    """Writes a description beside two empty files; gives its path."""
    for name in ("net.pt", "net.onnx"):
        (tmp_path / name).write_bytes(b"")

    def written(text, name="own.toml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written


def test_all_that_a_description_can_say_is_read(write, tmp_path):
    (tmp_path / "classes.txt").write_text("cat\ndog\n")
    text = (
        GOOD
        + 'name = "pets"\nclasses = "classes.txt"\noutput = "values"\nunit = "years"\nsource = "made up"\n[input]\n'
        'size = [64, 32]\nfit = "pad"\ninterpolation = "bicubic"\nfill = [1, 2, 3]\nchannels = 3\n'
        'order = "BGR"\nmean = [0.1, 0.2, 0.3]\nstd = [1, 1, 1]\nwhite = 4095\n'
    )
    seen = lc.ModelInput(
        (64, 32), "pad", None, "bicubic", (1, 2, 3), 3, "BGR", mean=(0.1, 0.2, 0.3), std=(1, 1, 1), white=4095
    )  # fmt: skip
    file = lc.read_model_file(write(text))
    weights, classes = tmp_path / "net.pt", tmp_path / "classes.txt"
    assert file == lc.ModelFile("pets", "squeezenet1_1", weights, None, classes, "values", "years", "made up", seen)
    assert file.path == tmp_path / "own.toml"


def test_a_model_without_a_name_has_that_of_its_folder_or_its_file(write, tmp_path, monkeypatch):
    assert lc.read_model_file(write(GOOD, "pets.toml")).name == "pets"
    write(GOOD, "birds/model.toml")
    (tmp_path / "birds" / "net.pt").write_bytes(b"")
    monkeypatch.chdir(tmp_path / "birds")
    file = lc.read_model_file("model.toml")
    assert (file.name, file.weights) == ("birds", tmp_path / "birds" / "net.pt")


def test_a_byte_order_mark_and_other_line_ends_are_no_matter(write):
    assert lc.read_model_file(write(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())).name == "own"


WRONG = {
    "architecture = \nname = 3": "it is no TOML: Invalid value .*line 1",
    "\n\nx\ny = 3": "it is no TOML: .*line 3",
    "a = 1\na = 2\n": "it is no TOML: Cannot overwrite a value .*line 2",
    b"# \xff": "it is no text in UTF-8 in line 1",
    f"a = {'[' * 100_000}": "nested too deep",
    "": "architecture must be given with weights, or onnx instead of them; it has neither",
    'weights = "net.pt"': "it has neither",
    GOOD + 'onnx = "net.onnx"': "it has both",
    'onnx = "net.onnx"\nweights = "net.pt"\n': "weights must be left out with onnx",
    'architecture = "resnet18"': "weights must be given with architecture = 'resnet18'",
    'architecture = "resnet81"\nweights = "net.pt"': "must be one of torchvision's, .*got 'resnet81'; near are resnet",
    'architecture = "timm/rsnet18"\nweights = "net.pt"': "timm, which has no 'rsnet18'; near are resnet18",
    'architecture = 3\nweights = "net.pt"': "architecture must be a text, got 3",
    'architecture = "resnet18"\nweights = 3': "weights must be the name of a file, got 3",
    "onnx = true": "onnx must be the name of a file, got True",
    'architecture = "resnet18"\nweights = ""': "weights must be the name of a file, got ''",
    'architecture = "resnet18"\nweights = "none.pt"': "names none.pt as weights, and there is no such file",
    'onnx = "none.onnx"\n[input]\nscaling = "0..1"': "names none.onnx as onnx, and there is no such file",
    GOOD + 'weights_file = "x"': "there is no key 'weights_file'; near are weights",
    GOOD + "zzz = 1": "there is no key 'zzz'; known are name, architecture, ",
    GOOD + "size = 3": r"there is no key 'size'; it stands in the table \[input\]",
    GOOD + '[input]\nunit = "years"': r"no key 'unit' in \[input\]; it stands before the table \[input\]",
    GOOD + "[input]\nsiz = 3": r"there is no key 'siz' in \[input\]; near are size",
    GOOD + "input = 3": r"input must be a table, \[input\] on a line of its own, got 3",
    GOOD + "name = 3": "name must be a str, got 3",
    GOOD + 'name = ""': "name must be a text of 1 to 200 characters",
    GOOD + 'name = " a"': "without blanks around it, got ' a'",
    GOOD + f'name = "{"a" * 201}"': "name must be a text of 1 to 200 characters",
    GOOD + 'name = "a/b"': "name must be letters, .* got 'a/b'",
    GOOD + r'name = "a\u0007b"': "name must be letters, .* on one line",
    GOOD + 'name = "a.toml"': "no file's name that ends in .toml, got 'a.toml'",
    GOOD + 'name = "resnet18"': "'resnet18' is a model that is known already",
    GOOD + 'name = "efficientnet_lite0"': "'efficientnet_lite0' is a model that is known already",
    GOOD + 'output = "softmax"': "output must be one of logits, probabilities, .*got 'softmax'",
    GOOD + "output = 3": "output must be a text, got 3",
    GOOD + 'unit = "years"': 'unit must be left out unless output = "values", .*it has no output',
    GOOD + 'output = "logits"\nunit = "years"': "it has output = 'logits'",
    GOOD + 'output = "values"\nunit = "probability"': "unit must be none of",
    GOOD + "unit = 3": "unit must be a text, got 3",
    GOOD + "source = 3": "source must be a text, got 3",
    GOOD + r'source = "a\nb"': "source must be plain text on one line",
    GOOD + f'source = "{"a" * 2001}"': "source must have at most 2000 characters, got 2001",
    GOOD + "classes = 3": "classes must be the name of a file or a list of names",
    GOOD + 'classes = ["a", 3]': "classes must be the name of a file or a list of names: .*got 3",
    GOOD + 'classes = ["a", " "]': "classes must be names with a letter or a digit, got ' ' among them",
    GOOD + 'classes = "none.txt"': "names none.txt as classes, and there is no such file",
    GOOD + 'classes = ""': "classes must be the name of a file, got ''",
    GOOD + "[input]\nsize = 0": r"size must lie in \[1, 16384\], got 0",
    GOOD + "[input]\nsize = 20000": r"size must lie in \[1, 16384\], got 20000",
    GOOD + "[input]\nsize = 1.5": "size must be a whole number, got 1.5",
    GOOD + "[input]\nsize = true": r"size must be a whole number of pixels, or \[height, width\], got True",
    GOOD + '[input]\nsize = "224"': r"size must be a whole number of pixels, or \[height, width\], got '224'",
    GOOD + "[input]\nsize = [1, 2, 3]": "size must be .*, got 3 numbers",
    GOOD + "[input]\nresize = 0": "resize must be at least 1, got 0",
    GOOD + '[input]\nfit = "stretch"': "fit must be one of crop, squash, pad, got 'stretch'",
    GOOD + "[input]\nfit = 3": "fit must be one of crop, squash, pad, got 3",
    GOOD + '[input]\ninterpolation = "cubic"': "interpolation must be one of nearest, .*bicubic.*got 'cubic'",
    GOOD + '[input]\norder = "GBR"': "order must be one of RGB, BGR, got 'GBR'",
    GOOD + "[input]\nchannels = 4": "channels must be 1 or 3, got 4",
    GOOD + '[input]\nchannels = "RGB"': "channels must be a whole number, got 'RGB'",
    GOOD + "[input]\nchannels = 1": r"scaling must be given in \[input\] with channels = 1",
    GOOD + '[input]\nchannels = 1\nscaling = "imagenet"': 'scaling must be "0..1", .*for one channel',
    GOOD + '[input]\nscaling = "0-1"': r"scaling must be one of imagenet, 0\.\.1, -1\.\.1, 0\.\.255, got '0-1'",
    GOOD + '[input]\nscaling = "0..1"\nmean = 0\nstd = 1': "scaling must be left out where mean and std are given",
    GOOD + "[input]\nmean = [0.5, 0.5, 0.5]": "std must be given too where mean is",
    GOOD + "[input]\nstd = [0.5, 0.5, 0.5]": "mean must be given too where std is",
    GOOD + "[input]\nmean = [0.5, 0.5]\nstd = [0.5, 0.5]": "mean and std must have 1 or 3 numbers, got 2",
    GOOD + "[input]\nmean = [0.5]\nstd = [0.5, 0.5, 0.5]": "mean and std must be of one length, got 1 and 3",
    GOOD + "[input]\nchannels = 1\nmean = [0, 0, 0]\nstd = [1, 1, 1]": "a number for each of 1 channels, got 3",
    GOOD + '[input]\nmean = "imagenet"\nstd = 1': "mean must be a number for each channel, in a list, got 'imagenet'",
    GOOD + "[input]\nmean = 0\nstd = 0": "std must be above 0 for each channel, got 0",
    GOOD + "[input]\nmean = nan\nstd = 1": "mean must be numbers of a size that pictures can have, got nan in it",
    GOOD + '[input]\nfit = "pad"\nfill = [1, 2]': "fill must be three numbers in 0..255",
    GOOD + '[input]\nfit = "pad"\nfill = 256': "fill must be three numbers in 0..255",
    GOOD + "[input]\nfill = [1, 2, 3]": 'fill must be left out unless fit = "pad"',
    GOOD + '[input]\nfit = "pad"\nresize = 256': 'resize must be left out with fit = "pad"',
    GOOD + "[input]\nwhite = 254": "white must be at least 255, got 254",
    GOOD + "[input]\nwhite = 65536": "white must be at most 65535, got 65536",
    GOOD + '[input]\nwhite = "12 bits"': "white must be a whole number, got '12 bits'",
    'onnx = "net.onnx"': r"scaling must be given in \[input\] with onnx, or mean and std",
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: str(text)[-40:])
def test_what_is_wrong_with_a_description_is_one_sentence(text, write):
    path = write(text)
    with pytest.raises(lc.ModelUnavailable, match=WRONG[text]) as caught:
        lc.read_model_file(path)
    assert caught.value.public.startswith("The description own.toml ")
    assert str(path.parent) not in caught.value.public
    assert len(caught.value.public) < 600
    assert str(path.parent) in str(caught.value)


def test_a_description_that_is_not_there_is_no_file_or_is_too_large_says_so(write, tmp_path, monkeypatch):
    with pytest.raises(lc.ModelUnavailable, match=r"There is no description 'none\.toml'\. It would be '/"):
        lc.read_model_file(tmp_path / "none.toml")
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(lc.ModelUnavailable, match=r"folder\.toml is no file"):
        lc.read_model_file(tmp_path / "folder.toml")
    monkeypatch.setattr(model_reading, "MAX_DESCRIPTION", 10)
    with pytest.raises(lc.ModelUnavailable, match=r"The description own\.toml has more than"):
        lc.read_model_file(write(GOOD))


@pytest.mark.parametrize(
    "text",
    ["a\nb c\n", "a\nb c\n\n\n", "a\r\nb c", "\ufeffa\nb c\n", " a \nb\tc\n", '["a", "b c"]', '{"0": "a", "1": "b c"}',
     '{"1": ["n02", "b c"], "0": ["n01", "a"]}', '{"b c": 1, "a": 0}', "\n [\"a\", \"b c\"]\n"],
)  # fmt: skip
def test_class_names_are_read_in_each_form(text, tmp_path):
    (tmp_path / "classes").write_bytes(text.encode())
    assert read_class_names(tmp_path / "classes") == ("a", "b c")


@pytest.mark.parametrize("order", [("0", "1", "2"), ("0", "1", "10", "2"), ("7", "3")], ids="-".join)
def test_classes_that_are_called_by_digits_are_read_as_torchvision_numbers_them(order, tmp_path):
    (tmp_path / "classes").write_text(json.dumps({name: number for number, name in enumerate(order)}))
    assert read_class_names(tmp_path / "classes") == order


@pytest.mark.parametrize(
    ("contents", "says"),
    [
        (b"", "is empty: it must have one name a line"),
        (b"\n\n", "is empty"),
        (b"[]", "is empty"),
        (b"{}", "is empty"),
        (b"a\n\nb\n", "has no name for the class 1, counted from 0"),
        (b"a\n\xffb\n", "is no text in UTF-8: its line 2 is not"),
        (b'["a", ', "begins like JSON, and cannot be read as JSON"),
        (b"[" * 100_000, "begins like JSON, and cannot be read as JSON"),
        (b'["a", 3]', "must have texts as names, and has 3 among them"),
        (b'{"a": 0, "b": "c"}', "is JSON of another form"),
        (b'{"a": {"b": 1}}', "is JSON of another form"),
        (b'{"0": "a", "2": "b"}', "has 2 names, and none with the number 1: numbers count from 0"),
        (b'{"a": 1, "b": 2}', "has 2 names, and none with the number 0"),
        (b'{"a": 0, "b": 0}', "has two names with one number"),
        (b'{"0": 3}', "must have texts as names, and has 3 among them"),
        (b'{"0": ["a", "b", "c"]}', "must have texts as names, and has a list among them"),
        (b"a\n" + b"b" * 201, "has a name of 201 characters; 200 are read at most"),
    ],
)
def test_class_names_that_cannot_be_read_say_why(contents, says, write, tmp_path):
    (tmp_path / "classes.txt").write_bytes(contents)
    with pytest.raises(lc.ModelUnavailable, match=re.escape(says)) as caught:
        lc.read_model_file(write(GOOD + 'classes = "classes.txt"'))
    assert "file of class names classes.txt" in str(caught.value)


def test_more_class_names_than_any_model_has_are_not_read(tmp_path, monkeypatch):
    (tmp_path / "classes.txt").write_text("a\nb\nc\n")
    monkeypatch.setattr(model_reading, "MOST_CLASSES", 2)
    with pytest.raises(lc.ModelUnavailable, match="has 3 names, and no more than 2 are read"):
        read_class_names(tmp_path / "classes.txt")
    monkeypatch.setattr(model_reading, "MAX_CLASSES", 3)
    with pytest.raises(lc.ModelUnavailable, match="has more than"):
        read_class_names(tmp_path / "classes.txt")
