"""Arguments that several commands have."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

from lime_core.cli import explain
from lime_core.models.torch_classifier import PRECISIONS
from lime_core.probing.spec import MAX_SEED
from lime_core.reports.manifest import TABLES
from lime_core.scores import SPACES


def add_options(parser: argparse.ArgumentParser, num_samples: int) -> None:
    """The model, what it is asked, and how that is fitted."""
    add = parser.add_argument
    spaces = list(dict.fromkeys(space for kind in SPACES.values() for space in kind))
    add("--model", default="efficientnet_lite0", metavar="NAME", help="see `models` (default: %(default)s)")
    add("--num-samples", type=whole(2), default=num_samples, metavar="N",
        help="masked pictures to ask (default: %(default)s)")  # fmt: skip
    add("--space", choices=spaces, metavar="NAME", help=f"score to explain: {', '.join(spaces)} (default: the first "
        "that the model has)")  # fmt: skip
    for role, table in TABLES.items():
        names = [name for name in table if name != "label_map"]
        what = f"one of {', '.join(names)} (default: {explain.DEFAULTS[role]})"
        add(f"--{role.replace('_', '-')}", choices=names, metavar="NAME", help=what)
    add("--set", dest="settings", action="append", default=[], metavar="KEY=VALUE",
        help="a setting of an option in use, such as slic.n_segments=60; repeatable; see `options`")  # fmt: skip
    add("--seed", type=whole(0, MAX_SEED), default=0, metavar="N", help="draws other masks (default: %(default)s)")
    add("--device", default="auto", metavar="NAME", help="auto, cpu, cuda, cuda:1 or mps (default: %(default)s)")
    add("--precision", choices=PRECISIONS, default="auto", help="(default: %(default)s)")


def whole(low: int, high: int | None = None) -> Callable[[str], int]:
    """Reads a whole number in [low, high]."""
    wanted = f"a whole number from {low} to {high}" if high is not None else f"a whole number of at least {low}"

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if value < low or (high is not None and value > high):
            raise argparse.ArgumentTypeError(f"must be {wanted}, got {text!r}")
        return value

    return read


def at_least_zero(text: str) -> float:
    """Reads a finite number of at least 0."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise argparse.ArgumentTypeError(f"must be a number of at least 0, got {text!r}")
    return value
