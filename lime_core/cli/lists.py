"""The commands that list what there is: models, and options with their settings."""

from __future__ import annotations

import inspect
from argparse import Namespace
from dataclasses import Field
from typing import Any

from lime_core.catalog.loading import find_model, model_names
from lime_core.cli.options import DEFAULTS, settings_of
from lime_core.cli.terminal import say
from lime_core.pictures.label_map import LabelMap
from lime_core.reports.manifest import TABLES
from lime_core.zoo.timm_family import timm_names


def models(arguments: Namespace) -> None:
    """List the models and whether their weights are here."""
    names = [*model_names(), *(timm_names() if arguments.all else ())]
    entries = [find_model(name) for name in dict.fromkeys(names)]
    width = max(len(entry.name) for entry in entries)
    say(f"{'name':<{width}}  {'family':<11}  weights")
    for entry in entries:
        state = "ready" if entry.ready else f"missing: {entry.weights}"
        say(f"{entry.name:<{width}}  {entry.family:<11}  {state}")


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
                say(f"    {name}.{f.name}  {_range(f)}, default {_written(f.default)}. {f.metadata['help']}")


def _range(f: Field[Any]) -> str:
    rules = f.metadata
    if "low" in rules:
        return f"{'whole ' if isinstance(f.default, int) else ''}number from {rules['low']} to {rules['high']}"
    if "color" in rules:
        return "red,green,blue from 0 to 255"
    return "yes or no" if "switch" in rules else f"one of {', '.join(map(str, rules['options']))}"


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "none"
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
