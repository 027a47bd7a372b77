"""What a module answers otherwise in a batch, again or in another order of memory is seen before it is relied on."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import lime_core as lc
from lime_core.networks.trials import Tried, apart, tried
from tests.support.networks import SEEN, Net, answers, classifier, scene

ENGINES = ["torch", "openvino"]


class Normed(Net):
    """Without running statistics: each batch is normalised by its own."""

    def __init__(self):
        super().__init__()
        self.layers.insert(1, nn.BatchNorm2d(8, track_running_stats=False))


class ByLargest(Net):
    def forward(self, pictures):
        return super().forward(pictures / pictures.abs().amax())


class Dropping(Net):
    def forward(self, pictures):
        return F.dropout(super().forward(pictures), 0.5)


class Noisy(Net):
    def forward(self, pictures):
        return super().forward(pictures + 0.1 * torch.randn_like(pictures))


class Squeezed(Net):
    def forward(self, pictures):
        return super().forward(pictures).squeeze()


class Single(Net):
    def __init__(self, end):
        super().__init__()
        self.layers[-1] = nn.Linear(32, 1)
        self.end = end

    def forward(self, pictures):
        return self.end(super().forward(pictures))


class Alone(Net):
    """Cannot answer to a single picture."""

    def forward(self, pictures):
        if len(pictures) == 1:
            raise RuntimeError("more than one value per channel")
        return super().forward(pictures)


class Short(Net):
    def forward(self, pictures):
        return super().forward(pictures)[:, : 3 if len(pictures) == 1 else 5]


def noise(count=4):
    pictures = torch.rand(count, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    return pictures * torch.linspace(1.0, 0.3, count)[:, None, None, None]


def trial(module):
    with torch.inference_mode():
        first = module.eval()(noise())
    return tried(module, noise(), first.numpy().copy())


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


@pytest.mark.parametrize("module", [Net, lambda: Net().bfloat16().float(), lambda: nn.Sequential(nn.Flatten())])
def test_nothing_is_found_of_a_module_that_answers_alike(module):
    assert trial(module()) == Tried()
    assert Tried().notice == ""


def test_weights_lie_afterwards_as_they_did():
    for layer in (nn.Conv2d(1, 4, 5), nn.Conv2d(3, 4, 5), nn.Conv2d(3, 4, 5).to(memory_format=torch.channels_last)):
        module, strides = nn.Sequential(layer, nn.AdaptiveAvgPool2d(1), nn.Flatten()), layer.weight.stride()
        pictures = noise()[:, : layer.in_channels]
        with torch.inference_mode():
            assert tried(module, pictures, module(pictures).numpy().copy()) == Tried()
        assert layer.weight.stride() == strides


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", [Normed, ByLargest])
def test_one_that_mixes_the_pictures_of_a_batch_is_asked_about_each_alone(kind, engine):
    pytest.importorskip("openvino") if engine == "openvino" else None
    model = classifier(kind(), engine=engine, kind="logits")
    assert ("OpenVINO" in model.engine.description) == (engine == "openvino")
    assert "depends on the others of its batch" in model.notice
    pictures = np.random.default_rng(0).integers(0, 256, (5, 16, 16, 3), dtype=np.uint8)
    pictures[1] //= 8
    alone = np.concatenate([model.outputs(picture[None]) for picture in pictures])
    np.testing.assert_allclose(model.outputs(pictures), alone, atol=1e-5)
    with torch.inference_mode():
        normalised = torch.from_numpy(pictures[:1].copy()).permute(0, 3, 1, 2).float() / 255
        mean, std = (torch.tensor(each).view(1, -1, 1, 1) for each in (SEEN.mean, SEEN.std))
        expected = kind().eval()((normalised - mean) / std)
    np.testing.assert_allclose(alone[:1], expected.numpy(), atol=1e-4)
    masks = lc.Bernoulli()(6, 16, 0)
    single = np.concatenate([model.engine.scorer(*scene())(masks[i : i + 1]) for i in range(6)])
    np.testing.assert_allclose(model.engine.scorer(*scene())(masks), single, atol=1e-5)


def test_one_that_mixes_is_never_compiled():
    model = classifier(Normed(), engine="torch.compile", kind="logits")
    assert model.engine.description == "torch · cpu · f32 (one picture at a time)"


@pytest.mark.parametrize("kind", [Dropping, Noisy])
def test_one_that_answers_by_chance_says_so(kind):
    model = classifier(kind(), engine="torch", kind="logits")
    assert "answers differently from time to time, by up to" in model.notice
    assert "see notice" in repr(model)
    assert model.engine.description == "torch · cpu · f32"


def test_what_was_guessed_is_said_beside_it():
    notice = classifier(Dropping(), engine="torch").notice
    assert notice.startswith("The answers were taken for logits")
    assert "from time to time" in notice


SINGLE = {
    "classes": (lambda: Squeezed(), "logits", Net),
    "one of two classes": (lambda: Single(torch.squeeze), "sigmoid", lambda: Single(torch.clone)),
    "a value": (lambda: Single(torch.squeeze), "values", lambda: Single(torch.clone)),
}


@pytest.mark.parametrize("engine", ["auto", "torch"])
@pytest.mark.parametrize("case", SINGLE)
def test_a_squeeze_at_the_end_of_a_module_changes_nothing(case, engine):
    squeezed, kind, plain = SINGLE[case]
    found, expected = (classifier(make(), engine=engine, kind=kind) for make in (squeezed, plain))
    assert found.notice == expected.notice == ""
    photo = lc.gallery_picture("coffee")
    assert [row[:2] for row in found.top(photo)] == [row[:2] for row in expected.top(photo)]
    masks = lc.Bernoulli()(17, 16, 0)
    for n in (1, 2, 17):
        both = (model.engine.scorer(*scene())(masks[:n]) for model in (found, expected))
        np.testing.assert_allclose(*both, atol=1e-5)


def test_gradients_of_a_module_that_squeezes_are_those_of_the_one_that_does_not():
    pytest.importorskip("captum")
    photo, grid, maps = lc.gallery_picture("coffee"), lc.ProbeSettings(segmenter=lc.Grid(2, 2)), []
    for make in (Squeezed, Net):
        module = make()
        model = classifier(module, engine="torch", kind="logits")
        maps.append(lc.attribute(photo, model, lc.IntegratedGradients(), 1, grid, source=module).values)
    np.testing.assert_allclose(*maps, atol=1e-5)


def test_one_that_cannot_answer_to_a_single_picture_is_refused_at_once():
    with pytest.raises(ValueError, match=r"cannot answer to pictures of 3 × 16 × 16, .* more than one value"):
        classifier(Alone(), engine="torch")
    with pytest.raises(lc.BadScores, match=r"given 1 picture and returned a tensor of shape \(1, 3\); expected \(1, 5"):
        classifier(Short(), engine="torch")


class Buffered(Net):
    """Gives its own buffer again."""

    def forward(self, pictures):
        if not hasattr(self, "buffer"):
            self.buffer = torch.empty(64, 5)
        return self.buffer[: len(pictures)].copy_(super().forward(pictures))


class InPlace(Net):
    def forward(self, pictures):
        return super().forward(pictures.sub_(0.5).mul_(2.0))


@pytest.mark.parametrize("kind", [Buffered, InPlace])
def test_one_that_works_in_place_is_taken_for_what_it_is(kind):
    model = classifier(kind(), engine="torch", kind="logits")
    assert model.notice == ""
    assert model.engine.description == "torch · cpu · f32"
    single = [model.engine.scorer(*scene())(lc.Bernoulli()(4, 16, 0)[i : i + 1]) for i in range(4)]
    np.testing.assert_allclose(np.concatenate(single), answers(model, n=4), atol=1e-5)


def test_what_is_apart_is_measured_beside_how_far_answers_move_and_how_they_round():
    given = np.float32([[2000.0, 1.0], [2001.0, 1.0]])
    eps = float(np.finfo(np.float32).eps)
    assert apart(given, given, eps) == 0.0
    assert apart(given + np.float32(0.005), given, eps) == 0.0
    assert apart(given + np.float32(0.125), given, eps) == pytest.approx(0.125)
    assert apart(given[:1], given, eps) == 0.0
    assert apart(given[:, :1], given, eps) == apart(np.repeat(given, 2, axis=0), given, eps) == np.inf
    assert apart(np.full_like(given, np.nan), given, eps) == 0.0


def test_a_module_that_registers_buffers_while_it_answers_is_tried():
    class Registering(Net):
        def forward(self, pictures):
            self.register_buffer(f"of_{len(pictures)}", torch.ones(1))
            return super().forward(pictures)

    assert classifier(Registering(), kind="logits").notice == ""
