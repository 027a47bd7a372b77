"""Models that a description names: built, asked about one photo, and refused where they do not fit it."""

import pytest
import torch

import lime_core as lc
from lime_core.zoo.architectures import network
from tests.catalog.conftest import TINY

pytest.importorskip("timm", reason="timm is not installed")


def test_a_description_is_all_that_a_model_needs(described, tensors, chelsea):
    path = described('classes = ["a", "b", "c"]\n[input]\nsize = 64\n')
    model = lc.load_model(path)
    assert (model.name, model.kind, model.class_names) == ("own", "logits", ("a", "b", "c"))
    assert model.preprocessing == lc.Preprocessing(64, 64)
    assert model.notice.endswith("Give output in its description where that is wrong.")
    module = network(TINY, 3)
    module.load_state_dict(tensors())
    same = lc.torch_classifier("own", module, lc.Preprocessing(64, 64), ["a", "b", "c"], precision="f32")
    again = lc.load_model(str(path), precision="f32")
    assert (again.fingerprint, again.top(chelsea)) == (model.fingerprint, same.top(chelsea))
    renamed = lc.load_model(described('classes = ["a", "b", "d"]\n[input]\nsize = 64\n'))
    assert renamed.fingerprint != model.fingerprint


@pytest.mark.parametrize(
    ("text", "kind", "unit", "names"),
    [
        ('classes = ["dog"]\noutput = "sigmoid"\n', "sigmoid", "", ("not dog", "dog")),
        ('output = "values"\nunit = "years"\n', "values", "years", ()),
    ],
)
def test_a_single_output_is_a_sigmoid_or_a_value(text, kind, unit, names, described):
    model = lc.load_model(described(text + "[input]\nsize = 64\n", classes=1))
    assert (model.kind, model.unit, model.class_names, model.notice) == (kind, unit, names, "")


def test_several_sigmoids_do_not_compete(described, chelsea):
    model = lc.load_model(described('output = "sigmoid"\n[input]\nsize = 64\n'))
    assert model.probabilities(model.view(chelsea)[None]).sum() != pytest.approx(1, abs=1e-3)


def test_a_network_of_one_channel_is_given_grey_pictures(described):
    model = lc.load_model(described('[input]\nscaling = "-1..1"\n', "timm/test_resnet", 4, 1))
    assert model.preprocessing == lc.Preprocessing(160, 160, 168, mean=(0.5,), std=(0.5,), channels=1)


MISFITS = {
    "two names": ('classes = ["a", "b"]', {}, "has 2 class names, and the model returns 3 numbers for a picture"),
    "single": ("", {"classes": 1}, 'must give output, since the model returns a single number: output = "sigmoid"'),
    "single named": ('classes = ["a", "b", "c"]\noutput = "sigmoid"', {"classes": 1}, "has 3 class names, .* 1 number"),
    "grey": ("[input]\nsize = 64", {"channels": 1}, r"must give scaling in \[input\].*the weights are for one channel"),
    "says grey": ('[input]\nchannels = 1\nscaling = "0..1"', {}, "says channels = 1, and the weights are for 3"),
    "says color": ('[input]\nchannels = 3\nscaling = "0..1"', {"channels": 1}, "and the weights are for 1"),
    "three means": ("[input]\nmean = [0, 0, 0]\nstd = [1, 1, 1]", {"channels": 1}, "not fit a network of one channel"),
    "too small": ("[input]\nsize = 2", {}, "does not fit: the module cannot answer to pictures of 3 × 2 × 2"),
    "probabilities": ('output = "probabilities"', {}, r"its probabilities sum to 1\.38 and not to one"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISFITS)
def test_weights_that_do_not_fit_their_description_say_so(case, described):
    text, facts, says = MISFITS[case]
    path = described(text + "\n", **facts)
    with pytest.raises(lc.ModelUnavailable, match=says) as caught:
        lc.load_model(path, precision="f32")  # what is said of its answers has three digits
    assert str(path.parent) not in caught.value.public
    assert len(caught.value.public) < 500


def test_weights_that_answer_always_the_same_are_found_with_one_photo(described, tensors, tmp_path):
    path = described("[input]\nsize = 64\n")
    torch.save({key: torch.zeros_like(value) for key, value in tensors().items()}, tmp_path / "net.pt")
    path.write_text(path.read_text().replace("[input]", 'output = "logits"\n[input]'))
    with pytest.raises(lc.ModelUnavailable, match="it answers the same to the photo and to the photo with everything"):
        lc.load_model(path)


def test_weights_of_a_broken_training_say_so(described, tensors, tmp_path):
    path = described("[input]\nsize = 64\n")
    torch.save({key: value * float("nan") for key, value in tensors().items()}, tmp_path / "net.pt")
    with pytest.raises(lc.ModelUnavailable, match="the network returns NaN or infinity"):
        lc.load_model(path)


def test_a_folder_of_another_tool_is_named(tmp_path):
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "saved_model.pb").write_bytes(b"x")
    (tmp_path / "own.toml").write_text('architecture = "resnet18"\nweights = "net"\n')
    with pytest.raises(lc.ModelUnavailable, match="net is a SavedModel of TensorFlow, which is not read"):
        lc.load_model(tmp_path / "own.toml")


def test_what_is_no_fault_of_the_description_is_an_argument(described):
    path = described("[input]\nsize = 64\n")
    for arguments in ({"device": "nowhere"}, {"precision": "f8"}, {"engine": "steam"}):
        with pytest.raises(ValueError, match=next(iter(arguments))):
            lc.load_model(path, **arguments)


def test_a_description_is_a_model_for_every_call(described, chelsea):
    path = described("[input]\nsize = 64\n")
    e = lc.explain_image(chelsea, path, num_samples=20, segmenter=lc.Grid(rows=3, columns=3))
    assert e.spec.model == "own"
    assert e.spec.fingerprint == lc.load_model(path).fingerprint
