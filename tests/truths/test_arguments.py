"""Every argument of a public call: what has one meaning is taken, the rest is refused by the argument's own name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import torch

import lime_core as lc
from tests.support.onnx_files import tiny
from tests.support.planted import BLACK, GRID, AdditiveModel, textured_picture

PHOTO = textured_picture()
MODEL = lc.wrap_model(AdditiveModel(PHOTO), ("first", "second", "third"), kind="values", name="planted")
PROBE = lc.probe_image(PHOTO, MODEL, 60, segmenter=GRID, hiding=BLACK)
E = lc.explain(PROBE)
CLASSES = lc.wrap_model(AdditiveModel(PHOTO), ("first", "second", "third"), kind="logits", name="classes")
OF_A_CLASS = lc.explain(lc.probe_image(PHOTO, CLASSES, 60, segmenter=GRID, hiding=BLACK))
SPEC = lc.ProbeSettings.of(GRID, BLACK).spec(PHOTO, MODEL)
SUMMARY = lc.PictureSummary.of([E])


FOLDER = TemporaryDirectory()
SAVED = E.save(Path(FOLDER.name, "saved"))
REPORT = lc.report_of([PROBE, lc.probe_image(PHOTO, MODEL, 60, segmenter=GRID, hiding=BLACK, seed=1)])
MODULE = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(3, 3))
SEEN = lc.Preprocessing(8, 8)
ONNX = Path(FOLDER.name, "net.onnx")
ONNX.write_bytes(tiny().SerializeToString())


def same(pictures: np.ndarray) -> np.ndarray:
    return np.full((len(pictures), 2), 0.5)


BRIGHTNESS = lc.wrap_model(lambda pictures: pictures.max((1, 2)), kind="values", name="brightness")

LIME = lc.LimeImageExplainer(random_state=0)
LIMES = LIME.explain_instance(PHOTO.pixels, same, num_samples=20, segmentation_fn=GRID, progress_bar=False)

SILLY: list[Any] = [
    None,
    True,
    -1,
    7,
    10**400,
    1.5,
    float("nan"),
    float("inf"),
    1 + 2j,
    "",
    "tabby",
    "a" * 5000,
    b"",
    b"tabby",
    [],
    [0, 1],
    [0, [1, 2]],
    [0, [1, 2], 3],
    ["x"],
    (),
    {},
    {"name": "ridge"},
    set(),
    object(),
    object,
    dict,
    int,
    lambda: None,
    lambda *given: None,
    lambda *given: "x",
    len,
    range(3),
    Path("nowhere"),
    np.array([]),
    np.array(3),
    np.zeros((2, 2)),
    np.zeros((32, 32, 3)),
    np.array(["x"]),
    np.float32("nan"),
    np.int64(-3),
    torch.zeros(3),
    PHOTO,
    MODEL,
    PROBE,
    E,
    SPEC,
    lc.Ridge(),
    lc.Tree,
    lc.Blur(),
    lc.FoldOver,
    lc.NoKernel(),
    lc.AllFeatures(),
    lc.LabelMap,
    lc.RidgeWithPrior(),
    lc.FitSettings(),
    lc.ProbeSettings(),
    lc.View(),
]

FIT: dict[str, Any] = {
    "class_index": 0,
    "space": "value",
    "kernel": None,
    "surrogate": None,
    "feature_selection": None,
    "prior": None,
    "prior_strength": 0.0,
}
ASK: dict[str, Any] = {"segmenter": GRID, "hiding": BLACK, "sampler": None, "seed": 0}
ON: dict[str, Any] = {"picture": PHOTO, "model": MODEL}
RELEVANCE = np.arange(32 * 32.0).reshape(32, 32) - 99
JUDGED = ON | {"class_index": 0, "space": None, "on_progress": None}
JOB = lc.Job.of(MODEL, num_samples=20, faithfulness=False, space="value", segmenter=GRID, hiding=BLACK)
SETTINGS = {field.name: getattr(SEEN, field.name) for field in fields(SEEN)[2:]}
OWN: dict[str, Any] = {
    "name": "own",
    "architecture": "resnet18",
    "weights": "nowhere.pt",
    "onnx": None,
    "classes": (),
    "output": "values",
    "unit": "years",
    "source": "",
    "input": lc.ModelInput(),
    "path": None,
}
CALLS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "explain_image": (lc.explain_image, ON | {"num_samples": 20} | ASK | FIT | {"on_progress": None}),
    "probe_image": (lc.probe_image, ON | {"num_samples": 20} | ASK),
    "open_probe": (lc.open_probe, {"spec": SPEC, **ON, "segmentation": None}),
    "grow": (lambda **given: list(lc.grow(**given)), {"probe": PROBE, "num_samples": 62, "model": MODEL}),
    "explain": (lc.explain, {"probe": PROBE} | FIT),
    "read_in": (lc.read_in, {"e": E, "segmentation": GRID}),
    "pixel_map": (lc.pixel_map, {"e": E}),
    "segmentation_agreement": (lc.segmentation_agreement, {"e": E}),
    "interactions": (lc.interactions, {"probe": PROBE, "settings": lc.FitSettings(), "rate": 0.05, "most": 10}),
    "interactions_in_words": (
        lc.interactions_in_words,
        {"found": lc.interactions(PROBE, lc.FitSettings()), "most": 3},
    ),
    "fit": (lc.fit, {"probe": PROBE, "settings": lc.FitSettings()}),
    "stability": (
        lc.stability,
        ON | ASK | FIT | {"repeats": 2, "num_samples": 20, "ranking": "signed", "on_progress": None},
    ),
    "ProbeSettings": (lc.ProbeSettings, ASK),
    "ProbeSettings.of": (lc.ProbeSettings.of, ASK),
    "ProbeSpec.of": (lc.ProbeSpec.of, ON | ASK),
    "FitSettings": (lc.FitSettings, FIT),
    "FitSettings.of": (lc.FitSettings.of, FIT),
    "Job.of": (
        lc.Job.of,
        {
            "model": MODEL,
            **ASK,
            **{name: FIT[name] for name in ("kernel", "surrogate", "feature_selection", "space")},
            "num_samples": 20,
            "classes": 1,
            "faithfulness": True,
        },
    ),
    "Job.spec": (lc.Job.of(MODEL).spec, ON),
    "faithfulness": (
        lc.faithfulness,
        {"e": E, "model": MODEL, "removal": None, "random_orders": 0, "space": None, "on_progress": None},
    ),
    "kept_scores": (lc.kept_scores, {"e": E, "model": MODEL, "kept": None, "space": None, "on_progress": None}),
    "Kept": (lc.Kept, {field.name: field.default for field in fields(lc.Kept)}),
    "relevance_gain": (lc.relevance_gain, {"relevance": RELEVANCE, **JUDGED, "flipping": lc.PixelFlipping(2)}),
    "relevance_gains": (lc.relevance_gains, {"maps": [RELEVANCE], **JUDGED, "flipping": lc.PixelFlipping(2)}),
    "PixelFlipping": (lc.PixelFlipping, {field.name: field.default for field in fields(lc.PixelFlipping)}),
    "PixelFlipping.specs": (lc.PixelFlipping().specs, {"relevance": RELEVANCE, **ON}),
    "fidelity": (lc.fidelity, {"relevance": RELEVANCE, **JUDGED, "hidden": lc.HiddenSubsets(subsets=2)}),
    "HiddenSubsets": (lc.HiddenSubsets, {field.name: field.default for field in fields(lc.HiddenSubsets)}),
    "HiddenSubsets.spec": (lc.HiddenSubsets().spec, {"relevance": RELEVANCE, **ON}),
    "compose": (lc.compose, {"left": PHOTO, "right": PHOTO, "height": 32, "width": 32}),
    "Composed.truth": (lc.compose(PHOTO, PHOTO, 32, 32).truth, {"model": MODEL, "side": "left"}),
    "pointing_game": (lc.pointing_game, {"relevance": RELEVANCE, "truth": RELEVANCE > 0}),
    "relevance_mass_accuracy": (lc.relevance_mass_accuracy, {"relevance": RELEVANCE, "truth": RELEVANCE > 0}),
    "soft_stability": (
        lc.soft_stability,
        {"e": OF_A_CLASS, "model": CLASSES, "addition": None, "on_progress": None},
    ),
    "Addition": (lc.Addition, {field.name: field.default for field in fields(lc.Addition)}),
    "load_picture": (lc.load_picture, {"source": PHOTO.pixels, "name": None, "value_range": None}),
    "crops": (lc.crops, {"picture": PHOTO, "count": 2, "seed": 0}),
    "wrap_model": (
        lc.wrap_model,
        {
            "predict": same,
            "class_names": (),
            "kind": "values",
            "input_size": None,
            "name": None,
            "fit": "crop",
            "unit": "",
            "pixel_range": None,
        },
    ),
    "load_model": (
        lc.load_model,
        {"name": same, "device": "auto", "precision": "auto", "engine": "auto", "download": False},
    ),
    "ModelLimits": (
        lc.ModelLimits,
        {field.name: getattr(lc.ModelLimits(), field.name) for field in fields(lc.ModelLimits)},
    ),
    "guess_isolated": (lc.guess_isolated, {"path": "nowhere.onnx", "limits": lc.ModelLimits()}),
    "prepare_isolated": (lc.prepare_isolated, {"limits": lc.ModelLimits()}),
    "load_isolated": (lc.load_isolated, {"path": "nowhere.toml", "limits": lc.ModelLimits(), "precision": "auto"}),
    "torch_classifier": (
        lc.torch_classifier,
        {
            "name": "small",
            "module": MODULE,
            "preprocessing": SEEN,
            "class_names": (),
            "device": "cpu",
            "precision": "f32",
            "engine": "torch",
            "kind": "values",
            "unit": "",
        },
    ),
    "onnx_classifier": (
        lc.onnx_classifier,
        {
            "name": "small",
            "file": ONNX,
            "preprocessing": SEEN,
            "class_names": (),
            "device": "cpu",
            "precision": "f32",
            "engine": "auto",
            "kind": "values",
            "unit": "",
        },
    ),
    "Preprocessing": (lc.Preprocessing, {"height": 8, "width": 8, **SETTINGS}),
    "Explanation.top": (E.top, {"count": 5}),
    "Explanation.save": (E.save, {"folder": "saved", "view": lc.View()}),
    "StabilityReport.jaccard": (REPORT.jaccard, {"k": 3}),
    "StabilityReport.top_frequency": (REPORT.top_frequency, {"k": 3}),
    "StabilityReport.metrics": (REPORT.metrics, {"k": 3}),
    "StabilityReport.rank_biased_overlap": (REPORT.rank_biased_overlap, {"p": 0.9}),
    "load_label_map": (lc.load_label_map, {"source": "nowhere.png"}),
    "LabelMap.of": (lc.LabelMap.of, {"labels": np.eye(3)}),
    "from_folder": (lambda **given: list(lc.from_folder(**given)), {"folder": "."}),
    "from_paths": (lambda **given: list(lc.from_paths(**given)), {"paths": ["nowhere.png"]}),
    "replay": (lc.replay, {"manifest_path": SAVED, **ON, "on_progress": None}),
    "run_batch": (
        lambda **given: list(lc.run_batch(**given)),
        {"job": JOB, "pictures": [PHOTO], "folder": "results", "pool": MODEL, "resume": True},
    ),
    "model.view": (MODEL.view, {"picture": PHOTO}),
    "model.crop_box": (MODEL.crop_box, {"picture": PHOTO}),
    "model.top": (lc.load_model(same).top, {"picture": PHOTO, "count": 1}),
    "build_prior": (
        lc.build_prior,
        {"summaries": [SUMMARY], "classes": 3, "clusters": 2, "method": "signed", "position": 0.0, "examples": 1},
    ),
    "report_of": (lc.report_of, {"probes": [PROBE], "settings": None, "ranking": "signed", "read": None}),
    "grow_repeats": (
        lambda **given: list(lc.grow_repeats(**given)),
        {"spec": SPEC, **ON, "repeats": 2, "num_samples": 20, "segmentation": None},
    ),
    "ProbeStore.grow": (
        lambda **given: list(lc.ProbeStore().grow(**given)),
        {"spec": SPEC, **ON, "num_samples": 20},
    ),
    "segment": (lc.segment, {"image": PHOTO.pixels, "segmenter": GRID, "part": None}),
    "living_report": (
        lc.living_report,
        {"probe": PROBE, "settings": lc.FitSettings(), "view": None, "classes": 1, "card": "", "unseen": 0.5},
    ),
    "heatmap": (E.heatmap, {"upsampling": "nearest"}),
    "overlay": (E.overlay, {"view": None, "scale": 1, "limit": None, "pairs": None}),
    "image_and_mask": (
        E.image_and_mask,
        {
            "positive_only": False,
            "negative_only": False,
            "hide_rest": False,
            "num_features": 5,
            "min_weight": 0.0,
        },
    ),
    "gallery_picture": (lc.gallery_picture, {"name": "coffee"}),
    "find_model": (lc.find_model, {"name": "resnet18"}),
    "read_model_file": (lc.read_model_file, {"path": "nowhere.toml"}),
    "guess_model_file": (lc.guess_model_file, {"path": "nowhere.onnx"}),
    "ModelInput": (lc.ModelInput, {field.name: field.default for field in fields(lc.ModelInput)}),
    "ModelFile": (lc.ModelFile, OWN),
    "ModelFile.to_toml": (lc.ModelFile(**OWN).to_toml, {"folder": None}),
    "first_answers": (lc.first_answers, {"model": BRIGHTNESS, "picture": PHOTO, "output": ""}),
    "ModelFacts.of": (lc.ModelFacts.of, {"model": MODEL}),
    "load_prior": (lc.load_prior, {"source": "nowhere.npz", "max_bytes": 1000}),
    "LimeImageExplainer": (
        lc.LimeImageExplainer,
        {"kernel_width": 0.25, "kernel": None, "verbose": False, "feature_selection": "auto", "random_state": 0},
    ),
    "explain_instance": (
        LIME.explain_instance,
        {
            "image": PHOTO.pixels,
            "classifier_fn": same,
            "labels": (1,),
            "hide_color": None,
            "top_labels": None,
            "num_features": 3,
            "num_samples": 20,
            "batch_size": 10,
            "segmentation_fn": GRID,
            "distance_metric": "cosine",
            "model_regressor": None,
            "random_seed": 0,
            "progress_bar": False,
        },
    ),
    "get_image_and_mask": (
        LIMES.get_image_and_mask,
        {
            "label": LIMES.top_labels[0],
            "positive_only": False,
            "negative_only": False,
            "hide_rest": False,
            "num_features": 5,
            "min_weight": 0.0,
        },
    ),
}
ARGUMENTS = [pytest.param(name, argument, id=f"{name}-{argument}") for name in CALLS for argument in CALLS[name][1]]
THEIRS = {"model", "pool", "on_progress", "classifier_fn", "segmentation_fn", "segmentation", "distance_metric"}
"""Functions are called with what they were told to take, and their errors are the caller's."""


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_a_silly_value_is_taken_or_refused_by_the_name_of_the_argument(name, argument, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    call, usual = CALLS[name]
    for value in SILLY:
        if argument in THEIRS and inspect.isfunction(value):
            continue
        refused: Exception | None = None
        try:
            call(**(usual | {argument: value}))
        except (lc.LimeError, TypeError, ValueError) as error:
            refused = error
        except OSError:  # what the file system says of a path
            assert argument == "folder", value
        if refused is not None:
            assert isinstance(refused, lc.LimeError) or argument in str(refused), (value, refused)
            assert 0 < len(str(refused)) < 700, refused


def test_every_argument_of_these_calls_is_tried():
    for name, (call, usual) in CALLS.items():
        if not inspect.isfunction(call) or call.__name__ != "<lambda>":
            left_out = set(inspect.signature(call).parameters) - set(usual)
            assert left_out <= {"made_by"}, name
