"""`lime-core`: the arguments of the command line, and what goes wrong as one line and an exit code.

Exit codes: 0 done; 1 something failed on the way; 2 a wrong argument; 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import argparse
import gc
import io
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from lime_core import ending
from lime_core.cli import arguments, batch, explain, lists, prior, tune
from lime_core.cli.arguments import add_options, at_least_zero, whole
from lime_core.console import terminal
from lime_core.errors import LimeError, as_sentence
from lime_core.evaluation.agreement import RANKINGS
from lime_core.presets.methods import METHODS
from lime_core.priors.class_activation import ACTIVATION_STRENGTH, CLASS_ACTIVATION
from lime_core.priors.strengths import USUAL_STRENGTH
from lime_core.version import __version__

log = logging.getLogger(__name__)

_METHODS = [name for name, method in METHODS.items() if not method.segmentations]
"""Those whose repeats differ in their seed alone."""

_CHECK = "Load a model of your own, ask it about one photo, and say what was found."
_EXAMPLES = """\
examples:
  lime-core explain cat.jpg
  lime-core explain gallery:chelsea --class "egyptian cat" --num-samples 2000 --out chelsea/
  lime-core explain cat.jpg --segmenter slic --set slic.n_segments=60 --set cosine.width=0.5
  lime-core explain cat.jpg --hiding color --set color.color=0,0,0 --surrogate lasso --set lasso.alpha=0.01
  lime-core explain cat.jpg --label-map superpixels.png
  lime-core explain cat.jpg --preset lime --view heatmap --top-labels 3
  lime-core stability cat.jpg --repeats 10 --methods lime,foldover --num-samples 500 --out stability/
  lime-core explain cat.jpg --prior prior.npz --prior-strength 50
  lime-core stability cat.jpg --methods lime,glime_prior --prior prior.npz
  lime-core replay chelsea/manifest.json gallery:chelsea
  lime-core batch photos/ more.zip --out many/ --workers 2
  lime-core batch 'photos/**/*.jpg' --out many/
  lime-core prior build photos/ --classes 3 --out prior.npz --work many/ --resume
  lime-core tune cats/ dog.jpg --models efficientnet_lite0,efficientnet_lite1 --budget 10m --study s.db --out tuned/
  lime-core options
  lime-core models --all
  lime-core models check digits/model.toml --photo three.png
  lime-core explain three.png --model digits/model.toml
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; `argv` is that of the process when left out."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # it was closed, as by ">&-"
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a console without "²" is no reason to fail at the end
            stream.reconfigure(errors="replace")
    try:
        ending.stop_as_usual()
        parsed = _parser().parse_args(argv)
        parsed.run(parsed)
        sys.stdout.flush()
    except terminal.UsageError as error:
        return _fail(str(error), 2)
    except LimeError as error:
        return _fail(str(error), 1)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        _leave_output()
        return 1
    except OSError as error:
        _leave_output()
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{error.strerror or error}", 1)
    except ValueError as error:  # an argument that a function refuses
        return _fail(str(error), 2)
    except KeyboardInterrupt as stopped:
        return _fail(str(stopped) or ending.STOPPED, 130)
    except Exception as error:  # there is not enough memory, or a model's runtime raises what it likes
        log.info("unexpected error", exc_info=True)
        return _fail(as_sentence(error), 1)
    return 0


def run() -> NoReturn:
    """Run `main` as a program, which ends with its exit code."""
    code = main()
    gc.freeze()  # else Python looks through all of torch's objects once more, which takes a second
    sys.exit(code)


def _leave_output() -> None:
    """Write no more to stdout where it takes no more: Python would complain once more at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str, code: int) -> int:
    terminal.warn(f"lime-core: error: {' '.join(message.split())}")
    return code


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise terminal.UsageError(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="lime-core", description="What an image classifier looked at, and how far to trust it.")
    parser.add_argument("--version", action="version", version=f"lime_core {__version__}")
    commands = parser.add_subparsers(metavar="command", required=True)

    def command(name: str, run: Callable[[argparse.Namespace], None], help: str) -> argparse.ArgumentParser:
        subparser = commands.add_parser(name, help=help, description=help, allow_abbrev=False)
        subparser.set_defaults(run=run)
        return _with_examples(subparser)

    explaining = command("explain", explain.explain, "Explain a photo: manifest, table, arrays, picture and a report.")
    _add_explain(explaining, out="lime-out")
    arguments.add_view(explaining)
    explaining.add_argument("--top-labels", type=whole(1), default=1, metavar="M", help="explain the M most likely "
        "classes from the same samples, each in a folder of its own (default: %(default)s)")  # fmt: skip
    explaining.add_argument("--until-settled", type=whole(1), default=0, metavar="K", help="stop as soon as the K "
        "strongest superpixels are certain to 95%%; --num-samples is then the most that is asked")  # fmt: skip
    explaining.add_argument("--soft-stability", type=whole(1, 2000), default=0, metavar="R", help="say how often "
        "the class stays the most likely when up to R superpixels appear beside the top 5 (152 samples)")  # fmt: skip
    repeating = command("stability", explain.stability, "Explain a photo again and again: how far the repeats agree.")
    _add_explain(repeating, out="lime-stability")
    _add_stability(repeating)
    replaying = command("replay", explain.replay, "Ask the model again and compare with a saved explanation.")
    replaying.add_argument("manifest", type=Path, metavar="MANIFEST", help="manifest.json, or the folder that holds it")
    _add_photo(replaying)
    arguments.add_model(replaying, None, "(default: that of the manifest by its name)")
    many = command("batch", batch.batch, "Explain many pictures, and measure each explanation.")
    arguments.add_batch(many)
    arguments.add_tune(command("tune", tune.tune, "Search settings for photos and models, and say what of it travels."))
    priors = commands.add_parser("prior", help="Priors for G-LIME: build one, show it, or import one of InterpretDL's.")
    runs = {"build": prior.build, "show": prior.show, "import": prior.import_}
    arguments.add_prior(_with_examples(priors), runs)
    models = command("models", lists.models, "List the models, and for each whether its weights are here.")
    models.add_argument("--all", action="store_true", help="those of timm too, where it is installed")
    checking = models.add_subparsers(metavar="command").add_parser(
        "check", help=_CHECK, description=_CHECK, allow_abbrev=False
    )
    checking.set_defaults(run=lists.check)
    arguments.add_check(_with_examples(checking))
    command("options", lists.options, "List every option with its settings, their ranges and what they do.")
    return _with_examples(parser)


def _add_explain(parser: argparse.ArgumentParser, out: str) -> None:
    add = parser.add_argument
    _add_photo(parser)
    add_options(parser)
    add("--class", dest="class_name", metavar="CLASS", help="number or part of a name (default: the most likely class)")
    add("--prior", metavar="FILE", help="a prior (.npz) that the surrogate is pulled towards, for "
        f"G-LIME; {CLASS_ACTIVATION} is the map of the model's own last layer")  # fmt: skip
    add("--prior-strength", type=at_least_zero, metavar="S", help="how strongly, in the unit of a ridge's alpha, "
        f"from 0 (default: {USUAL_STRENGTH:g}, with {CLASS_ACTIVATION} {ACTIVATION_STRENGTH:g})")  # fmt: skip
    add(
        "--label-map",
        metavar="FILE",
        help="superpixels from a PNG or .npy file, of the upright photo or of the model's crop, in any size",
    )
    add("--out", type=Path, default=Path(out), metavar="DIR", help="folder to write (default: %(default)s)")


def _add_stability(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    listed = "; ".join(f"{name}: {METHODS[name].title}" for name in _METHODS)
    add("--repeats", type=whole(2, 100), default=5, metavar="N",
        help="explanations of each method, with --seed and the seeds after it (default: %(default)s)")  # fmt: skip
    add("--methods", type=_methods, default="lime,foldover", metavar="NAMES",
        help=f"what to compare, with commas between (default: %(default)s). {listed}")  # fmt: skip
    add("--top", type=whole(1), default=5, metavar="K", help="superpixels in a top set (default: %(default)s)")
    add("--ranking", choices=RANKINGS, default=RANKINGS[0],
        help="by |weight|, or by weight: what speaks for the class first (default: %(default)s)")  # fmt: skip


def _add_photo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photo", metavar="PHOTO", help="a file, or a sample photo such as gallery:chelsea")


def _with_examples(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.epilog, parser.formatter_class = _EXAMPLES, argparse.RawDescriptionHelpFormatter
    return parser


def _methods(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(text.split(",")))
    for name in names:
        if name not in _METHODS:
            raise argparse.ArgumentTypeError(f"must be names out of {', '.join(_METHODS)}, got {name!r}")
    return names
