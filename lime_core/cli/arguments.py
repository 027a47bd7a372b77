"""The arguments of the commands; `main` says what each runs."""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import partial
from pathlib import Path

from lime_core.batch.result import MOST_CLASSES
from lime_core.catalog.loading import model_names
from lime_core.console import options
from lime_core.drawing.view import View
from lime_core.models.answers import MOST_OUTPUTS
from lime_core.models.scores import SPACES
from lime_core.models.torch_classifier import PRECISIONS
from lime_core.presets.table import PRESETS, RECOMMENDED
from lime_core.priors.building import GLOBAL_WEIGHTS
from lime_core.priors.examples import MOST_EXAMPLES
from lime_core.priors.words import MOST_POSITION, MOST_WORDS
from lime_core.probing.spec import MAX_SAMPLES, MAX_SEED
from lime_core.reports.manifest import TABLES
from lime_core.tuning.trial import FLOOR

Command = Callable[[argparse.Namespace], None]
"""Runs with the arguments that were read."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the model, what it is asked, and how that is fitted."""
    add_model(parser, "efficientnet_lite0", "(default: %(default)s)")
    add_settings(parser)


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add what a model is asked, and how that is fitted."""
    add = parser.add_argument
    spaces = list(dict.fromkeys(space for kind in SPACES.values() for space in kind))
    add("--preset", choices=list(PRESETS), metavar="NAME",
        help=f"settings to begin with: {', '.join(PRESETS)} (default: recommended)")  # fmt: skip
    add("--num-samples", type=whole(2, MAX_SAMPLES), metavar="N",
        help=f"masked pictures to ask (default: that of the preset, {RECOMMENDED.num_samples})")  # fmt: skip
    add("--space", choices=spaces, metavar="NAME", help=f"score to explain: {', '.join(spaces)} (default: the first "
        "that the model has)")  # fmt: skip
    for role, table in TABLES.items():
        names = [name for name in table if name != "label_map"]
        help = f"one of {', '.join(names)} (default: {options.DEFAULTS[role]})"
        add(f"--{role.replace('_', '-')}", choices=names, metavar="NAME", help=help)
    add("--set", dest="settings", action="append", default=[], metavar="KEY=VALUE",
        help="a setting of an option in use, such as slic.n_segments=60; repeatable; see `options`")  # fmt: skip
    add("--seed", type=whole(0, MAX_SEED), default=0, metavar="N", help="draws other masks (default: %(default)s)")
    add_where(parser)


def add_view(parser: argparse.ArgumentParser) -> None:
    """Add how maps are drawn."""
    add = parser.add_argument
    rules = {f.name: f.metadata for f in fields(View)}
    add("--view", choices=rules["style"]["options"], metavar="STYLE",
        help=f"how the map is drawn: {', '.join(rules['style']['options'])} (default: that of the preset, "
        f"{RECOMMENDED.view.style})")  # fmt: skip
    add(
        "--num-features",
        type=whole(1, rules["num_features"]["high"]),
        metavar="K",
        help=f"superpixels drawn, strongest first (default: {RECOMMENDED.view.num_features}, or the preset's)",
    )
    add("--show", "--sign", choices=rules["show"]["options"], metavar="SIGN",
        help="superpixels of which sign are drawn: both, for or against the class (default: that of the preset, "
        f"{RECOMMENDED.view.show})")  # fmt: skip
    add("--numbers", action="store_true", help="write each superpixel's number on the map")


def add_where(parser: argparse.ArgumentParser) -> None:
    """Add the device, and how many digits."""
    add = parser.add_argument
    add("--device", default="auto", metavar="NAME", help="auto, cpu, cuda, cuda:1 or mps (default: %(default)s)")
    add("--precision", choices=PRECISIONS, default="auto", help="(default: %(default)s)")


def model(text: str) -> str:
    """Read the name of a model, or the path of its description, or of a folder for the model.toml in it."""
    path = Path(text)
    if text and os.path.isfile(path / "model.toml") and (os.sep in text or text not in model_names()):
        return str(path / "model.toml")
    if os.path.isfile(path) and path.suffix != ".toml":
        raise argparse.ArgumentTypeError(
            f"must be a name or a description, got the file {path.name}: write a model.toml beside it that says what "
            "it is, and give that"
        )
    return text


def add_model(parser: argparse.ArgumentParser, default: str | None, usual: str) -> None:
    """Add the model; `usual` says what is taken where it is left out."""
    parser.add_argument("--model", type=model, default=default, metavar="NAME_OR_FILE",
        help=f"one of `models`, or a description such as digits/model.toml {usual}")  # fmt: skip


def whole(low: int, high: int | None = None) -> Callable[[str], int]:
    """Make a reader of whole numbers in [low, high], of any size from `low` on where `high` is None."""
    numbers = f"a whole number from {low} to {high}" if high is not None else f"a whole number of at least {low}"

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if value < low or (high is not None and value > high):
            raise argparse.ArgumentTypeError(f"must be {numbers}, got {text!r}")
        return value

    return read


def at_least_zero(text: str, most: float = math.inf) -> float:
    """Read a finite number of at least 0 and at most `most`."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and 0 <= value <= most):
        end = f" and at most {most:g}" if math.isfinite(most) else ""
        raise argparse.ArgumentTypeError(f"must be a number of at least 0{end}, got {text!r}")
    return value


_IMPORT = """\
InterpretDL keeps global weights as a pickled dictionary (.npy) and visual words as a pickled k-means model.  A pickle
can run any program, so say with --trust that the files come from someone you trust.

The words of such a prior rest on the first layers of a network of InterpretDL's own, which no model here has.  So it
can be looked at with `prior show` and from Python, and laid over features that are made in InterpretDL's way;
explanations here refuse it, because its words would be found in the wrong superpixels."""


def add_check(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `models check`."""
    add = parser.add_argument
    add("model", type=model, metavar="FILE", help="a description such as digits/model.toml, or one of `models`")
    add("--photo", default="gallery:chelsea", metavar="PHOTO", help="a file, or a sample photo (default: %(default)s)")
    add_where(parser)


def add_batch(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `batch`."""
    _add_pictures(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the results")
    parser.add_argument("--maps", action="store_true", help="write the map of each class of each picture too")
    add_view(parser)


def add_tune(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `tune`; those of the settings say what all others are compared with."""
    add = parser.add_argument
    add("photos", nargs="+", metavar="PHOTO", help="files, folders, zip archives, patterns in quotes "
        "such as 'photos/*.jpg', gallery:NAME or gallery:all")  # fmt: skip
    add("--models", type=lambda text: [model(name) for name in text.split(",")], default=["efficientnet_lite0"],
        metavar="NAMES", help="models that are asked, with commas between (default: efficientnet_lite0)")  # fmt: skip
    add("--vary", action="append", metavar="TEXT", help="what may vary, such as segmenter=quickshift,slic, "
        "slic.n_segments=30..120/3, cosine.width=0.1..1 or num_samples=250,500; repeatable (default: segmentation, "
        "samples, kernel, ridge and score)")  # fmt: skip
    add("--budget", type=budget, default=(None, 10.0), metavar="N",
        help="how long to search: minutes as 10m, or samples of all models as 20000 (default: 10m)")  # fmt: skip
    add("--floor", type=at_least_zero, default=FLOOR, metavar="S",
        help="the least stability of a setting, 0 to 1 (default: %(default)s)")  # fmt: skip
    add("--study", type=Path, metavar="FILE", help="SQLite file in which the search is kept, and goes on the next time")
    add("--limit", type=whole(1), metavar="N", help="only the first N photos")
    add("--out", type=Path, default=Path("lime-tuned"), metavar="DIR", help="folder to write (default: %(default)s)")
    add_settings(parser)
    parser.set_defaults(label_map=None)


def budget(text: str) -> tuple[int | None, float | None]:
    """Read how long to search: samples, or minutes with an "m" behind them."""
    try:
        found = (None, float(text[:-1])) if text.endswith("m") else (int(text), None)
        if not 0 < (found[0] or found[1] or 0) < math.inf:
            raise ValueError
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be samples such as 20000 or minutes such as 10m, got {text!r}"
        ) from None
    return found


def add_prior(parser: argparse.ArgumentParser, commands_of: Mapping[str, Command]) -> None:
    """Add the commands of `prior` with their arguments; `commands_of` says what each name runs."""
    commands = parser.add_subparsers(metavar="command", required=True)

    def command(name: str, help: str, about: str = "") -> argparse.ArgumentParser:
        raw = argparse.RawDescriptionHelpFormatter
        text = f"{help}\n\n{about}" if about else help
        subparser = commands.add_parser(name, help=help, description=text, formatter_class=raw, allow_abbrev=False)
        subparser.set_defaults(run=commands_of[name])
        return subparser

    build = command("build", "Explain many pictures, and build a prior of what the model looked at.")
    _add_pictures(build)
    add = build.add_argument
    add("--out", type=Path, required=True, metavar="FILE.npz", help="the prior")
    add("--work", type=Path, required=True, metavar="DIR", help="folder for the results, as --out of `batch`")
    add("--kind", choices=list(GLOBAL_WEIGHTS), default="signed",
        help="what a superpixel adds to its word: its squared weight over the sum of all, its size, or the weight "
        "with its sign (default: %(default)s)")  # fmt: skip
    add("--clusters", type=whole(1, MOST_WORDS), default=100, metavar="N",
        help="visual words at most (default: %(default)s)")  # fmt: skip
    add("--position", type=partial(at_least_zero, most=MOST_POSITION), default=0.0, metavar="P",
        help="how much it counts where a superpixel is, beside what it looks like (default: %(default)s)")  # fmt: skip
    add("--examples", type=whole(0, MOST_EXAMPLES), default=4, metavar="N", help="superpixels that show what a word "
        "looks like, which are parts of the pictures; 0 leaves them out of the file "
        "(default: %(default)s)")  # fmt: skip
    add("--source", default="", metavar="TEXT", help="a note on where the pictures are from, kept in the prior")

    show = command("show", "Say what a prior is: what made it, which classes it knows, and how well.")
    show.add_argument("file", type=Path, metavar="FILE.npz")
    show.add_argument("--all", action="store_true", help="every class, not only the best known ten")

    foreign = command("import", "Make a prior of the files that InterpretDL has pickled.", _IMPORT)
    add = foreign.add_argument
    add("files", type=Path, nargs="+", metavar="FOLDER_OR_FILE", help="the global weights and the k-means model")
    add("--trust", action="store_true", help="the files come from someone you trust")
    add("--out", type=Path, required=True, metavar="FILE.npz", help="the prior")
    add("--num-classes", type=whole(1, MOST_OUTPUTS), default=1000, metavar="N",
        help="how many classes the model has (default: %(default)s)")  # fmt: skip


def _add_pictures(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("photos", nargs="+", metavar="PHOTO", help="files, folders, zip archives, patterns in quotes "
        "such as 'photos/*.jpg', gallery:NAME or gallery:all")  # fmt: skip
    add_options(parser)
    parser.set_defaults(label_map=None)
    add("--classes", type=whole(1, MOST_CLASSES), default=1, metavar="M",
        help=f"explain the M most likely classes of each picture, 1 to {MOST_CLASSES} (default: 1)")  # fmt: skip
    add("--crops", type=whole(0), default=0, metavar="N",
        help="after each picture also N random crops of it (default: %(default)s)")  # fmt: skip
    add("--limit", type=whole(1), metavar="N", help="only the first N files that are found, those that cannot be read "
        "among them; their crops come beside")  # fmt: skip
    add("--resume", action="store_true", help="go on: results that are there already are taken as they are")
    add("--engine", choices=options.POOLS, default="local",
        help="processes on this machine, or Ray (default: %(default)s)")  # fmt: skip
    add("--workers", type=whole(1), metavar="N", help="processes or actors (default: 1; with Ray one for each GPU, or "
        "for each machine where none is used)")  # fmt: skip
    add("--address", metavar="ADDR", help="of a Ray cluster, or auto (default: Ray is started on this machine)")
    add("--no-faithfulness", dest="faithfulness", action="store_false", help="leave out deletion and insertion")
