"""Arguments of the commands on many pictures: `batch`, and `prior build`, `show` and `import`."""

from __future__ import annotations

import argparse
from pathlib import Path

from lime_core.cli import batch, prior
from lime_core.cli.arguments import add_options, at_least_zero, whole
from lime_core.priors.building import GLOBAL_WEIGHTS

_IMPORT = """\
InterpretDL keeps global weights as a pickled dictionary (.npy) and visual words as a pickled k-means model.  A pickle
can run any program, so say with --trust that the files come from someone you trust.

The words of such a prior rest on the first layers of a network of InterpretDL's own, which no model here has.  So it
can be looked at with `prior show` and from Python, and laid over features that are made in InterpretDL's way;
explanations here refuse it, because its words would be found in the wrong superpixels."""


def add_batch(parser: argparse.ArgumentParser) -> None:
    _add_pictures(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the results")


def add_prior(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(metavar="command", required=True)

    def command(name: str, help: str, about: str = "") -> argparse.ArgumentParser:
        raw = argparse.RawDescriptionHelpFormatter
        text = f"{help}\n\n{about}" if about else help
        return commands.add_parser(name, help=help, description=text, formatter_class=raw, allow_abbrev=False)

    build = command("build", "Explain many pictures, and build a prior of what the model looked at.")
    build.set_defaults(run=prior.build)
    _add_pictures(build)
    add = build.add_argument
    add("--out", type=Path, required=True, metavar="FILE.npz", help="the prior")
    add("--work", type=Path, required=True, metavar="DIR", help="folder for the results, as --out of `batch`")
    add("--kind", choices=list(GLOBAL_WEIGHTS), default="signed",
        help="what a superpixel adds to its word: its squared weight over the sum of all, its size, or the weight "
        "with its sign (default: %(default)s)")  # fmt: skip
    add("--clusters", type=whole(1), default=100, metavar="N", help="visual words at most (default: %(default)s)")
    add("--position", type=at_least_zero, default=0.0, metavar="P",
        help="how much it counts where a superpixel is, beside what it looks like (default: %(default)s)")  # fmt: skip
    add("--examples", type=whole(0), default=4, metavar="N", help="superpixels that show what a word looks like, which "
        "are parts of the pictures; 0 leaves them out of the file (default: %(default)s)")  # fmt: skip
    add("--source", default="", metavar="TEXT", help="a note on where the pictures are from, kept in the prior")

    show = command("show", "Say what a prior is: what made it, which classes it knows, and how well.")
    show.set_defaults(run=prior.show)
    show.add_argument("file", type=Path, metavar="FILE.npz")
    show.add_argument("--all", action="store_true", help="every class, not only the best known ten")

    foreign = command("import", "Make a prior of the files that InterpretDL has pickled.", _IMPORT)
    foreign.set_defaults(run=prior.import_)
    add = foreign.add_argument
    add("files", type=Path, nargs="+", metavar="FOLDER_OR_FILE", help="the global weights and the k-means model")
    add("--trust", action="store_true", help="the files come from someone you trust")
    add("--out", type=Path, required=True, metavar="FILE.npz", help="the prior")
    add("--num-classes", type=whole(1), default=1000, metavar="N",
        help="how many classes the model has (default: %(default)s)")  # fmt: skip


def _add_pictures(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("photos", nargs="+", metavar="PHOTO", help="files, folders, zip archives, gallery:NAME or gallery:all")
    add_options(parser, num_samples=1000)
    parser.set_defaults(label_map=None)
    add("--classes", type=whole(1), default=1, metavar="M",
        help="explain the M most likely classes of each picture (default: %(default)s)")  # fmt: skip
    add("--crops", type=whole(0), default=0, metavar="N",
        help="after each picture also N random crops of it (default: %(default)s)")  # fmt: skip
    add("--limit", type=whole(1), metavar="N", help="only the first N files that are found, those that cannot be read "
        "among them; their crops come beside")  # fmt: skip
    add("--resume", action="store_true", help="go on: results that are there already are taken as they are")
    add("--engine", choices=batch.ENGINES, default="local",
        help="processes on this machine, or Ray (default: %(default)s)")  # fmt: skip
    add("--workers", type=whole(1), metavar="N", help="processes or actors (default: 1; with Ray one for each GPU, or "
        "for each machine where none is used)")  # fmt: skip
    add("--address", metavar="ADDR", help="of a Ray cluster, or auto (default: Ray is started on this machine)")
    add("--no-faithfulness", dest="faithfulness", action="store_false", help="leave out deletion and insertion")
