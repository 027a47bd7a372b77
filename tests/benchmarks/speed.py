"""This project beside `lime`, `captum` and the bare model: same model, photos and number of samples, one process.

Every contestant explains a photo in its turn before the next photo comes, so that a machine that slows down slows them
all.  `lime` is used as its tutorial shows it, with a torch predict function; `captum` at its best number of
perturbations per evaluation.  The bare model is the same network on the same engine and batch size, without masking.
"""

from __future__ import annotations

import contextlib
import copy
import io
import resource
import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from captum._utils.models.linear_model import SkLearnRidge
from captum.attr import Lime
from captum.attr._core.lime import get_exp_kernel_similarity_function
from lime import lime_image
from torch import nn
from torchvision.models import get_model, get_model_weights

import lime_core as lc
from lime_core.devices.torch_engine import TorchEngine
from lime_core.engines import openvino_graph
from lime_core.engines.openvino_engine import OpenVinoEngine
from lime_core.models.scores import probabilities
from lime_core.zoo.families import imagenet_names

SAMPLES = 1000
TOP = 5


@dataclass(frozen=True)
class Subject:
    """A model to be explained: the torch module as other packages take it, and as this project loads it."""

    name: str
    module: nn.Module
    seen: lc.Preprocessing
    weights: str
    photos: tuple[str, ...]

    def classifier(self, precision: str, engine: str = "auto", device: str = "cpu") -> lc.Classifier:
        module = copy.deepcopy(self.module)  # an engine moves it to its device, and into its memory format
        return lc.torch_classifier(self.name, module, self.seen, imagenet_names(), device, precision, engine, "logits")

    def tensors(self, pictures: np.ndarray) -> torch.Tensor:
        batch = torch.tensor(pictures).permute(0, 3, 1, 2).float() / 255.0
        return (batch - torch.tensor(self.seen.mean).view(1, 3, 1, 1)) / torch.tensor(self.seen.std).view(1, 3, 1, 1)

    def predict(self, pictures: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return self.module(self.tensors(pictures)).softmax(dim=1).numpy()


def run() -> list[dict[str, object]]:
    """One row for each model and contestant; medians over the photos."""
    rows = []
    for subject in subjects():
        timings: dict[str, list[dict[str, float]]] = {}
        for photo in subject.photos:
            for name, row in _explain(subject, lc.gallery_picture(photo)):
                timings.setdefault(name, []).append(row)
        for name, found in timings.items():
            rows.append(
                {"model": f"{subject.name} ({subject.weights})", "with": name}
                | {key: statistics.median(row[key] for row in found) for key in found[0]}
            )
    return rows


def subjects() -> list[Subject]:
    """Lite0 with its weights; resnet50 with its own where they are, else random ones."""
    lite = lc.find_model("efficientnet_lite0")
    module, seen, _ = lite.build(lite.weights)
    resnet = lc.find_model("resnet50")
    if resnet.ready:
        other, other_seen, _ = resnet.build(resnet.weights)
        weights = "ImageNet weights"
    else:
        torch.manual_seed(0)
        other, weights = get_model("resnet50", weights=None), "random weights"
        preset = get_model_weights("resnet50").DEFAULT.transforms()
        other_seen = lc.Preprocessing(224, 224, preset.resize_size[0])
    return [
        Subject("efficientnet_lite0", module.eval(), seen, "ImageNet weights", ("chelsea", "china")),
        Subject("resnet50", other.eval(), other_seen, weights, ("chelsea",)),
    ]


def _explain(subject: Subject, picture: lc.Picture):
    """(contestant, figures) one after the other for one photo."""
    image = subject.seen.view(picture.pixels)
    start = time.perf_counter()
    segmentation = lc.segment(image, lc.Quickshift())
    segmenting = time.perf_counter() - start

    lime_wall = timed(lambda: with_lime(subject, image))
    yield "lime", _row(segmenting, lime_wall - segmenting, lime_wall, lime_wall)
    captum_wall = segmenting + timed(lambda: _with_captum(subject, image, segmentation.labels))
    yield "captum", _row(segmenting, captum_wall - segmenting, captum_wall, lime_wall)

    reference = probed(subject.classifier("f32", "torch"), picture, segmentation)
    for precision in ("f32", "bf16"):
        model = subject.classifier(precision)
        model.engine.batch_size  # noqa: B018 - measured once for each model, before any explanation
        forward = _bare(subject, model)
        before = _bare_rate(forward, model.engine.batch_size)
        start = time.perf_counter()
        fresh = lc.segment(image, lc.Quickshift())
        cut = time.perf_counter() - start
        probing = time.perf_counter()
        probe = probed(model, picture, fresh)
        probing = time.perf_counter() - probing
        lc.explain(probe)
        wall = time.perf_counter() - start
        bare = (before + _bare_rate(forward, model.engine.batch_size)) / 2
        yield (
            f"this, {model.engine.description}",
            _row(cut, probing, wall, lime_wall)
            | {"share of bare model": SAMPLES / probing / bare}
            | difference(probe, reference),
        )


def difference(probe: lc.Probe, reference: lc.Probe) -> dict[str, float]:
    """How far probabilities, weights and the strongest superpixels lie from those of the reference."""
    exact = lc.explain(reference)
    e = lc.explain(probe, exact.settings.class_index)
    error = np.where(np.isfinite(exact.standard_error), exact.standard_error, np.inf)
    return {
        "max |dp|": float(np.abs(_probabilities(probe) - _probabilities(reference)).max()),
        "max |dw| in se": float((np.abs(e.weights - exact.weights) / error).max()),
        "same top 5": float({s for s, _ in e.top(TOP)} == {s for s, _ in exact.top(TOP)}),
    }


def _row(segmenting: float, probing: float, wall: float, lime_wall: float) -> dict[str, float]:
    return {
        "segmenting s": segmenting,
        "samples/s": SAMPLES / probing,
        "wall s": wall,
        "lime / this": lime_wall / wall,
        "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "share of bare model": float("nan"),
        "max |dp|": float("nan"),
        "max |dw| in se": float("nan"),
        "same top 5": float("nan"),
    }


def timed(step: Callable[[], object]) -> float:
    """Seconds that a step takes."""
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def with_lime(subject: Subject, image: np.ndarray, samples: int = SAMPLES) -> None:
    """An explanation as lime's tutorial makes it."""
    with contextlib.redirect_stderr(io.StringIO()):
        lime_image.LimeImageExplainer(random_state=0).explain_instance(
            image, subject.predict, top_labels=1, hide_color=None, num_samples=samples
        )


def _with_captum(subject: Subject, image: np.ndarray, labels: np.ndarray) -> None:
    picture = subject.tensors(image[None])
    with torch.inference_mode():
        target = int(subject.module(picture).argmax())
    hidden = subject.tensors(lc.SuperpixelMean()(image, labels)[None])
    lime = Lime(
        lambda batch: subject.module(batch).softmax(dim=1),
        interpretable_model=SkLearnRidge(alpha=1.0),
        similarity_func=get_exp_kernel_similarity_function("cosine", kernel_width=0.25),
    )
    with torch.inference_mode():
        lime.attribute(
            picture,
            baselines=hidden,
            target=target,
            feature_mask=torch.tensor(labels, dtype=torch.int64)[None, None],
            n_samples=SAMPLES,
            perturbations_per_eval=8,
            return_input_shape=False,
        )


def probed(model: lc.Classifier, picture: lc.Picture, segmentation: lc.Segmentation) -> lc.Probe:
    """A probe of these superpixels with lime's other settings."""
    probe = lc.open_probe(lc.ProbeSpec.of(picture, model), picture, model, segmentation)
    *_, probe = lc.grow(probe, SAMPLES, model)
    return probe


def _bare_rate(forward: Callable[[], object], batch: int, samples: int = 400) -> float:
    """Samples a second of the network alone, on the same engine and batch size."""
    forward()
    repeats = max(3, samples // batch)
    return repeats * batch / timed(lambda: [forward() for _ in range(repeats)])


def _bare(subject: Subject, model: lc.Classifier) -> Callable[[], object]:
    """One batch of whole pictures through the network, on the engine of `model`."""
    shape = (model.engine.batch_size, subject.seen.height, subject.seen.width, 3)
    batch = subject.tensors(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))
    if not isinstance(model.engine, OpenVinoEngine):
        ready = batch.contiguous(memory_format=torch.channels_last)

        reduced = isinstance(model.engine, TorchEngine) and model.engine.precision == "bf16"

        def forward() -> object:
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=reduced):
                return subject.module(ready)

        return forward
    import openvino

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the tracer, about its own age
        graph = openvino.convert_model(subject.module, example_input=batch[:1])
    graph.reshape([-1, *batch.shape[1:]])
    hints = {**openvino_graph.HINTS, "INFERENCE_PRECISION_HINT": model.engine.description.split()[-1]}
    request = openvino.Core().compile_model(graph, "CPU", hints).create_infer_request()
    pixels = batch.numpy()
    return lambda: request.infer([pixels], share_inputs=True, share_outputs=True)


def _probabilities(probe: lc.Probe) -> np.ndarray:
    return probabilities(probe.outputs, probe.kind)
