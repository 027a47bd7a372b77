"""What a torch module returns is known, not assumed: its kind, where the tensor is, and how many outputs there are."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import nn

import lime_core as lc

SIDE = 16
SEEN = lc.Preprocessing(SIDE, SIDE, mean=(0.0,) * 3, std=(1.0,) * 3)
GRID = lc.Grid(4, 4)


class Planted(nn.Module):
    """Raw answers that add up over the cells of a grid of 4 × 4: `bias + Σ cell · brightness`, then an ending."""

    def __init__(self, outputs=1, ending=None, answer=lambda raw: raw, scale=1.0):
        super().__init__()
        torch.manual_seed(3)
        self.pool = nn.AvgPool2d(SIDE // 4)
        self.linear = nn.Linear(16, outputs)
        self.linear.weight.data *= 8.0 * scale
        self.linear.bias.data *= 0.0
        self.ending = ending or nn.Identity()
        self.answer = answer

    def raw(self, pictures):
        return self.linear(self.pool(pictures.mean(1, keepdim=True)).flatten(1))

    def forward(self, pictures):
        return self.answer(self.ending(self.raw(pictures)))


class Output(NamedTuple):
    logits: torch.Tensor
    aux_logits: torch.Tensor | None


@dataclass
class WithLogits:
    loss: None
    logits: torch.Tensor


class Named(OrderedDict):
    """As Hugging Face returns it: a dict whose entries are attributes too."""

    @property
    def logits(self):
        return self["logits"]


class Empty:
    pass


@pytest.fixture
def white():
    return lc.load_picture(np.full((SIDE, SIDE, 3), 255, dtype=np.uint8))


def made(module, names=(), engine="torch", **settings):
    pytest.importorskip("openvino") if engine == "openvino" else None
    model = lc.torch_classifier("planted", module, SEEN, names, "cpu", "f32", engine, **settings)
    assert ("OpenVINO" in model.engine.description) == (engine == "openvino")
    return model


def truth(module):
    """The effect of each cell on the raw answers of a white picture, (16, k)."""
    return module.linear.weight.detach().numpy().T


def expected(raw, kind):
    """Probabilities (n, k) that follow from the raw answers."""
    if kind == "softmax":
        powers = np.exp(raw - raw.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)
    single = 1 / (1 + np.exp(-raw))
    return np.hstack([1 - single, single]) if raw.shape[1] == 1 else single


CASES = {
    "a single sigmoid": (Planted(1, nn.Sigmoid()), None, "probabilities", "sigmoid"),
    "independent sigmoids": (Planted(4, nn.Sigmoid()), None, "probabilities", "sigmoid"),
    "a softmax": (Planted(4, nn.Softmax(1)), None, "probabilities", "softmax"),
    "a softmax that is no layer": (Planted(4, answer=lambda raw: raw.softmax(1)), None, "probabilities", "softmax"),
    "a log softmax": (Planted(4, nn.LogSoftmax(1)), None, "logits", "softmax"),
    "logits": (Planted(4), None, "logits", "softmax"),
    "a single logit": (Planted(1), "logits", "logits", "sigmoid"),
    "a single raw answer": (Planted(1), "sigmoid", "sigmoid", "sigmoid"),
    "independent raw answers": (Planted(4), "sigmoid", "sigmoid", "sigmoid"),
    "a sigmoid without the second axis": (
        Planted(1, nn.Sigmoid(), lambda p: p[:, 0]),
        None,
        "probabilities",
        "sigmoid",
    ),
    "answers with empty axes": (Planted(4, answer=lambda raw: raw[:, :, None, None]), None, "logits", "softmax"),
}


@pytest.mark.parametrize("engine", ["torch", "openvino"])
@pytest.mark.parametrize("case", CASES)
def test_probabilities_and_explanations_are_those_that_the_module_means(case, engine, white):
    module, given, kind, law = CASES[case]
    model = made(module, engine=engine, kind=given)
    assert model.kind == kind
    assert bool(model.notice) == (given is None)
    raw = truth(module)
    masks = lc.Bernoulli()(400, 16, 0)
    probe = lc.probe_image(white, model, 400, GRID, lc.Color(), lc.Bernoulli(), 0)
    wanted = expected(masks @ raw, law)
    assert wanted.max() > 0.95
    assert probe.outputs.shape == wanted.shape
    top = [(index, p) for index, _, p in model.top(white, 9)]
    assert sorted(top) == [(i, pytest.approx(p, abs=1e-4)) for i, p in enumerate(wanted[0])]
    for c in range(wanted.shape[1]):
        np.testing.assert_allclose(probe.scores(c, "probability"), wanted[:, c], atol=1e-4)
    if law == "sigmoid":  # in log-odds the planted effects themselves come out
        c = wanted.shape[1] - 1
        e = lc.explain(probe, class_index=c, space="log-odds", surrogate=lc.Ridge(1e-6))
        np.testing.assert_allclose(e.weights, raw[:, -1], atol=2e-2)
        assert e.r2 > 0.999


@pytest.mark.parametrize("engine", ["torch", "openvino"])
def test_a_module_that_ends_in_softmax_is_not_given_another(engine, white):
    module = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2), nn.Softmax(1))
    module[2].weight.data.zero_()
    module[2].bias.data = torch.tensor([5.0, 0.0])
    assert made(module, ("cat", "dog"), engine).top(white, 1) == [(0, "cat", pytest.approx(0.9933, abs=1e-4))]


@pytest.mark.parametrize("engine", ["torch", "openvino"])
def test_a_regression_stays_what_it_is(engine, white):
    module = Planted(1, scale=20.0)
    model = made(module, ("age",), engine, kind="values")
    [(index, name, value)] = model.top(white)
    assert (index, name) == (0, "age")
    assert value == pytest.approx(truth(module).sum(), rel=1e-4)
    e = lc.explain_image(white, model, num_samples=300, segmenter=GRID, hiding=lc.Color(), surrogate=lc.Ridge(1e-6))
    np.testing.assert_allclose(e.weights, truth(module)[:, 0], atol=1e-2)
    assert e.settings.space == "value"


WRAPPED = {
    "tuple": lambda raw: (raw, raw * 0),
    "list": lambda raw: [None, raw],
    "named tuple": lambda raw: Output(raw, None),
    "object": lambda raw: WithLogits(None, raw),
    "dict of logits": lambda raw: {"hidden": raw.sum(), "logits": raw},
    "dict of out": lambda raw: {"aux": raw * 0, "out": raw},
    "Hugging Face": lambda raw: Named(logits=raw),
}


@pytest.mark.parametrize("engine", ["torch", "openvino"])
@pytest.mark.parametrize("form", WRAPPED)
def test_the_tensor_is_found_in_what_a_module_returns(form, engine, white):
    plain, wrapped = made(Planted(4)), made(Planted(4, answer=WRAPPED[form]), engine=engine)
    assert wrapped.kind == "logits"
    np.testing.assert_allclose(wrapped.outputs(white.pixels[None]), plain.outputs(white.pixels[None]), atol=1e-4)
    masks = lc.Bernoulli()(20, 16, 0)
    black, labels = np.zeros_like(white.pixels), lc.segment(white.pixels, GRID).labels
    scored, wanted = (model.engine.scorer(white.pixels, black, labels)(masks) for model in (wrapped, plain))
    np.testing.assert_allclose(scored, wanted, atol=1e-4)


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (lambda raw: {"boxes": raw}, "a dict with 'boxes'"),
        (lambda raw: Empty(), "a Empty"),
        (lambda raw: (), "a tuple"),
        (lambda raw: None, "a NoneType"),
        (lambda raw: 0.5, "a float"),
        (lambda raw: raw.sum(), r"a tensor of shape \(\)"),
        (lambda raw: raw[:2], r"a tensor of shape \(2, 4\)"),
        (lambda raw: raw[:, :, None].expand(-1, -1, 2), r"a tensor of shape \(4, 4, 2\)"),
    ],
)
def test_what_is_no_tensor_of_classes_is_named(returned, said):
    with pytest.raises(lc.BadScores, match=rf"returned {said}"):
        made(Planted(4, answer=returned))


UNCERTAIN = {
    "a regression or a logit": (Planted(1), "a single number from .* noise, which can be sigmoid .* or values"),
    "a sigmoid that is no layer": (
        Planted(1, answer=torch.sigmoid),
        "a single number from 0.* noise, which can be probabilities, sigmoid .* or values",
    ),
    "sigmoids that are no layer": (
        Planted(4, answer=torch.sigmoid),
        "4 numbers from .* can be probabilities, .*logits .* or values",
    ),
    "a softmax over one": (Planted(1, nn.Softmax(1)), "a single number from 1 to 1 after a last layer Softmax"),
    "a scaled sigmoid": (Planted(1, nn.Sigmoid(), lambda p: p.mul_(90.0)), "a single number from"),
    "no number": (Planted(4, answer=lambda raw: raw * float("nan")), "4 numbers from nan to nan"),
}


@pytest.mark.parametrize("case", UNCERTAIN)
def test_a_kind_that_is_not_certain_is_asked_for(case):
    module, said = UNCERTAIN[case]
    with pytest.raises(ValueError, match=rf"kind must be given, since the module returned {said}"):
        made(module)
    assert made(module, kind="values").kind == "values"


@pytest.mark.parametrize("ending", [nn.Softmax(1), nn.Sigmoid()])
def test_what_was_guessed_or_seems_wrong_is_said(ending):
    assert "taken for probabilities: 4 numbers from " in made(Planted(4, ending)).notice
    assert type(ending).__name__ in made(Planted(4, ending)).notice
    assert "seem to be probabilities already" in made(Planted(4, ending), kind="logits").notice
    assert made(Planted(4, ending), kind="probabilities").notice == ""
    assert "taken for logits: 4 numbers from -" in made(Planted(4)).notice


def test_answers_that_are_no_probabilities_are_refused_by_the_first_question(white):
    with pytest.raises(lc.BadScores, match='kind="sigmoid"'):
        made(Planted(4), kind="probabilities").top(white)


def test_a_kind_that_is_not_known_is_refused_with_those_that_are():
    with pytest.raises(ValueError, match="kind must be one of logits, probabilities, sigmoid, values, got 'softmax'"):
        made(Planted(4), kind="softmax")


@pytest.mark.parametrize(
    ("outputs", "kind", "names", "classes"),
    [
        (1, "sigmoid", ["melanoma"], ("not melanoma", "melanoma")),
        (1, "logits", ["benign", "melanoma"], ("benign", "melanoma")),
        (1, "values", ["age"], ("age",)),
        (4, "logits", [], ()),
        (4, "sigmoid", ["a", "b", "c", "c"], ("a", "b", "c", "c")),
    ],
)
def test_names_of_a_module_are_those_of_its_classes(outputs, kind, names, classes):
    assert made(Planted(outputs), names, kind=kind).class_names == classes


@pytest.mark.parametrize(("outputs", "kind", "names"), [(4, "logits", "abc"), (4, "logits", "a"), (1, "values", "ab")])
def test_another_number_of_names_than_outputs_is_refused_at_wrapping(outputs, kind, names):
    with pytest.raises(ValueError, match=f"returns {outputs} numbers? for a picture, and there are {len(names)} class"):
        made(Planted(outputs), list(names), kind=kind)


def test_names_that_are_no_sequence_are_refused():
    with pytest.raises(TypeError, match="class_names must be a sequence of str"):
        made(Planted(4), "abcd")


def test_a_kind_has_a_fingerprint_of_its_own_and_logits_the_one_that_they_had():
    module = Planted(4)
    logits, sigmoid, guessed = (made(module, kind=kind).fingerprint for kind in ("logits", "sigmoid", None))
    assert logits == guessed != sigmoid


class Grey(Planted):
    """Takes one channel: its first convolution is the pooling of the planted module."""

    def __init__(self, outputs):
        super().__init__(outputs)
        self.pool = nn.Conv2d(1, 1, SIDE // 4, SIDE // 4, bias=False)
        nn.init.constant_(self.pool.weight, (4 / SIDE) ** 2)


ONE = lc.Preprocessing(SIDE, SIDE, mean=(0.0,), std=(1.0,), channels=1)


@pytest.mark.parametrize("engine", ["torch", "openvino"])
@pytest.mark.parametrize("color", [(255, 255, 255), (200, 30, 90)])
def test_a_module_of_one_channel_is_given_the_luma_of_photo_and_hidden_picture(engine, color):
    pytest.importorskip("openvino") if engine == "openvino" else None
    photo = lc.load_picture(np.full((SIDE, SIDE, 3), color, dtype=np.uint8))
    model = lc.torch_classifier("grey", Grey(2), ONE, (), "cpu", "f32", engine)
    assert ("OpenVINO" in model.engine.description) == (engine == "openvino")
    luma, hidden = (round(float(np.dot(c, (0.299, 0.587, 0.114)))) / 255 for c in (color, (10, 200, 60)))
    assert (model.view(photo) == round(luma * 255)).all()
    effects = truth(Grey(2))
    np.testing.assert_allclose(model.outputs(model.view(photo)[None])[0], luma * effects.sum(axis=0), atol=1e-3)
    probe = lc.probe_image(photo, model, 200, GRID, lc.Color((10, 200, 60)), lc.Bernoulli())
    shown = hidden + probe.masks * (luma - hidden)
    np.testing.assert_allclose(probe.outputs, shown @ effects, atol=1e-3)
    e = lc.explain(probe, class_index=1, space="logit", surrogate=lc.Ridge(1e-6))
    np.testing.assert_allclose(e.weights, (luma - hidden) * effects[:, 1], atol=1e-3)


def test_a_module_of_one_channel_has_early_layers():
    layers = [nn.Conv2d(1 if i == 0 else 4, 4, 3, stride=2, padding=1) for i in range(3)]
    module = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
    seen = lc.Preprocessing(64, 64, mean=(0.5,), std=(0.5,), channels=1)
    model = lc.torch_classifier("grey", module, seen, (), "cpu", "f32", "torch", "logits")
    crop = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert model.early is not None
    assert model.early(crop).shape == (8, 8, 4)


@pytest.mark.parametrize(
    ("channels", "seen", "said"),
    [
        (1, SEEN, "has in_channels=1, and its preprocessing gives 3: it takes channels=1 or channels=3, with as many"),
        (3, ONE, "has in_channels=3, and its preprocessing gives 1"),
        (4, SEEN, "has in_channels=4, and its preprocessing gives 3"),
    ],
)
def test_another_number_of_channels_is_said_and_how_to_mend_it(channels, seen, said):
    module = nn.Sequential(nn.Conv2d(channels, 2, 3), nn.Flatten())
    with pytest.raises(ValueError, match=said):
        lc.torch_classifier("m", module, seen, (), "cpu", "f32", "torch")


def test_a_batch_of_another_number_of_classes_is_refused():
    class Fickle(Planted):
        def forward(self, pictures):
            return super().forward(pictures)[:, : 4 if len(pictures) > 4 else 3]

    model = made(Fickle(4))
    many = np.zeros((model.engine.usual * 2 + 1, SIDE, SIDE, 3), dtype=np.uint8)
    model.engine._batch_size = model.engine.usual
    with pytest.raises(lc.BadScores, match="answered for 3 classes in one batch and for 4 in another"):
        model.outputs(many)


def test_a_module_that_cannot_answer_says_for_which_pictures():
    with pytest.raises(ValueError, match=r"cannot answer to pictures of 3 × 16 × 16, .*: mat1 and mat2 shapes"):
        made(nn.Sequential(nn.Flatten(), nn.Linear(5, 3)))
