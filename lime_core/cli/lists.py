"""The commands that say what there is: models, what one of them is, and options with their settings."""

from __future__ import annotations

import inspect
import time
from argparse import Namespace
from dataclasses import Field
from typing import Any

from lime_core.catalog.first_photo import FirstAnswers, first_answers
from lime_core.catalog.loading import find_model, load_model, model_file, model_names
from lime_core.catalog.model_file import ModelFile
from lime_core.catalog.model_folder import described_models
from lime_core.console.options import DEFAULTS, picture_named
from lime_core.console.terminal import UsageError, say
from lime_core.engines.preprocessing import Preprocessing
from lime_core.errors import ModelUnavailable
from lime_core.files.names import printable
from lime_core.files.option_texts import settings_of
from lime_core.label_maps.label_map import LabelMap
from lime_core.models.classifier import Classifier
from lime_core.pictures.depth import UNTOLD
from lime_core.reports.manifest import TABLES
from lime_core.reports.numbers import number
from lime_core.zoo.families import ModelEntry
from lime_core.zoo.timm_family import timm_names


def models(arguments: Namespace) -> None:
    """List the models and whether their weights are here."""
    names = [*model_names(), *(timm_names() if arguments.all else ())]
    rows = [_row(find_model(name)) for name in dict.fromkeys(names)]
    rows += [(printable(name), "own", f"broken: {error}") for name, error in described_models().broken.items()]
    width = max(len(name) for name, _, _ in rows)
    say(f"{'name':<{width}}  {'family':<11}  weights")
    for name, family, state in rows:
        say(f"{name:<{width}}  {family:<11}  {state}")


def check(arguments: Namespace) -> None:
    """Load a model, ask it about one photo, and say what was found."""
    picture = picture_named(arguments.photo)
    start = time.perf_counter()
    try:
        file = model_file(arguments.model)
        model = load_model(arguments.model, arguments.device, arguments.precision)
    except (ModelUnavailable, ValueError) as error:
        raise UsageError(str(error)) from error
    loaded = time.perf_counter() - start
    found = first_answers(model, picture, file.output if file else "")
    say(f"{model.name}: {_origin(file)}")
    say(f"input: {_input(model.preprocessing)}")
    say(f"output: {_output(model, file, found)}")
    if found.guessed:
        say(model.notice)
    if found.saturated:
        say(
            "its probabilities are exactly 0 and 1, for a flat picture too: check the scaling of its input, or explain "
            "log-odds"
        )
    say(f"engine: {found.engine}, {loaded:.1f} s to load, {number(found.seconds)} s for two pictures")
    if file and file.source:
        say(f"source: {file.source}")
    say(f"{found.picture}:")
    for notice in model.notices(picture):
        say(f"  {notice}")
    if file and UNTOLD in " ".join(model.notices(picture)):
        say("  Where the training divided by a fixed number, give it as white in [input].")
    for index, name, score in found.top:
        say(f"  {index:>4}  {number(score):>8}  {name}")


def _row(entry: ModelEntry) -> tuple[str, str, str]:
    return entry.name, entry.family, "ready" if entry.ready else f"missing: {entry.weights}"


def _origin(file: ModelFile | None) -> str:
    if file is None:
        return "published weights"
    size = f"{file.file.stat().st_size / 1e6:.1f} MB"
    what = "ONNX" if file.onnx else file.architecture
    return f"{what}, weights in {printable(file.file.name)} ({size})"


def _input(seen: Preprocessing | None) -> str:
    if seen is None:
        return "pictures of any size"
    numbers = f"mean {_several(seen.mean)}, standard deviation {_several(seen.std)}"
    channels = "1 channel" if seen.channels == 1 else f"3 channels {seen.order}"
    resized = f" of {seen.resize}" if seen.resize and seen.fit == "crop" else ""
    border = f" with {_several(seen.fill) if seen.fill else 'the mean'} around it" if seen.fit == "pad" else ""
    white = f", {seen.white} is white" if seen.white else ""
    fit = f"{seen.fit}{resized}{border}, {seen.interpolation}"
    return f"{seen.height} × {seen.width} pixels, {channels}, {fit}, {numbers}{white}"


def _output(model: Classifier, file: ModelFile | None, found: FirstAnswers) -> str:
    what = file.output if file and file.output else found.kind
    word = ("value", "values") if found.kind == "values" else ("class", "classes")
    unit = f" in {model.unit}" if model.unit else ""
    return (
        f"{what}{unit}, {found.outputs} {word[found.outputs != 1]} {'named' if model.class_names else 'without names'}"
    )


def _several(values: tuple[float, ...]) -> str:
    return " ".join(f"{value:g}" for value in values)


def options(arguments: Namespace) -> None:
    """List every option of every table with its settings."""
    for role, table in TABLES.items():
        say(f"--{role.replace('_', '-')}")
        for name, option in table.items():
            mark = " (default)" if name == DEFAULTS[role] else ""
            usage = " Give it with --label-map FILE." if option is LabelMap else ""
            about = (inspect.getdoc(option) or "").split("\n\n")[0]
            say(f"  {name}{mark}: {' '.join(about.split())}{usage}")
            for f in settings_of(option):
                say(f"    {name}.{f.name}  {_range(f)}, default {_written(_default(f))}. {f.metadata['help']}")


def _range(f: Field[Any]) -> str:
    rules = f.metadata
    if "low" in rules:
        return f"{'whole ' if isinstance(f.default, int) else ''}number from {rules['low']} to {rules['high']}"
    if "color" in rules:
        return "red,green,blue from 0 to 255"
    if "several" in rules:
        return f"names with commas between them, of {', '.join(rules['several'])}"
    return "yes or no" if "switch" in rules else f"one of {', '.join(map(str, rules['options']))}"


def _default(f: Field[Any]) -> Any:
    """The default of a setting, of several options their names."""
    return f.metadata["usual"] if "several" in f.metadata else f.default


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "none"
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
