"""Torch gives the same answers for every batch size, on every device, padded and compiled."""

import shutil
import warnings

import numpy as np
import pytest
import torch

import lime_core as lc
from lime_core.devices import torch_engine
from lime_core.devices.torch_engine import TorchEngine
from lime_core.engines.batch_size import Workload
from lime_core.engines.fixed_batches import BatchShapes
from lime_core.engines.masking import MaskedModel
from lime_core.models import torch_classifier
from lime_core.networks.running import OneByOne
from tests.engines.conftest import shown


def test_masking_beside_the_model_equals_masking_the_pictures(small, scene):
    engine = TorchEngine(small, (0.5, 0.4, 0.3), (0.2, 0.3, 0.4), "cpu", "f32")
    masks = lc.Bernoulli()(20, 16, 0)
    np.testing.assert_allclose(engine.scorer(*scene)(masks), engine.score(shown(masks, scene)), atol=1e-6)


def test_the_batch_size_does_not_change_the_answers(small, scene):
    engine = TorchEngine(small, (0.5,) * 3, (0.2,) * 3, "cpu", "f32")
    masks = lc.Bernoulli()(20, 16, 0)
    together = engine.scorer(*scene)(masks)
    single = np.concatenate([engine.scorer(*scene)(masks[i : i + 1]) for i in range(20)])
    np.testing.assert_allclose(single, together, atol=1e-6)


def test_bf16_is_near_f32_and_says_so(small, scene):
    exact = TorchEngine(small, (0.5,) * 3, (0.2,) * 3, "cpu", "f32")
    rough = TorchEngine(small, (0.5,) * 3, (0.2,) * 3, "cpu", "bf16")
    masks = lc.Bernoulli()(20, 16, 0)
    difference = np.abs(exact.scorer(*scene)(masks) - rough.scorer(*scene)(masks)).max()
    assert 0 < difference < 0.02
    assert exact.description == "torch · cpu · f32"
    assert rough.description == "torch · cpu · bf16"


class Device:
    """Stands for a GPU: notes the batch sizes it is given, and has memory for `most` samples."""

    def __init__(self, most=10**6):
        self.most, self.sizes = most, []

    def __call__(self, masks):
        self.sizes.append(len(masks))
        if len(masks) > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB.")
        return masks


def test_a_smaller_batch_is_padded_to_a_size_that_was_there():
    shapes, device = BatchShapes(), Device()
    masks = lc.Bernoulli()(32, 16, 0)
    for n in (32, 7, 32, 31):
        given = shapes.padded(masks[:n], device)
        np.testing.assert_array_equal(given[:n], masks[:n])
        assert not given[n:].any()
    assert device.sizes == [32, 32, 32, 32]


def test_half_of_a_batch_that_was_too_large_is_not_padded_to_it_again():
    shapes, device = BatchShapes(), Device()
    masks = lc.Bernoulli()(64, 16, 0)
    shapes.padded(masks, device)
    device.most = 20  # other programs took the memory
    for n in (64, 32, 16):
        try:
            shapes.padded(masks[:n], device)
        except torch.OutOfMemoryError:
            continue
    assert device.sizes == [64, 64, 32, 16]


@pytest.fixture
def compiled(monkeypatch):
    """Modules that torch was asked to compile, and how; they run as they are."""
    asked = []
    monkeypatch.setattr(torch, "compile", lambda module, **how: asked.append(how) or module)
    return asked


def test_a_gpus_path_gives_the_same_answers_on_the_cpu(small, scene, compiled):
    sizes = []
    small.register_forward_pre_hook(lambda module, given: sizes.append(len(given[0])))
    plain = TorchEngine(small, (0.5,) * 3, (0.2,) * 3, "cpu", "f32")
    padded = TorchEngine(small, (0.5,) * 3, (0.2,) * 3, "cpu", "f32", compiled="first")
    masks = lc.Bernoulli()(20, 16, 0)
    expected = plain.scorer(*scene)(masks)
    sizes.clear()
    score = padded.scorer(*scene)
    found = np.concatenate([score(masks[:8]), score(masks[8:16]), score(masks[16:])])
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert sizes == [8, 8, 8]


class OnAGpu(TorchEngine):
    """Takes several segmentations together, as a GPU does, and runs on the processor."""

    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        self.takes_several = self.takes_pictures = True


def segmented(scene, *cells):
    """The picture of a scene in grids of so many cells, each with a hidden version of its own."""
    image, hidden, _ = scene
    labels = [lc.segment(image, lc.Grid(number, number)).labels for number in cells]
    return [(image, np.roll(hidden, place, axis=0), each) for place, each in enumerate(labels)]


@pytest.mark.parametrize("first", [0, 1, 2])
def test_several_segmentations_have_one_batch_and_each_its_own_pictures(small, scene, first):
    sizes = []
    small.register_forward_pre_hook(lambda module, given: sizes.append(len(given[0])))
    engine = TorchEngine(small, (0.5, 0.4, 0.3), (0.2, 0.3, 0.4), "cpu", "f32", compiled="first")
    engine._masked = MaskedModel(small)
    scenes, masks = segmented(scene, 4, 2, 3), lc.Bernoulli()(20, 16, 0)
    expected = np.empty((20, 5))
    for member, each in enumerate(scenes):
        rows = slice((member - first) % 3, None, 3)
        expected[rows] = engine.unpadded(*each)(masks[rows, : each[2].max() + 1])
    sizes.clear()
    score, whose = engine.together(scenes), (np.arange(20) + first) % 3
    np.testing.assert_allclose(score(whose)(masks), expected, atol=1e-6)
    np.testing.assert_allclose(score(whose[:17])(masks[:17]), expected[:17], atol=1e-6)
    assert sizes == [20, 20]  # the second filled up


@pytest.mark.parametrize(
    ("device", "one_by_one", "together"), [("meta", 0, True), ("meta", 1, False), ("cpu", 0, False)]
)
def test_scenes_are_together_where_many_rows_take_as_long_as_few(small, device, one_by_one, together):
    engine = TorchEngine(OneByOne(small) if one_by_one else small, (0.5,) * 3, (0.2,) * 3, device, "f32")
    assert (engine.takes_several, engine.takes_pictures) == (together, together)


def test_a_cpu_takes_each_segmentation_alone(small, scene):
    engine = TorchEngine(small, (0.5,) * 3, (0.2,) * 3, "cpu", "f32")
    assert not engine.takes_several


def test_a_probe_of_several_segmentations_is_that_of_each_alone(small, scene):
    several = lc.Segmentations((lc.Grid(4, 4), lc.Grid(2, 2), lc.Grid(3, 3)))
    sizes, probes = [], []
    small.register_forward_pre_hook(lambda module, given: sizes.append(len(given[0])))
    for kind in (TorchEngine, OnAGpu):
        engine = kind(small, (0.5,) * 3, (0.2,) * 3, "cpu", "f32")
        model = lc.Classifier("small", (), "logits", lc.Preprocessing(16, 16), engine, "digest")
        sizes.clear()
        probes.append(lc.probe_image(lc.load_picture(scene[0]), model, 50, several))
        assert max(sizes) == engine.batch_size
    np.testing.assert_array_equal(probes[0].masks, probes[1].masks)
    np.testing.assert_allclose(probes[0].outputs, probes[1].outputs, atol=1e-6)
    assert sizes == [8] * 6 + [2]  # three segmentations, and yet every batch is a whole one


def test_nothing_is_compiled_unless_asked_for(small, compiled):
    seen = lc.Preprocessing(16, 16, 16)
    lc.torch_classifier("small", small, seen, (), "cpu", "f32", "torch")
    assert compiled == []
    model = lc.torch_classifier("small", small, seen, (), "cpu", "f32", "torch.compile")
    assert compiled == [{"dynamic": False}]
    assert model.engine.description == "torch.compile · cpu · f32"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler")
def test_a_compiled_module_gives_the_same_answers(small, scene, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    plain, fast = (
        TorchEngine(small, (0.5,) * 3, (0.2,) * 3, "cpu", "f32", compiled=wanted) for wanted in ("never", "first")
    )
    masks = lc.Bernoulli()(20, 16, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch's compiler, about itself
        score = fast.scorer(*scene)
        found = np.concatenate([score(masks[:8]), score(masks[8:16]), score(masks[16:])])
    np.testing.assert_allclose(found, plain.scorer(*scene)(masks), atol=1e-5)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler")
def test_another_number_of_superpixels_compiles_nothing(small, scene, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    image, hidden, _ = scene
    engine = TorchEngine(small, (0.5,) * 3, (0.2,) * 3, "cpu", "f32", compiled="first")
    with warnings.catch_warnings(), torch._dynamo.config.patch(error_on_recompile=True):
        warnings.simplefilter("ignore")  # of torch's compiler, about itself
        for cells in (2, 3, 4, 5):
            labels = lc.segment(image, lc.Grid(cells, cells)).labels
            engine.scorer(image, hidden, labels)(lc.Bernoulli()(8, cells * cells, 0))


def test_a_call_leaves_torchs_own_switches_as_they_were(small, scene):
    before = torch.backends.cudnn.conv.fp32_precision, torch.backends.cudnn.deterministic
    TorchEngine(small, (0.5,) * 3, (0.2,) * 3, "cpu", "f32").scorer(*scene)(lc.Bernoulli()(4, 16, 0))
    assert (torch.backends.cudnn.conv.fp32_precision, torch.backends.cudnn.deterministic) == before


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU on this machine")
@pytest.mark.parametrize(("precision", "tolerance"), [("f32", 1e-5), ("bf16", 2e-2)])
def test_a_gpu_agrees_with_the_cpu(small, scene, precision, tolerance):
    masks = lc.Bernoulli()(20, 16, 0)
    expected = TorchEngine(small, (0.5,) * 3, (0.2,) * 3, "cpu", "f32").scorer(*scene)(masks)
    on_gpu = TorchEngine(small, (0.5,) * 3, (0.2,) * 3, "cuda", precision).scorer(*scene)
    found = np.concatenate([on_gpu(masks[:16]), on_gpu(masks[16:])])
    np.testing.assert_allclose(found, expected, atol=tolerance)


def test_a_torch_engine_measures_its_batch_size_when_it_is_first_used(small, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "lime_core.engines.batch_size.best_batch_size", lambda score, *limits: asked.append(limits) or 16
    )
    engine = TorchEngine(small, (0.5,) * 3, (0.2,) * 3, "cpu", "f32", Workload(16, 16))
    assert asked == []
    assert engine.batch_size == engine.batch_size == 16
    assert asked == [(4, 64)]


def test_a_note_stands_behind_the_precision(small):
    engine = TorchEngine(small, (0.5,) * 3, (0.2,) * 3, "cpu", "f32", note="for a reason")
    assert engine.description == "torch · cpu · f32 (for a reason)"


def test_pictures_are_sent_as_whole_numbers_and_the_next_before_one_is_waited_for(small, monkeypatch):
    engine = TorchEngine(small, (0.5, 0.4, 0.3), (0.2, 0.3, 0.4), "cpu", "f32")
    pictures = np.random.default_rng(0).integers(0, 256, (40, 16, 16, 3), dtype=np.uint8)
    expected, done = engine.score(pictures[:8]), []

    def noted(forward, device, precision):
        number = len(done)
        done.append(f"begun {number}")
        rows = forward().numpy()
        return lambda: done.append(f"waited {number}") or rows

    sent, there = [], engine._sending.there
    monkeypatch.setattr(torch_engine, "launched", noted)
    monkeypatch.setattr(engine._sending, "there", lambda tensor: sent.append(tensor.dtype) or there(tensor))
    monkeypatch.setattr(engine, "_batch_size", 8)
    found = engine.score(pictures)
    np.testing.assert_allclose(found[:8], expected, atol=1e-6)
    assert set(sent) == {torch.uint8}
    assert done[:3] == ["begun 0", "begun 1", "waited 0"]
    assert len(done) == 10


def test_all_that_a_gpu_is_sent_lies_where_it_can_fetch_it(small, scene, monkeypatch):
    engine = TorchEngine(small, (0.5, 0.4, 0.3), (0.2, 0.3, 0.4), "cpu", "f32")
    pinned, sent, there = [], [], engine._sending.there
    monkeypatch.setattr(engine._sending, "pinned", lambda tensor: pinned.append(tensor.dtype) or tensor)
    monkeypatch.setattr(engine._sending, "there", lambda tensor: sent.append(tensor.dtype) or there(tensor))
    engine.scorer(*scene)(lc.Bernoulli()(8, 16, 0))
    assert sorted(map(str, sent)) == ["torch.float32", "torch.int32", "torch.uint8", "torch.uint8"]
    assert {*sent} <= {*pinned}


def test_a_network_that_is_tried_is_not_compiled_for_it(small, monkeypatch):
    """On CUDA, whose place the processor takes: what "auto" tries is let go of again."""
    made = []

    def engine(module, mean, std, target, precision, workload, note, compiled, order):
        made.append((precision, compiled))
        return TorchEngine(module, mean, std, "cpu", "f32", workload, note, "never", order)

    monkeypatch.setattr(torch_classifier, "TorchEngine", engine)
    monkeypatch.setattr(torch_classifier, "device_of", lambda device: "cuda")
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "a card")
    lc.torch_classifier("small", small, lc.Preprocessing(16, 16, 16), (), "cuda", "auto", "torch.compile")
    assert [how for _, how in made[:-1]] == ["never"] * (len(made) - 1)
    assert len(made) > 1
    assert made[-1] == ("f16", "first")
